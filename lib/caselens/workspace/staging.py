"""From a file in canonical form to a relation the engine can type: text columns, and the row each came from.

A clean CSV is read by the engine directly, and a row's number follows from its place. Whatever makes that unsafe
(ragged rows, blank lines, line breaks inside cells) sends the file through Python's csv reader instead, which is slower
and gives the exact row of everything.
"""

from __future__ import annotations

import codecs
import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from caselens.core.errors import DataError, Problem
from caselens.readers._declare import Item, Refused, Row
from caselens.workspace.validate import literal

MAX_COLUMNS = 2_000
MAX_CELL = 1_000_000  # characters; a statement's memo has a few hundred


@dataclass(slots=True)
class Staged:
    """One table's rows of one file, ready to be typed.

    ``relation`` stands after FROM; ``types`` maps its columns to SQL types. ``first_row`` is the file row of its first
    row where rows follow each other without a gap; ``None`` where the relation has ``source_row`` and ``source_sheet``.
    """

    table: str
    relation: str
    types: dict[str, str]
    first_row: int | None
    refused: list[Refused] = field(default_factory=list)
    #: Called with the number of rows the engine read; False sends the file through the careful reader.
    trustworthy: Callable[[int], bool] = lambda rows: True
    #: Text whose empty cells the engine reads as NULL, so that the quick way of typing may be tried.
    quick: bool = False


