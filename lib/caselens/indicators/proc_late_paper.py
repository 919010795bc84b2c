"""Works or deliveries that began, or were paid, before the award or contract (先上车后补票).

Signs of work: entry on site, start of construction, supervision log, material, site photo, construction permit,
certified or paid progress, invoices, the acceptance of a contract, and payments that name the contract, tender or
project and go to its supplier; a payment without a reference counts where its memo says works and it precedes the first
contract of that pair. Papers: notice (published tender, or the tendering step), award and contract of the same project;
packages of survey, design, supervision and advice are left out where there are others. Of several packages the earliest
paper counts: later ones are no late papers of the first. A lead needs seven days between the first sign and the earlier
of award and contract; it is red where work also came before the notice. Testimony alone is no sign.

An emergency order clears the project where it has a number, is no later than the first sign, and was issued neither by
the owner nor by a unit of whoever signed; any other is told as claimed.
"""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._circle import missing
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._orders import emergencies
from caselens.indicators._papers import papers, signs

_ORDERED = Text("事前有其他单位有文号的应急指令", "a numbered emergency order of another body came first")
_SHORT = Text("早于合同不足七日", "fewer than seven days before the papers")
_NO_SIGN = Text("没有开工、到货或付款的记录", "no sign of work, delivery or payment is on record")
_NO_PAPER = Text("没有公告、中标或合同日期", "no date of notice, award or contract is on record")
_OWN = Text("应急指令无文号、晚于开工或系本单位、本人所在单位出具，仅为当事人说法",
            "the order has no number, came later, or is the unit's own: claimed by the person concerned")  # fmt: skip


def _first(rows: ir.Table, day: str) -> ir.Table:
    return rows.group_by("matter").agg(day=rows[day].min()).rename({day: "day"})


def _compute(inputs: Inputs) -> Result:
    sign, paper = signs(inputs), papers(inputs)
    begun = _first(sign, "begun")
    noticed = _first(paper.filter(paper.what == "notice").rename(noticed="on"), "noticed")
    agreed = _first(paper.filter(paper.what != "notice").rename(agreed="on"), "agreed")
    every = agreed.outer_join(noticed, "matter", rname="{name}_n")
    every = every.mutate(matter=ibis.coalesce(every.matter, every.matter_n)).drop("matter_n")
    every = every.outer_join(begun, "matter", rname="{name}_b")
    told = every.select(
        "begun", "noticed", "agreed", matter=ibis.coalesce(every.matter, every.matter_b)
    ).execute().sort_values("matter")  # fmt: skip
    for name in ("begun", "noticed", "agreed"):
        told[name] = pd.to_datetime(told[name])
    # A tender without award or contract yet: what is there already came before both.
    told["agreed"] = told["agreed"].fillna(told["noticed"])
    told["days"] = (told["agreed"] - told["begun"]).dt.days
    early = told[told["days"] >= inputs["min_days"]]
    detail = _details(inputs, sign, paper, sorted(early["matter"]))
    orders = emergencies(inputs)
    leads, evidence, counters = [], [], []
    excluded: dict[str, str] = {}
    for row in early.to_dict("records"):
        mine = detail[row["matter"]]
        ordered = orders.get(row["matter"], [])
        begun_on = row["begun"].date()
        handlers = mine["handlers"] or [""]
        if any(all(order.covers({"buyer": mine["owner"], "handler": name}, begun_on) for name in handlers)
               for order in ordered):  # fmt: skip
            excluded[row["matter"]] = _ORDERED.both()
            continue
        leads.append(_lead(row, mine))
        evidence += [{"lead": row["matter"], "table": t, "key": k, "role": r} for t, k, r in mine["rows"]]
        evidence += [
            {"lead": row["matter"], "table": "project_events", "key": order.row_key, "role": "claimed_order"}
            for order in ordered
        ]
        claimed = mine["orders"] or bool(ordered)
        counters += [
            counter(row["matter"], "emergency", False if inputs.has("project_events") else None,
                    _OWN.both() if claimed else ""),
            counter(row["matter"], "preliminary", None),
        ]  # fmt: skip
    known = told["days"].notna()
    dark = {
        name: (_NO_SIGN if pd.isna(begun) else _NO_PAPER).both()
        for name, begun in zip(told.loc[~known, "matter"], told.loc[~known, "begun"], strict=True)
    }
    hits = {lead["lead"] for lead in leads}
    return Result(
        assessed(hits, told.loc[known, "matter"], dark, excluded), frame(leads, LEADS), frame(evidence, EVIDENCE),
        frame(counters, COUNTERS),
    )  # fmt: skip


