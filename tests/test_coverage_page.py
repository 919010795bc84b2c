"""docs/coverage.md: every pattern of the published texts is served by indicators, tables and a notebook that exist."""

from __future__ import annotations

import re
from pathlib import Path

from caselens.indicators import INDICATORS
from caselens.tables import TABLES

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "coverage.md").read_text("utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if re.match(r"\| \d", line)]
PATTERNS = 22


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_the_rows_are_exactly_the_patterns_of_the_texts():
    assert [int(row[0]) for row in ROWS] == list(range(1, PATTERNS + 1))
    assert {row[1] for row in ROWS} == {"株洲", "潜江", "义乌", "曲靖", "长春"}


def test_whatever_a_row_names_exists():
    for number, _, _, indicators, tables, notebook in ROWS:
        assert names(indicators) and names(tables) and names(notebook), number
        assert set(names(indicators)) <= INDICATORS.keys(), number
        assert set(names(tables)) <= TABLES.keys(), number
        assert all((ROOT / "notebooks" / f"{name}.ipynb").exists() for name in names(notebook)), number


def test_every_indicator_serves_a_pattern():
    assert INDICATORS.keys() <= set(names(PAGE))
