"""From a file in canonical form to a relation the engine can type: text columns, and the row each came from.

A clean CSV is read by the engine directly, and a row's number follows from its place. Whatever makes that unsafe
(ragged rows, blank lines, line breaks inside cells) sends the file through the careful reader instead, which is slower
and gives the exact row of everything. No name that a file gives reaches the engine: columns are called ``c0``, ``c1`` …
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from caselens.core.errors import DataError, Problem
from caselens.workspace.heading import check_heading
from caselens.workspace.text import MAX_CELL, encoding_of, heading_of
from caselens.workspace.validate import literal, quote

#: Columns of a staged relation, and of its refused rows, that say where a row stood.
ROW, SHEET = "\x01source_row", "\x01source_sheet"


#: Blanks beside the plain one that may stand round a value: tab, no-break space, ideographic space. Looking for them
#: once in the bytes costs a tenth of looking in every column.
ODD_BLANKS = (b"\t", "\u00a0".encode(), "\u3000".encode())


class Untrustworthy(Exception):
    """The engine's own CSV reader does not suit this file; the careful reader must take it."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What was seen of a file's bytes while it was copied (``has_odd_blanks``: see ``ODD_BLANKS``)."""

    sha256: str
    lines: int
    has_nul: bool
    has_lone_returns: bool
    has_odd_blanks: bool


@dataclass(slots=True)
class Staged:
    """One table's rows of one file, ready to be typed.

    ``relation`` stands after FROM; ``columns`` gives for each column, as the file calls it, the relation's name and SQL
    type. ``first_row`` is the file row of its first row where rows follow each other without a gap; ``None`` where the
    relation has ``ROW`` and ``SHEET``. ``refused`` is a relation (``source_row``, ``source_sheet``, ``reasons``,
    ``raw``) of rows that could not even be staged, or "". ``trustworthy``, called with the number of rows the engine
    read, says whether the row numbers hold. ``quick``: text whose empty cells are NULL already.
    """

    table: str
    relation: str
    columns: dict[str, tuple[str, str]]
    first_row: int | None
    refused: str = ""
    trustworthy: Callable[[int], bool] = lambda rows: True
    quick: bool = False


def stage_csv(path: Path, table: str, workdir: Path, shape: Shape) -> Staged:
    """A canonical CSV for the engine. GB18030 is rewritten as UTF-8 into ``workdir`` first (streaming).

    Raises:
        Untrustworthy: only the careful reader gives every row its number.
        DataError: the file is no text, or its heading does not name columns.
    """
    encoding = encoding_of(path)
    cells, delimiter, row = heading_of(path, encoding)
    # In a table of one column a blank line is a row to the engine and none to a person.
    if shape.has_nul or shape.has_lone_returns or row > 1 or len(cells) == 1:
        raise Untrustworthy("rows and lines need not tally")
    readable = _as_utf8(path, workdir) if encoding == "gb18030" else path
    columns = {cell: (f"c{index}", "VARCHAR") for index, cell in enumerate(cells)}
    types = ", ".join(f"'{name}': 'VARCHAR'" for name, _ in columns.values())
    relation = (
        f"read_csv({literal(str(readable))}, auto_detect=false, header=true, delim={literal(delimiter)}, quote='\"', "
        f"escape='\"', columns={{{types}}}, max_line_size={MAX_CELL}, compression='none')"
    )
    # Blank lines and line breaks inside cells both leave fewer rows than lines: the two cannot make up for each other.
    quick = not shape.has_odd_blanks and encoding != "gb18030"
    return Staged(table, relation, columns, 2, trustworthy=lambda rows: rows == shape.lines - 1, quick=quick)


def _as_utf8(path: Path, workdir: Path) -> Path:
    readable = workdir / "utf8.csv"
    with open(path, encoding="gb18030", newline="") as source, open(readable, "w", encoding="utf-8", newline="") as to:
        try:
            while block := source.read(1 << 22):
                to.write(block)
        except UnicodeDecodeError as error:
            raise Untrustworthy("some bytes do not decode") from error
    return readable


def stage_parquet(path: Path, table: str, con: duckdb.DuckDBPyConnection) -> Staged:
    """A canonical Parquet file; its columns keep their types, its first row is row 1.

    Raises:
        DataError: it is no Parquet, or has nested or binary columns.
    """
    source = f"read_parquet({literal(str(path))})"
    try:
        described = con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    except duckdb.Error as error:
        reason = f"not a readable Parquet file ({str(error).splitlines()[0][:200]}) 不是可读的 Parquet 文件"
        raise DataError("no Parquet", [Problem(path.name, 0, reason)]) from error
    types = {str(name): str(kind) for name, kind, *_ in described}
    check_heading(path.name, list(types), row=0)
    nested = [name for name, kind in types.items() if any(mark in kind for mark in ("STRUCT", "MAP", "[", "BLOB"))]
    if nested:
        names = ", ".join(name[:40] for name in nested[:40])
        reason = f"nested or binary columns are not canonical: {names}; give plain values 不支持嵌套列"
        raise DataError("nested columns", [Problem(path.name, 0, reason)])
    columns = {name: (f"c{index}", kind) for index, (name, kind) in enumerate(types.items())}
    renamed = ", ".join(f"{quote(name)} AS {renamed}" for name, (renamed, _) in columns.items())
    return Staged(table, f"(SELECT {renamed} FROM {source})", columns, 1)
