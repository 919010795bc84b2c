"""How likely independent bidders of one market would lie so close together, or leave so wide a gap to the lowest.

Null: the logarithms of the bids of a tender are independent normal draws; their spread varies by tender about the
typical spread of the tender's stratum. How much it varies is estimated from all tenders, and the resulting chances are
brought to the observed distribution of all tenders (see ``_calibrated``), so that only the far tail rests on the model.
That tail needs no bell shape: for n independent bids with any smooth density, the chance that they lie within a factor
1 + t falls as t ** (n - 1).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2

from caselens.bids._features import kept_bids

Floats = NDArray[np.float64]

LEAST_BIDS, LEAST_TENDERS = 3, 8
#: Size of the subgroup that is read in larger tenders, besides the tender as a whole. Three bids out of more lie close
#: together by accident too often to be told from an agreement.
SUBGROUP = 4
_DRAWS = 20_000
#: Below this chance the draws are continued by the power law of the tail.
_TAIL = 0.005
#: Calibration: fewer tenders than this keep the model's chances; below this share the model gives the tail.
_LEAST_CALIBRATION, _BULK = 40, 0.2
#: Spread below which prices are equal to the fen.
_LEAST_SPREAD = 1e-7
#: Tenders with more bids than this are drawn for as if they had so many; the chance of a close subgroup grows beyond.
_MOST_DRAWN = 60


def closeness(bids: pd.DataFrame, strata: pd.Series, *, seed: int = 0) -> pd.DataFrame:
    """How close the bids of each tender, and the closest 4 of more, lie for their stratum.

    Args:
        bids: as for ``screens``.
        strata: stratum of each tender, indexed by ``tender_id``; tenders without one are left out.
        seed: of the draws.

    Returns:
        One row a tender with at least three bids in a stratum of at least eight: ``tender_id``, ``n_bids``, ``cv`` of
        all bids, ``size`` of the closest group, its ``group_cv``, ``first`` (place of its lowest bid, by price and
        bidder), ``typical`` (median spread of the other tenders of the stratum, as a fraction), ``stratum``,
        ``stratum_tenders``, and ``p``: chance of a group so close, both sizes looked at accounted for; uniform
        under the null of the module.

    Complexity: O(B log B) for B bids, and 20,000 draws for each number of bids that occurs.

    References:
        Abrantes-Metz et al. (2006), A variance screen for collusion; Smyth (2004), Linear models and empirical Bayes
        (variances that vary about a common one); Efron (2004), Large-scale simultaneous hypothesis testing (the null
        taken from the bulk).
    """
    table, logs = _tenders(bids, strata)
    if table.empty:
        return table.reindex(columns=[*_COMMON, "cv", "size", "group_cv", "first", "typical", "p"])
    typical, vary = _market(table, logs, seed)
    rng = np.random.default_rng([seed, 1])
    p = np.ones(len(table))
    size, first = table["n_bids"].to_numpy().copy(), np.zeros(len(table), np.int64)
    for n, rows in _by_number(table):
        sizes = sorted({n, min(n, SUBGROUP) if n > SUBGROUP else n})
        drawn = _draws(rng, min(n, _MOST_DRAWN)) * np.exp(vary * rng.standard_normal((_DRAWS, 1)) / 2)
        chances = {k: _lower_tail(_closest(drawn, min(k, drawn.shape[1]))[0], k - 1) for k in sizes}
        null = np.min([chance(_closest(drawn, min(k, drawn.shape[1]))[0]) for k, chance in chances.items()], axis=0)
        own = np.stack([logs[row] for row in rows])
        found = {k: _closest(own, k) for k in sizes}
        told = np.stack([chances[k](np.maximum(found[k][0], _LEAST_SPREAD) / typical[rows]) for k in sizes])
        best = told.argmin(axis=0)
        size[rows] = np.array(sizes)[best]
        first[rows] = np.stack([found[k][1] for k in sizes])[best, np.arange(len(rows))]
        p[rows] = _lower_tail(null, 1)(told.min(axis=0))
    prices = [np.exp(x) for x in logs]
    group = [x[start : start + k] for x, start, k in zip(prices, first, size, strict=True)]
    return table.assign(
        cv=[float(np.std(x, ddof=1) / x.mean()) for x in prices],
        size=size,
        group_cv=[float(np.std(x, ddof=1) / x.mean()) for x in group],
        first=first,
        typical=typical,
        p=_calibrated(p),
    )


def first_gap(bids: pd.DataFrame, strata: pd.Series, *, seed: int = 0) -> pd.DataFrame:
    """How wide the gap from the lowest bid to the second is for the spread of all the others.

    The statistic is RD on logarithms: (b2 - b1) / deviation of b2 … bn. It has no unit; the strata serve ``diffp``.

    Args:
        bids: as for ``screens``.
        strata: stratum of each tender, indexed by ``tender_id``; tenders without one are left out.
        seed: of the draws.

    Returns:
        One row a tender as for ``closeness``: ``tender_id``, ``n_bids``, ``stratum``, ``stratum_tenders``, ``rd``,
        ``rdalt``, ``skew`` and ``diffp`` (of the prices, as ``screens``), ``diffp_rank`` (share of the other tenders of
        the stratum with a smaller one) and ``p``: its chance, uniform under the null of
        the module.

    References:
        Imhof, Karagök & Rutz (2018), Screening for bid rigging: does it work?
    """
    table, logs = _tenders(bids, strata)
    columns = ["rd", "rdalt", "skew", "diffp", "diffp_rank", "p"]
    if table.empty:
        return table.reindex(columns=[*_COMMON, *columns])
    rng = np.random.default_rng([seed, 2])
    p = np.ones(len(table))
    for n, rows in _by_number(table):
        null = _lower_tail(1 / _gaps(_draws(rng, min(n, _MOST_DRAWN))), n - 2)
        p[rows] = null(1 / _gaps(np.stack([logs[row] for row in rows])))
    figures = pd.DataFrame([_figures(np.exp(x)) for x in logs], columns=columns[:4], index=table.index)
    rank = figures["diffp"].groupby(table["stratum"]).rank(method="min") - 1
    others = np.maximum(table["stratum_tenders"].to_numpy() - 1, 1)
    return table.join(figures).assign(diffp_rank=rank.to_numpy() / others, p=_calibrated(p))


_COMMON = ["tender_id", "n_bids", "stratum", "stratum_tenders"]


def _tenders(bids: pd.DataFrame, strata: pd.Series) -> tuple[pd.DataFrame, list[Floats]]:
    """Eligible tenders, and the logarithms of their prices upwards."""
    kept = kept_bids(bids).sort_values(["tender_id", "price", "bidder_id"], kind="stable")
    prices = {str(tender): np.log(group.to_numpy()) for tender, group in kept.groupby("tender_id")["price"]}
    table = pd.DataFrame({"tender_id": list(prices), "n_bids": [len(x) for x in prices.values()]})
    table["stratum"] = table["tender_id"].map(strata)
    table = table[(table["n_bids"] >= LEAST_BIDS) & table["stratum"].notna()]
    table["stratum_tenders"] = table.groupby("stratum")["tender_id"].transform("size")
    table = table[table["stratum_tenders"] >= LEAST_TENDERS].reset_index(drop=True)
    return table[_COMMON], [prices[tender] for tender in table["tender_id"]]


def _market(table: pd.DataFrame, logs: list[Floats], seed: int) -> tuple[Floats, float]:
    """Typical spread (of logarithms) of the other tenders of each tender's stratum, and by how much they vary."""
    spread = np.array([max(float(np.std(x, ddof=1)), _LEAST_SPREAD) for x in logs])
    free = table["n_bids"].to_numpy() - 1
    centred = 2 * np.log(spread) - np.log(chi2.median(free) / free)
    place = _without_itself(centred, table["stratum"].to_numpy())
    return np.exp(place / 2), _variation(centred - place, free, seed)


