"""How unlikely is it that so many events fall into one window somewhere in a period?"""

from __future__ import annotations

import numpy as np
from scipy.stats import nbinom, poisson

_DRAWS = 4000


def largest_window(days: np.ndarray, width: int) -> tuple[int, int]:
    """Most events within ``width`` days, and the place of the first; ``days`` are sorted. (0, 0) where none."""
    if not len(days):
        return 0, 0
    counts = np.searchsorted(days, days + width, side="right") - np.arange(len(days))
    return int(counts.max()), int(counts.argmax())


def merged(days: np.ndarray, within: int) -> np.ndarray:
    """Days of the first of each chain of events no more than ``within`` days apart; ``days`` are sorted. O(n)."""
    return days[np.concatenate([[True], np.diff(days) > within])] if len(days) else days


def scan_p(
    least: int, share: float, mean: float, shape: float | None, rng: np.random.Generator, draws: int = _DRAWS
) -> float:
    """P(some window of ``share`` of the period holds at least ``least`` events), all windows of that width counted.

    The number of events in the period is Poisson with ``mean``, or negative binomial with that mean and ``shape``
    (smaller: more uncertain); each falls anywhere with equal chance. For n = ``least`` events the chance is exact
    (distribution of the range of n uniform numbers); for more it is simulated, and weighted with the chance of n.
    Where one window is the whole period it is the plain tail.

    Source: scan statistics, Naus (1965).
    """
    if least <= 1:
        return 1.0
    count = poisson(mean) if shape is None else nbinom(shape, shape / (shape + mean))
    if share >= 1:
        return float(count.sf(least - 1))
    total = count.pmf(least) * (least * share ** (least - 1) - (least - 1) * share**least)
    last = int(max(count.isf(1e-12), least + 1))
    for n in range(least + 1, min(last, least + 200) + 1):
        weight = float(count.pmf(n))
        if weight < 1e-15:
            break
        places = np.sort(rng.random((draws, n)), axis=1)
        near = places[:, least - 1 :] - places[:, : n - least + 1]
        total += weight * float((near.min(axis=1) <= share).mean())
    beyond = min(last, least + 200)
    return float(min(total + count.sf(beyond), 1.0))
