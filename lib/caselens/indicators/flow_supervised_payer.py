"""A party under an official's authority pays the official, kin or an associate.

Credits of one firm and those who hold or run it are summed up: one of at least 3,000 yuan or 10,000 together. Counts
while any authority of at least 0.7 lasts; a dated fact (contract, act) reaches 24 months both ways, a lease its term.
So do a bid at, or an application to, a unit that the official leads or where the official holds that remit.
Cash that a supervised party drew and the official's side paid in on the same day (within a tenth, at least 10,000)
counts too, weakly. Wages on record, benefits, a bank's loan are no such credits; what the official's side had paid to
the same party in the year before, or lent on record, is taken off first: a refund or a repayment leaves nothing.
"""

from __future__ import annotations

from typing import Any

import ibis
import pandas as pd

from caselens.core.text import Text
from caselens.indicators import _receipts
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._dripping import circle
from caselens.indicators._parties import party_payments

_RECORDS = {
    "wages": Text("工资", "wages"),
    "benefit": Text("待遇或补贴", "a benefit"),
    "bank": Text("银行放贷", "a bank's loan"),
}


def _compute(inputs: Inputs) -> Result:
    found = _receipts.to_yuan(inputs, _receipts.tidy(_receipts.receipts(inputs).execute()))
    kept, explained = _receipts.without_records(inputs, found, inputs["max_wage"])
    kept = _receipts.grouped(pd.concat([kept.assign(cash_key=""), _same_day_cash(inputs)], ignore_index=True))
    back = _receipts.sent_back(inputs, kept)
    seen, dark = _receipts.accounts_known(inputs)
    excluded = {
        official: Text(
            "收款均有记录说明：" + "、".join(sorted({_RECORDS[why].zh for why in rows["why"]})),
            "records explain what came in: " + ", ".join(sorted({_RECORDS[why].en for why in rows["why"]})),
        ).both()
        for official, rows in explained.groupby("official_id")
    }
    leads, evidence, counters = [], [], []
    for (official, group), rows in kept.groupby(["official_id", "group"], sort=True):
        counted = rows[rows["cny"].notna()]
        if counted.empty:
            reason = Text("外币收款缺少汇率(exchange_rates)", "exchange_rates lacks a rate for what came in")
            dark[official] = reason.both()
            continue
        given = _receipts.given_before(inputs, back[back["official_id"] == official], counted)
        total = float(counted["cny"].sum()) - given
        is_large = counted["cny"].max() >= inputs["min_single"]
        if not is_large and counted["cny"].sum() < inputs["min_total"]:
            continue
        if total < (inputs["min_single"] if is_large else inputs["min_total"]):
            excluded[official] = Text(
                f"此前已向对方付出 {given:,.2f} 元，所收为退款或还款",
                f"{given:,.2f} yuan had gone to the payer before: what came is a refund or repayment",
            ).both()
            continue
        lead = f"{official}|{group}"
        leads.append(_lead(lead, str(official), rows, counted, total, inputs))
        evidence += [{"lead": lead, "table": t, "key": k, "role": r} for t, k, r in _receipts.rows_of(rows, "credit")]
        cash = [key for key in rows["cash_key"] if key]
        evidence += [{"lead": lead, "table": "payments", "key": key, "role": "cash_drawn"} for key in cash]
        counters += _counters(lead, given, explained[explained["official_id"] == official])
    hits = {lead["subjects"][0]["id"] for lead in leads}
    states = assessed(hits, seen, dark, excluded)
    return Result(states, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _same_day_cash(inputs: Inputs) -> pd.DataFrame:
    """Cash paid in by the official's side on the day a supervised party drew about as much, as receipts."""
    accounts = inputs.table("accounts")
    if not inputs.has("accounts", "kind"):
        return pd.DataFrame(columns=[*_receipts.RECEIPTS, "cny", "cash_key"])
    counter_accounts = accounts.filter((accounts.kind == "cash") & accounts.holder_id.isnull()).select("account_id")
    money = party_payments(inputs)
    money = money.filter((money.yuan >= inputs["min_cash"]) & (money.currency.isnull() | (money.currency == "CNY")))
    paid_in = money.semi_join(counter_accounts, [("payer_account", "account_id")])
    paid_in = paid_in.join(circle(inputs), [("payee", "party_id")])
    drawn = money.semi_join(counter_accounts, [("payee_account", "account_id")])
    drawn = drawn.select(drawn_on="paid_on", drawn_at="paid_at", drawn="yuan", cash_key="row_key", source="payer")
    joined = paid_in.join(drawn, [("paid_on", "drawn_on")])
    close = (joined.yuan - joined.drawn).abs() <= joined.drawn / 10
    joined = joined.filter(close & (joined.paid_at >= joined.drawn_at) & (joined.source != joined.payee))
    joined = _receipts.outsiders(inputs, joined, "source")
    over = _receipts.supervisors(inputs).rename(official="official_id", over="party_id")
    met = joined.join(over, [("official_id", "official"), ("source", "over")])
    met = met.filter(
        (met.begins.isnull() | (met.begins <= met.paid_on)) & (met.ends.isnull() | (met.paid_on <= met.ends))
    )
    best = ibis.window(
        group_by=["official_id", "row_key"], order_by=[met.strength.desc(), met.source, met.rows.cast("string")]
    )
    first = met.mutate(nth=ibis.row_number().over(best), receiver=met.payee, receiver_account=met.payee_account)
    found = _receipts.tidy(first.filter(first.nth == 0).select(*_receipts.RECEIPTS, "cash_key").execute())
    return found.assign(cny=found["yuan"])


def _lead(
    lead: str, official: str, rows: pd.DataFrame, counted: pd.DataFrame, total: float, inputs: Inputs
) -> dict[str, Any]:
    strength = float(rows["strength"].max())
    score = _receipts.graded(total, inputs["min_single"], strength)
    if (rows["cash_key"] != "").all():
        score *= 0.6  # two notes of one day are no proof of one purse
    unknown = len(rows) - len(counted)
    sources, receivers = sorted(set(rows["source"])), sorted(set(rows["receiver"]) - {official})
    return {
        "lead": lead,
        "subjects": [party(official, "official")]
        + [party(name, "payer") for name in sources]
        + [party(name, "context") for name in [*receivers, *sorted(set(rows["firm"]) - set(sources))]],
        "objects": [thing("persons", official)],
        "kind": "link",
        "severity": "red" if total >= inputs["red_total"] else "yellow",
        "value": total,
        "score": min(score, 0.5) if rows["is_testimony"].all() else score,
        "p_value": None,
        "amount": float(counted["cny"].sum()),
        "period_start": rows["paid_on"].min(),
        "period_end": rows["paid_on"].max(),
        "fence": f"single >= {inputs['min_single']}, total >= {inputs['min_total']}"
        + (f"; {unknown} in foreign currency without a rate not counted" if unknown else ""),
        "credits": len(counted),
        "first_on": rows["paid_on"].min(),
        "last_on": rows["paid_on"].max(),
        "largest": float(counted["cny"].max()),
    }


def _counters(lead: str, given: float, explained: pd.DataFrame) -> list[dict[str, str]]:
    taken = Text(f"此前付出 {given:,.2f} 元，已扣除", f"{given:,.2f} yuan paid before were taken off").both()
    told = Text(f"{len(explained)} 笔有工资或待遇记录，未计入", f"{len(explained)} on record left out").both()
    return [
        counter(lead, "refund", False, taken),
        counter(lead, "wages", False, told),
        counter(lead, "declared", None, Text("需查个人事项报告", "look into the declaration file").both()),
        counter(lead, "favour", None, Text("需核实代购、人情往来", "ask about errands and customs").both()),
    ]


INDICATOR = Indicator(
    id="flow-supervised-payer",
    number=6,
    title=Text("管理服务对象付款", "Paid by a supervised party"),
    question=Text(
        "公职人员本人、亲属或特定关系人是否收到其管理服务对象的款项？",
        "Did an official, kin or an associate receive money from a party under the official's authority?",
    ),
    summary=Text(
        "{first_on}至{last_on}，{payer}向{official}一方付款{credits}笔共{amount:money}，最大一笔{largest:money}；付款时属其"
        "职权范围。",
        "From {first_on} to {last_on}, {payer} made {credits} payments to the side of {official}, {amount:money} in "
        "all, the largest {largest:money}, while under that official's authority.",
    ),
    innocent=(
        Innocent(
            "refund",
            Text("退款，或归还此前的借款。", "A refund, or repayment of money lent before."),
            Text(
                "扣除此前一年付给对方的款项和有记录的出借。",
                "What had gone to the payer in the year before, or was lent on record, is taken off.",
            ),
        ),
        Innocent(
            "wages",
            Text("工资或已申报的兼职报酬。", "Wages or declared part-time income."),
            Text("查找付款当日的参保记录、待遇发放记录。", "Employment or a benefit payout on that day is looked for."),
        ),
        Innocent("declared", Text("已在个人事项中报告。", "Reported in the declaration of personal matters.")),
        Innocent("favour", Text("代购、礼尚往来。", "An errand, or customary give and take.")),
    ),
    next_steps=(
        Text("查阅个人有关事项报告及礼品登记。", "Read the declaration of personal matters and the gift register."),
        Text("列出付款前后对方的待办事项。", "List the payer's matters that were pending round each payment."),
        Text("调取双方现金存取凭证。", "Obtain the cash vouchers of both sides."),
    ),
    kinds=("link",),
    subject="person",
    needs={
        "payments": ("paid_at", "payer_account", "payee_account", "amount"),
        "accounts": ("holder_id",),
        "appointments": ("person_id", "org_id", "start_date"),
    },
    uses=(
        "employments",
        "financings",
        "benefit_payouts",
        "organizations",
        "asset_disposals",
        "exchange_rates",
        "bids",
        "tenders",
        "applications",
    ),
    relations=("authority", "control", "links"),
    params=(
        Param("min_single", 3_000, "CNY", Text("单笔三千元以上。", "One payment of 3,000 or more."), 1, 1e9),
        Param("min_total", 10_000, "CNY", Text("累计一万元以上。", "10,000 or more together."), 1, 1e9),
        Param("min_cash", 10_000, "CNY", Text("小额现金同日出入太常见。", "Small cash meets by chance."), 1, 1e9),
        Param(
            "max_wage",
            30_000,
            "CNY",
            Text("有参保记录时，此数以下视为工资。", "With an employment on record, up to this it is wages."),
            0,
            1e9,
        ),
        Param(
            "red_total",
            30_000,
            "CNY",
            Text("受贿罪一般起点三万元。", "Usual threshold of bribery in criminal law."),
            0,
            1e9,
            to_confirm=True,
        ),
    ),
    references=(
        Reference("义乌, 2025: 50,000 at once from the contractor of a demolition"),
        Reference("曲靖, 2025: about 800,000 in cash and 4,000 dollars from a contractor of land projects"),
    ),
    value_unit=Text("净收款(元),越高越大", "net sum received in yuan; higher is more"),
    engine="kernel",
    example=Example(
        tables={
            "persons": "person_id,name\nO,主任\nQ,科长\nR,股长\nB,租户\nF,商户\n",
            "organizations": "org_id,name,kind\nV,村委会,village_collective\nT,租赁公司,private\nG,商行,private\n",
            "appointments": "person_id,org_id,post,start_date,is_head,is_leadership\nO,V,主任,2018-01-10,true,true\n"
            "Q,V,会计,2018-01-10,false,true\nR,V,委员,2018-01-10,false,true\n",
            "directorships": "org_id,person_id,role\nT,B,legal_representative\nG,F,legal_representative\n",
            "asset_disposals": "disposal_id,seller_id,book_value,price,buyer_id,method,disposed_on\n"
            "D1,V,900000,46000,T,lease,2021-03-02\n",
            "contracts": "contract_id,buyer_id,supplier_id,amount,signed_on\nC1,V,G,50000,2021-05-01\n",
            "accounts": "account_id,holder_id\naO,O\naQ,Q\naB,B\naF,F\n",
            # B, whose firm rents village land, pays O 50,000 at once. F pays Q 2,000, below both lines: Q stays clean.
            "payments": "payment_id,paid_at,payer_account,payee_account,amount\n"
            "p1,2022-05-01,aB,aO,50000\np2,2021-08-01,aF,aQ,2000\n",
        },
        flags=frozenset({"O"}),
        leaves=frozenset({"Q"}),
        others={"R": "not_assessable"},
    ),
    compute=_compute,
)
