"""An item counts as passed although the body's rule says that it failed.

The default rule: every member but the chair has a veto, so one vote against, or two abstentions, fail the item; the
chair's vote against is an ordinary vote, every abstention counts (the chair's too), absent and recused members do
not. At least two thirds of those listed and not recused must vote. Where an item was voted again, the last vote
counts. The rule binds a body from the day on which it, or a unit above it, put one on voting or reviews in force
(``unit_events``), or from ``effective_from``. Where no such day is on record, only practice can speak, the body's own
or else that of all bodies together: at least ``min_practice`` items that were rejected for so few votes, and no more
exceptions than a third of them, make an exception a yellow lead; else it is not assessable. A financing or contract
whose money moved before the first vote on it is a breach under any rule.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from caselens.core.errors import UsageError
from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._votes import last_sittings, sittings

_RULE = "否决|弃权|表决|评审|议事|veto|abstain|abstention|vote|voting|review|committee|quorum"
_KINDS = {"contract": "contracts", "financing": "financings", "project": "projects"}
_NO_OUTCOME = Text("各事项结果既非通过亦非否决", "the outcomes of its items say neither passed nor rejected")
_OLDER = Text("各次表决均早于规则生效", "every vote is older than the rule")
_NO_RULE = Text(
    "未见该机构的表决规则，其做法亦看不出规则", "no rule of voting is on record for the body, and no practice shows one"
)
_FAILS_AGAIN = Text("最后一次表决同样不合规则", "its last vote fails too")
_NO_REVOTE = Text("未见其后再次表决", "no later vote on record")
_WHY = {
    "veto": Text("有{n}票否决", "{n} veto(es)"),
    "abstentions": Text("有{n}票弃权", "{n} abstentions"),
    "quorum": Text("仅{n}人表决，未达法定人数", "only {n} members voted, no quorum"),
    "paid_first": Text("表决前资金已拨付", "the money had moved before the vote"),
}


def _rules(inputs: Inputs) -> ir.Table:
    """From when a voting rule binds each unit: ``ruled, since, rule_key``; its own event or one of a unit above."""
    events = inputs.table("unit_events")
    about = events.text.lower().re_search(_RULE)
    silent = (events.text.fill_null("") == "") & (events.kind == "rule_in_force")
    rules = events.filter(events.kind.isin(["rule_in_force", "reform"]) & (about.fill_null(False) | silent))
    own = rules.select(ruled="org_id", since="happened_on", rule_key="row_key")
    up = inputs.relation("above").filter(lambda t: t.level > 0).select("unit_id", "upper_id")
    below = own.join(up, [("ruled", "upper_id")]).select(ruled="unit_id", since="since", rule_key="rule_key")
    every = own.union(below)
    return every.group_by("ruled").agg(since=every.since.min(), rule_key=every.rule_key.argmin(every.since))


def _paid(inputs: Inputs, items: ir.Table) -> ir.Table:
    """When money first moved for an item: ``paid_item, paid_on, paid_table, paid_key``."""
    financings, payments = inputs.table("financings"), inputs.table("payments")
    started = financings.select(
        paid_item="financing_id", paid_on=financings.start_date.cast("date"), paid_table=ibis.literal("financings"),
        paid_key="row_key",
    )  # fmt: skip
    moved = payments.filter(payments.reference_id.notnull() & ~(payments.basis == "testimony").fill_null(False)).select(
        paid_item="reference_id", paid_on=payments.paid_at.cast("date"), paid_table=ibis.literal("payments"),
        paid_key="row_key",
    )  # fmt: skip
    every = started.union(moved).semi_join(
        items.filter(items.item_kind.isin(["financing", "contract"])), [("paid_item", "item_id")]
    )
    first = ibis.window(group_by="paid_item", order_by=["paid_on", "paid_table", "paid_key"])
    ranked = every.mutate(nth=ibis.row_number().over(first))
    return ranked.filter(ranked.nth == 0).drop("nth")


def _items(inputs: Inputs) -> pd.DataFrame:
    """The last vote on every item of every body, with its rule and first payment."""
    items = last_sittings(sittings(inputs.table("review_votes")))
    joined = items.left_join(_rules(inputs), [("org_id", "ruled")]).left_join(
        _paid(inputs, items), [("item_id", "paid_item")]
    )
    found = joined.drop("ruled", "paid_item").execute()
    for column in ("voted_on", "first_on", "since", "paid_on"):
        found[column] = pd.to_datetime(found[column])
    configured = inputs["effective_from"].strip()
    if configured:
        try:
            found["since"] = pd.Timestamp(date.fromisoformat(configured))
        except ValueError as error:
            raise UsageError(f"effective_from must be a date as 2019-03-01, got {configured!r}") from error
    return found.sort_values(["org_id", "voted_on", "item_id"]).reset_index(drop=True)


def _reasons(row: dict[str, Any], inputs: Inputs, bound: bool) -> dict[str, int]:
    """Why an item that passed should not have, with the number for the sentence."""
    reasons: dict[str, int] = {}
    if row["paid_on"] < row["first_on"]:
        reasons["paid_first"] = int((row["first_on"] - row["paid_on"]).days)
    if not bound:
        return reasons
    # Where no chair is on record, one of the votes against may be the chair's, which is no veto.
    vetoes = int(row["vetoes"]) - (row["chairs"] == 0)
    if vetoes >= inputs["max_vetoes"] + 1:
        reasons["veto"] = vetoes
    if row["abstained"] >= inputs["max_abstentions"] + 1:
        reasons["abstentions"] = int(row["abstained"])
    if row["cast"] < inputs["quorum_share"] * (row["listed"] - row["recused"]) - 1e-9:
        reasons["quorum"] = int(row["cast"])
    return reasons


def _practice(group: pd.DataFrame, inputs: Inputs) -> bool:
    """Whether items that only the default rule fails, not a majority, are rejected, with few exceptions."""
    fails = (group["vetoes"] > inputs["max_vetoes"]) | (group["abstained"] > inputs["max_abstentions"])
    narrow = fails & (group["vetoes"] + group["chair_against"] + group["abstained"] < group["cast"] / 2)
    kept = int((narrow & (group["outcome"] == "refused")).sum())
    exceptions = int((narrow & (group["outcome"] == "passed")).sum())
    return kept >= inputs["min_practice"] and 3 * exceptions <= kept


def _compute(inputs: Inputs) -> Result:
    leads, evidence, counters = [], [], []
    seen: set[str] = set()
    dark: dict[str, str] = {}
    early: dict[str, str] = {}
    tables = _matters(inputs)
    votes = inputs.table("review_votes")
    items = _items(inputs)
    everywhere = _practice(items, inputs)
    for name, group in items.groupby("org_id", sort=True):
        body, known = str(name), bool(group["since"].notna().any())
        practice = not known and (everywhere or _practice(group, inputs))
        decided = group["outcome"].notna()
        bound = decided & (practice | (group["since"].notna() & (group["voted_on"] >= group["since"])))
        if bound.any():
            seen.add(body)
        elif not decided.any():
            dark[body] = _NO_OUTCOME.both()
        elif known:
            early[body] = _OLDER.both()
        else:
            dark[body] = _NO_RULE.both()
        for row in group[group["outcome"] == "passed"].to_dict("records"):
            reasons = _reasons(row, inputs, bool(bound[group["item_id"] == row["item_id"]].any()))
            if not reasons:
                continue
            lead = f"{body}|{row['item_id']}"
            leads.append(_lead(lead, row, reasons, practice, tables.get(row["item_id"], "review_votes")))
            cast = votes.filter((votes.org_id == body) & (votes.item_id == row["item_id"])).row_key.execute()
            evidence += [{"lead": lead, "table": "review_votes", "key": key, "role": "vote"} for key in cast]
            evidence += _other_rows(lead, row, reasons)
            again = int(row["meetings"]) > 1
            counters.append(counter(lead, "revote", False, (_FAILS_AGAIN if again else _NO_REVOTE).both()))
    hits = {lead["subjects"][0]["id"] for lead in leads}
    return Result(
        assessed(hits, seen, dark, early), frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS)
    )


def _matters(inputs: Inputs) -> dict[str, str]:
    """Item -> the table that holds it, where its id is there."""
    votes = inputs.table("review_votes")
    found: dict[str, str] = {}
    for table, key in (("contracts", "contract_id"), ("financings", "financing_id"), ("projects", "project_id")):
        held = inputs.table(table).semi_join(votes, [(key, "item_id")])[key].execute()
        found |= dict.fromkeys(held, table)
    return found


def _other_rows(lead: str, row: dict[str, Any], reasons: dict[str, int]) -> list[dict[str, str]]:
    rows = []
    if isinstance(row["rule_key"], str) and set(reasons) - {"paid_first"}:
        rows.append({"lead": lead, "table": "unit_events", "key": row["rule_key"], "role": "rule"})
    if "paid_first" in reasons:
        rows.append({"lead": lead, "table": row["paid_table"], "key": row["paid_key"], "role": "payment"})
    return rows


def _lead(lead: str, row: dict[str, Any], reasons: dict[str, int], practice: bool, table: str) -> dict[str, Any]:
    weight = {"veto": row["vetoes"], "abstentions": row["abstained"] - 1, "quorum": 1, "paid_first": 1}
    excess = sum(float(weight[name]) for name in reasons)
    rests_on_practice = practice and "paid_first" not in reasons
    since = row["since"]
    return {
        "lead": lead,
        "subjects": [party(row["org_id"], "body")],
        "objects": [thing(table, row["item_id"])],
        "kind": "rule",
        "severity": "yellow" if rests_on_practice else "red",
        "value": excess,
        "score": round((0.5 + 0.4 * (1 - 0.5**excess)) * (0.6 if rests_on_practice else 1), 4),
        "p_value": None,
        "amount": None if pd.isna(row["amount"]) else float(row["amount"]),
        "period_start": row["first_on"],
        "period_end": row["voted_on"],
        "fence": "the practice of such votes" if pd.isna(since) else f"rule from {since:%Y-%m-%d}",
        "item": row["item_id"],
        "why_zh": "、".join(_WHY[name].zh.format(n=n) for name, n in reasons.items()),
        "why_en": ", ".join(_WHY[name].en.format(n=n) for name, n in reasons.items()),
    }


INDICATOR = Indicator(
    id="org-veto-breach",
    number=29,
    title=Text("违反表决规则仍通过", "Passed against its rule"),
    question=Text(
        "集体决策的事项，按议事规则应不通过的，是否仍作通过处理？",
        "Did an item pass although the body's rule of voting says that it failed?",
    ),
    summary=Text(
        "{body}的议题{item}{why_zh}，仍作通过处理。",
        "Item {item} of {body} passed although: {why_en}.",
    ),
    innocent=(
        Innocent(
            "revote",
            Text("条件满足后复议通过。", "It was put to the vote again once conditions were met."),
            Text("以最后一次表决为准。", "The last vote counts."),
        ),
        Innocent("other_rule", Text("该机构另有表决规则。", "The body has another rule of voting.")),
    ),
    next_steps=(
        Text("调阅会议纪要、录音录像和表决票。", "Get the minutes, recordings and ballots."),
        Text("核对附加条件是否落实。", "Check whether the conditions were met."),
        Text("查是谁宣布通过。", "Find out who declared it passed."),
    ),
    kinds=("rule",),
    subject="organization",
    needs={
        "review_votes": ("meeting_id", "item_id", "org_id", "member_id", "vote", "is_chair", "voted_on", "item_outcome")
    },
    uses=("unit_events", "contracts", "financings", "projects", "payments"),
    relations=("above",),
    params=(
        Param("max_vetoes", 0, "votes", Text("一票否决即不通过。", "One veto fails the item."), 0, 10),
        Param("max_abstentions", 1, "votes", Text("两票弃权即不通过。", "Two abstentions fail the item."), 0, 10),
        Param("quorum_share", 0.6666, "fraction", Text("三分之二以上到会方可表决。", "Two thirds have to vote."), 0, 1),
        Param(
            "min_practice",
            3,
            "items",
            Text("无成文规则时，以其惯例为参照所需的件数。", "Items that show a practice where no rule is on record."),
            1,
            100,
        ),
        Param(
            "effective_from",
            "",
            "date",
            Text("规则生效日期，空则取单位事件中的记录。", "When the rule took effect; empty: as unit_events say."),
        ),
    ),
    references=(
        Reference(
            "株洲, 2024: seven reviewers, one veto or two abstentions fail an item, the chair has no veto; "
            "two of eight items refused"
        ),
    ),
    value_unit=Text("超出规则的票数，越多越严重", "votes beyond the rule; higher is graver"),
    engine="kernel",
    example=Example(
        tables={
            "organizations": "org_id,name,kind\nVETO,甲公司,state_owned\nCHAIR,乙公司,state_owned\n"
            "OLD,丙公司,state_owned\nNONE,丁公司,state_owned\n",
            "unit_events": "event_id,org_id,kind,happened_on,text\n"
            "R1,VETO,rule_in_force,2022-03-01,一票否决或两票弃权视为不通过\n"
            "R2,CHAIR,rule_in_force,2022-03-01,一票否决或两票弃权视为不通过\n"
            "R3,OLD,rule_in_force,2022-03-01,一票否决或两票弃权视为不通过\n",
            # VETO: one member other than the chair is against. CHAIR: only the chair is, and one abstains.
            # OLD: a veto in the year before the rule. NONE: no rule on record.
            "review_votes": "meeting_id,item_id,org_id,member_id,vote,is_chair,voted_on,item_outcome\n"
            "m1,i1,VETO,A,for,true,2023-01-05,passed\nm1,i1,VETO,B,against,false,2023-01-05,passed\n"
            "m1,i1,VETO,C,for,false,2023-01-05,passed\n"
            "m2,i2,CHAIR,A,against,true,2023-01-05,passed\nm2,i2,CHAIR,B,abstain,false,2023-01-05,passed\n"
            "m2,i2,CHAIR,C,for,false,2023-01-05,passed\n"
            "m3,i3,OLD,A,for,true,2021-01-05,passed\nm3,i3,OLD,B,against,false,2021-01-05,passed\n"
            "m4,i4,NONE,A,for,true,2023-01-05,passed\nm4,i4,NONE,B,against,false,2023-01-05,passed\n",
        },
        flags=frozenset({"VETO"}),
        leaves=frozenset({"CHAIR"}),
        others={"OLD": "excluded", "NONE": "not_assessable"},
    ),
    compute=_compute,
)
