"""XLS and XLSX workbooks as grids: values through calamine, formula cells found in the sheet's own XML."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any
from xml.etree.ElementTree import ParseError

from caselens.core.errors import DataError
from caselens.readers._grid import (
    CELL_ERROR,
    FORMULA,
    MAX_COLUMNS,
    MAX_PACKING,
    MAX_UNPACKED,
    ROUNDED,
    Grid,
    GridRow,
)

#: A spreadsheet keeps 15 significant digits of a number; a longer one is no longer what was printed.
_EXACT = 10**15
_FORMULA_MARK = re.compile(rb"<(?:\w+:)?f[\s>/]")
_SAFE = (OSError, ValueError, KeyError, ParseError, zipfile.BadZipFile, EOFError, IndexError, TypeError, AttributeError)


def open_book(path: Path, is_zip: bool) -> list[Grid]:
    """The worksheets of a workbook in their order; chart sheets and macro sheets are not grids.

    Raises:
        DataError: damaged, protected by a password, not a workbook, or packed like a zip bomb.
    """
    import python_calamine as calamine

    if is_zip:
        _refuse_bomb(path)
    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
        sheets = list(book.sheets_metadata)
    except calamine.PasswordError:
        raise DataError(f"{path.name} is protected by a password. Ask for a copy without one.") from None
    except (calamine.CalamineError, *_SAFE) as error:
        raise DataError(f"{path.name} cannot be read as a workbook: {error}.") from None
    return [
        Grid(
            sheet.name,
            lambda index=index, name=sheet.name: _rows(path, book, index, name, is_zip),  # type: ignore[misc]
            is_hidden=sheet.visible != calamine.SheetVisibleEnum.Visible,
        )
        for index, sheet in enumerate(sheets)
        if sheet.typ == calamine.SheetTypeEnum.WorkSheet
    ]


def _refuse_bomb(path: Path) -> None:
    """Look at the table of contents before anything is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except _SAFE as error:
        raise DataError(f"{path.name} is a damaged archive: {error}.") from None
    if not any(entry.filename.startswith("xl/") for entry in entries):
        raise DataError(f"{path.name} is an archive but no .xlsx workbook. Unpack it, or save it as .xlsx.")
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(1, sum(entry.compress_size for entry in entries))
    if unpacked > MAX_UNPACKED or (unpacked > 50_000_000 and unpacked / packed > MAX_PACKING):
        raise DataError(
            f"{path.name} would unpack to {unpacked:,} bytes from {packed:,}; this looks like a zip bomb and is not read."
        )


def _rows(path: Path, book: Any, index: int, name: str, is_zip: bool) -> Iterator[GridRow]:
    """The rows of one sheet; numbers are those that a spreadsheet program shows."""
    import python_calamine as calamine

    try:
        sheet = book.get_sheet_by_index(index)
        if sheet.end is not None and sheet.end[1] >= MAX_COLUMNS:
            raise DataError(f"{path.name} [{name}]: {sheet.end[1] + 1:,} columns; a statement has fewer than 1,000.")
        formulas = _formula_cells(path, name) if is_zip else {}
        first_column = sheet.start[1] if sheet.start is not None else 0  # blank rows above are given, columns are not
        for number, values in enumerate(sheet.iter_rows() if sheet.end is not None else (), start=1):
            yield _row(number, values, formulas.get(number, {}), first_column)
    except DataError:
        raise
    except (calamine.CalamineError, *_SAFE) as error:
        raise DataError(f"{path.name} [{name}] cannot be read: {error}.") from None


def _row(number: int, values: list[Any], formulas: dict[int, str], first_column: int) -> GridRow:
    """One row of values as text with its flaws."""
    cells = [""] * first_column
    flaws: dict[int, str] = {}
    for column, value in enumerate(values, start=first_column):
        text = value if isinstance(value, str) else _text(value)
        cells.append(text)
        if isinstance(value, float | int) and not isinstance(value, bool) and abs(value) >= _EXACT:
            flaws[column] = ROUNDED
        elif isinstance(value, str) and value.startswith("#") and value in _ERRORS:
            flaws[column] = CELL_ERROR
    for column, formula in formulas.items():
        cells += [""] * (column + 1 - len(cells))  # a formula without a stored value lies outside the used range
        cells[column], flaws[column] = formula, FORMULA
    return GridRow(number, tuple(cells), MappingProxyType(flaws)) if flaws else GridRow(number, tuple(cells))


_ERRORS = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"})


def _text(value: Any) -> str:
    """A cell's value as it would be printed: ISO dates, numbers with at most 15 significant digits."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        text = format(value, ".15g")
        return text if "e" not in text else format(value, "f").rstrip("0").rstrip(".")
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S") if value.time() != dt.time() else value.date().isoformat()
    if isinstance(value, dt.timedelta):
        seconds = int(value.total_seconds())
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if isinstance(value, dt.time):
        return value.strftime("%H:%M:%S")
    return str(value)


def _formula_cells(path: Path, sheet: str) -> dict[int, dict[int, str]]:
    """``{row: {column index: formula}}`` of a sheet of an .xlsx file.

    The sheets' XML is searched for the mark of a formula first: most statements have none, and reading a large sheet
    a second time through openpyxl takes many times as long.
    """
    with zipfile.ZipFile(path) as archive:
        parts = [name for name in archive.namelist() if name.startswith("xl/worksheets/") and name.endswith(".xml")]
        if not any(_has_formula(archive, part) for part in parts):
            return {}
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True, data_only=False)
    try:
        found: dict[int, dict[int, str]] = {}
        for row in book[sheet].iter_rows():
            for cell in row:
                if getattr(cell, "data_type", "") == "f":
                    formula = str(getattr(cell.value, "text", cell.value) or "=")
                    found.setdefault(cell.row, {})[cell.column - 1] = formula
        return found
    finally:
        book.close()


def _has_formula(archive: zipfile.ZipFile, part: str) -> bool:
    """Whether the part holds the mark of a formula, read in overlapping blocks."""
    tail = b""
    with archive.open(part) as handle:
        while block := handle.read(1 << 20):
            if _FORMULA_MARK.search(tail + block):
                return True
            tail = block[-16:]
    return False
