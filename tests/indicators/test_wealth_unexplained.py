"""Assets beyond means: what counts as means, and whose payment counts against them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
INDICATOR = INDICATORS["wealth-unexplained"]
BASE = {
    "persons": "person_id,name,birth_date\nO,江远山,1970-01-01\nW,妻某,1972-01-01\nC,女某,1993-05-20\nX,买家,\n",
    "organizations": "org_id,name,kind\nU,局,government\nM,煤矿,private\nD,开发商,private\nB,银行,financial\n",
    "appointments": "person_id,org_id,post,start_date,is_leadership\nO,U,副局长,2010-01-01,true\n",
    "kinships": "person_id,relative_id,relation\nO,W,spouse\nO,C,child\n",
    "oversight": "authority_id,subject_id,remit,start_date\nU,M,explosives,2010-01-01\n",
    "accounts": "account_id,holder_id\naO,O\naW,W\naC,C\naX,X\naM,M\naD,D\n",
    # 5 x 200,000 x 0.6 = 600,000 in 2016 to 2020.
    "declarations": "person_id,year,household_income\n" + "".join(f"O,{year},200000\n" for year in range(2016, 2021)),
}
ASSET = "asset_id,owner_id,kind,value,acquired_on,is_declared,funded_by_id\n"
PAID = "payment_id,paid_at,payer_account,payee_account,amount,memo,reference_id\n"


def answer(given: Given, asset: str, payments: str = "", **more: str) -> Answer:
    tables = BASE | {"assets": ASSET + asset} | more
    return evaluate(INDICATOR, given(tables | ({"payments": PAID + payments} if payments else {})))


def state(found: Answer, who: str = "O") -> str:
    return str(found.assessed.set_index("subject_id").loc[who, "state"])


def lead(found: Answer) -> dict[str, Any]:
    (only,) = found.leads.to_dict("records")
    return only


def test_the_gap_has_to_exceed_half_of_the_price(given: Given) -> None:
    # 1,200,000 - 600,000 is exactly half; one yuan more is above.
    assert state(answer(given, "A,O,real_estate,1200000,2020-06-01,true,\n")) == "clean"
    found = lead(answer(given, "A,O,real_estate,1200002,2020-06-01,true,\n"))
    assert found["amount"] == pytest.approx(600_002)


def test_a_spouses_home_is_the_households_and_the_couple_declares_once(given: Given) -> None:
    told = BASE["declarations"] + "".join(f"W,{year},200000\n" for year in range(2016, 2021))
    found = lead(answer(given, "A,W,real_estate,2000000,2020-06-01,true,\n", declarations=told))
    assert found["amount"] == pytest.approx(1_400_000)
    assert {(one["id"], one["role"]) for one in found["subjects"]} == {("O", "official"), ("W", "owner")}


def test_the_mine_under_authority_paid_for_the_grown_daughter(given: Given) -> None:
    flat = "A,C,real_estate,17200000,2020-06-01,false,\n"
    # She declared nothing: her means are unknown, and no payment is seen.
    assert state(answer(given, flat), "C") == "not_assessable"
    found = answer(given, flat, "p1,2020-05-25,aM,aD,17200000,代付房款,A\n")
    told = lead(found)
    assert told["severity"] == "red" and told["value"] == 1.0
    assert {"official", "owner", "payer"} == {one["role"] for one in told["subjects"]}
    assert set(found.evidence["role"]) == {"asset", "link", "paid_by_other", "authority"}


def test_three_tenths_paid_by_a_stranger_and_the_memo_names_the_buyer(given: Given) -> None:
    flat = "A,O,real_estate,1000000,2020-06-01,true,\n"
    assert state(answer(given, flat, "p1,2020-05-25,aX,aD,300000,江远山购房款,\n")) == "hit"
    assert state(answer(given, flat, "p1,2020-05-25,aX,aD,299000,江远山购房款,\n")) == "clean"
    # The spouse pays for the household.
    assert state(answer(given, flat, "p1,2020-05-25,aW,aD,500000,江远山购房款,\n")) == "clean"


def test_what_a_stranger_paid_for_the_old_flat_counts_but_not_from_a_supervised_party(given: Given) -> None:
    flat = "A,O,real_estate,2400000,2020-06-01,true,\n"
    assert state(answer(given, flat, "p1,2020-03-01,aX,aO,1200000,购房款,\n")) == "excluded"
    assert state(answer(given, flat, "p1,2020-03-01,aM,aO,1200000,购房款,\n")) == "hit"


def test_a_mortgage_counts_but_not_a_loan_from_the_mine(given: Given) -> None:
    flat = "A,O,real_estate,2400000,2020-06-01,true,\n"
    head = "financing_id,kind,borrower_id,lender_id,principal,annual_rate,start_date\n"
    assert state(answer(given, flat, financings=head + "L,loan,O,B,900000,0.04,2020-05-20\n")) == "clean"
    assert state(answer(given, flat, financings=head + "L,loan,O,M,900000,0.04,2020-05-20\n")) == "hit"
