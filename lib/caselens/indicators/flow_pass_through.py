"""An intermediary is paid by a party under an official's authority and passes most of it on to the official's circle.

Each inflow of at least the smallest sum takes, in order of time, the unused outflows to the circle (the official, kin to
degree 2, associates, firms that any of them hold or run that day) within the window; the share passed on is judged.
Wages and loans on older records exclude.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._parties import party_payments
from caselens.indicators._passing import Passing, candidates, match

_ACCEPTED = ("accepted_on", "deliverable")
#: Innocent explanations that rest on somebody else's record: where one holds there is no lead.
_EXPLAINS = ("wages", "loan")


def _compute(inputs: Inputs) -> Result:
    inflow_expr, outflow_expr = candidates(inputs)
    order = ["paid_at", "row_key"]
    inflows = inflow_expr.execute().sort_values([*order, "official_id"])
    outflows = outflow_expr.execute().sort_values([*order, "official_id"])
    passed = match(inflows, outflows, inputs["window_days"], inputs["advance_days"], inputs["tolerance"])
    hits = [item for item in passed if item.ratio >= inputs["min_ratio"]]
    by_lead: dict[tuple[str, str, str], list[Passing]] = {}
    for item in hits:
        by_lead.setdefault((item.official, item.payer, item.intermediary), []).append(item)
    links = inputs.relation("links").execute() if by_lead else pd.DataFrame()
    leads, evidence, counters = [], [], []
    hit: set[str] = set()
    excluded: dict[str, str] = {}
    for (official, payer, middle), items in by_lead.items():
        lead = f"{official}|{payer}|{middle}"
        against = _counters(lead, payer, middle, items, inputs)
        why = [item["innocent"] for item in against if item["state"] == "holds" and item["innocent"] in _EXPLAINS]
        if why:
            excluded[middle] = f"{why[0]} on record, older than the payment, explains what was passed on"
            continue
        hit.add(middle)
        leads.append(_lead(lead, official, payer, middle, items, inputs))
        evidence += _evidence(lead, official, items, links)
        counters += against
    dark = _unseen(inputs, inflows)
    return Result(
        assessed(hit, set(inflows["intermediary"]), dark, excluded),
        frame(leads, LEADS),
        frame(evidence, EVIDENCE),
        frame(counters, COUNTERS),
    )


def _unseen(inputs: Inputs, inflows: pd.DataFrame) -> dict[str, str]:
    """Intermediaries of whom no outgoing payment at all is known: their statement was never obtained."""
    money = party_payments(inputs)
    payers = set(money.select("payer").distinct().execute()["payer"])
    reason = "no outgoing payment of it is known; its statement was not obtained"
    return dict.fromkeys(set(inflows["intermediary"]) - payers, reason)


def _lead(lead: str, official: str, payer: str, middle: str, items: list[Passing], inputs: Inputs) -> dict[str, object]:
    received = sum(item.received for item in items)
    passed = sum(item.passed for item in items)
    ratio = passed / received
    beneficiaries = sorted({name for item in items for name in item.beneficiaries if name != official})
    strength = max(item.strength for item in items)
    # 0.5 at the threshold, rising with the share passed on; the weakest link (authority) limits it.
    score = min(0.5 + 0.5 * (ratio - inputs["min_ratio"]) / (1 - inputs["min_ratio"]), 1.0) * (0.5 + 0.5 * strength)
    if all(item.is_testimony for item in items):
        score = min(score, 0.5)
    days = max((item.last_on - item.first_on).days for item in items)
    return {
        "lead": lead,
        "subjects": [party(official, "official"), party(payer, "payer"), party(middle, "intermediary")]
        + [party(name, "beneficiary") for name in beneficiaries],
        "objects": [thing("accounts", name) for name in sorted({item.account for item in items})],
        "kind": "link",
        "severity": "red" if ratio >= 0.7 else "yellow",
        "value": ratio,
        "score": score,
        "p_value": None,
        "amount": passed,
        "period_start": min(item.first_on for item in items),
        "period_end": max(item.last_on for item in items),
        "fence": f"ratio >= {inputs['min_ratio']}, window {inputs['window_days']} d",
        "received": received,
        "kept": received - passed,
        "days": days,
        "share": f"{ratio:.1%}",
    }


def _evidence(lead: str, official: str, items: list[Passing], links: pd.DataFrame) -> list[dict[str, str]]:
    rows: dict[tuple[str, str], str] = {}
    for item in items:
        rows[("payments", item.inflow_key)] = "inflow"
        rows |= {("payments", key): "passed_on" for key in item.outflow_keys}
        rows |= {(row["table"], row["key"]): "authority" for row in item.authority_rows}
    names = {name for item in items for name in item.beneficiaries}
    known = links[(links["official_id"] == official) & links["party_id"].isin(names)]
    rows |= {(row["table"], row["key"]): "link" for found in known["rows"] for row in found}
    return [{"lead": lead, "table": table, "key": key, "role": role} for (table, key), role in rows.items()]


def _counters(lead: str, payer: str, middle: str, items: list[Passing], inputs: Inputs) -> list[dict[str, str]]:
    names = sorted({name for item in items for name in item.beneficiaries})
    begun, passed = min(item.first_on for item in items), sum(item.passed for item in items)
    hired, lent = ("start_date", begun), ("start_date", begun, "principal", passed)
    return [
        counter(lead, "subcontract", _any(inputs, "contracts", _ACCEPTED, buyer_id=[middle], supplier_id=names)),
        counter(lead, "wages", _any(inputs, "employments", hired, org_id=[middle], person_id=names)),
        counter(lead, "loan", _any(inputs, "financings", lent, borrower_id=[middle], lender_id=names)),
        counter(lead, "service", _any(inputs, "contracts", _ACCEPTED, buyer_id=[payer], supplier_id=[middle])),
    ]


def _any(inputs: Inputs, table: str, demand: tuple[Any, ...], **wanted: list[str]) -> bool | None:
    """Whether a row joins these parties and meets the demand; ``None`` where the table is not here.

    ``demand`` is ``_ACCEPTED`` (delivered and accepted) or ``(day column, latest day[, sum column, least sum])``.
    """
    columns = demand if demand is _ACCEPTED else demand[::2]
    if not inputs.has(table, *wanted, *columns):
        return None
    rows = inputs.table(table)
    rows = rows.filter(*(rows[column].isin(values) for column, values in wanted.items()))
    if demand is _ACCEPTED:
        rows = rows.filter(*(rows[column].notnull() for column in _ACCEPTED))
    else:
        rows = rows.filter(rows[demand[0]] < demand[1])
        if len(demand) > 2:
            # A loan explains what it may have brought back: the sum lent and ordinary interest.
            rows = rows.filter(rows[demand[2]].sum() * 1.3 >= demand[3])
    return bool(rows.count().execute() > 0)


INDICATOR = Indicator(
    id="flow-pass-through",
    number=1,
    title=Text("过账转付", "Passed on by an intermediary"),
    question=Text(
        "某中间人收到管理服务对象的款项后,是否很快将其中大部分转给该公职人员或其关联方?",
        "Did an intermediary, paid by a party under an official's authority, soon pass most of it to that official or "
        "those linked to the official?",
    ),
    summary=Text(
        "{intermediary}收到{payer}支付的{received:money},{days}天内将其中{amount:money}({share})转给{official}的关联方"
        "{beneficiary},自留{kept:money}。",
        "{intermediary} received {received:money} from {payer} and within {days} days passed {amount:money} ({share}) "
        "to {beneficiary}, linked to {official}; it kept {kept:money}.",
    ),
    innocent=(
        Innocent(
            "subcontract",
            Text("真实分包,有交付和验收。", "A real subcontract, delivered and accepted."),
            Text("查找双方之间已验收的合同。", "An accepted contract between the two is looked for."),
        ),
        Innocent(
            "wages",
            Text("代发工资:收款人是中间人的职工。", "Wages: the payee is employed by the intermediary."),
            Text("查找首笔付款前的参保记录。", "An employment older than the payment is looked for."),
        ),
        Innocent(
            "loan",
            Text("归还借款。", "Repayment of a loan."),
            Text(
                "查找首笔付款前收款人对中间人的出借记录及金额。",
                "An older loan from the payee to the intermediary, as large as the payments, is looked for.",
            ),
        ),
        Innocent(
            "service",
            Text(
                "付款方与中间人之间有已验收的真实服务。", "The intermediary really served the payer, with acceptance."
            ),
            Text(
                "查找已验收的合同;只说明首笔付款,不说明转付。",
                "An accepted contract is looked for; it explains the first payment only, not the second.",
            ),
        ),
        Innocent("escrow", Text("资金监管、代收代付安排。", "Escrow or collection on behalf of somebody.")),
    ),
    next_steps=(
        Text(
            "调取合同、成果、发票,核实服务是否真实发生。",
            "Obtain contract, deliverables and invoice; verify the service.",
        ),
        Text("查中间人的其他客户及由谁介绍。", "Look at the intermediary's other clients and who introduced it."),
        Text("补调中间人全部账户流水。", "Request statements of all accounts of the intermediary."),
    ),
    kinds=("link",),
    subject="organization",
    needs={
        "payments": ("paid_at", "payer_account", "payee_account", "amount"),
        "accounts": ("holder_id",),
        "appointments": ("person_id", "org_id", "start_date"),
    },
    uses=("contracts", "employments", "financings"),
    relations=("authority", "links"),
    params=(
        Param(
            "min_amount", 50_000, "CNY", Text("较小的款项多为日常往来。", "Smaller sums are everyday money."), 0, 1e9
        ),
        Param(
            "min_ratio",
            0.5,
            "fraction",
            Text("转出不足一半的,多为自身经营支出。", "Below half it mostly is the firm's own spending."),
            0.01,
            1,
        ),
        Param(
            "window_days",
            30,
            "days",
            Text("案例中转付多在一月以内。", "In published cases it left within a month."),
            1,
            3650,
        ),
        Param("advance_days", 7, "days", Text("允许先垫付后收款。", "An advance paid out before is allowed."), 0, 365),
        Param("tolerance", 0.01, "fraction", Text("手续费与尾差。", "Fees and odd fen."), 0, 0.2),
    ),
    references=(
        Reference("株洲, 2024: service fee of a financing passed on to a relative, 71 % (250 → 178)"),
        Reference("FATF (2018), Concealment of Beneficial Ownership: use of intermediaries"),
    ),
    value_unit=Text("转出比例,越高自留越少", "share passed on; higher means less was kept"),
    engine="kernel",
    example=Example(
        tables={
            "persons": "person_id,name\nO,公职人员\nK,亲属\nX,他人\n",
            "organizations": "org_id,name,kind\nU,财政局,government\nS,平台公司,state_owned\nM,金服公司,private\nN,咨询公司,"
            "private\nD,已付未取流水,private\n",
            "appointments": "person_id,org_id,post,start_date\nO,U,副局长,2014-01-01\n",
            "kinships": "person_id,relative_id,relation\nO,K,sibling\n",
            "financings": "financing_id,kind,borrower_id,lender_id,principal,annual_rate,start_date,handler_id\n"
            "L,loan,S,U,500000000,0.05,2016-03-01,O\n",
            "accounts": "account_id,holder_id\naS,S\naM,M\naN,N\naD,D\naK,K\naX,X\n",
            # M passes 178 of 250 on to the relative within 10 days; N pays a stranger; of D no outflow is known.
            "payments": "payment_id,paid_at,payer_account,payee_account,amount\n"
            "p1,2016-06-01,aS,aM,2500000\np2,2016-06-05,aM,aK,1000000\np3,2016-06-11,aM,aK,780000\n"
            "p4,2016-06-01,aS,aN,900000\np5,2016-06-03,aN,aX,800000\np6,2016-06-02,aS,aD,300000\n",
        },
        flags=frozenset({"M"}),
        leaves=frozenset({"N"}),
        others={"D": "not_assessable"},
    ),
    compute=_compute,
)
