"""Compiled: what an account's statement said at the moment of each payment, and nothing after it. Streamed in time."""

from __future__ import annotations

import numpy as np
from numba import njit

from ._kernels_moments import DIRECT, FIELDS, describe, direct, merged, stack

_NEVER = np.iinfo(np.int64).max


@njit(cache=True, nogil=True)
def by_time(
    offsets: np.ndarray, party: np.ndarray, time: np.ndarray, row: np.ndarray, size: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """All payments in order of (time, row): row, payer, payee, time; and each row's place in that order.

    Rows that come in order of time already are not sorted. ``size``: one more than the largest row number.
    """
    owner, other = np.full(size, -1, np.int32), np.empty(size, np.int32)
    when = np.empty(size, np.int64)
    for a in range(offsets.size - 1):
        for k in range(offsets[a], offsets[a + 1]):
            owner[row[k]], other[row[k]], when[row[k]] = a, party[k], time[k]
    rows = np.flatnonzero(owner >= 0)
    is_sorted = True
    for k in range(1, rows.size):
        if when[rows[k]] < when[rows[k - 1]]:
            is_sorted = False
            break
    if not is_sorted:
        rows = rows[np.argsort(when[rows], kind="mergesort")]
    rank = np.empty(size, np.int64)
    for k in range(rows.size):
        rank[rows[k]] = k
    return rows, owner[rows], other[rows], when[rows], rank


@njit(cache=True, nogil=True)
def neighbours(
    offsets: np.ndarray, party: np.ndarray, begin: int, end: int, n_accounts: int, before: np.ndarray, after: np.ndarray
) -> None:
    """For every entry of the accounts ``begin:end`` the account's entries before and after it with the same party.

    Written as positions; -1 where there is none before, the largest integer where there is none after.
    """
    last = np.full(n_accounts, -1, np.int64)
    for a in range(begin, end):
        for k in range(offsets[a], offsets[a + 1]):
            q = last[party[k]]
            before[k], after[k] = -1, _NEVER
            if q >= offsets[a]:
                before[k] = q
                after[q] = k
            last[party[k]] = k


@njit(cache=True, nogil=True, inline="always")
def _earlier(t: int, r: int, time: int, row: int) -> bool:
    return t < time or (t == time and r < row)


@njit(cache=True, nogil=True)
def statistics(
    begin: int, end: int, out_off: np.ndarray, out_time: np.ndarray, out_row: np.ndarray, out_at: np.ndarray,
    in_off: np.ndarray, in_time: np.ndarray, in_row: np.ndarray, in_at: np.ndarray,
    off: np.ndarray, time: np.ndarray, row: np.ndarray, value: np.ndarray, before: np.ndarray, after: np.ndarray,
    head: np.ndarray, tail: np.ndarray, fan: np.ndarray, window: int, unit: float, last_time: int, last_row: int,
    rank: np.ndarray, first_rank: int, payer_column: int, payee_column: int, busiest: int, result: np.ndarray,
) -> None:  # fmt: skip
    """One direction's windows of the accounts ``begin:end`` at each of their payments of this slice of time.

    ``out_at``/``in_at``: where each account's next payments out and in stand (read only). ``off`` to ``after``: the
    direction described. ``head``, ``tail``, ``fan`` (one an account): its window so far; they are moved on, so that slices
    follow each other. A window holds what is later than ``window`` before the payment, up to the payment itself by (time,
    row). ``result[rank - first_rank]`` gets eight numbers from ``payer_column`` or ``payee_column`` on.
    """
    front = np.empty((busiest + 1, 4))
    record = np.zeros(FIELDS, np.float64)
    for a in range(begin, end):
        i, j, stop_i, stop_j = out_at[a], in_at[a], out_off[a + 1], in_off[a + 1]
        h, q, f = head[a], tail[a], fan[a]
        middle, is_stacked, is_new = 0, False, True
        b, bm, b2, b3, b4 = 0.0, 0.0, 0.0, 0.0, 0.0
        while True:
            out_is_next = i < stop_i and not _earlier(last_time, last_row, out_time[i], out_row[i])
            in_is_next = j < stop_j and not _earlier(last_time, last_row, in_time[j], in_row[j])
            if out_is_next and in_is_next:
                out_is_next = not _earlier(in_time[j], in_row[j], out_time[i], out_row[i])
            elif not (out_is_next or in_is_next):
                break
            t, r = (out_time[i], out_row[i]) if out_is_next else (in_time[j], in_row[j])
            while q < off[a + 1] and not _earlier(t, r, time[q], row[q]):
                f += before[q] < h
                if is_stacked:
                    b, bm, b2, b3, b4 = merged(b, bm, b2, b3, b4, 1.0, float(value[q]), 0.0, 0.0, 0.0)
                q += 1
                is_new = True
            while h < q and time[h] <= t - window:
                f -= after[h] >= q
                h += 1
                is_new = True
            if is_new:
                n = q - h
                if n == 0:
                    record[:] = 0.0
                    is_stacked = False
                elif n <= DIRECT:
                    k, mean, m2, m3, m4 = direct(value, h, q)
                    describe(record, f, k, mean, m2, m3, m4, unit)
                    is_stacked = False
                else:
                    if not is_stacked or h >= middle:
                        stack(value, h, q, front)
                        middle, is_stacked = q, True
                        b, bm, b2, b3, b4 = 0.0, 0.0, 0.0, 0.0, 0.0
                    s = front[middle - h - 1]
                    k, mean, m2, m3, m4 = merged(float(middle - h), s[0], s[1], s[2], s[3], b, bm, b2, b3, b4)
                    describe(record, f, k, mean, m2, m3, m4, unit)
                is_new = False
            target = result[rank[r] - first_rank]
            column = payer_column if out_is_next else payee_column
            for c in range(FIELDS):
                target[column + c] = record[c]
            if out_is_next:
                i += 1
            else:
                j += 1
        head[a], tail[a], fan[a] = h, q, f


@njit(cache=True, nogil=True)
def sizes(
    begin: int, end: int, off: np.ndarray, party: np.ndarray, time: np.ndarray, row: np.ndarray, at: np.ndarray,
    before: np.ndarray, after: np.ndarray, head: np.ndarray, fan: np.ndarray, window: int, last_time: int,
    last_row: int, rank: np.ndarray, first_rank: int, fans: np.ndarray, degrees: np.ndarray,
) -> None:  # fmt: skip
    """Distinct counterparties and payments of one side within ``window`` up to each payment. Moves ``at`` on.

    Self-payments are no pattern: they are passed over and get 0.
    """
    for a in range(begin, end):
        k, h, f = at[a], head[a], fan[a]
        own = 0  # self-payments inside the window
        for p in range(h, k):
            own += party[p] == a
        while k < off[a + 1] and not _earlier(last_time, last_row, time[k], row[k]):
            is_own = party[k] == a
            own += is_own
            f += not is_own and before[k] < h
            while time[h] <= time[k] - window:
                own -= party[h] == a
                f -= party[h] != a and after[h] > k
                h += 1
            place = rank[row[k]] - first_rank
            fans[place] = 0 if is_own else f
            degrees[place] = 0 if is_own else k + 1 - h - own
            k += 1
        at[a], head[a], fan[a] = k, h, f
