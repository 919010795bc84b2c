"""What was paid for a contract, and how much of it was due."""

from collections.abc import Callable
from datetime import date

import pandas as pd
import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.indicators._paid import certified
from caselens.workspace import Workspace

Given = Callable[..., Workspace]


CONTRACT = "C,U,S,1000000,2020-01-06,J,,,,"


def asked(given: Given, payments: str, changes: str = "", events: str = "", contract: str = CONTRACT) -> Answer:
    """Contract C of 1,000,000; a payment is ``id,day,payer,payee,amount,currency,memo,basis,reference``."""
    tables = {
        "projects": "project_id,name,owner_id,lifecycle\nJ,路,U,engineering\n",
        "accounts": "account_id,holder_id\naU,U\naS,S\n",
        "contracts": "contract_id,buyer_id,supplier_id,amount,signed_on,project_id,accepted_on,final_amount,"
        f"advance_share,currency\n{contract}\n",
        "payments": "payment_id,paid_at,payer_account,payee_account,amount,currency,memo,basis,reference_id\n"
        + payments,
        "contract_changes": "change_id,contract_id,amount,changed_on\n" + (changes or "z,OTHER,1,2020-01-01\n"),
        "project_events": "event_id,project_id,stage,happened_on,amount\n" + (events or "z,K,audit,2020-01-01,\n"),
    }
    return evaluate(INDICATORS["life-pay-ahead"], given(tables))


def state(answer: Answer) -> str:
    return str(answer.assessed["state"].item())


@pytest.mark.parametrize(("last", "expected"), [("505000", "clean"), ("505001", "hit")])
def test_half_a_per_cent_too_much_is_a_rounding(given: Given, last: str, expected: str) -> None:
    assert state(asked(given, f"a,2020-03-02,aU,aS,500000,,,,C\nb,2020-06-01,aU,aS,{last},,,,C\n")) == expected


def test_a_change_counts_from_its_day_on(given: Given) -> None:
    paid = "a,2020-06-01,aU,aS,1070000,,,,C\n"
    assert state(asked(given, paid, "x,C,70000,2020-06-01\n")) == "clean"
    answer = asked(given, paid, "x,C,70000,2020-06-02\n")
    assert state(answer) == "hit"
    told = answer.counters.set_index("innocent")["state"]
    assert told["later_change"] == "holds"


def test_money_that_came_back_is_not_paid_and_testimony_is_no_payment(given: Given) -> None:
    paid = "a,2020-06-01,aU,aS,1000000,,,,C\nb,2020-06-02,aS,aU,200000,,退款,,C\nc,2020-06-03,aU,aS,200000,,,,C\n"
    assert state(asked(given, paid + "d,2020-06-04,aU,aS,300000,,,testimony,C\n")) == "clean"


def test_a_payment_is_known_by_the_contract_in_its_memo_or_as_the_only_one_between_the_two(given: Given) -> None:
    contract = "HT-2020-7,U,S,1000000,2020-01-06,,,,,"
    named = asked(given, "a,2020-06-01,aU,aS,1200000,,付HT-2020-7进度款,,\n", contract=contract)
    alone = asked(given, "a,2020-06-01,aU,aS,1200000,,工程款,,\n", contract=contract)
    other = asked(given, "a,2020-06-01,aU,aS,1200000,,,,\n", contract=contract)
    assert [state(answer) for answer in (named, alone, other)] == ["hit", "hit", "not_assessable"]


def test_another_currency_is_not_added(given: Given) -> None:
    assert (
        state(asked(given, "a,2020-06-01,aU,aS,900000,,,,C\nb,2020-06-02,aU,aS,900000,USD,,,C\n")) == "not_assessable"
    )


@pytest.mark.parametrize(
    ("paid", "advance", "expected"),
    # Certified 400,000, margin 50,000: 450,000 are due; with an advance of 20 % 650,000.
    [("450000", "", "clean"), ("450001", "", "hit"), ("650000", "0.2", "clean"), ("650001", "0.2", "hit")],
)
def test_progress_has_a_margin_of_the_contract_and_the_advance_it_grants(
    given: Given, paid: str, advance: str, expected: str
) -> None:
    contract = f"C,U,S,1000000,2020-01-06,J,,,{advance},"
    events = "p,J,progress_certified,2020-03-01,400000\nq,J,progress_certified,2020-09-01,600000\n"
    assert state(asked(given, f"a,2020-04-01,aU,aS,{paid},,,,C\n", "", events, contract)) == expected


def test_certificates_are_read_in_the_way_that_favours_the_payer() -> None:
    def days(*amounts: float) -> list[tuple[pd.Timestamp, float, str]]:
        return [(pd.Timestamp(date(2020, 1 + n, 1)), amount, str(n)) for n, amount in enumerate(amounts)]

    assert certified(days(30, 30, 40), 100).sums == (30, 60, 100)  # instalments: together the contract
    assert certified(days(30, 60, 95), 100).sums == (30, 60, 95)  # 185 together: each is the state so far
    assert certified(days(60, 30, 40), 100).sums == (60, 90, 130)  # they fall, so each comes on top


def test_a_year_end_payment_that_is_certified_within_a_month_is_excluded(given: Given) -> None:
    def told(certified_on: str) -> str:
        events = f"p,J,progress_certified,2020-03-01,300000\nq,J,progress_certified,{certified_on},600000\n"
        return state(asked(given, "a,2020-12-25,aU,aS,600000,,,,C\n", "", events))

    assert told("2021-01-25") == "excluded"
    assert told("2021-01-26") == "hit"


@pytest.mark.parametrize(("share", "expected"), [("969999", "clean"), ("970000", "hit")])
def test_all_but_the_quality_deposit_before_the_audit_is_paid_in_full(given: Given, share: str, expected: str) -> None:
    answer = asked(given, f"a,2020-12-01,aU,aS,{share},,,,C\n", "", "p,J,audit,2021-03-01,\n")
    assert state(answer) == expected
