"""Making a case graph small enough to look at: payments folded into flows, accounts into holders, parties into hubs.

Nothing is taken out of the page: what is folded opens on a click, and the picture says how much there is.
"""

from __future__ import annotations

import datetime
import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import networkx as nx

from caselens.core.text import Text
from caselens.views._format import is_missing

#: Kinds a case is about: they are shown before others and not folded as somebody's leaf.
_SEEN = frozenset({"official", "relative", "government", "intermediary"})
_ALONE_FROM = 40


class Span(NamedTuple):
    """When something held: ``since`` and ``until`` are None where unknown, ``until`` also where it goes on."""

    row: tuple[str, str] | None
    since: datetime.date | None
    until: datetime.date | None
    amount: float | None
    times: int


@dataclass(slots=True)
class Flow:
    """All edges of one kind and label from one node to another, added up.

    ``amount`` is the sum in yuan, or None where no edge has one; ``amounts_missing`` counts the edges without.
    ``spans`` says when each of them held: row (None where a row is not known), since, until, amount, times.
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
    spans: list[Span] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Folding:
    """What stands in the picture at first, and what is folded into what.

    Attributes:
        groups: hub → nodes folded into it, sorted.
        apart: nodes without any path to what is shown; they are found by search only.
    """

    groups: Mapping[Any, list[Any]]
    apart: tuple[Any, ...]

    @property
    def hidden(self) -> set[Any]:
        """All nodes that are not in the picture at first."""
        return {node for group in self.groups.values() for node in group} | set(self.apart)


def _day(value: Any) -> datetime.date | None:
    # Most are plain dates already; asking pandas about each would take longer than all the rest.
    if type(value) is datetime.date or value is None:
        return value
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
        place = (source, target, kind, label.zh if label else "")
        flow = found.setdefault(place, Flow(source, target, kind, label))
        times = int(edge.get("count") or 1)
        flow.count += times
        if is_missing(edge.get("amount")):
            flow.amounts_missing += times
        else:
            flow.amount = (flow.amount or 0.0) + float(edge["amount"])
        starts = [day for day in (flow.start, _day(edge.get("start"))) if day is not None]
        ends = [day for day in (flow.end, _day(edge.get("end"))) if day is not None]
        flow.start, flow.end = min(starts, default=None), max(ends, default=None)
        rows = [(str(table), str(key)) for table, key in edge.get("rows") or ()]
        flow.rows.extend(rows)
        flow.spans.extend(_spans(edge, rows, times))
    for flow in found.values():
        flow.rows = sorted(set(flow.rows))
    return sorted(found.values(), key=lambda item: (str(item.source), str(item.target), item.kind, str(item.label)))


def _spans(edge: Mapping[str, Any], rows: list[tuple[str, str]], times: int) -> list[Span]:
    """One span a row; an edge that does not say when each of its rows held is one span as a whole."""
    spans = edge.get("spans") or ()
    if rows and len(rows) == len(spans):
        return [
            Span(row, _day(since), _day(until), _amount(amount), 1)
            for row, (since, until, amount) in zip(rows, spans, strict=True)
        ]
    return [Span(None, _day(edge.get("start")), _day(edge.get("end")), _amount(edge.get("amount")), times)]


def _amount(value: Any) -> float | None:
    if type(value) is float and not math.isnan(value):
        return value
    return None if is_missing(value) else float(value)


def without_accounts(graph: nx.MultiDiGraph) -> nx.MultiDiGraph:
    """A copy in which an account with exactly one holder is that holder: money runs between people and firms.

    The holder gets ``accounts`` (names of the accounts), the rows that say he holds them, and the rows of what ran
    between his own accounts. Accounts without a holder or with several stay.
    """
    holders: dict[Any, set[Any]] = {}
    for source, target, edge in graph.edges(data=True):
        if edge.get("kind") == "accounts":
            for account, holder in ((source, target), (target, source)):
                if graph.nodes[account].get("kind") == "account":
                    holders.setdefault(account, set()).add(holder)
    held = {account: next(iter(found)) for account, found in holders.items() if len(found) == 1}
    smaller = nx.MultiDiGraph()
    for node, data in graph.nodes(data=True):
        if node not in held:
            smaller.add_node(node, **{**data, "accounts": [], "rows": list(data.get("rows") or ())})
    for account in sorted(held, key=str):
        smaller.nodes[held[account]]["accounts"].append(graph.nodes[account].get("label") or account)
        smaller.nodes[held[account]]["rows"].extend(graph.nodes[account].get("rows") or ())
    for source, target, edge in graph.edges(data=True):
        ends = held.get(source, source), held.get(target, target)
        if ends[0] == ends[1] and source != target:
            smaller.nodes[ends[0]]["rows"].extend(edge.get("rows") or ())
        else:
            smaller.add_edge(*ends, **edge)
    return smaller


def folding(graph: nx.MultiDiGraph, *, leaves_from: int, shown: int) -> Folding:
    """Decide what is shown at first.

    Args:
        graph: the graph to show.
        leaves_from: a node with at least this many neighbours that are joined to nothing else carries them folded.
        shown: at most about this many nodes are shown: the subjects, then officials, relatives, public bodies and
            intermediaries, then the best connected, each with the way that leads to it from a subject; whatever hangs
            behind them is folded into the last shown node on its way.

    The subjects are never folded. Linear in the edges (a breadth-first search).
    """
    around: dict[Any, set[Any]] = {node: set() for node in sorted(graph, key=str)}
    for source, target in graph.edges():
        if source != target:
            around[source].add(target)
            around[target].add(source)
    folded = _leaves(graph, around, leaves_from)
    # In a small graph a node without any line is part of the picture; in a larger one a field of them hides it.
    alone = {node for node in around if not around[node] and not graph.nodes[node].get("subject")}
    alone = alone if len(graph) > _ALONE_FROM else set()
    open_nodes = [node for node in around if node not in folded and node not in alone]
    if len(open_nodes) <= shown:
        return _grouped(folded, tuple(sorted(alone, key=str)))
    ranked = sorted(open_nodes, key=lambda node: (*_weight(graph, node), -len(around[node]), str(node)))
    parent = _tree(graph, ranked, around)
    kept: set[Any] = set()
    for node in ranked:
        way = [node]
        while way[-1] not in kept and parent[way[-1]] is not None:
            way.append(parent[way[-1]])
        if len(kept | set(way)) <= shown:
            kept.update(way)
    apart = sorted(alone, key=str)
    for node in open_nodes:
        if node not in kept:
            hub = parent[node]
            while hub is not None and hub not in kept:
                hub = parent[hub]
            if hub is None:
                apart.append(node)
            else:
                folded[node] = hub
    for leaf, hub in list(folded.items()):
        # A leaf of a node that is folded itself goes where that node went.
        if hub in folded:
            folded[leaf] = folded[hub]
        elif hub not in kept:
            del folded[leaf]
            apart.append(leaf)
    return _grouped(folded, tuple(sorted(apart, key=str)))


def _weight(graph: nx.MultiDiGraph, node: Any) -> tuple[bool, bool]:
    data = graph.nodes[node]
    return not data.get("subject"), data.get("kind") not in _SEEN


def _leaves(graph: nx.MultiDiGraph, around: Mapping[Any, set[Any]], least: int) -> dict[Any, Any]:
    """Leaf → hub, for hubs with at least ``least`` leaves."""
    found: dict[Any, list[Any]] = {}
    for node, neighbours in around.items():
        if len(neighbours) == 1 and _weight(graph, node) == (True, True):
            (hub,) = neighbours
            # Two nodes joined to each other only: neither is the other's hub.
            if len(around[hub]) > 1:
                found.setdefault(hub, []).append(node)
    return {leaf: hub for hub, leaves in found.items() if len(leaves) >= least for leaf in leaves}


def _tree(graph: nx.MultiDiGraph, ranked: list[Any], around: Mapping[Any, set[Any]]) -> dict[Any, Any]:
    """Breadth-first from the subjects, then from the weightiest node of each part not reached: node → parent."""
    parent: dict[Any, Any] = {}
    subjects = [node for node in ranked if graph.nodes[node].get("subject")]
    for roots in (subjects, *([node] for node in ranked)):
        waiting = deque(node for node in roots if node not in parent)
        parent.update(dict.fromkeys(waiting))
        while waiting:
            node = waiting.popleft()
            for other in sorted(around[node], key=str):
                if other not in parent:
                    parent[other] = node
                    waiting.append(other)
    return parent


def _grouped(folded: Mapping[Any, Any], apart: tuple[Any, ...]) -> Folding:
    groups: dict[Any, list[Any]] = {}
    for node, hub in sorted(folded.items(), key=lambda item: str(item[0])):
        groups.setdefault(hub, []).append(node)
    return Folding(groups, apart)
