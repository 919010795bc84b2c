"""One-way series to an official's side from a party over which no authority is known: how rare they are in the city.

Null: the pair of payer and receiver is one of all one-way pairs of the city whose receiver is a natural person (nine
tenths of the payments by number; kin, wages and pay from a unit or an insured job left out). Its chance is its rank by
number of credits, over the number of such pairs plus one.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from caselens.indicators._chance import smallest_of
from caselens.indicators._declare import Inputs
from caselens.indicators._dripping import AUTHORITY, Drip, as_drips, circle, is_drip, series
from caselens.indicators._parties import party_payments
from caselens.indicators._receipts import outsiders

_WAGES = "工资|薪|奖金|绩效|劳务|报销|补贴|津贴|养老金|wage|salar|payroll|bonus|reimburs|pension"


def _working(inputs: Inputs) -> ir.Table:
    """``worker, unit`` of posts and insured jobs."""
    posts = inputs.table("appointments").select(worker="person_id", unit="org_id")
    return posts.union(inputs.table("employments").select(worker="person_id", unit="org_id")).distinct()


def _city(inputs: Inputs) -> pd.DataFrame:
    """``credits, pairs``: how many one-way pairs of the city have so many credits."""
    money = party_payments(inputs)
    money = money.filter((money.currency.isnull() | (money.currency.upper() == "CNY")) & (money.payer != money.payee))
    persons = inputs.table("persons").select(person="person_id").distinct()
    paid = money.semi_join(persons, [("payee", "person")]).filter(
        lambda t: ~t.memo.fill_null("").lower().re_search(_WAGES)
    )
    paid = paid.anti_join(_working(inputs), [("payee", "worker"), ("payer", "unit")])
    kin = inputs.table("kinships").select(a="person_id", b="relative_id")
    kin = kin.union(kin.select(a="b", b="a")).distinct()
    paid = paid.anti_join(kin, [("payee", "a"), ("payer", "b")])
    pairs = paid.group_by(["payer", "payee"]).agg(credits=paid.count())
    back = money.group_by(giver="payer", taker="payee").agg(debits=money.count())
    both = pairs.left_join(back, [("payee", "giver"), ("payer", "taker")])
    one_way = both.filter(both.credits / (both.credits + both.debits.fill_null(0)) >= inputs["min_one_way"])
    return one_way.group_by("credits").agg(pairs=one_way.count()).execute().sort_values("credits")


def _paid_wages(inputs: Inputs) -> ir.Table:
    """``official_id, payer`` where most of what somebody of the circle got from the payer calls itself wages."""
    money = party_payments(inputs)
    said = money.memo.fill_null("").lower().re_search(_WAGES)
    sums = money.group_by(["payer", "payee"]).agg(said=said.sum(), number=money.count())
    wages = sums.filter(sums.said * 2 > sums.number)
    return circle(inputs).join(wages, [("party_id", "payee")]).select("official_id", "payer").distinct()


def unlinked(inputs: Inputs) -> tuple[list[tuple[Drip, float]], dict[str, float]]:
    """Drips without known authority and the chance of each; and of every official the chance of the rarest series."""
    known = inputs.relation("authority").filter(lambda t: t.strength >= AUTHORITY)
    known = known.select(of="official_id", over="party_id").distinct()
    free = series(inputs).anti_join(known, [("official_id", "of"), ("source", "over")])
    free = free.filter(free.credits / (free.credits + free.debits) >= inputs["min_one_way"])
    free = outsiders(inputs, free, "source")
    jobs = inputs.relation("links").join(_working(inputs), [("party_id", "worker")])
    free = free.anti_join(
        jobs.select("official_id", "unit").distinct(), [("official_id", "official_id"), ("source", "unit")]
    )
    free = free.anti_join(_paid_wages(inputs), [("official_id", "official_id"), ("source", "payer")])
    counts = free.select("official_id", "source", "credits").execute()
    if counts.empty:
        return [], {}
    city = _city(inputs)
    total = int(city["pairs"].sum())
    at_least = city["pairs"][::-1].cumsum()[::-1].to_numpy()
    place = np.searchsorted(city["credits"].to_numpy(), counts["credits"].to_numpy())
    rank = np.array([at_least[one] if one < len(at_least) else 1 for one in place])
    counts["p"] = np.minimum(rank / (total + 1), 1.0)
    chances = {str(name): smallest_of(some.to_numpy()) for name, some in counts.groupby("official_id")["p"]}
    rare = counts[counts["p"] <= inputs["max_p"]]
    if rare.empty:
        return [], chances
    wanted = ibis.memtable(rare[["official_id", "source"]].astype("string"))
    found = is_drip(free, inputs).semi_join(wanted, ["official_id", "source"])
    found = found.mutate(strength=ibis.literal(0.0), authority_rows=ibis.literal([], _ROWS))
    p_of = {(row.official_id, row.source): float(row.p) for row in rare.itertuples()}
    return [(drip, p_of[drip.official, drip.source]) for drip in as_drips(inputs, found)], chances


_ROWS = "array<struct<table: string, key: string>>"
