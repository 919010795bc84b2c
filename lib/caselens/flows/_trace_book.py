"""The accounts' books as the tracer reads them: one account's payments in order, and what it held at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from .index import MoneyIndex

Moment = tuple[int, int]  # (seconds, row number): the order of time with its tie-break


class Entry(NamedTuple):
    """One payment: when, which row, who to whom (codes), how many fen."""

    time: int
    row: int
    payer: int
    payee: int
    amount: int

    @property
    def moment(self) -> Moment:
        """Its place in time."""
        return self.time, self.row


class Book:
    """Payments of single accounts, loaded when first asked for.

    Args:
        index: the payments. Self-payments are passed over.
        since, until: seconds, inclusive; payments outside are not seen.
        opening: known balances (fen) by account code before the first payment seen. Elsewhere nothing is known to be
            there at first, and an outflow that is not covered is paid from money of unknown origin.
    """

    def __init__(self, index: MoneyIndex, since: int, until: int, opening: Mapping[int, int]) -> None:
        self._index, self._since, self._until, self._opening = index, since, until, opening
        self._entries: dict[int, list[Entry]] = {}
        self._moments: dict[int, list[Moment]] = {}

    def entries(self, account: int) -> list[Entry]:
        """The account's payments in both directions, by (time, row)."""
        if account not in self._entries:
            self._entries[account] = sorted([*self._side(account, True), *self._side(account, False)])
        return self._entries[account]

    def after(self, account: int, moment: Moment) -> int:
        """Position of the first entry later than ``moment``."""
        entries = self.entries(account)
        low, high = 0, len(entries)
        while low < high:
            middle = (low + high) // 2
            if entries[middle].moment <= moment:
                low = middle + 1
            else:
                high = middle
        return low

    def opening(self, account: int) -> int:
        """The known balance before the first entry (fen), 0 where nothing is known."""
        return self._opening.get(account, 0)

    def balance_before(self, account: int, moment: Moment) -> int:
        """What was there just before ``moment``, never below zero: an uncovered outflow was paid from elsewhere."""
        balance = self.opening(account)
        for entry in self.entries(account):
            if entry.moment >= moment:
                break
            balance = max(0, balance + (entry.amount if entry.payee == account else -entry.amount))
        return balance

    def uncovered(self, account: int) -> list[tuple[Entry, int]]:
        """Outflows larger than the known balance, and by how many fen."""
        balance, found = self.opening(account), []
        for entry in self.entries(account):
            balance += entry.amount if entry.payee == account else -entry.amount
            if balance < 0:
                found.append((entry, -balance))
                balance = 0
        return found

    def _side(self, account: int, is_out: bool) -> list[Entry]:
        side = self._index.out if is_out else self._index.in_
        first, last = int(side.offsets[account]), int(side.offsets[account + 1])
        begin = first + int(np.searchsorted(side.time[first:last], self._since, side="left"))
        end = first + int(np.searchsorted(side.time[first:last], self._until, side="right"))
        columns = (side.time[begin:end], side.row[begin:end], side.counterpart[begin:end], side.amount[begin:end])
        rows = zip(*(column.tolist() for column in columns), strict=True)
        if is_out:
            return [Entry(t, r, account, other, amount) for t, r, other, amount in rows if other != account]
        return [Entry(t, r, other, account, amount) for t, r, other, amount in rows if other != account]
