"""One table's staged rows into the workspace: typed, judged, told apart from what is there already, written with origin.

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
from caselens.tables import TABLES, Table
from caselens.tables._declare import ORIGIN
from caselens.workspace.spool import refused_frame
from caselens.workspace.staging import Staged
from caselens.workspace.validate import ROUNDED, WRONG, Checks, literal, quote

_RESERVED = {*ORIGIN, "_state"}


class Untrustworthy(Exception):
    """The engine's own CSV reader does not suit this file; the careful reader must take it."""


@dataclass(slots=True)
class Accepted:
    """What became of one table's rows of one file; kept in the catalog.

    ``first_row`` is the file row of the first row of the Parquet where they follow without a gap; ``None`` where the
    Parquet has ``source_row``. ``columns`` are the declared columns that the file has.
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


def match_columns(table: Table, names: list[str], file: str) -> tuple[dict[str, str], dict[str, str]]:
    """Which source column is which declared one (by name or by label), and under what name the others are kept.

    Raises:
        DataError: a required column is missing, or two columns mean the same one.
    """
    by_name = {column.name: column.name for column in table.columns}
    by_name |= {label: column.name for column in table.columns for label in (column.label.zh, column.label.en.lower())}
    found: dict[str, str] = {}
    extras: dict[str, str] = {}
    for name in names:
        meant = by_name.get(name.strip().lower())
        if meant and meant not in found:
            found[meant] = name
        elif meant:
            reason = f"columns {found[meant]!r} and {name!r} are both {meant} 两列含义相同"
            raise DataError("ambiguous columns", [Problem(file, 1, reason, column=meant)])
        else:
            extras[name] = f"given_{name}" if name in _RESERVED else name
    missing = [name for name in table.required if name not in found]
    if missing:
        reason = f"lacks required column(s) {', '.join(missing)} of table {table.id}; it has {', '.join(names[:40])} 缺少必填列"
        raise DataError("missing columns", [Problem(file, 1, reason)])
    return found, extras


def accept(con: duckdb.DuckDBPyConnection, staged: Staged, target: Target) -> tuple[Accepted, list[Note]]:
    """Type, judge and write one table's rows; nothing is visible to readers until the caller writes the catalog.

    Raises:
        Untrustworthy: rows and lines do not tally, or the engine cannot parse the file.
        DataError: a required column is missing.
    """
    table = TABLES[staged.table]
    origin = ("\x01source_row", "\x01source_sheet") if staged.first_row is None else ()
    names = [name for name in staged.types if name not in origin]
    matched, extras = match_columns(table, names, target.source_file)
    checks = Checks.of(table, {name: (source, staged.types[source]) for name, source in matched.items()}, extras)
    more = ", ".join(f"{quote(name)} AS {name[1:]}" for name in origin)
    more += f", {literal(target.source_file)} AS source_file" if origin else ""
    target.parquet.parent.mkdir(parents=True, exist_ok=True)
    states = _write(con, checks, staged, more, target.parquet)
    rows = sum(states.values())
    if not staged.trustworthy(rows):
        raise Untrustworthy("rows and lines do not tally")
    result = Accepted(
        table.id, rows + len(staged.refused), rows, 0, 0, 0, staged.first_row, list(matched), list(extras.values())
    )
    notes: list[Note] = []
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW typed AS {rows_with_origin(target.parquet, target.source_file, staged.first_row)}"
    )
    if states.get(WRONG) or staged.refused:
        result.quarantined = _quarantine(con, staged, checks, target)
    if states.get(ROUNDED):
        notes += _tell_rounded(con, staged, checks)
    _judge_keys(con, table, matched, target)
    result.repeated = _count(con, "verdicts WHERE repeated")
    result.conflicts = _count(con, "verdicts WHERE NOT repeated")
    if result.conflicts:
        notes.append(_conflict_note(con, table, result.conflicts))
        _write_superseded(con, target)
    result.accepted = result.rows_in - result.quarantined - result.repeated
    if states.get(WRONG) or result.repeated:
        _rewrite(con, target)
        result.first_row = None
    notes += _unknown_codes(con, checks, target)
    return result, notes


def _write(con: duckdb.DuckDBPyConnection, checks: Checks, staged: Staged, more: str, parquet: Path) -> dict[int, int]:
    """Write the typed rows and count their states; the quick way first where the file may be plain text without faults."""
    queries = [checks.typed(staged.relation, more=more)]
    if staged.quick:
        queries.insert(0, checks.typed_if_plain(staged.relation))
    states: dict[int, int] = {}
    for query in queries:
        try:
            con.execute(f"COPY ({query}) TO {literal(str(parquet))} (FORMAT parquet)")
        except duckdb.Error as error:
            raise Untrustworthy(str(error).splitlines()[0]) from error
        states = dict(con.execute(f"SELECT _state, count(*) FROM {_read(parquet)} GROUP BY 1").fetchall())
        if not states.get(WRONG):
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


def key_of(table: Table, given: set[str] | None = None, prefix: str = "") -> str:
    """SQL of a row's key as one text: its columns joined with ``|``; an absent or empty column counts as a value."""
    parts = [
        f"coalesce(CAST({prefix}{quote(name)} AS VARCHAR), '')" if given is None or name in given else "''"
        for name in table.key
    ]
    return " || '|' || ".join(parts)


