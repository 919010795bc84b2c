"""Compiled arithmetic of the bid screens: one definition of the nine, used for whole tenders and for their subgroups.

Everything works on prices sorted upwards. An undefined value (too few bids, no spread) is NaN, never 0.
"""

from __future__ import annotations

import math

import numba as nb
import numpy as np
from numpy.typing import NDArray

#: The nine screens in the order of every output row of this module.
NINE: tuple[str, ...] = ("cv", "spd", "diffp", "rd", "rdnor", "rdalt", "skew", "kurt", "ks")

#: The smallest number of bids each of the nine is defined for.
NEEDS: dict[str, int] = {
    "cv": 2,
    "spd": 2,
    "diffp": 2,
    "rd": 3,
    "rdnor": 3,
    "rdalt": 3,
    "skew": 3,
    "kurt": 4,
    "ks": 2,
}

#: Most subgroups evaluated of one tender and size: C(15, 4), so every size up to 4 is exact up to 15 bids.
MOST_SUBGROUPS = 1365

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@nb.njit(cache=True)
def nine(b: Floats, out: Floats) -> None:
    """Write the nine screens of the sorted prices ``b`` (all > 0) to ``out``, in the order of ``NINE``. O(n)."""
    n = b.size
    out[:] = np.nan
    if n < 2:
        return
    mean = 0.0
    for x in b:
        mean += x
    mean /= n
    squares, cubes, fourths = 0.0, 0.0, 0.0
    for x in b:
        d = x - mean
        squares += d * d
        cubes += d * d * d
        fourths += d * d * d * d
    width = b[n - 1] - b[0]
    sd = math.sqrt(squares / (n - 1)) if width > 0.0 else 0.0
    first_gap = b[1] - b[0]
    out[0] = sd / mean
    out[1] = width / b[0]
    out[2] = first_gap / b[0]
    if width <= 0.0:
        return
    out[8] = _ks_uniform(b)
    if n < 3:
        return
    losers_width = b[n - 1] - b[1]
    if losers_width > 0.0:
        # The losers' deviation in a pass of its own: taking it out of the sums above would cancel when b[0] is far off.
        losers_mean = 0.0
        for x in b[1:]:
            losers_mean += x
        losers_mean /= n - 1
        losers = 0.0
        for x in b[1:]:
            losers += (x - losers_mean) ** 2
        out[3] = first_gap / math.sqrt(losers / (n - 2))
        out[5] = first_gap / (losers_width / (n - 2))
    out[4] = first_gap / (width / (n - 1))
    out[6] = n / ((n - 1) * (n - 2)) * cubes / sd**3
    if n >= 4:
        scale = n * (n + 1.0) / ((n - 1.0) * (n - 2.0) * (n - 3.0))
        out[7] = scale * fourths / sd**4 - 3.0 * (n - 1.0) ** 2 / ((n - 2.0) * (n - 3.0))


@nb.njit(cache=True)
def _ks_uniform(b: Floats) -> float:
    """Largest distance between the step function of ``b`` scaled to [0, 1] and the uniform distribution."""
    n, low, width = b.size, b[0], b[-1] - b[0]
    largest = 0.0
    for i in range(n):
        u = (b[i] - low) / width
        largest = max(largest, (i + 1) / n - u, u - i / n)
    return largest


@nb.njit(cache=True)
def patterns(b: Floats, tolerance: float, out: Floats) -> None:
    """Write to ``out`` the shares of equal bids, of equal steps and of equal ratios among the sorted prices ``b``.

    A step (ratio) counts as equal where two neighbouring gaps (ratios less 1) differ by at most ``tolerance`` of the
    mean gap (ratio less 1); two gaps that are both zero are equal bids, not equal steps, and do not count.
    """
    n = b.size
    out[:] = np.nan
    if n < 2:
        return
    equal = 0
    for i in range(n):
        if (i > 0 and b[i] == b[i - 1]) or (i < n - 1 and b[i] == b[i + 1]):
            equal += 1
    out[0] = equal / n
    width = b[n - 1] - b[0]
    if n < 3 or width <= 0.0:
        return
    mean_gap, mean_ratio = width / (n - 1), (b[n - 1] / b[0]) ** (1.0 / (n - 1)) - 1.0
    steps, ratios = 0, 0
    for i in range(1, n - 1):
        left, right = b[i] - b[i - 1], b[i + 1] - b[i]
        if left <= 0.0 or right <= 0.0:
            continue
        steps += abs(right - left) <= tolerance * mean_gap
        ratios += abs(right / b[i] - left / b[i - 1]) <= tolerance * mean_ratio
    out[1] = steps / (n - 2)
    out[2] = ratios / (n - 2)


