"""Statements of accounts as banks, WeChat, Alipay and investigators' query feedback print them.

There is no parser for each bank. The heading row is found by content, its columns are understood by a table of
synonyms and by the shape of their values, and what was understood is told as a note and can be saved, edited and used
again (``Mapping``, ``read_with``). The decisions taken are in docs/statements.md.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

from caselens.core.errors import DataError
from caselens.core.text import Text
from caselens.readers._declare import Item, Note, Reader, Refused
from caselens.readers._grid import Grid, GridRow, open_grids
from caselens.readers._statement_convert import account_row, convert, own_account
from caselens.readers._statement_headings import normalise
from caselens.readers._statement_lines import LINES, Section
from caselens.readers._statement_mapping import Mapping, locate
from caselens.readers._statement_preamble import Preamble, read_preamble
from caselens.readers._statement_recognise import HEADING_WITHIN, Found, find_heading, join_headings
from caselens.readers._statement_rows import BLANK, HEADING, OTHER, footer_controls, kind_of
from caselens.readers._statement_tally import Tally, coverage, lost_notes, rows_note

__all__ = ["READER", "Mapping", "mapping_of", "read", "read_with", "recognise"]

#: Rows read ahead: the preamble, the heading, and enough lines to learn what signs mean.
_AHEAD = 2_000


def recognise(path: Path) -> float:
    """How sure it is that the file is a statement, 0 to 0.95. Looks at the first rows; never raises."""
    try:
        found = [
            heading.mapping.confidence
            for grid in open_grids(path, _rating, whole=False)
            if not grid.is_hidden and (heading := find_heading(list(islice(grid.rows(), HEADING_WITHIN + 40))))
        ]
    except DataError:
        return 0.0
    return max(found, default=0.0)


def _rating(rows: list[GridRow]) -> float:
    """How well a delimiter suits: the confidence of the heading it lets one find."""
    found = find_heading(rows)
    return found.mapping.confidence if found else 0.0


def read(path: Path) -> Iterator[Item]:
    """The rows of ``accounts``, ``statement_lines`` and ``coverage`` of a statement, with refusals and notes.

    Raises:
        DataError: no sheet has a heading row with a date and an amount, or the file cannot be read as a table.
    """
    yield from _read(path, None)


def read_with(path: Path, mapping: Mapping) -> Iterator[Item]:
    """As ``read``, with the columns as ``mapping`` says instead of by recognition.

    Raises:
        DataError: no row of any sheet has all the headings of the mapping; or as ``read``.
    """
    yield from _read(path, mapping)


def mapping_of(path: Path) -> Mapping:
    """The mapping by which ``read`` would understand the first statement of the file, to be saved or edited.

    Raises:
        DataError: as ``read``.
    """
    for grid in open_grids(path, _rating):
        found = None if grid.is_hidden else find_heading(list(islice(grid.rows(), _AHEAD)), grid.sheet)
        if found is not None:
            return found.mapping
    raise _nothing_found(path, None)


def _read(path: Path, mapping: Mapping | None) -> Iterator[Item]:
    grids = open_grids(path, _rating)
    digest = _sha256(path)
    any_found = False
    for grid in grids:
        if grid.is_hidden:
            yield _hidden_note(grid)
            continue
        rows = grid.rows()
        head = list(islice(rows, _AHEAD))
        found = find_heading(head, grid.sheet) if mapping is None else _find_mapped(head, mapping)
        if found is None:
            if len(grids) > 1 and head:
                text = f"工作表“{grid.sheet}”没有可识别的流水标题行，未读取。"
                yield Note(
                    Text(text, f"Sheet “{grid.sheet}” has no heading row of a statement and was not read."),
                    "info",
                    0,
                    grid.sheet,
                )
            continue
        any_found = True
        yield from _sheet(grid.sheet, found, head, rows, digest, mapping)
    if not any_found:
        raise _nothing_found(path, mapping)


def _nothing_found(path: Path, mapping: Mapping | None) -> DataError:
    if mapping is not None:
        wanted = ", ".join(name for names in mapping.columns.values() for name in names)
        return DataError(
            f"{path.name}: no row within the first {HEADING_WITHIN} holds all headings of the mapping: {wanted}."
        )
    return DataError(
        f"{path.name} is not recognised as a statement: no row within the first {HEADING_WITHIN} of any visible sheet "
        "names a date and an amount. Write a mapping (Mapping) and read it with read_with."
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _hidden_note(grid: Grid) -> Note:
    """A hidden sheet is told and not read: nobody who handed the file over showed it."""
    count = sum(1 for row in grid.rows() if any(cell.strip() for cell in row.cells))
    text = Text(
        f"工作表“{grid.sheet}”被隐藏（{count} 行），未读取；如需使用，请在副本中取消隐藏并说明来源。",
        f"Sheet “{grid.sheet}” is hidden ({count} rows) and was not read; unhide it in a copy if it is to be used.",
    )
    return Note(text, "warning", 0, grid.sheet)


def _find_mapped(rows: list[GridRow], mapping: Mapping) -> Found | None:
    """The first row (or two rows) holding all headings of a mapping that a person gave."""
    for index, row in enumerate(rows[:HEADING_WITHIN]):
        heading = row.cells
        if mapping.heading_rows == 2 and index + 1 < len(rows):
            heading = join_headings(heading, rows[index + 1].cells)
        if locate(mapping, heading) is not None:
            return Found(index, heading, replace(mapping, heading_row=row.number))
    return None


class _Stream:
    """Rows one after the other, with a look at those that come."""

    def __init__(self, rows: Iterator[GridRow]) -> None:
        self._rows = rows
        self._seen: deque[GridRow] = deque()

    def __iter__(self) -> Iterator[GridRow]:
        return self

    def __next__(self) -> GridRow:
        return self._seen.popleft() if self._seen else next(self._rows)

    def ahead(self, count: int) -> list[GridRow]:
        """The next ``count`` rows, which stay to be given."""
        self._seen.extend(islice(self._rows, max(0, count - len(self._seen))))
        return list(islice(self._seen, count))


def _sheet(
    sheet: str, found: Found, head: list[GridRow], rest: Iterator[GridRow], digest: str, given: Mapping | None
) -> Iterator[Item]:
    """One sheet: its section, and further ones where another heading row begins a new table below."""
    preamble = read_preamble(head[: found.index])
    start = found.index + found.mapping.heading_rows
    section = Section.begin(found.mapping, found.heading, preamble, digest, head[start:])
    known: set[str] = set()
    tally = Tally()
    aside: list[GridRow] = []
    stream = _Stream(chain(head[start:], rest))
    yield Note(found.mapping.describe(), "mapping", found.mapping.heading_row, sheet)
    for row in stream:
        kind = kind_of(section, row)
        if kind == BLANK:
            tally.blank += 1
            continue
        if kind in (OTHER, HEADING):
            tally.other += 1
            if kind == OTHER:
                aside.append(row)
                tally.other_example = tally.other_example if tally.other_example[0] else (row.number, _short(row))
                continue
            if row.number == section.mapping.heading_row + section.mapping.heading_rows:
                continue  # the heading's translation
            again = _next_section(section, row, stream.ahead(60), given, aside, digest, sheet)
            if again is not None:
                yield from _finish(section, tally, aside, sheet)
                section, tally = again, Tally()
                yield Note(again.mapping.describe(), "mapping", row.number, sheet)
            aside = []
            continue
        yield from _line(section, tally, known, row, sheet)
    yield from _finish(section, tally, aside, sheet)


def _short(row: GridRow) -> str:
    return " ".join(cell.strip() for cell in row.cells if cell.strip())[:60]


def _next_section(
    section: Section,
    row: GridRow,
    upcoming: list[GridRow],
    given: Mapping | None,
    aside: list[GridRow],
    digest: str,
    sheet: str,
) -> Section | None:
    """The section that a heading row met below begins; ``None`` for the same heading printed again on a new page.

    The lines before it are its preamble; where they name no account, the one above goes on.
    """
    same = [normalise(cell) for cell in row.cells] == [normalise(cell) for cell in section.heading]
    preamble = read_preamble(aside)
    if same and (not preamble.account or preamble.account == section.preamble.account):
        return None
    if same:
        found: Found | None = Found(0, row.cells, replace(section.mapping, heading_row=row.number))
    else:
        found = find_heading([row, *upcoming], sheet) if given is None else _find_mapped([row], given)
    if found is None or found.index != 0:
        return None
    if not preamble.account:
        preamble.account, preamble.holder = section.preamble.account, section.preamble.holder
    preamble.institution = preamble.institution or section.preamble.institution
    preamble.currency = preamble.currency or section.preamble.currency
    begun = Section.begin(found.mapping, found.heading, preamble, digest, upcoming)
    begun.seen = section.seen
    return begun


def _line(section: Section, tally: Tally, known: set[str], row: GridRow, sheet: str) -> Iterator[Item]:
    """The line of a row, after the account it is the first to name; or the refusal."""
    item = convert(section, row)
    if isinstance(item, Refused):
        tally.refused += 1
        yield replace(item, sheet=sheet)
        return
    account = str(item.values["account_id"])
    if account not in known:
        known.add(account)
        yield replace(account_row(section, row, account, own_account(section, row)[1]), sheet=sheet)
        if account.startswith("unnamed:"):
            text = Text(
                "文件未写明账号，这些流水暂记在以文件指纹命名的账户下；重复导出无法互相识别，请用映射补上账号。",
                "The file names no account: its lines stand under an account named after the file's hash, and "
                "overlapping exports cannot be told. Give the account in a mapping.",
            )
            yield Note(text, "warning", row.number, sheet)
    tally.add(item)
    yield replace(item, sheet=sheet) if sheet else item


def _finish(section: Section, tally: Tally, aside: list[GridRow], sheet: str) -> Iterator[Item]:
    """What remains to be said when a section ends."""
    footer = read_preamble(aside, Preamble())
    controls = section.preamble.controls + footer.controls + footer_controls(section, aside)
    disagreements = tally.disagreements(controls, sheet)
    yield from disagreements
    yield from lost_notes(section.lost, section.lost_example, sheet)
    yield from tally.balances.notes(sheet)
    yield rows_note(tally, sheet)
    period = section.preamble if section.preamble.period[0] else footer
    named = not any(account.startswith("unnamed:") for account in tally.accounts)
    section.preamble.period = period.period
    for item in coverage(tally, section.preamble, bool(disagreements), named):
        yield replace(item, sheet=sheet, row=max(1, section.mapping.heading_row))


READER = Reader(
    id="statements",
    title=Text(
        "银行、微信、支付宝流水及查询反馈表", "Statements of banks, WeChat and Alipay, and query feedback sheets"
    ),
    tables=("accounts", LINES, "coverage"),
    recognise=recognise,
    read=read,
    references=("docs/statements.md",),
)