def _read(path: Path) -> str:
    return f"read_parquet({literal(str(path))})"


def _count(con: duckdb.DuckDBPyConnection, relation: str) -> int:
    return int(con.execute(f"SELECT count(*) FROM {relation}").fetchall()[0][0])


def _raw_with_rows(staged: Staged) -> str:
    if staged.first_row is None:
        return f"(SELECT * FROM {staged.relation})"
    numbered = f"row_number() OVER () + {staged.first_row - 1} AS {quote(chr(1) + 'source_row')}"
    return f"(SELECT *, '' AS {quote(chr(1) + 'source_sheet')}, {numbered} FROM {staged.relation})"


def _quarantine(con: duckdb.DuckDBPyConnection, staged: Staged, checks: Checks, target: Target) -> int:
    """Write the quarantine of the file and table; returns its number of rows."""
    row, sheet = quote("\x01source_row"), quote("\x01source_sheet")
    places = f"SELECT source_row, source_sheet FROM typed WHERE _state = {WRONG}"
    wrong = f"(SELECT * FROM {_raw_with_rows(staged)} WHERE ({row}, {sheet}) IN ({places}))"
    refused_frame(con, staged.refused, "refused_rows")
    target.quarantine.parent.mkdir(parents=True, exist_ok=True)
    columns = (
        f'{literal(target.source_file)} AS source_file, source_sheet, source_row, {literal(staged.table)} AS "table"'
    )
    con.execute(
        f"COPY (SELECT {columns}, reasons, raw FROM ({checks.reasons(wrong, row, sheet)} UNION ALL BY NAME "
        f"SELECT * FROM refused_rows) ORDER BY source_sheet, source_row) TO {literal(str(target.quarantine))} (FORMAT parquet)"
    )
    return _count(con, _read(target.quarantine))


def _tell_rounded(con: duckdb.DuckDBPyConnection, staged: Staged, checks: Checks) -> list[Note]:
    notes = []
    for item in checks.checks:
        if item.column.kind != "money" or not item.is_text:
            continue
        query = (
            f"SELECT count(*), min({quote(chr(1) + 'source_row')}) FROM {_raw_with_rows(staged)} "
            f"WHERE regexp_matches({item.raw}, '\\.\\d\\d\\d*[1-9]')"
        )
        cells, first = con.execute(query).fetchall()[0]
        if cells:
            zh = f"{item.column.name}: {cells} 个金额多于两位小数,已四舍五入到分;首行 {first}"
            en = f"{item.column.name}: {cells} amounts had more than 2 decimals and were rounded to the fen; first in row {first}"
            notes.append(Note(Text(zh, en), row=int(first)))
    return notes


def _judge_keys(con: duckdb.DuckDBPyConnection, table: Table, given: dict[str, str], target: Target) -> None:
    """Fill ``verdicts``: rows of this file that repeat another exactly, and earlier rows that a later one replaces.

    ``verdicts`` has the place of the row concerned (``source_file``, ``source_sheet``, ``source_row``), its key and
    ``repeated``: true for a row of this file that says nothing new, false for an earlier row with other content.
    """
    key = key_of(table, set(given))
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE twice AS SELECT {key} AS k FROM typed WHERE _state <> {WRONG} GROUP BY k HAVING count(*) > 1"
    )
    columns = [row[0] for row in con.execute("DESCRIBE typed").fetchall() if row[0] not in _RESERVED]
    content = f"hash({', '.join(quote(name) for name in sorted(columns))})" if columns else "0"
    place = "source_file, source_sheet, source_row"
    con.execute(
        "CREATE OR REPLACE TEMP TABLE verdicts (source_file VARCHAR, source_sheet VARCHAR, source_row BIGINT, k VARCHAR, repeated BOOLEAN)"
    )
    if _count(con, "twice"):
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE rivals AS SELECT {place}, {key} AS k, {content} AS content, "
            f"row_number() OVER (PARTITION BY k, content ORDER BY source_sheet, source_row) AS nth "
            f"FROM typed WHERE _state <> {WRONG} AND {key} IN (SELECT k FROM twice)"
        )
        con.execute(f"INSERT INTO verdicts SELECT {place}, k, true FROM rivals WHERE nth > 1")
        con.execute(
            f"INSERT INTO verdicts SELECT {place}, k, false FROM (SELECT *, row_number() OVER (PARTITION BY k ORDER BY "
            f"source_sheet DESC, source_row DESC) AS last FROM rivals WHERE nth = 1) WHERE last > 1"
        )
    if target.current:
        _judge_against_current(con, table, columns, given, target)


