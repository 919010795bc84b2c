"""How unusual a large value is among its peers: a rank in the bulk, a stated fit in the tail."""

from __future__ import annotations

import numpy as np
import pandas as pd

#: Values needed above zero before a tail is fitted.
_TAIL = 8


def upper_p(values: np.ndarray, names: np.ndarray) -> np.ndarray:
    """p-values of each value against all the others: the chance that one of them is at least as large.

    Null: the value is exchangeable with its peers. In the bulk the p-value is the rank among the others, ties broken
    by a draw that depends on the name alone, so it is exactly uniform. Beyond the Tukey fence (Q3 + 1.5 IQR) of the
    positive others, at least eight of them, the rank is replaced by an exponential tail from Q3 whose mean is
    (Q3 - Q2) / ln 2: quartiles are not moved by the few that stand out, ranks are. It never goes below 1e-12.
    O(n log n).

    Args:
        values: one number a member of the peer group.
        names: their ids.
    """
    ordered = np.sort(values)
    count = len(values)
    draw = (pd.util.hash_array(np.asarray(names, dtype=object)) / 2.0**64).clip(1e-9, 1)
    above = count - np.searchsorted(ordered, values, side="right")
    ties = np.searchsorted(ordered, values, side="right") - np.searchsorted(ordered, values, side="left") - 1
    p = (above + draw * (ties + 1)) / count
    positive = ordered[ordered > 0]
    if len(positive) <= _TAIL:
        return p
    for place in np.flatnonzero(values > 0):
        own = int(np.searchsorted(positive, values[place]))
        middle, upper = _quantile(positive, own, 0.5), _quantile(positive, own, 0.75)
        spread = max((upper - middle) / np.log(2), 1e-9)
        lower = _quantile(positive, own, 0.25)
        if values[place] > upper + 1.5 * (upper - lower):
            share = (len(positive) - 1) / max(count - 1, 1)
            p[place] = max(share * 0.25 * np.exp(-(values[place] - upper) / spread), 1e-12)
    return p


def _quantile(ordered: np.ndarray, without: int, at: float) -> float:
    """Linear quantile of ``ordered`` less the element at ``without``."""
    position = at * (len(ordered) - 2)
    low = int(position)
    high = min(low + 1, len(ordered) - 2)
    value = [float(ordered[place + (place >= without)]) for place in (low, high)]
    return value[0] + (value[1] - value[0]) * (position - low)
