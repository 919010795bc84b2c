"""Counting distinct counterparties."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def counterparties(offsets: np.ndarray, counterpart: np.ndarray, accounts: np.ndarray) -> np.ndarray:
    """Distinct counterparties (the account itself not counted) of each of ``accounts``. One stamp a counterparty."""
    stamp = np.full(offsets.size - 1, -1, np.int64)
    counts = np.zeros(accounts.size, np.int64)
    for i in range(accounts.size):
        for k in range(offsets[accounts[i]], offsets[accounts[i] + 1]):
            other = counterpart[k]
            if other != accounts[i] and stamp[other] != i:
                stamp[other] = i
                counts[i] += 1
    return counts


@njit(cache=True, nogil=True)
def touching(offsets: np.ndarray, party: np.ndarray, accounts: np.ndarray, step: int, hop: np.ndarray) -> None:
    """Set ``hop`` of every counterparty of ``accounts`` that has none (-1) to ``step``."""
    for k in range(accounts.size):
        for entry in range(offsets[accounts[k]], offsets[accounts[k] + 1]):
            if hop[party[entry]] < 0:
                hop[party[entry]] = step
