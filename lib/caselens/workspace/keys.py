"""Rows with one key: the same again is a repeat and counted; something else is a conflict, and the later row is used."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

import duckdb

from caselens.core.text import Text
from caselens.readers._declare import Note
from caselens.tables import Table
from caselens.tables._declare import ORIGIN
from caselens.workspace.validate import literal, quote

_PLACE = ", ".join(ORIGIN)
_HELPERS = ("_intake_twice", "_intake_rivals", "_intake_verdicts")


def key_parts(table: Table, given: Iterable[str] | None = None, prefix: str = "") -> list[str]:
    """SQL of a row's key, column by column; an absent or empty column counts as a value of its own."""
    there = set(table.key if given is None else given)
    return [f"coalesce(CAST({prefix}{quote(name)} AS VARCHAR), '')" if name in there else "''" for name in table.key]


class Verdicts:
    """What becomes of the ``rows`` of one file whose key stands twice, in the file or in the workspace.

    Of rows of one file with the same key and content the first is kept. Where a key has several contents, each content
    is kept once (from its last row), and the row that stands last is in force; the workspace's row in force is compared
    with that one only: equal, it makes it a repeat; different, it is replaced.

    Args:
        con: the engine.
        table: the table.
        given: the declared columns that the file has.
        rows: the file's right rows, typed, with their origin.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, table: Table, given: Iterable[str], rows: str) -> None:
        self._con, self._table, self._given, self._rows = con, table, list(given), rows
        described = con.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall()
        self._columns = sorted(row[0] for row in described if row[0] not in {*ORIGIN, "_state"})
        self.repeated = self.conflicts = 0

    def __enter__(self) -> Verdicts:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        for name in _HELPERS:
            self._con.execute(f"DROP TABLE IF EXISTS {name}")

    def judge(self, current: str) -> None:
        """Judge the rows against each other and against ``current``, the table's rows in force (a relation or "")."""
        if not self._find_rivals(current):
            nothing = "source_file VARCHAR, source_sheet VARCHAR, source_row BIGINT, k VARCHAR, repeated BOOLEAN"
            self._con.execute(f"CREATE OR REPLACE TEMP TABLE _intake_verdicts ({nothing})")
            return
        self._con.execute(
            "CREATE OR REPLACE TEMP TABLE _intake_verdicts AS "
            f"SELECT {_PLACE}, k, kept IS NOT TRUE AS repeated FROM _intake_rivals WHERE kept IS NOT TRUE OR nth > 1"
        )
        if current:
            self._compare(current)
        counts = dict(self._con.execute("SELECT repeated, count(*) FROM _intake_verdicts GROUP BY 1").fetchall())
        self.repeated, self.conflicts = counts.get(True, 0), counts.get(False, 0)

    def _find_rivals(self, current: str) -> bool:
        """Rows whose key stands twice: ``kept`` tells one of each content from its repeats, ``nth`` = 1 is in force.

        Returns:
            Whether there are any.
        """
        names = [f"k{index}" for index in range(len(self._table.key))]
        keys = ", ".join(f"{part} AS {name}" for part, name in zip(self._parts(), names, strict=True))
        keyed = ", ".join(names)
        twice = f"SELECT {keyed} FROM (SELECT {keys} FROM {self._rows}) GROUP BY ALL HAVING count(*) > 1"
        if current:
            theirs = ", ".join(f"{p} AS {n}" for p, n in zip(key_parts(self._table), names, strict=True))
            twice += f" UNION (SELECT {keys} FROM {self._rows} INTERSECT SELECT {theirs} FROM {current})"
        self._con.execute(f"CREATE OR REPLACE TEMP TABLE _intake_twice AS {twice}")
        if not self._con.execute("SELECT 1 FROM _intake_twice LIMIT 1").fetchall():
            return False
        content = ", ".join(quote(name) for name in self._columns)
        label = " || '|' || ".join(names)
        order = "source_sheet, source_row"
        self._con.execute(
            f"CREATE OR REPLACE TEMP TABLE _intake_rivals AS WITH found AS (SELECT *, {label} AS k, "
            f"hash({content}) AS content FROM (SELECT *, {keys} FROM {self._rows}) "
            f"WHERE ({keyed}) IN (SELECT ({keyed}) FROM _intake_twice)), "
            f"counted AS (SELECT *, count(DISTINCT content) OVER (PARTITION BY {keyed}) > 1 AS differ FROM found), "
            f"marked AS (SELECT *, CASE WHEN differ THEN row_number() OVER "
            f"(PARTITION BY {keyed}, content ORDER BY source_sheet DESC, source_row DESC) ELSE row_number() OVER "
            f"(PARTITION BY {keyed}, content ORDER BY {order}) END = 1 AS kept FROM counted) "
            f"SELECT *, row_number() OVER (PARTITION BY {keyed}, kept ORDER BY source_sheet DESC, source_row DESC) AS nth "
            f"FROM marked"
        )
        return True

    def _compare(self, current: str) -> None:
        """The file's row in force of each key against the workspace's."""
        there = {row[0] for row in self._con.execute(f"DESCRIBE SELECT * FROM {current}").fetchall()}
        same = [
            f"n.{quote(name)} IS NOT DISTINCT FROM o.{quote(name)}" if name in there else f"n.{quote(name)} IS NULL"
            for name in self._columns
        ]
        same += [f"o.{quote(name)} IS NULL" for name in sorted(there - {*self._columns, *ORIGIN})]
        met = " AND ".join(f"n.k{index} = {part}" for index, part in enumerate(key_parts(self._table, None, "o.")))
        place = ", ".join(f"{{}}.{name}" for name in ORIGIN)
        self._con.execute(
            f"INSERT INTO _intake_verdicts WITH met AS (SELECT n.k, {' AND '.join(same)} AS same, "
            f"struct_pack({', '.join(f'{name} := n.{name}' for name in ORIGIN)}) AS n, "
            f"struct_pack({', '.join(f'{name} := o.{name}' for name in ORIGIN)}) AS o "
            f"FROM (SELECT * FROM _intake_rivals WHERE kept AND nth = 1) n JOIN {current} o ON {met}) "
            f"SELECT {place.format(*['n'] * 3)}, k, true FROM met WHERE same "
            f"UNION ALL SELECT {place.format(*['o'] * 3)}, k, false FROM met WHERE NOT same"
        )

    def _parts(self) -> list[str]:
        return key_parts(self._table, self._given)

    def without_repeats(self) -> str:
        """A query of the rows that stay."""
        if not self.repeated:
            return f"SELECT * FROM {self._rows}"
        same = " AND ".join(f"v.{name} = t.{name}" for name in ORIGIN)
        return f"SELECT * FROM {self._rows} t WHERE NOT EXISTS (SELECT 1 FROM _intake_verdicts v WHERE repeated AND {same})"

    def write_superseded(self, path: Path) -> None:
        """Write the places of the rows that are no longer in force."""
        query = f"SELECT {_PLACE} FROM _intake_verdicts WHERE NOT repeated"
        self._con.execute(f"COPY ({query}) TO {literal(str(path))} (FORMAT parquet)")

    def note(self) -> Note:
        """The sentence about the conflicts, with one of them."""
        file, sheet, row, key = self._con.execute(
            f"SELECT {_PLACE}, k FROM _intake_verdicts WHERE NOT repeated ORDER BY ALL LIMIT 1"
        ).fetchall()[0]
        name, shown = self._table.id, key[:120]
        zh = f"{name}: {self.conflicts} 行与后来同一主键的行内容不同,均保留,采用较后者;例:{shown}(先见于 {file} 第 {row} 行)"
        en = (
            f"{name}: {self.conflicts} rows have the key of a later row with different content; both are kept, the later "
            f"one is used; e.g. {shown} (earlier: {file} row {row})"
        )
        return Note(Text(zh, en), row=int(row), sheet=sheet)
