"""Probabilities that mean what they say: calibration out of fold, and the band in which an honest one must lie."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Scores are kept this far from 0 and 1 before their logarithm is taken.
EDGE = 0.005


def logit(score: Floats, edge: float = EDGE) -> Floats:
    """Logarithm of the odds, scores kept ``edge`` from both ends."""
    clipped = np.clip(score, edge, 1 - edge)
    return np.log(clipped / (1 - clipped))


class Calibrator:
    """Logistic calibration of scores (Platt 1999), learnt from predictions made out of fold."""

    def __init__(self, score: Floats, label: Ints, weight: Floats) -> None:
        """Scores out of fold, their labels and weights."""
        self._line = LogisticRegression(C=10.0).fit(logit(score)[:, None], label, sample_weight=weight)

    def __call__(self, score: Floats) -> Floats:
        """Probability of each score; increasing in the score where the scores carry any information."""
        return self._line.predict_proba(logit(score)[:, None])[:, 1]


def consistency_band(
    probability: Floats, label: Ints, groups: NDArray[np.object_], *, bins: int = 10, draws: int = 1000, seed: int = 0
) -> pd.DataFrame:
    """Observed rates in equal-mass bins beside the 95 % band of a perfectly calibrated forecast (Bröcker & Smith 2007).

    In every draw each *group* (tender) receives the label 1 with the mean probability of its bids, so bids of one
    tender, which share their label, are not counted as independent.

    Returns:
        One row a bin: ``bids``, ``groups``, ``predicted``, ``observed``, ``low``, ``high``, ``is_inside``.
    """
    codes, unique = pd.factorize(groups)
    order = np.argsort(probability, kind="stable")
    which = np.empty(len(order), np.int64)
    which[order] = np.arange(len(order)) * bins // len(order)
    size = np.bincount(which, minlength=bins)
    mean = np.bincount(codes, probability) / np.bincount(codes)
    rng = np.random.default_rng(seed)
    simulated = np.array(
        [np.bincount(which, (rng.random(len(unique)) < mean)[codes], minlength=bins) / size for _ in range(draws)]
    )
    low, high = np.quantile(simulated, [0.025, 0.975], axis=0)
    observed = np.bincount(which, label, minlength=bins) / size
    table = pd.DataFrame(
        {
            "bids": size,
            "groups": [len(set(codes[which == one])) for one in range(bins)],
            "predicted": np.bincount(which, probability, minlength=bins) / size,
            "observed": observed,
            "low": low,
            "high": high,
        }
    )
    table["is_inside"] = (observed >= low - 1e-12) & (observed <= high + 1e-12)
    return table
