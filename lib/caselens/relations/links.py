"""Linked(official, party): the official, kin to degree 2, associates, and the firms that any of them hold or run."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from caselens.core.text import Text
from caselens.relations._declare import Relation, Tables
from caselens.relations._rows import evidence
from caselens.tables import Column

_NONE = "array<struct<table: string, key: string>>"


def officials(tables: Tables) -> ir.Table:
    """Everybody who has or had a post: ``official_id``."""
    return tables.table("appointments").select(official_id="person_id").distinct()


def _people(tables: Tables) -> ir.Table:
    """The official, kin to degree 2, and associates: ``official_id, party_id, how, degree, rows``."""
    who = officials(tables)
    own = who.select(
        official_id="official_id",
        party_id="official_id",
        how=ibis.literal("self"),
        degree=ibis.literal(0, "int64"),
        rows=ibis.literal([], _NONE),
    )
    kin = tables.relation("kin")
    relatives = who.join(kin, who.official_id == kin.person_id).select(
        official_id="official_id", party_id="relative_id", how="relation", degree="degree", rows="rows"
    )
    kinships = tables.table("kinships")
    close = kinships.filter(kinships.relation == "associate")
    rows = evidence("kinships", close.row_key)
    pairs = close.select(a="person_id", b="relative_id", rows=rows).union(
        close.select(a="relative_id", b="person_id", rows=rows)
    )
    associates = who.join(pairs, who.official_id == pairs.a).select(
        official_id="official_id",
        party_id="b",
        how=ibis.literal("associate"),
        degree=ibis.literal(2, "int64"),
        rows="rows",
    )
    return own.union(relatives).union(associates)


def _build(tables: Tables) -> ir.Table:
    people = _people(tables)
    control = tables.relation("control")
    through = people.join(control, people.party_id == control.person_id)
    firms = through.select(
        official_id="official_id",
        party_id="org_id",
        how=through.how + ":" + through.how_right,
        degree="degree",
        via_id=through.party_id,
        since="since",
        until="until",
        rows=through.rows.concat(through.rows_right),
    )
    persons = people.select(
        official_id="official_id",
        party_id="party_id",
        how="how",
        degree="degree",
        via_id="party_id",
        since=ibis.null("date"),
        until=ibis.null("date"),
        rows="rows",
    )
    return persons.union(firms)


RELATION = Relation(
    id="links",
    label=Text("公职人员关联方", "Linked parties"),
    about=Text(
        "一行为某公职人员的一个关联方：本人、二等以内亲属、特定关系人，及其持股 5% 以上或任职的企业。",
        "One row is a party linked to an official: the official, kin to degree 2, associates, and the firms that they "
        "hold (5 % or more) or run.",
    ),
    columns=(
        Column("official_id", "id", Text("公职人员", "Official"), references=("persons",)),
        Column("party_id", "id", Text("关联方", "Linked party"), references=("persons", "organizations")),
        Column("how", "text", Text("关联方式", "How")),
        Column("degree", "integer", Text("亲等", "Degree")),
        Column("via_id", "id", Text("经由", "Through"), references=("persons",)),
        Column("since", "date", Text("起", "Since")),
        Column("until", "date", Text("止", "Until")),
        Column("rows", "list", Text("依据", "Evidence")),
    ),
    needs=("appointments", "kinships", "ownerships", "directorships"),
    build=_build,
)
