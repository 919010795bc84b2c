"""A public payer pays for a financing, consulting, brokerage or supervision service of which nothing is to be seen.

Seven facts about each such contract: nothing delivered or accepted; paid within 15 days of a financing of the payer or
of a change of its terms; the vendor younger than 12 months; at most 3 insured staff; one lump payment; the first
business of the two; no tender. A lead where at least half of the assessable facts hold and at least three, one of them
about the service or the vendor and not only about how it was bought. The payer is a public body or a firm of the state.

That the two had no earlier business is read from absence only where contracts are declared complete for the year
before. An acceptance is written by the payer itself, so it takes away one fact and clears nobody alone; a small office
of a licensed or known profession, or one whose size is the only mark, is excluded where it is older than 12 months and
something named was accepted no later than the last payment.
"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._circle import missing
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._service import FACTS, TELLING, Fee, contracts_of, fees, is_unusual, professional

_SAID = {
    "no_result": Text("无成果或验收", "nothing delivered or accepted"),
    "near_financing": Text("付款紧邻融资或条件变更", "paid round a financing or a change of terms"),
    "young": Text("成立不足一年", "founded less than a year before"),
    "few_staff": Text("参保人数极少", "hardly any insured staff"),
    "lump": Text("一次付清", "one lump payment"),
    "first_time": Text("首次往来", "no earlier business"),
    "no_tender": Text("未经招标比选", "no tender"),
}
_OFFICE = Text(
    "小型专业机构，成果先验收后付款", "a small professional office; what it delivered was accepted before payment"
)
_FEW = Text("可判断的事实少于三项", "fewer than three of the facts can be assessed")
_RATE = Text("外币合同缺少汇率(exchange_rates)", "exchange_rates lacks a rate for the contract")


def _compute(inputs: Inputs) -> Result:
    bought = contracts_of(inputs)
    dark = {str(name): _RATE.both() for name in bought.loc[bought["cny"].isna(), "supplier_id"]}
    large = bought[bought["cny"] >= inputs["min_amount"]]
    licensed = _licensed(inputs, large)
    leads, evidence, counters = [], [], []
    hits, excluded = set(), {}
    for fee in fees(inputs, large):
        vendor, known = str(fee.row["supplier_id"]), fee.known
        if known < inputs["min_facts"]:
            dark[vendor] = _FEW.both()
            continue
        if not is_unusual(fee, inputs["min_facts"], inputs["min_share"]):
            continue
        telling = set(fee.true) & set(TELLING)
        is_office = professional(fee.row, licensed)
        if _delivered(fee) and (is_office or telling == {"few_staff"}):
            excluded[vendor] = _OFFICE.both()
            continue
        lead = str(fee.row["contract_id"])
        hits.add(vendor)
        leads.append(_lead(lead, fee, inputs))
        evidence += _evidence(lead, fee)
        counters += _counters(lead, fee, is_office)
    states = assessed(hits, set(bought["supplier_id"]), dark, excluded)
    return Result(states, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _delivered(fee: Fee) -> bool:
    """A vendor of more than a year delivered something with a name, accepted no later than the last payment."""
    row = fee.row
    if missing(row["accepted_on"]) or missing(row["deliverable"]) or fee.facts["young"] is not False:
        return False
    return fee.payments.empty or bool(pd.Timestamp(row["accepted_on"]).date() <= fee.payments["paid_on"].max())


def _licensed(inputs: Inputs, bought: pd.DataFrame) -> set[str]:
    """Vendors that held a licence when some contract was signed."""
    vendors = sorted(set(bought["supplier_id"]))
    held = inputs.table("licences").filter(lambda t: t.org_id.isin(vendors))
    rows = held.select("org_id", "valid_from", "valid_until").execute()
    joined = rows.merge(bought[["supplier_id", "signed_on"]], left_on="org_id", right_on="supplier_id")
    signed = pd.to_datetime(joined["signed_on"])
    begun = joined["valid_from"].isna() | (pd.to_datetime(joined["valid_from"]) <= signed)
    valid = joined["valid_until"].isna() | (pd.to_datetime(joined["valid_until"]) >= signed)
    return set(joined.loc[begun & valid, "org_id"])


def _lead(lead: str, fee: Fee, inputs: Inputs) -> dict[str, Any]:
    row, true, paid = fee.row, fee.true, fee.payments
    amount = float(paid["yuan"].sum()) if len(paid) else float(row["cny"])
    size = float(row["cny"]) / (float(row["cny"]) + 10 * max(inputs["min_amount"], 1))
    # Few assessable facts say less than many.
    score = fee.weight * math.sqrt(fee.known / len(FACTS)) * (0.8 + 0.2 * size)
    subjects = [party(str(row["supplier_id"]), "vendor"), party(str(row["buyer_id"]), "payer")]
    if not missing(row["handler_id"]):
        subjects.append(party(str(row["handler_id"]), "official"))
    days = [row["signed_on"], *paid["paid_on"]]
    return {
        "lead": lead,
        "subjects": subjects,
        "objects": [thing("contracts", lead)] + [thing("payments", str(name)) for name in paid["payment_id"]],
        "kind": "link",
        "severity": "red" if len(true) >= inputs["red_facts"] else "yellow",
        "value": float(len(true)),
        "score": round(min(score, 0.5) if len(paid) and paid["is_testimony"].all() else score, 4),
        "p_value": None,
        "amount": amount,
        "period_start": min(days),
        "period_end": max(days),
        "fence": f"facts >= {inputs['min_facts']} and >= {inputs['min_share']:.0%} of {fee.known} assessable",
        "known": fee.known,
        "price": float(row["cny"]),
        "facts_zh": "、".join(_SAID[name].zh for name in true),
        "facts_en": "; ".join(_SAID[name].en for name in true),
    }


def _evidence(lead: str, fee: Fee) -> list[dict[str, str]]:
    rows = {("contracts", str(fee.row["row_key"])): "contract"}
    rows |= {("payments", str(key)): "fee" for key in fee.payments["row_key"]}
    if not missing(fee.row["vendor_row"]):
        rows[("organizations", str(fee.row["vendor_row"]))] = "vendor"
    rows |= dict.fromkeys(fee.financing, "financing") | dict.fromkeys(fee.coverage, "complete")
    return [{"lead": lead, "table": table, "key": key, "role": role} for (table, key), role in rows.items()]


def _counters(lead: str, fee: Fee, is_office: bool) -> list[dict[str, str]]:
    accepted = fee.facts["no_result"] is False
    told = Text("有验收记录，但由付款方自行出具", "an acceptance is on record, written by the payer itself")
    none = Text("未见验收先于付款的成果", "nothing was accepted before payment")
    trade = Text("属专业机构", "the vendor is of such a profession")
    other = Text("不属专业机构，也无许可", "neither of such a profession nor licensed")
    return [
        counter(lead, "small_agency", is_office, (trade if is_office else other).both()),
        counter(lead, "work_product", None if accepted else False, (told if accepted else none).both()),
    ]


INDICATOR = Indicator(
    id="flow-sham-service",
    number=2,
    title=Text("服务费无实际服务", "Fee without visible service"),
    question=Text(
        "公共单位支付的金融服务、咨询、居间、监管费，是否看不到对应的服务？",
        "Did a public payer pay for a financing, consulting, brokerage or supervision service of which nothing is "
        "to be seen?",
    ),
    summary=Text(
        "{payer}向{vendor}支付服务费(合同价{price:money}),{known}项可判断事实中有 {value} 项不正常：{facts_zh}。",
        "{payer} paid {vendor} for a service (contract price {price:money}); {value} of {known} facts are unusual: "
        "{facts_en}.",
    ),
    innocent=(
        Innocent(
            "small_agency",
            Text("律师、评级、审计等小型专业机构。", "A small office of lawyers, raters or auditors."),
            Text(
                "核对行业和许可；成立满一年且成果先验收后付款的排除。",
                "Trade and licence are looked up; one older than a year whose work was accepted first is excluded.",
            ),
        ),
        Innocent(
            "work_product",
            Text("服务真实发生，成果另存。", "The service was rendered; its product is kept elsewhere."),
            Text(
                "查合同的成果与验收；付款方自行出具的验收不足以排除。",
                "Deliverable and acceptance of the contract are looked up; the payer's own acceptance clears nobody.",
            ),
        ),
        Innocent("urgent", Text("融资时限紧，来不及比选。", "A deadline of the financing left no time for a tender.")),
    ),
    next_steps=(
        Text("调取工作成果、底稿及形成时间。", "Obtain the work product, drafts and when they were made."),
        Text("核查供应商人员的通话、差旅和参保。", "Check calls, travel and insurance of the vendor's staff."),
        Text(
            "查银行经办人与供应商的关系及款项去向。",
            "Look at the bank manager's ties to the vendor and where the fee went.",
        ),
    ),
    kinds=("link",),
    subject="organization",
    needs={
        "contracts": ("contract_id", "buyer_id", "supplier_id", "amount", "signed_on"),
        "organizations": ("org_id", "kind"),
    },
    uses=(
        "payments",
        "accounts",
        "financings",
        "financing_terms",
        "tenders",
        "bids",
        "licences",
        "coverage",
        "exchange_rates",
    ),
    params=(
        Param("min_facts", 3, "facts", Text("少于三项不成模式。", "Fewer make no pattern."), 2, 7),
        Param(
            "min_share", 0.5, "fraction", Text("可判断事实的一半。", "Half of the facts that can be assessed."), 0.1, 1
        ),
        Param("red_facts", 5, "facts", Text("七项中占五项。", "Five of the seven."), 2, 7),
        Param("max_staff", 3, "staff", Text("三人以下难以提供此类服务。", "Three people hardly render it."), 0, 100),
        Param("young_months", 12, "months", Text("为承接而设立。", "Founded for the deal."), 1, 120),
        Param("near_days", 15, "days", Text("融资或条件变更前后半月。", "Half a month round the financing."), 0, 365),
        Param("min_amount", 50_000, "CNY", Text("小额服务费属日常。", "Small fees are everyday."), 0, 1e9),
    ),
    references=(
        Reference("株洲, 2024: a false agreement on financial services round a financing of a state firm"),
        Reference("OCP (2024), Red Flags in Public Procurement: R010, R045, R047", "https://www.open-contracting.org"),
    ),
    value_unit=Text("成立的事实数(共七项),越多越可疑", "facts that hold, of seven; more is more telling"),
    engine="kernel",
    example=Example(
        tables={
            "organizations": "org_id,name,kind,industry,established_on,headcount\nS,平台公司,state_owned,,,\n"
            "V,金服公司,private,金融服务,2018-01-10,2\nE,咨询公司,private,咨询,2005-03-01,40\n"
            "L,评级公司,private,信用评级,2006-05-01,3\nQ,信息咨询部,private,,,\nP,民营公司,private,房地产,,\n",
            # V: no acceptance, 4 days after the loan, 4 months old, 2 staff, one payment, no tender; first business
            # unknown (no coverage): 6 of 6. E: paid in two parts after acceptance; only no tender: 1 of 6.
            # L: 3 staff, one payment, no tender = 3 of 6, but a rating agency that delivered before payment.
            # Q: no payment, nothing registered: of 3 assessable facts only no tender and no acceptance hold.
            "contracts": "contract_id,buyer_id,supplier_id,amount,signed_on,category,method,deliverable,accepted_on\n"
            "CV,S,V,800000,2018-05-02,金融服务,direct,,\nCE,S,E,600000,2018-06-01,管理咨询,direct,报告,2018-08-01\n"
            "CL,S,L,200000,2018-07-01,咨询,direct,评级报告,2018-07-20\nCP,P,V,300000,2018-09-01,咨询,direct,,\n"
            "CQ,S,Q,90000,2018-09-01,咨询,direct,,2018-10-01\n",
            "financings": "financing_id,kind,borrower_id,lender_id,principal,annual_rate,start_date\n"
            "F,loan,S,B,100000000,0.05,2018-05-01\n",
            "accounts": "account_id,holder_id\naS,S\naV,V\naE,E\naL,L\naQ,Q\n",
            "payments": "payment_id,paid_at,payer_account,payee_account,amount,reference_id\n"
            "p1,2018-05-05,aS,aV,800000,CV\np2,2018-08-10,aS,aE,300000,CE\np3,2018-10-10,aS,aE,300000,CE\n"
            "p4,2018-08-01,aS,aL,200000,CL\n",
        },
        flags=frozenset({"V"}),
        leaves=frozenset({"E"}),
        others={"L": "excluded", "Q": "not_assessable"},
    ),
    compute=_compute,
)
