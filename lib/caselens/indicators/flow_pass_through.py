"""An intermediary is paid by a party under an official's authority and passes most of it on to the official's circle.

Each inflow of at least the smallest sum takes, in order of time, the unused outflows to the circle (the official, kin
to degree 2, associates, firms that any of them hold or run that day) within the window; the share passed on is judged.
Wages and loans on older records exclude. A counter for cash is no intermediary.

Where no link of the payee is known it is a finding only if the payee is a natural person or a firm younger than 12
months, not of the intermediary's own house (employees, lenders, owners), at least 80 % went to that one payee and less
than a fifth of the inflow was on the account before (statement lines). Where that balance is not known the intermediary
is a candidate and not assessable.
"""

from __future__ import annotations

import ibis.expr.types as ir
import pandas as pd

from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, frame, party
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._parties import party_payments
from caselens.indicators._passing import Passing, candidates, match, under_authority, with_authority
from caselens.indicators._passing_leads import counters_of, evidence_of, sums_of
from caselens.indicators._unlinked import balances_before, passed_on

#: Innocent explanations that rest on somebody else's record: where one holds there is no lead.
_EXPLAINS = ("wages", "loan")
_CANDIDATE = Text(
    "大部分转给自然人或新设企业，未见关联，入账前余额不明",
    "most went to a person or a new firm without a known link; the balance before the inflow is not known",
)
_NO_LINKS = pd.DataFrame(columns=["official_id", "party_id", "rows"])
_OLDER = {
    "wages": Text(
        "付款前已有的参保记录可以解释转付", "an employment older than the payment explains what was passed on"
    ),
    "loan": Text("付款前已有的借款可以解释转付", "a loan older than the payment explains what was passed on"),
    "subcontract": Text("已验收的分包合同可以解释转付", "an accepted subcontract explains what was passed on"),
}


def _compute(inputs: Inputs) -> Result:
    inflows = under_authority(inputs).cache()
    asked = inflows.select("intermediary").distinct()
    came, went = candidates(inputs, inputs["min_ratio"])
    passed = match(came, went, inputs["window_days"], inputs["advance_days"], inputs["tolerance"])
    hits = with_authority(inputs, [item for item in passed if item.ratio >= inputs["min_ratio"]])
    by_lead: dict[tuple[str, str, str], list[Passing]] = {}
    for item in hits:
        by_lead.setdefault((item.official, item.payer, item.intermediary), []).append(item)
    officials = sorted({official for official, _, _ in by_lead})
    links = inputs.relation("links").filter(lambda t: t.official_id.isin(officials)).execute() if by_lead else _NO_LINKS
    leads, evidence, counters = [], [], []
    hit: set[str] = set()
    excluded: dict[str, str] = {}
    for (official, payer, middle), items in by_lead.items():
        lead = f"{official}|{payer}|{middle}"
        against = counters_of(lead, payer, middle, items, inputs)
        why = [item["innocent"] for item in against if item["state"] == "holds" and item["innocent"] in _EXPLAINS]
        if why:
            excluded[middle] = _OLDER[why[0]].both()
            continue
        hit.add(middle)
        leads.append(_lead(lead, official, payer, middle, items, inputs))
        evidence += evidence_of(lead, official, items, links)
        counters += against
    dark = _unseen(inputs, asked)
    used = {item.inflow_key for item in hits}
    loose = [item for item in passed_on(inputs, inflows) if item.inflow_key not in used]
    balances = balances_before(inputs, loose)
    unlinked: dict[tuple[str, str, str], list[Passing]] = {}
    for item in loose:
        if item.inflow_key not in balances:
            dark.setdefault(item.intermediary, _CANDIDATE.both())
        elif balances[item.inflow_key][0] < inputs["max_balance"] * item.received:
            unlinked.setdefault((item.official, item.payer, item.intermediary), []).append(item)
    with_authority(inputs, [item for items in unlinked.values() for item in items], of_official=False)
    for (payee, payer, middle), items in unlinked.items():
        lead = f"?|{payer}|{middle}|{payee}"
        against = counters_of(lead, payer, middle, items, inputs)
        why = [item["innocent"] for item in against if item["state"] == "holds" and item["innocent"] in _OLDER]
        if why:
            excluded.setdefault(middle, _OLDER[why[0]].both())
            continue
        hit.add(middle)
        leads.append(_unlinked_lead(lead, payer, middle, payee, items, inputs))
        evidence += evidence_of(lead, payee, items, _NO_LINKS)
        lines = dict.fromkeys(balances[item.inflow_key][1] for item in items)
        evidence += [{"lead": lead, "table": "statement_lines", "key": key, "role": "balance"} for key in lines]
        counters += against
    return Result(
        assessed(hit, set(asked.execute()["intermediary"]), dark, excluded),
        frame(leads, LEADS),
        frame(evidence, EVIDENCE),
        frame(counters, COUNTERS),
    )


