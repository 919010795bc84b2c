"""Which outflows of an intermediary belong to which inflow: candidates, and their chronological greedy assignment."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from caselens.indicators._circle import during
from caselens.indicators._declare import Inputs
from caselens.indicators._parties import party_payments
from caselens.relations import merged

_AUTHORITY = 0.7
#: What is asked of an outflow beside who received it.
OUTFLOW = ("paid_on", "paid_at", "yuan", "row_key", "is_testimony", "currency")


@dataclass(slots=True)
class Passing:
    """One inflow and what of it was passed on to one official's circle. Amounts in yuan."""

    official: str
    payer: str
    intermediary: str
    account: str
    inflow_key: str
    received: float
    first_on: date
    last_on: date
    is_testimony: bool
    received_on: date
    strength: float = 0.0
    authority_rows: list[dict[str, str]] = field(default_factory=list)
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
        inflows: ``official_id, intermediary, currency, payer, account, paid_on, yuan, row_key, is_testimony``, in
            order of time.
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


def under_authority(inputs: Inputs) -> ir.Table:
    """Payments of at least ``min_amount`` by parties over whom an official, who is not near the payee, had authority.

    One row a payment: ``payer, intermediary, account, paid_on, paid_at, yuan, row_key, is_testimony, currency``. A person
    of that official's circle is no intermediary: the money has arrived (their firm is one). Nor is a counter for cash,
    where cash meets cash of everybody.
    """
    large, near = _large(inputs), _circle(inputs, persons=True)
    strong = _strong(inputs)
    anybody = merged(strong, ("party_id",))
    got = large.semi_join(near, [("intermediary", "party")])
    apart = large.anti_join(near, [("intermediary", "party")]).join(anybody, [("payer", "party_id")])
    apart = apart.filter(during(apart.paid_on, apart.since, apart.until)).select(large.columns)
    known = got.join(strong, [("payer", "party_id")])
    known = known.filter(during(known.paid_on, known.since, known.until))
    known = _not_arrived(known.select(*large.columns, "official_id"), near).select(large.columns)
    return apart.union(known).distinct()


