"""Public sums that may have reached an official's circle through a mixed account, and the extract to trace them in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd

from caselens.flows import trace
from caselens.flows.tracing import Trace
from caselens.indicators._circle import PUBLIC, during
from caselens.indicators._declare import Inputs
from caselens.indicators._parties import holders, party_payments

#: Payers whose money is public; a firm of the state counts, a bank does not.
PAYERS = (*PUBLIC, "state_owned")


def _yuan(inputs: Inputs) -> ir.Table:
    money = party_payments(inputs)
    return money.filter((money.currency.isnull() | (money.currency.upper() == "CNY")) & ~money.is_testimony)


def public_sums(inputs: Inputs) -> ir.Table:
    """Public sums to private parties: ``payment_id, row_key, unit, firm, account, paid_on, paid_at, yuan``."""
    money, units = _yuan(inputs), inputs.table("organizations")
    public = units.filter(units.kind.isin(PAYERS)).select(public="org_id")
    paid = money.semi_join(public, [("payer", "public")]).anti_join(public, [("payee", "public")])
    banks = units.filter(units.kind == "financial").select(bank="org_id")
    paid = paid.anti_join(banks, [("payee", "bank")]).filter(ibis._.yuan >= inputs["min_amount"])
    return paid.select(
        "payment_id", "row_key", "paid_on", "paid_at", "yuan", unit="payer", firm="payee", account="payee_account"
    )


def candidates(inputs: Inputs, sums: ir.Table) -> pd.DataFrame:
    """Public sums after which so much reached one official's circle, at once or over one party, that half may be it.

    Columns of ``public_sums`` and ``official_id, over`` (a party in between, of which there may be two, or the firm
    itself).
    """
    money, links = _yuan(inputs), inputs.relation("links")
    circle = links.select("official_id", "since", "until", linked="party_id")
    reached = money.filter(money.yuan >= inputs["min_part"]).join(circle, [("payee", "linked")])
    reached = reached.filter(during(reached.paid_on, reached.since, reached.until))
    reached = reached.select("official_id", "row_key", on="paid_on", got="yuan", over="payer").distinct()
    inside = circle.select(official="official_id", insider="linked").distinct()
    reached = reached.anti_join(inside, [("official_id", "official"), ("over", "insider")])
    last = ibis.interval(days=inputs["window_days"])
    direct = sums.join(reached.drop("row_key"), [("firm", "over")]).mutate(over=ibis._.firm)
    direct = direct.filter((direct.on >= direct.paid_on) & (direct.on <= (direct.paid_on + last).cast("date")))
    steps = money.filter(money.yuan >= inputs["min_part"]).select(giver="payer", between="payee", stepped="paid_on")
    near = steps.semi_join(reached, [("between", "over")]).distinct()
    keys = [*sums.columns, "official_id", "over"]
    one = sums.join(near, [("firm", "giver")])
    one = one.filter((one.stepped >= one.paid_on) & (one.stepped <= (one.paid_on + last).cast("date")))
    one = _arriving(one, reached, last).mutate(over=ibis._.between).select(*keys, "on", "got")
    # Two parties in between: the first hands on to one of those who paid the circle.
    far = steps.semi_join(near, [("between", "giver")]).select(giver="giver", first="between", first_on="stepped")
    two = sums.join(far.distinct(), [("firm", "giver")])
    two = two.filter((two.first_on >= two.paid_on) & (two.first_on <= (two.paid_on + last).cast("date")))
    two = two.drop("giver").join(near, [("first", "giver")])
    two = two.filter((two.stepped >= two.first_on) & (two.between != two.firm))
    two = _arriving(two, reached, last)
    each = [two.mutate(over=two[name]).select(*keys, "on", "got") for name in ("first", "between")]
    onward = one.union(*each).distinct()
    every = direct.select(*keys, "on", "got").union(onward)
    every = every.anti_join(inside, [("official_id", "official"), ("firm", "insider")])
    enough = every.group_by(keys).agg(got=every.got.sum())
    enough = enough.filter(enough.got >= enough.yuan * inputs["min_share"])
    found = enough.execute()
    found["paid_on"] = pd.to_datetime(found["paid_on"]).dt.date
    return found.sort_values(["official_id", "firm", "paid_at", "row_key", "over"], ignore_index=True)


def _arriving(onward: ir.Table, reached: ir.Table, last: ir.IntervalScalar) -> ir.Table:
    """What of ``reached`` the party ``between`` paid after it was paid itself, and in time."""
    met = onward.join(reached.drop("row_key"), [("between", "over")])
    return met.filter((met.on >= met.stepped) & (met.on <= (met.paid_on + last).cast("date")))


class Extract:
    """The payments that touch any of some parties, read once for all the books that are made of them."""

    def __init__(self, inputs: Inputs, parties: Collection[str]) -> None:
        wanted = ibis.memtable(pd.DataFrame({"party": pd.Series(sorted(parties), dtype="string")}))
        held = holders(inputs)
        mine = held.semi_join(wanted, [("party_id", "party")])
        payments = inputs.table("payments")
        payments = payments.filter(
            (payments.currency.isnull() | (payments.currency.upper() == "CNY"))
            & (payments.basis.isnull() | (payments.basis != "testimony"))
        )
        touching = payments.semi_join(mine, [("payer_account", "account_id")]).union(
            payments.semi_join(mine, [("payee_account", "account_id")]), distinct=True
        )
        touching = touching.select(
            "payment_id", "row_key", "payer_account", "payee_account", "amount", "paid_at"
        ).cache()
        frame = touching.execute()
        frame["amount"] = frame["amount"].astype("float64")
        frame["paid_at"] = pd.to_datetime(frame["paid_at"])
        self.payments = frame.sort_values(["paid_at", "row_key"], ignore_index=True)
        met = touching.select(a="payer_account").union(touching.select(a="payee_account"), distinct=True)
        accounts = held.semi_join(met, [("account_id", "a")]).execute()
        self.holder = dict(zip(accounts["account_id"], accounts["party_id"], strict=True))
        self.payer = self.payments["payer_account"].map(lambda name: self.holder.get(name, name))
        self.payee = self.payments["payee_account"].map(lambda name: self.holder.get(name, name))
        self.opening = _opening(inputs, set(mine.execute()["account_id"]), self.payments)

    def book(self, parties: Collection[str]) -> Book:
        """The payments of ``parties``, which are among those of the extract."""
        touches = self.payer.isin(parties) | self.payee.isin(parties)
        return Book(frozenset(parties), self.payments[touches].reset_index(drop=True), self.holder, self.opening)


@dataclass(frozen=True, slots=True)
class Book:
    """The payments that touch some parties, as the tracing takes them, with what is known of opening balances."""

    parties: frozenset[str]
    payments: pd.DataFrame
    holder: Mapping[str, str]
    opening: Mapping[str, float]

    def follow(self, payment_id: str, account: str, paid_on: date, days: int) -> Trace:
        """Trace one payment from the account that received it through the parties of this book.

        Others have what reaches them: of their accounts only a part is seen here, so nothing is followed through them.
        """
        last = pd.Timestamp(paid_on + timedelta(days=days + 1)) - pd.Timedelta(seconds=1)
        seen = self.payments[self.payments["paid_at"] <= last]
        names = {*seen["payer_account"], *seen["payee_account"]}
        at = [name for name in names if self.holder.get(name, name) not in self.parties]
        opening = {name: value for name, value in self.opening.items() if name in names}
        return trace(
            seen.reset_index(drop=True), account, payment=payment_id, until=last, opening_balances=opening,
            holders={name: self.holder.get(name, name) for name in names}, stop_at=at,
        )  # fmt: skip


def _opening(inputs: Inputs, accounts: set[str], payments: pd.DataFrame) -> dict[str, float]:
    """Balance before the first printed line of an account, where no payment is known before that line."""
    if not inputs.has("statement_lines", "balance_after"):
        return {}
    lines = inputs.table("statement_lines")
    lines = lines.filter(lines.account_id.isin(sorted(accounts)) & lines.balance_after.notnull())
    rows = lines.select("account_id", "booked_at", "direction", "amount", "balance_after", "line_id").execute()
    first = rows.sort_values(["booked_at", "line_id"]).drop_duplicates("account_id")
    known: dict[str, float] = {}
    for row in first.to_dict("records"):
        mine = payments[
            (payments["payer_account"] == row["account_id"]) | (payments["payee_account"] == row["account_id"])
        ]
        if len(mine) and mine["paid_at"].min() < pd.Timestamp(row["booked_at"]) - pd.Timedelta(days=3):
            continue
        signed = float(row["amount"]) if row["direction"] == "in" else -float(row["amount"])
        known[str(row["account_id"])] = max(float(row["balance_after"]) - signed, 0.0)
    return known