def _judge_against_current(
    con: duckdb.DuckDBPyConnection, table: Table, columns: list[str], given: dict[str, str], target: Target
) -> None:
    there = {row[0] for row in con.execute(f"DESCRIBE SELECT * FROM {target.current}").fetchall()}
    same = " AND ".join(
        f"n.{quote(name)} IS NOT DISTINCT FROM o.{quote(name)}" if name in there else f"n.{quote(name)} IS NULL"
        for name in columns
    )
    absent = [f"o.{quote(c.name)} IS NULL" for c in table.columns if c.name not in given and c.name in there]
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE met AS SELECT n.source_file AS f, n.source_sheet AS s, n.source_row AS r, "
        f"o.source_file, o.source_sheet, o.source_row, {key_of(table, set(given), 'n.')} AS k, "
        f"({' AND '.join([same or 'true', *absent])}) AS repeated "
        f"FROM typed n JOIN {target.current} o ON {key_of(table, set(given), 'n.')} = {key_of(table, None, 'o.')} WHERE n._state <> {WRONG}"
    )
    con.execute(
        "INSERT INTO verdicts SELECT DISTINCT f, s, r, k, true FROM met m WHERE repeated AND NOT EXISTS "
        "(SELECT 1 FROM verdicts v WHERE v.source_row = m.r AND v.source_sheet = m.s AND v.source_file = m.f)"
    )
    con.execute(
        "INSERT INTO verdicts SELECT DISTINCT source_file, source_sheet, source_row, k, false FROM met WHERE NOT repeated"
    )


def _conflict_note(con: duckdb.DuckDBPyConnection, table: Table, count: int) -> Note:
    file, row, key = con.execute(
        "SELECT source_file, source_row, k FROM verdicts WHERE NOT repeated ORDER BY 1, 2 LIMIT 1"
    ).fetchall()[0]
    zh = f"{table.id}: {count} 个主键内容前后不一,两行均保留,采用较后者;例:{key}(先见于 {file} 第 {row} 行)"
    en = f"{table.id}: {count} keys came with different content; both rows are kept, the later one is used; e.g. {key} (before: {file} row {row})"
    return Note(Text(zh, en), row=int(row))


def _write_superseded(con: duckdb.DuckDBPyConnection, target: Target) -> None:
    target.superseded.parent.mkdir(parents=True, exist_ok=True)
    query = "SELECT source_file, source_sheet, source_row FROM verdicts WHERE NOT repeated"
    con.execute(f"COPY ({query}) TO {literal(str(target.superseded))} (FORMAT parquet)")


def _rewrite(con: duckdb.DuckDBPyConnection, target: Target) -> None:
    """Write the Parquet again without the rows that were quarantined or repeat others."""
    final = target.parquet.with_suffix(".tmp")
    con.execute(
        f"COPY (SELECT * FROM typed t WHERE _state <> {WRONG} AND NOT EXISTS (SELECT 1 FROM verdicts v WHERE repeated AND "
        f"v.source_row = t.source_row AND v.source_sheet = t.source_sheet AND v.source_file = t.source_file)) "
        f"TO {literal(str(final))} (FORMAT parquet)"
    )
    final.replace(target.parquet)


def _unknown_codes(con: duckdb.DuckDBPyConnection, checks: Checks, target: Target) -> list[Note]:
    query = checks.unknown_codes(_read(target.parquet))
    found = con.execute(f"SELECT * FROM ({query}) ORDER BY ALL").fetchall() if query else []
    return [
        Note(
            Text(
                f"{checks.table.id}.{name}: 代码“{code[:60]}”不在代码表内,保留,出现 {cells} 次",
                f"{checks.table.id}.{name}: code {code[:60]!r} is not in the list; kept, {cells} times",
            ),
            kind="info",
        )
        for name, code, cells in found
    ]
