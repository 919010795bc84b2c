"""A row of a feedback sheet: cells by heading, and the parties it names."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from caselens.core.text import Text
from caselens.readers import _statement_values as values
from caselens.readers._declare import Refused, Row
from caselens.readers._grid import GridRow
from caselens.readers._statement_headings import normalise, unit

#: What a sheet writes for "nothing".
_NONE = frozenset(["", "-", "--", "—", "/", "无", "null", "none", "nan"])
_IDENTITY = ("身份证", "居民身份", "户口")


@dataclass(slots=True)
class Sheet:
    """What is known of the sheet a row stands in.

    ``name`` is the sheet's (empty for text), ``layout`` the id of the layout, ``digest`` of the file, ``columns`` index and
    unit of each heading, ``given`` the parties given already: each is given once, from its first row.
    """

    name: str
    layout: str
    digest: str
    columns: Mapping[str, tuple[int, Decimal]]
    given: set[str] = field(default_factory=set)
    unreadable: dict[str, tuple[int, int, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, layout: str, digest: str, heading: tuple[str, ...]) -> Sheet:
        """A sheet with this heading row; of equal headings the first counts."""
        columns: dict[str, tuple[int, Decimal]] = {}
        for index, printed in enumerate(heading):
            columns.setdefault(normalise(printed), (index, unit(printed)))
        return cls(name, layout, digest, columns)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a sheet."""

    sheet: Sheet
    row: GridRow

    def text(self, *headings: str) -> str:
        """The first of these cells that is not empty, without padding; "" where none is. A flawed cell is empty."""
        for heading in headings:
            index, _ = self.sheet.columns.get(normalise(heading), (-1, Decimal(1)))
            if index in self.row.flaws:
                self._lost(heading, self.row.cell(index))
                continue
            cell = values.clean(self.row.cell(index))
            if cell.lower() not in _NONE:
                return cell
        return ""

    def date(self, *headings: str) -> str:
        """A day as ISO; "" where there is none or none that can be read (counted)."""
        printed = self.text(*headings)
        found = values.moment(printed) if printed else None
        if printed and found is None and printed not in ("长期", "至今", "永久", "99991231", "9999-12-31"):
            self._lost(headings[0], printed)
        return found[0] if found else ""

    def money(self, *headings: str) -> str:
        """A sum in yuan, the unit of the heading applied; "" where there is none or none that can be read (counted)."""
        for heading in headings:
            printed = self.text(heading)
            if not printed:
                continue
            amount = values.money(printed)
            if amount is None:
                self._lost(heading, printed)
                return ""
            # Where the heading says 万元 and the cell too, it is the cell's unit that was applied already.
            factor = (
                self.sheet.columns[normalise(heading)][1] if "万" not in printed and "亿" not in printed else Decimal(1)
            )
            return values.cents(amount * factor) or ""
        return ""

    def share(self, heading: str) -> str:
        """A fraction: 30 %, 30 and 0.3 are 0.3; "" where it is none (counted)."""
        printed = self.text(heading).replace("％", "%")
        if not printed:
            return ""
        try:
            number = Decimal(printed.rstrip("%").strip())
        except ArithmeticError:
            self._lost(heading, printed)
            return ""
        fraction = number / 100 if printed.endswith("%") or number > 1 else number
        if not 0 <= fraction <= 1:
            self._lost(heading, printed)
            return ""
        return format(fraction.normalize(), "f")

    def _lost(self, heading: str, printed: str) -> None:
        count, row, example = self.sheet.unreadable.get(heading, (0, self.row.number, printed))
        self.sheet.unreadable[heading] = (count + 1, row, example)

    def give(self, table: str, content: Mapping[str, str]) -> Row:
        """A row for a table, empty cells left out."""
        return Row(table, {name: cell or None for name, cell in content.items()}, self.row.number, self.sheet.name)

    def refuse(self, table: str, *reasons: Text) -> Refused:
        """The row kept raw, with the reasons."""
        texts = tuple(f"{reason.zh} / {reason.en}" for reason in reasons)
        return Refused(table, self.row.raw(), texts, self.row.number, self.sheet.name)

    def party_id(self, name: str, number: str) -> str:
        """The id of a party: its number within this kind of sheet; without one, this row's own (a name joins nobody)."""
        if number:
            return f"{self.sheet.layout}:{number}"
        own = hashlib.sha256(f"{self.sheet.digest} {self.sheet.name} {self.row.number} {name}".encode()).hexdigest()[
            :12
        ]
        return f"{self.sheet.layout}:{own}"

    def person(self, name: str, number: str, kind: str = "", **more: str) -> tuple[str, list[Row]]:
        """The id of a person, and his row where it is the first of this sheet to name him.

        A number of a paper that is no identity card stands in the extra column ``document_number``.
        """
        number = number.replace(" ", "").upper()
        identifier = self.party_id(name, number)
        if not name or identifier in self.sheet.given:
            return identifier, []
        self.sheet.given.add(identifier)
        is_card = any(word in kind for word in _IDENTITY) or (not kind and len(number) in (15, 18))
        column = "id_number" if is_card else "document_number"
        return identifier, [self.give("persons", {"person_id": identifier, "name": name, column: number, **more})]


Convert = Callable[[Line], Iterator[Row | Refused]]


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of feedback sheet: recognised by headings that no other kind has together.

    Attributes:
        id: begins the ids of its parties, so that a poorer row of another kind never replaces theirs; resolution
            brings them together by their numbers.
        title: what the sheet is.
        needs: headings that must all be there.
        tables: what it gives.
        convert: one row's rows.
    """

    id: str
    title: Text
    needs: tuple[str, ...]
    tables: tuple[str, ...]
    convert: Convert

    def fits(self, heading: tuple[str, ...]) -> bool:
        """Whether a heading row has all the needed headings."""
        names = {normalise(cell) for cell in heading if cell.strip()}
        return all(normalise(name) in names for name in self.needs)
