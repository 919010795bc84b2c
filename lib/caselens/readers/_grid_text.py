"""Delimited text as a grid: encoding and delimiter found by content, rows streamed."""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from caselens.core.errors import DataError
from caselens.readers._grid import MAX_COLUMNS, MAX_LINE, Grid, GridRow

DELIMITERS = (",", "\t", ";", "|")
#: A quoted field may run over this many lines; beyond it the opening quotation mark is taken as a character.
_MAX_JOINED_LINES = 20
_LOOK = 65_536


def open_text(path: Path, choose: Callable[[list[GridRow]], float] | None, whole: bool) -> Grid:
    """The one grid of a delimited text file. Arguments and errors as in ``open_grids``."""
    encoding = _encoding(path, whole)

    def rows_by(delimiter: str) -> Iterator[GridRow]:
        return _rows(path, encoding, delimiter)

    def rating(delimiter: str) -> float:
        head = list(islice(rows_by(delimiter), 120))
        return choose(head) if choose is not None else _evenness(head)

    delimiter = max(DELIMITERS, key=lambda mark: (rating(mark), -DELIMITERS.index(mark)))
    return Grid("", lambda: rows_by(delimiter))


def _encoding(path: Path, whole: bool) -> str:
    """UTF-8 with or without BOM, UTF-16, or GB18030; the first that decodes without an error."""
    with path.open("rb") as handle:
        head = handle.read(_LOOK)
    if head.startswith(codecs.BOM_UTF8):
        candidates: tuple[str, ...] = ("utf-8-sig",)
    elif head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ("utf-16",)
    elif b"\x00" in head:
        nul_odd, nul_even = head[1::2].count(0), head[0::2].count(0)
        candidates = ("utf-16-le",) if nul_odd > nul_even else ("utf-16-be",)
        if max(nul_odd, nul_even) < len(head) // 8 or min(nul_odd, nul_even) > len(head) // 100:
            raise DataError(f"{path.name} holds NUL bytes and is no UTF-16 text: it is damaged or not a statement.")
    else:
        candidates = ("utf-8", "gb18030")
    for encoding in candidates:
        if _decodes(path, encoding, whole):
            return encoding
    raise DataError(f"{path.name} is neither UTF-8, UTF-16 nor GB18030 text. Save it again as UTF-8 or as .xlsx.")


def _decodes(path: Path, encoding: str, whole: bool) -> bool:
    """Whether the file (or its beginning) decodes, read in blocks so that size does not matter."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as handle:
        try:
            while block := handle.read(_LOOK):
                decoder.decode(block)
                if not whole:
                    return True
            decoder.decode(b"", True)
        except (UnicodeDecodeError, UnicodeError):
            return False
    return True


def _lines(path: Path, encoding: str) -> Iterator[tuple[int, str]]:
    """Physical lines with their 1-based numbers and without their ends."""
    with path.open("r", encoding=encoding, newline=None) as handle:
        number = 0
        while line := _readline(handle.readline, path):
            number += 1
            if len(line) > MAX_LINE:
                raise DataError(f"{path.name}, line {number}: longer than {MAX_LINE:,} characters; not a statement.")
            if "\x00" in line:
                raise DataError(f"{path.name}, line {number}: holds a NUL character; the file is damaged.")
            yield number, line.rstrip("\n")


def _readline(readline: Callable[[int], str], path: Path) -> str:
    """One line of bounded length; an undecodable byte becomes a sentence."""
    try:
        return readline(MAX_LINE + 1)
    except UnicodeError as error:
        raise DataError(f"{path.name} cannot be decoded: {error}.") from None


def _rows(path: Path, encoding: str, delimiter: str) -> Iterator[GridRow]:
    """Records parted by ``delimiter``, numbered by the line they begin on."""
    lines = _lines(path, encoding)
    waiting: list[tuple[int, str]] = []
    while True:
        if waiting:
            number, line = waiting.pop(0)
        else:
            following = next(lines, None)
            if following is None:
                return
            number, line = following
        if '"' not in line:
            cells = line.split(delimiter)
        else:
            cells = _quoted(line, delimiter, waiting, lines)
        if len(cells) > MAX_COLUMNS:
            raise DataError(f"{path.name}, line {number}: {len(cells):,} columns; a statement has fewer than 1,000.")
        yield GridRow(number, tuple(cells))


def _quoted(line: str, delimiter: str, waiting: list[tuple[int, str]], lines: Iterator[tuple[int, str]]) -> list[str]:
    """Split a line that holds quotation marks, joining lines while a quoted field stays open.

    A mark that nothing closes nearby would swallow the rows after it: it is then read as a character, and the lines
    looked at are put back.
    """
    text, taken = line, 0
    while True:
        try:
            return next(csv.reader([text], delimiter=delimiter, strict=True))
        except csv.Error:
            if '"' not in text or not _is_open(text, delimiter) or taken == _MAX_JOINED_LINES:
                break
        if taken == len(waiting):
            following = next(lines, None)
            if following is None:
                break
            waiting.append(following)
        text += "\n" + waiting[taken][1]
        taken += 1
        if not _is_open(text, delimiter):
            joined = _lenient(text, delimiter)
            if not any(cell.count(delimiter) > 3 and "\n" in cell for cell in joined):
                del waiting[:taken]
                return joined
            break
    return line.split(delimiter) if _is_open(line, delimiter) else _lenient(line, delimiter)


def _is_open(text: str, delimiter: str) -> bool:
    """Whether a quoted field is still open at the end of ``text``."""
    try:
        for _ in csv.reader([text], delimiter=delimiter, strict=True):
            continue
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


def _lenient(text: str, delimiter: str) -> list[str]:
    """Split by the csv module's forgiving rules; ``text`` may hold line ends inside quoted fields."""
    try:
        return next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        return text.split(delimiter)


def _evenness(rows: list[GridRow]) -> float:
    """How many of the first rows share the most frequent number of cells (beyond one)."""
    widths = Counter(len(row.cells) for row in rows if len(row.cells) > 1)
    return float(max(widths.values(), default=0))
