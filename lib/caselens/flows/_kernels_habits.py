"""Compiled search for habits of one account: silence and then activity, and amounts that stay just under a line."""

from __future__ import annotations

import numpy as np
from numba import njit, prange


@njit(cache=True, nogil=True, parallel=True)
def awakenings(
    in_off: np.ndarray, in_time: np.ndarray, in_party: np.ndarray,
    out_off: np.ndarray, out_time: np.ndarray, out_party: np.ndarray, quiet: int, active: int,
) -> np.ndarray:  # fmt: skip
    """For every account the silence of at least ``quiet`` seconds with most payments in the ``active`` seconds after it.

    Returns payments after it, second before the silence, second after it. The time before the first payment is no
    silence: nothing is known of it.
    """
    found = np.zeros((in_off.size - 1, 3), np.int64)
    for a in prange(in_off.size - 1):
        i, o = in_off[a], out_off[a]
        n = in_off[a + 1] - i + out_off[a + 1] - o
        if n < 2:
            continue
        times = np.empty(n, np.int64)
        m = 0
        while i < in_off[a + 1] or o < out_off[a + 1]:
            take_in = o >= out_off[a + 1] or (i < in_off[a + 1] and in_time[i] <= out_time[o])
            if take_in:
                if in_party[i] != a:
                    times[m] = in_time[i]
                    m += 1
                i += 1
            else:
                if out_party[o] != a:
                    times[m] = out_time[o]
                    m += 1
                o += 1
        for k in range(1, m):
            if times[k] - times[k - 1] >= quiet:
                after = np.searchsorted(times[:m], times[k] + active, side="right") - k
                if after > found[a, 0]:
                    found[a, 0], found[a, 1], found[a, 2] = after, times[k - 1], times[k]
    return found


@njit(cache=True, nogil=True, parallel=True)
def near_line(
    offsets: np.ndarray,
    party: np.ndarray,
    amount: np.ndarray,
    skip: np.ndarray,
    low: int,
    line: int,
    high: int,
    step: int,
) -> np.ndarray:
    """For every account: payments from ``low`` up to below ``line``, from ``line`` to below ``high``, and round ones.

    Multiples of ``step`` are what people pay anyway; they are counted apart (below and above the line) and not in the
    first two numbers.
    """
    found = np.zeros((offsets.size - 1, 4), np.int64)
    for a in prange(offsets.size - 1):
        if skip[a]:
            continue
        for k in range(offsets[a], offsets[a + 1]):
            value = amount[k]
            if party[k] != a and low <= value < high:
                column = (0 if value < line else 1) + (2 if step > 0 and value % step == 0 else 0)
                found[a, column] += 1
    return found
