"""Moments of a sliding window without subtracting: what has left a window leaves no rounding error behind.

Small windows are summed anew; large ones are two stacks of partial moments that are merged (pairwise formulas of Pébay,
2008, Sandia report SAND2008-6212), so that each value costs a constant number of merges however many are in the window.
"""

from __future__ import annotations

import numpy as np
from numba import njit

DIRECT = 24  # up to so many values a fresh sum is cheaper than two merges
FIELDS = 8  # fan, degree, ratio, mean, sum, variance, skewness, kurtosis


@njit(cache=True, nogil=True, inline="always")
def merged(
    n: float, mean: float, m2: float, m3: float, m4: float, k: float, other: float, o2: float, o3: float, o4: float
) -> tuple[float, float, float, float, float]:
    """Count, mean and sums of powers of deviations (2, 3, 4) of two sets together."""
    if n == 0:
        return k, other, o2, o3, o4
    if k == 0:
        return n, mean, m2, m3, m4
    total = n + k
    delta = other - mean
    step = delta / total
    r4 = m4 + o4 + delta * step * step * step * n * k * (n * n - n * k + k * k)
    r4 += 6 * step * step * (n * n * o2 + k * k * m2) + 4 * step * (n * o3 - k * m3)
    r3 = m3 + o3 + delta * step * step * n * k * (n - k) + 3 * step * (n * o2 - k * m2)
    r2 = m2 + o2 + delta * step * n * k
    return total, mean + step * k, r2, r3, r4


@njit(cache=True, nogil=True)
def direct(value: np.ndarray, first: int, last: int) -> tuple[float, float, float, float, float]:
    """Count, mean and sums of powers of deviations of ``value[first:last]``, in two passes."""
    n = last - first
    origin = float(value[first])
    total = 0.0
    for k in range(first, last):
        total += value[k] - origin
    mean = total / n
    m2 = m3 = m4 = 0.0
    for k in range(first, last):
        d = value[k] - origin - mean
        s = d * d
        m2 += s
        m3 += s * d
        m4 += s * s
    return float(n), origin + mean, m2, m3, m4


@njit(cache=True, nogil=True)
def stack(value: np.ndarray, first: int, last: int, front: np.ndarray) -> None:
    """``front[j]``: mean and sums of powers of ``value[last - 1 - j:last]``, so that one can leave after another."""
    n, mean, m2, m3, m4 = 0.0, 0.0, 0.0, 0.0, 0.0
    for j in range(last - first):
        n, mean, m2, m3, m4 = merged(n, mean, m2, m3, m4, 1.0, float(value[last - 1 - j]), 0.0, 0.0, 0.0)
        front[j, 0], front[j, 1], front[j, 2], front[j, 3] = mean, m2, m3, m4


@njit(cache=True, nogil=True, inline="always")
def describe(record: np.ndarray, fan: int, n: float, mean: float, m2: float, m3: float, m4: float, unit: float) -> None:
    """The eight numbers of a window. Equal values have no variance, and then skewness and kurtosis are 0."""
    record[0], record[1], record[2] = fan, n, n / fan if fan > 0 else 0.0
    record[3], record[4], record[5] = mean * unit, mean * n * unit, m2 / n * unit * unit
    if m2 <= 0.0:
        record[5] = record[6] = record[7] = 0.0
    else:
        record[6] = np.sqrt(n) * m3 / (m2 * np.sqrt(m2))
        record[7] = n * m4 / (m2 * m2)
