"""Following money forwards: payments in order of time, each account keeping book of what it holds."""

from __future__ import annotations

import heapq
from collections.abc import Collection
from dataclasses import dataclass, field

from ._trace_book import Book, Entry, Moment
from ._trace_pools import Pool, pool


@dataclass(frozen=True)
class Start:
    """Where tracing begins: a payment, or an amount that lies in an account at a moment."""

    account: int
    amount: int
    moment: Moment
    payment: Entry | None = None


@dataclass
class Run:
    """What one method found, in fen.

    ``legs``: traced part by row number, with ``entries`` and ``hops`` (how many payments from the start) beside it.
    ``held``: what the payer had before that payment (balance, traced part), for every payment out of an opened account.
    ``left``: traced part by account at the end; ``balance``: everything in the opened accounts at the end.
    """

    legs: dict[int, int] = field(default_factory=dict)
    entries: dict[int, Entry] = field(default_factory=dict)
    hops: dict[int, int] = field(default_factory=dict)
    held: dict[int, tuple[int, int]] = field(default_factory=dict)
    left: dict[int, int] = field(default_factory=dict)
    balance: dict[int, int] = field(default_factory=dict)


def forward(book: Book, start: Start, method: str, stop: Collection[int]) -> Run:
    """Follow ``start.amount`` fen from ``start``. Accounts in ``stop`` keep what reaches them and are not opened.

    Only accounts that hold traced money are opened, so the cost follows the payments of those, not of the city:
    O(e log e) for their e payments.
    """
    follower = _Follower(book, method, stop)
    follower.begin(start)
    follower.go()
    return follower.run


class _Follower:
    """The opened accounts, and the queue of their next payments."""

    def __init__(self, book: Book, method: str, stop: Collection[int]) -> None:
        self.run = Run()
        self._book, self._method, self._stop = book, method, stop
        self._pools: dict[int, Pool] = {}
        self._depth: dict[int, int] = {}
        self._place: dict[int, int] = {}
        self._queue: list[tuple[Moment, Entry]] = []

    def begin(self, start: Start) -> None:
        if start.payment is not None:
            self._arrive(start.payment, start.amount, 1)
            return
        self._open(start.account, start.moment, 0)
        held = self._pools[start.account].balance
        self._pools[start.account] = pool(self._method, max(0, held - start.amount))
        self._pools[start.account].put(start.amount, start.amount)

    def go(self) -> None:
        last: Moment | None = None
        while self._queue:
            moment, entry = heapq.heappop(self._queue)
            self._advance(entry)
            if moment != last:  # a payment between two opened accounts stands in both books; it happened once
                last = moment
                self._pay(entry)
        for account, held in self._pools.items():
            self.run.left[account] = self.run.left.get(account, 0) + held.traced
            self.run.balance[account] = held.balance

    def _pay(self, entry: Entry) -> None:
        traced = 0
        payer = self._pools.get(entry.payer)
        if payer is not None:
            self.run.held[entry.row] = (payer.balance, payer.traced)
            traced = payer.take(entry.amount)
        if traced:
            self._arrive(entry, traced, self._depth[entry.payer] + 1)
        elif entry.payee in self._pools:
            self._pools[entry.payee].put(entry.amount, 0)

    def _arrive(self, entry: Entry, traced: int, hops: int) -> None:
        self.run.legs[entry.row], self.run.entries[entry.row], self.run.hops[entry.row] = traced, entry, hops
        if entry.payee in self._stop:
            self.run.left[entry.payee] = self.run.left.get(entry.payee, 0) + traced
            return
        if entry.payee not in self._pools:
            self._open(entry.payee, entry.moment, hops)
        self._pools[entry.payee].put(entry.amount, traced)

    def _open(self, account: int, moment: Moment, hops: int) -> None:
        self._pools[account] = pool(self._method, self._book.balance_before(account, moment))
        self._depth[account] = hops
        self._place[account] = self._book.after(account, moment)
        self._push(account)

    def _push(self, account: int) -> None:
        entries, place = self._book.entries(account), self._place[account]
        if place < len(entries):
            heapq.heappush(self._queue, (entries[place].moment, entries[place]))

    def _advance(self, entry: Entry) -> None:
        """Queue the next payment of the accounts whose next payment this was."""
        for account in (entry.payer, entry.payee):
            place = self._place.get(account)
            if place is not None and self._book.entries(account)[place : place + 1] == [entry]:
                self._place[account] = place + 1
                self._push(account)
