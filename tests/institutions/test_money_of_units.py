"""Debts, disposals, benefits, charges, projects and rectification of a town, against figures calculated by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from caselens.institutions import (
    benefits_withheld,
    charges,
    cost_chain,
    debt_ladder,
    debt_lines,
    disposals,
    due_list,
    financing_costs,
    ledger,
    monthly_notice,
    pay_and_progress,
    risk_points,
    saving,
    stages,
    weekly_dispatch,
)

DEBTS = {
    "financings": "financing_id,borrower_id,lender_id,kind,principal,annual_rate,fees,start_date,maturity_date,outcome,"
    "currency\nONE,CITY,BANK,loan,100,0.05,,2023-01-01,2024-07-30,,\nSIX,CITY,BANK,loan,200,0.05,,2023-01-01,2024-12-30,,\n"
    "TWELVE,CITY,BANK,loan,400,0.05,,2023-01-01,2025-06-30,,\nBEYOND,CITY,BANK,loan,800,0.05,,2023-01-01,2025-07-01,,\n"
    "TODAY,CITY,BANK,loan,1600,0.05,,2023-01-01,2024-06-30,,\nREPAID,CITY,BANK,loan,3200,0.05,,2023-01-01,2024-08-01,repaid,\n"
    "DOLLAR,CITY,BANK,loan,6400,0.05,,2023-01-01,2024-08-01,,USD\nLATER,CITY,BANK,loan,12800,0.05,,2024-07-15,2024-12-01,,\n"
    "DEAR,CITY,BANK,loan,1000,0.08,60,2022-01-01,2024-01-01,,\n",
    # Only the statement before the day counts for the ladder; the latest one counts for the lines.
    "financial_statements": "org_id,period_end,total_assets,total_liabilities,cash,short_term_debt\n"
    "CITY,2023-12-31,1000,720,350,500\n",
}


@pytest.fixture(scope="module")
def debtor(town):
    return town(DEBTS)


def test_the_ladder_takes_in_its_last_day_and_not_the_first(debtor):
    found = debt_ladder(debtor)
    assert dict(zip(found["months"], found["due"], strict=True)) == {12: 700, 6: 300, 1: 100}
    assert found.loc[0, "cover"] == 0.5, "cash of 350 over 700"
    later = debt_ladder(debtor, as_of="2024-07-01")
    assert later.loc[0, "due"] == 1500, "a day later BEYOND is within twelve months"
    assert list(due_list(debtor)["financing_id"]) == ["ONE", "SIX", "TWELVE"]
    assert list(due_list(debtor)["step"]) == [1, 6, 12]


def test_cost_and_lines(debtor):
    dear = financing_costs(debtor).iloc[0]
    # 8 % and fees of 6 % over two years (730 days of 365.25): 0.08 + 0.06 / 1.9986.
    assert dear["financing_id"] == "DEAR" and dear["simple"] == pytest.approx(0.08 + 0.06 / (730 / 365.25))
    assert bool(dear["over_line"]) and int(financing_costs(debtor)["over_line"].sum()) == 1
    row = debt_lines(debtor).iloc[0]
    # 72 % is at or above the yellow floor of 70 %, under the red one of 75 %; cash 350 does not cover 500.
    assert (row["ratio"], row["ratio_line"], row["cover"], row["cash_line"]) == (0.72, "yellow", 0.7, "red")


def test_a_lease_has_no_price_to_compare(town):
    sold = (
        "disposal_id,seller_id,description,book_value,appraised_value,price,buyer_id,method,disposed_on,term_months\n"
        "D1,CITY,厂房,100,160,80,FIRM,agreement,2023-01-01,\nD2,CITY,门面,100,160,5,FIRM,lease,2023-01-01,36\n"
        "D3,CITY,设备,0,,90,FIRM,public_auction,2023-01-01,\n"
    )
    found = disposals(town({"asset_disposals": sold})).set_index("disposal_id")
    assert found.loc["D1", ["to_book", "to_appraisal"]].tolist() == [0.8, 0.5]
    assert found.loc[["D2", "D3"], ["to_book", "to_appraisal"]].isna().all(axis=None)


MONEY = {
    "accounts": "account_id,holder_id\nM,MILL\nW,WEI\nZ,ZONE\nV,FARM\n",
    "payments": "payment_id,paid_at,payer_account,payee_account,amount,memo,reference_id\n"
    "1,2023-03-11,M,W,400,工伤待遇,\n2,2023-04-30,M,W,100,工伤待遇,\n"
    "3,2023-01-01,M,Z,5000,协调费,\n4,2023-01-02,M,Z,300,税款,\n5,2023-01-03,M,V,700,合同款,C1\n",
    "benefit_payouts": "payout_id,scheme,beneficiary_id,via_id,amount,paid_on\n"
    "B1,work_injury,WEI,MILL,1000,2023-03-01\n",
}
COMPLETE = "table,scope,period_start,period_end,is_complete\npayments,W,2022-01-01,2024-06-30,true\n"


def test_benefits_kept_back_need_complete_accounts(town):
    row = benefits_withheld(town({**MONEY, "coverage": COMPLETE})).iloc[0]
    # 400 within 30 days, 100 on the 60th, 500 of 1,000 never.
    assert [row[name] for name in ("due", "received", "later", "kept")] == [1000, 400, 100, 500]
    assert row["state"] == "kept_back"
    assert benefits_withheld(town(MONEY)).iloc[0]["state"] == "not_assessable"


def test_charges_without_a_listed_basis_come_first(town):
    unit = town(MONEY)
    found = charges(unit)
    assert found[["memo", "basis", "amount"]].values.tolist() == [
        ["协调费", "none", 5000],
        ["合同款", "paper", 700],
        ["税款", "listed", 300],
    ]
    mine = charges(unit, "ZONE", listed=["协调费"]).set_index("memo")
    assert mine["basis"].to_dict() == {"协调费": "listed", "税款": "none"}, "the list is the caller's"


WORKS = {
    "projects": "project_id,name,owner_id,lifecycle,estimate,approved_estimate,budget,final_cost\n"
    "P1,路,ZONE,engineering,1000,900,800,880\nP2,桥,ZONE,engineering,500,,,\n",
    "tenders": "tender_id,project_id,buyer_id,method,ceiling_price\nT1,P1,ZONE,open,700\n",
    "contracts": "contract_id,tender_id,project_id,buyer_id,supplier_id,amount,signed_on,parent_contract_id\n"
    "C1,T1,P1,ZONE,FIRM,630,2023-02-01,\nC2,,P1,FIRM,MILL,100,2023-03-01,C1\n",
    "project_events": "event_id,project_id,stage,happened_on,amount\n"
    + "".join(
        f"{place},P1,{stage},2023-0{place}-15,\n"
        for place, stage in enumerate(
            ["initiation", "land", "planning", "survey_design", "tendering", "contract", "construction_start"], start=1
        )
    )
    + "9,P1,progress_certified,2023-08-01,346.5\n",
    "contract_changes": "change_id,contract_id,amount,changed_on\nX,C1,70,2023-07-20\n",
    "accounts": "account_id,holder_id\nZ,ZONE\nF,FIRM\n",
    "payments": "payment_id,paid_at,payer_account,payee_account,amount,memo,reference_id\n"
    "1,2023-08-20,Z,F,560,进度款,C1\n",
}


@pytest.fixture(scope="module")
def works(town):
    everything = "table,scope,period_start,period_end,is_complete\nproject_events,,2015-01-01,2024-06-30,true\n"
    return town({**WORKS, "coverage": everything})


def test_a_saving_has_a_base_and_leaves_out_what_lacks_a_sum(works):
    chain = cost_chain(works).set_index("project_id")
    assert chain.loc["P1", ["ceiling", "award"]].tolist() == [700, 630], "a subcontract is no award"
    assert chain.loc["P2", "lacks"] == ["approved_estimate", "budget", "ceiling", "award", "final_cost"]
    found = saving(works).set_index(["base", "against"])
    # 70 of 700; 100 of 1,000; 80 over 800.
    assert found.loc[("ceiling", "award"), "rate"] == pytest.approx(0.1)
    assert found.loc[("estimate", "approved_estimate"), ["projects", "left_out", "rate"]].tolist() == [1, 1, 0.1]
    assert found.loc[("budget", "final_cost"), ["saved", "rate", "over"]].tolist() == [-80, -0.1, 1]


def test_a_stage_is_missing_only_where_the_records_are_complete(works, town):
    every = ["recorded", "elsewhere", "missing", "unproven", "not_needed", "not_reached"]
    found = stages(works).set_index("stage")
    assert (found[every].sum(axis=1) == found["projects"]).all() and (found["projects"] == 2).all()
    permit = found.loc["construction_permit"]
    assert (permit["missing"], permit["unproven"], permit["not_reached"]) == (1, 0, 1), "P1 began without; P2 not yet"
    dark = stages(town(WORKS)).set_index("stage").loc["construction_permit"]
    assert (dark["missing"], dark["unproven"]) == (0, 1)


def test_pay_is_held_against_progress_of_that_day(works):
    row = pay_and_progress(works).iloc[0]
    # 630 and a change of 70: 560 paid are 80 %, 346.50 certified are 49.5 %.
    assert row["contract_id"] == "C1" and row["paid_share"] == pytest.approx(0.8)
    assert row["certified_share"] == pytest.approx(0.495) and row["gap"] == pytest.approx(0.305)


PROBLEMS = {
    "rectifications": "problem_id,unit_id,category,found_on,due_on,closed_on,verified_on,evidence,reopened_on,measure\n"
    "R1,ZONE,资金支付,2024-01-01,2024-03-31,,,,,\nR2,ZONE,资金支付,2024-01-01,2024-06-30,,,,,\n"
    "R3,ZONE,招标采购,2024-01-01,2024-05-01,2024-05-10,,,,\n"
    "R4,ZONE,招标采购,2024-01-01,2024-07-31,2024-02-01,2024-02-10,报告,2024-06-10,\n"
    "R5,ZONE,招标采购,2024-01-01,,,,,,\nR6,ZONE,招标采购,2024-07-05,2024-08-01,,,,,\n"
    "R7,ZONE,招标采购,2024-06-01,2024-07-01,2024-06-20,,报告,,\n",
    "risk_points": "risk_id,unit_id,post,category,level,measure\n1,ZONE,主任,资金支付,高,双人复核\n"
    "2,ZONE,科长,人事,中,\n3,ZONE,科长,土地,中,公示\n",
    "appointments": "person_id,org_id,post,start_date,end_date\nEVA,ZONE,主任,2020-01-01,\n"
    "GAO,ZONE,主任,2010-01-01,2019-12-31\n",
}


@pytest.fixture(scope="module")
def mending(town):
    return town(PROBLEMS)


def test_the_ledger_stands_as_on_its_day(mending):
    found = ledger(mending).set_index("problem_id")
    states = {"R1": "overdue", "R2": "open", "R3": "closed", "R4": "open", "R5": "no_term", "R7": "closed"}
    assert found["state"].to_dict() == states, "R6 was found later; the day of the term is in time; R4 was opened again"
    assert found.loc["R1", "days_over"] == 30 + 31 + 30 and found.loc["R3", "days_over"] == 9
    assert found.loc["R4", "is_reopened"] and found.loc["R3", "lacks_proof"] and not found.loc["R7", "lacks_proof"]
    before = ledger(mending, as_of="2024-05-05").set_index("problem_id")["state"]
    assert before[["R3", "R4"]].to_dict() == {"R3": "overdue", "R4": "closed"} and "R7" not in before


def test_the_weekly_dispatch_names_each_problem_once(mending):
    found = weekly_dispatch(mending)
    told = [("overdue", "R1", 91), ("reopened", "R4", 31), ("due_soon", "R2", 0), ("no_term", "R5", None),
            ("to_verify", "R3", 51), ("to_verify", "R7", 10)]  # fmt: skip
    assert [(row.reason, row.problem_id, None if pd.isna(row.days) else row.days) for row in found.itertuples()] == told


def test_the_monthly_notice_balances(mending):
    june = monthly_notice(mending).iloc[0]
    # At the end of May R1, R2 and R5 were open; R7 was found and closed, R4 opened again.
    names = ["carried", "found", "reopened", "closed", "open", "overdue", "closed_late", "closing_rate"]
    assert june[names].tolist() == [3, 1, 1, 1, 4, 1, 0, 0.2]
    may = monthly_notice(mending, as_of="2024-06-15").iloc[0]
    assert may[names].tolist() == [4, 0, 0, 1, 3, 1, 1, 0.25], "R3, late by nine days; June is not over on the 15th"


def test_risks_by_post_stand_beside_the_problems(mending):
    found = risk_points(mending)
    told = {(row.category, row.state): (row.holders, row.open_problems) for row in found.itertuples()}
    assert told == {
        ("人事", "no_measure"): ([], 0), ("招标采购", "no_risk_point"): ([], 2),
        ("资金支付", "not_working"): (["伊"], 2), ("土地", "in_place"): ([], 0),
    }  # fmt: skip
