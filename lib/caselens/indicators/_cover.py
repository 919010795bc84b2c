"""Where a table is declared complete: only there does an absent row say anything."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pandas as pd

from caselens.indicators._declare import Inputs


@dataclass(frozen=True, slots=True)
class Coverage:
    """Declared complete periods: (table, scope) -> first day, last day and row of each."""

    spans: Mapping[tuple[str, str], Sequence[tuple[pd.Timestamp, pd.Timestamp, str]]]

    def keys(self, tables: Collection[str], scopes: Collection[str], start: Any, end: Any) -> list[str]:
        """Rows of ``coverage`` that together cover every day from ``start`` to ``end``, or an empty list.

        Args:
            tables: any of these will do (money is in ``payments`` and in ``statement_lines``).
            scopes: scopes that concern the subject; a row without a scope concerns everybody.
            start: first day, inclusive.
            end: last day, inclusive.
        """
        first, last = pd.Timestamp(start), pd.Timestamp(end)
        if pd.isna(first) or pd.isna(last):
            return []
        mine = sorted(
            span for table in tables for scope in {"", *scopes} for span in self.spans.get((table, scope), ())
        )
        used, reached = [], first - timedelta(days=1)
        for begins, ends, key in mine:
            if reached >= last or begins > reached + timedelta(days=1):
                break
            if ends > reached:
                used.append(key)
                reached = ends
        return used if reached >= last else []


def coverage_of(inputs: Inputs, *tables: str) -> Coverage:
    """The declarations that ``tables`` are complete; empty where nobody declared anything."""
    coverage = inputs.table("coverage")
    rows = coverage.filter(coverage.table.isin(tables) & coverage.is_complete.fill_null(False))
    found = rows.select("table", "scope", "row_key", start="period_start", end="period_end").execute()
    for column in ("start", "end"):
        found[column] = pd.to_datetime(found[column])
    spans: dict[tuple[str, str], list[tuple[pd.Timestamp, pd.Timestamp, str]]] = {}
    for row in found.itertuples():
        scope = row.scope if isinstance(row.scope, str) else ""
        spans.setdefault((row.table, scope), []).append((row.start, row.end, row.row_key))
    return Coverage(spans)


def regions(inputs: Inputs) -> dict[str, str]:
    """Organization -> its region, where known: coverage may be declared for a region."""
    units = inputs.table("organizations")
    found = units.filter(units.region.notnull()).select("org_id", "region").execute()
    return dict(zip(found["org_id"], found["region"], strict=True))
