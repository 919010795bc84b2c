"""Digits of many prices of one bidder or buyer. A single tender has far too few prices: there is no such call."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chisquare

from caselens.core.errors import DataError

LEAST_PRICES = 100
#: A price unit is taken as the one people round to where at least this share of the prices are multiples of it.
ROUNDED_SHARE = 0.9
#: The last digit is free only where at least this many digits stand before it.
DIGITS_BEFORE = 3

Floats = NDArray[np.float64]


def last_digit(bids: pd.DataFrame, *, by: str = "bidder_id") -> pd.DataFrame:
    """Whether the last digits of a bidder's (or buyer's) prices are as even as those of calculated prices.

    Honest people round too: the last digit is read at the coarsest unit (0.01 to 10,000) of which 90 % of the prices
    are multiples; prices that are no multiple, or have fewer than three digits before it, are left out and counted.

    Args:
        bids: ``price`` and the column ``by``.
        by: whose prices are put together, usually ``bidder_id`` or ``buyer_id``; never ``tender_id``.

    Returns:
        One row a group: ``by``, ``prices`` (used), ``left_out``, ``unit``, ``digit`` (the most frequent) and its
        ``share``, ``statistic`` (chi-square, 9 degrees of freedom), ``p``, ``state`` (``assessed`` or
        ``not_assessable``) and ``reason``. No p-value where fewer than 100 prices can be used.

    Raises:
        DataError: a column is missing or ``by`` is ``tender_id``.
    """
    rows = []
    for key, prices in _groups(bids, by):
        cents = np.round(prices * 100).astype(np.int64)
        unit = next(10**k for k in range(6, -1, -1) if (cents % 10**k == 0).mean() >= ROUNDED_SHARE)
        usable = (cents % unit == 0) & (cents >= unit * 10**DIGITS_BEFORE)
        counts = np.bincount((cents[usable] // unit) % 10, minlength=10)
        row = {by: key, "prices": int(usable.sum()), "left_out": int((~usable).sum()), "unit": unit / 100}
        rows.append(row | _tested(counts, np.full(10, 0.1), first=0))
    return pd.DataFrame(rows, columns=[by, "prices", "left_out", "unit", *_RESULT])


def benford(bids: pd.DataFrame, *, by: str = "bidder_id") -> pd.DataFrame:
    """Whether the first digits of a bidder's (or buyer's) prices follow Benford's law.

    The law holds for figures over several orders of magnitude. Where the central 90 % of the prices span less than a
    factor of 100 the answer is ``not_assessable``: contracts of one size break the law honestly.

    Args:
        bids: ``price`` and the column ``by``.
        by: whose prices are put together, usually ``bidder_id`` or ``buyer_id``; never ``tender_id``.

    Returns:
        As ``last_digit`` (8 degrees of freedom), without ``left_out`` and ``unit``, with ``span`` (the factor).

    Raises:
        DataError: a column is missing or ``by`` is ``tender_id``.
    """
    expected = np.log10(1 + 1 / np.arange(1, 10))
    rows = []
    for key, prices in _groups(bids, by):
        first = (prices / 10.0 ** np.floor(np.log10(prices) + 1e-12)).astype(int).clip(1, 9)
        low, high = np.quantile(prices, [0.05, 0.95])
        row = {by: key, "prices": len(prices), "span": high / low}
        result = _tested(np.bincount(first, minlength=10)[1:], expected, first=1)
        if result["state"] == "assessed" and high / low < 100:
            result |= {"statistic": np.nan, "p": np.nan, "state": "not_assessable", "reason": "range too narrow"}
        rows.append(row | result)
    return pd.DataFrame(rows, columns=[by, "prices", "span", *_RESULT])


_RESULT: tuple[str, ...] = ("digit", "share", "statistic", "p", "state", "reason")


def _groups(bids: pd.DataFrame, by: str) -> list[tuple[object, Floats]]:
    """Positive prices of each group, in the order of the groups."""
    if by == "tender_id":
        raise DataError("digits are never tested per tender: a tender has far too few prices")
    missing = [name for name in ("price", by) if name not in bids]
    if missing:
        raise DataError(f"bids lack {', '.join(missing)}")
    price = pd.to_numeric(bids["price"], errors="coerce").astype(float)
    valid = (price > 0) & np.isfinite(price)
    return [(key, group.to_numpy()) for key, group in price[valid].groupby(bids[by])]


def _tested(counts: NDArray[np.int64], expected: Floats, *, first: int) -> dict[str, object]:
    """The most frequent digit and a chi-square test of the counts."""
    total = counts.sum()
    digit = int(counts.argmax()) + first if total else None
    row: dict[str, object] = {"digit": digit, "share": counts.max() / total if total else np.nan}
    if total < LEAST_PRICES:
        few = f"fewer than {LEAST_PRICES} prices"
        return row | {"statistic": np.nan, "p": np.nan, "state": "not_assessable", "reason": few}
    test = chisquare(counts, expected * total)
    return row | {"statistic": test.statistic, "p": test.pvalue, "state": "assessed", "reason": ""}
