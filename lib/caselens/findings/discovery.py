"""False discoveries: how many of the hypotheses an indicator rejects would be rejected where nothing is wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd

#: A statistical finding whose q-value is above this stays in view as a note, with half its score.
Q_LIMIT = 0.10


def q_values(p_values: np.ndarray, family: np.ndarray, dependent: bool = False) -> np.ndarray:
    """The smallest false-discovery rate at which each of ``p_values`` would be rejected.

    q(p) = min over p' >= p in the family of m p' / (number of p'' <= p'), Benjamini and Hochberg (1995); with
    ``dependent`` times 1 + 1/2 + ... + 1/m, Benjamini and Yekutieli (2001). A p-value that is not in the family joins it.

    Args:
        p_values: of the findings; NaN gives NaN.
        family: p-values of every hypothesis that was put, rejected or not, NaN where it could not be.
        dependent: the hypotheses may depend on each other in any way.

    Returns:
        Values from 0 to 1, in the order of ``p_values``. O((m + n) log m).
    """
    asked = np.asarray(p_values, dtype=float)
    known = np.asarray(family, dtype=float)
    known = known[~np.isnan(known)]
    given = asked[~np.isnan(asked)]
    missing = given[~np.isin(given, known)]
    ordered = np.sort(np.concatenate([known, missing]))
    if not len(ordered):
        return np.full(len(asked), np.nan)
    size = len(ordered)
    scaled = ordered * size / np.arange(1, size + 1)
    if dependent:
        scaled *= float(np.sum(1 / np.arange(1, size + 1)))
    least = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    place = np.searchsorted(ordered, np.where(np.isnan(asked), 1.0, asked), side="left")
    return np.where(np.isnan(asked), np.nan, least[np.minimum(place, size - 1)])


def family_of(assessed: pd.DataFrame, p_values: np.ndarray) -> np.ndarray:
    """The p-values of every hypothesis an indicator put.

    Where its answer does not say the p-values of the clean subjects, each counts as 1: the family is as large as it was,
    and the finding is judged no milder.
    """
    if "p_value" in assessed.columns and assessed["p_value"].notna().any():
        return assessed["p_value"].to_numpy(dtype=float, na_value=np.nan)
    put = int(assessed["state"].isin(["hit", "clean"]).sum())
    return np.concatenate([p_values, np.ones(max(put - len(p_values), 0))])
