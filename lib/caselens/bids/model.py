"""A calibrated classifier of bids that knows the market it was trained on and abstains outside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import roc_auc_score
from sklearn.utils.validation import check_is_fitted

from caselens.bids._calibration import Calibrator, logit
from caselens.bids._design import Design
from caselens.bids._features import GROUPS
from caselens.bids._guard import REASONS, Guard
from caselens.bids._members import CHOICES, MARGIN, MEMBERS, Fitted, mean_score
from caselens.core.errors import UsageError
from caselens.core.text import Language

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Where the model abstains its probabilities are drawn into 0.4 to 0.6, keeping their order: nobody can call that sure.
WIDENED_TO = 0.2

TOO_FEW_TENDERS = "fit needs at least two tenders with and two without collusive bids"


class CollusionModel(ClassifierMixin, BaseEstimator):
    """Probability that a bid is collusive, learnt from labelled bids of one or more markets.

    Features are the screens of the tender and its subgroups, the profile of its prices (bids of one price merged), the
    place of the award, and the record of its bidders in *other* labelled tenders. A tender asked about contributes its
    own bids only. Several forests over different features are compared out of fold (grouped by tender): their mean is
    kept unless another choice is clearly better there, and is calibrated out of fold.

    Where all labels of each training tender are equal, the labels tell tenders apart, not bids: then one row a tender
    is learnt, weighted by its bids, and every bid of a tender gets the same probability. Else every bid is a row, with
    its rank, distances and own record as further features.

    Args:
        trees: of each forest.
        folds: of the choice and the calibration; fewer where a class has fewer tenders.
        novelty_level: share of tenders of the training market that may be called unlike it.
        seed: of forests, folds and samples of subgroups.
        n_jobs: threads of the forests.

    Attributes:
        classes_: ``[0, 1]``.
        level_: ``"tender"`` or ``"bid"``, see above.
        choice_: which forests were kept.
        cut_: probability above which ``predict`` says 1: the share of collusive bids in training, which for calibrated
            probabilities has the greatest expected balanced accuracy.
        training_: what the model was trained on: tenders, bids, share of collusive bids, range of the number of bids,
            strata, whether bidders recur, the forests kept, their AUC out of fold (of the choice: a little too high).

    References:
        Huber & Imhof (2019), Machine learning with screens for detecting bid-rigging cartels; Wallimann, Imhof & Huber
        (2023) for subgroups; Platt (1999) for the calibration; Vovk et al. (2005) for the conformal fence of novelty.
    """

    def __init__(
        self, *, trees: int = 300, folds: int = 5, novelty_level: float = 0.01, seed: int = 0, n_jobs: int = 1
    ) -> None:
        self.trees = trees
        self.folds = folds
        self.novelty_level = novelty_level
        self.seed = seed
        self.n_jobs = n_jobs

    def fit(self, bids: pd.DataFrame, labels: ArrayLike) -> CollusionModel:
        """Learn from bids (as for ``screens``) and one label a bid: 1 or true = collusive.

        Raises:
            UsageError: labels do not match the bids, are not 0 and 1, or a class has fewer than two tenders.
            DataError: as ``screens``.
        """
        y = _checked(bids, labels)
        design = Design(bids, y, seed=self.seed)
        label, weight = design.label, design.weight
        fold_of = _dealt(design, self.folds, self.seed)
        scores = self._out_of_fold(design, fold_of)
        area = [roc_auc_score(label, mean_score(scores, one), sample_weight=weight) for one in CHOICES]
        self.choice_ = CHOICES[int(np.argmax(area)) if max(area) >= area[0] + MARGIN else 0]
        score = mean_score(scores, self.choice_)
        # Each tender counts once: its bids share their label and are no independent observations.
        self._calibrate = Calibrator(score, label, design.once)
        # Of calibrated probabilities the base rate is the cut with the greatest expected balanced accuracy.
        self.cut_ = float(y.mean())

        matrix = design.training_matrix()
        self._design = design.without_training_bids()
        self._fitted = self._grow(matrix, label, weight, self.choice_)
        self._guard = Guard(design.features, design.strata, design.known, self.novelty_level)
        self._ordinary = matrix.median()
        self.classes_ = np.array([0, 1])
        self.level_ = design.level
        self.training_: dict[str, Any] = {
            "tenders": len(design.features),
            "bids": len(y),
            "collusive_share": float(y.mean()),
            "bids_per_tender": self._guard.n_range,
            "strata": {name: sorted(map(str, values)) for name, values in self._guard.values.items()},
            "has_recurring_bidders": self._guard.has_recurring_bidders,
            "forests": self.choice_,
            "auc_out_of_fold": float(roc_auc_score(label, score, sample_weight=weight)),
        }
        return self

    def predict_proba(self, bids: pd.DataFrame) -> Floats:
        """Probability of 0 and of 1 for each row of ``bids``: an array of (bids, 2).

        Rows on which the model abstains are drawn into 0.4 to 0.6. Bids without a valid price get what the other bids
        of their tender say. A tender's probability does not depend on the other tenders given, save that a batch unlike
        the training market is widened as a whole.
        """
        check_is_fitted(self, "classes_")
        probability = self._raw(bids)
        widened = 0.5 + WIDENED_TO * (probability - 0.5)
        probability = np.where(self.abstains(bids), widened, probability)
        return np.column_stack([1 - probability, probability])

    def predict(self, bids: pd.DataFrame) -> Ints:
        """1 where the probability before widening is above ``cut_``. Ask ``abstains`` before using it."""
        check_is_fitted(self, "classes_")
        return (self._raw(bids) > self.cut_).astype(np.int64)

    def abstains(self, bids: pd.DataFrame) -> pd.Series:
        """Whether the model has nothing to say on each row of ``bids`` (same index); ``reasons`` says why."""
        return self.reasons(bids) != ""

    def reasons(self, bids: pd.DataFrame, language: Language | None = None) -> pd.Series:
        """Why the model abstains, per row of ``bids``: codes of ``REASONS`` joined by ``;``, or sentences.

        Empty where it answers. ``batch_unlike_training`` speaks of all tenders given together (20 or more).
        """
        check_is_fitted(self, "classes_")
        asked = self._design.of(bids)
        told = self._guard.reasons(asked.features, asked.strata, asked.known)
        if language is not None:
            told = told.map({codes: _sentence(codes, language) for codes in told.unique()})
        return pd.Series(told.reindex(bids["tender_id"]).to_numpy(), index=bids.index, name="reason", dtype=object)

    def predict_tenders(self, bids: pd.DataFrame) -> pd.DataFrame:
        """One row a tender: mean ``probability`` of its bids, ``is_flagged``, ``abstains`` and ``reason`` (codes)."""
        frame = pd.DataFrame(
            {
                "tender_id": bids["tender_id"].to_numpy(),
                "probability": self.predict_proba(bids)[:, 1],
                "is_flagged": self.predict(bids),
                "reason": self.reasons(bids).to_numpy(),
            }
        )
        table = frame.groupby("tender_id").agg(
            probability=("probability", "mean"), is_flagged=("is_flagged", "mean"), reason=("reason", "first")
        )
        table["is_flagged"] = table["is_flagged"] >= 0.5
        table["abstains"] = table["reason"] != ""
        return table.reset_index()[["tender_id", "probability", "is_flagged", "abstains", "reason"]]

    def explain(self, bids: pd.DataFrame) -> pd.DataFrame:
        """How much each group of features speaks for collusion, per row of ``bids``, in log odds.

        The contribution of a group is the model's log odds as they are less what they would be had the group the median
        values of the training data. Groups share information, so the contributions do not add up to the log odds.

        Returns:
            Index of ``bids``; ``log_odds`` and one column for each of ``GROUPS``.
        """
        check_is_fitted(self, "classes_")
        asked = self._design.of(bids)
        matrix = asked.matrix
        whole = logit(self._probability(matrix), 1e-9)
        table = {"log_odds": whole}
        for group, names in _grouped(matrix.columns).items():
            ordinary = matrix.copy()
            ordinary[names] = self._ordinary[names].to_numpy()
            table[group] = whole - logit(self._probability(ordinary), 1e-9)
        return pd.DataFrame(table).iloc[asked.row_of].set_axis(bids.index, axis=0)

    def _raw(self, bids: pd.DataFrame) -> Floats:
        """Probability of 1 for each row of ``bids``, before anything is widened."""
        asked = self._design.of(bids)
        return self._probability(asked.matrix)[asked.row_of]

    def _probability(self, matrix: pd.DataFrame) -> Floats:
        if matrix.empty:
            return np.empty(0)
        return self._calibrate(np.mean([forest(matrix) for forest in self._fitted], axis=0))

    def _grow(self, matrix: pd.DataFrame, label: Ints, weight: Floats, names: Sequence[str]) -> list[Fitted]:
        """Grow the forests called ``names``."""
        settings = {"trees": self.trees, "seed": self.seed, "n_jobs": self.n_jobs}
        return [MEMBERS[name].fit(matrix, label, weight, **settings) for name in names]

    def _out_of_fold(self, design: Design, fold_of: Ints) -> dict[str, Floats]:
        """Scores of every forest on each training row, from forests and records that never saw its tender."""
        scores = {name: np.full(len(fold_of), np.nan) for name in MEMBERS}
        for fold in np.unique(fold_of):
            held = fold_of == fold
            train, test = design.split(held)
            grown = self._grow(train, design.label[~held], design.weight[~held], list(MEMBERS))
            for name, forest in zip(MEMBERS, grown, strict=True):
                scores[name][held] = forest(test)
        return scores


def _checked(bids: pd.DataFrame, labels: ArrayLike) -> Ints:
    """Labels as 0 and 1, one a bid."""
    values = pd.to_numeric(pd.Series(np.asarray(labels)).astype(object), errors="coerce").to_numpy(np.float64)
    if len(values) != len(bids):
        raise UsageError(f"{len(bids)} bids and {len(values)} labels: fit needs one label a bid")
    if not np.isin(values, (0.0, 1.0)).all():
        raise UsageError("labels must be 0 or 1 (or false and true) for every bid, none missing")
    if len(np.unique(values)) < 2:
        raise UsageError(TOO_FEW_TENDERS)
    return values.astype(np.int64)


def _dealt(design: Design, folds: int, seed: int) -> Ints:
    """A fold for each training row: whole tenders, dealt so that every fold has its share of both classes."""
    positive = pd.Series(design.label).groupby(design.tender).max()
    folds = min(folds, int(positive.value_counts().min()))
    if positive.nunique() < 2 or folds < 2:
        raise UsageError(TOO_FEW_TENDERS)
    shuffled = positive.sample(frac=1, random_state=seed)
    dealt = shuffled.groupby(shuffled).cumcount() % folds
    return dealt.loc[design.tender].to_numpy(np.int64)


def _grouped(names: Sequence[str]) -> dict[str, list[str]]:
    """Features by the group of the first word that fits."""
    groups: dict[str, list[str]] = {}
    for name in names:
        fitting = (group for group, words in GROUPS.items() if any(word in name for word in words))
        groups.setdefault(next(fitting, "size"), []).append(name)
    return groups


def _sentence(codes: str, language: Language) -> str:
    parts = [REASONS[code].get(language) for code in codes.split(";") if code]
    return ("；" if language == "zh" else "; ").join(parts)
