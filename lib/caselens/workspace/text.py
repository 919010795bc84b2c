"""Text files read with care: the encoding found out, every line accounted for, memory bounded whatever they hold."""

from __future__ import annotations

import codecs
import csv
import json
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from caselens.core.errors import DataError, Problem
from caselens.readers._declare import Item, Refused, Row
from caselens.workspace.heading import check_heading

MAX_CELL = 1_000_000  # characters; a statement's memo has a few hundred
MAX_LINE = 4 * MAX_CELL
_SAMPLE = 1 << 22
_KEPT = 20_000  # characters of a refused line that the quarantine keeps; the file itself is in raw/


def encoding_of(path: Path) -> str:
    """Encoding of a text file: ``utf-8``, ``utf-8-sig`` (with BOM) or ``gb18030``.

    A file whose first megabytes are UTF-8 is UTF-8. Otherwise it is what most of its lines outside ASCII are: a few
    broken bytes cost the rows they stand in, not the file.

    Raises:
        DataError: the file is empty, is no text, or its lines are neither UTF-8 nor GB18030.
    """
    with open(path, "rb") as file:
        start = file.read(_SAMPLE)

    def refuse(message: str, reason: str) -> DataError:
        return DataError(message, [Problem(path.name, 0, reason)])

    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise refuse("unknown encoding", "it is UTF-16; save it again as UTF-8 编码为 UTF-16,请另存为 UTF-8")
    if b"\0" in start[:4096]:
        raise refuse("not a text file", "it holds NUL bytes, so it is not a text file 含有空字节,不是文本文件")
    if not start.removeprefix(codecs.BOM_UTF8).strip():
        raise refuse("empty file", "the file is empty 文件为空")
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if _decodes(start, "utf-8", final=len(start) < _SAMPLE):
        return "utf-8"
    with open(path, "rb") as file:
        seen, utf8, gb18030 = 0, 0, 0
        while seen < 100_000 and (line := file.readline(_SAMPLE)):
            if not line.isascii():
                seen += 1
                utf8 += _decodes(line, "utf-8")
                gb18030 += _decodes(line, "gb18030")
    if utf8 * 2 > seen:
        return "utf-8"
    if gb18030 * 2 > seen:
        return "gb18030"
    raise refuse("unknown encoding", "neither UTF-8 nor GB18030; save it again as UTF-8 编码既非 UTF-8 也非 GB18030")


def _decodes(content: bytes, encoding: str, final: bool = True) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(content, final)
    except UnicodeDecodeError:
        return False
    return True


def open_text(path: Path, encoding: str) -> TextIO:
    """The file as text with its own line ends; bytes that do not decode become surrogates (see :func:`damage`)."""
    return open(path, encoding=encoding, errors="surrogateescape", newline="")


def damage(text: str, encoding: str) -> str:
    """Why a piece of text cannot be trusted, or ""."""
    if "\0" in text:
        return "it holds NUL bytes 含有空字节"
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return f"it holds bytes that are not {encoding.removesuffix('-sig').upper()} 含有无法解码的字节"
    return ""


class TooLong(Exception):
    """A line, or what one quotation mark opened, is longer than ``MAX_LINE``."""


