"""Canonical workbooks (XLSX): a sheet a table, or one sheet in a file named after the table.

Nothing in a workbook is executed or trusted: a formula's stored result is not read (its row is refused), hidden sheets
are told and left alone, and a file that unpacks into far more than it weighs is refused before it is opened.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl

from caselens.core.errors import DataError, Problem
from caselens.core.text import Text
from caselens.readers._declare import Item, Note, Refused, Row
from caselens.tables import TABLES
from caselens.workspace.engine import lacks_room
from caselens.workspace.heading import check_heading, match_columns, table_called
from caselens.workspace.text import MAX_CELL, too_long

MAX_UNPACKED = 4_000_000_000
MAX_RATIO, SMALL = 200, 50_000_000
#: A spreadsheet keeps 15 significant digits; a longer number has lost its last ones.
MAX_EXACT = 10**15
#: The last row that a spreadsheet has.
MAX_ROW = 1_048_576
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ZEROS = re.compile(r"0{2,}")


def check_package(path: Path) -> None:
    """Refuse what is no zip package, or one that unpacks into too much.

    Raises:
        DataError: with the sentence why.
    """
    try:
        with zipfile.ZipFile(path) as package:
            unpacked = sum(item.file_size for item in package.infolist())
            packed = max(sum(item.compress_size for item in package.infolist()), 1)
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
        reason = f"its content is no workbook ({error}) 内容不是工作簿,与扩展名不符"
        raise DataError("no workbook", [Problem(path.name, 0, reason)]) from error
    if unpacked > MAX_UNPACKED or (unpacked > SMALL and unpacked / packed > MAX_RATIO):
        reason = f"it unpacks from {packed:,} to {unpacked:,} bytes, more than {MAX_RATIO} times 解压后过大,拒绝读取"
        raise DataError("zip bomb", [Problem(path.name, 0, reason)])


def workbook_rows(path: Path, table: str | None) -> Iterator[Item]:
    """The rows of a canonical workbook.

    Args:
        path: the file.
        table: the table the file is named after, or ``None`` where only its sheets are.

    Raises:
        DataError: it is no readable workbook, or none of its sheets is a table.
    """
    check_package(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=False, keep_links=False)
    except Exception as error:
        raise DataError("no workbook", [Problem(path.name, 0, f"not a readable workbook: {error} 无法读取")]) from error
    try:
        visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        named = [(sheet, called) for sheet in visible if (called := table_called(sheet.title))]
        if not named and table and visible:
            named = [(visible[0], table)]
        if not named:
            reason = "no visible sheet is named after a table 没有以数据表命名的可见工作表"
            raise DataError("no sheet", [Problem(path.name, 0, reason)])
        read = {sheet.title for sheet, _ in named}
        for sheet in book.worksheets:
            if sheet.sheet_state != "visible":
                text = Text(f"隐藏工作表“{sheet.title}”未读取", f"hidden sheet {sheet.title!r} was not read")
                yield Note(text, sheet=sheet.title)
            elif sheet.title not in read:
                zh = f"工作表“{sheet.title}”不是数据表,未读取"
                text = Text(zh, f"sheet {sheet.title!r} is not named after a table and was not read")
                yield Note(text, sheet=sheet.title)
        for sheet, called in named:
            yield from _sheet(path, sheet, called, alone=len(named) == 1)
    finally:
        book.close()


def sheet_tables(path: Path) -> list[str]:
    """Tables that visible sheets are named after, from the workbook's list of sheets alone; [] where it is none."""
    try:
        check_package(path)
        with zipfile.ZipFile(path) as package:
            if package.getinfo("xl/workbook.xml").file_size > SMALL:
                return []
            root = ElementTree.fromstring(package.read("xl/workbook.xml"))
    except (DataError, KeyError, OSError, RuntimeError, zipfile.BadZipFile, ElementTree.ParseError):
        return []
    sheets = [sheet for sheet in root.iter(f"{_MAIN}sheet") if sheet.get("state", "visible") == "visible"]
    return [called for sheet in sheets if (called := table_called(sheet.get("name", "")))]


class _Damaged(DataError):
    """A sheet whose rows cannot all be read."""


def _sheet(path: Path, sheet: Any, table: str, alone: bool) -> Iterator[Item]:
    """A sheet's rows. Where it has no usable heading and others stand beside it, it alone is refused."""
    try:
        yield from _rows(path, sheet, table)
    except DataError as error:
        if alone or isinstance(error, _Damaged):
            raise
        reasons = tuple(problem.reason for problem in error.problems) or (str(error),)
        yield Refused(
            table, f"sheet {sheet.title}", reasons, error.problems[0].row if error.problems else 1, sheet.title
        )