def _by_number(table: pd.DataFrame) -> list[tuple[int, NDArray[np.int64]]]:
    """Rows of the tenders by number of bids."""
    return [(int(str(n)), group.index.to_numpy()) for n, group in table.groupby("n_bids")]


def _draws(rng: np.random.Generator, n: int) -> Floats:
    """Sorted standard normal bids of many tenders."""
    return np.sort(rng.standard_normal((_DRAWS, n)), axis=1)


def _without_itself(values: Floats, strata: NDArray[np.object_]) -> Floats:
    """Median of the other values of the stratum, each value left out in turn. O(N log N)."""
    out = np.empty(len(values))
    for rows in pd.Series(range(len(values))).groupby(strata).agg(list):
        order = np.array(rows)[np.argsort(values[rows], kind="stable")]
        v, half = values[order], len(order) // 2
        rank = np.arange(len(order))
        if len(order) % 2 == 0:
            out[order] = np.where(rank < half, v[half], v[half - 1])
        else:
            low, high = np.where(rank <= half, v[half + 1], v[half]), np.where(rank < half, v[half], v[half - 1])
            out[order] = (low + high) / 2
    return out


def _variation(residuals: Floats, free: NDArray[np.int64], seed: int) -> float:
    """Standard deviation, on the logarithm of the variance, by which tenders of one stratum differ.

    Chosen so that the mean distance of the chances from one half is a quarter, as it is for uniform ones; a few tenders
    far out hardly move it. Zero where chance alone explains the residuals.
    """
    rng = np.random.default_rng([seed, 3])
    kinds = {int(d): (np.log(chi2.rvs(d, size=_DRAWS, random_state=rng) / chi2.median(d)), residuals[free == d])
             for d in np.unique(free)}  # fmt: skip
    noise = rng.standard_normal(_DRAWS)

    def distance(vary: float) -> float:
        parts = [np.abs(np.searchsorted(np.sort(null + vary * noise), own) / _DRAWS - 0.5)
                 for null, own in kinds.values()]  # fmt: skip
        return float(np.concatenate(parts).mean())

    low, high = 0.0, 4.0
    if distance(low) <= 0.25:
        return 0.0
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (middle, high) if distance(middle) > 0.25 else (low, middle)
    return high