def encoding_of(path: Path, *, whole: bool = True) -> str:
    """Encoding of a text file: ``utf-8``, ``utf-8-sig`` (with BOM) or ``gb18030``.

    Args:
        path: the file.
        whole: look at all of it; else at its first megabytes, where the engine will find what comes later.

    Raises:
        DataError: the file is empty, holds NUL bytes (it is no text), or is neither UTF-8 nor GB18030.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    start, is_utf8 = b"", True
    with open(path, "rb") as file:
        while chunk := file.read(1 << 22):
            start = start or chunk[:4]
            if b"\0" in chunk:
                raise DataError(
                    "not a text file", [Problem(path.name, 0, "it holds NUL bytes 含有空字节,不是文本文件")]
                )
            is_utf8 = is_utf8 and _decodes(decoder, chunk)
            if not whole:
                break
    if not start.strip(b"\xef\xbb\xbf \r\n\t"):
        raise DataError("empty file", [Problem(path.name, 0, "the file is empty 文件为空")])
    if is_utf8 and (not whole or _decodes(decoder, b"", final=True)):
        return "utf-8-sig" if start.startswith(codecs.BOM_UTF8) else "utf-8"
    if _is_gb18030(path):
        return "gb18030"
    reason = "neither UTF-8 nor GB18030; save it again as UTF-8 编码既非 UTF-8 也非 GB18030"
    raise DataError("unknown encoding", [Problem(path.name, 0, reason)])


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _is_gb18030(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("gb18030")("strict")
    with open(path, "rb") as file:
        while chunk := file.read(1 << 22):
            if not _decodes(decoder, chunk):
                return False
    return _decodes(decoder, b"", final=True)


def sniff_delimiter(heading: str) -> str:
    """The delimiter of a heading line: the one of comma, semicolon and tab that it has most of."""
    return max(",;\t", key=heading.count)


def heading_of(path: Path, encoding: str) -> tuple[list[str], str]:
    """The heading cells of a CSV file and its delimiter.

    Raises:
        DataError: no heading, a column named twice or not at all, or more than ``MAX_COLUMNS`` columns.
    """
    with open(path, encoding=encoding, newline="") as file:
        line = file.readline(4_000_000)
        delimiter = sniff_delimiter(line)
        file.seek(0)
        try:
            cells = [cell.strip() for cell in next(csv.reader(file, delimiter=delimiter), [])]
        except csv.Error as error:
            raise DataError("no heading", [Problem(path.name, 1, f"the heading cannot be read: {error}")]) from error
    while cells and not cells[-1]:
        cells.pop()
    check_heading(path, cells)
    return cells, delimiter


def check_heading(path: Path, cells: list[str], sheet: str = "", row: int = 1) -> None:
    """Refuse a heading that cannot name columns."""
    if not cells:
        raise DataError(
            "no heading", [Problem(path.name, row, "the file is empty, no heading row 文件为空", sheet=sheet)]
        )
    if len(cells) > MAX_COLUMNS:
        reason = f"{len(cells)} columns; at most {MAX_COLUMNS} are read 列数过多"
        raise DataError("too many columns", [Problem(path.name, row, reason, sheet=sheet)])
    repeated = sorted({cell for cell in cells if cells.count(cell) > 1}) if len(set(cells)) < len(cells) else []
    if repeated or "" in cells:
        names = ", ".join(repr(cell[:40]) for cell in repeated) or "(empty name)"
        reason = f"column named twice or not at all: {names} 列名重复或为空"
        raise DataError("bad heading", [Problem(path.name, row, reason, sheet=sheet)])


def stage_csv(path: Path, table: str, workdir: Path, lines: int) -> Staged:
    """A canonical CSV for the engine. GB18030 is rewritten as UTF-8 into ``workdir`` first (streaming).

    Args:
        path: the file.
        table: the table it holds.
        workdir: for the rewritten file.
        lines: number of lines of the file; with as many rows, row numbers follow from the place.
    """
    encoding = encoding_of(path, whole=False)
    cells, delimiter = heading_of(path, encoding)
    readable = path
    if encoding == "gb18030":
        readable = workdir / "utf8.csv"
        with (
            open(path, encoding="gb18030", newline="") as source,
            open(readable, "w", encoding="utf-8", newline="") as to,
        ):
            while block := source.read(1 << 22):
                to.write(block)
    columns = ", ".join(f"{literal(cell)}: 'VARCHAR'" for cell in cells)
    relation = (
        f"read_csv({literal(str(readable))}, auto_detect=false, header=true, delim={literal(delimiter)}, quote='\"', "
        f"escape='\"', columns={{{columns}}}, max_line_size={2 * MAX_CELL})"
    )
    # Blank lines and line breaks inside cells both leave fewer rows than lines, so the two cannot make up for each other.
    types = dict.fromkeys(cells, "VARCHAR")
    return Staged(table, relation, types, 2, trustworthy=lambda rows: rows == lines - 1, quick=True)


def careful_csv(path: Path, table: str) -> Iterator[Item]:
    """The rows of a CSV by Python's reader: blank lines keep their number, ragged rows are refused with both counts."""
    encoding = encoding_of(path)
    cells, delimiter = heading_of(path, encoding)
    csv.field_size_limit(MAX_CELL)
    with open(path, encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        next(reader)
        number = 1
        while True:
            number += 1
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                reason = f"from here on the file cannot be read as CSV ({error}) 自此无法解析"
                yield Refused(table, "", (reason,), number)
                return
            if not row or (len(row) == 1 and not row[0].strip()):
                continue
            if (len(row) != len(cells) and any(cell.strip() for cell in row[len(cells) :])) or len(row) < len(cells):
                reason = f"{len(row)} cells, the heading has {len(cells)} 列数与表头不符"
                yield Refused(table, json.dumps(row, ensure_ascii=False), (reason,), number)
                continue
            yield Row(table, dict(zip(cells, row, strict=False)), number)


def json_lines(path: Path, table: str) -> Iterator[Item]:
    """The rows of a JSON-lines file; numbers keep the digits that the file prints."""
    with open(path, encoding=encoding_of(path)) as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                found = json.loads(line, parse_float=str, parse_int=str, parse_constant=str)
            except (json.JSONDecodeError, RecursionError) as error:
                yield Refused(table, line[:2000], (f"not a JSON object: {error} 不是 JSON 对象",), number)
                continue
            if not isinstance(found, dict):
                yield Refused(table, line[:2000], ("not a JSON object 不是 JSON 对象",), number)
                continue
            yield Row(table, {str(key).strip(): _as_text(value) for key, value in found.items()}, number)


def _as_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)


def stage_parquet(path: Path, table: str, con: duckdb.DuckDBPyConnection) -> Staged:
    """A canonical Parquet file; its columns keep their types, its first row is row 1."""
    relation = f"read_parquet({literal(str(path))})"
    try:
        described = con.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        raise DataError(
            "no Parquet", [Problem(path.name, 0, f"not a readable Parquet file: {first} 无法读取")]
        ) from error
    types = {str(name): str(kind) for name, kind, *_ in described}
    nested = [name for name, kind in types.items() if any(mark in kind for mark in ("STRUCT", "MAP", "[]", "BLOB"))]
    if nested:
        reason = f"nested or binary columns are not canonical: {', '.join(nested)} 不支持嵌套列"
        raise DataError("nested columns", [Problem(path.name, 0, reason)])
    return Staged(table, relation, types, 1)
