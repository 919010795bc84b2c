"""Bidders and applicants of an official's unit, of which it has not bought or licensed anything (yet).

An official counts who heads or leads the unit, or holds a remit of tendering (bids) or of that kind of application. A
matter reaches 24 months both ways, within the post and 36 months after it. Only named pairs are looked up: the bids of
a city are many, and those who pay an official few.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from caselens.indicators._declare import Inputs
from caselens.relations import tenths
from caselens.relations._rows import earlier, evidence, later, months_earlier, months_later, overlaps
from caselens.relations.authority import GENERAL, OVERSEES, posts

#: Months before and after a bid or application in which its party still is a petitioner.
_REACH_MONTHS = 24
_NONE = "array<struct<table: string, key: string>>"


def petitioners(inputs: Inputs, pairs: ir.Table) -> ir.Table:
    """``official_id, party_id, firm, strength, basis, rows, begins, ends`` of pairs with a bid or application.

    Args:
        pairs: ``official_id, party_id`` of interest; a person is reached through the firms held or run.
    """
    control, day = inputs.relation("control"), ibis.null("date")
    wanted = pairs.select("official_id", "party_id").distinct()
    own = wanted.mutate(firm=wanted.party_id, since=day, until=day, rows=ibis.literal([], _NONE))
    through = wanted.join(control, [("party_id", "person_id")])
    firms = own.union(through.select("official_id", "party_id", "since", "until", "rows", firm="org_id").select(
        own.columns
    ))  # fmt: skip
    held = posts(inputs.tables).semi_join(wanted, [("official_id", "official_id")])
    joined = held.join(_matters(inputs, firms), [("unit_id", "unit_id")], rname="{name}_matter")
    word = joined.word.fill_null("").lower()
    in_charge = (
        joined.leads
        | ((word != "") & (";" + joined.remit + ";").contains(";" + word + ";"))
        | ((joined.basis == "bid") & joined.remit.re_search(GENERAL["bought"]))
        | ((joined.basis == "applied") & joined.remit.re_search(GENERAL["licensed"]))
    )
    over = joined.filter(in_charge & overlaps(joined.since, joined.until, joined.begins, joined.ends))
    over = over.select(
        "official_id", "basis", "petitioner", begins=later(over.since, over.begins),
        ends=earlier(over.until, over.ends), of_matter=over.rows.concat(over.rows_matter),
    )  # fmt: skip
    met = over.join(firms, [("official_id", "official_id"), ("petitioner", "firm")], rname="{name}_firm")
    return met.filter(met.official_id != met.party_id).select(
        "official_id", "party_id", "basis", firm="petitioner", strength=tenths(OVERSEES),
        begins=later(met.begins, met.since).cast("date"), ends=earlier(met.ends, met.until).cast("date"),
        rows=met.of_matter.concat(met.rows),
    )  # fmt: skip


def _matters(inputs: Inputs, firms: ir.Table) -> ir.Table:
    """``unit_id, petitioner, basis, word, begins, ends, rows`` of the bids and applications of these firms."""
    some = firms.select("firm").distinct()
    tenders = inputs.table("tenders")
    days = (tenders.opened_at.cast("date"), tenders.deadline_at.cast("date"), tenders.published_on, tenders.awarded_on)
    dated = tenders.select(of="tender_id", buyer="buyer_id", on=ibis.coalesce(*days))
    bids = inputs.table("bids").semi_join(some, [("bidder_id", "firm")]).join(dated, [("tender_id", "of")])
    asked = inputs.table("applications").semi_join(some, [("applicant_id", "firm")])
    every = bids.select(
        unit_id="buyer", petitioner="bidder_id", basis=ibis.literal("bid"), word=ibis.literal("tendering"), on="on",
        rows=evidence("bids", bids.row_key),
    ).union(asked.select(
        unit_id="authority_id", petitioner="applicant_id", basis=ibis.literal("applied"), word="kind",
        on=ibis.coalesce(asked.submitted_on, asked.decided_on), rows=evidence("applications", asked.row_key),
    ))  # fmt: skip
    every = every.filter(every.on.notnull())
    begins, ends = months_earlier(every.on, _REACH_MONTHS), months_later(every.on, _REACH_MONTHS)
    return every.mutate(begins=begins, ends=ends).drop("on")
