"""Money passed on to somebody of whom no link to an official is known: a natural person or a firm hardly a year old.

Every distributor and payroll agent passes four fifths on, so more is asked than of a linked payee: at least 80 % of one
inflow to one payee, and less than a fifth of it on the account before. Employees and lenders of the intermediary, and
those who hold or run it, are no payees of this kind.
"""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from caselens.indicators._declare import Inputs
from caselens.indicators._parties import party_payments
from caselens.indicators._passing import OUTFLOW, Passing, match, worth_matching

#: Smaller outflows are not looked at: nobody splits an inflow into so many.
_LEAST = 5_000
_YOUNG_MONTHS = 12


def passed_on(inputs: Inputs, inflows: ir.Table) -> list[Passing]:
    """Passings of at least ``min_ratio_unlinked``; the payee stands in ``official``, which no official does here.

    Args:
        inflows: as :func:`caselens.indicators._passing.under_authority` gives them.
    """
    outflows = _outflows(inputs, inflows.select("intermediary").distinct()).cache()
    offered, went = worth_matching(inputs, inflows, outflows, inputs["min_ratio_unlinked"])
    found = match(offered, went, inputs["window_days"], inputs["advance_days"], inputs["tolerance"])
    return [item for item in found if item.ratio >= inputs["min_ratio_unlinked"]]


def _outflows(inputs: Inputs, intermediaries: ir.Table) -> ir.Table:
    """Payments of intermediaries to persons and young firms that are nobody of their own house, if enough together."""
    money = party_payments(inputs)
    paid = money.filter(money.yuan >= _LEAST).semi_join(intermediaries, [("payer", "intermediary")])
    persons = inputs.table("persons").select(payee_id="person_id").distinct()
    firms = inputs.table("organizations").filter(lambda t: t.established_on.notnull())
    firms = firms.group_by(payee_id="org_id").agg(since=firms.established_on.min())
    to_person = paid.semi_join(persons, [("payee", "payee_id")])
    to_firm = paid.join(firms, [("payee", "payee_id")])
    to_firm = to_firm.filter(to_firm.paid_on < (to_firm.since + ibis.interval(months=_YOUNG_MONTHS)).cast("date"))
    both = to_person.union(to_firm.select(to_person.columns))
    left = both.anti_join(_own_house(inputs), [("payer", "house"), ("payee", "member")])
    least = float(inputs["min_ratio_unlinked"] * inputs["min_amount"])
    sums = left.group_by(giver="payer", taker="payee").agg(total=left.yuan.sum())
    left = left.semi_join(sums.filter(sums.total >= least), [("payer", "giver"), ("payee", "taker")])
    return left.select(*OUTFLOW, official_id="payee", intermediary="payer", beneficiary="payee")


def _own_house(inputs: Inputs) -> ir.Table:
    """``house, member``: employees of a firm, its lenders, who holds or runs it, firms that it holds."""
    jobs, loans = inputs.table("employments"), inputs.table("financings")
    held, posts = inputs.table("ownerships"), inputs.table("directorships")
    return ibis.union(
        jobs.select(house="org_id", member="person_id"),
        loans.select(house="borrower_id", member="lender_id"),
        held.select(house="org_id", member="holder_id"),
        held.select(house="holder_id", member="org_id"),
        posts.select(house="org_id", member="person_id"),
    ).distinct()


def balances_before(inputs: Inputs, items: list[Passing]) -> dict[str, tuple[float, str]]:
    """Inflow -> what was on the account before it, as the bank printed it, with the statement line that says so.

    The line names the payment, or has its account, day, direction and sum.
    """
    if not items or not inputs.has("statement_lines", "balance_after"):
        return {}
    wanted = pd.DataFrame(
        {
            "inflow": [item.inflow_key for item in items],
            "account": [item.account for item in items],
            "cents": [round(item.received * 100) for item in items],
        }
    ).drop_duplicates("inflow")
    lines = inputs.table("statement_lines")
    lines = lines.filter(
        lines.account_id.isin(sorted(set(wanted["account"])))
        & (lines.direction == "in")
        & lines.balance_after.notnull()
    )
    rows = lines.select(
        "row_key", "payment_id", account="account_id", on=lines.booked_at.cast("date"),
        sum=lines.amount.cast("float64"), after=lines.balance_after.cast("float64"),
    ).execute()  # fmt: skip
    days = {item.inflow_key: item.received_on for item in items}
    rows["on"] = pd.to_datetime(rows["on"]).dt.date
    found: dict[str, tuple[float, str]] = {}
    for row in wanted.to_dict("records"):
        mine = rows[(rows["account"] == row["account"]) & ((rows["sum"] * 100).round() == row["cents"])]
        named = mine[mine["payment_id"] == row["inflow"]]
        some = named if len(named) else mine[mine["on"] == days[row["inflow"]]]
        if len(some):
            line: dict[str, Any] = some.sort_values("row_key").iloc[0].to_dict()
            found[row["inflow"]] = (float(line["after"]) - float(line["sum"]), str(line["row_key"]))
    return found
