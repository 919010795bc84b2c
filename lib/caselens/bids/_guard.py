"""Where a trained model has nothing to say: outside the strata, sizes, prices and bidders it was trained on.

A model of one market read in another is confidently wrong, because low variance means nothing under some rules. So the
training strata are kept, every tender is measured against them, and what lies outside is named with its reason.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import ks_2samp
from sklearn.neighbors import NearestNeighbors

from caselens.core.text import Text

Floats = NDArray[np.float64]

#: Why the model abstains, by code.
REASONS: dict[str, Text] = {
    "too_few_bids": Text("有效报价不足两家，无从比较", "fewer than two priced bids: nothing to compare"),
    "bids_outside_range": Text("投标家数超出训练范围", "number of bids outside the range trained on"),
    "evaluation_method_unknown": Text(
        "训练数据中没有这种评标办法（均值基准、随机系数下诚实报价也会聚集）",
        "evaluation method not in the training data (under average-price rules honest bids cluster too)",
    ),
    "market_unknown": Text("训练数据中没有这个市场", "market not in the training data"),
    "category_unknown": Text("训练数据中没有这类采购", "category not in the training data"),
    "bidders_unknown": Text("投标人均未在训练数据中出现", "no bidder of this tender occurs in the training data"),
    "prices_unlike_training": Text(
        "报价的规模或形态与训练数据相距过远", "size or shape of the prices far from everything trained on"
    ),
    "batch_unlike_training": Text(
        "这一批项目整体分布与训练市场不同，可能是另一个市场",
        "the tenders given together are distributed unlike the training market: probably another market",
    ),
}

#: Columns of which an unseen value is a stratum the model does not know.
STRATA: tuple[str, ...] = ("evaluation_method", "market", "category")

#: Methods under which honest bids cluster: a model trained without knowing the method is not asked about them.
CLUSTERING_METHODS: tuple[str, ...] = ("average_price", "ceiling_random")

#: Features whose distribution is compared, as logarithms where they are positive and skewed.
COMPARED: dict[str, bool] = {
    "n_bids": True,
    "mean_price": False,
    "joint_cv": True,
    "joint_skew": False,
    "joint_ks": False,
    "joint_rd": True,
    "joint_share": False,
}

NEIGHBOURS = 5
#: A batch is compared from this many tenders on, and called unlike where a feature's distribution function is off by at
#: least ``SHIFT`` with a Bonferroni-corrected p-value of at most ``SHIFT_LEVEL``.
BATCH_TENDERS, SHIFT, SHIFT_LEVEL = 20, 0.35, 1e-6


class Guard:
    """The training strata of a model, and what lies outside them.

    Attributes:
        values: values seen of each column in ``STRATA`` that the training bids had.
        n_range: least and greatest number of bids in a training tender.
        has_recurring_bidders: at least 95 % of the training tenders have a bidder seen in another of them, so a tender
            without a known bidder is foreign.
    """

    def __init__(self, features: pd.DataFrame, strata: pd.DataFrame, known: pd.Series, level: float) -> None:
        """Features and strata columns of the training tenders; ``known``: share of bidders seen in other tenders."""
        self.values = {name: set(strata[name].dropna()) for name in STRATA if name in strata}
        self.n_range = (int(features["n_bids"].min()), int(features["n_bids"].max()))
        self.has_recurring_bidders = bool((known > 0).mean() >= 0.95)
        self._coordinates = _coordinates(features)
        self._centre = self._coordinates.median()
        spread = self._coordinates.quantile(0.75) - self._coordinates.quantile(0.25)
        self._scale = spread.where(spread > 0, 1.0).fillna(1.0)
        points = self._points(self._coordinates)
        nearest = min(NEIGHBOURS, len(points) - 1)
        self._neighbours = NearestNeighbors(n_neighbors=nearest).fit(points)
        # Without X, scikit-learn leaves each point out of its own neighbours.
        own = np.sort(self._neighbours.kneighbors()[0].mean(axis=1))
        # Conformal: a tender exchangeable with the training tenders lies beyond the fence with probability `level`.
        self._fence = own[min(len(own) - 1, int(np.ceil((1 - level) * (len(own) + 1))) - 1)]

    def reasons(self, features: pd.DataFrame, strata: pd.DataFrame, known: pd.Series) -> pd.Series:
        """Codes of ``REASONS`` of each tender, joined by ``;``; empty where the model answers."""
        marks = pd.DataFrame(index=features.index)
        n = features["n_bids"]
        marks["too_few_bids"] = n < 2
        marks["bids_outside_range"] = (n < self.n_range[0]) | (n > self.n_range[1])
        for name in STRATA:
            marks[f"{name}_unknown"] = self._unknown(name, strata, features.index)
        marks["bidders_unknown"] = self.has_recurring_bidders & (known.reindex(features.index) == 0)
        coordinates = _coordinates(features)
        if len(features):
            distance = self._neighbours.kneighbors(self._points(coordinates))[0].mean(axis=1)
            marks["prices_unlike_training"] = distance > self._fence
        marks["batch_unlike_training"] = self._is_shifted(coordinates, marks["bidders_unknown"])
        codes = np.array(marks.columns)
        return pd.Series([";".join(codes[row]) for row in marks.to_numpy(bool)], index=features.index, dtype=object)

    def _unknown(self, name: str, strata: pd.DataFrame, index: pd.Index) -> pd.Series:
        """Whether the tender's value of a strata column was never seen in training."""
        if name not in strata:
            # Trained with the column and asked without it: the stratum cannot be known.
            return pd.Series(bool(self.values.get(name)), index=index)
        value = strata[name].reindex(index)
        if self.values.get(name):
            return ~value.isin(self.values[name])
        if name == "evaluation_method":
            return value.isin(CLUSTERING_METHODS)
        return pd.Series(data=False, index=index)

    def _points(self, coordinates: pd.DataFrame) -> Floats:
        """Robustly scaled coordinates; an undefined one lies at the centre, and their number is one coordinate more."""
        scaled = ((coordinates - self._centre) / self._scale).clip(-50, 50)
        return np.column_stack([scaled.fillna(0).to_numpy(), scaled.isna().sum(axis=1)])

    def _is_shifted(self, coordinates: pd.DataFrame, foreign: pd.Series) -> bool:
        """Whether tenders given together are distributed unlike the training tenders."""
        if len(coordinates) < BATCH_TENDERS:
            return False
        if foreign.mean() > 0.5:
            return True
        for name in coordinates:
            ours, theirs = self._coordinates[name].dropna(), coordinates[name].dropna()
            if min(len(ours), len(theirs)) < BATCH_TENDERS:
                continue
            test = ks_2samp(ours, theirs)
            if test.statistic >= SHIFT and test.pvalue * len(COMPARED) <= SHIFT_LEVEL:
                return True
        return False


def _coordinates(features: pd.DataFrame) -> pd.DataFrame:
    """The compared features, logarithms where declared."""
    out = features[list(COMPARED)].astype(float)
    for name, as_log in COMPARED.items():
        if as_log:
            out[name] = np.log(out[name].clip(lower=1e-6))
    return out
