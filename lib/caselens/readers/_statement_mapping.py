"""How the columns of a statement are understood: found by content, shown, saved, edited and used again."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any

from caselens.core.errors import DataError
from caselens.core.text import Text
from caselens.readers._statement_headings import normalise

#: Fields a mapping may name; all are optional but the date and the money.
FIELDS = (
    "moment", "date", "time", "amount", "amount_in", "amount_out", "flag", "balance", "party", "counterparty_name",
    "counterparty_account", "counterparty_bank", "memo", "channel", "account", "card", "holder", "currency",
    "bank_reference", "device_ip", "device_mac", "terminal", "branch", "merchant", "merchant_category", "state", "cash",
    "instrument", "fee", "refunded", "institution",
)  # fmt: skip

_CONSTANTS = ("account", "holder", "institution", "currency")


@dataclass(frozen=True, slots=True)
class Mapping:
    """Which columns of a statement hold what.

    Attributes:
        columns: field → headings as printed, in order of preference (``memo`` joins all its columns; every other field
            takes the first that is not empty). A heading that occurs twice is named ``余额#2`` the second time. The
            fields are those of ``FIELDS``.
        constants: what the file does not say: ``account``, ``holder``, ``institution``, ``currency``. A constant is
            used only where the file is silent.
        flags: printed direction → ``in`` or ``out``, beyond those known.
        date_order: ``dmy`` or ``mdy`` for dates with the year last, else empty.
        positive: what a positive amount means where nothing else tells the direction: ``in`` or ``out``; empty = not
            known, such rows are refused.
        scale: field → factor that makes yuan of the printed figures (0.01 where the sheet counts in 分).
        heading_row: where the headings stood (1-based); told, not used to find them again.
        heading_rows: over how many rows the headings run (1 or 2).
        confidence: 0 to 1, how sure the recognition was; 1 for a mapping that a person has written.
    """

    columns: MappingOf[str, tuple[str, ...]]
    constants: MappingOf[str, str] = field(default_factory=dict)
    flags: MappingOf[str, str] = field(default_factory=dict)
    date_order: str = ""
    positive: str = ""
    scale: MappingOf[str, str] = field(default_factory=dict)
    sheet: str = ""
    heading_row: int = 0
    heading_rows: int = 1
    confidence: float = 1.0

    def __post_init__(self) -> None:
        wrong = [name for name in self.columns if name not in FIELDS]
        wrong += [name for name in self.constants if name not in _CONSTANTS]
        if wrong:
            raise DataError(f"A mapping has no field {', '.join(wrong)}; it has {', '.join(FIELDS)}.")
        if self.date_order not in ("", "dmy", "mdy") or self.positive not in ("", "in", "out"):
            raise DataError("In a mapping date_order is dmy or mdy, positive is in or out; both may be empty.")
        if set(self.flags.values()) - {"in", "out"}:
            raise DataError("In a mapping the flags lead to in or out.")
        for name, factor in self.scale.items():
            if name not in FIELDS or not _is_factor(factor):
                raise DataError(f"In a mapping scale gives a field a factor such as 0.01, not {name} = {factor!r}.")

    def to_toml(self) -> str:
        """The mapping as a TOML document that a person can edit."""
        lines = [
            f"{name} = {_toml(getattr(self, name))}"
            for name in ("sheet", "heading_row", "heading_rows", "confidence", "date_order", "positive")
        ]
        for table in ("columns", "constants", "flags", "scale"):
            content = getattr(self, table)
            if content:
                lines += ["", f"[{table}]", *(f"{_toml(key)} = {_toml(item)}" for key, item in content.items())]
        return "\n".join(lines) + "\n"

    @staticmethod
    def from_toml(text: str) -> Mapping:
        """Read what ``to_toml`` wrote (or a person edited).

        Raises:
            DataError: no TOML, an unknown key or field, or a value of the wrong kind.
        """
        try:
            content: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise DataError(f"The mapping is no TOML: {error}.") from None
        known = {entry.name for entry in fields(Mapping)}
        if unknown := sorted(set(content) - known):
            raise DataError(f"A mapping has no key {', '.join(unknown)}; it has {', '.join(sorted(known))}.")
        columns = content.get("columns", {})
        if not isinstance(columns, dict) or not all(
            isinstance(names, list) and all(isinstance(name, str) for name in names) for names in columns.values()
        ):
            raise DataError('[columns] gives each field a list of headings: memo = ["摘要", "附言"].')

        def texts(table: str) -> dict[str, str]:
            return {str(key): str(value) for key, value in content.get(table, {}).items()}

        try:
            return Mapping(
                columns={name: tuple(names) for name, names in columns.items()},
                constants=texts("constants"),
                flags=texts("flags"),
                scale=texts("scale"),
                date_order=str(content.get("date_order", "")),
                positive=str(content.get("positive", "")),
                sheet=str(content.get("sheet", "")),
                heading_row=int(content.get("heading_row", 0)),
                heading_rows=int(content.get("heading_rows", 1)),
                confidence=float(content.get("confidence", 1.0)),
            )
        except (AttributeError, TypeError, ValueError) as error:
            raise DataError(f"The mapping has a value of the wrong kind: {error}.") from None

    def describe(self) -> Text:
        """The mapping in one sentence of each language, for a note."""
        pairs = "; ".join(f"{name} ← {' + '.join(headings)}" for name, headings in self.columns.items())
        sure = f"{self.confidence:.0%}"
        return Text(f"列的识别（把握 {sure}）：{pairs}", f"Columns understood ({sure} sure): {pairs}")


def _toml(item: object) -> str:
    """A value as TOML. Strings are basic strings: everything that is not printable is escaped."""
    if isinstance(item, str):
        body = "".join("\\" + c if c in '"\\' else c if c.isprintable() else f"\\U{ord(c):08X}" for c in item)
        return f'"{body}"'
    if isinstance(item, tuple):
        return "[" + ", ".join(_toml(each) for each in item) + "]"
    return repr(item)


def _is_factor(text: str) -> bool:
    try:
        return 0 < Decimal(text) <= 10**8
    except ArithmeticError:
        return False


def column_names(heading: tuple[str, ...]) -> dict[str, int]:
    """``{name: index}`` of the columns of a heading row; a heading met again is called ``heading#2``, ``heading#3``.

    Names are the headings as printed without the padding around them.
    """
    names: dict[str, int] = {}
    for index, printed in enumerate(heading):
        base = " ".join(printed.split())
        if not base:
            continue
        name, count = base, 1
        while name in names:
            count += 1
            name = f"{base}#{count}"
        names[name] = index
    return names


def locate(mapping: Mapping, heading: tuple[str, ...]) -> dict[str, tuple[int, ...]] | None:
    """Indexes of the mapping's columns in a heading row, or ``None`` if one of its headings is not there."""
    names = {(normalise(name.split("#")[0]), name.partition("#")[2]): at for name, at in column_names(heading).items()}
    found: dict[str, tuple[int, ...]] = {}
    for target, headings in mapping.columns.items():
        places = [names.get((normalise(name.split("#")[0]), name.partition("#")[2])) for name in headings]
        if any(place is None for place in places):
            return None
        found[target] = tuple(place for place in places if place is not None)
    return found
