"""Searching the city, or an extract, for the typologies of laundering. One call a typology; all over the money index.

Patterns are leads to look at. Unless a search says otherwise, ``strength`` is -log10 of the number of such patterns that
chance would bring into an index like this one (2: one in a hundred such indexes), under a simple model that the search
states. It is a rank; a p-value is a matter for one candidate and its neighbourhood (:mod:`caselens.flows.null`).
Definitions: Altman et al. 2023, https://doi.org/10.48550/arXiv.2306.16424; Blanuša et al. 2024, Graph Feature
Preprocessor, https://doi.org/10.1145/3677052.3698674.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..core.errors import UsageError
from ..core.text import Text
from . import _kernels_cycles, _kernels_fans
from ._chance import DEFAULT_HUBS, decades, exponent, period
from .fans import fans, uniform_fans
from .habits import awakenings, structurings
from .hubs import HubPolicy, Hubs, resolve_hubs
from .index import MoneyIndex
from .passing import DAY, chains
from .patterns import Collector, Patterns

__all__ = [
    "awakenings",
    "cycles",
    "fans",
    "gather_scatters",
    "pass_throughs",
    "round_trips",
    "scatter_gathers",
    "structurings",
    "uniform_fans",
]
_STEPS = 2_000_000  # steps of the cycle search for one account; who needs more is told in the notes


def gather_scatters(
    index: MoneyIndex,
    *,
    window_days: float = 30,
    least: int = 3,
    low: float = 0.8,
    high: float = 1.02,
    min_strength: float = -np.inf,
    hubs: HubPolicy | Hubs | None = DEFAULT_HUBS,
) -> Patterns:
    """A gathering within one window, and ``low`` to ``high`` of its sum scattered until one window after it.

    One pattern an account, that with the largest min(payers, payees). Chance: the account's payments in and out spread
    evenly over the whole period.
    """
    found_hubs = resolve_hubs(index, hubs)
    in_, out = index.in_, index.out
    columns = (in_.offsets, in_.counterpart, in_.time, in_.amount, out.offsets, out.counterpart, out.time, out.amount)
    arguments = (*columns, found_hubs.blocked, round(window_days * DAY), least, float(low), float(high))
    found = _kernels_fans.gather_scatters(*arguments)
    some = np.flatnonzero(found[:, 0])
    surprise, tried = np.zeros(some.size), np.full(some.size, float(index.n_accounts))
    for side, column, parties in ((in_, 1, 5), (out, 3, 6)):
        begin, end = found[some, column], found[some, column + 1]
        own = np.diff(side.offsets)[some]
        span = side.time[end - 1] - side.time[begin] + DAY
        surprise += exponent(found[some, parties], own * np.minimum(1.0, span / max(1, period(index))))
        tried *= own
    strength = decades(surprise, tried)
    collector = Collector(index)
    for at in np.flatnonzero(strength >= min_strength).tolist():
        first, last, first_out, last_out = found[some[at], 1:5].tolist()
        sides = ("in", np.arange(first, last)), ("out", np.arange(first_out, last_out))
        collector.add("gather-scatter", int(some[at]), float(strength[at]), *sides)
    return collector.done(found_hubs)


def scatter_gathers(
    index: MoneyIndex,
    *,
    window_days: float = 30,
    least: int = 3,
    low: float = 0.8,
    high: float = 1.01,
    min_strength: float = -np.inf,
    hubs: HubPolicy | Hubs | None = DEFAULT_HUBS,
) -> Patterns:
    """One source, at least ``least`` intermediaries, one sink: each passes ``low`` to ``high`` of a payment on in time.

    The whole pattern, from the first payment out of the source to the last into the sink, fits one window. One pattern
    a (source, sink): the window with most intermediaries. The sink may be the source. Chance: the same two-hop ways, the
    sinks drawn at random in proportion to the ways that end there.
    """
    found_hubs = resolve_hubs(index, hubs)
    chained = chains(index, window_days=window_days, low=low, high=high, hubs=found_hubs)
    pairs = chained.positions()
    key = index.in_.counterpart[pairs["first"]].astype(np.int64) * index.n_accounts
    pairs["key"] = key + index.out.counterpart[pairs["second"]]
    ways = pairs.drop_duplicates(["key", "middle"])["key"]
    begin = (ways // index.n_accounts).value_counts()
    end = (ways % index.n_accounts).value_counts()
    counts = ways.value_counts()
    counts = counts[counts >= least]
    source, sink = counts.index.to_numpy() // index.n_accounts, counts.index.to_numpy() % index.n_accounts
    expected = pd.Series(begin[source].to_numpy() * end[sink].to_numpy() / max(1, len(ways)), index=counts.index)
    tried = int(ways.nunique())
    possible = decades(exponent(counts, expected), tried) >= min_strength  # a window holds no more than the whole
    pairs = pairs[pairs["key"].isin(counts.index[possible])]
    collector = Collector(index)
    for key, group in pairs.groupby("key"):
        best = _best_window(group, index, round(window_days * DAY))
        middles = best["middle"].nunique()
        strength = float(decades(exponent(middles, expected[key]), tried))
        if middles >= least and strength >= min_strength:
            sides = ("in", best["first"].unique()), ("out", best["second"].unique())
            collector.add("scatter-gather", int(key) // index.n_accounts, strength, *sides)
    return collector.done(found_hubs)


def pass_throughs(
    index: MoneyIndex,
    *,
    window_days: float = 3,
    low: float = 0.9,
    high: float = 1.0,
    least: int = 3,
    min_strength: float = -np.inf,
    hubs: HubPolicy | Hubs | None = DEFAULT_HUBS,
) -> Patterns:
    """Accounts that pass on what they get: at least ``least`` payments in, each followed by one of ``low`` to ``high`` of it.

    One pattern an account, with the payments in that were followed so within the window, and what followed. Chance: the
    account's payments out spread evenly over the whole period, with amounts as in the whole index.
    """
    found_hubs = resolve_hubs(index, hubs)
    pairs = chains(index, window_days=window_days, low=low, high=high, hubs=found_hubs).positions()
    followed = pairs.drop_duplicates("first")["middle"].value_counts()
    followed = followed[followed >= least]
    expected = _followed_by_chance(index, followed.index.to_numpy(), window_days * DAY, low, high)
    strength = decades(exponent(followed.to_numpy(), expected), index.n_accounts)
    strong = pd.Series(strength, index=followed.index)[strength >= min_strength]
    collector = Collector(index)
    for middle, group in pairs[pairs["middle"].isin(strong.index)].groupby("middle"):
        sides = ("in", group["first"].unique()), ("out", group["second"].unique())
        collector.add("pass-through", int(middle), float(strong[middle]), *sides)
    return collector.done(found_hubs)


def cycles(
    index: MoneyIndex,
    *,
    longest: int = 4,
    shortest: int = 3,
    window_days: float = 30,
    decay: float = 0.15,
    growth: float = 0.01,
    hubs: HubPolicy | Hubs | None = DEFAULT_HUBS,
    limit: int = 1_000_000,
) -> Patterns:
    """Temporal cycles: payments in order of time, each of 1 - ``decay`` to 1 + ``growth`` of the one before, back home.

    Accounts on the way are different. On a city, length 4 and 30 days; on a case or a component of up to 10^5 payments,
    length 10 and 180 days. Every such cycle is found (an account whose search takes too many steps is told in
    ``notes``). ``strength`` here: length, plus the share of the first amount that came home. Chance makes short cycles in
    any busy graph; :func:`caselens.flows.circles.circles` says how many.

    Raises:
        UsageError: more than ``limit`` cycles, or a length outside 2 to 10.
    """
    if not 2 <= shortest <= longest <= 10:
        raise UsageError(f"A cycle has 2 to 10 payments; got from {shortest} to {longest}.")
    found_hubs = resolve_hubs(index, hubs)
    out = index.out
    columns = (out.offsets, out.counterpart, out.time, out.amount, out.row)
    fences = (longest, round(window_days * DAY), 1.0 - decay, 1.0 + growth, _STEPS)
    found = _kernels_cycles.count_cycles(*columns, found_hubs.blocked, *fences)
    total = int(found[:, 0].sum())
    if total > limit:
        raise UsageError(
            f"There are {total:,} cycles, more than {limit:,}. Consider a shorter window or a smaller decay."
        )
    starts, rows = np.zeros(total + 1, np.int64), np.empty(int(found[:, 1].sum()), np.int64)
    arguments = (*columns, found_hubs.blocked, *fences, found, starts, rows)
    _kernels_cycles.list_cycles(*arguments)
    collector = Collector(index)
    homes = np.repeat(np.arange(index.n_accounts), found[:, 0])
    for cycle in range(total):
        way = rows[starts[cycle] : starts[cycle + 1]]
        if way.size >= shortest:
            kept = min(1.0, float(out.amount[way[-1]] / out.amount[way[0]]))
            collector.add("cycle" if way.size > 2 else "round-trip", int(homes[cycle]), way.size + kept, ("out", way))
    unfinished = int(found[:, 2].sum())
    note = Text(
        f"{unfinished} 个账户的闭环搜索步数达到上限，未查完。",
        f"The search for cycles was not finished for {unfinished} account(s): too many ways lead on from there.",
    )
    return collector.done(found_hubs, [note] if unfinished else [])


def round_trips(
    index: MoneyIndex,
    *,
    window_days: float = 30,
    low: float = 0.8,
    high: float = 1.05,
    hubs: HubPolicy | Hubs | None = DEFAULT_HUBS,
) -> Patterns:
    """A payment, and ``low`` to ``high`` of it back from the payee within the window."""
    return cycles(index, longest=2, shortest=2, window_days=window_days, decay=1 - low, growth=high - 1, hubs=hubs)


def _followed_by_chance(index: MoneyIndex, accounts: np.ndarray, window: float, low: float, high: float) -> np.ndarray:
    """For each account how many of its payments in a payment out of ``low`` to ``high`` of it would follow by chance."""
    amounts = np.sort(index.out.amount)
    in_, out = index.in_.offsets, index.out.offsets
    spans = [np.arange(in_[account], in_[account + 1]) for account in accounts]
    at = np.concatenate(spans) if spans else np.empty(0, np.int64)
    money = index.in_.amount[at]
    floor, ceiling = np.ceil(low * money - 1e-6).astype(np.int64), np.floor(high * money + 1e-6).astype(np.int64)
    near = np.searchsorted(amounts, ceiling, side="right") - np.searchsorted(amounts, floor)
    owner = np.repeat(np.arange(len(spans)), [span.size for span in spans])
    paid = (out[accounts + 1] - out[accounts])[owner]
    share = min(1.0, window / max(1, period(index))) * np.maximum(1, near) / max(1, amounts.size)
    return np.bincount(owner, np.minimum(1.0, paid * share), len(spans))


def _best_window(group: pd.DataFrame, index: MoneyIndex, window: int) -> pd.DataFrame:
    """The chains of one source and sink that fit the window with most intermediaries; the earliest such window."""
    group = group.assign(begins=index.in_.time[group["first"]], ends=index.out.time[group["second"]])
    group = group.sort_values(["begins", "ends"])
    best = group.iloc[:0]
    for begin in group["begins"].unique():
        inside = group[(group["begins"] >= begin) & (group["ends"] <= begin + window)]
        if inside["middle"].nunique() > best["middle"].nunique():
            best = inside
    return best
