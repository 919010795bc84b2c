"""Public money through a mixed account: four methods, three of which have to agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
INDICATOR = INDICATORS["flow-commingled-trace"]
BASE = {
    "persons": "person_id,name\nO,局长\nW,配偶\n",
    "organizations": "org_id,name,kind\nU,局,government\nF,养殖,private\nG,中间,private\nB,商行,private\n",
    "appointments": "person_id,org_id,post,start_date\nO,U,局长,2016-01-01\n",
    "kinships": "person_id,relative_id,relation\nO,W,spouse\n",
    "accounts": "account_id,holder_id\naU,U\naF,F\naG,G\naW,W\naB,B\n",
}
PAID = "payment_id,paid_at,payer_account,payee_account,amount\n"


def answer(given: Given, *payments: tuple[str, str, str, float], **more: str) -> Answer:
    rows = "".join(f"p{n},{day},{payer},{payee},{money}\n" for n, (day, payer, payee, money) in enumerate(payments))
    return evaluate(INDICATOR, given(BASE | more | {"payments": PAID + rows}))


def lead(found: Answer) -> dict[str, Any]:
    (only,) = found.leads.to_dict("records")
    return only


PUBLIC = ("2020-03-10", "aU", "aF", 100_000)


def test_the_four_methods_by_hand(given: Given) -> None:
    # 50 of its own, 100 public, 40 to a supplier, 90 to the spouse (thousands). FIFO: the supplier had own money; of
    # the next 90, 10 are own, so 80. LIFO: the supplier had 40 public, then 60. Pro rata: 2/3 of 90. Lowest balance:
    # 40 own go first, 10 own are left, so 80.
    found = lead(answer(given, ("2020-03-01", "aB", "aF", 50_000), PUBLIC, ("2020-03-14", "aF", "aB", 40_000),
                        ("2020-03-20", "aF", "aW", 90_000)))  # fmt: skip
    assert (found["fifo"], found["lifo"], found["lowest_balance"]) == (80_000, 60_000, 80_000)
    assert found["pro_rata"] == pytest.approx(60_000, abs=0.01)
    assert found["value"] == pytest.approx(0.6) and found["amount"] == pytest.approx(60_000)


def test_two_methods_are_not_enough(given: Given) -> None:
    # 100 of its own first: 45 to the supplier, then 60 to the spouse. FIFO: 5. LIFO: 55. Pro rata: 30. Lowest: 5.
    found = answer(given, ("2020-03-01", "aB", "aF", 100_000), PUBLIC, ("2020-03-14", "aF", "aB", 45_000),
                   ("2020-03-20", "aF", "aW", 60_000))  # fmt: skip
    assert found.leads.empty and set(found.assessed["state"]) == {"clean"}


def test_over_one_more_party_and_the_authority_is_cited(given: Given) -> None:
    found = answer(given, PUBLIC, ("2020-03-12", "aF", "aG", 80_000), ("2020-03-20", "aG", "aW", 70_000))
    subjects = {(one["id"], one["role"]) for one in lead(found)["subjects"]}
    assert {("O", "official"), ("F", "firm"), ("W", "beneficiary"), ("G", "intermediary")} <= subjects
    roles = found.evidence.set_index("key")["role"].to_dict()
    assert (roles["p0"], roles["p1"], roles["p2"]) == ("public_money", "passed_on", "reached")
    assert "authority" in roles.values()


def test_over_two_more_parties_every_leg_is_evidence(given: Given) -> None:
    # All of 80,000 goes on twice and 70,000 of it to the spouse: by every method 70 of 100 thousand.
    more = {"organizations": BASE["organizations"] + "H,再中间,private\n", "accounts": BASE["accounts"] + "aH,H\n"}
    found = answer(given, PUBLIC, ("2020-03-12", "aF", "aG", 80_000), ("2020-03-16", "aG", "aH", 80_000),
                   ("2020-03-20", "aH", "aW", 70_000), **more)  # fmt: skip
    only = lead(found)
    assert only["value"] == pytest.approx(0.7)
    between = {one["id"] for one in only["subjects"] if one["role"] == "intermediary"}
    assert between == {"G", "H"}
    roles = found.evidence.set_index("key")["role"].to_dict()
    assert [roles[f"p{n}"] for n in range(4)] == ["public_money", "passed_on", "passed_on", "reached"]


def test_a_supplier_who_pays_back_for_something_else_is_not_followed_through(given: Given) -> None:
    found = answer(given, PUBLIC, ("2020-03-12", "aF", "aB", 98_000), ("2020-03-20", "aB", "aF", 90_000),
                   ("2020-03-25", "aF", "aW", 60_000))  # fmt: skip
    assert found.leads.empty


def test_ninety_days_and_no_more(given: Given) -> None:
    # 90 days after 10 March 2020 is 8 June.
    assert len(answer(given, PUBLIC, ("2020-06-08", "aF", "aW", 80_000)).leads) == 1
    assert answer(given, PUBLIC, ("2020-06-09", "aF", "aW", 80_000)).leads.empty


def test_the_printed_balance_before_counts_as_other_money(given: Given) -> None:
    # 100 lay there before: FIFO gives the spouse other people's money only (the line is the public payment itself).
    lines = "line_id,account_id,booked_at,direction,amount,balance_after,state,payment_id\n"
    lines += "l1,aF,2020-03-10,in,100000,200000,booked,p0\n"
    found = answer(given, PUBLIC, ("2020-03-20", "aF", "aW", 80_000), statement_lines=lines)
    assert found.leads.empty


def test_wages_of_the_insured_and_the_repayment_of_an_older_loan_are_excluded(given: Given) -> None:
    paid = (PUBLIC, ("2020-03-20", "aF", "aW", 30_000), ("2020-04-20", "aF", "aW", 30_000))
    jobs = "person_id,org_id,start_date\nW,F,2019-01-01\n"
    lent = "financing_id,kind,borrower_id,lender_id,principal,annual_rate,start_date\n"
    lent += "L,private,F,W,60000,0.04,2019-05-01\n"
    for more in ({"employments": jobs}, {"financings": lent}):
        found = answer(given, *paid, **more)
        assert found.assessed.set_index("subject_id").loc["F", "state"] == "excluded"
    assert len(answer(given, *paid).leads) == 1
