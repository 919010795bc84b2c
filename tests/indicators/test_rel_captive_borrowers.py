"""Lenders of an official's side: chance, direction of the money, and counties of one trade."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
INDICATOR = INDICATORS["rel-captive-borrowers"]
BASE = {name: text for name, text in INDICATOR.example.tables.items() if name != "financings"}
HEAD = "financing_id,kind,borrower_id,lender_id,principal,annual_rate,start_date,maturity_date\n"


def loans(lender: str, borrowers: list[str], principal: int = 100_000) -> str:
    dates = "0.1,2016-01-01,2018-01-01"
    return "".join(f"{lender}{b},private,{b},{lender},{principal},{dates}\n" for b in borrowers)


def answer(given: Given, financings: str, **more: str) -> Answer:
    return evaluate(INDICATOR, given({**BASE, "financings": HEAD + financings, **more}))


def state(found: Answer) -> Mapping[str, str]:
    return dict(zip(found.assessed["subject_id"], found.assessed["state"], strict=True))


def test_fisher_by_hand(given: Given) -> None:
    # 3 of 4 borrowers regulated, 0 of 12 others: C(3,3) C(13,1) / C(16,4) = 13 / 1820.
    found = answer(given, loans("L", ["M1", "M2", "M3", "E1"]) + loans("K", [f"E{i}" for i in range(2, 14)]))
    assert found.leads.iloc[0]["p_value"] == pytest.approx(13 / 1820)
    told = found.assessed.set_index("subject_id")
    assert told.loc["O", "p_value"] == pytest.approx(13 / 1820)


def test_half_of_the_interest_is_a_link_where_chance_would_allow_the_number(given: Given) -> None:
    # 3 of 9 borrowers against 3 of 9 others is no surprise, but the three borrowed four times as much.
    many = loans("L", ["M1", "M2", "M3"], 400_000) + loans("L", [f"E{i}" for i in range(1, 7)])
    others = loans("K", ["M4", "M5", *(f"E{i}" for i in range(10, 20))])
    lead = answer(given, many + others).leads.iloc[0]
    assert (lead["kind"], lead["p_value"]) == ("link", None)
    assert "share of interest 67%" in lead["fence"]  # 12 of 18 hundred thousand
    assert answer(given, many.replace("400000", "100000") + others).leads.empty


def test_money_that_first_went_to_the_lender_is_no_loan_of_his(given: Given) -> None:
    away = {
        "accounts": "account_id,holder_id\naL,L\naM1,M1\naM2,M2\naM3,M3\n",
        "payments": "payment_id,paid_at,payer_account,payee_account,amount,memo,reference_id\n"
        + "".join(f"p{i},2016-01-05,aM{i},aL,100000,借款,LM{i}\n" for i in range(1, 4)),
    }
    mine = loans("L", ["M1", "M2", "M3", "E1", "E2", "E3"]) + loans("K", [f"E{i}" for i in range(4, 20)])
    assert state(answer(given, mine))["O"] == "hit"
    assert state(answer(given, mine, **away))["O"] == "clean"


def test_in_a_county_of_mines_everybody_lends_to_mines(given: Given) -> None:
    units = BASE["organizations"] + "".join(f"X{i},煤矿,private\n" for i in range(20))
    under = BASE["oversight"] + "".join(f"U,X{i},explosives\n" for i in range(20))
    found = answer(
        given, loans("L", ["M1", "M2", "M3"]) + loans("K", [f"X{i}" for i in range(20)]), organizations=units,
        oversight=under,
    )  # fmt: skip
    assert state(found)["O"] == "excluded"


def test_loans_told_by_payments_alone_count(given: Given) -> None:
    head = "payment_id,paid_at,payer_account,payee_account,amount,memo\n"
    rows = "".join(f"p{i},2016-01-05,aL,aM{i},100000,借款\nq{i},2016-04-05,aM{i},aL,5000,利息\n" for i in range(1, 4))
    holders = "account_id,holder_id\naL,L\n" + "".join(f"aM{i},M{i}\n" for i in range(1, 4))
    found = answer(given, loans("K", [f"E{i}" for i in range(1, 12)]), payments=head + rows, accounts=holders)
    assert state(found)["O"] == "hit"
    assert found.leads.iloc[0]["amount"] == 15_000


def test_a_mining_county_is_compared_with_itself(given: Given) -> None:
    # L has 3 of 6; the county's bank K 5 of 10, also half. In the whole city others have 5 of 20.
    firms = ["M1", "M2", "M3", "M4", "M5", *(f"E{i}" for i in range(1, 21))]
    near = {"L", "K", "M1", "M2", "M3", "M4", "M5", *(f"E{i}" for i in range(1, 11))}
    orgs = "org_id,name,kind,region\nU,公安局,government,\nV,教育局,government,\n"
    orgs += "".join(f"{x},{x}公司,private,{'甲县' if x in near else '乙县'}\n" for x in ["L", "N", "K", *firms])
    mine = loans("L", ["M1", "M2", "M3", "E1", "E2", "E3"])
    rows = mine + loans("K", ["M1", "M2", "M3", "M4", "M5", *(f"E{i}" for i in range(4, 9))])
    rows += loans("N", [f"E{i}" for i in range(11, 21)])
    assert state(answer(given, rows))["O"] == "hit"
    assert state(answer(given, rows, organizations=orgs))["O"] == "excluded"