def _details(inputs: Inputs, sign: ir.Table, paper: ir.Table, matters: list[str]) -> dict[str, dict[str, Any]]:
    """Of each matter: its signs and papers, owner, suppliers, handlers, rows, and whether it has an emergency order."""
    if not matters:
        return {}
    signs_of = sign.filter(sign.matter.isin(matters)).execute()
    papers_of = paper.filter(paper.matter.isin(matters)).execute()
    projects = inputs.table("projects").filter(lambda t: t.project_id.isin(matters))
    owners = projects.select("project_id", "owner_id", "row_key").execute().set_index("project_id")
    events = inputs.table("project_events").filter(lambda t: t.project_id.isin(matters))
    told = events.filter(events.stage == "emergency_order").select("project_id", "row_key").execute()
    found: dict[str, dict[str, Any]] = {}
    for matter in matters:
        mine = signs_of[signs_of["matter"] == matter].assign(on=lambda t: pd.to_datetime(t["begun"]))
        texts = papers_of[papers_of["matter"] == matter].assign(on=lambda t: pd.to_datetime(t["on"]))
        mine, texts = (t.sort_values(["on", "table", "key"]) for t in (mine, texts))
        agreed = texts.loc[texts["what"] != "notice", "on"].min()
        agreed = texts["on"].min() if pd.isna(agreed) else agreed
        early = mine[mine["on"] < agreed]
        owner = owners.loc[matter, "owner_id"] if matter in owners.index else texts["buyer"].dropna().iloc[0]
        rows = [(t, k, "sign") for t, k in zip(early["table"], early["key"], strict=True)]
        rows += [(t, k, w) for t, k, w in zip(texts["table"], texts["key"], texts["what"], strict=True)]
        mine_orders = told.loc[told["project_id"] == matter, "row_key"]
        rows += [("project_events", key, "claimed_order") for key in mine_orders]
        found[matter] = {
            "owner": owner,
            "handlers": sorted({name for name in early["handler"] if not missing(name)}),
            "signers": sorted({name for name in texts["handler"] if not missing(name)}),
            "suppliers": sorted({name for name in texts["supplier"] if not missing(name)}),
            "stage": early.iloc[0]["stage"],
            "rows": list(dict.fromkeys(rows)),
            "orders": bool(len(mine_orders)),
            "is_project": matter in owners.index,
            "amount": float(texts["yuan"].sum()) if texts["yuan"].notna().any() else None,
        }
    return found


def _lead(row: dict[str, Any], mine: dict[str, Any]) -> dict[str, Any]:
    days = int(row["days"])
    before_notice = not pd.isna(row["noticed"]) and row["begun"] < row["noticed"]
    officials = mine["handlers"] or mine["signers"]
    return {
        "lead": row["matter"],
        "subjects": [party(mine["owner"], "owner"), *(party(name, "official") for name in officials)]
        + [party(name, "supplier") for name in mine["suppliers"] if name not in officials],
        "objects": [thing("projects" if mine["is_project"] else "contracts", row["matter"])],
        "kind": "rule",
        "severity": "red" if before_notice else "yellow",
        "value": float(days),
        # A week is a slip, a quarter is a decision; before the notice the winner was known before the tender.
        "score": round(0.35 + 0.25 * before_notice + 0.35 * days / (days + 45), 4),
        "p_value": None,
        "amount": mine["amount"],
        "period_start": row["begun"].date(),
        "period_end": row["agreed"].date(),
        "fence": "seven days before the earlier of award and contract; red where before the notice",
        "begun": row["begun"].date(),
        "agreed": row["agreed"].date(),
        "stage": mine["stage"],
        "grade_zh": "，且早于招标公告" if before_notice else "",
        "grade_en": ", and before the tender notice" if before_notice else "",
    }


