"""Capital of an official's side: what counts as lawful means, and whose money counts as tainted."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
INDICATOR = INDICATORS["rel-capital-source"]

#: Income of 100 000 a year, capital of 800 000 on 2018-07-01: 300 000 of 800 000 are lawful, the gap is 0.625.
BASE = {
    "persons": "person_id,name\nO,甲\nW,其妻\nB,其弟\nX,老板\n",
    "organizations": "org_id,name,kind\nU,水利局,government\nM,采石场,private\nF,公司,private\nK,银行,financial\n",
    "appointments": "person_id,org_id,post,start_date,is_leadership\nO,U,副局长,2012-01-01,true\n",
    "kinships": "person_id,relative_id,relation\nO,W,spouse\nO,B,sibling\n",
    "oversight": "authority_id,subject_id,remit\nU,M,land\n",
    "directorships": "org_id,person_id,role\nM,X,legal_representative\n",
    "ownerships": "org_id,holder_id,share,paid_in,paid_on\nF,B,0.5,800000,2018-07-01\n",
    "declarations": "person_id,year,household_income\n" + "".join(f"B,{y},100000\n" for y in (2015, 2016, 2017, 2018)),
    "accounts": "account_id,holder_id\naX,X\naB,B\naW,W\naF,F\naM,M\n",
}
PAID = "payment_id,paid_at,payer_account,payee_account,amount,memo\n"


def answer(given: Given, payments: str, **more: str) -> Answer:
    return evaluate(INDICATOR, given({**BASE, "payments": PAID + payments, **more}))


def state(found: Answer) -> Mapping[str, str]:
    return dict(zip(found.assessed["subject_id"], found.assessed["state"], strict=True))


def test_the_gap_is_what_three_years_of_income_leave_open(given: Given) -> None:
    found = answer(given, "p,2018-05-01,aX,aB,400000,\n")
    assert found.leads.iloc[0]["value"] == pytest.approx(0.625, abs=0.002)
    assert found.leads.iloc[0]["severity"] == "red"  # 400 000 of 800 000 came from the quarry's owner


def test_money_that_came_by_the_wife_counts_up_to_what_she_passed_on(given: Given) -> None:
    way = "p,2018-03-01,aM,aW,400000,\nq,2018-03-09,aW,aB,250000,\n"
    lead = answer(given, way).leads.iloc[0]
    assert lead["tainted"] == 250_000
    assert state(answer(given, "p,2018-03-01,aM,aW,400000,\n")) == {"O": "clean"}  # what she kept did not fund it


@pytest.mark.parametrize(
    ("payments", "expected"),
    [
        ("p,2018-05-01,aX,aB,150000,\n", "clean"),  # less than a fifth of the capital
        ("p,2015-05-01,aX,aB,400000,\n", "clean"),  # more than 36 months before
        ("p,2018-06-20,aM,aF,400000,代缴出资款\n", "hit"),  # paid straight into the firm as capital
        ("p,2018-06-20,aM,aF,400000,货款\n", "clean"),  # the firm's own trade
    ],
)
def test_what_counts_as_money_from_a_supervised_party(given: Given, payments: str, expected: str) -> None:
    assert state(answer(given, payments)) == {"O": expected}


def test_a_loan_of_a_bank_is_lawful_and_one_of_a_supervised_party_is_not(given: Given) -> None:
    head = "financing_id,kind,borrower_id,lender_id,principal,annual_rate,start_date\n"
    came = "p,2018-05-01,aM,aB,400000,借款\n"
    # 300 000 + 200 000 of 800 000 leave 0.375.
    assert state(answer(given, came, financings=head + "F,loan,B,K,200000,0.05,2018-06-01\n")) == {"O": "excluded"}
    assert state(answer(given, came, financings=head + "F,loan,B,M,200000,0.05,2018-06-01\n")) == {"O": "hit"}


def test_without_declared_income_only_plain_funding_is_a_lead(given: Given) -> None:
    blank = {"declarations": "person_id,year,household_income\nX,2017,1\n"}
    assert state(answer(given, "p,2018-05-01,aX,aB,400000,\n", **blank)) == {"O": "hit"}
    assert state(answer(given, "p,2018-05-01,aX,aB,300000,\n", **blank)) == {"O": "not_assessable"}


def test_what_the_official_got_pays_for_the_wife_but_not_for_the_brother(given: Given) -> None:
    # The quarry pays the official; the stake stands in the name of the wife (one purse) or of the brother (two).
    accounts = BASE["accounts"] + "aO,O\n"
    income = BASE["declarations"] + "".join(f"O,{y},100000\n" for y in (2015, 2016, 2017, 2018))
    for holder, expected in (("W", "hit"), ("B", "clean")):
        shares = f"org_id,holder_id,share,paid_in,paid_on\nF,{holder},0.5,800000,2018-07-01\n"
        found = answer(given, "p,2018-05-01,aX,aO,400000,\n", ownerships=shares, accounts=accounts, declarations=income)
        assert state(found)["O"] == expected
