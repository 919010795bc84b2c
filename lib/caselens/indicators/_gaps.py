"""What a statement lacks: balances that do not follow, months without lines, payments it should show, own accounts."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from caselens.indicators._declare import Inputs

#: A balance may be off by this much (yuan) from rounding.
_FEN = 0.011
_COLUMNS = ["account_id", "currency", "booked_at", "line_id", "signed", "state", "balance", "payment_id", "row_key"]


def lines_of(inputs: Inputs) -> ir.Table:
    """Every line with its signed sum; a failed one moves nothing."""
    lines = inputs.table("statement_lines")
    amount = lines.amount.cast("float64")
    signed = (lines.direction == "in").ifelse(amount, -amount)
    failed = (lines.state == "failed").fill_null(False)
    has = inputs.has("statement_lines", "balance_after")
    return lines.mutate(
        signed=failed.ifelse(ibis.literal(0) / 1, signed),
        currency=lines.currency.fill_null("CNY").upper(),
        balance=lines.balance_after.cast("float64") if has else ibis.null("float64"),
    ).select(*_COLUMNS)


def doubtful(lines: ir.Table, gap_days: int) -> set[str]:
    """Accounts whose lines, in order of time and number, show a break or a pause: the others need no closer look."""
    order = ibis.window(group_by=["account_id", "currency"], order_by=["booked_at", "line_id"])
    beside = lines.mutate(before=lines.balance.lag().over(order), earlier=lines.booked_at.lag().over(order))
    broken = (beside.balance - beside.before - beside.signed).abs() > ibis.literal(11) / 1000
    paused = beside.booked_at.delta(beside.earlier, unit="day") > gap_days
    found = beside.filter(broken.fill_null(False) | paused.fill_null(False))
    return set(found.select("account_id").distinct().execute()["account_id"])


def load(lines: ir.Table, accounts: Iterable[str]) -> pd.DataFrame:
    """The lines of these accounts, in order of time and number."""
    wanted = ibis.memtable(pd.DataFrame({"wanted": pd.Series(sorted(accounts), dtype="string")}))
    frame = lines.semi_join(wanted, [("account_id", "wanted")]).execute()
    frame["booked_at"] = pd.to_datetime(frame["booked_at"])
    return frame.sort_values(["account_id", "currency", "booked_at", "line_id"], ignore_index=True)


def jumps(rows: pd.DataFrame) -> list[tuple[str, str, pd.Timestamp, pd.Timestamp, float]]:
    """Breaks of one account's balance: keys of the lines beside it, their times, and the sum that is missing.

    Lines of one moment stand in any order: whichever of their balances fits the whole moment is its last. A reversed or
    refunded line may or may not have moved the balance.
    """
    found = []
    for _, some in rows.groupby("currency", sort=True):
        end: float | None = None
        last: dict[str, Any] | None = None
        for _, moment in some.groupby("booked_at", sort=True):
            records = moment.to_dict("records")
            printed = [row for row in records if pd.notna(row["balance"])]
            if not printed:
                end = None  # what was not printed cannot be followed
                continue
            sure = sum(row["signed"] for row in records if row["state"] not in ("reversed", "refunded"))
            whole = sum(row["signed"] for row in records)
            if end is not None and last is not None:
                fitting = [
                    row for row in printed for moved in (sure, whole) if abs(end + moved - row["balance"]) <= _FEN
                ]
                if not fitting:
                    at = printed[-1]
                    off = at["balance"] - end - whole
                    found.append((last["row_key"], at["row_key"], last["booked_at"], at["booked_at"], float(off)))
                last = fitting[0] if fitting else printed[-1]
            else:
                last = printed[-1] if len(printed) == 1 else _last_of(printed)
            end = last["balance"]
    return found


def _last_of(printed: list[dict[str, Any]]) -> dict[str, Any]:
    """Of several lines of one moment that whose balance no other line of the moment starts from."""
    starts = [row["balance"] - row["signed"] for row in printed]
    ends = [row for row in printed if not any(abs(row["balance"] - start) <= _FEN for start in starts)]
    return ends[-1] if ends else printed[-1]


def pauses(times: pd.Series) -> list[tuple[pd.Timestamp, pd.Timestamp, int]]:
    """Pauses between neighbouring moments that hold at least one whole calendar month: start, end, whole months."""
    found = []
    days = sorted(set(times))
    for before, after in pairwise(days):
        whole = (after.year - before.year) * 12 + after.month - before.month - 1
        if whole >= 1:
            found.append((before, after, whole))
    return found


def is_regular(times: pd.Series, months: int) -> bool:
    """Whether the account is used in ``months`` months at least, four fifths of those outside its longest pause."""
    used = {(at.year, at.month) for at in times}
    first, last = min(times), max(times)
    span = (last.year - first.year) * 12 + last.month - first.month + 1
    longest = max((whole for _, _, whole in pauses(times)), default=0)
    return len(used) >= months and len(used) >= 0.8 * (span - longest)


def unlisted(inputs: Inputs, accounts: Iterable[str]) -> pd.DataFrame:
    """Payments of these accounts that none of their lines shows: ``account_id, paid_at, yuan, row_key``.

    A line shows a payment that it names, or one of the same sum and side within three days.
    """
    wanted = ibis.memtable(pd.DataFrame({"wanted": pd.Series(sorted(accounts), dtype="string")}))
    payments = inputs.table("payments")
    payments = payments.filter(payments.basis.isnull() | (payments.basis != "testimony"))
    lines = inputs.table("statement_lines").semi_join(wanted, [("account_id", "wanted")])
    parts = []
    for side, way in (("payer_account", "out"), ("payee_account", "in")):
        mine = payments.semi_join(wanted, [(side, "wanted")])
        shown = lines.filter(lines.direction == way)
        named = shown.filter(shown.payment_id.notnull()).select(at="account_id", named="payment_id").distinct()
        left = mine.anti_join(named, [(side, "at"), ("payment_id", "named")])
        alike = shown.filter(shown.payment_id.isnull()).select(at="account_id", sum="amount", on="booked_at")
        near = left.join(alike, [(side, "at"), ("amount", "sum")])
        days = near.paid_at.cast("date").delta(near.on.cast("date"), unit="day")
        near = near.filter((days <= 3) & (days >= -3)).select(met="payment_id").distinct()
        left = left.anti_join(near, [("payment_id", "met")])
        parts.append(left.select("paid_at", "row_key", account_id=side, yuan=left.amount.cast("float64")))
    found = parts[0].union(parts[1]).execute()
    found["paid_at"] = pd.to_datetime(found["paid_at"])
    return found.sort_values(["account_id", "paid_at", "row_key"], ignore_index=True)


def _by_name(inputs: Inputs) -> dict[str, str]:
    """Holder of accounts that have a holder's name only, where one person alone bears it."""
    if not inputs.has("accounts", "holder_name") or not inputs.has("persons"):
        return {}
    persons = inputs.table("persons").group_by("name").agg(who=lambda t: t.person_id.min(), n=lambda t: t.count())
    named = inputs.table("accounts").filter(lambda t: t.holder_id.isnull() & t.holder_name.notnull())
    found = named.join(persons.filter(lambda t: t.n == 1), [("holder_name", "name")]).select("account_id", "who")
    rows = found.execute()
    return dict(zip(rows["account_id"], rows["who"], strict=True))


