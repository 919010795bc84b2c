"""Who bids with whom more often than chance: pairs of bidders against the configuration model of the tender list."""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import poisson

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: A pair whose null count has reached the observed one this often is settled and no longer counted (Besag & Clifford).
EXCEEDANCES = 20
MOST_DRAWS = 1000

COLUMNS: tuple[str, ...] = ("bidder_id", "other_id", "tenders", "stability", "expected", "draws", "p", "q")


@dataclass(frozen=True, slots=True)
class Cobidding:
    """Pairs that bid together often enough to be read, and how large the family is that they were taken from.

    Attributes:
        pairs: ``bidder_id``, ``other_id``, ``tenders`` (common ones), ``stability`` (their share in all tenders of the
            less active of the two), ``expected`` (mean under the null), ``draws``, ``p``, ``q``.
        eligible_pairs: pairs of bidders who each bid often enough; the family of the false-discovery control.
    """

    pairs: pd.DataFrame
    eligible_pairs: int


def cobidding(
    bids: pd.DataFrame,
    blocks: pd.Series,
    *,
    least_tenders: int,
    seed: int,
    least_stability: float = 0.0,
    draws: int = MOST_DRAWS,
) -> Cobidding:
    """Pairs of bidders with at least ``least_tenders`` common tenders, each against the configuration model.

    The null keeps how many bidders every tender had, how many tenders every bidder entered, and (``blocks``) in which
    kind of tender: it swaps bidders between tenders of one block. A pair's p-value is the share of draws with as many
    common tenders (sequential: settled after 20 such draws); below 1 / (draws + 1) it is continued by the Poisson tail
    with the mean of the draws, which is not smaller than the true tail of a sum of rarer events. ``q`` is Benjamini and
    Hochberg's over all pairs of bidders with at least ``least_tenders`` tenders each, whether they ever met or not.

    Args:
        bids: ``tender_id``, ``bidder_id``; repeated rows count once.
        blocks: kind of each tender, indexed by ``tender_id``.
        least_tenders: common tenders below which a pair is not read.
        least_stability: pairs with a smaller share of common tenders (see ``Cobidding``) are not read either; they stay
            in the family, with p = 1.
        seed: of the draws.
        draws: at most so many; fewer suffice where a coarse p-value does.
    """
    once = bids[["tender_id", "bidder_id"]].dropna().drop_duplicates()
    tender, tenders = pd.factorize(once["tender_id"], sort=True)
    bidder, bidders = pd.factorize(once["bidder_id"], sort=True)
    block = pd.factorize(blocks.reindex(tenders).astype("string").fillna("?"), sort=True)[0]
    order = np.lexsort((bidder, tender, block[tender]))
    tender, bidder = tender[order].astype(np.int64), bidder[order].astype(np.int64)
    often = int((np.bincount(bidder) >= least_tenders).sum())
    eligible = often * (often - 1) // 2
    table = _observed(tender, bidder, least_tenders)
    entered = np.bincount(bidder)
    both = table[["left", "right"]].to_numpy(np.int64)
    table["stability"] = table["tenders"] / np.minimum(entered[both[:, 0]], entered[both[:, 1]])
    table = table[table["stability"] >= least_stability].reset_index(drop=True)
    if table.empty:
        return Cobidding(pd.DataFrame(columns=list(COLUMNS)), eligible)
    left, right, seen = (table[name].to_numpy(np.int64) for name in ("left", "right", "tenders"))
    of_block = block[tender].astype(np.int64)
    asked = _concerned(of_block, bidder, left, right)
    exceeded, total, draws_of = _draw(
        tender[asked], bidder[asked], of_block[asked], len(bidders), left, right, seen, EXCEEDANCES, draws, seed
    )
    p = (exceeded + 1) / (draws_of + 1)
    mean = (total + 1) / (draws_of + 1)
    # Where not one draw reached the observed count the resolution of the draws is all that p says: continue the tail.
    p = np.where(exceeded == 0, np.minimum(p, poisson.sf(seen - 1, mean)), p)
    table["expected"], table["draws"], table["p"] = mean, draws_of, p
    table["q"] = benjamini_hochberg(p, max(eligible, len(p)))
    table["bidder_id"], table["other_id"] = np.asarray(bidders)[left], np.asarray(bidders)[right]
    return Cobidding(table[list(COLUMNS)].sort_values(["p", "bidder_id", "other_id"], ignore_index=True), eligible)


def _concerned(block: Ints, bidder: Ints, left: Ints, right: Ints) -> NDArray[np.bool_]:
    """Bids in blocks where both bidders of some pair bid: nowhere else can a swap change a common tender."""
    entered = pd.DataFrame({"block": block, "bidder": bidder}).drop_duplicates()
    pairs = pd.DataFrame({"pair": np.arange(len(left)), "left": left, "right": right})
    ones = pairs.merge(entered, left_on="left", right_on="bidder")
    both = ones.merge(entered, left_on=["right", "block"], right_on=["bidder", "block"])
    return np.asarray(np.isin(block, both["block"].unique()))


