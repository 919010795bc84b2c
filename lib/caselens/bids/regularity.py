"""Prices that follow a rule: equal steps within a tender, one ratio between two bidders over several tenders."""

from __future__ import annotations

from math import comb

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from caselens.bids._features import kept_bids
from caselens.bids.independence import _calibrated, _draws, _lower_tail

Floats = NDArray[np.float64]

#: Shortest run of bids that is read within a larger tender; three in a row lie evenly too often.
LEAST_RUN = 4
#: Share of the differences between ratios from which the chance of a still smaller difference is continued.
_NEAR = 0.05
_UNITS = (1_000_000, 100_000, 10_000, 1_000, 100, 10, 1)


def price_unit(prices: Floats) -> float:
    """The coarsest of 0.01, 0.1 … 10,000 yuan of which all ``prices`` are multiples."""
    fen = np.round(np.asarray(prices, dtype=float) * 100).astype(np.int64)
    return next(unit for unit in _UNITS if unit == 1 or not (fen % unit).any()) / 100


def equal_steps(bids: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """How evenly the bids of each tender climb.

    The statistic is the greatest difference between two neighbouring steps over the mean step, of all bids and of every
    run of at least four neighbours. It is never taken as smaller than the unit of the prices allows: of bids in whole
    ten thousands even ones prove little. Null: independent normal draws on the logarithm, brought to the distribution
    of all tenders.

    Args:
        bids: as for ``screens``.
        seed: of the draws.

    Returns:
        One row a tender with at least three bids, all different: ``tender_id``, ``n_bids``, ``first`` and ``size`` of
        the most even run (places by price), its mean ``step`` (yuan), ``deviation`` (as observed) and ``p``.

    Complexity: O(B log B), and for each number of bids 20,000 draws times its runs.
    """
    kept = kept_bids(bids).sort_values(["tender_id", "price", "bidder_id"], kind="stable")
    kept = kept[kept.groupby("tender_id")["price"].transform("size") >= 3]
    sizes, rows = {}, []
    for tender, group in kept.groupby("tender_id")["price"]:
        prices = group.to_numpy()
        if (np.diff(prices) > 0).all():
            sizes[str(tender)] = prices
    rng = np.random.default_rng([seed, 4])
    by_number = pd.Series({tender: len(prices) for tender, prices in sizes.items()}, dtype="int64")
    for n, tenders in by_number.groupby(by_number):
        own = np.stack([sizes[tender] for tender in tenders.index])
        number = int(str(n))
        drawn = np.exp(0.08 * _draws(rng, number))
        runs = [(first, k) for k in range(min(LEAST_RUN, number), number + 1) for first in range(number - k + 1)]
        least = np.array([price_unit(prices) for prices in own])
        seen, floor = _unevenness(own, runs), _mean_steps(own, runs)
        null = _unevenness(drawn, runs)
        chances = [_lower_tail(null[:, i], k - 2) for i, (_, k) in enumerate(runs)]
        told = np.column_stack([c(np.maximum(seen[:, i], least / floor[:, i])) for i, c in enumerate(chances)])
        under = np.column_stack([c(null[:, i]) for i, c in enumerate(chances)]).min(axis=1)
        best, p = told.argmin(axis=1), _lower_tail(under, 1)(told.min(axis=1))
        for place, tender in enumerate(tenders.index):
            first, size = runs[best[place]]
            at = (place, best[place])
            rows.append((tender, number, first, size, floor[at], seen[at], p[place]))
    table = pd.DataFrame(rows, columns=["tender_id", "n_bids", "first", "size", "step", "deviation", "p"])
    return table.assign(p=_calibrated(table["p"].to_numpy(dtype=float))).sort_values("tender_id", ignore_index=True)


def steady_ratios(bids: pd.DataFrame, *, least_tenders: int = 2, tolerance: float = 0.001) -> pd.DataFrame:
    """Pairs of bidders whose prices stand in one ratio in several of their common tenders.

    Args:
        bids: as for ``screens``. A bidder with several bids in a tender enters with the lowest.
        least_tenders: tenders with the ratio from which on a pair is read.
        tolerance: greatest ratio / least - 1 that counts as one ratio.

    Returns:
        Every pair with at least ``least_tenders`` common tenders, the family: ``bidder_id``, ``other_id``, ``common``
        (tenders), and of the rarest group of them with one ratio ``tenders``, ``tender_ids``, ``ratio`` (median),
        ``deviation`` (greatest / least - 1) and ``p``; without such a group 0, (), NaN, NaN and 1. With t common
        tenders, p is (t over m) * F(deviation) ** (m - 1) for m of them, times the t - 1 sizes looked at. F is the
        distribution of the difference between two consecutive ratios of a pair over all pairs, taken as proportional to
        the difference below its 5 % quantile (a smooth density near zero). The deviation is never taken as smaller than
        the unit of the prices allows.

    Complexity: O(sum of squared numbers of bids), and t squared for pairs with two ratios alike.
    """
    pairs, names = _ratios(bids)
    grouped = pairs.groupby(["bidder", "bidder_other"])
    steps = np.sort(grouped["log_ratio"].diff().abs().dropna().to_numpy())
    pairs = pairs[grouped["log_ratio"].transform("size") >= least_tenders]
    pairs = pairs.sort_values(["bidder", "bidder_other", "log_ratio", "tender_id"])
    grouped = pairs.groupby(["bidder", "bidder_other"])
    table = grouped.size().rename("common").reset_index()
    near = np.log1p(tolerance)
    close = grouped["log_ratio"].diff() <= near
    alike = pairs[close.groupby([pairs["bidder"], pairs["bidder_other"]]).transform("any")]
    told: dict[tuple[int, int], tuple[int, tuple[str, ...], float, float, float]] = {}
    for pair, group in alike.groupby(["bidder", "bidder_other"]):
        told[pair] = _rarest(group, steps, least_tenders, near)
    both = list(zip(table["bidder"], table["bidder_other"], strict=True))
    columns = ["tenders", "tender_ids", "ratio", "deviation", "p"]
    found = [told.get(pair, _NO_RATIO) for pair in both]
    table = pd.concat([table, pd.DataFrame(found, columns=columns, index=table.index)], axis=1)
    table["bidder_id"], table["other_id"] = names[table["bidder"]], names[table["bidder_other"]]
    return table[["bidder_id", "other_id", "common", *columns]]


_NO_RATIO: tuple[int, tuple[str, ...], float, float, float] = (0, (), float("nan"), float("nan"), 1.0)


def _ratios(bids: pd.DataFrame) -> tuple[pd.DataFrame, NDArray[np.object_]]:
    """Logarithms of the price ratios of every two bidders of a tender, and the names of the bidders."""
    kept = kept_bids(bids).groupby(["tender_id", "bidder_id"], as_index=False)["price"].min()
    codes, names = pd.factorize(kept["bidder_id"], sort=True)
    kept["bidder"] = codes
    units = kept.groupby("tender_id")["price"].agg(lambda own: price_unit(own.to_numpy()) / own.min())
    pairs = kept.merge(kept, on="tender_id", suffixes=("", "_other"))
    pairs = pairs[pairs["bidder"] < pairs["bidder_other"]].sort_values(["bidder", "bidder_other", "tender_id"])
    logs = np.log(pairs["price"] / pairs["price_other"])
    return pairs.assign(log_ratio=logs, unit=pairs["tender_id"].map(units)), np.asarray(names)


def _rarest(
    group: pd.DataFrame, steps: Floats, least: int, near: float
) -> tuple[int, tuple[str, ...], float, float, float]:
    """Of the runs of ratios that lie within ``near`` the one with the smallest chance."""
    logs, units = group["log_ratio"].to_numpy(), group["unit"].to_numpy()
    total, best = len(logs), _NO_RATIO
    for first in range(total - 1):
        for last in range(first + least - 1, total):
            width = float(logs[last] - logs[first])
            if width > near:
                break
            m = last - first + 1
            share = float(_below(steps, np.array([max(width, float(units[first : last + 1].max()))]))[0])
            p = min(1.0, (total - 1) * comb(total, m) * share ** (m - 1))
            if p < best[4]:
                members = tuple(str(t) for t in group["tender_id"].iloc[first : last + 1])
                best = (m, members, float(np.exp(np.median(logs[first : last + 1]))), float(np.expm1(width)), p)
    return best


def _below(steps: Floats, values: Floats) -> Floats:
    """Share of the steps at most as large, proportional to the step below the 5 % quantile; 1 where there are few."""
    if len(steps) < 1 / _NEAR:
        return np.ones(len(values))
    edge = float(np.quantile(steps, _NEAR))
    share = (np.searchsorted(steps, values, side="right") + 1) / (len(steps) + 1)
    return np.where(values < edge, _NEAR * values / edge, np.minimum(share, 1.0)) if edge > 0 else share


def _mean_steps(prices: Floats, runs: list[tuple[int, int]]) -> Floats:
    return np.column_stack([(prices[:, first + k - 1] - prices[:, first]) / (k - 1) for first, k in runs])


def _unevenness(prices: Floats, runs: list[tuple[int, int]]) -> Floats:
    """Greatest difference of neighbouring steps over the mean step of each run, for each row of sorted prices."""
    second = np.abs(np.diff(prices, n=2, axis=1))
    greatest = np.column_stack([second[:, first : first + k - 2].max(axis=1) for first, k in runs])
    return np.asarray(greatest / _mean_steps(prices, runs), dtype=float)
