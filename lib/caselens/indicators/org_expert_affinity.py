"""An expert scores one bidder above what the rest of the panel gives, or the bidder wins when the expert sits.

Scores of one tender are centred by bidder (a bidder whom everybody likes is no one's favourite) and by expert (a
generous expert favours nobody); what is left is the pair's residual. Null: in each joint tender the pair's residual
is any cell of that tender's panel with equal chance, so the chance of the sum is their exact convolution on a grid
(for z below ``min_z`` the normal tail, which decides nothing). Second test: of the tenders in which the bidder was
judged, those won fall among the expert's as if drawn without replacement (hypergeometric). The smaller p of both
counts twice. Family: all pairs with at least ``min_joint`` joint tenders; a lead needs p within ``max_p``, a false-
discovery rate within ``max_q`` over it and, where it rests on points, z >= ``min_z``. Only the original round is
judged. Sitting at or above the age limit, or while on a watch list, is a breach of its own. A panel with under 20 %
senior experts is told with the lead and never one alone.
"""

from __future__ import annotations

from typing import Any

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from caselens.core.text import Text
from caselens.indicators._affinity import breaches, cells, exact, pairs
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._chance import smallest_of, surprise
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result

_FEW_PEERS = Text(
    "同专业专家很少，此类评审必由其参加",
    "few experts share the speciality, so the expert sits whenever such work is let",
)
_MEAN = Text("已扣除全体评委对该投标人的平均分", "the panel's mean for the bidder is taken off")
_REGISTER = Text("已查名册中同专业专家人数", "experts of the speciality on the register were counted")
_SENIOR = "高级|正高|副高|教授|senior|professor"


def _compute(inputs: Inputs) -> Result:
    scored = cells(inputs)
    judged = exact(pairs(inputs, scored), scored, inputs)
    peers = _peers(inputs)
    leads, evidence, counters = [], [], []
    excluded: dict[str, str] = {}
    for row in judged[(judged["q"] <= inputs["max_q"]) & (judged["p"] <= inputs["max_p"])].to_dict("records"):
        by_points = row["z"] >= inputs["min_z"] and row["p_score"] <= row["p_win"]
        few = peers.get(row["expert"], inputs["few_peers"] + 1) <= inputs["few_peers"]
        if not by_points and few:
            excluded[row["expert"]] = _FEW_PEERS.both()
            continue
        lead = f"{row['expert']}|{row['bidder']}"
        rows = _rows(scored, row)
        leads.append(_lead(lead, row, rows, _seniors(inputs, rows)))
        evidence += _evidence(lead, row, rows, inputs)
        counters += [
            counter(lead, "strong_bidder", False, _MEAN.both()),
            counter(lead, "few_peers", False if row["expert"] in peers else None, _REGISTER.both()),
        ]
    broken = breaches(inputs)
    for expert, group in broken.groupby("expert", sort=True):
        lead = f"{expert}|rule"
        leads.append(_breach(lead, group))
        found = group[["table", "key", "role"]].drop_duplicates()
        evidence += [{"lead": lead, **row} for row in found.to_dict("records")]
    return _answer(inputs, judged, leads, evidence, counters, excluded)


