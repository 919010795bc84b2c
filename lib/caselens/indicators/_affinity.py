"""Who scored whom how far above the rest of a panel, and who sat on one although he should not have."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy.stats import hypergeom, norm

from caselens.indicators._chance import adjusted
from caselens.indicators._declare import Inputs

#: Points of the grid on which a tender's residuals are convolved.
_GRID = 400


def cells(inputs: Inputs) -> ir.Table:
    """One row an expert, tender and bidder of the original round, with ``day, score, residual, won``."""
    scored = inputs.table("evaluations")
    scored = scored.filter(ibis.coalesce(scored["round"], "original") == "original").filter(scored.bidder_id.notnull())
    days = (
        inputs.table("tenders")
        .group_by(of_tender="tender_id")
        .agg(opened=lambda t: ibis.coalesce(t.opened_at.cast("date"), t.awarded_on, t.published_on).min())
    )
    bids = inputs.table("bids")
    winners = bids.group_by(bid_tender="tender_id", bid_by="bidder_id").agg(won=bids.is_winner.fill_null(False).any())
    cell = scored.group_by(expert="evaluator_id", tender="tender_id", bidder="bidder_id").agg(
        drawn_on=scored.drawn_at.min().cast("date"),
        score=scored.score.cast("float64").mean(),
        row_key=scored.row_key.min(),
    )
    joined = cell.left_join(days, [("tender", "of_tender")]).left_join(
        winners, [("tender", "bid_tender"), ("bidder", "bid_by")]
    )
    by_tender, by_bidder, by_expert = (
        ibis.window(group_by=["tender", *more]) for more in ((), ("bidder",), ("expert",))
    )
    score = joined.score
    centred = joined.mutate(
        day=ibis.coalesce(joined.drawn_on, joined.opened),
        won=joined.won.fill_null(False),
        residual=score - score.mean().over(by_bidder) - score.mean().over(by_expert) + score.mean().over(by_tender),
        experts=joined.expert.nunique().over(by_tender),
        bidders=joined.bidder.nunique().over(by_tender),
    )
    usable = (centred.experts >= 2) & (centred.bidders >= 2)
    return centred.mutate(residual=usable.ifelse(centred.residual, None)).drop(
        "of_tender", "bid_tender", "bid_by", "opened", "drawn_on"
    )


def pairs(inputs: Inputs, cells: ir.Table) -> pd.DataFrame:
    """Eligible pairs: ``expert, bidder, joint, joint_won, judged, judged_won, z`` with both p-values."""
    spread = cells.group_by(var_tender="tender").agg(variance=(cells.residual * cells.residual).mean())
    joined = cells.join(spread, [("tender", "var_tender")])
    pairs = joined.group_by(["expert", "bidder"]).agg(
        joint=joined.tender.nunique(), joint_won=joined.won.sum().cast("int64"), scored=joined.residual.count(),
        total=joined.residual.sum(), variance=joined.variance.sum(),
    )  # fmt: skip
    once = cells.select("tender", "bidder", "won").distinct()
    judged = once.group_by(judged_bidder="bidder").agg(
        judged=once.tender.nunique(), judged_won=once.won.sum().cast("int64")
    )
    eligible = pairs.filter(pairs.joint >= inputs["min_joint"]).join(judged, [("bidder", "judged_bidder")])
    found = eligible.drop("judged_bidder").execute().sort_values(["expert", "bidder"]).reset_index(drop=True)
    deviation = np.sqrt(found["variance"].to_numpy(dtype=float))
    enough = (found["scored"] >= inputs["min_joint"]).to_numpy() & (deviation > 0)
    found["z"] = np.where(enough, found["total"].to_numpy(dtype=float) / np.where(deviation > 0, deviation, 1), np.nan)
    found["p_score"] = norm.sf(found["z"])
    found["p_win"] = hypergeom.sf(found["joint_won"] - 1, found["judged"], found["judged_won"], found["joint"])
    return found


def sum_p(observed: list[float], cells: list[np.ndarray]) -> float:
    """Chance that one cell drawn from each of ``cells`` sums to at least the sum of ``observed``, exact on a grid.

    The grid is a 400th of the widest tender's range; all values are rounded to it. O(tenders² × cells × grid).
    """
    step = max(float(np.ptp(values)) for values in cells) / _GRID
    if step <= 0:
        return 1.0
    chance, low, target = np.ones(1), 0, 0
    for value, values in zip(observed, cells, strict=True):
        places = np.rint(values / step).astype(int)
        target += int(np.rint(value / step))
        first, width = int(places.min()), int(np.ptp(places))
        grown = np.zeros(len(chance) + width)
        for place in places:
            grown[place - first : place - first + len(chance)] += chance
        chance, low = grown / len(places), low + first
    return float(min(chance[max(target - low, 0) :].sum(), 1.0)) if target - low < len(chance) else 0.0


def exact(pairs: pd.DataFrame, cells: ir.Table, inputs: Inputs) -> pd.DataFrame:
    """``pairs`` with exact p-values where z is large enough to matter, and ``p`` of both tests together."""
    near = pairs[pairs["z"] >= inputs["min_z"]]
    if len(near):
        mine = cells.filter(
            cells.expert.isin(sorted(set(near["expert"]))) & cells.bidder.isin(sorted(set(near["bidder"])))
        )
        wanted = cells.semi_join(mine, ["tender"]).filter(cells.residual.notnull())
        rows = (
            wanted.select("tender", "expert", "bidder", "residual")
            .execute()
            .sort_values(["tender", "expert", "bidder"])
        )
        of_tender = {tender: part["residual"].to_numpy() for tender, part in rows.groupby("tender")}
        own = dict(list(rows.groupby(["expert", "bidder"])))
        for place, row in near.iterrows():
            part = own[(row["expert"], row["bidder"])]
            value = sum_p(list(part["residual"]), [of_tender[tender] for tender in part["tender"]])
            pairs.loc[place, "p_score"] = max(value, 1e-300)
    both = pairs["p_score"].notna() & pairs["judged_won"].between(1, pairs["judged"] - 1)
    least = pairs[["p_score", "p_win"]].min(axis=1)
    pairs["p"] = np.minimum(np.where(both, 2 * least, least), 1.0)
    pairs["q"] = adjusted(pairs["p"].to_numpy())
    return pairs


def breaches(inputs: Inputs) -> pd.DataFrame:
    """Seats taken at or above the age limit or while listed: ``expert, day, why, table, key, role``."""
    seats = inputs.table("evaluations")
    days = (
        inputs.table("tenders")
        .group_by(of_tender="tender_id")
        .agg(opened=lambda t: ibis.coalesce(t.opened_at.cast("date"), t.awarded_on, t.published_on).min())
    )
    sat = seats.left_join(days, [("tender_id", "of_tender")])
    sat = sat.mutate(day=ibis.coalesce(sat.drawn_at.cast("date"), sat.opened))
    sat = sat.group_by(expert="evaluator_id", tender="tender_id").agg(day=sat.day.min(), key=sat.row_key.min())
    persons = inputs.table("persons")
    number = persons.id_number
    printed = number.substr(6, 4) + "-" + number.substr(10, 2) + "-" + number.substr(12, 2)
    born = ibis.coalesce(persons.birth_date.cast("string"), printed)
    known = persons.group_by(who="person_id").agg(born=born.min(), why_key=persons.row_key.min())
    aged = sat.join(known, [("expert", "who")])
    limit = (aged.born.substr(0, 4).try_cast("int64") + inputs["age_limit"]).cast("string") + aged.born.substr(4, 6)
    old = aged.filter(aged.day.cast("string") >= limit).mutate(
        why=ibis.literal("age"), why_table=ibis.literal("persons")
    )
    listed = inputs.table("watchlist")
    on_list = sat.join(
        listed.select(who="entity_id", since="listed_on", until="until", why_key="row_key"), [("expert", "who")]
    )
    on_list = on_list.filter((on_list.since <= on_list.day) & (on_list.until.isnull() | (on_list.until >= on_list.day)))
    on_list = on_list.mutate(why=ibis.literal("listed"), why_table=ibis.literal("watchlist"))
    columns = ("expert", "tender", "day", "key", "why", "why_table", "why_key")
    found = (
        old.select(*columns).union(on_list.select(*columns)).execute().sort_values(["expert", "day", "tender", "why"])
    )
    seat = found.assign(table="evaluations", role="seat")
    reason = found.assign(table=found["why_table"], key=found["why_key"], role=found["why"])
    return pd.concat([seat, reason]).drop(columns=["why_table", "why_key"])
