"""Authority(official, party, time, strength): who could decide over whom, when, and how strongly.

1.0: the official handled, approved or voted on the party's matter. 0.7: the official heads or leads the unit, or holds
the remit, that oversees, licensed, bought from, owns the project of or leases to the party, or that stands above such a
unit. An appointment counts while it lasts and for 36 months after; so do oversight and a licence. Oversight asks for
the same remit; a licence for its kind or a remit of approvals at large, a purchase or a project for one of tendering,
purchasing or payment, a lease for one of land or assets. The weakest degree of the definition (0.3: shares only region
or industry) joins every official with every firm of a town; it is context, never a hit, and is left to whoever asks
about one pair.
"""

from __future__ import annotations

import functools
import operator

import ibis
import ibis.expr.types as ir

from caselens.core.text import Text
from caselens.relations._declare import Relation, Tables
from caselens.relations._rows import earlier, evidence, later, months_earlier, months_later, overlaps, tenths
from caselens.tables import Column

AFTER_OFFICE_MONTHS = 36
#: Strengths, in tenths.
ACTED, OVERSEES = 10, 7
#: Remits at large that decide such a matter, whatever its kind; free text in either language.
GENERAL = {
    "licensed": "approv|licen|permit|审批|许可|审核|发证",
    "bought": "tender|procure|purchas|payment|招标|招投标|采购|付款|支付",
    "project": "tender|procure|purchas|payment|招标|招投标|采购|付款|支付",
    "leased": r"\bland|lease|asset|土地|国土|租赁|资产|三资",
}


def _words(remit: ir.StringValue) -> ir.StringValue:
    """Remits in lower case, without blanks, separated by single semicolons; "" where there is none."""
    plain = remit.fill_null("").lower().re_replace(r"\s+", "").re_replace("[;；、,，|]+", ";")
    return plain.re_replace("^;|;$", "")


def posts(tables: Tables) -> ir.Table:
    """Appointments with the period in which they count: ``official_id, unit_id, remit, leads, since, until, rows``."""
    appointments = tables.table("appointments")
    leads = appointments.is_head.fill_null(False) | appointments.is_leadership.fill_null(False)
    return appointments.select(
        official_id="person_id",
        unit_id="org_id",
        remit=_words(appointments.remit),
        leads=leads,
        since="start_date",
        until=months_later(appointments.end_date, AFTER_OFFICE_MONTHS),
        rows=evidence("appointments", appointments.row_key),
    )


def _acted(tables: Tables) -> ir.Table:
    """Strength 1.0. Where no recorded post covers the act, the act itself counts 36 months both ways."""
    acts, held = tables.relation("acts"), posts(tables)
    in_office = acts.join(held, [("official_id", "official_id")], rname="{name}_post")
    by_post = in_office.select(
        "official_id",
        "party_id",
        unit_id="unit_id",
        since="since",
        until="until",
        fact_on="happened_on",
        rows=in_office.rows.concat(in_office.rows_post),
    )
    covers = overlaps(in_office.since, in_office.until, in_office.happened_on, in_office.happened_on)
    covered = in_office.filter(covers).select("official_id", "matter_table", "matter_id", "happened_on").distinct()
    dated = acts.filter(acts.happened_on.notnull())
    alone = dated.anti_join(covered, ["official_id", "matter_table", "matter_id", "happened_on"])
    by_act = alone.select(
        "official_id",
        "party_id",
        unit_id=ibis.null("string"),
        since=months_earlier(alone.happened_on, AFTER_OFFICE_MONTHS),
        until=months_later(alone.happened_on, AFTER_OFFICE_MONTHS),
        fact_on="happened_on",
        rows="rows",
    )
    every = by_post.union(by_act)
    return every.mutate(strength=tenths(ACTED), basis=ibis.literal("act"))


def _reach(tables: Tables) -> ir.Table:
    """Which unit has which party before it: ``unit_id, party_id, basis, remit, fact_on, since, until, rows``."""
    day, none = ibis.null("date"), ibis.null("date")
    oversight = tables.table("oversight")
    licences = tables.table("licences").filter(lambda t: t.authority_id.notnull())
    contracts = tables.table("contracts")
    projects = tables.table("projects")
    disposals = tables.table("asset_disposals").filter(lambda t: t.method == "lease")
    works = contracts.filter(contracts.project_id.notnull()).join(
        projects, contracts.project_id == projects.project_id, rname="{name}_of_project"
    )

    def part(
        t: ir.Table,
        unit: str,
        party: str,
        basis: str,
        remit: ir.Value,
        table: str,
        fact: ir.Value = day,
        since: ir.Value = none,
        until: ir.Value = none,
    ) -> ir.Table:
        return t.select(
            unit_id=unit,
            party_id=party,
            basis=ibis.literal(basis),
            remit=remit,
            fact_on=fact,
            since=since,
            until=until,
            rows=evidence(table, t.row_key),
        )

    overseen = oversight.select(
        unit_id="authority_id",
        party_id="subject_id",
        basis=ibis.literal("oversight"),
        # One row a remit; leaders reach the party by each of them, hence the distinct rows of whoever asks.
        remit=_words(oversight.remit).split(";").unnest(),
        fact_on=day,
        since="start_date",
        until="end_date",
        rows=evidence("oversight", oversight.row_key),
    )
    return ibis.union(
        overseen,
        part(
            licences,
            "authority_id",
            "org_id",
            "licensed",
            licences.kind,
            "licences",
            since=licences.valid_from,
            until=licences.valid_until,
        ),
        part(
            contracts, "buyer_id", "supplier_id", "bought", ibis.literal("tendering"), "contracts", contracts.signed_on
        ),
        part(works, "owner_id", "supplier_id", "project", ibis.literal("tendering"), "contracts", works.signed_on),
        part(
            disposals, "seller_id", "buyer_id", "leased", ibis.literal("land"), "asset_disposals", disposals.disposed_on
        ),
    )


