"""Accounts that somebody else uses: what it takes, and what an ordinary account looks like."""

from __future__ import annotations

from collections.abc import Callable

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
INDICATOR = INDICATORS["flow-nominee-account"]
BASE = {
    "persons": "person_id,name\nO,江远山\nW,妻某\nD,司机某\nZ,他人\n",
    "organizations": "org_id,name\nU,局\nF,公司\nE,开发商\n",
    "appointments": "person_id,org_id,post,start_date\nO,U,局长,2016-01-01\n",
    "kinships": "person_id,relative_id,relation\nO,W,spouse\n",
    "accounts": "account_id,holder_id\naO,O\naW,W\naD,D\naZ,Z\naF,F\naE,E\n",
}
PAID = "payment_id,paid_at,payer_account,payee_account,amount,memo\n"
LINES = "line_id,account_id,booked_at,direction,amount,state,device_mac,device_ip\n"
#: 3 x 80,000 in and 3 x 79,000 out two days later (98.75 %); net 3,000 of 477,000.
THREE = "".join(
    f"i{m},2019-0{m}-03,aF,aD,80000,\no{m},2019-0{m}-05,aD,aE,79000,\n" for m in (1, 3, 5)
)  # fmt: skip


def answer(given: Given, payments: str, lines: str = "", **more: str) -> Answer:
    tables = BASE | more | {"payments": PAID + payments}
    return evaluate(INDICATOR, given(tables | ({"statement_lines": LINES + lines} if lines else {})))


def state(found: Answer, account: str = "aD") -> str:
    return str(found.assessed.set_index("subject_id").loc[account, "state"])


def test_the_spouse_of_the_official_uses_the_account(given: Given) -> None:
    found = answer(given, THREE, "l1,aD,2019-01-05,out,5,booked,aa-1,\nl2,aW,2019-01-06,out,5,booked,AA-1,\n")
    (lead,) = found.leads.to_dict("records")
    assert {(s["id"], s["role"]) for s in lead["subjects"]} == {("D", "holder"), ("O", "official"), ("W", "user")}
    # The line of 5 yuan is a movement too: 240,000 + 237,005, net 2,995.
    assert lead["amount"] == 477_005 and lead["passed"] == 240_000 and lead["net"] == 2_995
    roles = found.evidence.groupby("role").size().to_dict()
    assert roles == {"device": 2, "inflow": 3, "outflow": 3, "link": 1}


def test_a_machine_of_four_holders_says_nothing(given: Given) -> None:
    lines = "".join(f"l{n},{a},2019-01-05,out,5,booked,AA-1,\n" for n, a in enumerate(("aD", "aO", "aZ", "aF")))
    assert state(answer(given, THREE, lines)) == "clean"


def test_without_login_data_the_question_stays_open(given: Given) -> None:
    assert state(answer(given, THREE)) == "not_assessable"


def test_two_bills_that_name_the_official_are_a_hand_on_the_account(given: Given) -> None:
    one = "b1,2019-06-01,aD,aE,300,代缴江远山物业费\n"
    assert state(answer(given, THREE + one)) == "not_assessable"
    assert state(answer(given, THREE + one + "b2,2019-07-01,aD,aE,310,代缴江远山物业费\n")) == "hit"


def test_half_of_what_passed_reached_the_official(given: Given) -> None:
    # Two of three outflows, 158,000 of 240,000 passed, go to O.
    moved = THREE.replace("o1,2019-01-05,aD,aE", "o1,2019-01-05,aD,aO").replace(
        "o3,2019-03-05,aD,aE", "o3,2019-03-05,aD,aO"
    )
    found = answer(given, moved)
    assert state(found) == "hit" and float(found.leads["score"].iloc[0]) < 0.6
    # One of three is a third only.
    assert state(answer(given, THREE.replace("o1,2019-01-05,aD,aE", "o1,2019-01-05,aD,aO"))) == "not_assessable"


def test_a_trader_with_eight_payers_and_a_declared_income_is_excluded(given: Given) -> None:
    people = BASE["persons"] + "".join(f"C{n},客{n}\n" for n in range(8))
    accounts = BASE["accounts"] + "".join(f"c{n},C{n}\n" for n in range(8))
    # 8 x 10,000 in, 8 x 9,800 out in 2019: turnover 158,400; income 120,000 is 76 % of it.
    sold = "".join(f"i{n},2019-03-{n + 1:02d},c{n},aD,10000,\no{n},2019-03-{n + 2:02d},aD,aE,9800,\n" for n in range(8))
    lines = "l1,aD,2019-01-05,out,5,booked,AA-1,\nl2,aO,2019-01-06,out,5,booked,AA-1,\n"
    more = {"persons": people, "accounts": accounts, "declarations": "person_id,year,household_income\nD,2019,120000\n"}
    assert state(answer(given, sold, lines, **more)) == "excluded"
    more["declarations"] = "person_id,year,household_income\nD,2019,15000\n"  # 9.5 %
    assert state(answer(given, sold, lines, **more)) == "hit"


def test_a_family_purse_within_the_declared_income_is_excluded(given: Given) -> None:
    # O gives W 6,000 a month and 5,900 of it go out: ten months, 119,000 of turnover; O declared 200,000.
    purse = "".join(f"i{m},2019-{m:02d}-03,aO,aW,6000,\no{m},2019-{m:02d}-05,aW,aE,5900,\n" for m in range(1, 11))
    lines = "l1,aW,2019-01-05,out,5,booked,AA-1,\nl2,aO,2019-01-06,out,5,booked,AA-1,\n"
    told = "person_id,year,household_income\nO,2019,200000\n"
    assert state(answer(given, purse, lines, declarations=told), "aW") == "excluded"
