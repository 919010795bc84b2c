"""Changes of a contract that add up to a tenth of what was awarded, out of line with the changes of its peers.

Value: the net sum of all changes (ups and downs) over the amount of the contract; changes in another currency than
the contract's make it not assessable. Family: contracts with a recorded change, and those without inside complete
coverage of ``contract_changes``. Peers: contracts of the same category where at least ``own_peers`` of them were
changed, else all; fewer than ``min_peers`` others: not assessable. Null: the share is exchangeable with the
peers' (rank; beyond the Tukey fence an exponential tail). A lead needs the share to reach ``min_share`` and p to be at
most ``max_p``: a city whose contracts all grow by a tenth has a rule to look at, not a contract. Timing, number, one
hand for all, and a low bid are told with the lead and raise its score. Changes of scope that a body other than the
buyer and the approver's units ordered before, with a number and an amount, are taken off the sum.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, counter, frame, party, thing
from caselens.indicators._cover import coverage_of, regions
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._ranked import upper_p

_ORDERED = ("design_change", "estimate_adjustment")


def _contracts(inputs: Inputs) -> pd.DataFrame:
    """Every contract with an amount, and the tender it came from where known."""
    contracts = inputs.table("contracts").filter(lambda t: t.amount > 0)
    tenders = inputs.table("tenders")
    tenders = tenders.select(tender="tender_id", ceiling=tenders.ceiling_price.cast("float64"), tender_key="row_key",
                             awarded_on="awarded_on").distinct(on="tender")  # fmt: skip
    joined = contracts.left_join(tenders, [("tender_id", "tender")])
    found = joined.select(
        "contract_id", "row_key", "buyer_id", "supplier_id", "signed_on", "accepted_on", "handler_id", "project_id",
        "tender_id", "tender_key", "ceiling", "awarded_on", award=joined.amount.cast("float64"),
        category=joined.category.fill_null("").strip().lower(), currency=joined.currency.fill_null("CNY").upper(),
    ).execute()  # fmt: skip
    for column in ("signed_on", "accepted_on", "awarded_on"):
        found[column] = pd.to_datetime(found[column])
    return found.sort_values("contract_id", ignore_index=True)


def _changes(inputs: Inputs) -> pd.DataFrame:
    changes = inputs.table("contract_changes")
    found = changes.select(
        "contract_id", "row_key", "changed_on", "handler_id", amount=changes.amount.cast("float64"),
        currency=changes.currency.fill_null("CNY").upper(),
    ).execute()  # fmt: skip
    found["changed_on"] = pd.to_datetime(found["changed_on"])
    return found.sort_values(["contract_id", "changed_on", "row_key"], ignore_index=True)


def _orders(inputs: Inputs) -> pd.DataFrame:
    """Changes of scope somebody else ordered: ``project_id, day, issuer, yuan, row_key``; ``yuan`` may be unknown."""
    events = inputs.table("project_events")
    told = events.filter(events.stage.isin(_ORDERED) & events.document_no.notnull() & events.issued_by_id.notnull())
    found = told.select(
        "project_id", "row_key", day="happened_on", issuer="issued_by_id", yuan=told.amount.cast("float64")
    ).execute()
    found["day"] = pd.to_datetime(found["day"])
    return found.sort_values(["day", "row_key"])


def _judged(inputs: Inputs) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Contracts with ``share``, ``p`` (NaN outside the family) and ``why`` they cannot be judged; and the changes."""
    found, changes = _contracts(inputs), _changes(inputs)
    covers, region = coverage_of(inputs, "contract_changes"), regions(inputs)
    found = found.join(
        changes.groupby("contract_id").agg(total=("amount", "sum"), count=("amount", "size")), on="contract_id"
    )
    found["share"] = (found["total"].fillna(0.0) / found["award"]).round(9)
    money = dict(zip(found["contract_id"], found["currency"], strict=True))
    mixed = set(changes.loc[changes["currency"] != changes["contract_id"].map(money), "contract_id"])
    found["why"] = ""
    found.loc[found["contract_id"].isin(mixed), "why"] = Text(
        "变更与合同币种不同", "changes in another currency than the contract"
    ).both()
    silent = found["count"].isna()
    if not covers.spans:
        dark = silent
    else:
        known = [
            bool(covers.keys(["contract_changes"], [row.buyer_id, region.get(row.buyer_id, row.buyer_id)],
                             row.signed_on, row.signed_on))
            for row in found.itertuples()
        ]  # fmt: skip
        dark = silent & ~pd.Series(known, index=found.index)
    found.loc[dark, "why"] = Text(
        "无变更记录，且变更台账未声明完整", "no change on record, and contract_changes not declared complete (coverage)"
    ).both()
    found["p"] = float("nan")
    family = found[found["why"] == ""]
    changed = family[family["count"].notna()].groupby("category").size()
    own = {name for name, number in changed.items() if name and number > inputs["own_peers"]}
    few = Text(
        f"可比合同不足 {inputs['min_peers']} 份", f"fewer than {inputs['min_peers']} contracts to compare with"
    ).both()
    for name in (*sorted(own), None):
        peers = family if name is None else family[family["category"] == name]
        judged = peers if name is not None else peers[~peers["category"].isin(own)]
        if len(peers) <= inputs["min_peers"]:
            found.loc[judged.index, "why"] = few
            continue
        p = pd.Series(upper_p(peers["share"].to_numpy(), peers["contract_id"].to_numpy()), index=peers.index)
        found.loc[judged.index, "p"] = p[judged.index]
    return found, changes


