"""Which official handled, approved or voted on which party's matter, and when."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from caselens.core.text import Text
from caselens.relations._declare import Relation, Tables
from caselens.relations._rows import evidence
from caselens.tables import Column


def matters(tables: Tables) -> ir.Table:
    """Whose matter is what: ``matter_table, matter_id, party_id`` for everything that is handled, approved or voted on.

    A contract is its supplier's, an application its applicant's, a financing its borrower's, lender's and arranger's,
    a project its owner's and its contractors'.
    """
    applications, contracts = tables.table("applications"), tables.table("contracts")
    financings, projects = tables.table("financings"), tables.table("projects")

    def of(table: ir.Table, name: str, key: str, party: str) -> ir.Table:
        return table.filter(table[party].notnull()).select(
            matter_table=ibis.literal(name), matter_id=key, party_id=party
        )

    parts = [
        of(applications, "applications", "application_id", "applicant_id"),
        of(contracts, "contracts", "contract_id", "supplier_id"),
        of(contracts.filter(contracts.project_id.notnull()), "projects", "project_id", "supplier_id"),
        of(projects, "projects", "project_id", "owner_id"),
        *(of(financings, "financings", "financing_id", party) for party in ("borrower_id", "lender_id", "arranger_id")),
    ]
    return ibis.union(*parts).distinct()


def _signed(tables: Tables) -> ir.Table:
    """Every signature: ``official_id, act, happened_on, matter_table, matter_id, rows``."""
    parts = []

    def add(name: str, who: str, act: str, day: str, matter: str | None, key: str, also: str | None = None) -> None:
        table = tables.table(name)
        when = table[day].cast("date")
        when = ibis.coalesce(when, table[also].cast("date")) if also else when
        signed = table.filter(table[who].notnull())
        parts.append(
            signed.select(
                official_id=who,
                act=ibis.literal(act),
                happened_on=when,
                matter_table=ibis.literal(matter) if matter else signed.object_table,
                matter_id=key,
                rows=evidence(name, signed.row_key),
            )
        )

    add("applications", "handler_id", "handler", "decided_on", "applications", "application_id", "submitted_on")
    add("contracts", "handler_id", "handler", "signed_on", "contracts", "contract_id")
    add("contract_changes", "handler_id", "handler", "changed_on", "contracts", "contract_id")
    add("financings", "handler_id", "handler", "start_date", "financings", "financing_id")
    add("financing_terms", "handler_id", "handler", "changed_on", "financings", "financing_id")
    add("project_events", "handler_id", "handler", "happened_on", "projects", "project_id")
    add("approvals", "person_id", "approver", "decided_at", None, "object_id")
    votes = tables.table("review_votes").filter(lambda t: ~t.vote.isin(["absent", "recused"]))
    kinds = {"contract": "contracts", "financing": "financings", "project": "projects", "application": "applications"}
    matter = ibis.cases(
        *((votes.item_kind == kind, ibis.literal(t)) for kind, t in kinds.items()), else_=votes.item_kind
    )
    parts.append(
        votes.select(
            official_id="member_id",
            act=ibis.literal("voter"),
            happened_on=votes.voted_on.cast("date"),
            matter_table=matter,
            matter_id="item_id",
            rows=evidence("review_votes", votes.row_key),
        )
    )
    return ibis.union(*parts)


def _build(tables: Tables) -> ir.Table:
    signed, owned = _signed(tables), matters(tables)
    joined = signed.join(
        owned, [signed.matter_table == owned.matter_table, signed.matter_id == owned.matter_id], rname="{name}_owned"
    )
    return joined.select("official_id", "party_id", "act", "happened_on", "matter_table", "matter_id", "rows").filter(
        ibis._.official_id != ibis._.party_id
    )


RELATION = Relation(
    id="acts",
    label=Text("经办、审批与表决", "Acts"),
    about=Text(
        "一行为某公职人员经办、审批或表决某当事方的一件事项。",
        "One row is an official handling, approving or voting on one matter of one party.",
    ),
    columns=(
        Column("official_id", "id", Text("公职人员", "Official"), references=("persons",)),
        Column("party_id", "id", Text("当事方", "Party"), references=("persons", "organizations")),
        Column("act", "code", Text("行为", "Act"), codes=("handler", "approver", "voter")),
        Column("happened_on", "date", Text("日期", "On")),
        Column("matter_table", "text", Text("事项所在表", "Table of the matter")),
        Column("matter_id", "id", Text("事项", "Matter")),
        Column("rows", "list", Text("依据", "Evidence")),
    ),
    needs=(
        "applications",
        "contracts",
        "contract_changes",
        "financings",
        "financing_terms",
        "project_events",
        "approvals",
        "review_votes",
        "projects",
    ),
    build=_build,
)
