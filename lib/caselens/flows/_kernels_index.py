"""Compiled sorting of payments by account and time: a counting sort by account, then each account by itself."""

from __future__ import annotations

import numpy as np
from numba import njit

_INSERTION = 48  # below this many rows an insertion sort beats the set-up of a merge sort


@njit(cache=True, nogil=True)
def count_offsets(code: np.ndarray, n_accounts: int) -> np.ndarray:
    """Where each account's rows begin: ``offsets[a] .. offsets[a + 1]``. Rows with a negative code are not counted."""
    offsets = np.zeros(n_accounts + 1, np.int64)
    for k in range(code.size):
        if code[k] >= 0:
            offsets[code[k] + 1] += 1
    for a in range(n_accounts):
        offsets[a + 1] += offsets[a]
    return offsets


@njit(cache=True, nogil=True)
def _sort_segment(time: np.ndarray, row: np.ndarray, first: int, last: int) -> None:
    """Stable sort of one account's rows by time; they arrive in row order, so equal times stay in row order."""
    for k in range(first + 1, last):
        if time[k] < time[k - 1]:
            break
    else:
        return
    if last - first <= _INSERTION:
        for k in range(first + 1, last):
            t, r, j = time[k], row[k], k - 1
            while j >= first and time[j] > t:
                time[j + 1] = time[j]
                row[j + 1] = row[j]
                j -= 1
            time[j + 1] = t
            row[j + 1] = r
        return
    order = np.argsort(time[first:last], kind="mergesort")
    time[first:last] = time[first:last][order]
    row[first:last] = row[first:last][order]


@njit(cache=True, nogil=True)
def sort_direction(
    code: np.ndarray,
    other: np.ndarray,
    when: np.ndarray,
    money: np.ndarray,
    offsets: np.ndarray,
    counterpart: np.ndarray,
    time: np.ndarray,
    amount: np.ndarray,
    row: np.ndarray,
) -> None:
    """Fill one direction of the index, sorted by (account, time, row).

    ``code``, ``other``, ``when``, ``money`` are indexed by row number; ``counterpart``, ``time``, ``amount``, ``row``
    are written. O(n) for the accounts, O(m log m) for the m rows of one account; no scratch of the size of the table.
    """
    n_accounts = offsets.size - 1
    cursor = offsets[:-1].copy()
    for k in range(code.size):
        account = code[k]
        if account >= 0:
            time[cursor[account]] = when[k]
            row[cursor[account]] = k
            cursor[account] += 1
    for account in range(n_accounts):
        _sort_segment(time, row, offsets[account], offsets[account + 1])
    for position in range(row.size):
        counterpart[position] = other[row[position]]
        amount[position] = money[row[position]]