def _compute(inputs: Inputs) -> Result:
    found, changes = _judged(inputs)
    orders = _orders(inputs)
    posts = inputs.table("appointments").select("person_id", "org_id").distinct().execute()
    seats = {person: set(units) for person, units in posts.groupby("person_id")["org_id"]}
    picked = found[(found["share"] >= inputs["min_share"]) & (found["p"] <= inputs["max_p"])]
    crowd = _crowd(found["count"].dropna())
    leads, evidence, counters = [], [], []
    excluded: dict[str, str] = {}
    for row in picked.to_dict("records"):
        mine = changes[changes["contract_id"] == row["contract_id"]]
        hands = set(mine["handler_id"].dropna())
        allowed = _allowed(row, mine, orders, hands, seats)
        if row["share"] - allowed["yuan"].sum() / row["award"] < inputs["min_share"] and len(allowed):
            excluded[row["contract_id"]] = Text(
                "范围变更已由其他机关事先行文批准", "the change of scope was ordered before by another body"
            ).both()
            continue
        leads.append(_lead(row, mine, hands, crowd, inputs))
        lead = row["contract_id"]
        evidence.append({"lead": lead, "table": "contracts", "key": row["row_key"], "role": "award"})
        evidence += [{"lead": lead, "table": "contract_changes", "key": k, "role": "change"} for k in mine["row_key"]]
        if isinstance(row["tender_key"], str):
            evidence.append({"lead": lead, "table": "tenders", "key": row["tender_key"], "role": "award"})
        evidence += [{"lead": lead, "table": "project_events", "key": k, "role": "order"} for k in allowed["row_key"]]
        known = inputs.has("project_events", "issued_by_id", "document_no") and isinstance(row["project_id"], str)
        note = Text("有其他机关事先行文的变更，但不足以说明", "another body ordered changes before, but not enough")
        if allowed.empty:
            note = Text("未见其他机关事先行文的变更", "no change ordered by another body before is on record")
        counters.append(counter(lead, "ordered", False if known else None, note.both()))
    hits = {lead["lead"] for lead in leads}
    told = found[["contract_id", "why", "p"]].rename(columns={"contract_id": "subject_id", "p": "p_value"})
    told["reason"] = [excluded.get(name, why) for name, why in zip(told["subject_id"], told["why"], strict=True)]
    told["state"] = "clean"
    told.loc[told["why"] != "", "state"] = "not_assessable"
    told.loc[told["subject_id"].isin(list(excluded)), "state"] = "excluded"
    told.loc[told["subject_id"].isin(hits), "state"] = "hit"
    told = told[["subject_id", "state", "reason", "p_value"]].drop_duplicates("subject_id")
    return Result(told, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _crowd(counts: pd.Series) -> float:
    """Upper Tukey fence of the number of changes a changed contract has, at least 4."""
    if len(counts) < 8:
        return 4.0
    low, high = counts.quantile([0.25, 0.75])
    return max(4.0, float(high + 1.5 * (high - low)))


def _allowed(row: dict[str, Any], mine: pd.DataFrame, orders: pd.DataFrame, hands: set[str],
             seats: dict[str, set[str]]) -> pd.DataFrame:  # fmt: skip
    """Orders of other bodies for the project, no later than the last change and with an amount."""
    own = {row["buyer_id"], row["supplier_id"]}.union(*(seats.get(name, set()) for name in hands | {row["handler_id"]}))
    return orders[
        (orders["project_id"] == row["project_id"]) & (orders["day"] <= mine["changed_on"].max())
        & ~orders["issuer"].isin(own) & orders["yuan"].notna()
    ]  # fmt: skip


def _marks(row: dict[str, Any], mine: pd.DataFrame, hands: set[str], crowd: float, inputs: Inputs) -> list[Text]:
    """What makes the changes stranger: early, after acceptance, many, one hand, a low bid before."""
    raises = mine[mine["amount"] > 0]["changed_on"]
    since = row["awarded_on"] if pd.notna(row["awarded_on"]) else row["signed_on"]
    marks = []
    if ((raises - since).dt.days <= inputs["early_days"]).any():
        marks.append(Text(f"中标后 {inputs['early_days']} 日内即变更", f"within {inputs['early_days']} days of award"))
    if pd.notna(row["accepted_on"]) and (raises > row["accepted_on"]).any():
        marks.append(Text("验收后仍变更", "after acceptance"))
    if len(mine) >= crowd:
        marks.append(Text(f"变更达 {len(mine)} 次", f"{len(mine)} changes"))
    if hands == {row["handler_id"]}:
        marks.append(Text("签约与变更同一人审批", "one person approved contract and changes"))
    if pd.notna(row["ceiling"]) and row["ceiling"] > 0 and row["award"] / row["ceiling"] <= inputs["low_bid"]:
        marks.append(Text(f"中标价仅为限价 {row['award'] / row['ceiling']:.0%}",
                          f"awarded at {row['award'] / row['ceiling']:.0%} of the ceiling"))  # fmt: skip
    return marks


def _lead(row: dict[str, Any], mine: pd.DataFrame, hands: set[str], crowd: float, inputs: Inputs) -> dict[str, Any]:
    marks = _marks(row, mine, hands, crowd, inputs)
    objects = [thing("contracts", row["contract_id"])]
    for table, name in (("tenders", row["tender_id"]), ("projects", row["project_id"])):
        objects += [thing(table, name)] if isinstance(name, str) else []
    return {
        "lead": row["contract_id"],
        "subjects": [party(row["buyer_id"], "unit"), party(row["supplier_id"], "supplier")]
        + [party(name, "official") for name in sorted(hands)],
        "objects": objects,
        "kind": "statistical",
        "severity": "red" if row["share"] >= inputs["red_share"] else "yellow",
        "value": row["share"],
        "score": round(0.9 * row["share"] / (row["share"] + 0.12) + 0.02 * len(marks), 4),
        "p_value": float(row["p"]),
        "amount": float(row["total"]) if row["currency"] == "CNY" else None,
        "period_start": mine["changed_on"].min(),
        "period_end": mine["changed_on"].max(),
        "fence": f"share >= {inputs['min_share']:.0%} and p <= {inputs['max_p']}; red {inputs['red_share']:.0%}",
        "contract": row["contract_id"],
        "share_text": f"{row['share']:.1%}",
        "count": len(mine),
        "marks_zh": "".join(f",{mark.zh}" for mark in marks),
        "marks_en": "".join(f"; {mark.en}" for mark in marks),
    }


INDICATOR = Indicator(
    id="life-change-orders",
    number=45,
    title=Text("合同变更占比过高", "Changes eat the competition"),
    question=Text(
        "签约后的变更是否累计达到中标价的一成以上，且明显高于同类合同？",
        "Do changes after the award add up to a tenth of it or more, out of line with comparable contracts?",
    ),
    summary=Text(
        "{unit}与{supplier}的合同{contract}变更 {count} 次，净增 {share_text}{marks_zh}。",
        "Contract {contract} of {unit} with {supplier}: changes ({count}) add {share_text}{marks_en}.",
    ),
    innocent=(
        Innocent(
            "ordered",
            Text("其他机关事先批准的范围变更。", "A change of scope that another body ordered before."),
            Text(
                "查找有文号、有金额、早于变更且由业主与审批人所在单位以外机关签发的设计变更或概算调整，从变更额中扣除。",
                "Design changes with number and amount, issued before by a body other than the owner and the "
                "approver's units, are taken off the sum.",
            ),
        ),
        Innocent("geology", Text("地质等现场条件与勘察不符。", "Ground that differs from the survey.")),
        Innocent("price", Text("合同约定的材料调价。", "A price clause of the contract.")),
    ),
    next_steps=(
        Text("调取变更图纸、签证和现场照片。", "Fetch drawings, site instructions and photographs of the changes."),
        Text("查谁提出、谁批准变更，是否同一人。", "See who proposed and who approved the changes."),
        Text("将低价中标与其后变更对照。", "Compare the low bid with what was changed afterwards."),
    ),
    kinds=("statistical",),
    subject="contract",
    needs={
        "contracts": ("contract_id", "buyer_id", "supplier_id", "amount", "signed_on"),
        "contract_changes": ("contract_id", "amount", "changed_on"),
    },
    uses=("tenders", "project_events", "appointments", "coverage", "organizations"),
    params=(
        Param("min_share", 0.10, "fraction", Text("变更累计达中标价一成。", "Changes of a tenth of the award."), 0, 1),
        Param("red_share", 0.15, "fraction", Text("达一成半为红色。", "Red from 15 %."), 0, 2),
        Param("max_p", 0.1, "p", Text("同类合同中确属少见。", "Rare among comparable contracts."), 0.0001, 0.5),
        Param("min_peers", 8, "contracts", Text("少于此数无从比较。", "With fewer, nothing to compare."), 3, 1000),
        Param(
            "own_peers",
            40,
            "contracts",
            Text("同类足够多时只与同类比。", "Enough of one category."),
            8,
            10000,
        ),
        Param("early_days", 60, "days", Text("中标不久即变更。", "A change soon after the award."), 0, 365),
        Param("low_bid", 0.8, "fraction", Text("中标价与限价之比。", "Award over ceiling."), 0, 1),
    ),
    references=(
        Reference("义乌, 2025: a development zone issues rules on changes of works (工程变更管理办法)"),
        Reference("OCP (2024), Red Flags in Public Procurement: R054, R064 to R069"),
    ),
    value_unit=Text("变更净额与中标价之比", "net changes over the award; higher means more"),
    engine="kernel",
    example=Example(
        tables={
            "contracts": "contract_id,buyer_id,supplier_id,amount,signed_on,category\n"
            "BIG,U,S,1000000,2020-01-06,works\nBACK,U,S,1000000,2020-02-03,works\nNONE,U,S,500000,2020-03-02,works\n"
            + "".join(f"P{n},U,S,1000000,2019-0{n}-04,works\n" for n in range(1, 10)),
            # BIG: 120,000 + 110,000 = 23 %. BACK: 90,000 - 80,000 + 20,000 = 3 %. NONE: no change on record and no
            # coverage. Peers raise by 1 to 3 %: Q2 = 2 %, Q3 = 2.5 % of the others, so the tail beyond 10 % is < 1e-4.
            "contract_changes": "change_id,contract_id,amount,changed_on\nc1,BIG,120000,2020-02-10\n"
            "c2,BIG,110000,2020-06-15\nc3,BACK,90000,2020-04-03\nc4,BACK,-80000,2020-06-22\nc5,BACK,20000,2020-08-21\n"
            + "".join(f"d{n},P{n},{10000 + 2500 * (n - 1)},2019-11-0{n}\n" for n in range(1, 10)),
        },
        flags=frozenset({"BIG"}),
        leaves=frozenset({"BACK", *(f"P{n}" for n in range(1, 10))}),
        others={"NONE": "not_assessable"},
    ),
    compute=_compute,
)
