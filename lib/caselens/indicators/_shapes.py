"""Shapes of money among parties: which payments are looked at, the shapes in them, and how often chance makes as much.

The null is a city in which, for all but fans, the payees change places among the payments (each payer keeps the times
and sums of what it paid, each payee the number of what it got); for fans the times change places (who pays whom how
much stays). A shape's p is the share of such cities (itself counted in) that hold a shape of its kind at least as
strong *anywhere*: it is controlled for the whole search, so it errs on the side of silence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from caselens.flows import MoneyIndex
from caselens.flows.patterns import Patterns
from caselens.indicators._chance import rng_of
from caselens.indicators._circle import PUBLIC
from caselens.indicators._declare import Inputs
from caselens.indicators._parties import party_payments

Search = Callable[[pd.DataFrame], "list[Shape]"]


@dataclass(slots=True)
class Shape:
    """One shape: ``rows`` are positions in the frame searched, ``hubs`` whom it is about, ``strength`` its rank."""

    name: str
    rows: list[int]
    hubs: tuple[str, ...]
    strength: float
    p: float = 1.0


def money(inputs: Inputs) -> tuple[ir.Table, ir.Table, ir.Table]:
    """Payments between private parties, and those left out as wages and as a group's own money."""
    moved = party_payments(inputs)
    moved = moved.filter(
        (moved.currency.isnull() | (moved.currency.upper() == "CNY"))
        & ~moved.is_testimony
        & (moved.yuan >= inputs["min_amount"])
    )
    accounts = inputs.table("accounts")
    if inputs.has("accounts", "kind"):
        till = accounts.filter((accounts.kind == "cash") & accounts.holder_id.isnull()).select(till="account_id")
        moved = moved.anti_join(till, [("payer", "till")]).anti_join(till, [("payee", "till")])
    if inputs.has("organizations", "kind"):
        units = inputs.table("organizations")
        public = units.filter(units.kind.isin([*PUBLIC, "financial"])).select(unit="org_id")
        moved = moved.anti_join(public, [("payer", "unit")]).anti_join(public, [("payee", "unit")])
    jobs = inputs.table("employments").select(worker="person_id", firm="org_id").distinct()
    wages = moved.semi_join(jobs, [("payer", "firm"), ("payee", "worker")])
    moved = moved.anti_join(jobs, [("payer", "firm"), ("payee", "worker")])
    group = _group(inputs)
    own = moved.semi_join(group, [("payer", "one"), ("payee", "two")])
    return moved.anti_join(group, [("payer", "one"), ("payee", "two")]), wages, own


def _group(inputs: Inputs) -> ir.Table:
    """Pairs of organizations of one group, both ways: one holds half of the other, or one holds half of both."""
    holdings, units = inputs.table("ownerships"), inputs.table("organizations")
    held = holdings.semi_join(units.select(unit="org_id"), [("holder_id", "unit")])
    held = held.filter(held.share >= ibis.literal(5) / 10).select(top="holder_id", sub="org_id")
    if inputs.has("organizations", "parent_org_id"):
        named = units.filter(units.parent_org_id.notnull()).select(top="parent_org_id", sub="org_id")
        held = held.union(named)
    held = held.distinct()
    down = held.select(one="top", two="sub")
    other = held.rename(top_two="top", sub_two="sub")
    sisters = held.join(other, [("top", "top_two")]).select(one="sub", two="sub_two")
    return ibis.union(down, down.select(one="two", two="one"), sisters).filter(lambda t: t.one != t.two).distinct()


def as_frame(moved: ir.Table, most: int) -> pd.DataFrame:
    """The ``most`` largest payments in order of time, in the columns that the kernels read."""
    largest = [moved.yuan.desc(), moved.row_key]
    found = (
        moved.order_by(largest)
        .limit(most)
        .select("paid_at", "row_key", "payment_id", "memo", payer_account="payer", payee_account="payee", amount="yuan")
        .execute()
    )
    found["paid_at"] = pd.to_datetime(found["paid_at"]).astype("datetime64[s]")
    return found.sort_values(["paid_at", "row_key"], ignore_index=True)


def parties(moved: ir.Table) -> dict[str, int]:
    """How many payments each party made or got."""
    sides = moved.select(name="payer").union(moved.select(name="payee"))
    found = sides.group_by("name").agg(n=sides.count()).execute()
    return {str(name): int(n) for name, n in zip(found["name"], found["n"], strict=True)}


def shapes_of(frame: pd.DataFrame, find: Callable[[MoneyIndex], Patterns], hubs: str) -> list[Shape]:
    """What a search of the flows room finds; ``hubs``: ``all`` parties of a shape, ``one``, or its ``ends``."""
    if len(frame) < 3:
        return []
    index = MoneyIndex.from_frame(frame)
    found = find(index)
    rows = dict(list(found.members.groupby("pattern")))
    made = []
    for item in found.table.to_dict("records"):
        members = rows[item["pattern"]]
        payers, payees = index.ids(members["payer"]), index.ids(members["payee"])
        at = str(index.ids([item["account"]])[0])
        if hubs == "all":
            named = tuple(dict.fromkeys(str(name) for name in payers))
        elif hubs == "ends":
            named = (at, *sorted({str(name) for name in payees} - {str(name) for name in payers} - {at}))
        else:
            named = (at,)
        made.append(Shape(item["typology"], sorted(int(row) for row in members["row"]), named, float(item["strength"])))
    return made


