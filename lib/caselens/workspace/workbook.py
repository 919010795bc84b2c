"""Canonical workbooks (XLSX): a sheet a table, or one sheet in a file named after the table.

Nothing in a workbook is executed or trusted: a formula's stored result is not read (its row is refused), hidden sheets
are told and left alone, and a file that unpacks into far more than it weighs is refused before it is opened.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl

from caselens.core.errors import DataError, Problem
from caselens.core.text import Text
from caselens.readers._declare import Item, Note, Refused, Row
from caselens.tables import TABLES
from caselens.workspace.staging import MAX_CELL, check_heading

MAX_UNPACKED = 4_000_000_000
MAX_RATIO = 200
#: A spreadsheet keeps 15 significant digits; a longer number has lost its last ones.
MAX_EXACT = 10**15


def check_package(path: Path) -> None:
    """Refuse what is no zip package, or one that unpacks into too much.

    Raises:
        DataError: with the sentence why.
    """
    try:
        with zipfile.ZipFile(path) as package:
            unpacked = sum(item.file_size for item in package.infolist())
            packed = max(sum(item.compress_size for item in package.infolist()), 1)
    except (zipfile.BadZipFile, OSError) as error:
        reason = f"its content is no workbook: {error} 内容不是工作簿,与扩展名不符"
        raise DataError("no workbook", [Problem(path.name, 0, reason)]) from error
    if unpacked > MAX_UNPACKED or (unpacked > 50_000_000 and unpacked / packed > MAX_RATIO):
        reason = f"it unpacks from {packed:,} to {unpacked:,} bytes; refused 解压后过大,拒绝读取"
        raise DataError("zip bomb", [Problem(path.name, 0, reason)])


def workbook_rows(path: Path, table: str | None) -> Iterator[Item]:
    """The rows of a canonical workbook.

    Args:
        path: the file.
        table: the table the file is named after, or ``None`` where only its sheets are.
    """
    check_package(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=False, keep_links=False)
    except Exception as error:
        raise DataError("no workbook", [Problem(path.name, 0, f"not a readable workbook: {error} 无法读取")]) from error
    try:
        visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        for sheet in book.worksheets:
            if sheet.sheet_state != "visible":
                yield Note(Text(f"隐藏工作表“{sheet.title}”未读取", f"hidden sheet {sheet.title!r} was not read"))
        named = [(sheet, sheet.title.strip().lower()) for sheet in visible if sheet.title.strip().lower() in TABLES]
        if not named and table:
            named = [(visible[0], table)] if visible else []
            for sheet in visible[1:]:
                zh = f"工作表“{sheet.title}”不是数据表,未读取"
                yield Note(Text(zh, f"sheet {sheet.title!r} is not named after a table and was not read"))
        for sheet, name in named:
            yield from _sheet_rows(path, sheet, name)
    finally:
        book.close()


def sheet_tables(path: Path) -> list[str]:
    """Names of the visible sheets that are named after a table; empty where the file is no workbook."""
    try:
        check_package(path)
        book = openpyxl.load_workbook(path, read_only=True, keep_links=False)
    except Exception:  # noqa: BLE001 - whatever it is, it is no canonical workbook; the reader that takes it says why
        return []
    try:
        return [name for sheet in book.worksheets if (name := sheet.title.strip().lower()) in TABLES]
    finally:
        book.close()


def _sheet_rows(path: Path, sheet: Any, table: str) -> Iterator[Item]:
    rows = sheet.iter_rows()
    heading = [str(cell.value).strip() if cell.value is not None else "" for cell in next(rows, ())]
    while heading and not heading[-1]:
        heading.pop()
    if not heading:
        if table:
            yield Note(Text(f"工作表“{sheet.title}”为空", f"sheet {sheet.title!r} is empty"), kind="info")
        return
    check_heading(path, heading, sheet.title)
    for number, cells in enumerate(rows, start=2):
        values: dict[str, str | None] = {}
        reasons: list[str] = []
        for name, cell in zip(heading, cells, strict=False):
            text, reason = _cell_text(cell)
            values[name] = text
            if reason:
                reasons.append(f"{name}: {reason}")
        if reasons:
            yield Refused(table, str(values), tuple(reasons), number, sheet.title)
        elif any(value not in (None, "") for value in values.values()):
            yield Row(table, values, number, sheet.title)


def _cell_text(cell: Any) -> tuple[str | None, str]:
    """A cell as canonical text, and why it cannot be trusted (or "")."""
    value = cell.value
    if value is None:
        return None, ""
    if getattr(cell, "data_type", "") in ("f", "e") or (isinstance(value, str) and value.startswith("=")):
        return str(value)[:200], "a formula or an error, not a value; save the sheet with values 公式或错误值,不予采信"
    if isinstance(value, bool):
        return ("true" if value else "false"), ""
    if isinstance(value, datetime):
        return value.isoformat() if value.time() != time(0) else value.date().isoformat(), ""
    if isinstance(value, date | time):
        return value.isoformat(), ""
    if isinstance(value, int | float):
        if abs(value) >= MAX_EXACT:
            return repr(
                value
            ), "a number of more than 15 digits; a spreadsheet has lost its last ones 超过15位,末位已失真"
        return (str(int(value)) if float(value).is_integer() else repr(value)), ""
    text = str(value)
    if len(text) > MAX_CELL:
        return text[:200], f"a cell of {len(text):,} characters 单元格过长"
    return text, ""