def benjamini_hochberg(p: Floats, family: int) -> Floats:
    """False-discovery rates of ``p`` in a family of ``family`` hypotheses, those not given having p = 1."""
    order = np.argsort(p, kind="stable")
    scaled = p[order] * family / np.arange(1, len(p) + 1)
    adjusted = np.minimum.accumulate(scaled[::-1])[::-1].clip(max=1.0)
    out = np.empty(len(p))
    out[order] = adjusted
    return out


def _observed(tender: Ints, bidder: Ints, least: int) -> pd.DataFrame:
    """Pairs with at least ``least`` common tenders: ``left`` < ``right`` codes and ``tenders``."""
    often = np.bincount(bidder)[bidder] >= least
    frame = pd.DataFrame({"tender": tender[often], "bidder": bidder[often]})
    pairs = frame.merge(frame, on="tender", suffixes=("", "_other"))
    pairs = pairs[pairs["bidder"] < pairs["bidder_other"]]
    counts = pairs.groupby(["bidder", "bidder_other"]).size().rename("tenders").reset_index()
    counts = counts.rename(columns={"bidder": "left", "bidder_other": "right"})
    return counts[counts["tenders"] >= least].reset_index(drop=True)


@nb.njit(cache=True)
def _swap(tender: Ints, bidder: Ints, first: Ints, last: Ints, low: Ints, high: Ints, attempts: int) -> None:
    """Swap bidders of random pairs of bids within a block, leaving out swaps that would enter somebody twice."""
    for _ in range(attempts):
        i = np.random.randint(0, bidder.size)
        j = np.random.randint(low[i], high[i])
        one, other = tender[i], tender[j]
        if one == other or bidder[i] == bidder[j]:
            continue
        free = True
        for k in range(first[one], last[one]):
            free = free and bidder[k] != bidder[j]
        for k in range(first[other], last[other]):
            free = free and bidder[k] != bidder[i]
        if free:
            bidder[i], bidder[j] = bidder[j], bidder[i]


@nb.njit(cache=True)
def _common(rows: Ints, starts: Ints, left: int, right: int) -> int:
    """How many tenders two bidders have in common; ``rows`` lists each bidder's tenders upwards."""
    i, j, common = starts[left], starts[right], 0
    while i < starts[left + 1] and j < starts[right + 1]:
        if rows[i] == rows[j]:
            common += 1
            i += 1
            j += 1
        elif rows[i] < rows[j]:
            i += 1
        else:
            j += 1
    return common


@nb.njit(cache=True)
def _by_bidder(tender: Ints, bidder: Ints, bidders: int) -> tuple[Ints, Ints]:
    """Tenders of each bidder, upwards because ``rank`` walks the tenders upwards, and where each bidder begins."""
    starts = np.zeros(bidders + 1, np.int64)
    for b in bidder:
        starts[b + 1] += 1
    starts = np.cumsum(starts)
    rows, place = np.empty(bidder.size, np.int64), starts.copy()
    for i in range(bidder.size):
        rows[place[bidder[i]]] = tender[i]
        place[bidder[i]] += 1
    return rows, starts


@nb.njit(cache=True)
def _draw(
    tender: Ints,
    bidder: Ints,
    block: Ints,
    bidders: int,
    left: Ints,
    right: Ints,
    seen: Ints,
    enough: int,
    most: int,
    seed: int,
) -> tuple[Ints, Ints, Ints]:
    """Draws with at least the observed count, sum of the counts, and number of draws, for each pair."""
    np.random.seed(seed)
    # Bids stand by block and tender, so a tender's rank in that order grows along the rows.
    rank = np.zeros(tender.size, np.int64)
    for i in range(1, tender.size):
        rank[i] = rank[i - 1] + (tender[i] != tender[i - 1])
    first, last = np.zeros(rank[-1] + 1, np.int64), np.zeros(rank[-1] + 1, np.int64)
    for i in range(rank.size):
        last[rank[i]] = i + 1
    first[1:] = last[:-1]
    low, high = np.zeros(tender.size, np.int64), np.zeros(tender.size, np.int64)
    start = 0
    for i in range(1, tender.size + 1):
        if i == tender.size or block[i] != block[start]:
            low[start:i] = start
            high[start:i] = i
            start = i
    now = bidder.copy()
    exceeded, total = np.zeros(left.size, np.int64), np.zeros(left.size, np.int64)
    draws = np.zeros(left.size, np.int64)
    _swap(rank, now, first, last, low, high, 20 * now.size)
    for _ in range(most):
        _swap(rank, now, first, last, low, high, 3 * now.size)
        rows, starts = _by_bidder(rank, now, bidders)
        alive = 0
        for k in range(left.size):
            if exceeded[k] >= enough:
                continue
            alive += 1
            common = _common(rows, starts, left[k], right[k])
            exceeded[k] += common >= seen[k]
            total[k] += common
            draws[k] += 1
        if alive == 0:
            break
    return exceeded, total, draws
