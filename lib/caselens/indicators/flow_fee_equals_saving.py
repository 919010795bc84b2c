"""A borrower pays a third party what a negotiated reduction of its financing saves.

Saving = principal x reduction x years, the reduction read as %, per mille or basis points and the principal as 元, 万
or 亿; a fee within 2 % of it in some unit is a match, and the lead says in which. Years are the whole term, and what is
left of it at the change where that differs. Candidates are payments of the borrower to somebody else than the lender,
of the financing's currency, from 60 days before to 24 months after a reduction, that are tied to the financing (by
reference or memo, or because they pay a contract for a service of financing) or, second, read like such a fee or pay a
contract for advice; all payments to one payee together are one more candidate. One hypothesis a financing; the p-value
counts every candidate (see ``_savings.judge``): among many fees some match by accident, and then there is no lead.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._chance import smallest_of, surprise
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._savings import PLAIN, Match, candidates, handler_of, judge, payments_by, reductions, savings

_SUCCESS = r"成效|风险代理|按节约|节约额|节省额|提成|success|share of (?:the )?saving|contingen"
_TENDERED = ("open", "invited", "公开招标", "邀请招标")
_NO_TERM = Text(
    "缺少变更前费率或到期日，节约额无法计算", "rate_before or maturity_date is missing: no saving can be worked out"
)
_NO_MONEY = Text("未取得该融资方的付款流水", "no outgoing payment of the borrower is known")
_CLAUSE = Text(
    "变更前经招标签订的合同约定按节约额取酬",
    "a tendered contract older than the change agrees on a share of the saving",
)


def _compute(inputs: Inputs) -> Result:
    down = reductions(inputs)
    paid = payments_by(inputs, down)
    windows = (inputs["before_days"], round(inputs["after_months"] * 30.44))
    loans = _loans(inputs, down)
    leads, evidence, counters = [], [], []
    hits, excluded, dark = set(), {}, {}
    p_of: dict[str, list[float]] = {}
    for loan, rows in down.groupby("financing_id", sort=True):
        borrower, saved = str(rows["borrower_id"].iloc[0]), savings(rows)
        if not saved:
            dark[borrower] = _NO_TERM.both()
            continue
        if borrower not in paid:
            dark[borrower] = _NO_MONEY.both()
            continue
        others = [name for name in loans[borrower] if name != loan]
        offered = candidates(paid[borrower], rows, others, windows)
        if not offered:
            continue
        match, p_value = judge(offered, saved, inputs["tolerance"])
        p_of.setdefault(borrower, []).append(p_value)
        if match is None or p_value > inputs["max_p" if match.candidate.tied else "max_p_loose"]:
            continue
        change = rows[rows["change_key"] == match.saving.change_key].iloc[0].to_dict()
        clause, tendered = _clause(inputs, borrower, match)
        if clause and tendered:
            excluded[borrower] = _CLAUSE.both()
            continue
        lead = str(loan)
        hits.add(borrower)
        leads.append(_lead(lead, borrower, change, match, len(offered), inputs))
        evidence += [{"lead": lead, "table": "payments", "key": key, "role": "fee"} for key in match.candidate.keys]
        evidence.append({"lead": lead, "table": "financings", "key": str(change["loan_key"]), "role": "financing"})
        evidence.append({"lead": lead, "table": "financing_terms", "key": match.saving.change_key, "role": "change"})
        counters += _counters(lead, clause, inputs.has("contracts"), len(offered), p_value)
    told = assessed(hits, set(down["borrower_id"]), dark, excluded)
    told["p_value"] = told["subject_id"].map({name: smallest_of(np.array(values)) for name, values in p_of.items()})
    return Result(told, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _loans(inputs: Inputs, down: pd.DataFrame) -> dict[str, list[str]]:
    """Borrower -> all its financings."""
    wanted = sorted(set(down["borrower_id"]))
    rows = inputs.table("financings").filter(lambda t: t.borrower_id.isin(wanted)).select("borrower_id", "financing_id")
    return {name: sorted(some["financing_id"]) for name, some in rows.execute().groupby("borrower_id")}


def _clause(inputs: Inputs, borrower: str, match: Match) -> tuple[bool, bool]:
    """Whether a contract of the two, older than the change, speaks of a share of the saving; and whether by tender."""
    contracts = inputs.table("contracts")
    rows = contracts.filter(
        (contracts.buyer_id == borrower)
        & (contracts.supplier_id == match.candidate.payee)
        & (contracts.signed_on < match.saving.changed_on)
    )
    found = rows.select("title", "purpose", "deliverable", "method", "tender_id").execute()
    said = found["title"].fillna("") + " " + found["purpose"].fillna("") + " " + found["deliverable"].fillna("")
    agreed = found[said.str.lower().str.contains(_SUCCESS)]
    return len(agreed) > 0, bool(agreed["method"].isin(_TENDERED).any())


def _lead(
    lead: str, borrower: str, change: dict[str, Any], match: Match, offered: int, inputs: Inputs
) -> dict[str, Any]:
    fee, saving = match.candidate, match.saving
    is_plain = match.unit == PLAIN
    subjects = [party(borrower, "payer"), party(fee.payee, "payee")]
    handler = handler_of(change)
    if handler is not None:
        subjects.append(party(handler, "official"))
    # The nearer to the sum itself, and the less likely by accident, the more it says.
    score = surprise(match.p_value) * (1 - 0.2 * match.error / inputs["tolerance"])
    return {
        "lead": lead,
        "subjects": subjects,
        "objects": [thing("financings", lead)] + [thing("payments", name) for name in fee.payments],
        "kind": "statistical",
        "severity": "red" if is_plain else "yellow",
        "value": match.error,
        "score": round(min(score, 0.5) if fee.is_testimony else score, 4),
        "p_value": match.p_value,
        "amount": fee.amount,
        "period_start": min(saving.changed_on, fee.first_on),
        "period_end": max(saving.changed_on, fee.first_on),
        "fence": f"error <= {inputs['tolerance']:.0%}; {offered} fees tried; p <= "
        f"{inputs['max_p' if fee.tied else 'max_p_loose']}",
        "unit": match.unit,
        "unit_en": match.unit.replace("万元", "10,000 yuan").replace("亿元", "100m yuan").replace("元", "yuan"),
        "error": f"{match.error:.2%}",
        "principal": float(change["principal"]),
        "points": f"{saving.points * 100:.3g}",
        "years": f"{saving.years:.2g}",
        "changed_on": saving.changed_on,
        "fees": offered,
    }


def _counters(lead: str, clause: bool, knows_contracts: bool, offered: int, p_value: float) -> list[dict[str, str]]:
    agreed = Text("变更前的合同约定按节约额取酬，但未经招标", "an older contract agrees on it, without a tender")
    none = Text("未见此类约定", "no such clause on record")
    tried = Text(
        f"比对 {offered} 笔，偶然相符的概率 {p_value:.2g}", f"{offered} tried; chance of an accident {p_value:.2g}"
    )
    held = clause if knows_contracts else None
    return [
        counter(lead, "success_fee", held, (agreed if clause else none).both()),
        counter(lead, "accident", False, tried.both()),
    ]


INDICATOR = Indicator(
    id="flow-fee-equals-saving",
    number=3,
    title=Text("费用等于谈判节约额", "Fee equals negotiated saving"),
    question=Text(
        "融资方付给第三方的费用，是否恰等于降低利率、费率所节约的金额？",
        "Does what a borrower paid a third party equal what a negotiated reduction of its financing saves?",
    ),
    summary=Text(
        "{payer}于{changed_on}降低融资费率{points}个百分点(本金{principal:money}，{years}年),另付{payee}{amount:money}，与节约额"
        "按“{unit}”口径相差{error}；共比对{fees}笔费用。",
        "On {changed_on} {payer} had the rate of a financing of {principal:money} cut by {points} points for {years} "
        "years and paid {payee} {amount:money}, which differs from the saving by {error} read in {unit_en}; "
        "fees tried: {fees}.",
    ),
    innocent=(
        Innocent(
            "success_fee",
            Text("约定按节约额比例取酬的真实服务。", "A real success fee, set as a share of the saving."),
            Text(
                "查变更前双方合同的约定；经招标的排除，否则只减弱。",
                "Older contracts of the two are read for it; a tendered one excludes, any other only weakens.",
            ),
        ),
        Innocent(
            "accident",
            Text("众多费用中偶然有一笔相符。", "One of many fees matches by accident."),
            Text("按参与比对的费用笔数计算偶然概率。", "The chance is worked out from the number of fees tried."),
        ),
    ),
    next_steps=(
        Text("调取费用条款及授权会议纪要。", "Obtain the fee clause and the minutes that authorised it."),
        Text("核实谁与出资方谈判、第三方做了什么。", "Verify who negotiated with the lender and what the payee did."),
        Text("追踪该笔费用的去向。", "Trace where the fee went."),
    ),
    kinds=("statistical",),
    subject="organization",
    needs={
        "financings": ("borrower_id", "lender_id", "principal", "start_date", "maturity_date"),
        "financing_terms": ("financing_id", "rate_before", "rate_after", "changed_on"),
        "payments": ("paid_at", "payer_account", "payee_account", "amount"),
        "accounts": ("holder_id",),
    },
    uses=("contracts",),
    params=(
        Param("tolerance", 0.02, "fraction", Text("手续费与取整。", "Charges and rounding."), 0.0001, 0.2),
        Param(
            "max_p",
            0.1,
            "probability",
            Text(
                "写明所付融资的费用，偶然相符概率的上限。",
                "Chance of an accidental match of fees naming the financing.",
            ),
            0.0001,
            0.5,
        ),
        Param(
            "max_p_loose",
            0.05,
            "probability",
            Text("未写明所付融资的，从严。", "Stricter where the fee does not name it."),
            0.0001,
            0.5,
        ),
        Param("after_months", 24, "months", Text("费用可拖后支付。", "The fee may be paid late."), 1, 120),
        Param("before_days", 60, "days", Text("允许先付。", "It may be paid in advance."), 0, 730),
        Param("min_fee", 10_000, "CNY", Text("更小的付款不是此类费用。", "Smaller payments are no such fee."), 0, 1e9),
    ),
    references=(
        Reference("株洲, 2024: 4 % to 3 % on 5亿 for 5 years, fee 250万: it reconciles only at per mille"),
        Reference("Benford (1938), The law of anomalous numbers: leading digits are uniform on the logarithmic scale"),
    ),
    value_unit=Text("费用与节约额的相对差，越小越吻合", "relative difference of fee and saving; smaller is closer"),
    engine="kernel",
    example=Example(
        tables={
            "organizations": "org_id,name,kind\nS,平台公司,state_owned\nT,城投公司,state_owned\n"
            "W,水务公司,state_owned\nB,银行,financial\nM,金服公司,private\nN,咨询公司,private\n",
            # S: 5e8 x (0.04 - 0.03) x 5 = 25,000,000; read as per mille 2,500,000 = the fee; p = lg(1.02/0.98) = 1.7 %.
            # T: 2.4e8 x 0.004 x 3 = 2,880,000, the fee 735,000 is 0.255 of it; 2.88 million went to the lender itself.
            # W: no rate before the change.
            "financings": "financing_id,kind,borrower_id,lender_id,principal,annual_rate,start_date,maturity_date\n"
            "F1,loan,S,B,500000000,0.05,2016-03-01,2021-03-01\nF2,loan,T,B,240000000,0.05,2017-03-01,2020-03-01\n"
            "F3,loan,W,B,100000000,0.05,2017-03-01,2020-03-01\n",
            "financing_terms": "financing_id,item,rate_before,rate_after,changed_on\n"
            "F1,supervision_fee,0.04,0.03,2016-03-15\nF2,supervision_fee,0.046,0.042,2017-03-15\n"
            "F3,interest,,0.04,2017-04-01\n",
            "accounts": "account_id,holder_id\naS,S\naT,T\naB,B\naM,M\naN,N\n",
            "payments": "payment_id,paid_at,payer_account,payee_account,amount,memo\n"
            "p1,2016-06-01,aS,aM,2500000,融资服务费 F1\np2,2017-06-01,aT,aN,735000,融资服务费 F2\n"
            "p3,2017-06-02,aT,aB,2880000,服务费 F2\n",
        },
        flags=frozenset({"S"}),
        leaves=frozenset({"T"}),
        others={"W": "not_assessable"},
    ),
    compute=_compute,
)