def _unseen(inputs: Inputs, asked: ir.Table) -> dict[str, str]:
    """Intermediaries of whom no outgoing payment at all is known: their statement was never obtained."""
    payers = party_payments(inputs).select(seen="payer").distinct()
    unseen = asked.anti_join(payers, [("intermediary", "seen")]).execute()["intermediary"]
    reason = Text("未见其任何付款，流水未取得", "no outgoing payment of it is known; its statement was not obtained")
    return dict.fromkeys(unseen, reason.both())


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
    subjects = [party(official, "official"), party(payer, "payer"), party(middle, "intermediary")]
    subjects += [party(name, "beneficiary") for name in beneficiaries]
    made = sums_of(lead, subjects, items)
    # Where the official got it in person there is nobody in between to name.
    made |= {"tie_zh": ",收款人关联公职人员", "tie_en": ", linked to "} if beneficiaries else {"beneficiary": ""}
    return made | {
        "severity": "red" if ratio >= 0.7 else "yellow",
        "score": score,
        "fence": f"ratio >= {inputs['min_ratio']}, window {inputs['window_days']} d",
    }


def _unlinked_lead(
    lead: str, payer: str, middle: str, payee: str, items: list[Passing], inputs: Inputs
) -> dict[str, object]:
    subjects = [party(payer, "payer"), party(middle, "intermediary"), party(payee, "beneficiary")]
    made, least = sums_of(lead, subjects, items), inputs["min_ratio_unlinked"]
    over = (float(made["value"]) - least) / (1 - least) if least < 1 else 1.0
    return made | {
        "severity": "note",
        # No link is known: never more than half of what a link would give.
        "score": min(0.25 + 0.25 * over, 0.5),
        "fence": f"ratio >= {least}, balance before < {inputs['max_balance']}, window {inputs['window_days']} d",
        "official": "",
        "tie_zh": "(自然人或新设企业,未见关联)",
        "tie_en": " (a person or new firm; no link on record)",
    }


INDICATOR = Indicator(
    id="flow-pass-through",
    number=1,
    title=Text("过账转付", "Passed on by an intermediary"),
    question=Text(
        "某中间人收到管理服务对象的款项后，是否很快将其中大部分转给该公职人员或其关联方？",
        "Did an intermediary, paid by a party under an official's authority, soon pass most of it to that official or "
        "those linked to the official?",
    ),
    summary=Text(
        "{intermediary}收到{payer}支付的{received:money}，{days}天内将其中{amount:money}({share})转给{beneficiary}{tie_zh}"
        "{official}，自留{kept:money}。",
        "{intermediary} received {received:money} from {payer} and within {days} days passed {amount:money} ({share}) "
        "to {beneficiary}{tie_en}{official}; it kept {kept:money}.",
    ),
    innocent=(
        Innocent(
            "subcontract",
            Text("真实分包，有交付和验收。", "A real subcontract, delivered and accepted."),
            Text("查找双方之间已验收的合同。", "An accepted contract between the two is looked for."),
        ),
        Innocent(
            "wages",
            Text("代发工资：收款人是中间人的职工。", "Wages: the payee is employed by the intermediary."),
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
                "查找已验收的合同；只说明首笔付款，不说明转付。",
                "An accepted contract is looked for; it explains the first payment only, not the second.",
            ),
        ),
        Innocent("escrow", Text("资金监管、代收代付安排。", "Escrow or collection on behalf of somebody.")),
    ),
    next_steps=(
        Text(
            "调取合同、成果、发票，核实服务是否真实发生。",
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
    uses=(
        "contracts",
        "employments",
        "financings",
        "persons",
        "organizations",
        "ownerships",
        "directorships",
        "statement_lines",
    ),
    relations=("authority", "authority_spans", "links"),
    params=(
        Param(
            "min_amount", 50_000, "CNY", Text("较小的款项多为日常往来。", "Smaller sums are everyday money."), 0, 1e9
        ),
        Param(
            "min_ratio",
            0.5,
            "fraction",
            Text("转出不足一半的，多为自身经营支出。", "Below half it mostly is the firm's own spending."),
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
        Param(
            "min_ratio_unlinked",
            0.8,
            "fraction",
            Text("未见关联的，须转出八成以上。", "Without a known link four fifths have to go on."),
            0.01,
            1,
        ),
        Param(
            "max_balance",
            0.2,
            "fraction",
            Text("未见关联的，入账前余额须不足两成。", "Without a known link the account was nearly empty before."),
            0,
            10,
        ),
        Param("tolerance", 0.01, "fraction", Text("手续费与尾差。", "Fees and odd fen."), 0, 0.2),
    ),
    references=(
        Reference("株洲, 2024: service fee of a financing passed on to a relative, 71 % (250 → 178)"),
        Reference("FATF (2018), Concealment of Beneficial Ownership: use of intermediaries"),
    ),
    value_unit=Text("转出比例，越高自留越少", "share passed on; higher means less was kept"),
    engine="kernel",
    example=Example(
        tables={
            "persons": "person_id,name\nO,公职人员\nK,亲属\n",
            "organizations": "org_id,name,kind\nU,财政局,government\nS,平台公司,state_owned\nM,金服公司,private\n"
            "N,咨询公司,private\nD,已付未取流水,private\nX,老供应商,private\n",
            "appointments": "person_id,org_id,post,start_date\nO,U,副局长,2014-01-01\n",
            "kinships": "person_id,relative_id,relation\nO,K,sibling\n",
            "financings": "financing_id,kind,borrower_id,lender_id,principal,annual_rate,start_date,handler_id\n"
            "L,loan,S,U,500000000,0.05,2016-03-01,O\n",
            "accounts": "account_id,holder_id\naS,S\naM,M\naN,N\naD,D\naK,K\naX,X\n",
            # M passes 178 of 250 on to the relative within 10 days; N pays an old supplier; of D no outflow is known.
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
