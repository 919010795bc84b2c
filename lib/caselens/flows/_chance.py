"""What the searches share: the period of an index, and from a chance to how many are expected."""

from __future__ import annotations

import numpy as np

from ..core.errors import UsageError
from .hubs import HubPolicy
from .index import Direction, MoneyIndex

DEFAULT_HUBS = HubPolicy()


def direction_of(index: MoneyIndex, side: str) -> Direction:
    """Payments by payee (``in``) or by payer (``out``)."""
    if side not in ("in", "out"):
        raise UsageError(f"side must be 'in' or 'out', got {side!r}.")
    return index.in_ if side == "in" else index.out


def period(index: MoneyIndex) -> int:
    """Seconds from the first payment to the last."""
    return int(index.out.time.max() - index.out.time.min()) if index.n_payments else 0


def exponent(seen: np.ndarray | float, expected: np.ndarray | float) -> np.ndarray:
    """-log of the Poisson tail (Chernoff bound): how surprising ``seen`` is where ``expected`` were expected."""
    seen, expected = np.asarray(seen, np.float64), np.maximum(np.asarray(expected, np.float64), 1e-300)
    return np.where(seen > expected, seen * np.log(np.maximum(seen, 1e-300) / expected) - (seen - expected), 0.0)


def decades(surprise: np.ndarray | float, tried: np.ndarray | float) -> np.ndarray:
    """-log10 of how many are expected, from -log of the chance of one and how many were tried."""
    return (np.asarray(surprise) - np.log(np.maximum(1, tried))) / np.log(10)