INDICATOR = Indicator(
    id="proc-late-paper",
    number=39,
    title=Text("先上车后补票", "Work first, papers later"),
    question=Text(
        "是否在招标公告、中标或合同之前就已进场、供货或付款？",
        "Did work, delivery or payment come before the tender notice, the award or the contract?",
    ),
    summary=Text(
        "{owner}的项目最早迹象（{stage}）为 {begun}，比中标或合同（{agreed}）早 {value} 天{grade_zh}。",
        "The first sign of work ({stage}) for {owner} is of {begun}, {value} days before award or contract "
        "({agreed}){grade_en}.",
    ),
    innocent=(
        Innocent(
            "emergency",
            Text("事前有应急指令的抢险工程。", "Emergency works ordered before."),
            Text(
                "有文号、不晚于开工且由其他单位出具的排除；其余仅为当事人说法。",
                "A numbered order of another body, no later than the start, excludes; any other is only claimed.",
            ),
        ),
        Innocent("preliminary", Text("勘察、平整等前期工作。", "Preliminary works such as clearing the site.")),
    ),
    next_steps=(
        Text("查谁通知进场、谁签字付款。", "Find who ordered the entry and who signed the payment."),
        Text("复查投标人数量、报价与评标情况。", "Review number of bidders, prices and evaluation."),
        Text(
            "调取施工日志、监理日志、现场照片和材料发票。", "Obtain site diary, supervision log, photos and invoices."
        ),
    ),
    kinds=("rule",),
    subject="project",
    needs={
        "contracts": ("contract_id", "buyer_id", "supplier_id", "signed_on"),
        "project_events": ("project_id", "stage", "happened_on"),
        "projects": ("project_id", "owner_id"),
    },
    uses=("tenders", "bids", "payments", "accounts", "appointments"),
    params=(Param("min_days", 7, "days", Text("不足一周可能是登记误差。", "Less than a week may be a slip."), 1, 365),),
    references=(
        Reference("长春, 2021: works begun first and papers made up later"),
        Reference("中华人民共和国招标投标法 (2017), art. 3 and 46 (recalled; to confirm)"),
    ),
    value_unit=Text("天数，越高越早", "days; higher means earlier"),
    engine="kernel",
    example=Example(
        tables={
            "organizations": "org_id,name,kind\nU,街道办,government\nG,市政府,government\nF,公司,private\n",
            "persons": "person_id,name\nO,甲\n",
            "appointments": "person_id,org_id,post,start_date\nO,U,主任,2015-01-01\n",
            "projects": "project_id,name,owner_id,lifecycle\nEARLY,路,U,engineering\nDAYS,桥,U,engineering\n"
            "ORDER,堤,U,engineering\nOWN,沟,U,engineering\nLATE,园,U,engineering\nNONE,馆,U,engineering\n",
            "tenders": "tender_id,project_id,buyer_id,method,published_on,awarded_on\n"
            + "".join(f"T{p},{p},U,open,2020-03-01,2020-04-01\n" for p in ("EARLY", "DAYS", "ORDER", "OWN", "LATE")),
            "contracts": "contract_id,tender_id,project_id,buyer_id,supplier_id,amount,signed_on\n"
            + "".join(f"C{p},T{p},{p},U,F,900000,2020-04-10\n" for p in ("EARLY", "DAYS", "ORDER", "OWN", "LATE"))
            + "CNONE,,NONE,U,F,900000,2020-04-10\n",
            # EARLY: 70 days before the award, 40 before the notice. DAYS: three days before the award. ORDER: of the
            # city government, the day before. OWN: the same order, issued by the owner. LATE: after the contract.
            "project_events": "event_id,project_id,stage,happened_on,handler_id,document_no,issued_by_id\n"
            "1,EARLY,site_entry,2020-01-22,O,,\n2,DAYS,site_entry,2020-03-29,O,,\n3,ORDER,site_entry,2020-02-10,O,,\n"
            "4,ORDER,emergency_order,2020-02-09,,府令〔2020〕3号,G\n5,OWN,material_delivery,2020-02-10,O,,\n"
            "6,OWN,emergency_order,2020-02-09,O,街办〔2020〕3号,U\n7,LATE,construction_start,2020-04-20,O,,\n",
        },
        flags=frozenset({"EARLY", "OWN"}),
        leaves=frozenset({"DAYS", "LATE"}),
        others={"ORDER": "excluded", "NONE": "not_assessable"},
    ),
    compute=_compute,
)
