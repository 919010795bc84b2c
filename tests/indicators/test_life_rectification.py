"""The ledger of corrections: terms, paper closings, and problems that come back."""

from collections.abc import Callable

import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
HEAD = "problem_id,unit_id,category,found_on,due_on,closed_on,verified_on,evidence,reopened_on,recurs_id\n"


def asked(given: Given, rows: str) -> Answer:
    """The ledger on 2024-06-30, the day of the latest contract."""
    day = "contract_id,buyer_id,supplier_id,amount,signed_on\nC,B,S,1,2024-06-30\n"
    return evaluate(INDICATORS["life-rectification"], given({"rectifications": HEAD + rows, "contracts": day}))


def state(answer: Answer) -> str:
    return str(answer.assessed["state"].item())


@pytest.mark.parametrize(("due", "expected"), [("2024-06-23", "clean"), ("2024-06-22", "hit")])
def test_a_week_past_the_term_is_a_lag_and_a_day_more_is_overdue(given: Given, due: str, expected: str) -> None:
    answer = asked(given, f"a,U,采购,2024-01-02,{due},,,,,\n")
    assert state(answer) == expected
    if expected == "hit":
        assert answer.leads["severity"].item() == "note"  # one problem, eight days
        assert answer.counters.set_index("innocent")["state"]["short"] == "holds"


def test_a_reopened_problem_without_a_later_closing_is_open_again(given: Given) -> None:
    answer = asked(given, "a,U,采购,2023-01-02,2023-04-02,2023-03-01,2023-03-05,报告,2023-05-10,\n")
    lead = answer.leads.iloc[0]
    assert "销号后又重开 1 项" in lead["told_zh"] and "逾期未结 1 项" in lead["told_zh"]
    assert "455" in lead["days_zh"]  # 2023-04-02 to 2024-06-30


@pytest.mark.parametrize(
    ("found", "expected"),
    [("2024-02-29", "hit"), ("2024-03-01", "clean")],  # 365 and 366 days after the closing on 2023-03-01
)
def test_a_problem_comes_back_within_a_year_of_its_closing(given: Given, found: str, expected: str) -> None:
    rows = "a,U,采购,2023-01-02,2023-04-02,2023-03-01,2023-03-05,报告,,\n"
    rows += f"b,U,采购,{found},2024-09-30,,,,,a\n"
    answer = asked(given, rows)
    assert state(answer) == expected
    if expected == "hit":
        assert set(answer.evidence["key"]) == {"a", "b"}  # the earlier one is shown too


def test_closings_without_evidence_count_from_half_and_two_of_a_ledger_that_records_evidence(given: Given) -> None:
    bare = "{0},U,采购,2024-01-0{0},2024-04-02,2024-03-01,2024-03-05,,,\n"
    told = "{0},{1},采购,2024-01-0{0},2024-04-02,2024-03-01,2024-03-05,报告,,\n"
    two_of_four = bare.format(1) + bare.format(2) + told.format(3, "U") + told.format(4, "U")
    assert state(asked(given, two_of_four)) == "hit"
    assert state(asked(given, two_of_four + told.format(5, "U"))) == "clean"  # two of five
    assert state(asked(given, bare.format(1) + bare.format(2))) == "clean"  # nobody records evidence here
