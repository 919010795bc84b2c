"""Prices of two bidders that stand in one ratio, tender after tender."""

from __future__ import annotations

import numpy as np
import pandas as pd

from caselens.bids._features import kept_bids

RATIO_TOLERANCE = 0.001


def fixed_ratios(bids: pd.DataFrame, *, least_tenders: int = 2, tolerance: float = RATIO_TOLERANCE) -> pd.DataFrame:
    """Pairs of bidders whose prices stood in one ratio in all of their common tenders.

    Args:
        bids: as for ``screens``. A bidder with several bids in a tender enters with the lowest.
        least_tenders: common tenders from which on a pair is read.
        tolerance: greatest ratio / least ratio - 1 that counts as one ratio.

    Returns:
        One row a pair that qualifies: ``bidder_id`` and ``other_id`` (smaller id first), ``tenders``, ``ratio``
        (median of price / other price), ``deviation`` (greatest / least - 1), ``tender_ids``, and ``p``: how likely a
        pair with as many common tenders would do so by accident. It is q ** (tenders - 1), where q is the share, among
        all pairs, of two consecutive common tenders whose ratios agree; where prices are close together anyway
        (average-price rules) q is large and ``p`` says so. Empty where no pair qualifies.

    Complexity: O(sum of squared numbers of bids); 20,000 pairs for a tender with 200 bids.
    """
    kept = kept_bids(bids).groupby(["tender_id", "bidder_id"], as_index=False)["price"].min()
    codes, names = pd.factorize(kept["bidder_id"], sort=True)
    kept["bidder"] = codes
    pairs = kept.merge(kept, on="tender_id", suffixes=("", "_other"))
    pairs = pairs[pairs["bidder"] < pairs["bidder_other"]].sort_values(["bidder", "bidder_other", "tender_id"])
    pairs["log_ratio"] = np.log(pairs["price"] / pairs["price_other"])
    grouped = pairs.groupby(["bidder", "bidder_other"])["log_ratio"]
    step = grouped.diff().abs().dropna()
    share = (step <= np.log1p(tolerance)).mean() if len(step) else np.nan
    table = grouped.agg(tenders="size", low="min", high="max", middle="median").reset_index()
    table["deviation"] = np.expm1(table["high"] - table["low"])
    table = table[(table["tenders"] >= least_tenders) & (table["deviation"] <= tolerance)]
    found = pairs.merge(table[["bidder", "bidder_other"]])
    ids = found.groupby(["bidder", "bidder_other"])["tender_id"].agg(tuple).rename("tender_ids").reset_index()
    table = table.merge(ids) if len(table) else table.assign(tender_ids=pd.Series(dtype=object))
    table["bidder_id"], table["other_id"] = names[table["bidder"]], names[table["bidder_other"]]
    table["ratio"], table["p"] = np.exp(table["middle"]), share ** (table["tenders"] - 1)
    return table[["bidder_id", "other_id", "tenders", "ratio", "deviation", "tender_ids", "p"]].reset_index(drop=True)
