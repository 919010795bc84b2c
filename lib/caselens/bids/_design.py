"""From bids to the rows a forest learns from, without letting a tender's own label come back to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from caselens.bids._features import bid_positions, tender_features
from caselens.bids._guard import STRATA
from caselens.bids._history import History

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Folds in which a training tender's own fold is left out of its bidders' records.
HISTORY_FOLDS = 10

#: Below this share of bids whose bidder is known from another tender, records are noise and are left out.
LEAST_KNOWN = 0.05


@dataclass(frozen=True, slots=True)
class Asked:
    """Bids that are asked about: ``matrix`` of rows, ``row_of`` each bid, and what the guard needs of their tenders."""

    matrix: pd.DataFrame
    row_of: Ints
    features: pd.DataFrame
    strata: pd.DataFrame
    known: pd.Series


class Design:
    """Training bids as rows: one a tender where the labels of each tender are equal, else one a bid.

    Attributes:
        level: ``"tender"`` or ``"bid"``.
        features, strata, known: of the training tenders, indexed by ``tender_id``.
        label, weight, once, tender: per row; ``weight`` counts its bids, ``once`` gives each tender a weight of 1.
    """

    def __init__(self, bids: pd.DataFrame, y: Ints, *, seed: int) -> None:
        bids = bids.reset_index(drop=True)
        self._seed = seed
        self._rules: dict[str, int] = _rule_codes(bids)
        self.features = self._tender_features(bids)
        self.strata = _strata(bids)
        mixed = pd.Series(y).groupby(bids["tender_id"].to_numpy()).nunique() > 1
        self.level = "bid" if mixed.any() else "tender"
        self._bids, self._y = bids[["tender_id", "bidder_id"]], y
        self._positions = bid_positions(bids) if self.level == "bid" else None
        tender_code = self.features.index.get_indexer(bids["tender_id"])
        row_of = tender_code if self.level == "tender" else np.arange(len(bids))
        first = pd.Series(np.arange(len(bids))).groupby(row_of).first().to_numpy()
        self.label: Ints = y[first]
        self.weight: Floats = np.bincount(row_of).astype(float)
        self.tender = bids["tender_id"].to_numpy()[first]
        rows_of_tender = pd.Series(self.tender).groupby(self.tender).transform("size").to_numpy()
        self.once: Floats = 1 / rows_of_tender
        # Dealt once for all: by tender, in an order that the seed shuffles.
        shuffled = np.random.default_rng(seed).permutation(len(self.features)) % HISTORY_FOLDS
        self._fold_of_bid = shuffled[tender_code]
        self._history = History(self._bids, y, self._fold_of_bid)
        records = self._history.tender_features(self._bids, self._fold_of_bid)
        self.known: pd.Series = records["history_known"]
        weight = np.bincount(tender_code, minlength=len(self.features))
        self.has_history = bool(np.average(self.known, weights=weight) >= LEAST_KNOWN)

    def training_matrix(self) -> pd.DataFrame:
        """All training rows; each tender's records leave its own fold out."""
        everything = np.ones(len(self._bids), bool)
        return self._matrix(self._bids, self.features, self._positions, self._history, self._fold_of_bid, everything)

    def split(self, held: NDArray[np.bool_]) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Rows to learn from and rows held back; the records of both come from the former alone."""
        held_tenders = set(self.tender[held])
        out = self._bids["tender_id"].isin(held_tenders).to_numpy()
        history = History(self._bids[~out], self._y[~out], self._fold_of_bid[~out])
        train = self._matrix(self._bids, self.features, self._positions, history, self._fold_of_bid, ~out)
        test = self._matrix(self._bids, self.features, self._positions, history, None, out)
        return train, test

    def without_training_bids(self) -> Design:
        """What is needed to ask about other bids; the training bids themselves are let go."""
        self._bids, self._positions, self._y = self._bids.iloc[:0], None, self._y[:0]
        return self

    def of(self, bids: pd.DataFrame) -> Asked:
        """Rows of bids that are asked about, from their own prices and the records of the training tenders."""
        bids = bids.reset_index(drop=True)
        features = self._tender_features(bids)
        positions = bid_positions(bids) if self.level == "bid" else None
        everything = np.ones(len(bids), bool)
        matrix = self._matrix(bids, features, positions, self._history, None, everything)
        codes = features.index.get_indexer(bids["tender_id"])
        row_of = codes if self.level == "tender" else np.arange(len(bids))
        known = self._history.tender_features(bids)["history_known"]
        return Asked(matrix, row_of, features, _strata(bids), known)

    def _tender_features(self, bids: pd.DataFrame) -> pd.DataFrame:
        features = tender_features(bids, seed=self._seed)
        if self._rules:
            rule = bids.groupby("tender_id")["evaluation_method"].first() if "evaluation_method" in bids else None
            codes = pd.Series(dtype=float) if rule is None else rule.map(self._rules)
            features["evaluation_rule"] = codes.reindex(features.index).astype(float)
        return features

    def _matrix(
        self,
        bids: pd.DataFrame,
        features: pd.DataFrame,
        positions: pd.DataFrame | None,
        history: History,
        folds: Ints | None,
        keep: NDArray[np.bool_],
    ) -> pd.DataFrame:
        """Feature rows of the kept bids, in the order of the tenders (level tender) or of the bids."""
        bids, folds = bids[keep], None if folds is None else folds[keep]
        ids = features.index[features.index.isin(set(bids["tender_id"]))]
        matrix = features.loc[ids]
        if self.has_history:
            matrix = matrix.join(history.tender_features(bids, folds))
        if positions is None:
            return matrix
        rows = [matrix.loc[bids["tender_id"]].reset_index(drop=True), positions[keep].reset_index(drop=True)]
        if self.has_history:
            rows.append(history.records(bids, folds).add_prefix("bid_history_"))
        return pd.concat(rows, axis=1)


def _strata(bids: pd.DataFrame) -> pd.DataFrame:
    """The strata columns that the bids have, one row a tender; two values in one tender are no known stratum."""
    names = [name for name in STRATA if name in bids]
    grouped = bids.groupby("tender_id")[names]
    return grouped.first().where(grouped.nunique() <= 1)


def _rule_codes(bids: pd.DataFrame) -> dict[str, int]:
    """A number for each evaluation method where there are several, in alphabetical order."""
    if "evaluation_method" not in bids:
        return {}
    methods = sorted(bids["evaluation_method"].dropna().unique())
    return {method: code for code, method in enumerate(methods)} if len(methods) > 1 else {}
