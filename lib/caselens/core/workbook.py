"""XLSX workbooks of plain cells, written in one pass: text, whole numbers and figures, and no way to write a formula.

The format is Office Open XML, SpreadsheetML (ECMA-376, part 1). Only what a list of rows needs is written; the same rows
give the same bytes, because nothing of the clock or the machine goes into the package.
"""

from __future__ import annotations

import math
import os
import re
import secrets
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

#: What a sheet and a cell can hold (ECMA-376; Excel's specifications and limits).
MOST_ROWS, MOST_SIGNS = 1_048_576, 32_767
_NAME_LENGTH = 31
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
#: ``_x0041_`` in a cell would be read as "A"; its underscore is therefore written in that very form.
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_CUT = "…"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
#: Cell styles: 0 figures, 1 text that stays text when it is edited (quotePrefix) and wraps, 2 headings.
_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="10"/><name val="Arial"/></font>'
    '<font><b/><sz val="10"/><name val="Arial"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/>'
    '</fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="3"><xf applyAlignment="1"><alignment vertical="top"/>'
    '</xf><xf quotePrefix="1" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>'
    '<xf quotePrefix="1" fontId="1" applyFont="1"/></cellXfs></styleSheet>'
)

#: What a cell may hold; None is an empty cell.
Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One list: ``heads`` over ``rows``, columns ``widths`` signs wide (14 where none is given).

    A list longer than a sheet goes on in a further one of the same name with a number behind it.
    """

    name: str
    heads: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    widths: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a workbook: names of its sheets, rows without headings, and cells cut at the longest text."""

    sheets: tuple[str, ...]
    rows: int
    cut: int


def write_workbook(path: Path, sheets: Iterable[Sheet], *, most_rows: int = MOST_ROWS) -> Written:
    """Write ``sheets`` to ``path``; a reader sees the old file or the new one.

    Args:
        path: the ``.xlsx`` file; its folder is made.
        sheets: at least one.
        most_rows: rows a sheet takes, its heading among them.

    Returns:
        what was written. A text longer than a cell takes ends in "…" and is counted; a sign that XML cannot hold is
        spelled ``⟦U+0000⟧``. Memory does not grow with the rows.

    Raises:
        ValueError: no sheet, a figure that is not finite, or ``most_rows`` below 2.
    """
    if most_rows < 2:
        raise ValueError(f"a sheet takes its heading and at least one row, got most_rows = {most_rows}")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    book = _Book(most_rows)
    try:
        with (
            open(temporary, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package,
        ):
            for sheet in sheets:
                book.add(package, sheet)
            book.finish(package)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return Written(tuple(book.names), book.rows, book.cut)


class _Book:
    def __init__(self, most_rows: int) -> None:
        self.names: list[str] = []
        self.rows = self.cut = 0
        self._most_rows = most_rows

    def add(self, package: zipfile.ZipFile, sheet: Sheet) -> None:
        rows, part = iter(sheet.rows), 1
        following = next(rows, None)
        while part == 1 or following is not None:
            self.names.append(_sheet_name(sheet.name if part == 1 else f"{sheet.name} {part}", self.names))
            with package.open(_entry(f"xl/worksheets/sheet{len(self.names)}.xml"), "w", force_zip64=True) as out:
                out.write(_opening(sheet).encode())
                out.write(self._row(1, sheet.heads, 2).encode())
                place = 1
                while following is not None and place < self._most_rows:
                    place += 1
                    out.write(self._row(place, following, 1).encode())
                    self.rows += 1
                    following = next(rows, None)
                last = f"{_column(max(len(sheet.heads), 1) - 1)}{place}"
                out.write(f'</sheetData><autoFilter ref="A1:{last}"/></worksheet>'.encode())
            part += 1

    def _row(self, place: int, values: Sequence[Cell], style: int) -> str:
        cells = "".join(self._cell(f"{_column(at)}{place}", value, style) for at, value in enumerate(values))
        return f'<row r="{place}">{cells}</row>'

    def _cell(self, where: str, value: Cell, style: int) -> str:
        if value is None:
            return ""
        if isinstance(value, (int, float)):
            if not math.isfinite(value):
                raise ValueError(f"a figure in a workbook is finite, cell {where} got {value}")
            figure = int(value) if isinstance(value, int) else float(value)
            return f'<c r="{where}"><v>{figure!r}</v></c>'
        text = _NOT_XML.sub(lambda match: f"⟦U+{ord(match.group()):04X}⟧", value)
        if len(text) > MOST_SIGNS:
            text = text[: MOST_SIGNS - 1] + _CUT
            self.cut += 1
        text = escape(_LOOKS_ESCAPED.sub("_x005F_", text)).replace("\r", "&#13;")
        return f'<c r="{where}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'

    def finish(self, package: zipfile.ZipFile) -> None:
        if not self.names:
            raise ValueError("a workbook needs at least one sheet")
        numbers = range(1, len(self.names) + 1)
        listed = "".join(
            f'<sheet name="{escape(name, {chr(34): "&quot;"})}" sheetId="{n}" r:id="rId{n}"/>'
            for n, name in zip(numbers, self.names, strict=True)
        )
        links = "".join(_relation(n, "worksheet", f"worksheets/sheet{n}.xml") for n in numbers)
        links += _relation(len(self.names) + 1, "styles", "styles.xml")
        types = "".join(_part(f"/xl/worksheets/sheet{n}.xml", "worksheet") for n in numbers)
        types += _part("/xl/workbook.xml", "sheet.main") + _part("/xl/styles.xml", "styles")
        parts = {
            "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINK}"><sheets>{listed}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>',
            "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
            f"{_relation(1, 'officeDocument', 'xl/workbook.xml')}</Relationships>",
            "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
            f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{types}</Types>',
        }
        package.writestr(_entry("xl/styles.xml"), _STYLES)
        for name, text in parts.items():
            package.writestr(_entry(name), _HEAD + text)


def _entry(name: str) -> zipfile.ZipInfo:
    """A part without the time of writing."""
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _relation(number: int, kind: str, target: str) -> str:
    return f'<Relationship Id="rId{number}" Type="{_LINK}/{kind}" Target="{target}"/>'


def _part(name: str, kind: str) -> str:
    return f'<Override PartName="{name}" ContentType="{_TYPES}.{kind}+xml"/>'


def _opening(sheet: Sheet) -> str:
    widths: Iterator[int] = iter(sheet.widths)
    columns = "".join(
        f'<col min="{n}" max="{n}" width="{next(widths, 14)}" customWidth="1"/>'
        for n in range(1, max(len(sheet.heads), 1) + 1)
    )
    return (
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f"<cols>{columns}</cols><sheetData>"
    )


def _column(place: int) -> str:
    """Letters of the column at ``place`` (0 is A, 26 is AA)."""
    letters, number = "", place + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _sheet_name(wanted: str, taken: Iterable[str]) -> str:
    """A name a spreadsheet accepts: at most 31 signs, no brackets or slashes, unlike the others whatever their case."""
    plain = _NOT_XML.sub("_", _NOT_IN_NAMES.sub("_", wanted)).strip("' ")[:_NAME_LENGTH] or "Sheet"
    known, name, number = {other.lower() for other in taken}, plain, 2
    while name.lower() in known:
        mark = f" ({number})"
        name, number = plain[: _NAME_LENGTH - len(mark)] + mark, number + 1
    return name