@nb.njit(cache=True, parallel=True)
def all_tenders(prices: Floats, offsets: Ints, tolerance: float) -> Floats:
    """Nine screens and three patterns of every tender: an array of (tenders, 12)."""
    tenders = offsets.size - 1
    out = np.empty((tenders, 12))
    for t in nb.prange(tenders):
        b = prices[offsets[t] : offsets[t + 1]]
        nine(b, out[t, :9])
        patterns(b, tolerance, out[t, 9:])
    return out


@nb.njit(cache=True, parallel=True)
def all_subgroups(prices: Floats, offsets: Ints, picks: Ints, starts: Ints) -> tuple[Floats, Ints]:
    """Mean, median, least and greatest of the nine over the subgroups of every tender.

    Args:
        prices: sorted within each tender.
        offsets: where each tender begins; one longer than there are tenders.
        picks: (subgroups, size) positions, sorted in each row, the lists of all numbers of bids below one another.
        starts: tender with ``n`` bids uses the rows ``starts[n]`` to ``starts[n + 1]``.

    Returns:
        (tenders, 9, 4) summaries over the subgroups in which the screen is defined, and (tenders, 9) how many those
        are. No defined subgroup: NaN.
    """
    tenders, size = offsets.size - 1, picks.shape[1]
    out = np.full((tenders, 9, 4), np.nan)
    defined = np.zeros((tenders, 9), np.int64)
    for t in nb.prange(tenders):
        n = offsets[t + 1] - offsets[t]
        first, last = starts[n], starts[n + 1]
        if last == first:
            continue
        values = np.empty((9, last - first))
        b, row = np.empty(size), np.empty(9)
        counts = np.zeros(9, np.int64)
        for g in range(first, last):
            for j in range(size):
                b[j] = prices[offsets[t] + picks[g, j]]
            nine(b, row)
            for s in range(9):
                if not np.isnan(row[s]):
                    values[s, counts[s]] = row[s]
                    counts[s] += 1
        for s in range(9):
            defined[t, s] = counts[s]
            if counts[s]:
                some = values[s, : counts[s]]
                out[t, s, 0] = some.mean()
                out[t, s, 1] = np.median(some)
                out[t, s, 2] = some.min()
                out[t, s, 3] = some.max()
    return out, defined


def subgroup_positions(n: int, size: int, seed: int) -> Ints:
    """Which subgroups of ``size`` of ``n`` sorted bids are evaluated: all of them, or a stated sample of 1,365.

    The sample takes one subgroup at random from each of 1,365 equal slices of the lexicographic list, so none is drawn
    twice and each is as likely as any other (to the rounding of the slices). It depends on ``n``, ``size`` and ``seed``
    alone: the order of rows and the other tenders change nothing.

    Returns:
        (subgroups, size) positions, sorted in each row; (0, size) where ``n < size``.

    Raises:
        ValueError: C(n, size) does not fit into 63 bits (more than about 100,000 bids in one tender).
    """
    total = math.comb(n, size)
    if total > np.iinfo(np.int64).max:
        raise ValueError(f"{n} bids in one tender are too many for subgroups of {size}")
    if total <= MOST_SUBGROUPS:
        ranks = np.arange(total)
    else:
        edges = np.array([slice_ * total // MOST_SUBGROUPS for slice_ in range(MOST_SUBGROUPS + 1)])
        ranks = np.random.default_rng([seed, n, size]).integers(edges[:-1], edges[1:])
    return _unrank(ranks, n, size)


def _unrank(ranks: Ints, n: int, size: int) -> Ints:
    """The subgroups at ``ranks`` of the lexicographic list of all C(n, size)."""
    out = np.empty((ranks.size, size), np.int64)
    left, low = ranks.copy(), np.zeros(ranks.size, np.int64)
    for j in range(size):
        remaining = size - j - 1
        # before[v] = number of subgroups whose next position is below v, counted from position 0.
        before = np.concatenate(([0], np.cumsum([math.comb(n - 1 - v, remaining) for v in range(n)]))).astype(np.int64)
        left = left + before[low]
        out[:, j] = np.searchsorted(before, left, side="right") - 1
        left = left - before[out[:, j]]
        low = out[:, j] + 1
    return out
