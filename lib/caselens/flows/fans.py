"""Fans: many counterparties of one account, close together in time or in amount."""

from __future__ import annotations

import numpy as np
import pandas as pd

from . import _kernels_fans
from ._chance import DEFAULT_HUBS, decades, direction_of, exponent, period
from .hubs import HubPolicy, Hubs, resolve_hubs
from .index import Direction, MoneyIndex
from .passing import DAY
from .patterns import Collector, Patterns

_SAMPLE, _SAMPLED_PAYMENTS = 20_000, 200  # accounts and payments of each from which habits are learned


def fans(
    index: MoneyIndex,
    side: str = "in",
    *,
    window_days: float = 30,
    least: int = 5,
    min_strength: float = -np.inf,
    hubs: HubPolicy | Hubs | None = DEFAULT_HUBS,
) -> Patterns:
    """Fan-in (``side="in"``: many payers of one account) or fan-out (``"out"``) within a window of time.

    One pattern an account: the first window with the most distinct counterparties, if at least ``least``. Chance: the
    account's payments spread evenly over the whole period, and a window beginning at each of them.
    """
    direction = direction_of(index, side)
    found_hubs = resolve_hubs(index, hubs)
    window = round(window_days * DAY)
    columns = (direction.offsets, direction.counterpart, direction.time)
    found = _kernels_fans.widest_fans(*columns, found_hubs.blocked, window, least)
    share = min(1.0, window / max(1, period(index)))
    total = np.diff(direction.offsets)
    strength = decades(exponent(found[:, 0], total * share), index.n_accounts * total)
    collector = Collector(index)
    for account in np.flatnonzero((found[:, 0] > 0) & (strength >= min_strength)).tolist():
        positions = np.arange(found[account, 1], found[account, 2] + 1)
        collector.add(f"fan-{side}", account, float(strength[account]), (side, positions))
    return collector.done(found_hubs)


def uniform_fans(
    index: MoneyIndex,
    side: str = "in",
    *,
    band: float = 0.25,
    least: int = 3,
    min_strength: float = 0.0,
    hubs: HubPolicy | Hubs | None = DEFAULT_HUBS,
) -> Patterns:
    """Fans whose payments are of nearly one amount, at any distance in time.

    Several people who pay one account the same sum, which is not what they pay others, have been told what to pay. For
    each account the band of amounts is sought (exactly one amount, within 2 %, within ``band``) whose counterparties
    surprise most: the chance that each one's payment falls into the band is taken from its own payments with others, and
    from how common such amounts are in the index; payments of one amount to one account count once. A usual fee, or
    somebody who always pays this sum, surprises nobody.
    Below ``min_strength`` nothing is returned; a lower one makes the list longer, not the first page different.
    """
    direction = direction_of(index, side)
    found_hubs = resolve_hubs(index, hubs)
    columns = (direction.offsets, direction.counterpart, direction.amount)
    keep = _kernels_fans.first_of_kind(*columns)
    back = direction_of(index, "out" if side == "in" else "in")
    habits = (back.offsets, back.counterpart, back.amount, _habit_weight(back, band))
    bands = np.array([0.0, 0.02, band])
    arguments = (*columns, keep, np.sort(direction.amount[keep]), found_hubs.blocked, *habits, bands, least)
    found, strength = _kernels_fans.uniform_fans(*arguments)
    surprise = decades(strength, index.n_accounts)
    collector = Collector(index)
    for account in np.flatnonzero((strength > 0) & (surprise >= min_strength)).tolist():
        span = np.arange(direction.offsets[account], direction.offsets[account + 1])
        inside = (direction.amount[span] >= found[account, 1]) & (direction.amount[span] <= found[account, 2])
        collector.add(f"fan-{side}", account, float(surprise[account]), (side, span[inside]))
    return collector.done(found_hubs)


def _habit_weight(side: Direction, band: float) -> float:
    """For how many payments of an account's own the whole index counts when its habits are judged.

    Where accounts always pay the same sum, an account's few payments say all and the index nothing; where every account
    pays what everybody pays, the reverse. Two payments of one account to two others fall into one band of amounts more
    often than two of the index by 1 / (weight + 1) of what is possible (Dirichlet-multinomial, method of moments).
    """
    step = max(1, side.offsets.size // _SAMPLE)
    spans = [np.arange(side.offsets[a], side.offsets[a + 1]) for a in range(0, side.offsets.size - 1, step)]
    at = np.concatenate([span[:_SAMPLED_PAYMENTS] for span in spans]) if spans else np.empty(0, np.int64)
    owner = np.searchsorted(side.offsets, at, side="right")
    frame = pd.DataFrame({"owner": owner, "party": side.counterpart[at], "amount": side.amount[at]}).drop_duplicates()
    frame["bin"] = np.floor(np.log(frame["amount"]) / np.log1p(band)).astype(np.int64)
    together = frame.groupby(["owner", "bin"]).size().to_numpy(np.float64)
    alone = frame.groupby("owner").size().to_numpy(np.float64)
    pairs = float((alone * (alone - 1)).sum())
    if not pairs:
        return 1.0
    same = float((together * (together - 1)).sum()) / pairs
    common = float((frame["bin"].value_counts(normalize=True) ** 2).sum())
    return float(np.clip((1 - common) / max(same - common, 1e-9) - 1, 0.05, 1e6))
