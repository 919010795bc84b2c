"""Compiled: patterns that each payment completes, counted by size: scatter-gather, and temporal cycles of any length."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, inline="always")
def _from(time: np.ndarray, first: int, last: int, moment: int) -> int:
    """First position in ``first:last`` not before ``moment``."""
    while first < last:
        middle = (first + last) // 2
        if time[middle] < moment:
            first = middle + 1
        else:
            last = middle
    return first


@njit(cache=True, nogil=True, inline="always")
def _past(time: np.ndarray, row: np.ndarray, first: int, last: int, t: int, r: int) -> int:
    """First position in ``first:last`` after (t, r)."""
    while first < last:
        middle = (first + last) // 2
        if time[middle] < t or (time[middle] == t and row[middle] <= r):
            first = middle + 1
        else:
            last = middle
    return first


@njit(cache=True, nogil=True)
def _between(
    ends: int, via: int, skip: int, marks: np.ndarray, mark: int, t: int, r: int, oldest: int,
    off: np.ndarray, party: np.ndarray, time: np.ndarray, row: np.ndarray, before: np.ndarray,
    back_off: np.ndarray, back_party: np.ndarray, back_time: np.ndarray, back_row: np.ndarray,
    back_before: np.ndarray, bins: int, result: np.ndarray,
) -> None:  # fmt: skip
    """Count, for everybody one step behind ``via``, the middles it shares with ``ends``.

    ``marks == mark`` marks the middles of ``ends``. ``back_*`` leads from ``via`` to the others, ``off`` ... from each of
    them to its middles.
    """
    first = _from(back_time, back_off[via], back_off[via + 1], oldest)
    last = _past(back_time, back_row, first, back_off[via + 1], t, r)
    for k in range(first, last):
        other = back_party[k]
        is_end = other == ends
        if back_before[k] >= first or is_end or other == via:
            continue
        begin = _from(time, off[other], off[other + 1], oldest)
        n = 0
        for e in range(begin, off[other + 1]):
            if time[e] > t or (time[e] == t and row[e] > r):
                break
            middle = party[e]
            n += marks[middle] == mark and before[e] < begin and middle != other and middle != skip
        if n >= 2:
            result[min(n - 2, bins - 1)] += 1


@njit(cache=True, nogil=True)
def scatter_gathers(
    first: int, last: int, payer: np.ndarray, payee: np.ndarray, when: np.ndarray, rows: np.ndarray,
    out_off: np.ndarray, out_party: np.ndarray, out_time: np.ndarray, out_row: np.ndarray, out_before: np.ndarray,
    in_off: np.ndarray, in_party: np.ndarray, in_time: np.ndarray, in_row: np.ndarray, in_before: np.ndarray,
    window: int, n_accounts: int, result: np.ndarray,
) -> None:  # fmt: skip
    """Scatter-gathers that the payments ``first:last`` (in order of time) belong to when they are made, by middles.

    A source and a sink with at least two accounts between them, all payments from ``window`` before this one up to it. Column c
    counts those with c + 2 middles, the last column those with more as well.
    """
    marks = np.full(n_accounts, -1, np.int64)
    bins = result.shape[1]
    for k in range(first, last):
        u, v, t, r = payer[k], payee[k], when[k], rows[k]
        if u == v:
            continue
        oldest = t - window
        # As a gathering payment: sources behind u, and the middles of v.
        begin = _from(in_time, in_off[v], in_off[v + 1], oldest)
        n = 0
        for e in range(begin, in_off[v + 1]):
            if in_time[e] > t or (in_time[e] == t and in_row[e] > r):
                break
            if in_before[e] < begin and in_party[e] != v:
                marks[in_party[e]] = 2 * k
                n += 1
        if n >= 2:
            _between(
                v, u, v, marks, 2 * k, t, r, oldest, out_off, out_party, out_time, out_row, out_before,
                in_off, in_party, in_time, in_row, in_before, bins, result[k - first],
            )  # fmt: skip
        # As a scattering payment: sinks beyond v, and the middles of u.
        begin = _from(out_time, out_off[u], out_off[u + 1], oldest)
        n = 0
        for e in range(begin, out_off[u + 1]):
            if out_time[e] > t or (out_time[e] == t and out_row[e] > r):
                break
            if out_before[e] < begin and out_party[e] != u:
                marks[out_party[e]] = 2 * k + 1
                n += 1
        if n >= 2:
            _between(
                u, v, u, marks, 2 * k + 1, t, r, oldest, in_off, in_party, in_time, in_row, in_before,
                out_off, out_party, out_time, out_row, out_before, bins, result[k - first],
            )  # fmt: skip
