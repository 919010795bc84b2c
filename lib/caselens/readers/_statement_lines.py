"""One printed row of a statement → one canonical line, or the reasons why not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from caselens.readers import _statement_values as values
from caselens.readers import _statement_wallets as wallets
from caselens.readers._grid import CELL_ERROR, FORMULA, ROUNDED, GridRow
from caselens.readers._statement_mapping import FIELDS, Mapping, column_names, locate
from caselens.readers._statement_preamble import Preamble

LINES = "statement_lines"
_OWN_NAMES = frozenset(FIELDS) | {
    "line_id", "account_id", "booked_at", "direction", "balance_after", "is_cash", "payment_id", "card_number",
    "refunded_amount", "own_transfer", "printed_direction", "terminal_id", "source_file", "source_sheet", "source_row",
}  # fmt: skip
_FLAWS = {
    FORMULA: "is a formula ({0}); a calculated value is not what the bank printed",
    ROUNDED: "is a long number that the spreadsheet rounded to 15 figures ({0}); ask for the file as text",
    CELL_ERROR: "is an error of the spreadsheet ({0})",
}


@dataclass(slots=True)
class Section:
    """A heading with the rows under it: how they are read, and whose they are."""

    mapping: Mapping
    heading: tuple[str, ...]
    preamble: Preamble
    file_hash: str
    wallet: str = ""
    signs: dict[str, str] = field(default_factory=dict)
    places: dict[str, tuple[int, ...]] = field(default_factory=dict)
    extras: dict[str, int] = field(default_factory=dict)
    lost: Counter[tuple[str, str]] = field(default_factory=Counter)
    lost_example: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    seen: Counter[int] = field(default_factory=Counter)
    own: tuple[str, str] | None = None
    _lost_last: dict[tuple[str, str], int] = field(default_factory=dict)
    _when: tuple[int, str] = (0, "")
    _memo: tuple[int, str] = (0, "")

    @staticmethod
    def begin(
        mapping: Mapping, heading: tuple[str, ...], preamble: Preamble, file_hash: str, sample: Sequence[GridRow]
    ) -> Section:
        """Set the section up; ``sample`` are rows under the heading, from which the meaning of signs is learned."""
        section = Section(mapping, heading, preamble, file_hash, wallet=wallets.wallet_of(heading))
        section.places = locate(mapping, heading) or {}
        joined = set(section.places.get("memo", ())) | {at[0] for name, at in section.places.items() if at}
        for name, index in column_names(heading).items():
            if index not in joined:
                section.extras[name if name not in _OWN_NAMES else f"{name}#printed"] = index
        section._learn_signs(sample)
        return section

    # --- reading cells -----------------------------------------------------------------------------------------------

    def get(self, name: str, row: GridRow) -> str:
        """The first value of a field in the row that is no placeholder, without flaws; flawed values are counted."""
        for index in self.places.get(name, ()):
            if index in row.flaws:
                self.lose(name, row.flaws[index], row, row.cell(index))
            elif text := values.value(row.cell(index)):
                return text
        return ""

    def raw(self, name: str, row: GridRow) -> str:
        """The field's first cell as printed."""
        places = self.places.get(name, ())
        return row.cell(places[0]) if places else ""

    def flaw(self, name: str, row: GridRow) -> str:
        """Why a required field's cell cannot be used, or ``""``."""
        for index in self.places.get(name, ()):
            if index in row.flaws:
                return _FLAWS[row.flaws[index]].format(row.cell(index)[:40])
            if name in ("account", "card") and values.is_rounded(row.cell(index)):
                return _FLAWS[ROUNDED].format(row.cell(index)[:40])
            if row.cell(index).strip():
                return ""
        return ""

    def lose(self, name: str, reason: str, row: GridRow, printed: str) -> None:
        """Count an optional value that is left empty, once a row, with the first example."""
        if self._lost_last.get((name, reason)) == row.number:
            return
        self._lost_last[name, reason] = row.number
        self.lost[name, reason] += 1
        self.lost_example.setdefault((name, reason), (row.number, printed[:40]))

    def money(self, name: str, row: GridRow) -> Decimal | None:
        """A field's amount in yuan (by the unit its heading states), or ``None``."""
        amount = values.money(self.get(name, row))
        factor = self.mapping.scale.get(name)
        return amount * Decimal(factor) if amount is not None and factor else amount

    def when(self, row: GridRow) -> str:
        """``YYYY-MM-DD``, with ``THH:MM:SS`` where a time is printed; empty if there is no readable date."""
        if self._when[0] != row.number:
            self._when = (row.number, self._read_when(row))
        return self._when[1]

    def _read_when(self, row: GridRow) -> str:
        for index in self.places.get("moment", ()):
            if index not in row.flaws and (found := values.moment(row.cell(index), self.mapping.date_order)):
                return f"{found[0]}T{found[1]}" if found[1] else found[0]
        found = values.moment(self.get("date", row), self.mapping.date_order)
        if found is None:
            return ""
        printed = self.get("time", row)
        clock = found[1] or (values.time(printed) if printed else "")
        if clock is None:
            self.lose("time", "unreadable", row, printed)
        return f"{found[0]}T{clock}" if clock else found[0]

    # --- direction ---------------------------------------------------------------------------------------------------

    def _learn_signs(self, sample: Sequence[GridRow]) -> None:
        """Whether minus signs are how the publisher writes every payment out, or mark a line that was taken back."""
        for name in ("amount_in", "amount_out"):
            amounts = [amount for row in sample if (amount := values.money(self.raw(name, row)))]
            self.signs[name] = "always" if amounts and all(amount < 0 for amount in amounts) else "reversal"
        rows = [(amount, row) for row in sample if (amount := values.money(self.raw("amount", row)))]
        by_flag = {self._flag(row): set[bool]() for _, row in rows}
        for amount, row in rows:
            by_flag[self._flag(row)].add(amount < 0)
        self.signs["flagged"] = (
            "always" if by_flag.get("out") == {True} and True not in by_flag.get("in", ()) else "reversal"
        )
        self.signs["positive"] = self.mapping.positive or self._positive(rows)

    def _positive(self, rows: Sequence[tuple[Decimal, GridRow]]) -> str:
        """What a positive amount without a flag means: money in where negative ones occur beside it.

        A credit-card bill may print spending as positive; the repayments' sign settles it, or nothing does.
        """
        if not any(amount < 0 for amount, _ in rows):
            return ""
        if not self.preamble.is_credit_card:
            return "in"
        repaid = [
            amount < 0 for amount, row in rows if any(word in self.memo(row) for word in ("还款", "退款", "返现"))
        ]
        return "" if not repaid else "out" if sum(repaid) * 2 > len(repaid) else "in"

    def _flag(self, row: GridRow) -> str | None:
        printed = self.raw("flag", row)
        return self.mapping.flags.get(values.clean(printed)) or values.direction(printed)

    def flow(self, row: GridRow) -> tuple[str, Decimal, bool] | str:
        """``(direction, amount > 0, taken back?)``, or the reason why it cannot be told."""
        if "amount_in" in self.places:
            return self._flow_of_two_columns(row)
        if reason := self.flaw("amount", row):
            return f"amount {reason}"
        amount = self.money("amount", row)
        if amount is None:
            return f"amount {self.raw('amount', row).strip()[:40]!r} is no amount of money"
        if amount == 0:
            return "amount is 0: no money moved"
        if "flag" in self.places:
            direction = self._flag(row)
            if direction is None:
                printed = self.raw("flag", row).strip()
                if amount < 0 and printed in values.NEUTRAL:
                    return "out", -amount, False
                return f"direction {printed[:40]!r} says neither in nor out"
            taken_back = amount < 0 and self.signs["flagged"] != "always"
            return (_other(direction) if taken_back else direction), abs(amount), taken_back
        positive = self.signs["positive"] or ("in" if values.clean(self.raw("amount", row)).startswith("+") else "")
        if not positive and amount < 0 and not self.preamble.is_credit_card:
            positive = "in"
        if not positive:
            return "amount has neither a sign nor a direction beside it; say in a mapping what a positive amount means"
        return (positive if amount > 0 else _other(positive)), abs(amount), False

    def _flow_of_two_columns(self, row: GridRow) -> tuple[str, Decimal, bool] | str:
        amounts: dict[str, Decimal] = {}
        for name, direction in (("amount_in", "in"), ("amount_out", "out")):
            if reason := self.flaw(name, row):
                return f"{name} {reason}"
            printed = self.get(name, row)
            amount = self.money(name, row)
            if printed and amount is None:
                return f"{name} {printed[:40]!r} is no amount of money"
            if amount:
                amounts[direction] = amount
        if len(amounts) == 2:
            return "both an amount in and an amount out are printed"
        if not amounts:
            return "amount is 0 or empty: no money moved"
        direction, amount = next(iter(amounts.items()))
        taken_back = amount < 0 and self.signs[f"amount_{direction}"] != "always"
        return (_other(direction) if taken_back else direction), abs(amount), taken_back

    def memo(self, row: GridRow) -> str:
        """All texts that say what the line is about, joined, each once."""
        if self._memo[0] != row.number:
            self._memo = (row.number, self._read_memo(row))
        return self._memo[1]

    def _read_memo(self, row: GridRow) -> str:
        texts: list[str] = []
        for index in self.places.get("memo", ()):
            text = values.value(row.cell(index))
            if text and text not in texts and index not in row.flaws:
                texts.append(text)
        return "；".join(texts)


def _other(direction: str) -> str:
    return "out" if direction == "in" else "in"
