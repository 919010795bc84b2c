"""Making a case graph small enough to look at: payments folded into flows, a hub's one-line neighbours into the hub."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import networkx as nx

from caselens.core.text import Text
from caselens.views._format import is_missing

#: Kinds a case is about: they stay in the picture however loosely they hang on it.
_SEEN = frozenset({"official", "relative", "government", "intermediary"})


@dataclass(slots=True)
class Flow:
    """All edges of one kind and label from one node to another, added up.

    ``amount`` is the sum in yuan, or None where no edge has one; ``amounts_missing`` counts the edges without.
    """

    source: Any
    target: Any
    kind: str
    label: Text | None
    count: int = 0
    amount: float | None = None
    amounts_missing: int = 0
    start: Any = None
    end: Any = None
    rows: list[tuple[str, str]] = field(default_factory=list)


def _day(value: Any) -> datetime.date | None:
    if is_missing(value):
        return None
    return value.date() if isinstance(value, datetime.datetime) else value


def flows(graph: nx.MultiDiGraph) -> list[Flow]:
    """The graph's edges folded: one ``Flow`` for all edges with the same ends, kind and label.

    Sorted by ends, kind and label as text, so the same graph gives the same list whatever the order of its edges.
    """
    found: dict[tuple[Any, Any, str, str], Flow] = {}
    for source, target, edge in graph.edges(data=True):
        label = edge.get("label")
        kind = str(edge.get("kind") or "other")
        flow = found.setdefault((source, target, kind, label.zh if label else ""), Flow(source, target, kind, label))
        times = int(edge.get("count") or 1)
        flow.count += times
        if is_missing(edge.get("amount")):
            flow.amounts_missing += times
        else:
            flow.amount = (flow.amount or 0.0) + float(edge["amount"])
        starts = [day for day in (flow.start, _day(edge.get("start"))) if day is not None]
        ends = [day for day in (flow.end, _day(edge.get("end"))) if day is not None]
        flow.start, flow.end = min(starts, default=None), max(ends, default=None)
        flow.rows.extend((str(table), str(key)) for table, key in edge.get("rows") or ())
    for flow in found.values():
        flow.rows = sorted(set(flow.rows))
    return sorted(found.values(), key=lambda item: (str(item.source), str(item.target), item.kind, str(item.label)))


def folded_leaves(graph: nx.MultiDiGraph, least: int) -> dict[Any, list[Any]]:
    """For each hub the neighbours that are joined to nothing else, where there are at least ``least`` of them.

    The case's subjects, officials, relatives, public bodies and intermediaries are never folded away.
    ``{hub: [leaf, ...]}``, sorted; linear in the edges.
    """
    neighbours: dict[Any, set[Any]] = {node: set() for node in graph}
    for source, target in _ends(graph):
        if source != target:
            neighbours[source].add(target)
            neighbours[target].add(source)
    leaves: dict[Any, list[Any]] = {}
    for node in sorted(graph, key=str):
        around = neighbours[node]
        if len(around) == 1 and not graph.nodes[node].get("subject"):
            (hub,) = around
            # Two nodes joined to each other only: neither is the other's hub.
            if len(neighbours[hub]) > 1 and graph.nodes[node].get("kind") not in _SEEN:
                leaves.setdefault(hub, []).append(node)
    return {hub: nodes for hub, nodes in leaves.items() if len(nodes) >= least}


def _ends(graph: nx.MultiDiGraph) -> Iterable[tuple[Any, Any]]:
    return ((source, target) for source, target in graph.edges())
