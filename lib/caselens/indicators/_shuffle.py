"""Who is favoured within strata: a permutation test of ranks, with a stated tail."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm, rankdata

#: Draws of the first and the last round; a second round only where the first saw fewer than ten as extreme.
_DRAWS = (999, 9999)


def favoured(values: np.ndarray, mine: np.ndarray, strata: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    """Chance that those marked rank as low, and the share of the others whom they precede on average.

    Null: within each stratum it does not matter whose a value is. Statistic: the sum over all strata of the ranks
    (ties share theirs) of the marked values, each divided by the size of its stratum plus one. Sequential permutation
    (Besag and Clifford 1991): 999 draws, 9999 more where fewer than ten of them reach the statistic; where even then
    fewer than ten do, the normal tail of the exact permutation mean and variance.

    Args:
        values: low is good.
        mine: which values are the marked party's.
        strata: the stratum of each value; one with the marked or with others only says nothing.
        rng: a generator seeded by what is asked about.

    Returns:
        The p-value (1 where nothing can be compared) and the share of others preceded (0.5 = no advantage).
        O(draws × values of mixed strata).
    """
    statistic, mean, variance = 0.0, 0.0, 0.0
    parts: list[tuple[np.ndarray, int]] = []
    ahead, weight = 0.0, 0
    for stratum in np.unique(strata):
        here = strata == stratum
        chosen = mine[here]
        n, m = len(chosen), int(chosen.sum())
        if m in (0, n):
            continue
        ranks = rankdata(values[here]) / (n + 1)
        parts.append((ranks, m))
        statistic += float(ranks[chosen].sum())
        mean += m * float(ranks.mean())
        variance += m * (n - m) / (n - 1) * float(ranks.var()) if n > 1 else 0.0
        others = values[here][~chosen]
        ahead += float(sum((value < others).mean() + 0.5 * (value == others).mean() for value in values[here][chosen]))
        weight += m
    if not parts or variance <= 0:
        return 1.0, 0.5
    as_low, drawn = 0, 0
    for draws in _DRAWS:
        sums = np.zeros(draws)
        for ranks, m in parts:
            # In blocks, so that a stratum of a hundred thousand stays in memory.
            block = max(1, 20_000_000 // len(ranks))
            for start in range(0, draws, block):
                size = min(block, draws - start)
                order = rng.random((size, len(ranks))).argpartition(m - 1, axis=1)[:, :m]
                sums[start : start + size] += ranks[order].sum(axis=1)
        as_low, drawn = as_low + int((sums <= statistic + 1e-9).sum()), drawn + draws
        if as_low >= 10:
            break
    p = (as_low + 1) / (drawn + 1)
    if as_low < 10:
        p = min(p, float(norm.cdf((statistic - mean) / np.sqrt(variance))))
    return max(p, 1e-12), ahead / weight
