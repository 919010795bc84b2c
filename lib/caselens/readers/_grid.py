"""Rows of cells from delimited text and spreadsheets, whatever the encoding, with what a cell cannot be trusted for.

A grid knows nothing about statements: other readers may use it. Every cell is text. What a spreadsheet could not keep
(a long number rounded to 15 digits) or did not receive (a formula's value) is marked as a flaw of the cell, so that
nobody takes the value for what the publisher printed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from caselens.core.errors import DataError

#: More columns than any statement has; a file beyond it is damaged or hostile.
MAX_COLUMNS = 1_000
#: A line of text longer than this is no statement line (characters).
MAX_LINE = 1_000_000
#: Unpacked size a workbook may have, in bytes, and how far it may be packed before it counts as a zip bomb.
MAX_UNPACKED = 1_500_000_000
MAX_PACKING = 300

#: Why a cell's value is not used.
FORMULA = "formula"
ROUNDED = "rounded"
CELL_ERROR = "error"

_NO_FLAWS: Mapping[int, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class GridRow:
    """One row: its 1-based number as a person sees it, its cells as text, and the flaws by column index."""

    number: int
    cells: tuple[str, ...]
    flaws: Mapping[int, str] = field(default_factory=lambda: _NO_FLAWS)

    def cell(self, index: int) -> str:
        """The cell at ``index``; a row that ends earlier has an empty one there."""
        return self.cells[index] if 0 <= index < len(self.cells) else ""

    def raw(self) -> str:
        """The row as one line of text, cells parted by tabs, for quarantine."""
        return "\t".join(self.cells)


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet (or the whole of a text file, ``sheet`` = ``""``). ``rows()`` starts anew at each call."""

    sheet: str
    rows: Callable[[], Iterator[GridRow]]
    is_hidden: bool = False


def open_grids(path: Path, choose: Callable[[list[GridRow]], float] | None = None, whole: bool = True) -> list[Grid]:
    """The grids of a file: one for text, one a worksheet for XLS and XLSX.

    Args:
        path: the file; its content decides what it is, its name does not.
        choose: rates the first rows under each possible delimiter of a text file; the best rated delimiter is used.
            Without it the delimiter that gives the most even rows is.
        whole: check the encoding of the whole text, not only of its beginning (``False`` for a quick look).

    Raises:
        DataError: the file cannot be read as a grid; the sentence says why and what to do.
    """
    from caselens.readers import _grid_book, _grid_text

    try:
        with path.open("rb") as handle:
            head = handle.read(4096)
    except OSError as error:
        raise DataError(f"{path.name} cannot be opened: {error.strerror or error}.") from None
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
        return _grid_book.open_book(path, is_zip=head.startswith(b"PK"))
    if not head.strip(b"\x00 \t\r\n"):
        raise DataError(f"{path.name} is empty or holds only NUL bytes.")
    beginning = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if beginning.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<style", b"mime-version")):
        raise DataError(
            f"{path.name} is a web page or XML saved under the name of a spreadsheet. "
            "Open it in a spreadsheet program, save it as .xlsx, and keep the original beside it."
        )
    if beginning.startswith(b"%pdf"):
        raise DataError(f"{path.name} is a PDF. Ask for the statement as a spreadsheet or as text.")
    return [_grid_text.open_text(path, choose, whole)]
