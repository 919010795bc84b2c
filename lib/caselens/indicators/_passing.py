"""Which outflows of an intermediary belong to which inflow: candidates, and their chronological greedy assignment."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from caselens.indicators._declare import Inputs
from caselens.indicators._parties import party_payments

_AUTHORITY = 0.7


@dataclass(slots=True)
class Passing:
    """One inflow and what of it was passed on to one official's circle. Amounts in yuan."""

    official: str
    payer: str
    intermediary: str
    account: str
    inflow_key: str
    received: float
    strength: float
    authority_rows: list[dict[str, str]]
    first_on: date
    last_on: date
    is_testimony: bool
    received_on: date
    passed: float = 0.0
    outflow_keys: list[str] = field(default_factory=list)
    beneficiaries: set[str] = field(default_factory=set)

    @property
    def ratio(self) -> float:
        """Share of the inflow that was passed on."""
        return self.passed / self.received


def match(
    inflows: pd.DataFrame, outflows: pd.DataFrame, window_days: int, advance_days: int, tolerance: float
) -> list[Passing]:
    """Assign outflows to inflows, an official and an intermediary at a time.

    Inflows are taken in order of time; each takes, again in order of time, the unused outflows from ``advance_days``
    before it to ``window_days`` after it, as long as their sum stays within the inflow plus ``tolerance``. An outflow
    too large for what is left is passed over, not split. One circle is one beneficiary. Currencies never meet.

    Args:
        inflows: ``official_id, intermediary, currency, payer, account, paid_on, yuan, row_key, strength, rows,
            is_testimony``, in order of time.
        outflows: ``official_id, intermediary, currency, beneficiary, paid_on, yuan, row_key, is_testimony``, likewise.
        window_days: how long after an inflow money still counts as passed on.
        advance_days: how long before.
        tolerance: share of the inflow by which the sum may exceed it.
    """
    groups = _grouped(outflows)
    results: list[Passing] = []
    for key, rows in _grouped(inflows).items():
        candidates = groups.get(key)
        if candidates is None:
            continue
        used: set[str] = set()
        for row in rows:
            item = _start(row)
            start = pd.Timestamp(item.first_on) - timedelta(days=advance_days)
            end = pd.Timestamp(item.first_on) + timedelta(days=window_days)
            limit = item.received * (1 + tolerance)
            for out in candidates:
                if out["row_key"] in used or not start <= out["paid_on"] <= end:
                    continue
                if item.passed + out["yuan"] <= limit + 1e-9:
                    used.add(out["row_key"])
                    _take(item, out)
            if item.passed:
                results.append(item)
    return results


def _grouped(rows: pd.DataFrame) -> dict[tuple[str, str, str], list[dict[str, Any]]]:
    """Rows of each official, intermediary and currency, in the order given."""
    found: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    rows = rows.assign(currency=rows["currency"].fillna("CNY"), paid_on=pd.to_datetime(rows["paid_on"]))
    for row in rows.to_dict("records"):
        found.setdefault((row["official_id"], row["intermediary"], row["currency"]), []).append(row)
    return found


def _start(row: dict[str, Any]) -> Passing:
    on = pd.Timestamp(row["paid_on"]).date()
    return Passing(
        row["official_id"],
        row["payer"],
        row["intermediary"],
        row["account"],
        row["row_key"],
        float(row["yuan"]),
        float(row["strength"]),
        list(row["rows"]),
        on,
        on,
        bool(row["is_testimony"]),
        on,
    )


def _take(item: Passing, out: dict[str, Any]) -> None:
    on = pd.Timestamp(out["paid_on"]).date()
    item.passed += float(out["yuan"])
    item.outflow_keys.append(out["row_key"])
    item.beneficiaries.add(out["beneficiary"])
    item.first_on, item.last_on = min(item.first_on, on), max(item.last_on, on)
    item.is_testimony = item.is_testimony and bool(out["is_testimony"])


def candidates(inputs: Inputs, among: list[str] | None = None) -> tuple[ir.Table, ir.Table]:
    """Inflows to intermediaries from parties under an official, and outflows of the same to that official's circle.

    Args:
        among: only these intermediaries; ``None``: whoever received such a payment.
    """
    money = party_payments(inputs)
    large = money.filter(money.yuan >= inputs["min_amount"])
    inflows = _under_authority(inputs, large if among is None else large.filter(large.payee.isin(among)))
    # Over a counter cash meets cash of everybody: what goes in there is not what comes out.
    accounts = inputs.table("accounts")
    counters = accounts.filter((accounts.kind.lower().isin(["cash", "现金"])) & accounts.holder_id.isnull())
    inflows = inflows.anti_join(counters.select("account_id"), [("account", "account_id")])
    circle = inputs.relation("links").select(official="official_id", party="party_id", begins="since", ends="until")
    # Whoever belongs to the official's circle is no intermediary: that money has arrived.
    arrived = inflows.join(circle, [("official_id", "official"), ("intermediary", "party")])
    arrived = arrived.filter(_during(arrived.paid_on, arrived.begins, arrived.ends))
    inflows = inflows.anti_join(arrived.select("official_id", "row_key"), ["official_id", "row_key"])
    # Asked for several times; most of it meets no outflow of interest and stays with the engine.
    inflows = inflows.cache()
    pairs = inflows.select("official_id", "intermediary").distinct()
    paid = money.join(circle, [("payee", "party")])
    paid = paid.filter(_during(paid.paid_on, paid.begins, paid.ends))
    outflows = paid.select(
        "paid_on",
        "paid_at",
        "yuan",
        "row_key",
        "is_testimony",
        "currency",
        official_id="official",
        intermediary="payer",
        beneficiary="payee",
    )
    return inflows, outflows.semi_join(pairs, ["official_id", "intermediary"]).distinct()


def _under_authority(inputs: Inputs, money: ir.Table) -> ir.Table:
    """Payments by parties over whom an official had authority that day: one row an official, the strongest one."""
    authority = inputs.relation("authority")
    strong = authority.filter(authority.strength >= _AUTHORITY)
    under = money.join(strong, [("payer", "party_id")])
    under = under.filter(_during(under.paid_on, under.since, under.until))
    best = [under.strength.desc(), under.basis, under.rows.cast("string")]
    nearest = ibis.window(group_by=["official_id", "row_key"], order_by=best)
    first = under.mutate(nth=ibis.row_number().over(nearest))
    return first.filter(first.nth == 0).select(
        "official_id",
        "payer",
        "strength",
        "rows",
        "paid_on",
        "paid_at",
        "yuan",
        "row_key",
        "is_testimony",
        "currency",
        intermediary="payee",
        account="payee_account",
    )


def of_pairs(inflows: ir.Table, pairs: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Inflows that agree with some row of ``pairs`` in ``columns``, in order of time."""
    wanted = pairs[list(columns)].drop_duplicates().astype("string")
    if wanted.empty:
        found = inflows.limit(0).execute()
    else:
        found = inflows.semi_join(ibis.memtable(wanted), list(columns)).execute()
    return found.sort_values(["paid_at", "row_key", "official_id"], ignore_index=True)


def _during(day: ir.DateValue, since: ir.DateValue, until: ir.DateValue) -> ir.BooleanValue:
    return (since.isnull() | (since <= day)) & (until.isnull() | (day <= until))
