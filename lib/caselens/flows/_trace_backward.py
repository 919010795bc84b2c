"""Following money backwards: of which payments in does a payment out consist, account by account, back in time."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Collection, Sequence

from ._trace_book import Book, Entry, Moment
from ._trace_forward import Run, Start
from ._trace_pools import Pool, pool

UNKNOWN = -1  # a part of a balance that no known payment brought: there at first, or without a statement
Parts = list[tuple[int, int]]  # (row of the payment in, fen)


def backward(book: Book, start: Start, method: str, stop: Collection[int]) -> Run:
    """Find where ``start`` came from. ``Run.left`` holds the origins: accounts whose own source is not known.

    A part of a payment is made of the same payments in as the whole, in the same shares. Under ``lowest_balance`` each
    payment in is asked by itself ("if only this were the traced money, how much of it went on?"); what no payment in
    must have paid stays with the account.
    """
    run, composition = Run(), _Composition(book, method)
    queue: list[tuple[int, int, Entry]] = []

    def add(entry: Entry, amount: int, hops: int) -> None:
        if entry.row not in run.legs:
            run.legs[entry.row], run.entries[entry.row], run.hops[entry.row] = 0, entry, hops
            heapq.heappush(queue, (-entry.time, -entry.row, entry))
        run.legs[entry.row] += amount
        run.hops[entry.row] = min(run.hops[entry.row], hops)

    def spread(account: int, parts: Parts, amount: int, whole: int, hops: int) -> None:
        known = [(row, fen) for row, fen in parts if row != UNKNOWN]
        shares = _split([fen for _, fen in known], amount, whole)
        for (row, _), fen in zip(known, shares, strict=True):
            if fen:
                add(composition.entry(row), fen, hops)
        rest = amount - sum(shares)
        if rest:
            run.left[account] = run.left.get(account, 0) + rest

    if start.payment is not None:
        add(start.payment, start.amount, 1)
    else:
        held, parts = composition.at(start.account, start.moment)
        run.balance[start.account] = held
        spread(start.account, parts, start.amount, max(held, start.amount), 1)
    while queue:
        *_, entry = heapq.heappop(queue)
        amount, hops = run.legs[entry.row], run.hops[entry.row]
        if entry.payer in stop:
            run.left[entry.payer] = run.left.get(entry.payer, 0) + amount
            continue
        spread(entry.payer, composition.of(entry), amount, entry.amount, hops + 1)
    return run


def _split(parts: Sequence[int], amount: int, whole: int) -> list[int]:
    """``amount / whole`` of every part, in whole fen whose sum is off by less than one fen."""
    result, seen, given = [], 0, 0
    for part in parts:
        seen += part
        upto = (2 * seen * amount + whole) // (2 * whole)
        result.append(upto - given)
        given = upto
    return result


class _Composition:
    """Which payments in a payment out, or a balance, consists of. Each account's book is gone through once."""

    def __init__(self, book: Book, method: str) -> None:
        self._book, self._method = book, method
        self._out: dict[int, dict[int, Parts]] = {}
        self._known: dict[int, Entry] = {}

    def entry(self, row: int) -> Entry:
        """The payment of this row number, which a composition has named."""
        return self._known[row]

    def of(self, entry: Entry) -> Parts:
        """The payments in that ``entry`` consists of; what they do not cover is unknown."""
        if self._method == "lowest_balance":
            return self._claims(entry.payer, entry.moment, entry)
        if entry.payer not in self._out:
            self._out[entry.payer] = self._walk(entry.payer, None)[1]
        return self._out[entry.payer][entry.row]

    def at(self, account: int, moment: Moment) -> tuple[int, Parts]:
        """The balance after ``moment`` and the payments in that it consists of."""
        later = (moment[0], moment[1] + 1)
        if self._method == "lowest_balance":
            return self._book.balance_before(account, later), self._claims(account, later, None)
        lots, _ = self._walk(account, later)
        return sum(fen for _, fen in lots), lots

    def _walk(self, account: int, until: Moment | None) -> tuple[Parts, dict[int, Parts]]:
        """Go through the book with a name on every lot. Returns the lots at the end and each payment's parts."""
        opening = self._book.opening(account)
        lots: deque[list[int]] = deque([[UNKNOWN, opening]] if opening else [])
        out: dict[int, Parts] = {}
        for entry in self._book.entries(account):
            if until is not None and entry.moment >= until:
                break
            if entry.payee == account:
                lots.append([entry.row, entry.amount])
                self._known[entry.row] = entry
            elif self._method == "pro_rata":
                out[entry.row] = _take_evenly(lots, entry.amount)
            else:
                out[entry.row] = _take_in_order(lots, entry.amount, newest_first=self._method == "lifo")
        return [(row, fen) for row, fen in lots], out

    def _claims(self, account: int, until: Moment, paid: Entry | None) -> Parts:
        """For every payment in, by itself: how much of it must have gone into ``paid``, or must be left."""
        parts = []
        entries = self._book.entries(account)
        for entry in entries:
            if entry.moment >= until:
                break
            if entry.payee != account:
                continue
            self._known[entry.row] = entry
            held: Pool = pool("lowest_balance", self._book.balance_before(account, entry.moment))
            held.put(entry.amount, entry.amount)
            for later in entries[self._book.after(account, entry.moment) :]:
                if later.moment >= until:
                    break
                if later.payee == account:
                    held.put(later.amount, 0)
                else:
                    held.take(later.amount)
            fen = held.traced if paid is None else held.take(paid.amount)
            if fen:
                parts.append((entry.row, fen))
        return parts


def _take_in_order(lots: deque[list[int]], amount: int, *, newest_first: bool) -> Parts:
    parts: Parts = []
    while amount and lots:
        lot = lots[-1 if newest_first else 0]
        fen = min(amount, lot[1])
        lot[1] -= fen
        amount -= fen
        parts.append((lot[0], fen))
        if not lot[1]:
            lots.pop() if newest_first else lots.popleft()
    return parts


def _take_evenly(lots: deque[list[int]], amount: int) -> Parts:
    balance = sum(fen for _, fen in lots)
    amount = min(amount, balance)
    taken = _split([fen for _, fen in lots], amount, balance) if amount else [0] * len(lots)
    parts = [(lot[0], fen) for lot, fen in zip(lots, taken, strict=True) if fen]
    for lot, fen in zip(lots, taken, strict=True):
        lot[1] -= fen
    for _ in range(len(lots)):  # keep the order, drop what is used up
        lot = lots.popleft()
        if lot[1]:
            lots.append(lot)
    return parts
