"""Circles: payments that join up in a ring, in whatever order they were made.

A ring whose payments are out of order is none that one sum of money can have run through; with an advance, a date
entered late or several rounds at once it is made all the same, and laundering data sets plan rings without an order.
Rings without an order are many by chance, so only those are sought of which hardly any would be expected.
"""

from __future__ import annotations

import numpy as np

from ..core.errors import UsageError
from ._kernels_circles import count_circles, list_circles
from .hubs import HubPolicy, Hubs, resolve_hubs
from .index import MoneyIndex
from .passing import DAY
from .patterns import Collector, Patterns

_BANDS = (1.1, 1.3, 1.8, 2.7, 4.3)  # largest over smallest amount; 4.3 = ten hops of 15 % each
_SPANS = (2, 5, 10, 20, 30)  # days
_BRANCHING = 0.3  # below 1 the number of ways shrinks with every hop, so the search stays small


def circles(
    index: MoneyIndex,
    *,
    longest: int = 10,
    window_days: float = 30,
    min_strength: float = 2.0,
    hubs: HubPolicy | Hubs | None = HubPolicy(),  # noqa: B008  a frozen declaration
    limit: int = 1_000_000,
) -> Patterns:
    """Rings of 3 to ``longest`` payments within ``window_days`` of their smallest, of which hardly any are expected.

    For a band of amounts and a span of time, the index says how many payments an account makes inside them on average
    (weighted by its activity, for busy accounts lie on more ways). Rings are sought in the widest spans where that
    number is below 0.3, and listed with

    ``strength`` = -log10 of the number of rings of this length expected in all of the index within the ring's own span and
    band, if payees were drawn at random in proportion to what they receive; plus, where the amounts fall by one
    constant factor (a fixed commission), 1 for every factor of ten by which they are more even than chance. 2 means:
    one such ring in a hundred indexes like this one. It is a rank, not a p-value: payees are not drawn at random.

    Raises:
        UsageError: more than ``limit`` rings, or a length outside 3 to 10.
    """
    if not 3 <= longest <= 10:
        raise UsageError(f"A ring here has 3 to 10 payments; got longest={longest}.")
    found_hubs = resolve_hubs(index, hubs)
    collector = Collector(index)
    if index.n_payments < 3:
        return collector.done(found_hubs)
    chance = _Chance(index, found_hubs.blocked)
    out = index.out
    seen: set[tuple[int, ...]] = set()
    for band in _BANDS:
        window = chance.widest_span(band, window_days)
        arguments = (
            out.offsets,
            out.counterpart,
            out.time,
            out.amount,
            out.row,
            found_hubs.blocked,
            longest,
            window,
            band,
        )
        found = count_circles(*arguments)
        total = int(found[:, 0].sum())
        if total > limit:
            raise UsageError(f"There are {total:,} rings, more than {limit:,}. Consider a shorter window.")
        sizes, rows = np.empty(total, np.int64), np.empty(int(found[:, 1].sum()), np.int64)
        more = (*arguments, found, sizes, rows)
        list_circles(*more)
        for ring in np.split(rows, np.cumsum(sizes)[:-1]) if total else []:
            key = tuple(sorted(ring.tolist()))
            if key in seen:
                continue
            seen.add(key)
            strength = chance.strength(out.time[ring], out.amount[ring])
            if strength >= min_strength:
                home = int(np.searchsorted(out.offsets, ring[np.argmin(out.time[ring])], side="right")) - 1
                collector.add("cycle", home, strength, ("out", ring))
    return collector.done(found_hubs)


class _Chance:
    """How many payments, and rings, chance would bring into a span of time and a band of amounts."""

    def __init__(self, index: MoneyIndex, blocked: np.ndarray) -> None:
        self._out = index.out
        sent = np.where(blocked, 0, np.diff(index.out.offsets)).astype(np.float64)
        got = np.where(blocked, 0, np.diff(index.in_.offsets)).astype(np.float64)
        self._n = max(1.0, sent.sum())
        # A way arrives at an account as often as it receives, and leaves as often as it pays.
        self._next = float((sent * got).sum() / max(1.0, got.sum()))
        self._close = self._next / self._n
        self._period = max(1, int(index.out.time.max() - index.out.time.min()))
        self._amounts = np.sort(index.out.amount)

    def _share(self, low: np.ndarray | int, high: np.ndarray | int) -> np.ndarray:
        """Which share of all payments has an amount from ``low`` to ``high``; never 0."""
        inside = np.searchsorted(self._amounts, high, side="right") - np.searchsorted(self._amounts, low)
        return np.maximum(1, inside) / self._amounts.size

    def widest_span(self, band: float, window_days: float) -> np.ndarray:
        """For every payment the longest span (seconds) in which fewer than 0.3 payments go on from an account."""
        amount = np.asarray(self._out.amount)
        share = self._share(amount, (amount * band).astype(np.int64))
        longest = np.zeros(amount.size, np.int64)
        for days in (*_SPANS, window_days):
            span = round(min(days, window_days) * DAY)
            branching = self._next * share * min(1.0, 2 * span / self._period)
            longest = np.where(branching <= _BRANCHING, np.maximum(longest, span), longest)
        return longest

    def strength(self, time: np.ndarray, amount: np.ndarray) -> float:
        """See :func:`circles`."""
        n = amount.size
        share = float(self._share(int(amount.min()), int(amount.max())))
        span = min(1.0, 2 * (int(time.max() - time.min()) + DAY) / self._period)
        expected = self._n * share * (self._next * share * span) ** (n - 1) * self._close / n
        return float(-np.log10(max(expected, 1e-300))) + _evenness(amount)


def _evenness(amount: np.ndarray) -> float:
    """How far the amounts are from chance towards one constant factor: decimal orders of magnitude, 0 if none.

    Sorted, the logarithms lie on a straight line if everybody kept the same commission. Each amount beyond the first
    two could have been anywhere within a step; it lies within its residual, or within the rounding to a fen.
    """
    logs = np.log(np.sort(amount).astype(np.float64))
    step = (logs[-1] - logs[0]) / (logs.size - 1)
    if logs.size < 4 or step <= 0:
        return 0.0
    residual = np.abs(logs - (logs[0] + step * np.arange(logs.size)))[1:-1]
    rounding = 1.0 / amount.min()
    return float(np.maximum(0.0, np.log10(step / np.maximum(residual, rounding)) - 1).sum())