def _closest(logs: Floats, k: int) -> tuple[Floats, NDArray[np.int64]]:
    """Least deviation of ``k`` neighbouring sorted values in each row, and where these begin."""
    windows = np.lib.stride_tricks.sliding_window_view(logs, k, axis=1)
    deviation = windows.std(axis=2, ddof=1)
    first = deviation.argmin(axis=1)
    return deviation[np.arange(len(logs)), first], first


def _gaps(logs: Floats) -> Floats:
    """RD of each row of sorted values; a spread or gap of nothing is taken as one of a fen."""
    gap = np.maximum(logs[:, 1] - logs[:, 0], _LEAST_SPREAD)
    return gap / np.maximum(logs[:, 1:].std(axis=1, ddof=1), _LEAST_SPREAD)


def _lower_tail(null: Floats, power: int) -> Callable[[Floats], Floats]:
    """Share of the draws at most as large, below the smallest few continued by the power law of the tail."""
    ordered = np.sort(null)
    least = ordered[int(_TAIL * len(ordered))]

    def chance(values: Floats) -> Floats:
        inside = np.searchsorted(ordered, values, side="right") / len(ordered)
        return np.where(values < least, _TAIL * (values / least) ** power, np.clip(inside, _TAIL, 1.0))

    return chance


def _calibrated(p: Floats) -> Floats:
    """Chances brought to the distribution of all tenders.

    From the lowest fifth up a chance is its mid-rank among all; below, the model's chance is stretched so that it meets
    the fifth. Fewer than 40 tenders keep the model's.
    """
    if len(p) < _LEAST_CALIBRATION:
        return p
    edge = float(np.quantile(p, _BULK))
    rank = pd.Series(p).rank(method="average").to_numpy()
    return np.where(p >= edge, (rank - 0.5) / len(p), np.minimum(_BULK * p / edge, _BULK))


def _figures(prices: Floats) -> tuple[float, float, float, float]:
    """RD, RDALT, SKEW and DIFFP of sorted prices as ``screens`` defines them."""
    n, losers, gap = len(prices), prices[1:], float(prices[1] - prices[0])
    deviation, mean_gap = float(np.std(losers, ddof=1)), float((losers[-1] - losers[0]) / (n - 2))
    z = (prices - prices.mean()) / max(float(np.std(prices, ddof=1)), _LEAST_SPREAD * float(prices[0]))
    skew = n / ((n - 1) * (n - 2)) * float((z**3).sum())
    infinite = float("inf") if gap > 0 else float("nan")
    rd, rdalt = (gap / scale if scale > 0 else infinite for scale in (deviation, mean_gap))
    return rd, rdalt, skew, gap / float(prices[0])
