"""One table's staged rows into the workspace: typed, judged, compared with what is there, written with their origin.

rows in = accepted + quarantined + exact repeats, by construction: every row of the relation ends in exactly one of them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from caselens.core.errors import DataError, Problem
from caselens.core.text import Text
from caselens.readers._declare import Note
from caselens.tables import TABLES
from caselens.workspace.engine import lacks_room
from caselens.workspace.folder import written_beside
from caselens.workspace.heading import match_columns
from caselens.workspace.keys import Verdicts
from caselens.workspace.staging import ROW, SHEET, Staged, Untrustworthy
from caselens.workspace.validate import CHANGED, DOUBTFUL, WRONG, Checks, literal, quote

#: Unknown codes told one by one; the rest is told as a number.
_CODES_TOLD = 20


@dataclass(slots=True)
class Accepted:
    """What became of one table's rows of one file; kept in the catalog.

    ``first_row`` is the file row of the first row of the Parquet where they follow without a gap; ``None`` where the
    Parquet has ``source_row``. ``columns`` are the declared columns that the file has. ``conflicts`` counts the earlier
    rows (of this file or another) that rows of this file replace. ``hashes``: SHA-256 of the files of its rows
    (``accepted``, ``quarantine``, ``superseded``), where there is one.
    """

    table: str
    rows_in: int
    accepted: int
    quarantined: int
    repeated: int
    conflicts: int
    first_row: int | None
    columns: list[str] = field(default_factory=list)
    extras: list[str] = field(default_factory=list)
    hashes: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain values for the catalog."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Target:
    """Where the rows of one file and table go, and what stands there already (``current``: a relation or "")."""

    source_file: str
    parquet: Path
    quarantine: Path
    superseded: Path
    current: str


def accept(con: duckdb.DuckDBPyConnection, staged: Staged, target: Target) -> tuple[Accepted, list[Note]]:
    """Type, judge and write one table's rows; nothing is visible to readers until the caller writes the catalog.

    Raises:
        Untrustworthy: rows and lines do not tally, or the engine cannot parse the file.
        DataError: a required column is missing.
    """
    for path in (target.parquet, target.quarantine, target.superseded):
        path.parent.mkdir(parents=True, exist_ok=True)
    if not staged.relation:
        count = _write_quarantine(con, "", staged, target)
        return Accepted(staged.table, count, 0, count, 0, 0, None), []
    table = TABLES[staged.table]
    matched, extras = match_columns(table, staged.columns, target.source_file)
    found = {name: staged.columns[source] for name, source in matched.items()}
    checks = Checks.of(table, found, {staged.columns[source][0]: name for source, name in extras.items()}, staged.quick)
    states = _write(con, checks, staged, target)
    rows = sum(states.values())
    if not staged.trustworthy(rows):
        raise Untrustworthy("rows and lines do not tally")
    result = Accepted(table.id, rows, 0, 0, 0, 0, staged.first_row, list(matched), list(extras.values()))
    notes: list[Note] = []
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW _intake_typed AS "
        f"{rows_with_origin(target.parquet, target.source_file, staged.first_row)}"
    )
    if states.get(WRONG) or staged.refused:
        result.quarantined = _quarantine(con, staged, checks, target, wrong=bool(states.get(WRONG)))
        result.rows_in += result.quarantined - states.get(WRONG, 0)
    if states.get(CHANGED):
        notes += _tell_changed(con, staged, checks)
    with Verdicts(con, table, matched.keys(), f"(SELECT * FROM _intake_typed WHERE _state <> {WRONG})") as verdicts:
        verdicts.judge(target.current)
        result.repeated, result.conflicts = verdicts.repeated, verdicts.conflicts
        if result.conflicts:
            notes.append(verdicts.note())
            verdicts.write_superseded(target.superseded)
        result.accepted = result.rows_in - result.quarantined - result.repeated
        if states.get(WRONG) or result.repeated:
            _rewrite(con, verdicts.without_repeats(), target)
            result.first_row = None
    notes += _unknown_codes(con, checks, target)
    con.execute("DROP VIEW _intake_typed")
    return result, notes


def _write(con: duckdb.DuckDBPyConnection, checks: Checks, staged: Staged, target: Target) -> dict[int, int]:
    """Write the typed rows and count their states; first the quick way, where the file may be plain text."""
    more = ""
    if staged.first_row is None:
        more = (
            f"{quote(ROW)} AS source_row, {quote(SHEET)} AS source_sheet, {literal(target.source_file)} AS source_file"
        )
    queries = [checks.typed(staged.relation, more=more)]
    if staged.quick:
        queries.insert(0, checks.typed_if_plain(staged.relation))
    states: dict[int, int] = {}
    for query in queries:
        try:
            con.execute(f"COPY ({query}) TO {literal(str(target.parquet))} (FORMAT parquet)")
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            if lacks_room(error):
                raise
            if staged.quick:
                raise Untrustworthy(reason) from error
            problem = Problem(target.source_file, 0, f"the engine cannot read it ({reason[:200]}) 无法读取")
            raise DataError("unreadable", [problem]) from error
        states = dict(con.execute(f"SELECT _state, count(*) FROM {_read(target.parquet)} GROUP BY 1").fetchall())
        if not states.get(DOUBTFUL):
            break
    return states


def rows_with_origin(parquet: Path, source_file: str, first_row: int | None) -> str:
    """A query over an accepted Parquet file with ``source_file``, ``source_sheet`` and ``source_row``."""
    if first_row is None:
        return f"SELECT * FROM {_read(parquet)}"
    return (
        f"SELECT * EXCLUDE (file_row_number), {literal(source_file)} AS source_file, '' AS source_sheet, "
        f"file_row_number + {first_row} AS source_row FROM read_parquet({literal(str(parquet))}, file_row_number=true)"
    )


def _read(path: Path) -> str:
    return f"read_parquet({literal(str(path))})"


def _raw_with_rows(staged: Staged) -> str:
    if staged.first_row is None:
        return f"(SELECT * FROM {staged.relation})"
    numbered = f"row_number() OVER () + {staged.first_row - 1} AS {quote(ROW)}"
    return f"(SELECT *, '' AS {quote(SHEET)}, {numbered} FROM {staged.relation})"


def _quarantine(con: duckdb.DuckDBPyConnection, staged: Staged, checks: Checks, target: Target, wrong: bool) -> int:
    row, sheet = quote(ROW), quote(SHEET)
    places = f"SELECT source_row, source_sheet FROM _intake_typed WHERE _state = {WRONG}"
    rows = f"(SELECT * FROM {_raw_with_rows(staged)} WHERE ({row}, {sheet}) IN ({places}))"
    return _write_quarantine(con, checks.reasons(rows, row, sheet) if wrong else "", staged, target)


def _write_quarantine(con: duckdb.DuckDBPyConnection, judged: str, staged: Staged, target: Target) -> int:
    """Write the quarantine of the file and table: rows judged wrong and rows refused; returns its number of rows."""
    sources = [judged] if judged else []
    sources += [f"SELECT * FROM {staged.refused}"] if staged.refused else []
    file, table = literal(target.source_file), literal(staged.table)
    con.execute(
        f'COPY (SELECT {file} AS source_file, source_sheet, source_row, {table} AS "table", reasons, raw '
        f"FROM ({' UNION ALL BY NAME '.join(sources)}) ORDER BY source_sheet, source_row) "
        f"TO {literal(str(target.quarantine))} (FORMAT parquet)"
    )
    return int(con.execute(f"SELECT count(*) FROM {_read(target.quarantine)}").fetchall()[0][0])


def _tell_changed(con: duckdb.DuckDBPyConnection, staged: Staged, checks: Checks) -> list[Note]:
    notes = []
    # A row that is wrong elsewhere is quarantined as it stands, so nothing in it was changed.
    for item in checks.checks:
        if not item.change:
            continue
        value, row, sheet = quote(item.column.name), quote(ROW), quote(SHEET)
        cells, first, where, example = con.execute(
            f"SELECT count(*), min(t.source_row), arg_min(t.source_sheet, t.source_row), arg_min(x, t.source_row) "
            f"FROM (SELECT {row}, {sheet}, {item.typed} AS {item.value}, {item.raw} AS x FROM {_raw_with_rows(staged)} "
            f"WHERE {item.change.replace(item.value, item.typed)}) r JOIN _intake_typed t "
            f"ON t.source_row = r.{row} AND t.source_sheet = r.{sheet} AND t.{value} = r.{item.value} "
            f"WHERE t._state = {CHANGED}"
        ).fetchall()[0]
        if not cells:
            continue
        name, shown = f"{checks.table.id}.{item.column.name}", str(example)[:60]
        if item.column.kind == "money":
            zh = f"{name}: {cells} 个金额多于两位小数,已四舍五入到分;首见第 {first} 行:{shown}"
            en = f"{name}: {cells} amounts have more than 2 decimals and were rounded; first in row {first}: {shown}"
        else:
            zh = f"{name}: {cells} 个日期带有时刻,时刻未保留;首见第 {first} 行:{shown}"
            en = f"{name}: {cells} dates have a time of day, which was left out; first in row {first}: {shown}"
        notes.append(Note(Text(zh, en), row=int(first), sheet=where or ""))
    return notes


def _rewrite(con: duckdb.DuckDBPyConnection, rows: str, target: Target) -> None:
    """Write the Parquet again with ``rows`` only."""
    with written_beside(target.parquet) as final:
        con.execute(f"COPY ({rows}) TO {literal(str(final))} (FORMAT parquet)")


def _unknown_codes(con: duckdb.DuckDBPyConnection, checks: Checks, target: Target) -> list[Note]:
    query = checks.unknown_codes(_read(target.parquet))
    if not query:
        return []
    found = con.execute(f"SELECT * FROM ({query}) ORDER BY cells DESC, name, code").fetchall()
    notes = [
        Note(
            Text(
                f"{checks.table.id}.{name}: 代码“{code[:60]}”不在代码表内,保留,出现 {cells} 次",
                f"{checks.table.id}.{name}: code {code[:60]!r} is not in the list; kept, {cells} times",
            ),
            kind="info",
        )
        for name, code, cells in found[:_CODES_TOLD]
    ]
    if rest := found[_CODES_TOLD:]:
        cells = sum(cells for *_, cells in rest)
        zh = f"{checks.table.id}: 另有 {len(rest)} 种代码不在代码表内,保留,共 {cells} 次"
        en = f"{checks.table.id}: {len(rest)} further codes are not in the lists; kept, {cells} times in all"
        notes.append(Note(Text(zh, en), kind="info"))
    return notes
