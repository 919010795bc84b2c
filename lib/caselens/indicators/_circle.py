"""An official's circle, and who of it has a say in which firm: what the indicators about people and firms share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from caselens.indicators._declare import Inputs

#: Authority below this is context, never a hit.
AUTHORITY = 0.7
#: Kinds of organization that are no business of anybody.
PUBLIC = ("government", "party_body", "public_institution", "hospital", "school", "village_collective")

Cited = dict[tuple[str, str], str]


def people(inputs: Inputs) -> ir.Table:
    """The official, kin to degree 2, associates: ``official_id, person_id, how, degree, link_rows``, one row a pair."""
    links = inputs.relation("links")
    own = links.filter(links.party_id == links.via_id)
    nearest = ibis.window(group_by=["official_id", "party_id"], order_by=["degree", "how", own.rows.cast("string")])
    ranked = own.mutate(nth=ibis.row_number().over(nearest))
    return ranked.filter(ranked.nth == 0).select("official_id", "how", "degree", person_id="party_id", link_rows="rows")


def over(inputs: Inputs) -> ir.Table:
    """Authority of at least 0.7, of the official directly over the party (not through a firm the party runs)."""
    authority = inputs.relation("authority")
    return authority.filter((authority.strength >= AUTHORITY) & authority.via_id.isnull())


def during(day: ir.DateValue, since: ir.DateValue, until: ir.DateValue) -> ir.BooleanValue:
    """Whether ``day`` lies within a period that is open where an end is NULL."""
    return (since.isnull() | (since <= day)) & (until.isnull() | (day <= until))


def cite(rows: Cited, found: Any, role: str) -> None:
    """Note the rows of one evidence list (as the engine gives it back) under ``role``, unless they have one already."""
    if found is None or isinstance(found, float):
        return
    for row in found:
        rows.setdefault((row["table"], row["key"]), role)


def cited(lead: str, rows: Mapping[tuple[str, str], str]) -> list[dict[str, str]]:
    """Evidence rows of a lead, in a stable order."""
    return [{"lead": lead, "table": table, "key": key, "role": role} for (table, key), role in sorted(rows.items())]


def missing(value: Any) -> bool:
    """Whether a cell of a frame is empty."""
    return value is None or bool(pd.isna(value))


def names_of(rows: Iterable[Any]) -> list[str]:
    """Distinct ids in order, without empty ones."""
    return sorted({str(value) for value in rows if not missing(value)})
