"""Where a table is declared complete: only there does an absent row say anything."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pandas as pd

from caselens.indicators._declare import Inputs


@dataclass(frozen=True, slots=True)
class Coverage:
    """Declared complete periods: columns ``table, scope, start, end, row_key``, in order of their start."""

    rows: pd.DataFrame

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
        mine = self.rows[self.rows["table"].isin(list(tables)) & self.rows["scope"].isin(["", *scopes])]
        used, reached = [], first - timedelta(days=1)
        for row in mine.itertuples():
            if reached >= last or row.start > reached + timedelta(days=1):
                break
            if row.end > reached:
                used.append(str(row.row_key))
                reached = row.end
        return used if reached >= last else []


def coverage_of(inputs: Inputs, *tables: str) -> Coverage:
    """The declarations that ``tables`` are complete; empty where nobody declared anything."""
    coverage = inputs.table("coverage")
    rows = coverage.filter(coverage.table.isin(tables) & coverage.is_complete.fill_null(False))
    found = rows.select("table", "scope", "row_key", start="period_start", end="period_end").execute()
    for column in ("start", "end"):
        found[column] = pd.to_datetime(found[column])
    found["scope"] = found["scope"].astype(object).where(found["scope"].notna(), "")
    return Coverage(found.sort_values(["start", "end", "row_key"], ignore_index=True))


def regions(inputs: Inputs) -> dict[str, str]:
    """Organization -> its region, where known: coverage may be declared for a region."""
    units = inputs.table("organizations")
    found = units.filter(units.region.notnull()).select("org_id", "region").execute()
    return dict(zip(found["org_id"], found["region"], strict=True))
