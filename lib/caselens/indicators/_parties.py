"""Money between parties: payments seen from the holders of the accounts, a derived view several indicators start from."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from caselens.indicators._declare import Inputs


def holders(inputs: Inputs) -> ir.Table:
    """``account_id, party_id``: who holds each account; an account whose holder nobody knows stands for itself."""
    accounts = inputs.table("accounts")
    return accounts.select(account_id="account_id", party_id=ibis.coalesce(accounts.holder_id, accounts.account_id))


def party_payments(inputs: Inputs) -> ir.Table:
    """Payments with ``payer`` and ``payee`` parties, ``paid_on`` and ``row_key``; money within one party left out.

    Kept for the state of the workspace: many indicators start here, and none has to join it again.
    """

    def build() -> ir.Table:
        # Asked for in here: the derived table is renewed when what it reads changes, people's merges among it.
        return _party_payments(inputs.table("payments"), holders(inputs))

    return inputs.tables.workspace.derive("party_payments", build)


def _party_payments(payments: ir.Table, known: ir.Table) -> ir.Table:
    payer = known.rename(payer_account_id="account_id", payer="party_id")
    payee = known.rename(payee_account_id="account_id", payee="party_id")
    joined = payments.left_join(payer, [("payer_account", "payer_account_id")])
    joined = joined.left_join(payee, [("payee_account", "payee_account_id")])
    moved = joined.mutate(
        payer=ibis.coalesce(joined.payer, joined.payer_account),
        payee=ibis.coalesce(joined.payee, joined.payee_account),
        paid_on=joined.paid_at.cast("date"),
        yuan=joined.amount.cast("float64"),
        is_testimony=(joined.basis == "testimony").fill_null(False),
    )
    return moved.filter(moved.payer != moved.payee).select(
        "payment_id",
        "row_key",
        "payer",
        "payee",
        "payer_account",
        "payee_account",
        "paid_at",
        "paid_on",
        "yuan",
        "currency",
        "memo",
        "is_testimony",
        "reference_id",
    )
