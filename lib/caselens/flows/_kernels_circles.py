"""Compiled search for circles: payments that join up in a ring whatever their order, within a band of time and amount."""

from __future__ import annotations

import numpy as np
from numba import njit, prange


@njit(cache=True, nogil=True)
def _begin(time: np.ndarray, first: int, last: int, moment: int) -> int:
    """First position in ``first:last`` not before ``moment``."""
    while first < last:
        middle = (first + last) // 2
        if time[middle] < moment:
            first = middle + 1
        else:
            last = middle
    return first


@njit(cache=True, nogil=True)
def _from_payment(
    anchor: int, home: int, offsets: np.ndarray, party: np.ndarray, time: np.ndarray, amount: np.ndarray,
    row: np.ndarray, blocked: np.ndarray, longest: int, window: int, band: float, rows: np.ndarray, sizes: np.ndarray,
    write: bool,
) -> tuple[int, int]:  # fmt: skip
    """Circles in which the payment at ``anchor`` is the smallest (of equal ones: the first row)."""
    way = np.empty(longest, np.int64)
    place = np.empty(longest, np.int64)
    begin, end = time[anchor] - window, time[anchor] + window
    least, most = amount[anchor], int(amount[anchor] * band + 1e-6)
    circles, used, depth = 0, 0, 1
    way[0] = anchor
    here = party[anchor]
    place[1] = _begin(time, offsets[here], offsets[here + 1], begin)
    while depth > 0:
        here = party[way[depth - 1]]
        k = place[depth]
        if k >= offsets[here + 1] or time[k] > end:
            depth -= 1
            continue
        place[depth] += 1
        if amount[k] > most or amount[k] < least or (amount[k] == least and row[k] <= row[anchor]):
            continue
        to = party[k]
        if to == home:
            if depth >= 2:
                if write:
                    for j in range(depth):
                        rows[used + j] = way[j]
                    rows[used + depth] = k
                    sizes[circles] = depth + 1
                circles += 1
                used += depth + 1
            continue
        if depth + 1 >= longest or blocked[to] or to == here:
            continue
        repeated = False
        for j in range(depth):
            if party[way[j]] == to:
                repeated = True
        if repeated:
            continue
        way[depth] = k
        depth += 1
        place[depth] = _begin(time, offsets[to], offsets[to + 1], begin)
    return circles, used


@njit(cache=True, nogil=True, parallel=True)
def count_circles(
    offsets: np.ndarray, party: np.ndarray, time: np.ndarray, amount: np.ndarray, row: np.ndarray,
    blocked: np.ndarray, longest: int, window: np.ndarray, band: float,
) -> np.ndarray:  # fmt: skip
    """For every account: circles whose smallest payment it makes, and their payments.

    ``window`` (seconds, one a payment): how far in time the others may be from that payment; 0 = do not begin there.
    """
    found = np.zeros((offsets.size - 1, 2), np.int64)
    none = np.empty(0, np.int64)
    for a in prange(offsets.size - 1):
        if blocked[a]:
            continue
        for k in range(offsets[a], offsets[a + 1]):
            if window[k] <= 0 or party[k] == a or blocked[party[k]]:
                continue
            circles, used = _from_payment(
                k, a, offsets, party, time, amount, row, blocked, longest, window[k], band, none, none, False
            )
            found[a, 0] += circles
            found[a, 1] += used
    return found


@njit(cache=True, nogil=True)
def list_circles(
    offsets: np.ndarray, party: np.ndarray, time: np.ndarray, amount: np.ndarray, row: np.ndarray,
    blocked: np.ndarray, longest: int, window: np.ndarray, band: float,
    found: np.ndarray, sizes: np.ndarray, rows: np.ndarray,
) -> None:  # fmt: skip
    """Write the circles that :func:`count_circles` counted: their sizes, and the positions one circle after another."""
    at, circle = 0, 0
    for a in range(offsets.size - 1):
        if found[a, 0] == 0:
            continue
        for k in range(offsets[a], offsets[a + 1]):
            if window[k] <= 0 or party[k] == a or blocked[party[k]]:
                continue
            circles, used = _from_payment(
                k,
                a,
                offsets,
                party,
                time,
                amount,
                row,
                blocked,
                longest,
                window[k],
                band,
                rows[at:],
                sizes[circle:],
                True,
            )
            at += used
            circle += circles
