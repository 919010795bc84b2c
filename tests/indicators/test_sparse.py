"""Cities are seldom as complete as an example: every indicator answers whatever is left of its tables.

What it may not do is fail, or accuse somebody on less than it would need: the tables below take away all that its
declaration does not name as needed, blank it, or leave one row of each.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping

import pytest

from caselens.findings.evaluate import evaluate
from caselens.indicators import INDICATORS, Indicator
from caselens.tables import TABLES
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
Shape = Callable[[Indicator], Mapping[str, str]]


def _rows(text: str) -> tuple[list[str], list[list[str]]]:
    head, *rows = csv.reader(io.StringIO(text))
    return head, rows


def _text(head: list[str], rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([head, *rows])
    return out.getvalue()


def _needed(indicator: Indicator, table: str) -> set[str]:
    required = {column.name for column in TABLES[table].columns if column.required}
    return required | set(indicator.needs.get(table, ())) | set(TABLES[table].key)


def bare(indicator: Indicator) -> dict[str, str]:
    """Needed tables with their needed columns, and nothing else."""
    left = {}
    for name in indicator.needs.keys() & indicator.example.tables.keys():
        head, rows = _rows(indicator.example.tables[name])
        places = [place for place, column in enumerate(head) if column in _needed(indicator, name)]
        left[name] = _text([head[p] for p in places], [[row[p] for p in places] for row in rows])
    return left


def hollow(indicator: Indicator) -> dict[str, str]:
    """All tables and columns, and a blank in every cell that nobody needs."""
    left = {}
    for name, text in indicator.example.tables.items():
        head, rows = _rows(text)
        keep = [column in _needed(indicator, name) for column in head]
        left[name] = _text(head, [[cell if k else "" for cell, k in zip(row, keep, strict=True)] for row in rows])
    return left


def single(indicator: Indicator) -> dict[str, str]:
    """The first row of every table."""
    parts = {name: _rows(text) for name, text in indicator.example.tables.items()}
    return {name: _text(head, rows[:1]) for name, (head, rows) in parts.items()}


def unkeyed(indicator: Indicator) -> dict[str, str]:
    """References blanked where they are not required: money without holders, acts without a decider."""
    left = {}
    for name, text in indicator.example.tables.items():
        head, rows = _rows(text)
        declared = {column.name: column for column in TABLES[name].columns}
        keep = [not declared[c].references or declared[c].required or c in TABLES[name].key for c in head]
        left[name] = _text(head, [[cell if k else "" for cell, k in zip(row, keep, strict=True)] for row in rows])
    return left


@pytest.mark.long
@pytest.mark.parametrize("shape", [bare, hollow, single, unkeyed], ids=lambda shape: shape.__name__)
@pytest.mark.parametrize("indicator", INDICATORS.values(), ids=list(INDICATORS))
def test_an_incomplete_city_is_answered(indicator: Indicator, shape: Shape, given: Given) -> None:
    answer = evaluate(indicator, given(shape(indicator)))
    assert set(answer.assessed["state"]) <= {"hit", "clean", "not_assessable", "excluded"}
    silent = answer.assessed[answer.assessed["state"].isin(["not_assessable", "excluded"])]
    assert silent["reason"].astype(bool).all()
    assert answer.leads["score"].between(0, 1).all()
    assert set(answer.leads["lead"]) <= set(answer.evidence["lead"])
