"""Habits of one account: amounts that stay under a line, and silence followed by activity."""

from __future__ import annotations

import numpy as np
from scipy import stats

from . import _kernels_habits
from ._chance import DEFAULT_HUBS, direction_of
from .hubs import HubPolicy, Hubs, resolve_hubs
from .index import MoneyIndex
from .passing import DAY
from .patterns import Collector, Patterns


def structurings(
    index: MoneyIndex,
    side: str = "out",
    *,
    line: float = 50_000,
    band: float = 0.1,
    round_step: float = 1_000,
    least: int = 5,
    max_p: float = 0.01,
    hubs: HubPolicy | Hubs | None = DEFAULT_HUBS,
) -> Patterns:
    """Accounts with too many payments just under a reporting line.

    Compared are payments from (1 - ``band``) of the line up to below it with those from the line up to (1 + ``band``) of
    it, multiples of ``round_step`` left out (people pay round sums anyway; they are in ``members``). At least ``least``
    below, and a one-sided binomial test with equal chances of at most ``max_p``. ``strength`` here: -log10 of that p.
    A first look: a fitted density, or the same unit before the rule took effect, is the better comparison.
    """
    direction = direction_of(index, side)
    found_hubs = resolve_hubs(index, hubs)
    fen = [round(value * 100) for value in (line * (1 - band), line, line * (1 + band), round_step)]
    columns = (direction.offsets, direction.counterpart, direction.amount)
    found = _kernels_habits.near_line(*columns, found_hubs.blocked, fen[0], fen[1], fen[2], fen[3])
    p = stats.binom.sf(found[:, 0] - 1, found[:, 0] + found[:, 1], 0.5)
    collector = Collector(index)
    for account in np.flatnonzero((found[:, 0] >= least) & (p <= max_p)).tolist():
        span = np.arange(direction.offsets[account], direction.offsets[account + 1])
        inside = (direction.amount[span] >= fen[0]) & (direction.amount[span] < fen[1])
        collector.add("structuring", account, float(-np.log10(p[account])), (side, span[inside]))
    return collector.done(found_hubs)


def awakenings(
    index: MoneyIndex,
    *,
    quiet_days: float = 180,
    active_days: float = 30,
    least: int = 5,
    hubs: HubPolicy | Hubs | None = DEFAULT_HUBS,
) -> Patterns:
    """Accounts that were silent for ``quiet_days`` or more and then made or got at least ``least`` payments.

    The time before an account's first payment is no silence: nothing is known of it. ``strength`` here: payments in the
    ``active_days`` after the silence.
    """
    found_hubs = resolve_hubs(index, hubs)
    in_, out = index.in_, index.out
    spans = round(quiet_days * DAY), round(active_days * DAY)
    columns = (in_.offsets, in_.time, in_.counterpart, out.offsets, out.time, out.counterpart)
    found = _kernels_habits.awakenings(*columns, *spans)
    collector = Collector(index)
    for account in np.flatnonzero((found[:, 0] >= least) & ~found_hubs.blocked).tolist():
        begin = int(found[account, 2])
        sides = []
        for name in ("in", "out"):
            side = direction_of(index, name)
            span = np.arange(side.offsets[account], side.offsets[account + 1])
            sides.append((name, span[(side.time[span] >= begin) & (side.time[span] <= begin + spans[1])]))
        collector.add("awakening", account, float(found[account, 0]), *sides)
    return collector.done(found_hubs)
