"""Within a group that bids together: whether winners take turns, one always wins, some never do, regions are shared."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Ints = NDArray[np.int64]

EXCEEDANCES = 20
MOST_DRAWS = 5000
#: Fewer tenders won by members than this say nothing about turns.
LEAST_WINS = 4


def sequential_p(
    draw: Callable[[], float], observed: float, *, enough: int = EXCEEDANCES, most: int = MOST_DRAWS
) -> float:
    """Share of draws at least as great as ``observed``, stopped after ``enough`` such draws (Besag & Clifford 1991)."""
    exceeded = 0
    for number in range(1, most + 1):
        exceeded += draw() >= observed
        if exceeded == enough:
            return enough / number
    return (exceeded + 1) / (most + 1)


def rotation(winners: Ints, rng: np.random.Generator) -> dict[str, float]:
    """Whether the winners take turns more strictly than the same wins in a random order.

    Args:
        winners: code of the winning member of each joint tender, in the order of time.
        rng: of the permutations.

    Returns:
        ``wins``, ``runs`` (stretches of one winner), ``entropy`` (of the wins, 1 = all winners win as often), ``turns``
        (wins that fell to whoever had waited longest), ``rotation_p``: share of permutations in which members came back
        as late as here or later (NaN below four wins or with one winner). Each win counts 1 / (place since the winner's
        last one): coming back at once weighs most, so that one who skips a turn does not hide the order.
    """
    _, winners = np.unique(winners, return_inverse=True)
    counts = np.bincount(winners)
    share = counts / max(len(winners), 1)
    entropy = float(-(share * np.log(share)).sum() / np.log(len(share))) if len(share) > 1 else 0.0
    runs = 1 + int((np.diff(winners) != 0).sum()) if len(winners) else 0
    turns, p = _turns(winners, len(counts)), float("nan")
    if len(winners) >= LEAST_WINS and len(counts) > 1:
        p = sequential_p(lambda: -_returns(rng.permutation(winners)), -_returns(winners))
    return {"wins": len(winners), "runs": runs, "entropy": entropy, "turns": turns, "rotation_p": p}


def _turns(winners: Ints, members: int) -> int:
    """How many wins after the first fell to one who had waited longest; never having won is waiting longest."""
    last = np.full(members, -1)
    turns = 0
    for place, winner in enumerate(winners):
        turns += place > 0 and last[winner] == last.min()
        last[winner] = place
    return turns


def _returns(winners: Ints) -> float:
    """Sum of 1 / (places since the same winner's last win), rounded so that equal sums are equal."""
    order = np.argsort(winners, kind="stable")
    same = winners[order][1:] == winners[order][:-1]
    return round(float((1 / np.diff(order)[same]).sum()), 9)


def standing_winner(won: pd.DataFrame, rng: np.random.Generator) -> dict[str, object]:
    """The member with most wins, and how likely any member wins as often where every bidder of a tender is as likely.

    Args:
        won: one row a member and joint tender: ``tender_id``, ``bidder_id``, ``is_winner``, ``bidders`` (all bidders of
            that tender, members or not).
        rng: of the draws.

    Returns:
        ``winner`` (empty where no member won), ``winner_wins``, ``winner_p``.
    """
    wins = won.groupby("bidder_id")["is_winner"].sum()
    if not wins.max():
        return {"winner": "", "winner_wins": 0, "winner_p": float("nan")}
    members = pd.factorize(won["bidder_id"])[0]
    tender = pd.factorize(won["tender_id"])[0]
    first = np.sort(np.unique(tender, return_index=True)[1])
    bidders = won["bidders"].to_numpy()[first]
    seats = [members[tender == t] for t in range(len(first))]

    def most_wins() -> float:
        drawn = (rng.random(len(seats)) * bidders).astype(int)
        won_by = [seat[place] for seat, place in zip(seats, drawn, strict=True) if place < len(seat)]
        return float(np.bincount(won_by).max()) if won_by else 0.0

    return {
        "winner": wins.idxmax(),
        "winner_wins": int(wins.max()),
        "winner_p": sequential_p(most_wins, float(wins.max())),
    }


def standing_losers(won: pd.DataFrame, *, least: int) -> pd.DataFrame:
    """Members without a win in at least ``least`` tenders, with ``p``, the product of 1 - 1/bidders."""
    chance = np.log1p(-1 / won["bidders"].clip(lower=1.0000001))
    table = (
        won.assign(chance=chance)
        .groupby("bidder_id")
        .agg(tenders=("tender_id", "nunique"), wins=("is_winner", "sum"), log_p=("chance", "sum"))
    )
    table = table[(table["wins"] == 0) & (table["tenders"] >= least)].reset_index()
    return table.assign(p=np.exp(table["log_p"]))[["bidder_id", "tenders", "p"]]


def same_winner_pairs(won: pd.DataFrame, winner_of: pd.Series, *, least: int) -> pd.DataFrame:
    """Pairs of members that lose to one and the same member in all of their common tenders.

    ``winner_of`` gives the winner of each tender. Returns ``bidder_id``, ``other_id``, ``winner``, ``tenders``, ``p``
    (that one firm wins all of them, every bidder being as likely: the product of 1/bidders without the first).
    """
    frame = won[["tender_id", "bidder_id", "bidders"]].assign(winner=won["tender_id"].map(winner_of)).dropna()
    frame = frame[frame["bidder_id"] != frame["winner"]]
    pairs = frame.merge(frame[["tender_id", "bidder_id"]], on="tender_id", suffixes=("", "_other"))
    pairs = pairs[pairs["bidder_id"] < pairs["bidder_id_other"]].rename(columns={"bidder_id_other": "other_id"})
    met = won[["tender_id", "bidder_id"]].merge(
        won[["tender_id", "bidder_id"]], on="tender_id", suffixes=("", "_other")
    )
    met = met.groupby(["bidder_id", "bidder_id_other"])["tender_id"].nunique()
    rows = []
    for (one, other), group in pairs.groupby(["bidder_id", "other_id"]):
        if len(group) < least or group["winner"].nunique() > 1 or len(group) < met.loc[(one, other)]:
            continue
        p = float(np.prod(1 / np.sort(group["bidders"].to_numpy())[1:]))
        rows.append((one, other, group["winner"].iloc[0], len(group), p))
    return pd.DataFrame(rows, columns=["bidder_id", "other_id", "winner", "tenders", "p"])


def region_shares(wins: pd.DataFrame, rng: np.random.Generator) -> tuple[pd.DataFrame, float]:
    """Wins of each member in each region, and whether regions are shared out.

    Args:
        wins: one row a tender won by a member: ``bidder_id``, ``region``.
        rng: of the permutations.

    Returns:
        ``region``, ``bidder_id``, ``wins``, ``share`` of the members' wins there; and the share of permutations of the
        regions over the wins in which the members at the top of their regions win as much (NaN below four wins, or
        with one region or one winner).
    """
    table = wins.groupby(["region", "bidder_id"]).size().rename("wins").reset_index()
    table["share"] = table["wins"] / table.groupby("region")["wins"].transform("sum")
    region, bidder = pd.factorize(wins["region"])[0], pd.factorize(wins["bidder_id"])[0]
    if len(wins) < LEAST_WINS or len(set(region)) < 2 or len(set(bidder)) < 2:
        return table, float("nan")

    def tops(places: Ints) -> float:
        counts = np.zeros((places.max() + 1, bidder.max() + 1))
        np.add.at(counts, (places, bidder), 1)
        return float(counts.max(axis=1).sum())

    return table, sequential_p(lambda: tops(rng.permutation(region)), tops(region))
