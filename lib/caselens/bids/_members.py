"""The forests among which the model chooses: the same learner over a small, a wide and the full set of features."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesClassifier

from caselens.bids._history import TENDER_COLUMNS
from caselens.bids.screens import PATTERNS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Undefined features take a value below every defined one; trees cut it off where that helps.
UNDEFINED = -9.0

#: A small set: with a hundred tenders every further feature costs more than it brings.
CORE: frozenset[str] = frozenset(
    [
        *("n_bids", "mean_price", "joint_share", "joint_largest", "winners", "evaluation_rule"),
        *("winner_gap", "winner_gap_to_losers", "winner_gap_to_rest"),
        *("joint_cv", "joint_spd", "joint_diffp", "joint_rd", "joint_skew", "joint_kurt", "joint_ks"),
        *TENDER_COLUMNS,
    ]
)


_PLAIN: frozenset[str] = frozenset(
    [
        *("n_bids", "mean_price", "min_price", "max_price", "min_to_ceiling", "mean_to_ceiling", "evaluation_rule"),
        *PATTERNS,
    ]
)


def _is_core(name: str) -> bool:
    return name in CORE or name.startswith("bid_")


def _is_wide(name: str) -> bool:
    """Everything of a tender but subgroups and award; of the nine screens those with joint bids merged."""
    return (name.startswith(("joint_", "bid_", "history")) and "gap" not in name) or name in _PLAIN


def _is_any(name: str) -> bool:
    return bool(name)


@dataclass(frozen=True, slots=True)
class Member:
    """One forest: which features it sees and how it grows."""

    takes: Callable[[str], bool]
    leaf: int
    share_of_features: float
    is_balanced: bool

    def fit(self, x: pd.DataFrame, y: Ints, weight: Floats, *, trees: int, seed: int, n_jobs: int) -> Fitted:
        """Grow the forest on the rows of ``x``."""
        names = [name for name in x.columns if self.takes(name)]
        forest = ExtraTreesClassifier(
            trees,
            min_samples_leaf=self.leaf,
            max_features=self.share_of_features,
            class_weight="balanced" if self.is_balanced else None,
            random_state=seed,
            n_jobs=n_jobs,
        )
        return Fitted(names, forest.fit(x[names].fillna(UNDEFINED).to_numpy(), y, sample_weight=weight))


@dataclass(frozen=True, slots=True)
class Fitted:
    """A grown forest and the features it reads."""

    names: list[str]
    forest: ExtraTreesClassifier

    def __call__(self, x: pd.DataFrame) -> Floats:
        """Share of the trees' votes for 1, per row."""
        return self.forest.predict_proba(x[self.names].fillna(UNDEFINED).to_numpy())[:, 1]


MEMBERS: dict[str, Member] = {
    "core": Member(_is_core, leaf=1, share_of_features=0.3, is_balanced=False),
    "wide": Member(_is_wide, leaf=3, share_of_features=0.7, is_balanced=False),
    "wide_fine": Member(_is_wide, leaf=1, share_of_features=0.3, is_balanced=False),
    "full": Member(_is_any, leaf=2, share_of_features=0.3, is_balanced=True),
}

#: What may be kept: the mean of several forests, or one. The first is kept unless another is better by ``MARGIN``.
CHOICES: tuple[tuple[str, ...], ...] = (
    ("core", "wide", "wide_fine"),
    ("core",),
    ("wide",),
    ("full",),
    ("core", "wide", "wide_fine", "full"),
)

#: In area under the curve, out of fold. Smaller differences are noise where tenders are few.
MARGIN = 0.01


def mean_score(scores: Mapping[str, Floats], choice: Sequence[str]) -> Floats:
    """Mean of the scores of the chosen forests."""
    return np.mean([scores[name] for name in choice], axis=0)