def _answer(inputs: Inputs, pairs: pd.DataFrame, leads: list[Any], evidence: list[Any], counters: list[Any],
            excluded: dict[str, str]) -> Result:  # fmt: skip
    everyone = set(inputs.table("evaluations").select("evaluator_id").distinct().execute()["evaluator_id"])
    hits = {lead["subjects"][0]["id"] for lead in leads}
    least = inputs["min_joint"]
    reason = Text(f"与任一投标人同场不足 {least} 次", f"fewer than {least} joint tenders with any bidder").both()
    told = assessed(hits, set(pairs["expert"]), dict.fromkeys(everyone - set(pairs["expert"]), reason), excluded)
    told["p_value"] = told["subject_id"].map(
        {e: smallest_of(part.to_numpy()) for e, part in pairs.groupby("expert")["p"]}
    )
    return Result(told, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _peers(inputs: Inputs) -> dict[str, int]:
    """How many experts a register holds in the same speciality as each (the most, where in several)."""
    pool = (
        inputs.table("reviewer_pools")
        .filter(lambda t: t.speciality.notnull())
        .select("org_id", "person_id", "speciality")
    )
    size = pool.group_by(["org_id", "speciality"]).agg(number=pool.person_id.nunique())
    joined = pool.join(size, ["org_id", "speciality"])
    found = joined.group_by("person_id").agg(number=joined.number.max()).execute()
    return dict(zip(found["person_id"], found["number"].astype(int), strict=True))


def _rows(scored: ir.Table, row: dict[str, Any]) -> pd.DataFrame:
    """Cells of the whole panel for this bidder, in the tenders that the expert sat on."""
    mine = scored.filter((scored.expert == row["expert"]) & (scored.bidder == row["bidder"])).select("tender")
    found = scored.filter(scored.bidder == row["bidder"]).semi_join(mine, ["tender"])
    return found.select("tender", "expert", "bidder", "day", "score", "won", "row_key").execute().sort_values("row_key")


def _seniors(inputs: Inputs, rows: pd.DataFrame) -> str:
    """Senior experts among those on the joint panels whose grade is known, as text; empty where none is."""
    pool = inputs.table("reviewer_pools")
    known = pool.filter(pool.person_id.isin(sorted(set(rows["expert"]))) & pool.grade.notnull())
    grades = known.group_by("person_id").agg(senior=known.grade.lower().re_search(_SENIOR).any()).execute()
    if grades.empty:
        return ""
    share = (
        rows["expert"].map(dict(zip(grades["person_id"], grades["senior"], strict=True))).dropna().astype(float).mean()
    )
    return f"; {share:.0%} senior experts" + (", under 20%" if share < 0.2 else "")


def _lead(lead: str, row: dict[str, Any], rows: pd.DataFrame, seniors: str) -> dict[str, Any]:
    own = rows["expert"] == row["expert"]
    rest = rows[~own].groupby("tender")["score"].mean()
    mine = rows[own].set_index("tender")["score"]
    # A lead that rests on wins alone may have no points to compare.
    lift = float((mine - rest).fillna(0).mean())
    return {
        "lead": lead,
        "subjects": [party(row["expert"], "expert"), party(row["bidder"], "bidder")],
        "objects": [thing("organizations", row["bidder"]), *(thing("tenders", t) for t in sorted(set(rows["tender"])))],
        "kind": "statistical",
        "severity": "red" if row["q"] <= 0.001 else "yellow",
        "value": lift,
        "score": round(surprise(row["p"]), 4),
        "p_value": float(row["p"]),
        "amount": None,
        "period_start": rows["day"].min(),
        "period_end": rows["day"].max(),
        "fence": f"z {row['z']:.1f}; points p {row['p_score']:.2g}; wins {row['joint_won']} of {row['joint']} with, "
        f"{row['judged_won']} of {row['judged']} in all, p {row['p_win']:.2g}{seniors}",
        "text_zh": f"参评同一投标人 {row['joint']} 次,平均比其他评委高 {lift:.1f} 分,其中 {row['joint_won']} 次中标",
        "text_en": f"scored one bidder {lift:.1f} points above the rest of the panel in {row['joint']} tenders, "
        f"{row['joint_won']} of them won",
        "about_zh": ",投标人为",
        "about_en": ": ",
    }  # fmt: skip


def _evidence(lead: str, row: dict[str, Any], rows: pd.DataFrame, inputs: Inputs) -> list[dict[str, str]]:
    roles = np.where(rows["expert"] == row["expert"], "score", "panel")
    found = [{"lead": lead, "table": "evaluations", "key": key, "role": str(role)}
             for key, role in zip(rows["row_key"], roles, strict=True)]  # fmt: skip
    bids = inputs.table("bids")
    won = bids.filter(
        (bids.bidder_id == row["bidder"]) & bids.tender_id.isin(sorted(set(rows.loc[rows["won"], "tender"])))
    )
    return found + [{"lead": lead, "table": "bids", "key": key, "role": "win"} for key in won.row_key.execute()]


def _breach(lead: str, group: pd.DataFrame) -> dict[str, Any]:
    expert, why = str(group["expert"].iloc[0]), set(group["why"])
    seats = int(group.loc[group["role"] == "seat", "tender"].nunique())
    zh = "、".join(([] if "age" not in why else ["已超龄"]) + ([] if "listed" not in why else ["在惩戒名单期间"]))
    en = " and ".join(
        ([] if "age" not in why else ["above the age limit"])
        + ([] if "listed" not in why else ["while on a watch list"])
    )
    return {
        "lead": lead,
        "subjects": [party(expert, "expert")],
        "objects": [thing("persons", expert)],
        "kind": "rule",
        "severity": "red" if "listed" in why else "note",
        "value": float(seats),
        "score": round((0.5 if "listed" in why else 0.25) + 0.3 * seats / (seats + 10), 4),
        "p_value": None,
        "amount": None,
        "period_start": group["day"].min(),
        "period_end": group["day"].max(),
        "fence": "who may sit on a panel",
        "text_zh": f"{zh}仍参加评审 {seats} 次",
        "text_en": f"sat on {seats} panels {en}",
        "about_zh": "",
        "about_en": "",
        "bidder": "",
    }


def _example() -> dict[str, str]:
    """Six tenders: A gives X 10 points more every time; Y is liked by all; B and C are fair."""
    scores = ["tender_id,evaluator_id,bidder_id,score"]
    for number in range(6):
        for expert in "ABC":
            for bidder, points in (("X", 80), ("Y", 90), ("Z", 80)):
                jitter = ((number * 7 + ord(expert) * 3 + ord(bidder) * 5) % 11 - 5) / 5
                lift = 10 if (expert, bidder) == ("A", "X") else 0
                scores.append(f"T{number},{expert},{bidder},{points + jitter + lift}")
    scores += ["T0,D,X,80", "T0,D,Y,90", "T0,D,Z,80", "T1,OLD,X,80", "T1,OLD,Y,90", "T1,OLD,Z,80"]
    tenders = "".join(f"T{n},U,open,2022-0{n + 1}-10T09:00:00\n" for n in range(6))
    bids = "".join(f"T{n},{b},{100 + n},{'true' if b == 'Y' else 'false'}\n" for n in range(6) for b in "XYZ")
    return {
        "evaluations": "\n".join(scores) + "\n",
        "tenders": "tender_id,buyer_id,method,opened_at\n" + tenders,
        "bids": "tender_id,bidder_id,price,is_winner\n" + bids,
        "persons": "person_id,name,birth_date\nA,甲,1975-01-01\nB,乙,1976-01-01\nC,丙,1977-01-01\n"
        "D,丁,1978-01-01\nOLD,戊,1950-03-01\n",
        "organizations": "org_id,name,kind\nU,甲局,government\nX,甲公司,private\nY,乙公司,private\nZ,丙公司,private\n",
    }


INDICATOR = Indicator(
    id="org-expert-affinity",
    number=30,
    title=Text("评委偏向某投标人", "Expert favours a bidder"),
    question=Text(
        "是否有评委总给某一投标人打出高于其他评委的分，或其参评时该投标人更易中标，或已超龄、被列入名单仍参评？",
        "Does an expert score one bidder above the rest of the panel time and again, does the bidder win when the "
        "expert sits, or did the expert sit above the age limit or while listed?",
    ),
    summary=Text("{expert}{text_zh}{about_zh}{bidder}。", "{expert} {text_en}{about_en}{bidder}."),
    innocent=(
        Innocent(
            "strong_bidder",
            Text("该投标人确实优秀，人人给高分。", "The bidder is strong, and everybody scores it high."),
            Text("扣除全体评委对其平均分后再比较。", "The whole panel's mean for the bidder is taken off first."),
        ),
        Innocent(
            "few_peers",
            Text("专业冷门，可抽专家少。", "A specialist with few peers."),
            Text(
                "查库内同专业人数；仅凭中标次数的，予以排除。",
                "Experts of the speciality on the register are counted; where only wins stand out, it is excluded.",
            ),
        ),
        Innocent(
            "standard", Text("评分标准某项恰合其专长。", "One criterion happens to fall into the expert's field.")
        ),
    ),
    next_steps=(
        Text("由其他专家对该批项目复评。", "Have the tenders scored again by others."),
        Text("查抽取记录及抽取时间。", "Get the record and time of each draw."),
        Text("查该专家与投标人的任职、资金往来。", "Look for posts and money between the expert and the bidder."),
    ),
    kinds=("statistical", "rule"),
    subject="person",
    needs={"evaluations": ("tender_id", "evaluator_id", "bidder_id", "score")},
    uses=("tenders", "bids", "persons", "watchlist", "reviewer_pools"),
    params=(
        Param(
            "min_joint",
            5,
            "tenders",
            Text("共同参评过少不评估。", "With fewer joint tenders nothing is said."),
            3,
            1000,
        ),
        Param("min_z", 2, "standard deviations", Text("偏离达两倍标准差。", "Two standard deviations."), 1, 10),
        Param("max_p", 0.01, "probability", Text("偶然出现的概率。", "Chance of one pair."), 0.0001, 0.5),
        Param(
            "max_q",
            0.05,
            "fraction",
            Text("全部组合一并控制错误发现率。", "False-discovery rate over all pairs."),
            0.0001,
            0.5,
        ),
        Param(
            "few_peers",
            6,
            "experts",
            Text("同专业不多于此，常参评属正常。", "With no more of a speciality, sitting often is normal."),
            1,
            100,
        ),
        Param(
            "age_limit",
            65,
            "years",
            Text(
                "评标专家年龄上限(《评标专家和评标专家库管理办法》)。",
                "Age limit of evaluators (rules on evaluation experts).",
            ),
            50,
            100,
            to_confirm=True,
        ),
    ),
    references=(
        Reference("潜江, 2024: 27 projects evaluated again by four experts"),
        Reference("国家发展和改革委员会 (2024), 评标专家和评标专家库管理办法"),
        Reference(
            "Benjamini and Hochberg (1995), Controlling the false discovery rate",
            "https://doi.org/10.1111/j.2517-6161.1995.tb02031.x",
        ),
    ),
    value_unit=Text("比其他评委平均高出的分数", "points above the rest of the panel, on average"),
    engine="kernel",
    # A for X: 10 points more in six of six tenders of nine cells (p about 9^-6). OLD was 72 when sitting. D sat once.
    example=Example(
        tables=_example(),
        flags=frozenset({"A", "OLD"}),
        leaves=frozenset({"B", "C"}),
        others={"D": "not_assessable"},
    ),
    compute=_compute,
)
