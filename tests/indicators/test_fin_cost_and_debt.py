"""All-in cost of financings, their safeguards, and the lines of debt."""

from collections.abc import Callable

import pandas as pd
import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.indicators._cost import _weighted, internal_rate
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
HEAD = "financing_id,kind,borrower_id,lender_id,arranger_id,principal,annual_rate,repayment,fees,selection_method,"
HEAD += "is_guaranteed_by_controller,start_date,maturity_date\n"


def asked(given: Given, deals: str, more: dict[str, str] | None = None) -> Answer:
    tables = {
        "organizations": "org_id,name,kind\nU,城投,state_owned\nP,私企,private\nB,银行,financial\n"
        + "".join(f"Q{n},国企{n},state_owned\n" for n in range(10)),
        "financings": HEAD + deals,
    }
    return evaluate(INDICATORS["fin-cost-and-debt"], given(tables | (more or {})))


def state(answer: Answer, unit: str = "U") -> str:
    return str(answer.assessed.set_index("subject_id").loc[unit, "state"])


@pytest.mark.parametrize(("repayment", "rate"), [("annuity", 0.063), ("equal_principal", 0.08), ("bullet", 0.05)])
def test_without_fees_the_internal_rate_is_the_rate(repayment: str, rate: float) -> None:
    assert internal_rate(rate, 0.0, 24, repayment) == pytest.approx(rate)


def test_fees_weigh_more_where_the_principal_goes_back_early() -> None:
    # Bullet: every month 1/12 of (5 % + 6 % / 2 years) on the whole: 8 %. Equal principal over 24 months: on average
    # 12.5/24 = 0.52 is out, so 3 % a year on the principal is about 5.8 % on what is out.
    assert internal_rate(0.05, 0.06, 24, "bullet") == pytest.approx(0.08)
    assert internal_rate(0.05, 0.06, 24, "equal_principal") == pytest.approx(0.05 + 0.03 * 24 / 12.5, abs=0.002)


@pytest.mark.parametrize(("fees", "expected"), [("60", "clean"), ("61", "hit")])
def test_ten_per_cent_is_allowed_and_more_is_not(given: Given, fees: str, expected: str) -> None:
    # 7 % + 6 % / 2 years = 10 %; 2020-01-01 to 2022-01-01 are 731 days, a hair more than two years.
    deal = f"d,loan,U,B,,1000,0.07,bullet,{fees},比选,true,2020-01-01,2022-01-01\n"
    assert state(asked(given, deal)) == expected


def test_a_total_of_ten_per_cent_over_five_years_is_no_breach_and_a_private_borrower_is_not_asked(given: Given) -> None:
    deals = "d,loan,U,B,,1000,0.024,bullet,10,比选,true,2020-01-01,2025-01-01\n"
    deals += "e,private,P,B,,1000,0.18,bullet,,,,2020-01-01,2022-01-01\n"
    answer = asked(given, deals)
    assert dict(zip(answer.assessed["subject_id"], answer.assessed["state"], strict=True)) == {"U": "clean"}


def test_fees_paid_to_others_with_the_financing_as_reference_count_once(given: Given) -> None:
    # Stated are 60 of 1,000; paid were 60 to a service firm: the same fee, 6 % + 3 %. Paid 90: 6 % + 4.5 %.
    def told(paid: str) -> Answer:
        more = {
            "accounts": "account_id,holder_id\naU,U\naP,P\naB,B\n",
            "payments": "payment_id,paid_at,payer_account,payee_account,amount,memo,reference_id\n"
            f"x,2020-02-01,aU,aP,{paid},服务费,d\ny,2020-12-01,aU,aB,60,利息,d\n",
        }
        return asked(given, "d,loan,U,B,,1000,0.06,bullet,60,比选,true,2020-01-01,2022-01-01\n", more)

    assert state(told("60")) == "clean"
    answer = told("90")
    assert state(answer) == "hit"
    assert ("payments", "x") in set(zip(answer.evidence["table"], answer.evidence["key"], strict=True))


def test_a_changed_rate_is_weighted_by_its_days() -> None:
    # 4 % for 366 days of 2020, then 3 % for 365 days of 2021.
    changes = pd.DataFrame({"changed_on": [pd.Timestamp("2021-01-01")], "rate_after": [0.03]})
    found = _weighted(0.04, pd.Timestamp("2020-01-01"), pd.Timestamp("2022-01-01"), changes)
    assert found == pytest.approx((0.04 * 366 + 0.03 * 365) / 731)


def test_a_gap_that_is_usual_here_is_no_lead(given: Given) -> None:
    row = "d{0},factoring,{1},B,,1000,0.05,bullet,,比选,{2},2020-01-0{3},2022-01-01\n"
    one = "".join(row.format(n, f"Q{n}", "true", n + 1) for n in range(8))
    answer = asked(given, one + row.format(9, "U", "false", 9))
    assert state(answer) == "hit" and answer.leads["severity"].item() == "note"
    usual = "".join(row.format(n, f"Q{n}", "false" if n < 2 else "true", n + 1) for n in range(8))
    assert state(asked(given, usual + row.format(9, "U", "false", 9))) == "clean"  # three of nine lack it


def test_the_lines_of_debt_are_those_of_the_industry_but_not_below_the_floor(given: Given) -> None:
    def told(own: str) -> str:
        rows = "".join(f"Q{n},2021-12-31,1000,640,100,90\n" for n in range(8))
        more = {"financial_statements": "org_id,period_end,total_assets,total_liabilities,cash,short_term_debt\n" + rows
                + f"U,2021-12-31,1000,{own},100,90\n"}  # fmt: skip
        return state(asked(given, "d,loan,U,B,,1000,0.05,bullet,,比选,true,2020-01-01,2022-01-01\n", more))

    assert told("699") == "clean"  # mean of the others 64 %, plus 5 points 69 %, but the floor is 70 %
    assert told("700") == "hit"


def test_the_latest_statement_counts(given: Given) -> None:
    more = {
        "financial_statements": "org_id,period_end,total_assets,total_liabilities,cash,short_term_debt\n"
        "U,2020-12-31,1000,500,50,90\nU,2021-12-31,1000,500,90,90\n"
    }
    assert state(asked(given, "d,loan,U,B,,1000,0.05,bullet,,比选,true,2020-01-01,2022-01-01\n", more)) == "clean"
