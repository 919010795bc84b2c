"""Gaps in statements: which are gaps, and which only look like one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
INDICATOR = INDICATORS["flow-missing-statement"]
BASE = {
    "persons": "person_id,name\nA,甲某\nB,乙某\n",
    "accounts": "account_id,holder_id,holder_name\na1,A,甲某\nb1,B,乙某\n",
}
LINES = "line_id,account_id,booked_at,direction,amount,balance_after,state\n"
COVER = "table,scope,period_start,period_end,is_complete\nstatement_lines,a1,2020-01-01,2021-12-31,true\n"


def lines(rows: Sequence[tuple[str, str, float, object]], state: str = "") -> str:
    return LINES + "".join(
        f"l{n:03d},a1,{at},{way},{money},{left},{state}\n" for n, (at, way, money, left) in enumerate(rows)
    )


def answer(given: Given, rows: str, **more: str) -> Answer:
    return evaluate(INDICATOR, given(BASE | {"statement_lines": rows} | more))


def state(found: Answer) -> str:
    return str(found.assessed.set_index("subject_id").loc["a1", "state"])


def test_a_balance_that_jumps_tells_the_missing_sum(given: Given) -> None:
    found = answer(given, lines([("2020-01-05", "in", 1000, 5000), ("2020-01-09", "out", 200, 3300)]))
    (lead,) = found.leads.to_dict("records")
    # 5,000 - 200 = 4,800; 3,300 stand there.
    assert lead["amount"] == pytest.approx(1500) and lead["what_en"] == "1 breaks of the balance"
    assert found.evidence["role"].tolist() == ["before_gap", "after_gap"]


def test_lines_of_one_day_may_be_printed_in_any_order(given: Given) -> None:
    # In truth 1,000 - 300 = 700, + 500 = 1,200, - 100 = 1,100; the bank prints the day backwards.
    rows = [("2020-01-05", "in", 1000, 1000), ("2020-01-06", "out", 100, 1100), ("2020-01-06", "in", 500, 1200),
            ("2020-01-06", "out", 300, 700), ("2020-01-07", "in", 50, 1150)]  # fmt: skip
    assert state(answer(given, lines(rows), coverage=COVER)) == "clean"


def test_a_failed_line_moves_nothing(given: Given) -> None:
    text = lines([("2020-01-05", "in", 1000, 1000), ("2020-01-07", "in", 50, 1050)])
    failed = "l900,a1,2020-01-06,out,400,1000,failed\n"
    assert state(answer(given, text + failed, coverage=COVER)) == "clean"


def monthly(skip: Sequence[int], follows: bool) -> str:
    """Wages of 1,000 on the 10th for 12 months of 2020, without ``skip``; ``follows``: the balance knows of it."""
    rows, balance = [], 0
    for month in range(1, 13):
        balance += 0 if follows and month in skip else 1000
        if month not in skip:
            rows.append((f"2020-{month:02d}-10", "in", 1000, balance))
    return lines(rows)


def test_months_without_lines_count_inside_coverage_and_where_the_balance_jumps(given: Given) -> None:
    found = answer(given, monthly([5, 6], follows=False), coverage=COVER)
    assert "2 whole months without lines" in found.leads["what_en"].iloc[0]
    # Nobody declared it complete: the jump remains, the months do not count.
    assert "months" not in answer(given, monthly([5, 6], follows=False)).leads["what_en"].iloc[0]
    # The balances beside the pause follow on: nothing moved.
    assert state(answer(given, monthly([5, 6], follows=True), coverage=COVER)) == "clean"


def test_three_known_payments_that_a_complete_statement_does_not_show(given: Given) -> None:
    head = "payment_id,paid_at,payer_account,payee_account,amount\n"
    paid = head + "".join(f"p{n},2020-02-{n:02d} 09:00:00,b1,a1,{700 + n}\n" for n in (3, 4, 5))
    text = lines([("2020-01-05", "in", 1000, 1000), ("2020-03-07", "in", 50, 1050)])
    found = answer(given, text, payments=paid, coverage=COVER)
    assert found.leads["what_en"].iloc[0] == "3 known payments not listed"
    assert state(answer(given, text, payments=paid)) == "clean"
    assert state(answer(given, text, payments=paid.replace("p5", "x5").rsplit("x5", 1)[0], coverage=COVER)) == "clean"


def test_an_own_account_nobody_obtained(given: Given) -> None:
    accounts = BASE["accounts"] + "a2,A,甲某\n"
    paid = "payment_id,paid_at,payer_account,payee_account,amount\np1,2020-02-03,a2,a1,12000\n"
    text = lines([("2020-01-05", "in", 1000, 1000), ("2020-02-03", "in", 12000, 13000)])
    found = answer(given, text, payments=paid, accounts=accounts)
    assert found.leads["what_en"].iloc[0] == "1 own accounts not obtained"
    assert [one["id"] for one in found.leads["objects"].iloc[0]] == ["a1", "a2"]
    # With nothing but the holder's name, which one person bears; and where the other account is covered.
    named = BASE["accounts"] + "a2,,甲某\n"
    assert len(answer(given, text, payments=paid, accounts=named).leads) == 1
    covered = COVER + "payments,a2,2019-01-01,2021-12-31,true\n"
    assert state(answer(given, text, payments=paid, accounts=accounts, coverage=covered)) == "clean"