def _lines(path: Path, sheet: Any) -> Iterator[Any]:
    """The sheet's rows; a package that is damaged further down is refused as a whole, for nobody knows what is missing."""
    try:
        yield from sheet.iter_rows()
    except Exception as error:
        if lacks_room(error):
            raise
        reason = f"damaged inside ({error}); have it sent again 工作簿内容损坏，请重新提供"
        raise _Damaged("damaged workbook", [Problem(path.name, 0, reason, sheet=sheet.title)]) from error


def _rows(path: Path, sheet: Any, table: str) -> Iterator[Item]:
    sheet.reset_dimensions()  # what a file says about its own size is often wrong, and would cut columns off
    heading: list[str] = []
    declared: frozenset[str] = frozenset()
    for number, cells in enumerate(_lines(path, sheet), start=1):
        if number > MAX_ROW:
            reason = f"a row beyond {MAX_ROW:,}, which no spreadsheet has 行号超出电子表格上限"
            raise DataError("impossible row", [Problem(path.name, number, reason, sheet=sheet.title)])
        if not heading:
            heading = _heading(cells)
            if heading:
                check_heading(path.name, heading, sheet.title, number)
                matched, _ = match_columns(TABLES[table], heading, path.name)
                declared = frozenset(matched.values())
            continue
        item = _row(table, sheet.title, heading, declared, number, cells)
        if item is not None:
            yield item
    if not heading:
        reason = "the sheet is empty, it has no heading row 工作表为空,没有列名行"
        raise DataError("empty sheet", [Problem(path.name, 0, reason, sheet=sheet.title)])


def _heading(cells: Any) -> list[str]:
    heading = [str(cell.value).strip() if cell.value is not None else "" for cell in cells]
    while heading and not heading[-1]:
        heading.pop()
    return heading


def _row(table: str, sheet: str, heading: list[str], declared: frozenset[str], number: int, cells: Any) -> Item | None:
    values: dict[str, str | None] = {}
    reasons: list[str] = []
    for name, cell in zip(heading, cells, strict=False):
        text, reason = _cell_text(cell)
        values[name] = text
        # A formula in a column nobody declared is kept as its text: it decides nothing.
        if reason and name in declared:
            reasons.append(f"{name} = {text!r}: {reason}")
    beyond = [cell for cell in cells[len(heading) :] if cell.value not in (None, "")]
    if beyond:
        reasons.append(f"{len(beyond)} cells beyond the {len(heading)} columns of the heading 列数多于列名行")
    if reasons:
        raw = {**values, **{f"({cell.coordinate})": str(cell.value) for cell in beyond}}
        return Refused(table, str(raw), tuple(reasons), number, sheet)
    return Row(table, values, number, sheet) if any((text or "").strip() for text in values.values()) else None


def _cell_text(cell: Any) -> tuple[str | None, str]:
    """A cell as canonical text, and why it cannot be trusted (or "")."""
    value = cell.value
    if value is None:
        return None, ""
    if cell.data_type == "f":
        text = str(getattr(value, "text", value))[:200]
        return text, "a formula, not a value; save the sheet with values 公式而非数值,不予采信"
    if cell.data_type == "e":
        return str(value), "an error, not a value 错误值"
    if isinstance(value, bool):
        return ("true" if value else "false"), ""
    if isinstance(value, datetime):
        return value.isoformat() if value.time() != time(0) else value.date().isoformat(), ""
    if isinstance(value, date | time):
        return value.isoformat(), ""
    if isinstance(value, int | float):
        return _number_text(cell, value)
    text = str(value)
    return (text[:200], too_long(text)) if len(text) > MAX_CELL else (text, "")


def _number_text(cell: Any, value: float) -> tuple[str, str]:
    """A number with the 15 digits a spreadsheet shows; leading zeros where the cell is formatted to show them."""
    if abs(value) >= MAX_EXACT:
        reason = "a number of more than 15 digits; a spreadsheet has lost its last ones, enter it as text"
        return repr(value), f"{reason} 超过15位,末位已失真,请按文本填写"
    if float(value).is_integer():
        zeros = str(cell.number_format)
        return str(int(value)).zfill(len(zeros) if _ZEROS.fullmatch(zeros) else 1), ""
    return format(value, ".15g"), ""
