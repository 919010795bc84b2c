"""Small one-way credits from one party to one official's side: gathered, summed up, and tested for regularity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from caselens.indicators._declare import Inputs
from caselens.indicators._parties import party_payments

AUTHORITY = 0.7


@dataclass(frozen=True, slots=True)
class Drip:
    """Credits from one party to one official's side, summed up. Money in yuan."""

    official: str
    source: str
    credits: int
    debits: int
    lent: float
    returned: float
    total: float
    smallest: float
    largest: float
    months: int
    first_on: date
    last_on: date
    strength: float
    receivers: tuple[str, ...]
    keys: tuple[str, ...]
    sums: tuple[float, ...]
    days: tuple[date, ...]
    is_testimony: bool
    rows: tuple[tuple[str, str, str], ...]

    @property
    def one_way(self) -> float:
        """Share of credits by number or by amount, the larger: a small sum back must not hide a drip."""
        return max(self.credits / (self.credits + self.debits), self.total / (self.total + self.returned))

    @property
    def is_regular(self) -> bool:
        """At least four fifths of the sums are equal (5 %) and four fifths of the gaps too (5 days)."""
        sums, gaps = pd.Series(self.sums), pd.Series(pd.to_datetime(list(self.days))).diff().dt.days.dropna()
        equal = ((sums - sums.median()).abs() <= 0.05 * sums.median()).mean() >= 0.8
        return bool(equal and ((gaps - gaps.median()).abs() <= 5).mean() >= 0.8 and gaps.median() > 5)


def circle(inputs: Inputs) -> ir.Table:
    """Persons of each official's circle (the official, kin, associates), with the rows that say so."""
    links = inputs.relation("links")
    persons = links.filter(links.party_id == links.via_id)
    return persons.group_by(["official_id", "party_id"]).agg(
        link_rows=persons.rows.first(order_by=[persons.degree, persons.how, persons.rows.cast("string")])
    )


def _yuan(inputs: Inputs) -> ir.Table:
    money = party_payments(inputs)
    return money.filter(money.currency.isnull() | (money.currency.upper() == "CNY"))


def _credits(inputs: Inputs) -> ir.Table:
    """Payments from outsiders to an official's circle: ``official_id, source, receiver, paid_on, yuan, row_key, …``."""
    credits = (
        _yuan(inputs)
        .join(circle(inputs), [("payee", "party_id")])
        .select("official_id", "paid_on", "yuan", "row_key", "is_testimony", source="payer", receiver="payee")
    )
    # Kin, associates and their firms are no outsiders, whatever they supervise or run.
    insiders = inputs.relation("links").select("official_id", "party_id").distinct()
    return credits.anti_join(insiders, [("official_id", "official_id"), ("source", "party_id")])


def series(inputs: Inputs) -> ir.Table:
    """Credits from one counterparty to one official's circle, summed up, with the payments that went back."""
    credits, near = _credits(inputs), circle(inputs)
    debits = _yuan(inputs).join(near, [("payer", "party_id")]).select("official_id", "paid_on", "yuan", source="payee")
    keys = ["official_id", "source"]
    summed = credits.group_by(keys).agg(
        credits=credits.count(),
        months=(credits.paid_on.year() * 12 + credits.paid_on.month()).nunique(),
        first_on=credits.paid_on.min(),
        last_on=credits.paid_on.max(),
        median=credits.yuan.median(),
        total=credits.yuan.sum(),
        smallest=credits.yuan.min(),
        largest=credits.yuan.max(),
        is_testimony=credits.is_testimony.all(),
    )
    firsts = summed.select("official_id", "source", begins="first_on")
    back = debits.join(firsts, keys)
    returned = back.group_by(keys).agg(
        debits=back.count(), returned=back.yuan.sum(), lent=(back.paid_on <= back.begins).ifelse(back.yuan, 0.0).sum()
    )
    joined = summed.left_join(returned, keys)
    joined = joined.mutate(
        debits=joined.debits.fill_null(0),
        returned=joined.returned.fill_null(0).cast("float64"),
        lent=joined.lent.fill_null(0).cast("float64"),
    )
    return joined.drop("official_id_right", "source_right")


