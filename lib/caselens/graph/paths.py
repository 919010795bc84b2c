"""Ways from one party to another through a case's graph, the strongest first, each step with its rows."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice, pairwise
from math import prod
from typing import Any

import networkx as nx
import pandas as pd

#: How much one step is worth, by the table it rests on; the strength of a way is the product.
STRENGTH: Mapping[str, float] = {
    "kinships": 1.0,
    "ownerships": 1.0,
    "directorships": 1.0,
    "appointments": 1.0,
    "employments": 0.8,
    "accounts": 0.8,
    "payments": 0.8,
    "contacts": 0.5,
    "bids": 0.3,
}
#: A step on a table that is not listed: a decision, a contract, a vote.
OTHER = 0.5
#: Ways looked at before ranking; the caller is told when there were more.
MOST_WAYS = 5_000
#: Columns of :func:`ways`.
COLUMNS = ["rank", "strength", "hops", "nodes", "steps", "rows", "legs", "since", "until", "in_time"]


def ways(graph: nx.MultiDiGraph, source: str, target: str, *, hops: int = 4, most: int = 20) -> pd.DataFrame:
    """Simple ways between two nodes, whatever the direction of their edges.

    Args:
        graph: of a case (see :func:`caselens.graph.case_graph`).
        source: entity id.
        target: entity id.
        hops: longest way, in steps.
        most: ways returned.

    Returns:
        ``rank, strength`` (0 to 1), ``hops, nodes`` (ids in order), ``steps`` (tables in order), ``rows`` (a list of
        ``(table, key)`` of all steps), ``legs`` (a dict a step: ``source, target, table, label, since, until, amount,
        count, rows``, as the edge runs), ``since, until`` (the time in which all states on the way held at once; where
        there are none, from the first to the last day on which something happened), and ``in_time``. That is False
        where two states (a post, a shareholding) never held together, where what happened on days (payments, bids)
        never happened while they held, or where money left a party on the way before any had come in; steps without
        dates hinder nothing. Of several edges between two nodes the strongest is taken. Among equals, ways that hold in
        time come first, then shorter ones. ``attrs["more"]`` says whether ways beyond ``MOST_WAYS`` were not looked at.
        The number of ways grows with the degree to the power of ``hops``; hubs are cut when the extent is drawn.

    Raises:
        KeyError: a node is not in the graph.
    """
    for node in (source, target):
        if node not in graph:
            raise KeyError(node)
    simple = nx.Graph()
    for start, end, data in graph.edges(data=True):
        value = STRENGTH.get(str(data.get("kind")), OTHER)
        known = simple.get_edge_data(start, end)
        if known is None or value > known["value"]:
            simple.add_edge(start, end, value=value, data=data, ends=(start, end))
    if source not in simple or target not in simple or source == target:
        empty = pd.DataFrame(columns=COLUMNS)
        empty.attrs["more"] = False
        return empty
    found = nx.all_simple_paths(simple, source, target, cutoff=hops)
    tried = [_way(simple, nodes) for nodes in islice(found, MOST_WAYS)]
    more = next(found, None) is not None
    tried.sort(key=lambda way: (-way["strength"], not way["in_time"], way["hops"], way["nodes"]))
    frame = pd.DataFrame([{"rank": rank, **way} for rank, way in enumerate(tried[:most], start=1)], columns=COLUMNS)
    frame.attrs["more"] = more
    return frame


def _way(graph: nx.Graph, nodes: list[str]) -> dict[str, Any]:
    steps = [graph.edges[pair] for pair in pairwise(nodes)]
    since, until, in_time = _time([step["data"] for step in steps])
    return {
        "strength": round(prod(step["value"] for step in steps), 4),
        "hops": len(steps),
        "nodes": list(nodes),
        "steps": [str(step["data"].get("kind")) for step in steps],
        "rows": [row for step in steps for row in step["data"].get("rows") or ()],
        "legs": [_leg(step["ends"], step["data"]) for step in steps],
        "since": since,
        "until": until,
        "in_time": in_time and _in_order(nodes, steps),
    }


def _leg(ends: tuple[str, str], data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "source": ends[0],
        "target": ends[1],
        "table": str(data.get("kind")),
        "label": data.get("label"),
        "since": data.get("start"),
        "until": data.get("end"),
        "amount": data.get("amount"),
        "count": int(data.get("count") or 1),
        "rows": list(data.get("rows") or ()),
    }


def _time(steps: list[Mapping[str, Any]]) -> tuple[Any, Any, bool]:
    """The common time of the states among the steps, and whether every other step happened in it at least once."""
    states = [step for step in steps if not _days(step) and (step.get("start") or step.get("end"))]
    happened = [days for step in steps if (days := _days(step))]
    since = max((step["start"] for step in states if step.get("start")), default=None)
    until = min((step["end"] for step in states if step.get("end")), default=None)
    if not states:
        every = [day for days in happened for day in days]
        return min(every, default=None), max(every, default=None), True
    fits = all(any((since or day) <= day <= (until or day) for day in days) for days in happened)
    return since, until, fits and (since is None or until is None or since <= until)


def _days(step: Mapping[str, Any]) -> list[Any]:
    """The days on which something happened, in order; empty for a state and for what has no date."""
    spans = step.get("spans") or [(step.get("start"), step.get("end"), None)]
    return sorted(since for since, until, _ in spans if since is not None and since == until)


def _in_order(nodes: list[str], steps: list[Mapping[str, Any]]) -> bool:
    """Whether no party on the way paid on only before it had received anything, in whichever direction money runs."""
    for (before, after), party in zip(pairwise(steps), nodes[1:-1], strict=True):
        paid = [step for step in (before, after) if step["data"].get("kind") == "payments" and _days(step["data"])]
        coming = [step for step in paid if step["ends"][1] == party]
        going = [step for step in paid if step["ends"][0] == party]
        if coming and going and _days(going[0]["data"])[-1] < _days(coming[0]["data"])[0]:
            return False
    return True
