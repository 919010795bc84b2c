"""The chain of balances: what is missing, altered or out of order is told; lines of one moment may stand in any order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given as examples
from hypothesis import strategies as st
from stdnum import luhn

from caselens.workspace import Workspace
from caselens.workspace.balances import breaks_of, chains
from caselens.workspace.check import check
from caselens.workspace.numbers import mistaken_bank_card

START = datetime(2024, 1, 1, 9)
HEAD = "line_id,account_id,booked_at,direction,amount,balance_after\n"
#: 1,000 in hand: +500 = 1,500; -200 = 1,300; +50 = 1,350; -300 = 1,050; +10 = 1,060.
GOOD = [("in", 500, 1500), ("out", 200, 1300), ("in", 50, 1350), ("out", 300, 1050), ("in", 10, 1060)]

Make = Callable[[list[tuple[str, str, str, int, int | str]]], Workspace]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def build(rows: list[tuple[str, str, str, int, int | str]]) -> Workspace:
        text = HEAD + "".join(f"{','.join(map(str, row))}\n" for row in rows)
        (tmp_path / "statement_lines.csv").write_text(text, encoding="utf-8")
        workspace = Workspace.create(tmp_path / "W")
        workspace.intake(tmp_path / "statement_lines.csv")
        return workspace

    # line_id is given by its place: L1, L2 …
    return lambda rows: build([(f"L{n}", *row) for n, row in enumerate(rows, 1)])  # type: ignore[misc]


def days(rows: list[tuple[str, int, int]]) -> list[tuple[str, str, str, int, int]]:
    return [("A", f"2024-01-{n:02d} 09:00:00", *row) for n, row in enumerate(rows, 1)]


def test_a_chain_that_runs_on_has_no_break(make: Make) -> None:
    found = chains(make(days(GOOD)))
    assert found.breaks.empty and found.accounts["breaks"].sum() == 0 and found.unchecked == []


def test_a_missing_line_is_found_between_its_neighbours_with_its_sum(make: Make) -> None:
    rows = days(GOOD)
    del rows[2]  # +50 on 3 January
    workspace = make(rows)
    (found,) = chains(workspace).breaks.to_dict("records")
    assert (found["kind"], found["difference"], found["after_line"], found["line_id"]) == (
        "missing",
        Decimal("50.00"),
        "L2",
        "L3",
    )
    assert (str(found["from_time"])[:10], str(found["to_time"])[:10]) == ("2024-01-02", "2024-01-04")
    told = check(workspace)
    told = told[told["kind"] == "balance_missing"].iloc[0]
    assert told["source_row"] == 4 and "50.00" in told["zh"] and "50.00" in told["en"]


def test_a_changed_amount_and_a_changed_balance_are_told_apart(make: Make) -> None:
    rows = days(GOOD)
    rows[1] = ("A", rows[1][1], "out", 20, 1300)  # 200 became 20: the chain goes on, 180 too little
    assert [(b["kind"], b["difference"]) for b in chains(make(rows)).breaks.to_dict("records")] == [
        ("missing", Decimal("-180.00"))
    ]


def test_a_changed_balance_fits_neither_neighbour(make: Make) -> None:
    rows = days(GOOD)
    rows[2] = ("A", rows[2][1], "in", 50, 9350)
    found = chains(make(rows)).breaks.to_dict("records")
    assert [(b["kind"], b["line_id"], b["difference"]) for b in found] == [("balance", "L3", Decimal("8000.00"))]


def test_lines_moved_to_another_day_stand_in_another_order(make: Make) -> None:
    rows = days(GOOD)
    rows[1], rows[3] = (*rows[1][:2], *rows[3][2:]), (*rows[3][:2], *rows[1][2:])
    assert set(chains(make(rows)).breaks["kind"]) == {"order"}


def test_lines_of_one_moment_and_statements_printed_upwards(make: Make) -> None:
    same = [("A", "2024-01-01", *row) for row in GOOD]
    mixed = [same[i] for i in (3, 0, 4, 2, 1)]
    assert chains(make(mixed)).breaks.empty


def test_failed_lines_move_nothing_and_accounts_without_balances_are_told(tmp_path: Path) -> None:
    head = HEAD.strip() + ",state\n"
    rows = "1,A,2024-01-01,in,500,1500,booked\n2,A,2024-01-02,out,99,1500,failed\n3,A,2024-01-03,out,200,1300,booked\n4,B,2024-01-03,out,200,,booked\n"
    (tmp_path / "statement_lines.csv").write_text(head + rows, encoding="utf-8")
    workspace = Workspace.create(tmp_path / "W")
    workspace.intake(tmp_path / "statement_lines.csv")
    found = chains(workspace)
    assert found.breaks.empty and found.unchecked == ["B"]
    told = check(workspace)
    assert list(told.loc[told["kind"] == "balance_unchecked", "count"]) == [1]


@examples(st.lists(st.integers(-500, 500).filter(bool), min_size=3, max_size=12), st.data())
def test_any_one_missing_line_inside_is_seen(moves: list[int], data: st.DataObject) -> None:
    balance, lines = Decimal(10_000), []
    for n, move in enumerate(moves):
        balance += move
        lines.append({"account_id": "A", "currency": "CNY", "booked_at": START + timedelta(days=n), "line_id": f"L{n}"})
        lines[-1] |= {"balance": balance, "signed": Decimal(move), "source_file": "f.csv", "source_row": n + 2}
    assert breaks_of(lines) == []
    gone = data.draw(st.integers(1, len(moves) - 2))
    left = lines[:gone] + lines[gone + 1 :]
    (found,) = breaks_of(left)
    assert found.difference == moves[gone] and found.after_line == f"L{gone - 1}" and found.line_id == f"L{gone + 1}"


def test_wrong_numbers_join_nobody_and_are_told(tmp_path: Path) -> None:
    # 11010519491231002X is the standard's own example; its month made 13 and its check character changed.
    rows = "P1,甲,11010519491231002X,1949-12-31\nP2,乙,11010519491331002X,\nP3,丙,110105194912310021,\nP4,丁,11010519491231002X,1950-01-01\n"
    (tmp_path / "persons.csv").write_text("person_id,name,id_number,birth_date\n" + rows, encoding="utf-8")
    (tmp_path / "organizations.csv").write_text(
        "org_id,name,uscc\nF1,云江商行,91350100M000100Y43\nF2,云江商社,91350100M000100Y44\n", encoding="utf-8"
    )
    workspace = Workspace.create(tmp_path / "W")
    workspace.intake(tmp_path)
    told = check(workspace).set_index(["kind", "table"])["count"]
    assert told["invalid_number", "persons"] == 2 and told["invalid_number", "organizations"] == 1
    assert told["contradicting_number", "persons"] == 1


@examples(st.from_regex(r"62[0-9]{14,17}", fullmatch=True))
def test_a_bank_card_is_mistaken_where_its_check_digit_is(number: str) -> None:
    query = f"SELECT {mistaken_bank_card('n')} FROM (SELECT ? AS n)"
    assert duckdb.execute(query, [number]).fetchall() == [(not luhn.is_valid(number),)]


@pytest.mark.parametrize("number", ["4111111111111112", "6200000000", "62ABCD0000000000", None])
def test_of_numbers_of_another_shape_nothing_is_said(number: str | None) -> None:
    assert duckdb.execute(f"SELECT {mistaken_bank_card('n')} FROM (SELECT ?::VARCHAR AS n)", [number]).fetchall() == [
        (False,)
    ]


def test_a_mistyped_bank_card_is_told(tmp_path: Path) -> None:
    # Luhn of 6200000000000005: the digits in even places from the right, 6 first among them, count double (12 -> 3):
    # 3 + 2 + 5 = 10, so it is right; with 6 at the end it is not.
    (tmp_path / "accounts.csv").write_text("account_id\n6200000000000005\n6200000000000006\nA-17\n", encoding="utf-8")
    workspace = Workspace.create(tmp_path / "W")
    workspace.intake(tmp_path)
    told = check(workspace).set_index(["kind", "table"])["count"]
    assert told["invalid_number", "accounts"] == 1