def _listed(inputs: Inputs, pairs: pd.DataFrame) -> pd.DataFrame:
    """The single credits of these officials and sources in order of time, as lists: ``receivers, keys, sums, days``."""
    names = ["official_id", "source"]
    wanted = ibis.memtable(pairs[names].astype("string"))
    mine = _credits(inputs).semi_join(wanted, names)
    order = [mine.paid_on, mine.row_key]
    return (
        mine.group_by(names)
        .agg(
            receivers=mine.receiver.collect(distinct=True),
            keys=mine.row_key.collect(order_by=order),
            sums=mine.yuan.collect(order_by=order),
            days=mine.paid_on.collect(order_by=order),
        )
        .execute()
    )


def _authority(inputs: Inputs, pairs: ir.Table) -> ir.Table:
    """Authority of at least 0.7 over the payer that touches the period of the credits, the strongest first."""
    authority = inputs.relation("authority")
    strong = authority.filter(authority.strength >= AUTHORITY)
    joined = pairs.join(strong, [("official_id", "official_id"), ("source", "party_id")])
    touching = joined.filter(
        (joined.since.isnull() | (joined.since <= joined.last_on))
        & (joined.until.isnull() | (joined.until >= joined.first_on))
    )
    best = [touching.strength.desc(), touching.basis, touching.since, touching.rows.cast("string")]
    return touching.group_by(["official_id", "source"]).agg(
        strength=touching.strength.max(), authority_rows=touching.rows.first(order_by=best)
    )


def is_drip(rows: ir.Table, inputs: Inputs) -> ir.Table:
    """The series that are long, one-way and small enough."""
    return rows.filter(
        (rows.credits >= inputs["min_credits"])
        & (rows.months >= inputs["min_months"])
        & (rows.last_on.delta(rows.first_on, unit="day") >= inputs["min_span_days"])
        & (rows["median"] <= inputs["max_median"])
        & (
            (rows.credits / (rows.credits + rows.debits) >= inputs["min_one_way"])
            | (rows.total / (rows.total + rows.returned) >= inputs["min_one_way"])
        )
    )


def drips(inputs: Inputs) -> list[Drip]:
    """Every series that is long, one-way and small enough, from a party under the official's authority."""
    dripping = is_drip(series(inputs), inputs)
    over = _authority(inputs, dripping.select("official_id", "source", "first_on", "last_on"))
    return as_drips(inputs, dripping.join(over, ["official_id", "source"]))


def as_drips(inputs: Inputs, rows: ir.Table) -> list[Drip]:
    """Series with ``strength`` and ``authority_rows`` as drips, in order of official and source."""
    found = rows.execute().sort_values(["official_id", "source"])
    found = found.merge(_listed(inputs, found), on=["official_id", "source"])
    links = circle(inputs).execute() if len(found) else pd.DataFrame(columns=["official_id", "party_id", "link_rows"])
    return [_drip(row, links[links["official_id"] == row["official_id"]]) for row in found.to_dict("records")]


def _drip(row: Mapping[str, Any], links: pd.DataFrame) -> Drip:
    receivers = tuple(sorted(row["receivers"]))
    linked = [found for some in links.loc[links["party_id"].isin(receivers), "link_rows"] for found in some]
    rows = [(found["table"], found["key"], "authority") for found in row["authority_rows"]]
    rows += [(found["table"], found["key"], "link") for found in linked]
    return Drip(
        official=row["official_id"],
        source=row["source"],
        receivers=receivers,
        first_on=pd.Timestamp(row["first_on"]).date(),
        last_on=pd.Timestamp(row["last_on"]).date(),
        keys=tuple(row["keys"]),
        sums=tuple(float(value) for value in row["sums"]),
        days=tuple(row["days"]),
        is_testimony=bool(row["is_testimony"]),
        rows=tuple(rows),
        credits=int(row["credits"]),
        debits=int(row["debits"]),
        months=int(row["months"]),
        **{name: float(row[name]) for name in ("lent", "returned", "total", "smallest", "largest", "strength")},
    )
