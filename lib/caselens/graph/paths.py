"""Ways from one party to another through a case's graph, the strongest first, each step with its rows."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice, pairwise
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
        ``(table, key)`` of all steps), ``since, until`` (the time in which all steps held at once; missing where some
        step has no dates), ``in_time`` (False where two steps with dates never held together). Of several edges
        between two nodes the strongest is taken. Shorter ways come first among equals. ``attrs["more"]`` says whether
        ways beyond ``MOST_WAYS`` were not looked at. The number of ways grows with the degree to the power of
        ``hops``; hubs are cut when the case's extent is drawn.

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
            simple.add_edge(start, end, value=value, data=data)
    columns = ["rank", "strength", "hops", "nodes", "steps", "rows", "since", "until", "in_time"]
    if source not in simple or target not in simple or source == target:
        empty = pd.DataFrame(columns=columns)
        empty.attrs["more"] = False
        return empty
    found = nx.all_simple_paths(simple, source, target, cutoff=hops)
    tried = [_way(simple, nodes) for nodes in islice(found, MOST_WAYS)]
    more = next(found, None) is not None
    tried.sort(key=lambda way: (-way["strength"], way["hops"], way["nodes"]))
    frame = pd.DataFrame([{"rank": rank, **way} for rank, way in enumerate(tried[:most], start=1)], columns=columns)
    frame.attrs["more"] = more
    return frame


def _way(graph: nx.Graph, nodes: list[str]) -> dict[str, Any]:
    steps = [graph.edges[pair] for pair in pairwise(nodes)]
    strength = 1.0
    for step in steps:
        strength *= step["value"]
    starts = [step["data"].get("start") for step in steps]
    ends = [step["data"].get("end") for step in steps]
    dated = [start for start in starts if start is not None]
    since = max(dated, default=None)
    until = min((end for end in ends if end is not None), default=None)
    return {
        "strength": round(strength, 4),
        "hops": len(steps),
        "nodes": list(nodes),
        "steps": [str(step["data"].get("kind")) for step in steps],
        "rows": [row for step in steps for row in step["data"].get("rows") or ()],
        "since": since,
        "until": until,
        "in_time": since is None or until is None or since <= until,
    }