def _oversees(tables: Tables) -> ir.Table:
    reach, held = _reach(tables), posts(tables)
    above = tables.relation("above").filter(lambda t: t.level > 0)
    higher = reach.join(above, [("unit_id", "unit_id")], rname="{name}_unit")
    columns = [name for name in reach.columns if name not in ("unit_id", "rows")]
    # The unit itself needs no row among the organizations to have its say.
    up = reach.select(*columns, "rows", upper_id="unit_id").union(
        higher.select(*columns, "upper_id", rows=higher.rows.concat(higher.rows_unit)).select(
            *columns, "rows", "upper_id"
        )
    )
    joined = held.join(up, [("unit_id", "upper_id")], rname="{name}_reach")
    wanted = _words(joined.remit_reach)
    same = (wanted != "") & (";" + joined.remit + ";").contains(";" + wanted + ";")
    at_large = [(joined.basis == basis) & joined.remit.re_search(words) for basis, words in GENERAL.items()]
    in_charge = functools.reduce(operator.or_, at_large, joined.leads | same)
    counts = joined.fact_on.isnull() | overlaps(
        joined.since,
        joined.until,
        months_earlier(joined.fact_on, AFTER_OFFICE_MONTHS),
        months_later(joined.fact_on, AFTER_OFFICE_MONTHS),
    )
    over = months_later(joined.until_reach, AFTER_OFFICE_MONTHS)
    kept = joined.filter(in_charge & counts & overlaps(joined.since, joined.until, joined.since_reach, over))
    return kept.select(
        official_id="official_id",
        party_id="party_id",
        strength=tenths(OVERSEES),
        basis="basis",
        unit_id="upper_id",
        since=later(kept.since, kept.since_reach),
        until=earlier(kept.until, months_later(kept.until_reach, AFTER_OFFICE_MONTHS)),
        fact_on="fact_on",
        rows=kept.rows.concat(kept.rows_reach),
    ).distinct()


def _build(tables: Tables) -> ir.Table:
    acted, columns = (
        _acted(tables),
        ("official_id", "party_id", "strength", "basis", "unit_id", "since", "until", "fact_on"),
    )
    direct = (
        acted.select(*columns, "rows")
        .union(_oversees(tables).select(*columns, "rows"))
        .filter(lambda t: t.official_id != t.party_id)
    )
    control = tables.relation("control")
    through = direct.join(control, [("party_id", "org_id")], rname="{name}_firm")
    persons = through.filter(through.official_id != through.person_id).select(
        official_id="official_id",
        party_id="person_id",
        strength="strength",
        basis="basis",
        unit_id="unit_id",
        via_id="org_id",
        since=later(through.since, through.since_firm),
        until=earlier(through.until, through.until_firm),
        fact_on="fact_on",
        rows=through.rows.concat(through.rows_firm),
    )
    own = direct.mutate(via_id=ibis.null("string")).select(persons.columns)
    return own.union(persons)


RELATION = Relation(
    id="authority",
    label=Text("职权", "Authority"),
    about=Text(
        "一行为某公职人员在某期间对某当事方的职权：经办、审批、表决为 1.0,领导或分管其主管、许可、采购、业主单位为 0.7;"
        "离任后 36 个月内仍计。",
        "One row is an official's authority over a party in a period: 1.0 by handling, approving or voting; 0.7 by "
        "leading, or holding the remit in, the unit that oversees, licenses, buys from or employs it; 36 months after "
        "leaving still count.",
    ),
    columns=(
        Column("official_id", "id", Text("公职人员", "Official"), references=("persons",)),
        Column("party_id", "id", Text("当事方", "Party"), references=("persons", "organizations")),
        Column("strength", "share", Text("强度", "Strength")),
        Column("basis", "code", Text("依据类别", "Basis")),
        Column("unit_id", "id", Text("单位", "Unit"), references=("organizations",)),
        Column("via_id", "id", Text("经由企业", "Through firm"), references=("organizations",)),
        Column("since", "date", Text("起", "Since")),
        Column("until", "date", Text("止", "Until")),
        Column("fact_on", "date", Text("事项日期", "Fact on")),
        Column("rows", "list", Text("依据", "Evidence")),
    ),
    needs=("appointments", "oversight", "licences", "contracts", "projects", "asset_disposals", "organizations"),
    build=_build,
)
