"""What the model sees of a tender and of a bid: the screens, the profile of the prices, and where the award lies.

Everything here reads the bids of the tender itself and nothing else: no label, no other tender.
"""

from __future__ import annotations

import math

import numba as nb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from caselens.bids._screens_kernels import NINE, nine
from caselens.bids.screens import PATTERNS, screens, subgroup_columns

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: The profile of one tender, in the order in which ``_profile`` writes it. Bids of one price count once where the name
#: begins with ``joint_``: firms that bid together as one are often listed one by one with the same price.
PROFILE: tuple[str, ...] = (
    "joint_share",
    "joint_largest",
    *(f"joint_{name}" for name in NINE),
    "joint_cv_without_lowest",
    "joint_cv_without_highest",
    "joint_gap_2",
    "joint_gap_3",
    "joint_gap_4",
    "joint_gap_top",
    "joint_gap_cv",
    "joint_gap_largest",
    "joint_median_above_least",
    "winners",
    "winner_gap",
    "winner_gap_to_losers",
    "winner_gap_to_rest",
    "winner_position",
    "losers_cv",
    "losers_skew",
    "round_digits",
)

#: Groups of features that an explanation names; a feature belongs to the first group one of whose words it contains.
GROUPS: dict[str, tuple[str, ...]] = {
    "history": ("history",),
    "subgroups": ("sub3_", "sub4_"),
    "winner": ("winner", "losers"),
    "gaps": ("rd", "diffp", "gap"),
    "shape": ("skew", "kurt", "ks", "equal", "step", "ratio_share"),
    "spread": ("cv", "spd", "median"),
    "size": ("n_bids", "price", "joint_share", "joint_largest", "round", "ceiling", "rule"),
    "position": ("bid_",),
}


