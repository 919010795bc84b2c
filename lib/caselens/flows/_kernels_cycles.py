"""Compiled search for temporal cycles: payments in order of time, each of nearly the amount before it, back home."""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from ._kernels_chains import at_least, at_most


@njit(cache=True, nogil=True)
def _first_after(time: np.ndarray, row: np.ndarray, begin: int, end: int, t: int, r: int) -> int:
    """First position in ``begin:end`` later than (t, r)."""
    low, high = begin, end
    while low < high:
        middle = (low + high) // 2
        if time[middle] < t or (time[middle] == t and row[middle] <= r):
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)
def _from_account(
    home: int, offsets: np.ndarray, party: np.ndarray, time: np.ndarray, amount: np.ndarray, row: np.ndarray,
    blocked: np.ndarray, longest: int, window: int, low: float, high: float, starts: np.ndarray, rows: np.ndarray,
    budget: int, write: bool,
) -> tuple[int, int, int]:  # fmt: skip
    """Every cycle whose first payment leaves ``home``: depth first, one place per hop.

    Returns how many there are, how many payments they have together, and the steps left of ``budget`` (-1 = used up).
    With ``write``, ``starts[1:]`` gets the running number of payments and ``rows`` their positions.
    """
    way = np.empty(longest, np.int64)  # position of each payment on the way
    place = np.empty(longest, np.int64)  # next position to try for each hop
    n_cycles, n_rows = 0, 0
    for first in range(offsets[home], offsets[home + 1]):
        if party[first] == home or blocked[party[first]]:
            continue
        deadline = time[first] + window
        depth = 1
        way[0] = first
        here = party[first]
        place[1 % longest] = _first_after(time, row, offsets[here], offsets[here + 1], time[first], row[first])
        while depth > 0:
            budget -= 1
            if budget < 0:
                return n_cycles, n_rows, -1
            last = way[depth - 1]
            here = party[last]
            k = place[depth]
            if k >= offsets[here + 1] or time[k] > deadline:
                depth -= 1
                continue
            place[depth] += 1
            if amount[k] < at_least(low, amount[last]) or amount[k] > at_most(high, amount[last]):
                continue
            to = party[k]
            if to == home:
                if write:
                    for j in range(depth):
                        rows[n_rows + j] = way[j]
                    rows[n_rows + depth] = k
                    starts[n_cycles + 1] = n_rows + depth + 1
                n_cycles += 1
                n_rows += depth + 1
                continue
            if depth + 1 >= longest or blocked[to]:
                continue
            repeated = to == here
            for j in range(depth):
                if party[way[j]] == to:
                    repeated = True
            if repeated:
                continue
            way[depth] = k
            depth += 1
            place[depth] = _first_after(time, row, offsets[to], offsets[to + 1], time[k], row[k])
    return n_cycles, n_rows, budget


@njit(cache=True, nogil=True, parallel=True)
def count_cycles(
    offsets: np.ndarray, party: np.ndarray, time: np.ndarray, amount: np.ndarray, row: np.ndarray,
    blocked: np.ndarray, longest: int, window: int, low: float, high: float, budget: int,
) -> np.ndarray:  # fmt: skip
    """For every account: cycles that begin there, their payments, and 1 if the search ran out of ``budget`` steps."""
    found = np.zeros((offsets.size - 1, 3), np.int64)
    none = np.empty(0, np.int64)
    for a in prange(offsets.size - 1):
        if blocked[a] or offsets[a] == offsets[a + 1]:
            continue
        cycles, rows, left = _from_account(
            a, offsets, party, time, amount, row, blocked, longest, window, low, high, none, none, budget, False
        )
        found[a, 0], found[a, 1], found[a, 2] = cycles, rows, left < 0
    return found


@njit(cache=True, nogil=True)
def list_cycles(
    offsets: np.ndarray, party: np.ndarray, time: np.ndarray, amount: np.ndarray, row: np.ndarray,
    blocked: np.ndarray, longest: int, window: int, low: float, high: float, budget: int,
    found: np.ndarray, starts: np.ndarray, rows: np.ndarray,
) -> None:  # fmt: skip
    """Write the cycles that :func:`count_cycles` counted: ``rows[starts[c]:starts[c + 1]]`` are positions in order."""
    cycle, at = 0, 0
    for a in range(offsets.size - 1):
        if found[a, 0] == 0:
            continue
        own_starts = np.empty(found[a, 0] + 1, np.int64)
        own_rows = np.empty(found[a, 1], np.int64)
        _from_account(
            a,
            offsets,
            party,
            time,
            amount,
            row,
            blocked,
            longest,
            window,
            low,
            high,
            own_starts,
            own_rows,
            budget,
            True,
        )
        for c in range(found[a, 0]):
            starts[cycle + c + 1] = at + own_starts[c + 1]
        rows[at : at + found[a, 1]] = own_rows
        cycle += found[a, 0]
        at += found[a, 1]
