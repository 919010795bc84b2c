"""Panels that sat, seat by seat, and the registers that they could have been drawn from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from caselens.indicators._declare import Inputs
from caselens.indicators._draws import Panel


def seats_of(inputs: Inputs) -> pd.DataFrame:
    """One row a seat: ``body, source, panel, day, member, by_office, drawn, witnessed, row_key``."""
    votes = inputs.table("review_votes")
    voted = votes.group_by(["org_id", "meeting_id", "member_id"]).agg(
        day=votes.voted_on.min().cast("date"), by_office=votes.is_chair.fill_null(False).any(),
        random=(votes.drawn == "random").any().fill_null(False), witnessed=votes.draw_witness_id.notnull().any(),
        row_key=votes.row_key.min(),
    )  # fmt: skip
    tenders = (
        inputs.table("tenders")
        .group_by(tender="tender_id")
        .agg(
            buyer=lambda t: t.buyer_id.min(),
            opened=lambda t: ibis.coalesce(t.opened_at.cast("date"), t.awarded_on).min(),
        )
    )
    scored = inputs.table("evaluations")
    scored = scored.filter(
        (ibis.coalesce(scored["round"], "original") == "original") & ~(scored.drawn == "owner").fill_null(False)
    )
    sat = scored.group_by(["tender_id", "evaluator_id"]).agg(
        drawn_on=scored.drawn_at.min().cast("date"), random=(scored.drawn == "random").any().fill_null(False),
        witnessed=scored.draw_witness_id.notnull().any(), row_key=scored.row_key.min(),
    )  # fmt: skip
    sat = sat.join(tenders, [("tender_id", "tender")])
    columns = ("body", "source", "panel", "day", "member", "by_office", "random", "witnessed", "row_key")
    parts: tuple[ir.Table, ...] = (
        voted.select(body="org_id", source=ibis.literal("review_votes"), panel="meeting_id", day="day",
                     member="member_id", by_office="by_office", random="random", witnessed="witnessed",
                     row_key="row_key"),
        sat.select(body="buyer", source=ibis.literal("evaluations"), panel="tender_id",
                   day=ibis.coalesce(sat.drawn_on, sat.opened), member="evaluator_id", by_office=ibis.literal(False),
                   random="random", witnessed="witnessed", row_key="row_key"),
    )  # fmt: skip
    every = ibis.union(*(part.select(*columns) for part in parts))
    every = every.filter(every.day.notnull() & every.body.notnull())
    panels = every.select("body", "source", "day", "panel").distinct()
    order = ibis.window(group_by=["body", "source"], order_by=[ibis.desc("day"), ibis.desc("panel")])
    latest = panels.mutate(nth=ibis.row_number().over(order)).filter(lambda t: t.nth < inputs["max_panels"])
    found = every.semi_join(latest, ["body", "source", "panel"]).execute()
    found["day"] = pd.to_datetime(found["day"])
    return found.sort_values(["body", "source", "day", "panel", "member"]).reset_index(drop=True)


def pools_of(inputs: Inputs) -> pd.DataFrame:
    pools = inputs.table("reviewer_pools")
    found = pools.select(
        keeper="org_id", member="person_id", speciality=pools.speciality.fill_null("").strip(), since="start_date",
        until="end_date", pool_key="row_key",
    ).execute()  # fmt: skip
    found["since"] = pd.to_datetime(found["since"]).fillna(pd.Timestamp("1900-01-01"))
    found["until"] = pd.to_datetime(found["until"]).fillna(pd.Timestamp("2200-01-01"))
    return found.sort_values("pool_key")


def register_of(pools: Mapping[str, pd.DataFrame], body: str, members: set[str]) -> tuple[str, pd.DataFrame] | None:
    """The body's own register, else the one most of the panel members are in; ``None`` where none has half."""
    if body in pools:
        return body, pools[body]
    share = {keeper: len(members & set(pool["member"])) for keeper, pool in pools.items()}
    best = max(sorted(share), key=lambda keeper: share[keeper], default="")
    return (best, pools[best]) if best and 2 * share[best] >= len(members) else None


def panels_of(seats: pd.DataFrame, pool: pd.DataFrame) -> tuple[list[Panel], list[pd.DataFrame], int]:
    """Panels in order of time with their seats, and how many seats were taken from outside the register.

    Panels of the same people on one day are one draw.
    """
    names = {member: place for place, member in enumerate(sorted(set(pool["member"])))}
    since, until = pool["since"].to_numpy(), pool["until"].to_numpy()
    entries = list(zip(pool["member"], pool["speciality"], strict=True))
    panels, rows, outside = [], [], 0
    known: set[tuple[Any, tuple[str, ...]]] = set()
    for (day, _), group in seats.groupby(["day", "panel"], sort=True):
        people = tuple(sorted(group["member"]))
        if (day, people) in known:
            continue
        known.add((day, people))
        by_office = set(group.loc[group["by_office"].astype(bool), "member"])
        drawn = set(people) - by_office
        moment = np.datetime64(day)
        free: dict[str, str] = {}
        for place in np.flatnonzero((since <= moment) & (until >= moment)):
            member, speciality = entries[place]
            if member not in by_office:
                free.setdefault(member, speciality)
        outside += len(drawn - free.keys())
        strata = _strata(free, drawn, names)
        if strata and sum(len(taken) for _, taken in strata) >= 2:
            panels.append(Panel(tuple(strata)))
            rows.append(group)
    return panels, rows, outside


def _strata(
    free: Mapping[str, str], drawn: set[str], names: Mapping[str, int]
) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """For every speciality of which somebody was drawn: the places of who was free, and of who was drawn."""
    parts: dict[str, list[str]] = {}
    for member, speciality in free.items():
        parts.setdefault(speciality, []).append(member)
    strata = []
    for _, part in sorted(parts.items()):
        taken = tuple(sorted(names[name] for name in part if name in drawn))
        if taken:
            strata.append((tuple(sorted(names[name] for name in part)), taken))
    return strata
