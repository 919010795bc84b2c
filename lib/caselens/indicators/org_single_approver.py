"""One person decides everything above the line, without minutes of a collective decision, or for winners linked to him.

A decision is a matter at or above ``threshold`` with signatures in ``approvals``; who decided it is whoever first
signed the head's step, else the last who signed a step of one hand. Concentration (HHI of the deciders' shares) is
taken over the months from a person's first decision to the last, so that successive heads are judged one by one.
Minutes are a collective step with a document number, or with two signatures other than the decider's (one where no
numbers were delivered), or recorded votes of two members or more; a joint review by departments is none. They count
as lacking only inside complete coverage of ``approvals``, and only where at least half of the person's decisions lie
in it. Linked winners recur where two decisions or more went to firms Linked to the decider, or where the firms in one
hand took at least ``repeat_share`` of them. One signatory with minutes and many winners is excluded.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._signing import covered_by, decisions_of

_UNSEEN = Text(
    "审批记录未声明完整(coverage approvals):一人审批，是否缺少会议纪要无法判断",
    "coverage approvals: one signatory, and whether minutes are lacking cannot be told",
)
_MINUTED = Text(
    "虽由一人审批，但有会议纪要，中标人无关联亦不反复出现",
    "one signatory, but minutes are on record and no winner is linked or recurs",
)
_STATUTORY = Text("是否法定由一人签批，表中不载", "whether the law wants one signatory is not in the tables")


def _linked(inputs: Inputs, deciders: Iterable[str], suppliers: Iterable[str]) -> pd.DataFrame:
    """Suppliers Linked to a decider: ``official_id, party_id, since, until, rows``."""
    links = inputs.relation("links")
    kept = links.filter(links.official_id.isin(sorted(deciders)) & links.party_id.isin(sorted(suppliers)))
    found = kept.select("official_id", "party_id", "since", "until", "rows").execute()
    for column, default in (("since", "1900-01-01"), ("until", "2200-01-01")):
        found[column] = pd.to_datetime(found[column]).fillna(pd.Timestamp(default))
    return found


def _hands(inputs: Inputs, suppliers: Iterable[str]) -> dict[str, str]:
    """Supplier -> the smallest supplier in the same hand; people with more firms than ``max_hub`` join none."""
    control = inputs.relation("control")
    held = control.filter(control.org_id.isin(sorted(suppliers))).select("person_id", "org_id").distinct().execute()
    hand = {supplier: supplier for supplier in suppliers}
    for person, group in held.sort_values(["person_id", "org_id"]).groupby("person_id"):
        firms = [*group["org_id"], *([str(person)] if person in hand else [])]
        if 2 <= len(firms) <= inputs["max_hub"]:
            roots = {hand[firm] for firm in firms}
            hand = {firm: min(roots) if root in roots else root for firm, root in hand.items()}
    return hand


def _dominant(part: pd.DataFrame, inputs: Inputs) -> Iterable[tuple[str, pd.DataFrame, float, int]]:
    """Who decided most of a concentrated time of one unit: decider, own decisions, HHI, number of all of that time."""
    for decider, own in part[part["decider"] != ""].groupby("decider", sort=True):
        during = part[part["day"].between(own["day"].min(), own["day"].max())]
        share = during["decider"].value_counts(normalize=True)
        hhi = float((share**2).sum())
        if len(during) >= inputs["min_decisions"] and hhi >= inputs["min_hhi"] and share[decider] >= share.max():
            yield str(decider), own, hhi, len(during)


def _compute(inputs: Inputs) -> Result:
    decisions = decisions_of(inputs)
    decisions["coverage_key"] = covered_by(inputs, decisions)
    found = [
        {"unit": str(unit), "decider": decider, "own": own, "hhi": hhi, "total": total}
        for unit, part in decisions.groupby("unit", sort=True)
        for decider, own, hhi, total in _dominant(part, inputs)
    ]
    suppliers = {name for row in found for name in row["own"]["supplier"].dropna()}
    links, hands = _linked(inputs, {row["decider"] for row in found}, suppliers), _hands(inputs, suppliers)
    leads, evidence, counters = [], [], []
    excluded: dict[str, str] = {}
    counts = decisions.groupby("unit").size()
    least = inputs["min_decisions"]
    few = Text(f"限额以上决定不足 {least} 件", f"fewer than {least} decisions above the line").both()
    dark = {str(unit): few for unit, number in counts.items() if number < inputs["min_decisions"]}
    for signed in found:
        row = signed | _recurring(signed, links, hands)
        own = row["own"]
        covered = own[own["coverage_key"] != ""]
        row["lacking"] = float((~covered["minutes"]).mean()) if 2 * len(covered) >= len(own) and len(covered) else None
        recurs = len(row["linked"]) >= 2 or row["same_hand"] >= inputs["repeat_share"]
        if recurs or (row["lacking"] is not None and row["lacking"] >= inputs["min_lacking"]):
            leads.append(_lead(row, inputs))
            evidence += _evidence(row)
            counters += _counters(row)
        elif row["lacking"] is None:
            dark[row["unit"]] = _UNSEEN.both()
        else:
            excluded[row["unit"]] = _MINUTED.both()
    hits = {lead["subjects"][1]["id"] for lead in leads}
    told = assessed(hits, map(str, counts.index), dark, {u: why for u, why in excluded.items() if u not in dark})
    return Result(told, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _recurring(row: dict[str, Any], links: pd.DataFrame, hands: dict[str, str]) -> dict[str, Any]:
    """Decisions whose winner is Linked to the decider (with the rows), and the largest share of winners in one hand."""
    own, mine = row["own"], links[links["official_id"] == row["decider"]]
    linked, rows = [], []
    for decision in own[own["supplier"].isin(set(mine["party_id"]))].itertuples():
        held = mine[
            (mine["party_id"] == decision.supplier) & (mine["since"] <= decision.day) & (mine["until"] >= decision.day)
        ]
        if len(held):
            linked.append(decision.of_id)
            rows += [dict(one) for one in held["rows"].iloc[0]]
    known = own["supplier"].dropna().map(hands)
    most = known.value_counts()
    enough = len(most) and len(known) >= 10
    return {"linked": linked, "link_rows": rows, "same_hand": float(most.iloc[0] / len(known)) if enough else 0.0}


def _lead(row: dict[str, Any], inputs: Inputs) -> dict[str, Any]:
    own, lacking = row["own"], row["lacking"] or 0.0
    missing = "?" if row["lacking"] is None else f"{lacking:.0%}"
    score = 0.25 + 0.3 * lacking + 0.15 * row["hhi"] + 0.15 * (1 - 0.7 ** len(row["linked"])) + 0.1 * row["same_hand"]
    return {
        "lead": f"{row['unit']}|{row['decider']}",
        "subjects": [party(row["decider"], "official"), party(row["unit"], "unit")],
        "objects": [thing("organizations", row["unit"])],
        "kind": "rule",
        "severity": "red" if lacking >= 0.8 or len(row["linked"]) >= 2 else "yellow",
        "value": row["hhi"],
        "score": round(score, 4),
        "p_value": None,
        "amount": round(float(own["yuan"].sum()), 2),
        "period_start": own["day"].min(),
        "period_end": own["day"].max(),
        "fence": f"HHI >= {inputs['min_hhi']}; minutes lacking >= {inputs['min_lacking']:.0%}",
        "decided": float(len(own)),
        "total": float(row["total"]),
        "missing": missing,
        "linked_count": float(len(row["linked"])),
        "hand_text": f"{row['same_hand']:.0%}",
    }


def _evidence(row: dict[str, Any]) -> list[dict[str, str]]:
    own = row["own"]
    rows = [("approvals", key, "decision") for key in own["step_key"]]
    rows += [(table, key, "matter") for table, key in zip(own["of_table"], own["matter_key"], strict=True)]
    rows += [("coverage", key, "coverage") for key in sorted(set(own["coverage_key"]) - {""})]
    rows += [(found["table"], found["key"], "link") for found in row["link_rows"]]
    lead = f"{row['unit']}|{row['decider']}"
    return [{"lead": lead, "table": table, "key": key, "role": role} for table, key, role in dict.fromkeys(rows)]


def _counters(row: dict[str, Any]) -> list[dict[str, str]]:
    lead = f"{row['unit']}|{row['decider']}"
    on_record = int(row["own"]["minutes"].sum())
    holds = None if row["lacking"] is None else row["lacking"] == 0
    total = len(row["own"])
    minutes = Text(
        f"{total} 件决定中 {on_record} 件有集体研究记录", f"minutes for {on_record} of {total} decisions are on record"
    )
    return [
        counter(lead, "minutes", holds, minutes.both()),
        counter(lead, "statutory", None, _STATUTORY.both()),
    ]


def _example() -> dict[str, str]:
    """Ten purchases of 3 million a unit: ALONE without minutes, MINUTES with, SHARED by three, DARK uncovered."""
    contracts = ["contract_id,buyer_id,supplier_id,amount,signed_on"]
    approvals = ["approval_id,object_table,object_id,step,person_id,org_id,opinion,decided_at,document_no"]
    for unit in ("ALONE", "MINUTES", "SHARED", "DARK", "SMALL"):
        for number in range(10):
            key, day = f"c{unit}{number}", f"2021-{number + 1:02d}-05"
            contracts.append(f"{key},{unit},S{number},{1_990_000 if unit == 'SMALL' else 3_000_000},{day}")
            signer = f"H{unit}{number % 3 if unit == 'SHARED' else ''}"
            approvals.append(f"a{key},contracts,{key},head,{signer},{unit},approve,{day}T10:00:00,")
            if unit == "MINUTES":
                approvals.append(
                    f"b{key},contracts,{key},collective,DEPUTY,{unit},approve,{day}T09:00:00,纪要{number}号"
                )
    # SMALL stays below the line but for one purchase.
    contracts.append("cBIG,SMALL,S1,2000000,2021-03-01")
    approvals.append("aBIG,contracts,cBIG,head,HSMALL,SMALL,approve,2021-03-01T10:00:00,")
    return {
        "contracts": "\n".join(contracts) + "\n",
        "approvals": "\n".join(approvals) + "\n",
        "coverage": "table,scope,period_start,period_end,is_complete\n"
        + "".join(f"approvals,{unit},2021-01-01,2021-12-31,true\n" for unit in ("ALONE", "MINUTES", "SHARED", "SMALL")),
        "organizations": "org_id,name,kind\n"
        + "".join(f"{u},{u}公司,state_owned\n" for u in ("ALONE", "MINUTES", "SHARED", "DARK", "SMALL")),
    }


INDICATOR = Indicator(
    id="org-single-approver",
    number=26,
    title=Text("大额事项一人签批", "One hand decides"),
    question=Text(
        "限额以上事项是否几乎都由同一人签批，且缺少集体研究记录，或中标单位与其关联、反复中标？",
        "Does one person decide nearly everything above the line while minutes of collective decisions are lacking, or "
        "while linked winners recur?",
    ),
    summary=Text(
        "{unit}期间 {total} 件限额以上事项中 {decided} 件由{official}签批，缺少集体研究记录 {missing}，"
        "关联单位中标 {linked_count} 件，同一控制人企业占 {hand_text}。",
        "{official} decided {decided} of {total} matters above the line at {unit}; minutes are lacking for {missing}, "
        "{linked_count} went to linked firms, and firms in one hand took {hand_text}.",
    ),
    innocent=(
        Innocent(
            "minutes",
            Text("已集体研究，仅由其代表签字。", "The matter was decided together; the person only signed."),
            Text(
                "查有文号的会议纪要、他人会签和表决记录。",
                "Numbered minutes, other people's signatures and recorded votes are looked for.",
            ),
        ),
        Innocent("statutory", Text("法定由一人签发。", "The law wants one signatory.")),
    ),
    next_steps=(
        Text("调阅“三重一大”会议纪要原件。", "Get the original minutes of collective decisions."),
        Text("查中标单位由谁提议。", "Find out who proposed the winner."),
    ),
    kinds=("rule",),
    subject="organization",
    needs={"approvals": ("object_table", "object_id", "step", "person_id", "org_id", "decided_at")},
    uses=(
        "contracts",
        "projects",
        "tenders",
        "bids",
        "financings",
        "asset_disposals",
        "contract_changes",
        "review_votes",
        "coverage",
        "organizations",
    ),
    relations=("links", "control"),
    params=(
        Param(
            "threshold",
            2_000_000,
            "yuan",
            Text("须集体研究的大额事项。", "Matters that call for a collective decision."),
            10_000,
            1e10,
        ),
        Param("min_hhi", 0.5, "index", Text("签批高度集中。", "Deciding is concentrated."), 0.1, 1),
        Param("min_decisions", 10, "decisions", Text("过少不足以判断。", "With fewer nothing can be said."), 3, 10_000),
        Param(
            "min_lacking",
            0.3,
            "fraction",
            Text("三成以上缺少会议记录。", "Minutes are lacking for three in ten."),
            0.01,
            1,
        ),
        Param(
            "repeat_share", 0.5, "fraction", Text("同一控制人企业占半数以上。", "Firms in one hand take half."), 0.1, 1
        ),
        Param("max_hub", 10, "firms", Text("持有更多企业者不作关联。", "Who holds more firms links nobody."), 2, 1000),
    ),
    references=(
        Reference("株洲, 2024: every project of 2 million and more needed the consent of one head"),
        Reference("长春, 2021: collective decision on major matters (三重一大) put in order afterwards"),
    ),
    value_unit=Text("签批集中度(HHI),越高越集中", "concentration (HHI) of deciders; higher means one hand"),
    engine="kernel",
    example=Example(
        tables=_example(),
        flags=frozenset({"ALONE"}),
        leaves=frozenset({"SHARED"}),
        others={"MINUTES": "excluded", "DARK": "not_assessable", "SMALL": "not_assessable"},
    ),
    compute=_compute,
)
