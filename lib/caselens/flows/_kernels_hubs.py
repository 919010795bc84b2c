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
