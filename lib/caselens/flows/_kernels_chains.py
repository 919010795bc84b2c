"""Compiled counting and listing of chains A→B→C. Middle accounts are independent, so they run in parallel."""

from __future__ import annotations

import numpy as np
from numba import njit, prange

_SLACK = 1e-6  # in fen: 0.1 * 30 is a hair above 3 in floating point, and fences are inclusive
_LINEAR = 64  # below this mean number of outflows in a window, looking at each beats a tree


@njit(cache=True, nogil=True)
def at_least(share: float, amount: int) -> int:
    """The smallest whole number of fen that is at least ``share`` of ``amount``."""
    return int(np.ceil(share * amount - _SLACK))


@njit(cache=True, nogil=True)
def at_most(share: float, amount: int) -> int:
    """The largest whole number of fen that is at most ``share`` of ``amount``."""
    return int(np.floor(share * amount + _SLACK))


@njit(cache=True, nogil=True)
def _count_plain(
    in_party: np.ndarray,
    in_time: np.ndarray,
    in_amount: np.ndarray,
    in_row: np.ndarray,
    out_party: np.ndarray,
    out_time: np.ndarray,
    out_amount: np.ndarray,
    out_row: np.ndarray,
    own: int,
    window: int,
    low: float,
    high: float,
) -> int:
    """Look at every outflow in the window of every inflow."""
    total, first = 0, 0
    for i in range(in_time.size):
        if in_party[i] == own:
            continue
        t, r = in_time[i], in_row[i]
        while first < out_time.size and (out_time[first] < t or (out_time[first] == t and out_row[first] <= r)):
            first += 1
        floor, ceiling = at_least(low, in_amount[i]), at_most(high, in_amount[i])
        k = first
        while k < out_time.size and out_time[k] - t <= window:
            if floor <= out_amount[k] <= ceiling and out_party[k] != own:
                total += 1
            k += 1
    return total


@njit(cache=True, nogil=True)
def _count_tree(
    in_party: np.ndarray,
    in_time: np.ndarray,
    in_amount: np.ndarray,
    in_row: np.ndarray,
    out_party: np.ndarray,
    out_time: np.ndarray,
    out_amount: np.ndarray,
    out_row: np.ndarray,
    own: int,
    window: int,
    low: float,
    high: float,
) -> int:
    """The same count for a hub: a Fenwick tree over amounts holds the window. O((inflows + outflows) log outflows)."""
    values = np.sort(out_amount)
    place = np.searchsorted(values, out_amount)
    tree = np.zeros(values.size + 1, np.int64)
    total, first, last = 0, 0, 0
    for i in range(in_time.size):
        if in_party[i] == own:
            continue
        t, r = in_time[i], in_row[i]
        while last < out_time.size and out_time[last] - t <= window:
            _add(tree, place[last], 1 if out_party[last] != own else 0)
            last += 1
        while first < last and (out_time[first] < t or (out_time[first] == t and out_row[first] <= r)):
            _add(tree, place[first], -1 if out_party[first] != own else 0)
            first += 1
        floor, ceiling = at_least(low, in_amount[i]), at_most(high, in_amount[i])
        below = _sum(tree, np.searchsorted(values, floor))
        total += _sum(tree, np.searchsorted(values, ceiling, side="right")) - below
    return total


@njit(cache=True, nogil=True)
def _add(tree: np.ndarray, place: np.integer, value: int) -> None:
    k = place + 1
    while value != 0 and k < tree.size:
        tree[k] += value
        k += k & -k


@njit(cache=True, nogil=True)
def _sum(tree: np.ndarray, n: np.integer) -> int:
    """Sum of the first ``n`` places."""
    total, k = 0, n
    while k > 0:
        total += tree[k]
        k -= k & -k
    return total


@njit(cache=True, nogil=True)
def _window_size(in_time: np.ndarray, out_time: np.ndarray, window: int) -> int:
    """How many (inflow, outflow) pairs fall into the window, whatever their amounts."""
    total, first, last = 0, 0, 0
    for i in range(in_time.size):
        while first < out_time.size and out_time[first] < in_time[i]:
            first += 1
        while last < out_time.size and out_time[last] - in_time[i] <= window:
            last += 1
        total += max(0, last - first)
    return total


@njit(cache=True, nogil=True, parallel=True)
def count_chains(
    in_off: np.ndarray,
    in_party: np.ndarray,
    in_time: np.ndarray,
    in_amount: np.ndarray,
    in_row: np.ndarray,
    out_off: np.ndarray,
    out_party: np.ndarray,
    out_time: np.ndarray,
    out_amount: np.ndarray,
    out_row: np.ndarray,
    blocked: np.ndarray,
    window: int,
    low: float,
    high: float,
) -> np.ndarray:
    """Number of chains A→B→C for every middle account B (0 where blocked)."""
    n = in_off.size - 1
    counts = np.zeros(n, np.int64)
    for b in prange(n):
        i0, i1, o0, o1 = in_off[b], in_off[b + 1], out_off[b], out_off[b + 1]
        if blocked[b] or i0 == i1 or o0 == o1:
            continue
        crowded = False
        if o1 - o0 > _LINEAR:
            crowded = _window_size(in_time[i0:i1], out_time[o0:o1], window) > _LINEAR * (i1 - i0 + o1 - o0)
        if crowded:
            counts[b] = _count_tree(
                in_party[i0:i1], in_time[i0:i1], in_amount[i0:i1], in_row[i0:i1],
                out_party[o0:o1], out_time[o0:o1], out_amount[o0:o1], out_row[o0:o1], b, window, low, high,
            )  # fmt: skip
        else:
            counts[b] = _count_plain(
                in_party[i0:i1], in_time[i0:i1], in_amount[i0:i1], in_row[i0:i1],
                out_party[o0:o1], out_time[o0:o1], out_amount[o0:o1], out_row[o0:o1], b, window, low, high,
            )  # fmt: skip
    return counts


@njit(cache=True, nogil=True, parallel=True)
def list_chains(
    in_off: np.ndarray,
    in_party: np.ndarray,
    in_time: np.ndarray,
    in_amount: np.ndarray,
    in_row: np.ndarray,
    out_off: np.ndarray,
    out_party: np.ndarray,
    out_time: np.ndarray,
    out_amount: np.ndarray,
    out_row: np.ndarray,
    starts: np.ndarray,
    window: int,
    low: float,
    high: float,
    pairs_in: np.ndarray,
    pairs_out: np.ndarray,
    middle: np.ndarray,
) -> None:
    """Write positions of the pairs; ``starts`` are the running sums of :func:`count_chains`."""
    for b in prange(in_off.size - 1):
        at = starts[b]
        if at == starts[b + 1]:
            continue
        first = out_off[b]
        for i in range(in_off[b], in_off[b + 1]):
            if in_party[i] == b:
                continue
            t, r = in_time[i], in_row[i]
            while first < out_off[b + 1] and (out_time[first] < t or (out_time[first] == t and out_row[first] <= r)):
                first += 1
            floor, ceiling = at_least(low, in_amount[i]), at_most(high, in_amount[i])
            k = first
            while k < out_off[b + 1] and out_time[k] - t <= window:
                if floor <= out_amount[k] <= ceiling and out_party[k] != b:
                    pairs_in[at], pairs_out[at], middle[at] = i, k, b
                    at += 1
                k += 1
