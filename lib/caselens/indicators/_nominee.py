"""Accounts through which money only passes, and who else uses them: turnover, devices, other people's bills, income.

Only yuan counts, told accounts (testimony) do not, and money between accounts of one holder moves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import islice, takewhile
from typing import Any, NamedTuple

import ibis
import ibis.expr.types as ir
import pandas as pd

from caselens.indicators._circle import people
from caselens.indicators._declare import Inputs
from caselens.indicators._parties import party_payments

#: What marks the machine on which an account is used; the address of a connection is shared more easily than the rest.
DEVICES = ("device_mac", "terminal_id", "device_ip")
_BILLS = "代缴|代交|代付|代还|水费|电费|燃气|物业|学费|话费|房贷|车险|信用卡|bill|utilit|tuition|mortgage|on behalf"


def _yuan(inputs: Inputs) -> ir.Table:
    money = party_payments(inputs)
    return money.filter((money.currency.isnull() | (money.currency.upper() == "CNY")) & ~money.is_testimony)


def turnover(inputs: Inputs, least: float) -> ir.Table:
    """Accounts of persons (or of nobody known) that moved ``least`` yuan: ``account_id, holder, came, went``."""
    accounts, money = inputs.table("accounts"), _yuan(inputs)
    if inputs.has("organizations"):
        accounts = accounts.anti_join(inputs.table("organizations"), [("holder_id", "org_id")])
    if inputs.has("accounts", "kind"):
        accounts = accounts.filter(accounts.kind.fill_null("bank") != "cash")
    nothing = ibis.literal(0) / 1
    came = money.select(account="payee_account", came="yuan", went=nothing)
    went = money.select(account="payer_account", came=nothing, went="yuan")
    sums = came.union(went).group_by("account").agg(came=ibis._.came.sum(), went=ibis._.went.sum())
    sums = sums.filter(sums.came + sums.went >= least)
    held = accounts.select("account_id", holder=ibis.coalesce(accounts.holder_id, accounts.account_id))
    return held.join(sums, [("account_id", "account")]).select("account_id", "holder", "came", "went")


class Move(NamedTuple):
    """One payment as one account sees it; ``other`` is the party at the other end."""

    is_in: bool
    other: str | None
    day: date
    yuan: float
    row_key: str


def movements(inputs: Inputs, accounts: Iterable[str]) -> dict[str, list[Move]]:
    """The payments of each of these accounts in order of time."""
    wanted = ibis.memtable(pd.DataFrame({"wanted": pd.Series(sorted(accounts), dtype="string")}))
    money = _yuan(inputs)
    parts = []
    for mine, other, is_in in (("payee_account", "payer", True), ("payer_account", "payee", False)):
        some = money.semi_join(wanted, [(mine, "wanted")])
        parts.append(
            some.select(
                "paid_at", "yuan", "row_key", account_id=mine, other=other, is_in=ibis.literal(is_in), day="paid_on",
            )
        )  # fmt: skip
    found = parts[0].union(parts[1]).execute()
    found["day"] = pd.to_datetime(found["day"]).dt.date
    found["other"] = found["other"].astype(object).where(found["other"].notna(), None)
    found = found.sort_values(["paid_at", "row_key"], ignore_index=True)
    moves: dict[str, list[Move]] = {}
    for account, *told in found[["account_id", *Move._fields]].itertuples(index=False):
        moves.setdefault(account, []).append(Move(*told))
    return moves


def users(inputs: Inputs, sharers: int) -> pd.DataFrame:
    """Whose machine an account is used on: ``account_id, user, mark, rows`` (keys of lines on both sides).

    A machine on which accounts of more than ``sharers`` holders are used is a counter, a shop or a public place.
    """
    columns = ["account_id", "user", "mark", "rows"]
    known = [name for name in DEVICES if inputs.has("statement_lines", name)]
    if not known:
        return pd.DataFrame(columns=columns)
    lines, accounts = inputs.table("statement_lines"), inputs.table("accounts")
    parts = [
        lines.filter(lines[name].notnull())
        .group_by("account_id", seen=lines[name].cast("string").upper())
        .agg(row=lines.row_key.min())
        .mutate(mark=ibis.literal(name))
        for name in known
    ]
    used = ibis.union(*parts) if len(parts) > 1 else parts[0]
    held = accounts.select(account="account_id", holder=ibis.coalesce(accounts.holder_id, accounts.account_id))
    frame = used.join(held, [("account_id", "account")]).select("account_id", "seen", "row", "mark", "holder").execute()
    frame = frame[frame.groupby(["mark", "seen"])["holder"].transform("nunique").between(2, sharers)]
    both = frame.merge(frame, on=["mark", "seen"], suffixes=("", "_other"))
    both = both[both["holder"] != both["holder_other"]]
    both["rows"] = list(zip(both["row"], both["row_other"], strict=True))
    return both.rename(columns={"holder_other": "user"})[columns].sort_values(columns[:3], ignore_index=True)


def bill_payers(inputs: Inputs, accounts: ir.Table) -> pd.DataFrame:
    """Bills that name somebody else near an official: ``account_id, user, row_key`` of payments by these accounts."""
    columns = ["account_id", "user", "row_key"]
    if not inputs.has("persons"):
        return pd.DataFrame(columns=columns)
    money = _yuan(inputs).semi_join(accounts, [("payer_account", "account_id")])
    money = money.filter(money.memo.fill_null("").lower().re_search(_BILLS))
    bills = money.select("memo", "row_key", "payer", account_id="payer_account").execute()
    persons = inputs.table("persons").semi_join(people(inputs), "person_id")
    named = persons.select("person_id", "name").execute().dropna()
    by_name: dict[str, set[str]] = {}
    for person, name in zip(named["person_id"], named["name"], strict=True):
        if len(str(name)) >= 2:
            by_name.setdefault(str(name), set()).add(str(person))
    if bills.empty or not by_name:
        return pd.DataFrame(columns=columns)
    anybody = re.compile("|".join(re.escape(name) for name in sorted(by_name, key=len, reverse=True)))
    rows = [
        (row["account_id"], person, row["row_key"])
        for row in bills.to_dict("records")
        for name in set(anybody.findall(row["memo"]))
        for person in by_name[name]
        if person != row["payer"]
    ]
    return pd.DataFrame(rows, columns=columns).sort_values(columns, ignore_index=True)


def payers_of(inputs: Inputs, accounts: ir.Table, persons: Iterable[str], share: float) -> set[str]:
    """Accounts among ``accounts`` that paid at least ``share`` of what they paid to one of ``persons``."""
    wanted = ibis.memtable(pd.DataFrame({"wanted": pd.Series(sorted(persons), dtype="string")}))
    money = _yuan(inputs).semi_join(accounts, [("payer_account", "account_id")])
    one = money.semi_join(wanted, [("payee", "wanted")]).group_by("payer_account", "payee").agg(got=ibis._.yuan.sum())
    most = one.group_by("payer_account").agg(got=ibis._.got.max())
    joined = most.join(accounts, [("payer_account", "account_id")])
    return set(joined.filter(joined.got >= joined.went * share).select("payer_account").execute()["payer_account"])


def reached(moves: Iterable[Move], keys: set[str]) -> list[tuple[str, float]]:
    """Payees of the outflows ``keys`` of one account and the yuan that each got, the most first."""
    got: dict[str, float] = {}
    for move in moves:
        if not move.is_in and move.other is not None and move.row_key in keys:
            got[move.other] = got.get(move.other, 0.0) + move.yuan
    return sorted(got.items(), key=lambda item: (-item[1], item[0]))


def through(moves: Iterable[Move], days: int, tolerance: float) -> tuple[float, list[str]]:
    """Sum of inflows that left again within ``days``, and the rows of both sides; ``moves`` are of one account.

    An inflow is first held against one outflow, then against several, the largest first; each outflow serves once.
    """
    every = list(moves)
    outs = [move for move in every if not move.is_in]
    used: set[str] = set()
    rows: list[str] = []
    total = 0.0
    begin = 0
    for move in every:
        if not move.is_in:
            continue
        last = move.day + timedelta(days=days)
        # In order of time, so what lies before this inflow lies before the next one too.
        while begin < len(outs) and outs[begin].day < move.day:
            begin += 1
        within = takewhile(lambda out: out.day <= last, islice(outs, begin, None))  # noqa: B023 (used up at once)
        taken = _taken(move.yuan, [out for out in within if out.row_key not in used], tolerance)
        if taken:
            total += move.yuan
            rows += [move.row_key, *taken]
            used.update(taken)
    return total, rows


def _taken(amount: float, near: list[Move], tolerance: float) -> list[str]:
    low, high = amount * (1 - tolerance) - 1e-6, amount * (1 + tolerance) + 1e-6
    for out in near:
        if low <= out.yuan <= high:
            return [out.row_key]
    taken: list[str] = []
    left = high
    for out in sorted(near, key=lambda out: (-out.yuan, out.row_key)):
        if out.yuan <= left:
            taken.append(out.row_key)
            left -= out.yuan
    return taken if taken and high - left >= low else []


def incomes(inputs: Inputs) -> dict[str, dict[int, tuple[float, str]]]:
    """Declared income: person -> year -> (yuan, row)."""
    found: dict[str, dict[int, tuple[float, str]]] = {}
    if inputs.has("declarations", "household_income"):
        rows = inputs.table("declarations").filter(lambda t: t.household_income.notnull())
        for row in rows.select("person_id", "year", "household_income", "row_key").execute().to_dict("records"):
            found.setdefault(row["person_id"], {})[int(row["year"])] = (float(row["household_income"]), row["row_key"])
    return found


class Circles:
    """Everybody near an official, nearest first: ``official_id, person_id, how, degree, link_rows``."""

    def __init__(self, inputs: Inputs) -> None:
        found = people(inputs).execute().sort_values(["person_id", "degree", "official_id"], ignore_index=True)
        self._of: dict[str, list[dict[str, Any]]] = {}
        self._near: dict[str, set[str]] = {}
        for row in found.to_dict("records"):
            self._of.setdefault(row["person_id"], []).append(row)
            self._near.setdefault(row["official_id"], set()).add(row["person_id"])

    @property
    def persons(self) -> set[str]:
        """Everybody near any official."""
        return set(self._of)

    @property
    def kin(self) -> set[str]:
        """Everybody near an official who is somebody else."""
        return {name for name, rows in self._of.items() if any(row["how"] != "self" for row in rows)}

    def of(self, person: str | None, but: str) -> list[dict[str, Any]]:
        """The officials that ``person`` is near, one row each, without the official ``but``."""
        return [row for row in self._of.get(person or "", ()) if row["official_id"] != but]

    def around(self, official: str) -> set[str]:
        """Everybody near ``official``."""
        return self._near.get(official, set())
