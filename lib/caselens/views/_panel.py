"""What the panel beside a network shows: the rows behind a party or a line, each carried in the page once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from caselens.core.text import Language
from caselens.tables import TABLES
from caselens.views._format import locator, visible


class Sources:
    """Evidence rows of a page, each written once and named by its place in the list."""

    def __init__(self, rows: pd.DataFrame | None, language: Language, shown: int) -> None:
        self.language, self.shown = language, shown
        self.listed: list[list[str]] = []
        self._place: dict[tuple[str, str], int] = {}
        self._known: dict[tuple[str, str], Any] = {}
        if rows is not None:
            for row in rows.itertuples(index=False):
                self._known.setdefault((str(row.table), str(row.key)), row)

    def place(self, row: tuple[str, str]) -> int:
        """Number of ``row`` in the list, added if it was not there."""
        if row not in self._place:
            table, key = row
            named = TABLES[table].label.get(self.language) if table in TABLES else table
            where, text = "", ""
            known = self._known.get(row)
            if known is not None:
                where = locator(known.source_file, known.source_sheet, known.source_row, self.language)
                text = visible(known.text) if getattr(known, "text", None) else ""
            self._place[row] = len(self.listed)
            self.listed.append([f"{visible(named)} {visible(key)}", where, text])
        return self._place[row]

    def detail(self, rows: Sequence[tuple[str, str]], sentence: str, shown: int | None = None) -> list[Any]:
        """What the panel shows: a sentence, how many rows there are, and the first of them."""
        return [sentence, len(rows), [self.place(row) for row in rows[: self.shown if shown is None else shown]]]
