"""Applicants with a tie to the authority whose applications were dealt with sooner than comparable ones.

Asked about are applicants with a tie: the applicant, or somebody who holds or runs it, belongs to the circle of a
person with a post at the authority (or of the handler), or paid one of that circle within two years of the
applications. Waiting runs from submission to decision, for every kind of application; pending and returned ones are
censored, so that the worst treated are not lost. Null: within one authority and kind, freed from size and time, the
applicant does not matter (permutation of Savage scores). Family: all applicants with a tie, ``min_own`` applications
and ``min_others`` of others. A lead needs p within ``max_p``, a false-discovery rate within ``max_q`` over the family
and a median wait of at most ``max_ratio`` of the others'. Applications on a list or order of another body, numbered and
not younger, are lawful priority and leave the comparison; the authority's own list clears nothing.
"""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._chance import adjusted, smallest_of, surprise
from caselens.indicators._circle import Cited, cite, cited
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._queue import Ties, scores, sooner, ties_of, waiting

_AUDIT = "audit|审计|评审|结算"


def _judged(inputs: Inputs, queue: pd.DataFrame, ties: Ties) -> pd.DataFrame:
    """One row an applicant with a tie, authority and kind: ``p, median, usual, number``."""
    tied = set(zip(ties.links["authority_id"], ties.links["applicant_id"], strict=True))
    tied |= set(zip(ties.money["authority_id"], ties.money["applicant_id"], strict=True))
    found = []
    for (authority, kind), part in queue[~queue["listed"]].groupby(["authority_id", "kind"], sort=True):
        eligible = sorted(who for unit, who in tied if unit == authority)
        own = part["applicant_id"].value_counts()
        eligible = [who for who in eligible if own.get(who, 0) >= inputs["min_own"]]
        if not eligible:
            continue
        values = scores(part)
        for who in eligible:
            mine = (part["applicant_id"] == who).to_numpy()
            if (~mine).sum() < inputs["min_others"]:
                continue
            found.append({
                "authority": authority, "kind": kind, "applicant": who,
                "p": sooner(values, mine, f"{authority}|{kind}|{who}"),
                "median": _median(part[mine]), "usual": _median(part[~mine]), "number": int(mine.sum()),
            })  # fmt: skip
    columns = ["authority", "kind", "applicant", "p", "median", "usual", "number"]
    told = pd.DataFrame(found, columns=columns)
    return told.assign(q=adjusted(told["p"].to_numpy(dtype=float)))


def _median(part: pd.DataFrame) -> float:
    """Kaplan–Meier median of the days waited; the longest wait where fewer than half were decided."""
    left = 1.0
    for day, group in part.groupby("days", sort=True):
        left *= 1 - group["ended"].sum() / (part["days"] >= day).sum()
        if left <= 0.5 + 1e-12:
            return float(str(day))
    return float(part["days"].max())


def _overtaken(part: pd.DataFrame, who: str) -> int:
    """How many comparable applications of others (half to twice the value) came first and were decided later."""
    mine, others = part[(part["applicant_id"] == who) & part["ended"]], part[part["applicant_id"] != who]
    end = others["submitted_on"] + pd.to_timedelta(others["days"], unit="D")
    passed: set[int] = set()
    for row in mine.itertuples():
        like = others["value"].isna() | pd.isna(row.value) | others["value"].between(row.value / 2, row.value * 2)
        passed |= set(others.index[like & (others["submitted_on"] < row.submitted_on) & (end > row.decided_on)])
    return len(passed)


