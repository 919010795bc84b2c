"""What labelled tenders say about a bidder: how often he stood in a tender labelled as collusive, and with how many."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Weight of the training base rate in a bidder's rate: as much as two tenders.
PRIOR_TENDERS = 2.0

TENDER_COLUMNS: tuple[str, ...] = (
    "history_mean",
    "history_max",
    "history_min",
    "history_sd",
    "history_known",
    "history_log_odds",
    "history_tenders",
)


class History:
    """Bidders' records in the training tenders.

    A bidder's rate is (collusive tenders + 2 x base rate) / (tenders + 2): one that was never seen has the base rate.
    A training tender is described by records from which its fold is left out, else its own label would come back.
    """

    def __init__(self, bids: pd.DataFrame, labels: NDArray[np.int64], folds: NDArray[np.int64]) -> None:
        """``bids`` with ``tender_id`` and ``bidder_id``; ``labels`` and ``folds`` are given per bid."""
        frame = pd.DataFrame(
            {
                "bidder": bids["bidder_id"].to_numpy(),
                "tender": bids["tender_id"].to_numpy(),
                "fold": folds,
                "label": labels,
            }
        ).dropna(subset=["bidder"])
        # A bidder listed twice in a tender was there once.
        once = frame.groupby(["bidder", "tender"], sort=False).agg(fold=("fold", "first"), label=("label", "max"))
        self.base_rate = float(labels.mean())
        self._whole = once.groupby("bidder")["label"].agg(["sum", "count"])
        self._by_fold = once.reset_index().groupby(["bidder", "fold"])["label"].agg(["sum", "count"])

    def records(self, bids: pd.DataFrame, folds: NDArray[np.int64] | None = None) -> pd.DataFrame:
        """``rate`` and ``tenders`` of the bidder of each row; with ``folds`` (per bid) the row's fold is left out."""
        bidder = bids["bidder_id"]
        found = self._whole.reindex(bidder).fillna(0).to_numpy(np.float64)
        if folds is not None:
            keys = pd.MultiIndex.from_arrays([bidder, folds], names=["bidder", "fold"])
            found = found - self._by_fold.reindex(keys).fillna(0).to_numpy(np.float64)
        rate = (found[:, 0] + PRIOR_TENDERS * self.base_rate) / (found[:, 1] + PRIOR_TENDERS)
        return pd.DataFrame({"rate": rate, "tenders": found[:, 1]})

    def tender_features(self, bids: pd.DataFrame, folds: NDArray[np.int64] | None = None) -> pd.DataFrame:
        """``TENDER_COLUMNS`` of every tender, indexed by ``tender_id``."""
        records = self.records(bids, folds)
        records["odds"] = np.log(records["rate"] / (1 - records["rate"]))
        records["log_tenders"] = np.log1p(records["tenders"])
        records["known"] = (records["tenders"] > 0).astype(float)
        grouped = records.groupby(bids["tender_id"].to_numpy())
        rate = grouped["rate"]
        columns = [rate.mean(), rate.max(), rate.min(), rate.std(ddof=0)]
        columns += [grouped[name].mean() for name in ("known", "odds", "log_tenders")]
        return pd.concat(columns, axis=1, keys=TENDER_COLUMNS).rename_axis("tender_id")
