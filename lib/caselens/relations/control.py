"""Which persons hold or run which firm: at least 5 % of it, or legal representative, director or manager."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from caselens.core.text import Text
from caselens.relations._declare import Relation, Tables
from caselens.relations._rows import evidence
from caselens.tables import Column

#: Holdings below this reach nobody.
MIN_SHARE = 0.05
RUNS = ("legal_representative", "director", "manager")


def _build(tables: Tables) -> ir.Table:
    ownerships, directorships = tables.table("ownerships"), tables.table("directorships")
    # An owner whose share nobody printed is an owner: the share is told as unknown, not taken as nothing.
    held = ownerships.filter(ownerships.share.isnull() | (ownerships.share >= MIN_SHARE))
    holds = held.select(
        person_id="holder_id",
        org_id="org_id",
        how=ibis.literal("holder"),
        share=held.share,
        since="start_date",
        until="end_date",
        rows=evidence("ownerships", held.row_key),
    )
    running = directorships.filter(directorships.role.isin(RUNS))
    runs = running.select(
        person_id="person_id",
        org_id="org_id",
        how="role",
        share=ibis.null("float64"),
        since="start_date",
        until="end_date",
        rows=evidence("directorships", running.row_key),
    )
    return holds.union(runs)


RELATION = Relation(
    id="control",
    label=Text("持股与任职", "Holding and running"),
    about=Text(
        "一行为一人(或一企业)持有某企业 5% 以上股权，或任法定代表人、董事、经理。",
        "One row is a person (or firm) that holds at least 5 % of a firm or is its legal representative, director or "
        "manager.",
    ),
    columns=(
        Column("person_id", "id", Text("持有或管理人", "Who"), references=("persons", "organizations")),
        Column("org_id", "id", Text("企业", "Firm"), references=("organizations",)),
        Column("how", "code", Text("方式", "How")),
        Column("share", "share", Text("持股比例", "Share")),
        Column("since", "date", Text("起", "Since")),
        Column("until", "date", Text("止", "Until")),
        Column("rows", "list", Text("依据", "Evidence")),
    ),
    needs=("ownerships", "directorships"),
    build=_build,
)
