"""Loans that do not come back: what makes one, what undoes it, and what cannot be seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
INDICATOR = INDICATORS["flow-loan-from-supervised"]
#: O bought from C, which B heads; W is O's spouse; F has no business with O.
BASE = {
    "persons": "person_id,name\nO,甲\nW,乙\nB,丙\nF,丁\nS,店\n",
    "organizations": "org_id,name,kind\nU,街道办,government\nC,拆迁,private\n",
    "appointments": "person_id,org_id,post,start_date\nO,U,科长,2017-01-01\n",
    "directorships": "org_id,person_id,role\nC,B,legal_representative\n",
    "kinships": "person_id,relative_id,relation\nO,W,spouse\n",
    "contracts": "contract_id,buyer_id,supplier_id,amount,signed_on,handler_id\nX,U,C,300000,2018-03-10,O\n",
    "accounts": "account_id,holder_id\naO,O\naW,W\naB,B\naC,C\naF,F\naS,S\n",
}
PAID = "payment_id,paid_at,payer_account,payee_account,amount,memo\n"
COVER = "table,scope,period_start,period_end,is_complete\n" + "".join(
    f"payments,{account},2018-01-01,2024-01-01,true\n" for account in ("aO", "aW")
)
#: The last day of the data, long after; and that somebody shops from O's account.
REST = "z,2023-06-01,aF,aS,1,\n"
SHOPS = "y,2019-08-01,aO,aS,30,\n"


def answer(given: Given, payments: str, **more: str) -> Answer:
    tables = BASE | {"payments": PAID + payments + REST, "coverage": COVER} | more
    return evaluate(INDICATOR, given({name: text for name, text in tables.items() if text}))


def state(found: Answer) -> str:
    return str(found.assessed.set_index("subject_id").loc["O", "state"])


def lead(found: Answer) -> dict[str, Any]:
    (only,) = found.leads.to_dict("records")
    return only


def test_a_fifth_repaid_within_the_year_is_the_line(given: Given) -> None:
    loan = "p,2019-05-01,aB,aO,80000,借款\n"
    assert state(answer(given, loan + "q,2019-12-01,aO,aB,16000,还款\n")) == "clean"  # exactly a fifth
    found = lead(answer(given, loan + "q,2019-12-01,aO,aB,15999,还款\n"))
    assert found["value"] == pytest.approx(0.2, abs=1e-4) and found["repaid"] == 15_999
    # Repaid in full, but after 13 months: that does not undo the loan, and halves the score as a counter.
    late = answer(given, loan + "q,2020-06-05,aO,aB,80000,还款\n")
    assert state(late) == "hit"
    assert late.counters.set_index("innocent").loc["repaid_late", "state"] == "holds"


def test_parts_to_the_spouse_from_the_firm_and_its_head_are_one_principal(given: Given) -> None:
    found = lead(answer(given, "p,2019-05-01,aB,aW,30000,临时周转\nq,2019-06-01,aC,aW,20000,借\n"))
    assert (found["parts"], found["amount"]) == (2, 50_000)


def test_without_declared_coverage_it_is_as_far_as_seen_or_not_assessable(given: Given) -> None:
    loan = "p,2019-05-01,aB,aO,80000,借款\n"
    sure = lead(answer(given, loan + SHOPS))
    seen = answer(given, loan + SHOPS, coverage="")
    assert lead(seen)["score"] == pytest.approx(0.7 * sure["score"])
    assert seen.counters.set_index("innocent").loc["unseen", "state"] == "not_testable"
    assert state(answer(given, loan, coverage="")) == "not_assessable"


def test_a_contract_on_record_or_interest_makes_it_an_ordinary_loan(given: Given) -> None:
    loan = "p,2019-05-01,aB,aO,80000,借款\n"
    head = "financing_id,kind,borrower_id,lender_id,principal,annual_rate,start_date\n"
    assert state(answer(given, loan, financings=head + "L,private,O,B,80000,0.04,2019-05-01\n")) == "excluded"
    # A paper made two years later is none.
    assert state(answer(given, loan, financings=head + "L,private,O,B,80000,0.04,2021-05-01\n")) == "hit"
    assert state(answer(given, loan + "i,2019-12-01,aO,aB,800,利息\n")) == "excluded"  # 1 %
    assert state(answer(given, loan + "i,2019-12-01,aO,aB,700,利息\n")) == "hit"


def test_friends_without_business_repayments_and_young_loans_are_no_leads(given: Given) -> None:
    assert state(answer(given, "p,2019-05-01,aF,aO,80000,借款\n")) == "clean"
    assert state(answer(given, "p,2019-05-01,aB,aO,80000,归还借款\n")) == "clean"
    assert state(answer(given, "p,2022-12-01,aB,aO,80000,借款\n")) == "clean"  # authority of 2018 has lapsed
    young = BASE["contracts"] + "Y,U,C,300000,2022-03-10,O\n"
    assert state(answer(given, "p,2022-12-01,aB,aO,80000,借款\n", contracts=young)) == "not_assessable"
