"""Shocks at an official's unit: a colleague's case, a case on the unit, an inspection or audit there."""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd

from caselens.indicators._declare import Inputs

#: The tables that hold such events.
TABLES = ("discipline_records", "unit_events", "cases")
_KINDS = "inspect|audit|巡察|巡视|审计|检查|督查|督导"


def shocks(inputs: Inputs) -> pd.DataFrame:
    """``official_id, on, table, key, id``: events that an official at the unit would hear of, each once.

    An event of the unit counts for whoever had a post there that day. A colleague's case counts for whoever served at
    the same unit at the same time, also after leaving; where the colleague's posts are not on record, for whoever had a
    post there that day. The official's own case is none.
    """
    posts = inputs.table("appointments").select(
        official_id="person_id", unit="org_id", begins="start_date", ends="end_date"
    )
    events, cases = inputs.table("unit_events"), inputs.table("cases").filter(lambda t: t.unit_id.notnull())
    looked = events.filter(events.kind.lower().re_search(_KINDS))
    of_unit = ibis.union(
        looked.select(at="org_id", on="happened_on", table=ibis.literal("unit_events"), key="row_key", id="event_id"),
        cases.select(at="unit_id", on="opened_on", table=ibis.literal("cases"), key="row_key", id="case_id"),
    )
    met = of_unit.join(posts, [("at", "unit")])
    parts = [met.filter(_serves(met)).select("official_id", "on", "table", "key", "id"), _colleagues(inputs, posts)]
    found = ibis.union(*parts).distinct().execute()
    found["on"] = pd.to_datetime(found["on"]).dt.date
    return found.sort_values(["official_id", "on", "table", "key"], ignore_index=True)


def _colleagues(inputs: Inputs, posts: ir.Table) -> ir.Table:
    records = inputs.table("discipline_records").select(
        fallen="person_id", at="org_id", on="filed_on", table=ibis.literal("discipline_records"), key="row_key",
        id="record_id",
    )  # fmt: skip
    theirs = posts.select(who="official_id", their_unit="unit", their_start="begins", their_end="ends")
    known = records.join(theirs, [("fallen", "who"), ("at", "their_unit")])
    together = known.join(posts, [("at", "unit")])
    same_time = (together.begins.isnull() | together.their_end.isnull() | (together.begins <= together.their_end)) & (
        together.ends.isnull() | together.their_start.isnull() | (together.their_start <= together.ends)
    )
    together = together.filter(same_time & (together.begins.isnull() | (together.begins <= together.on)))
    alone = records.anti_join(known, ["key"]).join(posts, [("at", "unit")])
    alone = alone.filter(_serves(alone))
    columns = ("official_id", "on", "table", "key", "id")
    every = together.filter(together.official_id != together.fallen).select(*columns)
    return every.union(alone.filter(alone.official_id != alone.fallen).select(*columns))


def _serves(met: ir.Table) -> ir.BooleanValue:
    return (met.begins.isnull() | (met.begins <= met.on)) & (met.ends.isnull() | (met.on <= met.ends))


def serving(inputs: Inputs, first: date) -> dict[str, tuple[date, date]]:
    """Official -> the days from the first post (or the first of the data) to the day of the data."""
    posts = inputs.table("appointments").group_by(official_id="person_id").agg(begins=lambda t: t.start_date.min())
    rows = posts.execute().to_dict("records")
    spans = {}
    for row in rows:
        begins = first if pd.isna(row["begins"]) else max(first, pd.Timestamp(row["begins"]).date())
        spans[str(row["official_id"])] = (min(begins, inputs.as_of), inputs.as_of)
    return spans