def tender_features(bids: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Numeric features of every tender, indexed by ``tender_id``; NaN where undefined.

    ``bids`` is as for ``screens``. Without ``is_winner`` the features of the award are NaN, without ``ceiling_price``
    those against the ceiling. Prices enter as logarithms.
    """
    table = screens(bids, seed=seed).set_index("tender_id")
    names = ["n_bids", *NINE, *PATTERNS, *subgroup_columns(3), *subgroup_columns(4)]
    features = table[names].astype(float)
    for name in ("mean_price", "min_price", "max_price"):
        features[name] = np.log(table[name].where(table[name] > 0))
    if "min_to_ceiling" in table:
        features["min_to_ceiling"] = table["min_to_ceiling"].astype(float)
        features["mean_to_ceiling"] = (table["mean_price"] / table["ceiling_price"].astype(float)).astype(float)
    kept = kept_bids(bids)
    codes = pd.Index(table.index).get_indexer(kept["tender_id"])
    order = np.lexsort((kept["price"].to_numpy(), codes))
    offsets = np.concatenate(([0], np.cumsum(np.bincount(codes, minlength=len(table))))).astype(np.int64)
    won = kept["is_winner"].to_numpy(np.int64)[order]
    profile = _profiles(kept["price"].to_numpy()[order], won, offsets)
    features[list(PROFILE)] = profile
    return features.replace([np.inf, -np.inf], np.nan).copy()


def kept_bids(bids: pd.DataFrame) -> pd.DataFrame:
    """The bids that ``screens`` screens, with ``price`` as float and ``is_winner`` 1, 0, or -1 where not known."""
    price = pd.to_numeric(bids["price"], errors="coerce").astype(float)
    keep = (price > 0) & np.isfinite(price)
    if "status" in bids:
        keep &= bids["status"].isna() | bids["status"].isin(["valid", ""])
    won = pd.Series(-1, index=bids.index)
    if "is_winner" in bids:
        won = bids["is_winner"].astype("boolean").astype("Int64").fillna(-1).astype(int)
    frame = pd.DataFrame(
        {"tender_id": bids["tender_id"], "bidder_id": bids["bidder_id"], "price": price, "is_winner": won}
    )
    return frame[keep]


def bid_positions(bids: pd.DataFrame) -> pd.DataFrame:
    """Where each bid lies in its tender, on the rows of ``bids``; NaN for bids that are not screened.

    ``bid_rank`` (share of bids not above it), ``bid_z``, ``bid_over_least`` (price / least - 1), ``bid_gap_below`` and
    ``bid_gap_above`` (to the neighbours, relative to the price), ``bid_price`` (logarithm), ``bid_won`` (1, 0),
    ``bid_cv_without`` (variation of the others).
    """
    kept = kept_bids(bids).assign(row=lambda frame: np.flatnonzero(bids.index.isin(frame.index)))
    kept = kept.sort_values(["tender_id", "price"], kind="stable")
    grouped = kept.groupby("tender_id")["price"]
    price, n, total = kept["price"], grouped.transform("size"), grouped.transform("sum")
    mean, sd = total / n, grouped.transform("std")
    squares = (price**2).groupby(kept["tender_id"]).transform("sum")
    rest_mean = (total - price) / (n - 1)
    rest_var = ((squares - price**2) - (n - 1) * rest_mean**2).clip(lower=0) / (n - 2)
    out = pd.DataFrame(
        {
            "bid_rank": grouped.rank(pct=True),
            "bid_z": (price - mean) / sd,
            "bid_over_least": price / grouped.transform("min") - 1,
            "bid_gap_below": grouped.diff() / price,
            "bid_gap_above": -grouped.diff(-1) / price,
            "bid_price": np.log(price),
            "bid_won": kept["is_winner"].where(kept["is_winner"] >= 0).astype(float),
            "bid_cv_without": np.sqrt(rest_var) / rest_mean,
        }
    ).replace([np.inf, -np.inf], np.nan)
    return out.set_index(kept["row"].to_numpy()).reindex(range(len(bids)))


@nb.njit(cache=True)
def _sd(b: Floats) -> float:
    """Sample standard deviation; NaN below two values."""
    if b.size < 2:
        return math.nan
    return math.sqrt(((b - b.mean()) ** 2).sum() / (b.size - 1))


@nb.njit(cache=True)
def _trailing_zeros(price: float) -> int:
    """How many zeros the whole-yuan price ends in (at most 6); -1 where it has cents."""
    if price != math.floor(price):
        return -1
    zeros, rest = 0, price
    while zeros < 6 and rest % 10.0 == 0.0 and rest > 0.0:
        rest /= 10.0
        zeros += 1
    return zeros


@nb.njit(cache=True)
def _distinct(b: Floats) -> Floats:
    """The different prices of the sorted ``b``."""
    keep = np.ones(b.size, np.bool_)
    for i in range(1, b.size):
        keep[i] = b[i] != b[i - 1]
    return b[keep]


@nb.njit(cache=True)
def _award(b: Floats, won: Ints, out: Floats) -> None:
    """The seven features of the award, from ``winners`` on; NaN where nobody is marked as the winner."""
    winners = (won == 1).sum()
    if winners == 0:
        return
    out[0] = winners
    win = b[won == 1].min()
    losers = b[won == 0]
    out[4] = (b < win).sum() / b.size
    if losers.size == 0:
        return
    gap = losers.min() - win
    out[1] = gap / win
    spread, rest = _sd(losers), _sd(b[:-1])
    if spread > 0.0:
        out[2] = gap / spread
        out[5] = spread / losers.mean()
        if losers.size >= 3:
            row = np.empty(9)
            nine(losers, row)
            out[6] = row[6]
    if rest > 0.0:
        out[3] = gap / rest


@nb.njit(cache=True)
def _profile(b: Floats, won: Ints, out: Floats) -> None:
    """Write ``PROFILE`` of the sorted prices ``b`` to ``out``."""
    out[:] = np.nan
    n = b.size
    if n == 0:
        return
    u = _distinct(b)
    k = u.size
    out[0] = k / n
    largest, run = 1, 1
    for i in range(1, n):
        run = run + 1 if b[i] == b[i - 1] else 1
        largest = max(largest, run)
    out[1] = largest
    nine(u, out[2:11])
    if k >= 3:
        out[11] = _sd(u[1:]) / u[1:].mean()
        out[12] = _sd(u[:-1]) / u[:-1].mean()
    for j in range(3):
        if k > j + 2:
            out[13 + j] = (u[j + 2] - u[j + 1]) / u[0]
    if k >= 2:
        gaps = np.diff(u)
        out[16] = gaps[-1] / u[0]
        out[17] = gaps.std() / gaps.mean()
        out[18] = gaps.max() / gaps.sum()
        out[19] = np.median(u) / u[0] - 1.0
    _award(b, won, out[20:27])
    digits = 0.0
    for x in b:
        digits += _trailing_zeros(x)
    out[27] = digits / n


@nb.njit(cache=True, parallel=True)
def _profiles(prices: Floats, won: Ints, offsets: Ints) -> Floats:
    """``PROFILE`` of every tender: (tenders, 28)."""
    out = np.empty((offsets.size - 1, 28))
    for t in nb.prange(offsets.size - 1):
        _profile(prices[offsets[t] : offsets[t + 1]], won[offsets[t] : offsets[t + 1]], out[t])
    return out
