"""What one account holds, and which part of it is the traced money, under each of the four rules of tracing.

Amounts are whole fen, so nothing is lost or made by rounding: what is traced somewhere adds up to what was traced at
the start. A payment that is itself partly traced arrives as one lot, evenly mixed: of a part of it, the same share is
traced.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol


def share(part: int, traced: int, whole: int) -> int:
    """``part`` of a lot of ``whole`` fen of which ``traced`` are traced: how many of them are (rounded half up)."""
    return traced if part == whole else (2 * part * traced + whole) // (2 * whole)


class Pool(Protocol):
    """Money of one account.

    ``balance`` is everything known to be there, ``traced`` the traced part of it. ``put`` adds a payment, of which
    ``traced`` fen are traced. ``take`` pays out and returns how many traced fen went with it; more than is there may be
    paid: the rest is money of unknown origin, not traced.
    """

    balance: int
    traced: int

    def put(self, amount: int, traced: int) -> None:
        """Receive a payment."""

    def take(self, amount: int) -> int:
        """Pay out; returns the traced part."""


class Lots:
    """Money in the order in which it came: the oldest leaves first (FIFO), or the newest does (LIFO)."""

    def __init__(self, clean: int, *, newest_first: bool) -> None:
        self.balance, self.traced = clean, 0
        self._newest_first = newest_first
        self._lots: deque[list[int]] = deque([[clean, 0]] if clean else [])

    def put(self, amount: int, traced: int) -> None:
        """Receive a payment: a new lot, or, between untraced neighbours, more of the last one."""
        self.balance += amount
        self.traced += traced
        if not traced and self._lots and not self._lots[-1][1]:
            self._lots[-1][0] += amount
        else:
            self._lots.append([amount, traced])

    def take(self, amount: int) -> int:
        """Pay out of the oldest or the newest lots."""
        gone = 0
        amount = min(amount, self.balance)
        self.balance -= amount
        while amount:
            lot = self._lots[-1 if self._newest_first else 0]
            part = min(amount, lot[0])
            traced = share(part, lot[1], lot[0])
            lot[0] -= part
            lot[1] -= traced
            amount -= part
            gone += traced
            if not lot[0]:
                self._lots.pop() if self._newest_first else self._lots.popleft()
        self.traced -= gone
        return gone


class Mixture:
    """Money without an order: every payment out takes the traced share of the balance with it (pro rata)."""

    def __init__(self, clean: int) -> None:
        self.balance, self.traced = clean, 0

    def put(self, amount: int, traced: int) -> None:
        """Receive a payment."""
        self.balance += amount
        self.traced += traced

    def take(self, amount: int) -> int:
        """Pay out evenly."""
        amount = min(amount, self.balance)
        gone = share(amount, self.traced, self.balance) if amount else 0
        self.balance -= amount
        self.traced -= gone
        return gone


class Reserve:
    """Own money is spent first, and what has gone is not made good by later money (lowest intermediate balance).

    The traced part can therefore never exceed the lowest balance since it arrived.
    """

    def __init__(self, clean: int) -> None:
        self.balance, self.traced = clean, 0

    def put(self, amount: int, traced: int) -> None:
        """Receive a payment."""
        self.balance += amount
        self.traced += traced

    def take(self, amount: int) -> int:
        """Pay out, untraced money first."""
        amount = min(amount, self.balance)
        gone = max(0, amount - (self.balance - self.traced))
        self.balance -= amount
        self.traced -= gone
        return gone


METHODS = ("fifo", "lifo", "pro_rata", "lowest_balance")


def pool(method: str, clean: int) -> Pool:
    """The pool of an account that holds ``clean`` fen of untraced money, under ``method`` (one of ``METHODS``)."""
    if method == "pro_rata":
        return Mixture(clean)
    if method == "lowest_balance":
        return Reserve(clean)
    return Lots(clean, newest_first=method == "lifo")
