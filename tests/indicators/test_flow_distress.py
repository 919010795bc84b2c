"""Distress: who counts as a lender, what revolves, what is spending; and that alone it is no lead."""

from collections.abc import Callable

import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
GIFT = "g,2019-06-01,aB,aO,12000,\n"


def asked(given: Given, payments: str, gift: str = GIFT, **more: str) -> Answer:
    tables = {
        "persons": "person_id,name\nO,科员\nB,老板\n",
        "organizations": "org_id,name,kind,industry\nU,街道办,government,\nC,拆迁公司,private,拆迁\n"
        "L,直播平台,private,信息\nE,地产,private,房地产\n",
        "appointments": "person_id,org_id,post,start_date\nO,U,科员,2016-01-01\n",
        "directorships": "org_id,person_id,role\nC,B,legal_representative\n",
        "contracts": "contract_id,buyer_id,supplier_id,amount,signed_on,handler_id\nX,U,C,300000,2018-03-10,O\n",
        "accounts": "account_id,holder_id\naO,O\naB,B\naU,U\naL,L\naE,E\n" + "".join(f"f{n},\n" for n in range(8)),
        "payments": "payment_id,paid_at,payer_account,payee_account,amount,memo\n" + payments + gift,
        **more,
    }
    return evaluate(INDICATORS["flow-distress"], given(tables))


def loans(days: list[str], memo: str = "借款", amount: int = 5000) -> str:
    return "".join(f"l{n},{day},f{n},aO,{amount},{memo}\n" for n, day in enumerate(days))


def test_four_lenders_within_a_year_and_not_within_a_year_and_a_day(given: Given) -> None:
    days = ["2019-01-05", "2019-05-05", "2019-09-05"]
    assert asked(given, loans([*days, "2020-01-04"])).leads["signs_en"].item() == "4 lenders within a year"
    assert asked(given, loans([*days, "2020-01-05"])).leads.empty


def test_repayments_mortgages_and_small_change_are_no_loans(given: Given) -> None:
    days = ["2019-01-05", "2019-05-05", "2019-09-05", "2019-11-05"]
    for memo, amount in (("还借款", 5000), ("公积金住房贷款", 5000), ("借款", 999)):
        assert asked(given, loans(days, memo, amount)).leads.empty


def test_a_loan_on_record_is_one_lender_however_it_is_shown(given: Given) -> None:
    papers = (
        "financing_id,kind,borrower_id,lender_id,principal,annual_rate,start_date\nP1,private,O,f0,5000,0.1,2019-01-03\n"
        "P2,private,O,M,5000,0.1,2019-03-03\n"
    )
    # f0's payment of two days later is the same loan; f1 and f2 and M make four lenders.
    answer = asked(given, loans(["2019-01-05", "2019-05-05", "2019-09-05"]), financings=papers)
    assert answer.leads["signs_en"].item() == "4 lenders within a year"
    assert ("financings", "P2") in set(zip(answer.evidence["table"], answer.evidence["key"], strict=True))
    assert ("financings", "P1") not in set(zip(answer.evidence["table"], answer.evidence["key"], strict=True))


@pytest.mark.parametrize(("times", "found"), [(6, True), (5, False)])
def test_six_loans_next_to_a_repayment_revolve(given: Given, times: int, found: bool) -> None:
    # Two lenders take turns over years, so there are never four of them; each loan comes 7 days after a repayment.
    rows = ""
    for n in range(times):
        rows += f"l{n},20{17 + n // 2}-{1 + 6 * (n % 2):02d}-15,f{n % 2},aO,8000,借款\n"
        rows += f"b{n},20{17 + n // 2}-{1 + 6 * (n % 2):02d}-08,aO,f{(n + 1) % 2},8000,还款\n"
    answer = asked(given, rows)
    assert bool(len(answer.leads)) == found


def test_spending_is_measured_against_the_wages_and_else_the_declared_income(given: Given) -> None:
    wages = "".join(f"w{n},2019-{n:02d}-03,aU,aO,5000,工资\n" for n in range(1, 13))
    spent = "".join(f"s{n},2019-{n:02d}-20,aO,aL,1600,直播打赏\n" for n in range(1, 13))
    # 12 x 1,600 of 12 x 5,000 = 32 %; with phone bills, which are none, it would be more.
    answer = asked(given, wages + spent + "t,2019-03-09,aO,aL,9000,话费充值\n")
    assert answer.leads["signs_en"].item() == "32% of the income on live tips, games and top-ups"
    assert asked(given, wages + spent.replace("1600", "1500")).leads.empty  # exactly 30 %
    income = "person_id,year,household_income\nO,2019,60000\n"
    assert len(asked(given, spent, declarations=income).leads) == 1
    assert asked(given, spent).leads.empty  # nothing known of the income: it cannot be said


def test_loans_that_went_into_a_home_are_excluded_and_debts_without_supervised_money_are_no_lead(given: Given) -> None:
    days = ["2019-01-05", "2019-02-05", "2019-03-05", "2019-04-05"]
    home = asked(given, loans(days) + "h,2019-04-20,aO,aE,10000,首付\n")
    assert dict(zip(home.assessed["subject_id"], home.assessed["state"], strict=True)) == {"O": "excluded"}
    alone = asked(given, loans(days), gift="g,2019-06-01,aB,aO,2000,\n")
    assert dict(zip(alone.assessed["subject_id"], alone.assessed["state"], strict=True)) == {"O": "clean"}
