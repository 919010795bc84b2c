"""Who is tied to whom in any way: one row a pair of parties and kind of tie, for finding one's way through a city."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from caselens.core.text import Text
from caselens.relations._declare import Relation, Tables
from caselens.tables import Column

#: Tables whose rows tie two parties directly: table -> (source, target, day).
_DIRECT = {
    "kinships": ("person_id", "relative_id", "start_date"),
    "ownerships": ("holder_id", "org_id", "start_date"),
    "directorships": ("person_id", "org_id", "start_date"),
    "appointments": ("person_id", "org_id", "start_date"),
    "employments": ("person_id", "org_id", "start_date"),
    "oversight": ("authority_id", "subject_id", "start_date"),
    "applications": ("applicant_id", "authority_id", "submitted_on"),
    "contracts": ("buyer_id", "supplier_id", "signed_on"),
    "financings": ("lender_id", "borrower_id", "start_date"),
    "liaisons": ("person_id", "org_id", "start_date"),
    "licences": ("authority_id", "org_id", "valid_from"),
    "benefit_payouts": ("via_id", "beneficiary_id", "paid_on"),
    "asset_disposals": ("seller_id", "buyer_id", "disposed_on"),
}
_MONEY = {"contracts": "amount", "financings": "principal", "benefit_payouts": "amount", "asset_disposals": "price"}


def _direct(tables: Tables, name: str) -> ir.Table:
    source, target, day = _DIRECT[name]
    table = tables.table(name)
    amount = table[_MONEY[name]].cast("float64") if name in _MONEY else ibis.null("float64")
    return table.filter(table[source].notnull() & table[target].notnull()).select(
        source_id=source, target_id=target, kind=ibis.literal(name), amount=amount, happened_on=table[day].cast("date")
    )


def _paid(tables: Tables) -> ir.Table:
    payments, accounts = tables.table("payments"), tables.table("accounts")
    held = accounts.filter(accounts.holder_id.notnull()).select(account="account_id", party="holder_id")
    joined = payments.join(held, [("payer_account", "account")]).join(
        held.rename(account_to="account", party_to="party"), [("payee_account", "account_to")]
    )
    return joined.select(
        source_id="party",
        target_id="party_to",
        kind=ibis.literal("payments"),
        amount=joined.amount.cast("float64"),
        happened_on=joined.paid_at.cast("date"),
    )


def _bid(tables: Tables) -> ir.Table:
    bids, tenders = tables.table("bids"), tables.table("tenders")
    joined = bids.join(tenders, [("tender_id", "tender_id")], rname="{name}_of")
    return joined.select(
        source_id="bidder_id",
        target_id="buyer_id",
        kind=ibis.literal("bids"),
        amount=joined.price.cast("float64"),
        happened_on=ibis.coalesce(joined.opened_at.cast("date"), joined.published_on.cast("date")),
    )


def _build(tables: Tables) -> ir.Table:
    parts = [_direct(tables, name) for name in _DIRECT] + [_paid(tables), _bid(tables)]
    every = ibis.union(*parts).filter(lambda t: t.source_id != t.target_id)
    return every.group_by(["source_id", "target_id", "kind"]).agg(
        count=every.count(),
        amount=every.amount.sum(),
        first_on=every.happened_on.min(),
        last_on=every.happened_on.max(),
    )


RELATION = Relation(
    id="ties",
    label=Text("往来与关系", "Ties"),
    about=Text(
        "一行为两方之间一类关系或往来的汇总。", "One row sums up one kind of tie or dealing between two parties."
    ),
    columns=(
        Column("source_id", "id", Text("一方", "From"), references=("persons", "organizations")),
        Column("target_id", "id", Text("另一方", "To"), references=("persons", "organizations")),
        Column("kind", "code", Text("类别", "Kind")),
        Column("count", "integer", Text("次数", "Number")),
        Column("amount", "money", Text("金额合计", "Amount")),
        Column("first_on", "date", Text("最早", "First")),
        Column("last_on", "date", Text("最晚", "Last")),
    ),
    needs=(*_DIRECT, "payments", "accounts", "bids", "tenders"),
    build=_build,
)
