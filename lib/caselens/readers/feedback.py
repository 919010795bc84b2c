"""Investigators' query feedback: company registry, kinship, household, real estate, vehicles, tax, lists of accounts.

Bank details and payment institutions' details are statements and read as such. A sheet is recognised by its headings
wherever they stand within the first rows; sheets of kinds that give no table are told and left unread.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

from caselens.core.errors import DataError
from caselens.core.text import Text
from caselens.readers._declare import Item, Note, Reader, Refused
from caselens.readers._feedback_layouts import LAYOUTS
from caselens.readers._feedback_line import Layout, Line, Sheet
from caselens.readers._grid import Grid, GridRow, open_grids

__all__ = ["READER", "read", "recognise"]

#: The heading stands within so many rows.
_WITHIN = 30


def _find(rows: list[GridRow]) -> tuple[int, Layout] | None:
    for index, row in enumerate(rows[:_WITHIN]):
        for layout in LAYOUTS:
            if layout.fits(row.cells):
                return index, layout
    return None


def recognise(path: Path) -> float:
    """How sure it is that the file is a feedback sheet, 0 to 0.97. Looks at the first rows; never raises."""
    try:
        for grid in open_grids(path, _rating, whole=False):
            if not grid.is_hidden and _find(list(islice(grid.rows(), _WITHIN))):
                # Headings of the registry are long and its own: surer than a statement can be.
                return 0.97
    except DataError:
        return 0.0
    return 0.0


def _rating(rows: list[GridRow]) -> float:
    return 1.0 if _find(rows) else 0.0


def read(path: Path) -> Iterator[Item]:
    """The rows of a feedback file, sheet by sheet, with refusals and notes.

    Raises:
        DataError: no sheet has the headings of a known layout, or the file cannot be read as a table.
    """
    with path.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    any_found = False
    for grid in open_grids(path, _rating):
        rows = grid.rows()
        head = list(islice(rows, _WITHIN))
        found = None if grid.is_hidden else _find(head)
        if found is None:
            if head:
                yield _unread(grid)
            continue
        any_found = True
        index, layout = found
        yield from _sheet(
            grid.sheet, layout, digest, head[index].cells, chain(head[index + 1 :], rows), head[index].number
        )
    if not any_found:
        raise DataError(f"{path.name}: no sheet has the headings of a known feedback sheet.")


def _unread(grid: Grid) -> Note:
    if grid.is_hidden:
        text = Text(f"工作表“{grid.sheet}”被隐藏，未读取。", f"Sheet “{grid.sheet}” is hidden and was not read.")
        return Note(text, "warning", 0, grid.sheet)
    text = Text(
        f"工作表“{grid.sheet}”不是已知的反馈表，未读取。",
        f"Sheet “{grid.sheet}” is no known feedback sheet and was not read.",
    )
    return Note(text, "warning", 0, grid.sheet)


def _sheet(
    name: str, layout: Layout, digest: str, heading: tuple[str, ...], rows: Iterator[GridRow], at: int
) -> Iterator[Item]:
    sheet = Sheet.of(name, layout.id, digest, heading)
    told = Text(f"识别为“{layout.title.zh}”反馈表", f"Understood as feedback of the kind “{layout.title.en}”")
    yield Note(told, "mapping", at, name)
    given = refused = 0
    for row in rows:
        if not any(cell.strip() for cell in row.cells) or row.cells == heading:
            continue
        for item in layout.convert(Line(sheet, row)):
            refused += isinstance(item, Refused)
            given += not isinstance(item, Refused)
            yield item
    text = Text(
        f"“{layout.title.zh}”给出 {given} 行，退回 {refused} 行",
        f"{layout.title.en}: {given} rows given, {refused} refused",
    )
    yield Note(text, "info", 0, name)
    for column, (count, first, example) in sorted(sheet.unreadable.items()):
        shown = example[:40]
        zh = f"“{column}”有 {count} 处无法识读，留空，例如第 {first} 行“{shown}”。"
        en = f"“{column}” could not be read in {count} place(s) and is left empty, e.g. row {first}: “{shown}”."
        yield Note(Text(zh, en), "warning", first, name)


READER = Reader(
    id="feedback",
    title=Text(
        "查询反馈表（工商登记、亲属、户籍、不动产、车辆、税务、账户）",
        "Query feedback (registry, kinship, household, real estate, vehicles, tax, accounts)",
    ),
    tables=(
        "persons",
        "organizations",
        "directorships",
        "ownerships",
        "unit_events",
        "kinships",
        "assets",
        "stated_figures",
        "accounts",
    ),
    recognise=recognise,
    read=read,
)