def _compute(inputs: Inputs) -> Result:
    queue, ties = waiting(inputs), ties_of(inputs)
    judged = _judged(inputs, queue, ties)
    picked = judged[
        (judged["p"] <= inputs["max_p"]) & (judged["q"] <= inputs["max_q"])
        & (judged["median"] <= judged["usual"] * inputs["max_ratio"])
    ].sort_values(["p", "kind"])  # fmt: skip
    leads, evidence, counters = [], [], []
    for (authority, who), group in picked.groupby(["authority", "applicant"], sort=True):
        best = group.iloc[0].to_dict()
        part = queue[(queue["authority_id"] == authority) & (queue["kind"] == best["kind"]) & ~queue["listed"]]
        links = ties.links[(ties.links["authority_id"] == authority) & (ties.links["applicant_id"] == who)]
        money = ties.money[(ties.money["authority_id"] == authority) & (ties.money["applicant_id"] == who)]
        lead = f"{authority}|{who}"
        leads.append(_lead(lead, best, part, links, money, inputs))
        evidence += _evidence(lead, part[part["applicant_id"] == who], links, money)
        counters += _counters(lead, part[part["applicant_id"] == who], money)
    hits = {lead["subjects"][0]["id"] for lead in leads}
    seen = set(queue["applicant_id"])
    listed = queue.groupby("applicant_id")["listed"].all()
    paper = Text("已列入其他机关行文的优先清单", "on a list that another body had issued").both()
    excluded = {who: paper for who in listed[listed].index if who not in hits}
    dark = _dark(inputs, ties, judged, hits | set(excluded))
    states = assessed(hits, seen, dark, excluded)
    p_of = {who: smallest_of(part.to_numpy()) for who, part in judged.groupby("applicant")["p"]}
    states["p_value"] = states["subject_id"].map(p_of).astype("float64")
    return Result(states, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _dark(inputs: Inputs, ties: Ties, judged: pd.DataFrame, known: set[str]) -> dict[str, str]:
    """Applicants with a tie but too few applications to compare."""
    few = Text(
        f"有关联但申请不足 {inputs['min_own']} 件，或可比申请不足 {inputs['min_others']} 件",
        f"a tie, but fewer than {inputs['min_own']} applications or {inputs['min_others']} to compare with",
    ).both()
    tied = set(ties.links["applicant_id"]) | set(ties.money["applicant_id"])
    return dict.fromkeys(tied - set(judged["applicant"]) - known, few)


def _lead(lead: str, row: dict[str, Any], part: pd.DataFrame, links: pd.DataFrame, money: pd.DataFrame,
          inputs: Inputs) -> dict[str, Any]:  # fmt: skip
    officials = sorted(set(links["official_id"]) | set(money["official_id"]))
    payers = sorted(set(money["payer"]) - {row["applicant"]})
    mine = part[part["applicant_id"] == row["applicant"]]
    passed = _overtaken(part, row["applicant"])
    back = part[part["outcome"].str.contains("return|退回", regex=True) & (part["applicant_id"] != row["applicant"])]
    refused = int((back["applicant_id"].value_counts() >= inputs["many_returns"]).sum())
    yuan = money[money["currency"].fillna("CNY").str.upper() == "CNY"].drop_duplicates("row_key")["yuan"].sum()
    times = money["row_key"].nunique()
    # Permits are also asked about by the indicator of permits; the same wait is not counted twice in full.
    weight = 1.0 if re.search(_AUDIT, row["kind"]) else 0.7
    cap = 0.5 if links.empty and bool(money["is_testimony"].all()) else 0.99
    return {
        "lead": lead,
        "subjects": [party(row["applicant"], "firm"), *(party(name, "official") for name in officials)]
        + [party(name, "payer") for name in payers] + [party(row["authority"], "context")],
        "objects": [thing("organizations", row["authority"])]
        + [thing("applications", name) for name in mine["application_id"]],
        "kind": "statistical",
        "severity": "red" if len(money) and row["p"] <= 0.01 else "yellow",
        "value": row["median"] / row["usual"] if row["usual"] else 0.0,
        "score": round(weight * min(surprise(row["p"]) + 0.1 * bool(len(money)) + 0.05 * bool(refused), cap), 4),
        "p_value": float(row["p"]),
        "amount": float(yuan) or None,
        "period_start": mine["submitted_on"].min(),
        "period_end": mine["decided_on"].max(),
        "fence": f"{len(part) - row['number']} applications of others; p {row['p']:.2g}, q {row['q']:.2g}",
        "number": row["number"],
        "median": row["median"],
        "usual": row["usual"],
        "passed": passed,
        "money_zh": f",其间向有关人员付款 {times} 笔" if times else ",与有关人员有亲属或持股关系",
        "money_en": f"; it paid people of the authority {times} times" if times else "; it is linked to people there",
        "refused_zh": f",另有 {refused} 家被多次退件" if refused else "",
        "refused_en": f"; others sent back again and again: {refused}" if refused else "",
    }  # fmt: skip


def _evidence(lead: str, mine: pd.DataFrame, links: pd.DataFrame, money: pd.DataFrame) -> list[dict[str, str]]:
    rows: Cited = {("applications", key): "application" for key in mine["row_key"]}
    rows |= {("payments", key): "payment" for key in money["row_key"]}
    for found in (*links["rows"], *money["rows"]):
        cite(rows, found, "link")
    return cited(lead, rows)


def _counters(lead: str, mine: pd.DataFrame, money: pd.DataFrame) -> list[dict[str, str]]:
    claimed = int(mine["claimed"].sum())
    note = (
        Text(f"{claimed} 件所附优先文件系本单位出具或晚于申请", f"{claimed} papers of the authority itself, or younger")
        if claimed
        else Text("所比较的申请均无优先文件", "none of the applications compared carries such a paper")
    )
    told = [counter(lead, "listed", False, note.both())]
    note = Text("已扣除金额大小与提交时间的影响", "the size and day of the applications are taken off")
    return [*told, counter(lead, "small", False, note.both())]


INDICATOR = Indicator(
    id="life-audit-queue",
    number=48,
    title=Text("审计审批插队", "Dealt with out of turn"),
    question=Text(
        "与机关人员有利益往来或亲属关系的申请人，办结是否明显快于同类申请？",
        "Are applicants who pay, or are linked to, people of an authority dealt with sooner than comparable ones?",
    ),
    summary=Text(
        "{firm}的 {number} 件申请办结中位 {median} 天，其他申请人 {usual} 天，越过在先同类申请 {passed} 件"
        "{money_zh}{refused_zh}(有关人员：{official})。",
        "{number} applications of {firm} took {median} days (median), those of others {usual}; {passed} comparable "
        "earlier ones were passed{money_en}{refused_en} ({official}).",
    ),
    innocent=(
        Innocent(
            "listed",
            Text("列入事前公布的重点清单。", "On a list of priorities issued before."),
            Text(
                "有文号、非本机关及经办人单位签发、年份不晚于申请的，退出比较。",
                "Applications on a numbered, older list of a body other than the authority and the handler's units "
                "leave the comparison.",
            ),
        ),
        Innocent(
            "small",
            Text("申报件小、时段空闲。", "Small matters at a quiet time."),
            Text("等待时间扣除金额与时间趋势后比较。", "Size and time are taken off the waiting times."),
        ),
        Innocent("files", Text("材料质量好，一次过关。", "Better files.")),
    ),
    next_steps=(
        Text("查谁改动了排序，调取系统日志。", "See who changed the order; fetch the logs of the system."),
        Text("询问被退件、等候久的申请人。", "Ask those who were sent back or waited long."),
    ),
    kinds=("statistical",),
    subject="organization",
    needs={"applications": ("applicant_id", "authority_id", "kind", "submitted_on", "decided_on")},
    uses=("appointments", "payments", "accounts"),
    relations=("links", "control"),
    params=(
        Param("max_p", 0.05, "p", Text("置换检验显著性。", "Significance of the permutation test."), 0.0001, 0.2),
        Param("max_q", 0.1, "rate", Text("同族假发现率。", "False-discovery rate in the family."), 0.001, 0.5),
        Param("max_ratio", 0.65, "fraction", Text("中位用时明显少于他人。", "A median well below others'."), 0.05, 1),
        Param("min_own", 3, "applications", Text("少于此数不成规律。", "Fewer are no pattern."), 2, 100),
        Param("min_others", 8, "applications", Text("少于此数无从比较。", "Fewer cannot be compared with."), 4, 1000),
        Param("many_returns", 3, "returns", Text("同一申请人三次退件。", "Sent back three times."), 2, 20),
    ),
    references=(
        Reference("曲靖, 2022: an audit chief takes money to audit first; others could not even hand in their papers"),
        Reference("Kalbfleisch and Prentice (2002), The Statistical Analysis of Failure Time Data, ch. 7"),
    ),
    value_unit=Text("办结中位天数与他人之比，越低越快", "median days over others'; lower means sooner"),
    engine="kernel",
    example=Example(
        tables={
            "persons": "person_id,name\nO,审计局长\nB,其弟\n",
            "organizations": "org_id,name,kind\nU,审计局,government\nFAST,甲建筑,private\nUSUAL,乙建筑,private\n"
            "PLAIN,丙建筑,private\n",
            "appointments": "person_id,org_id,post,start_date\nO,U,局长,2015-01-01\n",
            "kinships": "person_id,relative_id,relation\nO,B,sibling\n",
            "ownerships": "org_id,holder_id,share,start_date\nFAST,B,0.5,2016-01-01\nUSUAL,B,0.1,2016-01-01\n",
            # FAST waits 6 days each time, the twelve of PLAIN 40 to 73; drawing 4 of 20 as fast by chance is rare.
            # USUAL is linked too, and waits as long as the rest.
            "applications": "application_id,applicant_id,authority_id,kind,submitted_on,decided_on,outcome\n"
            + "".join(f"f{n},FAST,U,audit,2020-0{n}-01,2020-0{n}-07,report_issued\n" for n in range(1, 5))
            + "".join(f"u{n},USUAL,U,audit,2020-0{n}-02,2020-0{n + 2}-0{n},report_issued\n" for n in range(1, 5))
            + "".join(
                f"p{n},PLAIN,U,audit,2020-01-{n + 9},2020-0{2 + n % 2}-2{n % 7},report_issued\n" for n in range(1, 13)
            ),
        },
        flags=frozenset({"FAST"}),
        leaves=frozenset({"USUAL", "PLAIN"}),
    ),
    compute=_compute,
)
