"""Statistical screens of tenders: how the prices of one tender lie to one another, and those of its subgroups.

A screen is a lead at most. Whether a value is unusual depends on the rule of the tender: see ``caselens.bids.strata``.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from caselens.bids._screens_kernels import NEEDS, NINE, all_subgroups, all_tenders, subgroup_positions
from caselens.core.errors import DataError, Problem

PATTERNS: tuple[str, ...] = ("equal_share", "equal_step_share", "fixed_ratio_share")
SUMMARIES: tuple[str, ...] = ("mean", "median", "min", "max")
SIZES: tuple[int, ...] = (3, 4)

#: Every screen of a whole tender and the smallest number of bids it is defined for.
LEAST_BIDS: dict[str, int] = {**NEEDS, "equal_share": 2, "equal_step_share": 3, "fixed_ratio_share": 3}

#: Columns of the bids that describe the tender; where given they are carried into the result.
CARRIED: tuple[str, ...] = (
    "evaluation_method",
    "category",
    "ceiling_price",
    "buyer_id",
    "market",
    "published_on",
    "opened_at",
)

#: Two gaps, or two ratios less 1, are the same where they differ by at most this share of their mean.
STEP_TOLERANCE = 0.001

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def subgroup_columns(size: int) -> list[str]:
    """Names of the summaries over subgroups of ``size`` bids: ``sub3_cv_mean`` … in the order of the result."""
    return [f"sub{size}_{screen}_{summary}" for screen in NINE if NEEDS[screen] <= size for summary in SUMMARIES]


def screens(bids: pd.DataFrame, *, seed: int = 0, subgroups: bool = True) -> pd.DataFrame:
    """The screens of every tender, one row a tender, sorted by ``tender_id``.

    With prices b1 ≤ … ≤ bn, mean m, sample standard deviation s and z = (b - m) / s:

    - ``cv`` s/m; ``spd`` (bn - b1)/b1; ``diffp`` (b2 - b1)/b1;
    - ``rd`` (b2 - b1) / deviation of the losing bids b2 … bn; ``rdnor`` (b2 - b1) / mean gap;
      ``rdalt`` (b2 - b1) / mean gap among the losing bids;
    - ``skew`` n/((n-1)(n-2)) Σz³; ``kurt`` n(n+1)/((n-1)(n-2)(n-3)) Σz⁴ - 3(n-1)²/((n-2)(n-3));
    - ``ks`` largest distance of the bids scaled to [0, 1] from the uniform distribution (Kolmogorov–Smirnov);
    - ``equal_share`` bids with the price of another; ``equal_step_share`` and ``fixed_ratio_share`` inner bids whose
      two gaps (two ratios less 1) are the same to 0.1 % of the mean one;
    - ``sub3_cv_mean`` …: mean, median, least and greatest of the nine over the subgroups of 3 and of 4 bids. Every
      subgroup where there are at most 1,365 (4 bids: up to 15 in the tender; 3 bids: up to 21), else a sample of 1,365
      drawn with ``seed``, one from each of 1,365 equal slices of the lexicographic list. ``sub3_total`` counts the
      subgroups there are, ``sub3_evaluated`` those evaluated, ``sub3_is_exact`` says whether these are all, and
      ``sub3_undefined`` counts the evaluated ones left out of at least one summary (no spread among three bids …).

    Under rigging the literature expects low ``cv``, high ``kurt``, ``rd``, ``rdnor`` and ``rdalt`` above 1, negative
    ``skew``. The lowest price is taken as the winning one, whoever was awarded; ``winner_is_lowest`` tells where
    ``is_winner`` disagrees.

    Args:
        bids: ``tender_id``, ``bidder_id``, ``price``; where present ``status`` (only ``valid`` or empty counts),
            ``is_winner``, ``ceiling_price`` and the other columns of ``CARRIED``. Other columns are not read.
        seed: of the samples of subgroups.
        subgroups: leave the subgroups out (two thirds of the columns and nearly all of the time).

    Returns:
        ``tender_id``, ``n_bids`` (screened), ``n_excluded`` (rejected, withdrawn, or without a price above 0),
        ``n_bidders``, ``mean_price``, ``min_price``, ``max_price``, the screens, ``reason``, and what was carried.
        An undefined value is NaN, and ``reason`` says why: ``too few bids: rd, kurt; zero spread: skew``. Where a
        carried column differs within a tender the result is empty there and ``reason`` says ``conflicting: column``.

    Raises:
        DataError: a required column is missing, or a tender id is.

    Complexity: O(B log B) for B bids, plus at most 2 x 1,365 subgroups a tender; compiled, on all threads of numba.

    References:
        Abrantes-Metz et al. (2006), A variance screen for collusion; Huber & Imhof (2019), Machine learning with
        screens for detecting bid-rigging cartels; Wallimann, Imhof & Huber (2023), A machine learning approach for
        flagging incomplete bid-rigging cartels (subgroups); Imhof, Karagök & Rutz (2018), Screening for bid rigging.
    """
    prepared, tenders = _prepare(bids)
    kept = prepared[prepared["is_kept"]].sort_values(["tender", "price"], kind="stable")
    prices = kept["price"].to_numpy(np.float64)
    counts = np.bincount(kept["tender"].to_numpy(), minlength=len(tenders)).astype(np.int64)
    offsets = np.concatenate(([0], np.cumsum(counts)))
    values = all_tenders(prices, offsets, STEP_TOLERANCE)
    named = dict(zip((*NINE, *PATTERNS), values.T, strict=True))

    grouped = kept.groupby("tender")
    every = pd.RangeIndex(len(tenders))
    parts: dict[str, object] = {
        "tender_id": tenders,
        "n_bids": counts,
        "n_excluded": np.bincount(prepared["tender"][~prepared["is_kept"]], minlength=len(tenders)).astype(np.int64),
        "n_bidders": grouped["bidder_id"].nunique().reindex(every, fill_value=0).to_numpy(),
        "mean_price": grouped["price"].mean().reindex(every).to_numpy(),
        "min_price": grouped["price"].min().reindex(every).to_numpy(),
        "max_price": grouped["price"].max().reindex(every).to_numpy(),
        **named,
    }
    if subgroups:
        for size in SIZES:
            parts |= _subgroup_parts(prices, offsets, counts, size, seed)
    reason = _reasons(counts, named)
    if "is_winner" in prepared:
        parts["winner_is_lowest"] = _winner_is_lowest(kept, len(tenders))
    for column in CARRIED:
        if column in prepared:
            parts[column], conflicts = _constant(prepared, column, every)
            reason = np.where(conflicts, _joined(reason, f"conflicting: {column}"), reason)
    if "ceiling_price" in parts:
        ceiling = pd.to_numeric(pd.Series(parts["ceiling_price"]), errors="coerce").astype(float)
        parts["min_to_ceiling"] = parts["min_price"] / ceiling.where(ceiling > 0).to_numpy()
    parts["reason"] = reason
    return pd.DataFrame(parts)


def _prepare(bids: pd.DataFrame) -> tuple[pd.DataFrame, NDArray[np.object_]]:
    """Bids with tender codes and a mark for those that are screened, and the tender ids in order of the codes."""
    missing = [name for name in ("tender_id", "bidder_id", "price") if name not in bids]
    if missing:
        raise DataError(f"bids lack {', '.join(missing)}; they have {', '.join(map(str, bids.columns))}")
    wanted = [name for name in ("bidder_id", "is_winner", "status", *CARRIED) if name in bids]
    prepared = bids[wanted].reset_index(drop=True)
    codes, tenders = pd.factorize(bids["tender_id"], sort=True)
    if (codes < 0).any():
        rows = np.flatnonzero(codes < 0)
        problems = [Problem("bids", int(row) + 1, "every bid must name its tender", "tender_id") for row in rows]
        raise DataError(f"{len(rows)} bids have no tender_id", problems)
    prepared["tender"] = codes
    price = pd.to_numeric(bids["price"], errors="coerce").astype(float).reset_index(drop=True)
    prepared["price"] = price
    prepared["is_kept"] = (price > 0) & np.isfinite(price)
    if "status" in prepared:
        prepared["is_kept"] &= prepared["status"].isna() | prepared["status"].isin(["valid", ""])
    return prepared, np.asarray(tenders)


def _subgroup_parts(prices: Floats, offsets: Ints, counts: Ints, size: int, seed: int) -> dict[str, object]:
    """Columns ``sub{size}_…``."""
    most = int(counts.max(initial=0))
    present = set(np.unique(counts).tolist())
    lists = [subgroup_positions(n if n in present else 0, size, seed) for n in range(most + 1)]
    starts = np.concatenate(([0], np.cumsum([len(one) for one in lists]))).astype(np.int64)
    summary, defined = all_subgroups(prices, offsets, np.concatenate(lists), starts)
    evaluated = np.diff(starts)[counts]
    total = _binomial(counts, size)
    usable = [i for i, screen in enumerate(NINE) if NEEDS[screen] <= size]
    parts: dict[str, object] = {
        f"sub{size}_total": total,
        f"sub{size}_evaluated": evaluated,
        f"sub{size}_is_exact": total == evaluated,
        f"sub{size}_undefined": evaluated - defined[:, usable].min(axis=1),
    }
    columns = summary[:, usable, :].reshape(len(counts), len(usable) * len(SUMMARIES))
    parts |= dict(zip(subgroup_columns(size), columns.T, strict=True))
    return parts


def _binomial(n: Ints, size: int) -> Ints:
    """C(n, size) of each ``n`` in whole numbers: dividing after each factor leaves no rest and keeps the sums small."""
    result = np.ones_like(n)
    for j in range(size):
        result = result * np.maximum(n - j, 0) // (j + 1)
    return result


def _reasons(counts: Ints, named: dict[str, Floats]) -> NDArray[np.object_]:
    """Why screens of each tender are undefined; tenders with the same gaps share one sentence."""
    gaps = np.column_stack([np.isnan(values) for values in named.values()])
    few = np.column_stack([counts < LEAST_BIDS[name] for name in named])
    # Summaries of subgroups are missing for the same reasons as the screen of the whole tender, so are not repeated.
    patterns, which = np.unique(np.column_stack([gaps & few, gaps & ~few]), axis=0, return_inverse=True)
    names = np.array(list(named))
    texts = []
    for pattern in patterns:
        too_few, no_spread = names[pattern[: len(names)]], names[pattern[len(names) :]]
        listed: Iterable[tuple[str, NDArray[np.str_]]] = (("too few bids", too_few), ("zero spread", no_spread))
        texts.append("; ".join(f"{why}: {', '.join(which_ones)}" for why, which_ones in listed if len(which_ones)))
    return np.array(texts, dtype=object)[which.ravel()]


def _joined(reason: NDArray[np.object_], more: str) -> NDArray[np.object_]:
    return np.array([f"{text}; {more}" if text else more for text in reason], dtype=object)


def _constant(prepared: pd.DataFrame, column: str, every: pd.RangeIndex) -> tuple[pd.Series, NDArray[np.bool_]]:
    """The one value of ``column`` in each tender, empty where there are several, and where that is."""
    grouped = prepared.groupby("tender")[column]
    conflicts = (grouped.nunique() > 1).reindex(every, fill_value=False).to_numpy()
    first = grouped.first().reindex(every)
    return first.mask(conflicts), conflicts


def _winner_is_lowest(kept: pd.DataFrame, tenders: int) -> pd.Series:
    """Whether some winning bid has the lowest price; empty where no screened bid is marked as won."""
    won = kept["is_winner"].astype("boolean").fillna(False).astype(bool)
    lowest = kept["price"] == kept.groupby("tender")["price"].transform("min")
    any_won = won.groupby(kept["tender"]).any()
    low_won = (won & lowest).groupby(kept["tender"]).any()
    every = pd.RangeIndex(tenders)
    known = any_won.reindex(every, fill_value=False)
    return low_won.reindex(every).astype("boolean").where(known)
