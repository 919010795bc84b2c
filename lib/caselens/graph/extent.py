"""How far a case reaches: parties within k hops of its subjects, under a stated rule for hubs.

Without one, three hops reach most of a city. Everything the rule leaves out is counted in the result.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import ibis.expr.types as ir
import pandas as pd

from caselens.relations import relation
from caselens.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Reach:
    """How a case is opened.

    Attributes:
        hops: how many ties away from a subject a party may be.
        hub_degree: a party tied to more parties than this is a hub (a bank, a utility, a large employer): it is not
            walked through, and where only money ties it to the case it is folded (counted, not shown).
        min_amount: beyond the first hop, money ties of less than this in all (yuan) are not followed.
    """

    hops: int = 2
    hub_degree: int = 50
    min_amount: float = 10_000


@dataclass(frozen=True, slots=True)
class Extent:
    """The parties of a case.

    Attributes:
        parties: ``entity_id, hop`` (0: a subject; a party that only a finding brought in has the hop beyond the last).
        hubs: ``entity_id, degree, treated`` (``shown`` or ``folded``): hubs met on the way.
        skipped: number of parties left out because only small sums tied them.
    """

    parties: pd.DataFrame
    hubs: pd.DataFrame
    skipped: int


def extent(
    workspace: Workspace, subjects: Iterable[str], also: Iterable[str] = (), reach: Reach | None = None
) -> Extent:
    """The parties within ``reach`` of ``subjects``, and ``also`` (parties that findings name)."""
    reach = reach or Reach()
    hops: dict[str, int] = dict.fromkeys(sorted(set(subjects)), 0)
    frontier, hubs, skipped = list(hops), {}, set()
    ties = relation(workspace, "ties")
    for hop in range(1, reach.hops + 1):
        found = _neighbours(workspace, ties, frontier)
        if hop > 1:
            small = (found["kind"] == "payments") & (found["amount"] < reach.min_amount)
            small &= ~found.duplicated("entity_id", keep=False)
            skipped |= set(found.loc[small, "entity_id"]) - hops.keys()
            found = found[~small]
        degrees = _degrees(workspace, ties, sorted(set(found["entity_id"]) - hops.keys()))
        frontier = []
        for entity, kinds in found.groupby("entity_id")["kind"]:
            if entity in hops:
                continue
            degree = degrees.get(entity, 0)
            if degree > reach.hub_degree:
                only_money = set(kinds) == {"payments"}
                hubs[entity] = (degree, "folded" if only_money else "shown")
                if only_money:
                    continue
            else:
                frontier.append(entity)
            hops[entity] = hop
    for entity in also:
        hops.setdefault(entity, reach.hops + 1)
    hubs = {entity: seen for entity, seen in hubs.items() if entity not in hops or seen[1] == "shown"}
    return Extent(
        pd.DataFrame(hops.items(), columns=["entity_id", "hop"]),
        pd.DataFrame([(e, d, how) for e, (d, how) in sorted(hubs.items())], columns=["entity_id", "degree", "treated"]),
        len(skipped - hops.keys()),
    )


def _neighbours(workspace: Workspace, ties: ir.Table, frontier: list[str]) -> pd.DataFrame:
    out = ties.filter(ties.source_id.isin(frontier)).select("kind", "amount", entity_id="target_id")
    back = ties.filter(ties.target_id.isin(frontier)).select("kind", "amount", entity_id="source_id")
    if not frontier:
        return pd.DataFrame(columns=["entity_id", "kind", "amount"])
    both = out.union(back)
    return (
        both.group_by(["entity_id", "kind"]).agg(amount=both.amount.sum()).execute().sort_values(["entity_id", "kind"])
    )


def _degrees(workspace: Workspace, ties: ir.Table, entities: list[str]) -> dict[str, int]:
    if not entities:
        return {}
    out = ties.filter(ties.source_id.isin(entities)).select(entity="source_id", other="target_id")
    back = ties.filter(ties.target_id.isin(entities)).select(entity="target_id", other="source_id")
    both = out.union(back)
    counted = both.group_by("entity").agg(degree=both.other.nunique()).execute()
    return dict(zip(counted["entity"], counted["degree"].astype(int), strict=True))