def bipartite(frame: pd.DataFrame, days: int, least: int) -> list[Shape]:
    """At least ``least`` payers who within ``days`` each pay most of at least ``least`` same payees; strength = pairs.

    Payees of more than 30 payers (shops, platforms) join nobody. Pairs of payers are counted through their payees, so
    the cost follows the sum of squares of the number of payers, which is bounded by that limit.
    """
    pairs = frame.assign(row=np.arange(len(frame)))[["payer_account", "payee_account", "paid_at", "row"]]
    first = pairs.drop_duplicates(["payer_account", "payee_account"])
    first = first[first.groupby("payee_account")["row"].transform("size").between(2, 30)]
    first = first.assign(payer=first["payer_account"].factorize(sort=True)[0])
    names = sorted(first["payer_account"].unique())
    both = first[["payee_account", "payer", "paid_at"]].merge(
        first[["payee_account", "payer", "paid_at"]], on="payee_account", suffixes=("", "_b")
    )
    both = both[
        (both["payer"] < both["payer_b"]) & ((both["paid_at"] - both["paid_at_b"]).abs() <= pd.Timedelta(days=days))
    ]
    keys, shared = np.unique(both["payer"].to_numpy(np.int64) * len(names) + both["payer_b"], return_counts=True)
    made, seen = [], set()
    near: dict[str, set[str]] = defaultdict(set)
    for key in keys[shared >= least].tolist():
        one, two = names[key // len(names)], names[key % len(names)]
        near[one].add(two)
        near[two].add(one)
    of_payer = {str(name): some for name, some in first.groupby("payer_account")} if near else {}
    for start in sorted(near):
        members = {start} | near[start]
        lines = pd.concat([of_payer[name] for name in sorted(members)])
        counts = lines["payee_account"].value_counts()
        payees = set(counts.index[counts >= 0.6 * len(members)])
        lines = lines[lines["payee_account"].isin(payees)]
        key = (frozenset(members), frozenset(payees))
        if len(members) < least or len(payees) < least or key in seen:
            continue
        seen.add(key)
        if lines["paid_at"].max() - lines["paid_at"].min() <= pd.Timedelta(days=days):
            rows = sorted(int(row) for row in lines["row"])
            made.append(Shape("bipartite", rows, tuple(sorted(members | payees)), float(len(lines))))
    return made


def stacked(shapes: Iterable[Shape], frame: pd.DataFrame) -> list[Shape]:
    """Bipartite shapes of which the payees of one are payers of the next, as one stack; others as they were."""
    left = sorted(shapes, key=lambda shape: shape.rows)
    made: list[Shape] = []
    while left:
        one = left.pop(0)
        took = {frame["payee_account"].iloc[row] for row in one.rows}
        for two in left:
            gave = {frame["payer_account"].iloc[row] for row in two.rows}
            if len(took & gave) >= 2:
                left.remove(two)
                hubs = tuple(sorted({*one.hubs, *two.hubs}))
                one = Shape(
                    "stack", sorted({*one.rows, *two.rows}), hubs, one.strength + two.strength, max(one.p, two.p)
                )
                break
        made.append(one)
    return made


def with_chance(frame: pd.DataFrame, found: list[Shape], search: Search, keep: str, shuffles: int) -> list[Shape]:
    """``found`` with its p; see the module. Stops early once every shape was matched ten times."""
    if not found:
        return []
    generator = rng_of("flow-typologies", keep, found[0].name, str(len(frame)))
    reached = np.zeros(len(found))
    made = 0
    strengths = np.array([shape.strength for shape in found])
    while made < shuffles and reached.min() < 10:
        made += 1
        order = generator.permutation(len(frame))
        column = "payee_account" if keep == "times" else "paid_at"
        other = frame.assign(**{column: frame[column].to_numpy()[order]})
        other = other[other["payer_account"] != other["payee_account"]]
        best = max((shape.strength for shape in search(other.reset_index(drop=True))), default=-np.inf)
        reached += best >= strengths - 1e-9
    for shape, count in zip(found, reached, strict=True):
        shape.p = float((count + 1) / (made + 1))
    return found


def apart(found: list[Shape]) -> list[Shape]:
    """Shapes of which less than half lies in one named before, so that each payment is told once."""
    told: set[int] = set()
    kept = []
    for shape in found:
        if len(told.intersection(shape.rows)) < 0.5 * len(shape.rows):
            kept.append(shape)
            told.update(shape.rows)
    return kept
