"""A "loan" from a party under an official's authority that does not come back.

A receipt is a loan where its memo says so (借, 周转, loan, …; not a repayment) or a financing of the receiver names it.
Loans of one payer's firm are one principal. Flagged where less than a fifth came back within 12 months of the last
part, no interest was paid and no document is on record. The receipt itself is the fact; that nothing came back is one
only inside declared complete coverage of the receiving accounts. Where nobody declared them complete but payments by
every receiver after the loan are at hand, the lead says "as far as seen" and scores seven tenths; where none is, it is
not assessable. A financing on record as old as the loan is a document and
excludes; so does interest of at least 1 % of the principal. What came back after the 12 months is told and lowers the
score, and does not undo the loan.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd

from caselens.core.text import Text
from caselens.indicators import _receipts
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._parties import party_payments

_LOAN = r"借|周转|拆借|垫资|loan|lend|lent|borrow"
_REPAYMENT = r"还|归还|偿|清偿|repay|return|settle"
#: What a lead is worth where the repayment may lie in statements nobody has.
_UNCOVERED = 0.7
_COMPLETE = Text("收款账户流水已声明完整", "the receiving accounts are declared complete")
_PARTLY = Text(
    "收款账户流水未声明完整，仅就已见流水而言", "not declared complete: as far as the statements at hand show"
)
_INTEREST = r"利息|付息|结息|interest"


def _compute(inputs: Inputs) -> Result:
    found = _receipts.receipts(inputs)
    memo = found.memo.fill_null("").lower()
    called = found.filter((memo.re_search(_LOAN) & ~memo.re_search(_REPAYMENT)) | (found.reference_id.notnull()))
    loans = _receipts.to_yuan(inputs, _receipts.tidy(called.execute()))
    papers = _papers(inputs, loans)
    said = loans["memo"].fillna("").str.lower()
    is_loan = said.str.contains(_LOAN) & ~said.str.contains(_REPAYMENT)
    loans = _receipts.grouped(loans[is_loan | loans["reference_id"].isin(set(papers["financing_id"]))])
    back = _receipts.to_yuan(inputs, _receipts.sent_back(inputs, loans))
    seen, dark = _receipts.accounts_known(inputs)
    excluded: dict[str, str] = {}
    leads, evidence, counters = [], [], []
    for (official, _), rows in loans.groupby(["official_id", "group"], sort=True):
        counted = rows[rows["cny"].notna()]
        principal, last = float(counted["cny"].sum()), rows["paid_on"].max()
        if counted.empty or principal < inputs["min_principal"]:
            continue
        due = last + timedelta(days=round(inputs["after_months"] * 30.44))
        mine = back[(back["official_id"] == official) & back["firm"].isin(set(rows["firm"]))]
        mine = mine[(mine["paid_on"] >= rows["paid_on"].min())].drop_duplicates("row_key")
        repaid = float(mine.loc[mine["paid_on"] <= due, "cny"].sum())
        rule = _rule(rows, papers, mine, principal)
        if repaid / principal >= inputs["max_repaid"]:
            continue
        if rule:
            excluded[str(official)] = rule
            continue
        unseen = _unseen(inputs, rows, due)
        if unseen:
            dark[str(official)] = unseen
            continue
        lead = f"{official}|{rows['group'].iloc[0]}"
        late = float(mine["cny"].sum()) - repaid
        is_covered = _is_covered(inputs, rows, due)
        leads.append(_lead(lead, str(official), rows, principal, repaid, is_covered, inputs))
        evidence += [{"lead": lead, "table": t, "key": k, "role": r} for t, k, r in _receipts.rows_of(rows, "loan")]
        evidence += [{"lead": lead, "table": "payments", "key": key, "role": "repaid"} for key in mine["row_key"]]
        counters += _counters(lead, late, principal, is_covered)
    hits = {lead["subjects"][0]["id"] for lead in leads}
    states = assessed(hits, seen, dark, excluded)
    return Result(states, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _papers(inputs: Inputs, loans: pd.DataFrame) -> pd.DataFrame:
    """Financings whose borrower is a receiver."""
    columns = ["financing_id", "borrower_id", "lender_id", "start_date"]
    if not inputs.has("financings") or loans.empty:
        return pd.DataFrame(columns=columns)
    receivers = sorted(set(loans["receiver"]))
    return inputs.table("financings").filter(lambda t: t.borrower_id.isin(receivers)).select(*columns).execute()


def _rule(rows: pd.DataFrame, papers: pd.DataFrame, back: pd.DataFrame, principal: float) -> str:
    """Why this is an ordinary loan; empty if nothing says so."""
    named = papers["financing_id"].isin(set(rows["reference_id"].dropna()))
    between = papers["borrower_id"].isin(set(rows["receiver"])) & papers["lender_id"].isin(
        {*rows["source"], *rows["firm"]}
    )
    first = pd.Timestamp(rows["paid_on"].min())
    old = pd.to_datetime(papers["start_date"]) <= first + pd.Timedelta(days=7)
    if (named | (between & old)).any():
        return Text("借款有登记的合同", "the loan has a contract on record").both()
    paid = back[back["memo"].fillna("").str.lower().str.contains(_INTEREST)]
    if float(paid["cny"].sum()) >= 0.01 * principal:
        return Text("借款付过利息", "interest was paid on the loan").both()
    return ""


def _unseen(inputs: Inputs, rows: pd.DataFrame, due: date) -> str:
    """Why it cannot be known whether the loan came back; empty if it can."""
    if inputs.as_of < due:
        return Text("借款未满观察期", "the loan is younger than the time allowed").both()
    if not _is_covered(inputs, rows, due) and not _is_seen(inputs, rows):
        reason = Text(
            "coverage:收款账户在观察期内的流水未声明完整，也未见其任何付款",
            "coverage: payments of the receiving account are not declared complete for the time allowed, none is seen",
        )
        return reason.both()
    return ""


def _is_covered(inputs: Inputs, rows: pd.DataFrame, due: date) -> bool:
    """Whether every receiving account is declared complete for the time allowed."""
    return all(
        _receipts.covered(inputs, [str(account), str(receiver)], some["paid_on"].min(), due)
        for (account, receiver), some in rows.groupby(["receiver_account", "receiver"])
    )


def _is_seen(inputs: Inputs, rows: pd.DataFrame) -> bool:
    """Whether some payment by every receiver after the loan is at hand: then a statement of theirs is."""
    money = party_payments(inputs)
    first = rows["paid_on"].min()
    paid = money.filter(money.payer.isin(sorted(set(rows["receiver"]))) & (money.paid_on >= first))
    return set(paid.select("payer").distinct().execute()["payer"]) >= set(rows["receiver"])


def _lead(
    lead: str, official: str, rows: pd.DataFrame, principal: float, repaid: float, is_covered: bool, inputs: Inputs
) -> dict[str, Any]:
    share = repaid / principal
    score = _receipts.graded(principal, inputs["min_principal"], float(rows["strength"].max())) * (1 - share)
    score *= 1.0 if is_covered else _UNCOVERED
    sources = sorted(set(rows["source"]))
    others = sorted((set(rows["receiver"]) - {official}) | (set(rows["firm"]) - set(sources)))
    return {
        "lead": lead,
        "subjects": [party(official, "official")]
        + [party(name, "payer") for name in sources]
        + [party(name, "context") for name in others],
        "objects": [thing("payments", str(rows["payment_id"].iloc[0]))],
        "kind": "link",
        "severity": "red" if principal >= inputs["red_principal"] else "yellow",
        "value": share,
        "score": min(score, 0.5) if rows["is_testimony"].all() else score,
        "p_value": None,
        "amount": principal,
        "period_start": rows["paid_on"].min(),
        "period_end": rows["paid_on"].max(),
        "fence": f"repaid < {inputs['max_repaid']} after {inputs['after_months']} months",
        "parts": len(rows),
        "repaid": repaid,
        "first_on": rows["paid_on"].min(),
    }


def _counters(lead: str, late: float, principal: float, is_covered: bool) -> list[dict[str, str]]:
    told = Text(f"观察期后归还 {late:,.2f} 元", f"{late:,.2f} yuan came back after the time allowed").both()
    no = Text("未见合同，未见利息", "no contract on record, no interest").both()
    return [
        counter(lead, "repaid_late", late >= 0.8 * principal, told),
        counter(lead, "document", False, no),
        counter(lead, "unseen", False if is_covered else None, (_COMPLETE if is_covered else _PARTLY).both()),
        counter(lead, "family", None, Text("需问双方关系", "ask how the two are acquainted").both()),
    ]


INDICATOR = Indicator(
    id="flow-loan-from-supervised",
    number=7,
    title=Text("向管理服务对象借款未还", "Unrepaid loan, supervised party"),
    question=Text(
        '公职人员一方向管理服务对象"借款"后，是否一年内基本未还、无利息、无凭据?',
        "Was money called a loan, from a party under an official's authority, left unpaid after a year, without "
        "interest or document?",
    ),
    summary=Text(
        "{first_on}起，{payer}以借款名义向{official}一方付款{parts}笔共{amount:money}，期内归还{repaid:money}，未见利息和凭据。",
        "From {first_on}, {payer} made {parts} payments called loans to the side of {official}, {amount:money} in all; "
        "{repaid:money} came back in the time allowed, with no interest and no document.",
    ),
    innocent=(
        Innocent(
            "document",
            Text("有合同、计息的正常借贷。", "An ordinary loan with a contract and interest."),
            Text("查找登记的借款合同及利息支付。", "A financing on record and payments of interest are looked for."),
        ),
        Innocent(
            "repaid_late",
            Text("期后已归还。", "It came back later."),
            Text("累计期后归还的款项。", "What came back after the time allowed is summed up."),
        ),
        Innocent(
            "unseen",
            Text("已用其他账户或现金归还。", "It was repaid in cash, or from an account not at hand."),
            Text("查收款账户的流水是否声明完整。", "Declared coverage of the receiving accounts is looked up."),
        ),
        Innocent("family", Text("亲友间的真实周转。", "Genuine help between relatives or old friends.")),
    ),
    next_steps=(
        Text("调取借条原件并查形成时间。", "Obtain the note and establish when it was written."),
        Text("核实借款时的还款能力与资金去向。", "Verify the ability to repay and where the money went."),
        Text("查出借人当时的待办事项。", "List the lender's matters pending at the time."),
    ),
    kinds=("link",),
    subject="person",
    needs={
        "payments": ("paid_at", "payer_account", "payee_account", "amount", "memo"),
        "accounts": ("holder_id",),
        "appointments": ("person_id", "org_id", "start_date"),
    },
    uses=("coverage", "financings", "asset_disposals", "exchange_rates", "bids", "tenders", "applications"),
    relations=("authority", "control", "links"),
    params=(
        Param("min_principal", 5_000, "CNY", Text("更小的借款多属应急。", "Smaller loans are everyday help."), 1, 1e9),
        Param("max_repaid", 0.2, "fraction", Text("象征性归还不算归还。", "A token repayment is none."), 0.01, 1),
        Param("after_months", 12, "months", Text("借满一年再看。", "A year after the last part."), 1, 120),
        Param(
            "red_principal",
            30_000,
            "CNY",
            Text("受贿罪一般起点三万元。", "Usual threshold of bribery in criminal law."),
            0,
            1e9,
            to_confirm=True,
        ),
    ),
    references=(
        Reference('义乌, 2025: asking contractors outright to "lend"'),
        Reference(
            "最高人民法院 2003 年全国法院审理经济犯罪案件工作座谈会纪要(以借款为名索取或者收受财物), "
            "recalled, to be confirmed"
        ),
    ),
    value_unit=Text("归还比例，越低越可疑", "share repaid; lower is more telling"),
    engine="kernel",
    example=Example(
        tables={
            "persons": "person_id,name\nO,科长\nQ,股长\nR,所长\nN,组长\nB,老板\n",
            "organizations": "org_id,name,kind\nU,街道办,government\nC,拆迁公司,private\n",
            "appointments": "person_id,org_id,post,start_date\nO,U,科长,2017-01-01\nQ,U,股长,2017-01-01\n"
            "R,U,所长,2017-01-01\nN,U,组长,2017-01-01\n",
            "directorships": "org_id,person_id,role\nC,B,legal_representative\n",
            "contracts": "contract_id,buyer_id,supplier_id,amount,signed_on,handler_id\nX,U,C,300000,2018-03-10,O\n"
            "Y,U,C,300000,2018-03-10,Q\nZ,U,C,300000,2018-03-10,R\nV,U,C,300000,2018-03-10,N\n",
            "accounts": "account_id,holder_id\naO,O\naQ,Q\naR,R\naN,N\naB,B\n",
            # O repays 5,000 of 80,000 (6 %) within the year; Q repays 20,000 of 50,000 (40 %).
            # The statement of R is not declared complete; of N, 30,000 under a contract on record.
            "payments": "payment_id,paid_at,payer_account,payee_account,amount,memo\n"
            "p1,2019-05-01,aB,aO,80000,借款\np2,2019-09-01,aO,aB,5000,还款\np3,2019-06-01,aB,aQ,50000,周转\n"
            "p4,2020-01-01,aQ,aB,20000,\np5,2019-06-01,aB,aR,40000,借\np6,2019-06-01,aB,aN,30000,借款\n"
            "p7,2022-06-01,aB,aQ,1,\n",
            "financings": "financing_id,kind,borrower_id,lender_id,principal,annual_rate,start_date\n"
            "L,private,N,B,30000,0.04,2019-06-01\n",
            "coverage": "table,scope,period_start,period_end,is_complete\npayments,aO,2016-01-01,2024-01-01,true\n"
            "payments,aQ,2016-01-01,2024-01-01,true\n",
        },
        flags=frozenset({"O"}),
        leaves=frozenset({"Q"}),
        others={"R": "not_assessable", "N": "excluded"},
    ),
    compute=_compute,
)