def candidates(inputs: Inputs, ratio: float, among: list[str] | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Inflows to intermediaries from parties under an official, and outflows of the same to that official's circle.

    Both in order of time, as :func:`match` wants them; of officials and intermediaries where some inflow may have gone
    on by at least ``ratio``.

    Args:
        among: only these intermediaries; ``None``: whoever received such a payment.
    """
    near = _circle(inputs)
    money = party_payments(inputs)
    paid = money.join(near, [("payee", "party")])
    paid = paid.filter(during(paid.paid_on, paid.begins, paid.ends))
    outflows = paid.select(*OUTFLOW, official_id="official", intermediary="payer", beneficiary="payee").distinct()
    large = _large(inputs)
    if among is not None:
        large = large.filter(large.intermediary.isin(among))
    pairs = outflows.select("official_id", middle="intermediary").distinct()
    offered = large.join(pairs, [("intermediary", "middle")]).drop("middle")
    over = offered.join(_strong(inputs), [("official_id", "official_id"), ("payer", "party_id")])
    over = over.filter(during(over.paid_on, over.since, over.until))
    inflows = _not_arrived(over.select(*large.columns, "official_id").distinct(), _circle(inputs, persons=True))
    return worth_matching(inputs, inflows.cache(), outflows.cache(), ratio)


def worth_matching(
    inputs: Inputs, inflows: ir.Table, outflows: ir.Table, ratio: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both, in order of time, of those officials and intermediaries where some inflow may have gone on by ``ratio``.

    The sum of all outflows that an inflow could take bounds what :func:`match` gives it, so no passing of that share is
    lost; everybody else need not leave the engine. ``official_id`` of an inflow may be absent: then any outflow of the
    intermediary counts, for each of its ``official_id`` apart.
    """
    back, ahead = ibis.interval(days=inputs["advance_days"]), ibis.interval(days=inputs["window_days"])
    keys = [name for name in ("official_id", "intermediary") if name in inflows.columns]
    out = outflows.select(
        *keys, to="official_id", on="paid_on", sum="yuan", unit=outflows.currency.fill_null("CNY")
    )  # fmt: skip
    both = inflows.join(out, keys)
    both = both.filter(
        (both.unit == both.currency.fill_null("CNY"))
        & (both.on >= (both.paid_on - back).cast("date"))
        & (both.on <= (both.paid_on + ahead).cast("date"))
        & (both["sum"] <= both.yuan * (1 + inputs["tolerance"]) + 1e-9)
        & (both.payer != both.to)
    )
    sums = both.group_by(["to", "intermediary", "row_key", "yuan"]).agg(most=both["sum"].sum())
    # A shade less than the share: sums of doubles.
    good = sums.filter(sums.most >= sums.yuan * (ratio * (1 - 1e-9))).select(official_id="to", middle="intermediary")
    pairs = good.distinct().cache()
    to = [("official_id", "official_id"), ("intermediary", "middle")]
    went = outflows.semi_join(pairs, to).execute()
    came = (
        inflows.semi_join(pairs, to)
        if "official_id" in inflows.columns
        else inflows.join(pairs, [("intermediary", "middle")]).drop("middle")
    ).execute()
    order = ["paid_at", "row_key", "official_id"]
    came = came[came["payer"] != came["official_id"]]
    return came.sort_values(order, ignore_index=True), went.sort_values(order, ignore_index=True)


def with_authority(inputs: Inputs, items: list[Passing], of_official: bool = True) -> list[Passing]:
    """Each passing with the strongest authority over its payer on the day of the inflow, and the rows that say so.

    Args:
        of_official: the authority of the official of the passing; otherwise of any official.
    """
    if not items:
        return items
    authority = inputs.relation("authority")
    payers = ibis.memtable(pd.DataFrame({"wanted": pd.Series(sorted({item.payer for item in items}), dtype="string")}))
    strong = authority.filter(authority.strength >= _AUTHORITY).semi_join(payers, [("party_id", "wanted")])
    if of_official:
        strong = strong.filter(strong.official_id.isin(sorted({item.official for item in items})))
    facts = strong.select("official_id", "party_id", "strength", "basis", "since", "until", "rows").execute()
    facts = facts.assign(order=facts["rows"].map(str))
    facts = facts.sort_values(["strength", "basis", "official_id", "order"], ascending=[False, True, True, True])
    since, until = pd.to_datetime(facts["since"]), pd.to_datetime(facts["until"])
    by_payer = facts.groupby("party_id").indices
    for item in items:
        mine, on = by_payer[item.payer], pd.Timestamp(item.received_on)
        holds = (since.iloc[mine].isna() | (since.iloc[mine] <= on)) & (
            until.iloc[mine].isna() | (on <= until.iloc[mine])
        )
        if of_official:
            holds &= facts["official_id"].iloc[mine] == item.official
        best = facts.iloc[mine][holds.to_numpy()].iloc[0]
        item.strength, item.authority_rows = float(best["strength"]), list(best["rows"])
    return items


def _strong(inputs: Inputs) -> ir.Table:
    spans = inputs.relation("authority_spans")
    return spans.filter(spans.strength >= _AUTHORITY)


def _circle(inputs: Inputs, persons: bool = False) -> ir.Table:
    """``official, party, begins, ends``: everybody linked to an official, or the persons among them."""
    links = inputs.relation("links")
    if persons:
        links = links.filter(links.party_id == links.via_id)
    return links.select(official="official_id", party="party_id", begins="since", ends="until")


def _large(inputs: Inputs) -> ir.Table:
    """Payments that are large enough, not over a counter for cash."""
    money, accounts = party_payments(inputs), inputs.table("accounts")
    large = money.filter(money.yuan >= inputs["min_amount"])
    counters = accounts.filter((accounts.kind.lower().isin(["cash", "现金"])) & accounts.holder_id.isnull())
    large = large.anti_join(counters.select("account_id"), [("payee_account", "account_id")])
    return large.select(
        "payer", "paid_on", "paid_at", "yuan", "row_key", "is_testimony", "currency",
        intermediary="payee", account="payee_account",
    )  # fmt: skip


def _not_arrived(inflows: ir.Table, near: ir.Table) -> ir.Table:
    """Without payments to somebody of that official's circle."""
    arrived = inflows.join(near, [("official_id", "official"), ("intermediary", "party")])
    arrived = arrived.filter(during(arrived.paid_on, arrived.begins, arrived.ends)).select("official_id", "row_key")
    return inflows.anti_join(arrived, ["official_id", "row_key"])