def own_unseen(inputs: Inputs, obtained: Iterable[str]) -> pd.DataFrame:
    """Own accounts nobody obtained: ``account_id`` (obtained), ``other``, ``row_key, yuan, paid_at`` of transfers.

    An account is another of the same holder by its record, or by a holder's name that belongs to one person only.
    """
    accounts, payments = inputs.table("accounts"), inputs.table("payments")
    got = set(obtained)
    known = accounts.filter(accounts.holder_id.notnull()).select("account_id", "holder_id").execute()
    holder = dict(zip(known["account_id"], known["holder_id"], strict=True)) | _by_name(inputs)
    mine = {holder[name] for name in got if name in holder}
    others = [name for name, who in holder.items() if who in mine and name not in got]
    if not others:
        return pd.DataFrame(columns=["account_id", "other", "row_key", "yuan", "paid_at"])
    unseen = ibis.memtable(pd.DataFrame({"wanted": pd.Series(sorted(others), dtype="string")}))
    parts = []
    for far, near in (("payer_account", "payee_account"), ("payee_account", "payer_account")):
        some = payments.semi_join(unseen, [(far, "wanted")])
        parts.append(some.select("row_key", "paid_at", account_id=near, other=far, yuan=some.amount.cast("float64")))
    found = parts[0].union(parts[1]).execute()
    keep = [
        one in got and holder.get(one) == holder.get(two)
        for one, two in zip(found["account_id"], found["other"], strict=True)
    ]
    found = found[pd.Series(keep, index=found.index, dtype=bool)]
    found["paid_at"] = pd.to_datetime(found["paid_at"])
    return found.sort_values(["account_id", "other", "paid_at", "row_key"], ignore_index=True)
