"""Applications for permits: how long, how much of what was asked, whose, and how they compare with those of others."""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from caselens.indicators._chance import smallest_of
from caselens.indicators._circle import during, over
from caselens.indicators._declare import Inputs
from caselens.indicators._shuffle import favoured
from caselens.relations.authority import posts

_YES = "approv|grant|issue|permit|批准|同意|准予|通过|核发|出具"
_NO = "reject|refus|return|deni|驳回|不予|拒绝|退回|否决|不同意|未批"
_ANY_REMIT = "approv|licen|permit|审批|许可"


def decided(inputs: Inputs) -> ir.Table:
    """Decided applications with ``days, got, size, unit, kind, listed``."""
    told = inputs.table("applications").filter(lambda t: t.decided_on.notnull() & (t.decided_on >= t.submitted_on))
    asked, given = told.requested.cast("float64"), told.granted.cast("float64")
    outcome = told.outcome.fill_null("").lower()
    share = ibis.cases(
        (outcome.re_search(_NO), ibis.literal(0).cast("float64")),
        ((asked > 0) & given.notnull(), given / asked),
        (outcome.re_search(_YES), ibis.literal(1).cast("float64")),
        else_=ibis.null("float64"),
    )
    return told.select(
        "application_id", "row_key", "handler_id", applicant="applicant_id", unit="authority_id",
        kind=told.kind.lower().strip(), submitted="submitted_on",
        days=told.decided_on.delta(told.submitted_on, unit="day"), got=share,
        size=ibis.coalesce(asked, told.value.cast("float64")), document="priority_document", issuer="issued_by_id",
    )  # fmt: skip


def of_linked(inputs: Inputs, told: ir.Table) -> pd.DataFrame:
    """Applications of firms linked to an official with a say: ``official_id, application_id, via, how, rows …``."""
    links = inputs.relation("links").select(
        "official_id", "how", "degree", firm="party_id", via="via_id", held="since", left="until", link_rows="rows"
    )
    mine = told.join(links, [("applicant", "firm")])
    mine = mine.filter(
        (mine.held.isnull() | (mine.held <= mine.submitted)) & (mine.left.isnull() | (mine.submitted <= mine.left))
    )
    held = posts(inputs.tables)
    by_post = mine.join(held, [("official_id", "official_id"), ("unit", "unit_id")])
    say = by_post.leads | by_post.remit.contains(by_post.kind) | by_post.remit.re_search(_ANY_REMIT)
    columns = (
        "official_id",
        "application_id",
        "applicant",
        "unit",
        "kind",
        "via",
        "how",
        "degree",
        "link_rows",
        "rows",
    )
    first = by_post.filter(say & during(by_post.submitted, by_post.since, by_post.until)).select(*columns)
    strong = over(inputs).select("party_id", "since", "until", "rows", who="official_id")
    by_authority = mine.join(strong, [("official_id", "who"), ("applicant", "party_id")])
    every = first.union(
        by_authority.filter(during(by_authority.submitted, by_authority.since, by_authority.until)).select(*columns)
    )
    found = every.filter(every.official_id != every.applicant).execute()
    found["order"] = found["rows"].map(str)
    by = ["official_id", "application_id", "degree", "how", "order"]
    return found.sort_values(by).drop_duplicates(["official_id", "application_id"], ignore_index=True)


def compare(mine: pd.DataFrame, peers: pd.DataFrame, rng: np.random.Generator) -> dict[str, Any]:
    """Both tests of one firm: ``p, ahead`` of the better one, ``what`` it is about, ``period`` of the strata."""
    both = pd.concat([mine.assign(own=True), peers.assign(own=False)], ignore_index=True)
    band = (both["size"] > peers["size"].median()).astype(int).astype(str).where(both["size"].notna(), "?")
    period, keys = _period(both, band)
    found: dict[str, Any] = {"p": 1.0, "ahead": 0.5, "what": "days", "period": period, "tests": 0}
    chances = []
    for what, values in (("days", both["days"]), ("granted", -both["got"])):
        usable = values.notna().to_numpy()
        if values[usable].nunique() < 2:
            continue
        p, ahead = favoured(
            values[usable].to_numpy(dtype=float), both["own"].to_numpy()[usable], keys.to_numpy()[usable], rng
        )
        chances.append(p)
        if p <= min(chances):
            found |= {"ahead": ahead, "what": what}
    return found | {"p": smallest_of(np.array(chances)), "tests": len(chances)}


def _period(both: pd.DataFrame, band: pd.Series) -> tuple[str, pd.Series]:
    """The finest period in which four fifths of the firm's applications meet two of others, and the strata."""
    for name, code in (("month", "M"), ("quarter", "Q"), ("year", "Y")):
        keys = both["submitted"].dt.to_period(code).astype(str) + "|" + band
        others = (~both["own"]).groupby(keys).transform("sum")
        if (others[both["own"]] >= 2).mean() >= 0.8:
            return name, keys
    return "all", band