class Lines:
    """The lines of a file, with those taken since the last record, which can be given back.

    A line beyond ``MAX_LINE`` characters is never held: it raises :class:`TooLong` and what remains is its beginning.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._back: deque[tuple[str, int]] = deque()
        self.taken: list[tuple[str, int]] = []
        self._length = 0

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        text, length = self._back.popleft() if self._back else self._read()
        if not text:
            raise StopIteration
        self.taken.append((text, length))
        self._length += length
        if self._length > MAX_LINE:
            raise TooLong
        return text

    def _read(self) -> tuple[str, int]:
        text = self._file.readline(MAX_LINE + 1)
        length = len(text)
        if length <= MAX_LINE:
            return text, length
        last = text
        while last and not last.endswith(("\n", "\r")):
            last = self._file.readline(MAX_LINE)
            length += len(last)
        return text[:_KEPT], length

    def record_done(self) -> None:
        """What was taken is dealt with."""
        self.taken.clear()
        self._length = 0

    def give_back_but_first(self) -> tuple[str, int]:
        """Keep the first line taken, give the others back; returns it with its length."""
        first, *rest = self.taken
        self._back.extendleft(reversed(rest))
        return first


def heading_of(path: Path, encoding: str) -> tuple[list[str], str, int]:
    """The heading cells of a CSV file, its delimiter, and the row the heading stands in (1 unless blank lines precede).

    Raises:
        DataError: it has none that names columns.
    """
    with open_text(path, encoding) as file:
        lines = Lines(file)
        try:
            number, first = next(((n, line) for n, line in enumerate(lines, start=1) if line.strip()), (1, ""))
            delimiter = max(",;\t", key=first.count)
            lines.record_done()
            cells = [cell.strip() for cell in next(_csv_reader(_chain(first, lines), delimiter), [])]
        except (csv.Error, TooLong) as error:
            why = f"the heading cannot be read as CSV ({error or 'the line is too long'}) 列名行无法解析"
            raise DataError("no heading", [Problem(path.name, 1, why)]) from error
    if reason := damage("".join(cells), encoding):
        raise DataError("bad heading", [Problem(path.name, number, f"the heading: {reason}")])
    while cells and not cells[-1]:
        cells.pop()
    check_heading(path.name, cells, row=number)
    return cells, delimiter, number


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _csv_reader(lines: Iterator[str], delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(2 * MAX_LINE)
    return csv.reader(lines, delimiter=delimiter, strict=True)


def careful_csv(path: Path, table: str) -> Iterator[Item]:
    """The rows of a CSV by Python's reader, which give the exact row of everything.

    Rows are counted as a spreadsheet shows them: blank lines count, line breaks inside quotes do not. A row that
    cannot be read costs its first line only; what follows is read on, so that a stray quotation mark swallows nothing.
    """
    encoding = encoding_of(path)
    cells, delimiter, number = heading_of(path, encoding)
    with open_text(path, encoding) as file:
        lines = Lines(file)
        reader = _csv_reader(lines, delimiter)
        for _ in range(number):
            next(reader)
        while True:
            lines.record_done()
            number += 1
            try:
                row = next(reader)
            except StopIteration:
                return
            except (csv.Error, TooLong) as error:
                line, length = lines.give_back_but_first()
                if length > MAX_LINE:
                    reason = f"a line of {length:,} characters; at most {MAX_LINE:,} are read 行过长"
                elif isinstance(error, TooLong):
                    reason = "a quotation mark is opened and not closed 引号未闭合"
                else:
                    reason = f"it cannot be read as CSV ({error}); check its quotation marks 无法按 CSV 解析,请检查引号"
                yield _refused(table, line, length, reason, number)
                continue
            if not row or (len(cells) > 1 and len(row) == 1 and not row[0].strip()):
                continue
            reason = _row_reason(row, cells, lines, encoding)
            if reason:
                raw = "".join(text for text, _ in lines.taken)
                yield _refused(table, raw, len(raw), reason, number)
            else:
                yield Row(table, dict(zip(cells, row, strict=False)), number)


def _row_reason(row: list[str], cells: list[str], lines: Lines, encoding: str) -> str:
    if len(row) < len(cells) or any(cell.strip() for cell in row[len(cells) :]):
        return f"{len(row)} cells, but the heading names {len(cells)} columns 列数与列名行不符"
    for text, _ in lines.taken:
        if reason := damage(text, encoding):
            return reason
    long = [(name, cell) for name, cell in zip(cells, row, strict=False) if len(cell) > MAX_CELL]
    return "; ".join(f"{name}: {too_long(cell)}" for name, cell in long)


def too_long(cell: str) -> str:
    """The sentence about a cell that is too long."""
    return f"a cell of {len(cell):,} characters, beginning {cell[:40]!r}; at most {MAX_CELL:,} are read 单元格过长"


def _refused(table: str, raw: str, length: int, reason: str, row: int) -> Refused:
    raw = raw.rstrip("\r\n").encode("utf-8", "backslashreplace").decode()
    if length > _KEPT:
        raw = f"{raw[:_KEPT]} … ({length:,} characters in all; the whole is in raw/ 全文见 raw/)"
    return Refused(table, raw, (reason,), row)


class _Digits(str):
    """A number as the file prints it."""

    __slots__ = ()


def json_lines(path: Path, table: str) -> Iterator[Item]:
    """The rows of a JSON-lines file; numbers keep the digits that the file prints, nested values become JSON text.

    Raises:
        DataError: the file is no text, or one JSON array in place of a line an object.
    """
    encoding = encoding_of(path)
    decoder = json.JSONDecoder(
        parse_float=_Digits, parse_int=_Digits, parse_constant=_Digits, object_pairs_hook=_object
    )
    with open_text(path, encoding) as file:
        lines = Lines(file)
        number = 0
        while True:
            lines.record_done()
            number += 1
            try:
                line = next(lines)
            except StopIteration:
                return
            except TooLong:
                first, length = lines.taken[0]
                reason = f"a line of {length:,} characters; at most {MAX_LINE:,} are read 行过长"
                yield _refused(table, first, length, reason, number)
                continue
            if not line.strip():
                continue
            if number == 1 and line.lstrip("\ufeff \t").startswith("["):
                reason = "it is a JSON array; give JSON lines, one object a line 须为 JSON Lines,每行一个对象"
                raise DataError("no JSON lines", [Problem(path.name, 1, reason)])
            try:
                if reason := damage(line, encoding):
                    raise ValueError(reason)
                yield Row(table, _json_row(decoder.decode(line.strip())), number)
            except (ValueError, RecursionError) as error:
                yield _refused(table, line, len(line), f"not a JSON object: {error} 不是合格的 JSON 对象", number)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = {name.strip(): value for name, value in pairs}
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in it 名称重复")
    return found


def _json_row(found: object) -> dict[str, str | None]:
    if not isinstance(found, dict):
        raise ValueError("one object a line is allowed 每行须为一个对象")
    row = {name: None if value is None else _json_text(value) for name, value in found.items()}
    for name, value in row.items():
        if value is not None and len(value) > MAX_CELL:
            raise ValueError(f"{name}: {too_long(value)}")
        if reason := damage(f"{name}{value}", "utf-8"):
            raise ValueError(reason)
    return row


def _json_text(value: object, nested: bool = False) -> str:
    if isinstance(value, _Digits) or (isinstance(value, str) and not nested):
        return str(value)
    if isinstance(value, dict):
        parts = [f"{json.dumps(name, ensure_ascii=False)}: {_json_text(item, True)}" for name, item in value.items()]
        return "{" + ", ".join(parts) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_json_text(item, True) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)
