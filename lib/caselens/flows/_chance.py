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


def exponent(seen: int, expected: float) -> float:
    """-log of the Poisson tail (Chernoff bound): how surprising ``seen`` is where ``expected`` were expected."""
    return float(seen * np.log(seen / expected) - (seen - expected)) if seen > expected > 0 else 0.0


def decades(surprise: float, tried: int) -> float:
    """-log10 of how many are expected, from -log of the chance of one and how many were tried."""
    return float((surprise - np.log(max(1, tried))) / np.log(10))
