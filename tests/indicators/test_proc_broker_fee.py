"""Fees after awards: shares, days, households, and who is no broker."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
INDICATOR = INDICATORS["proc-broker-fee"]

#: A wins one million on 2020-05-01, B two million on 2020-06-01; X has nothing to do with either.
BASE = {
    "persons": "person_id,name\nO,甲\nX,乙\nW,其子\n",
    "organizations": "org_id,name,kind\nU,城投,state_owned\nA,公司一,private\nB,公司二,private\nK,咨询,private\n",
    "appointments": "person_id,org_id,post,start_date,is_leadership\nO,U,副总经理,2015-01-01,true\n",
    "tenders": "tender_id,buyer_id,method,awarded_on\nT1,U,open,2020-05-01\nT2,U,open,2020-06-01\n",
    "bids": "tender_id,bidder_id,price,is_winner\nT1,A,1000000,true\nT2,B,2000000,true\n",
    "contracts": "contract_id,tender_id,buyer_id,supplier_id,amount,signed_on\nC1,T1,U,A,1000000,2020-05-10\n"
    "C2,T2,U,B,2000000,2020-06-10\n",
    "accounts": "account_id,holder_id\naA,A\naB,B\naX,X\naW,W\naK,K\n",
}
PAID = "payment_id,paid_at,payer_account,payee_account,amount,memo\n"
FROM_B = "b,2020-06-20,aB,aX,20000,\n"


def answer(given: Given, payments: str, **more: str) -> Answer:
    return evaluate(INDICATOR, given({**BASE, "payments": PAID + payments, **more}))


@pytest.mark.parametrize(
    ("payment", "found"),
    [
        ("a,2020-05-01,aA,aX,10000,\n", True),  # one percent on the day of the award
        ("a,2020-05-20,aA,aX,9999,\n", False),  # a fraction less
        ("a,2020-07-30,aA,aX,10000,\n", True),  # the ninetieth day
        ("a,2020-07-31,aA,aX,10000,\n", False),
        ("a,2020-04-30,aA,aX,10000,\n", False),  # before the award
        ("a,2020-05-20,aA,aX,4000,\nc,2020-06-20,aA,aX,6000,\n", True),  # in two parts
        ("a,2020-05-20,aA,aX,10000,工资\n", False),
        ("a,2020-05-20,aA,aX,210000,\n", False),  # a fifth and more looks like trade
    ],
)
def test_one_percent_within_ninety_days_of_two_winners(given: Given, payment: str, found: bool) -> None:
    assert len(answer(given, payment + FROM_B).leads) == int(found)


def test_a_household_and_its_firm_are_one_payee(given: Given) -> None:
    ties = {
        "kinships": "person_id,relative_id,relation\nX,W,child\n",
        "directorships": "org_id,person_id,role\nK,W,legal_representative\n",
    }
    parts = "a,2020-05-20,aA,aK,5000,服务费\nc,2020-05-21,aA,aW,5000,\n" + FROM_B
    lead = answer(given, parts, **ties).leads.iloc[0]
    assert {s["id"] for s in lead["subjects"] if s["role"] == "broker"} == {"X", "W", "K"}
    assert lead["amount"] == 30_000
    assert answer(given, parts).leads.empty  # strangers


def test_winners_in_one_hand_are_one_winner(given: Given) -> None:
    held = {"ownerships": "org_id,holder_id,share\nA,P,0.6\nB,P,0.6\n"}
    paid = "a,2020-05-20,aA,aX,10000,\n" + FROM_B
    assert len(answer(given, paid).leads) == 1
    assert answer(given, paid, **held).leads.empty


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"contracts": BASE["contracts"] + "C3,,A,X,10000,2020-05-05\n"}, "contract"),
        ({"employments": "person_id,org_id,start_date\nX,A,2019-01-01\nX,B,2019-01-01\n"}, "staff"),
    ],
)
def test_parties_to_a_contract_and_staff_are_no_brokers(given: Given, more: dict[str, str], reason: str) -> None:
    found = answer(given, "a,2020-05-20,aA,aX,10000,\n" + FROM_B, **more)
    told = found.assessed.set_index("subject_id").loc["X"]
    assert (told["state"], reason in told["reason"]) == ("excluded", True)


def test_a_call_with_the_official_names_him_and_weighs_more(given: Given) -> None:
    paid = "a,2020-05-20,aA,aX,10000,\n" + FROM_B
    call = {"contacts": "contact_id,kind,person_id,other_id,happened_at\n1,call,X,O,2020-04-20 20:00:00\n"}
    plain, called = answer(given, paid).leads.iloc[0], answer(given, paid, **call).leads.iloc[0]
    assert {"id": "O", "role": "official"} in list(called["subjects"])
    assert (plain["severity"], called["severity"]) == ("yellow", "red")
    assert called["score"] > plain["score"]
