"""From a graph to what the page draws: nodes at fixed places, lines, and what the panel says about each.

Nodes and lines are pyvis' own; its ``Network`` is passed by, because it looks through all nodes for every line.
Repeated looks are written once and named by number, which makes a page of thousands of nodes a third of the size.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np

from caselens.core.text import Language, Text
from caselens.views._fold import Flow, Folding
from caselens.views._format import count, date, money, visible
from caselens.views._layout import positions, readable, spiral
from caselens.views._legend import edge_style, node_style
from caselens.views._months import Months
from caselens.views._panel import Sources
from caselens.views._style import NODES

_TIMES = Text("共 {n} 笔（条）", "{n} entries")
_AMOUNT = Text("合计 {amount}", "in all {amount}")
_UNKNOWN = Text("其中 {n} 条无人民币金额", "{n} of them without an amount in yuan")
_PERIOD = Text("{start} 至 {end}", "{start} to {end}")
_FROM = Text("{start} 起", "from {start}")
_SUBJECT = Text("本案对象", "Subject of the case")
_ACCOUNTS = Text("账户：{names}", "Accounts: {names}")
#: Width in pixels that the canvas has beside its panel on a usual screen; labels are chosen for it.
_CANVAS = 670
#: Options of a node or line that are its own; all others make up its look.
_OWN = frozenset({"id", "label", "x", "y", "size", "from", "to", "width", "full", "short", "least"})


@dataclass(slots=True)
class Looks:
    """Looks (sets of drawing options) written once each."""

    listed: list[dict[str, Any]]
    _place: dict[str, int]

    def number(self, options: Mapping[str, Any]) -> int:
        """Number of the look that ``options`` have beside what is their own."""
        look = {name: value for name, value in options.items() if name not in _OWN}
        name = json.dumps(look, sort_keys=True)
        if name not in self._place:
            self._place[name] = len(self.listed)
            self.listed.append(look)
        return self._place[name]


def build(
    graph: nx.MultiDiGraph,
    drawn: Sequence[Flow],
    language: Language,
    height: int | None,
    fold: Folding,
    rows_shown: int,
    sources: Sources,
) -> dict[str, Any]:
    """What the page's script draws of a graph and its folded edges, as plain JSON values, and the ``height`` it needs.

    ``nodes`` are ``[look, label, short, full, x, y, size, least]`` and ``lines`` ``[look, from, to, width, label,
    kind]``, with nodes named by their place; ``node_detail`` and ``line_detail`` are ``[sentence, total, rows]`` in the
    same order; ``folded`` maps a hub to what is folded into it, ``apart`` lists what is found by search only, and
    ``everywhere`` gives the places of all nodes for the picture with nothing folded. ``kinds`` are the lines' kinds:
    ``[table, name]``, and ``sums`` what each line is made of (see ``Months.sums``). Where there is time to choose,
    ``months`` says which, ``line_months`` gives the months of the rows that ``line_detail`` lists, and ``scale`` the
    largest amount and the factor by which lines are thicker.
    """
    order = sorted(graph, key=str)
    number = {node: place for place, node in enumerate(order)}
    hidden = {number[node] for node in fold.hidden}
    points = _places(drawn, number, fold)
    seen = points[[place for place in range(len(order)) if place not in hidden]]
    wide, tall = (np.ptp(seen, axis=0) + 120).tolist() if len(seen) else (120.0, 120.0)
    height = height or int(np.clip(_CANVAS * tall / wide + 40, 380, 640))
    scale = min(_CANVAS / wide, height / tall)
    nodes, node_detail, node_looks = _nodes(graph, order, drawn, number, fold, points, scale, language, sources)
    thicker = max(1.0, 0.35 / scale)
    lines, line_detail, line_looks, kinds = _draw_lines(drawn, number, hidden, language, sources, thicker, rows_shown)
    return _timed(drawn, rows_shown, thicker) | {
        "height": height,
        "nodes": nodes,
        "lines": lines,
        "node_looks": node_looks.listed,
        "line_looks": line_looks.listed,
        "kinds": kinds,
        "node_detail": node_detail,
        "line_detail": line_detail,
        "folded": {str(number[hub]): [number[node] for node in group] for hub, group in fold.groups.items()},
        "apart": [number[node] for node in fold.apart],
        # Where everybody stands once all is expanded.
        "everywhere": positions(len(order), _pairs(drawn, number)).tolist() if hidden else [],
        "rows": sources.listed,
    }


def _timed(drawn: Sequence[Flow], rows_shown: int, thicker: float) -> dict[str, Any]:
    """What each line is made of and, where there are two months to choose from, what the slider needs."""
    months = Months(drawn)
    sums = {"sums": [months.sums(flow) for flow in drawn]}
    if months.listed is None:
        return sums
    rows = [months.of_rows(flow, rows_shown) for flow in drawn]
    return sums | {"months": months.listed, "line_months": rows, "scale": [_largest(drawn), thicker]}


def _largest(drawn: Sequence[Flow]) -> float:
    return max((abs(flow.amount) for flow in drawn if flow.amount), default=0.0)


def _nodes(
    graph: nx.MultiDiGraph,
    order: Sequence[Any],
    drawn: Sequence[Flow],
    number: Mapping[Any, int],
    fold: Folding,
    points: np.ndarray,
    scale: float,
    language: Language,
    sources: Sources,
) -> tuple[list[Any], list[Any], Looks]:
    from pyvis.node import Node

    degree = Counter(number[end] for flow in drawn for end in (flow.source, flow.target))
    full = [visible(graph.nodes[node].get("label") or node) for node in order]
    short = [label if len(label) <= 16 else label[:15] + "…" for label in full]
    folded = [len(fold.groups.get(node, ())) for node in order]
    marked = [f"{name} ⊕{count(more)}" if more else name for name, more in zip(short, folded, strict=True)]
    subjects = [bool(graph.nodes[node].get("subject")) for node in order]
    hidden = {number[node] for node in fold.hidden}
    named = readable(points, marked, subjects, [degree[place] for place in range(len(order))], hidden, scale)
    looks, nodes, detail = Looks([], {}), [], []
    for place, node in enumerate(order):
        kind = str(graph.nodes[node].get("kind"))
        style, from_afar = node_style(kind), place in named and scale < 1
        options = Node(
            place,
            style.shape,
            label=marked[place],
            group=kind if kind in NODES else "other",
            borderWidth=4 if subjects[place] else (3 if style.hollow else 1),
            **({"font": {"size": round(13 / scale, 1), "strokeWidth": round(4 / scale, 1)}} if from_afar else {}),
        ).options
        # What is named at first sight stays visible at every zoom: at least this many pixels.
        least = (12 if subjects[place] else 7) if from_afar else 0
        size = max(_size(subjects[place], degree[place]), round(2.2 / scale, 1))
        x, y = (float(value) for value in points[place])
        nodes.append([looks.number(options), marked[place] or " ", short[place] or " ", full[place], x, y, size, least])
        detail.append(_about_node(graph.nodes[node], style.label.get(language), subjects[place], language, sources))
    return nodes, detail, looks


def _about_node(data: Mapping[str, Any], kind: str, subject: bool, language: Language, sources: Sources) -> list[Any]:
    facts = [kind] + ([_SUBJECT.get(language)] if subject else [])
    if data.get("accounts"):
        names = ("、" if language == "zh" else ", ").join(visible(name) for name in data["accounts"])
        facts.append(_ACCOUNTS.get(language).format(names=names))
    own = sorted({(str(table), str(key)) for table, key in data.get("rows") or ()})
    return sources.detail(own, " · ".join(facts))


def _places(drawn: Sequence[Flow], number: Mapping[Any, int], fold: Folding) -> np.ndarray:
    """Positions of all nodes: the ones to be seen at once by force, folded ones in a spiral about their hub."""
    away = {number[node] for node in fold.hidden}
    core = [place for place in range(len(number)) if place not in away]
    local = {place: index for index, place in enumerate(core)}
    points = np.zeros((len(number), 2))
    inner = [(local[a], local[b]) for a, b in _pairs(drawn, number) if a in local and b in local]
    points[core] = positions(len(core), inner)
    for hub, group in fold.groups.items():
        points[[number[node] for node in group]] = points[number[hub]] + spiral(len(group), 34, start=4)
    # Those found by search only stand in a field below the picture.
    if fold.apart:
        below = np.array([0.0, float(points[core][:, 1].max()) + 60 * np.sqrt(len(fold.apart)) + 200])
        points[[number[node] for node in fold.apart]] = below + spiral(len(fold.apart), 50)
    return np.round(points, 1)


def _pairs(drawn: Sequence[Flow], number: Mapping[Any, int]) -> list[tuple[int, int]]:
    """Which nodes are joined, each pair once, without loops."""
    ends = ((number[flow.source], number[flow.target]) for flow in drawn)
    return sorted({(min(pair), max(pair)) for pair in ends if pair[0] != pair[1]})


def _draw_lines(
    drawn: Sequence[Flow],
    number: Mapping[Any, int],
    hidden: set[int],
    language: Language,
    sources: Sources,
    thicker: float,
    rows_shown: int,
) -> tuple[list[Any], list[Any], Looks, list[list[str]]]:
    """The lines; ``thicker`` keeps them visible from afar."""
    from pyvis.edge import Edge

    largest = _largest(drawn)
    ends = [(number[flow.source], number[flow.target]) for flow in drawn]
    beside = Counter((min(pair), max(pair)) for pair in ends)
    # A picture of few lines writes on them what they are; more would cover each other.
    told = _told(drawn, ends) if sum(not hidden & set(pair) for pair in ends) <= 80 else set()
    bent: Counter[tuple[int, int]] = Counter()
    kinds: dict[tuple[str, str], int] = {}
    looks, lines, detail = Looks([], {}), [], []
    for place, (flow, (source, target)) in enumerate(zip(drawn, ends, strict=True)):
        style = edge_style(flow.kind)
        wide = 1.5 if not flow.amount else 1.5 + 5.5 * float(np.sqrt(abs(flow.amount) / largest))
        name = (flow.label or style.label).get(language)
        # Parallel lines are bent apart; a single one stays straight, which draws faster.
        is_bent = beside[min(source, target), max(source, target)] > 1
        smooth = {"type": "curvedCW", "roundness": round(0.18 + 0.14 * bent[source, target], 2)} if is_bent else False
        options = Edge(
            source, target, True, color=style.color, dashes=list(style.dashes) or False, smooth=smooth
        ).options | {"arrows": "to" if style.arrow else ""}
        bent[source, target] += 1
        label = (money(flow.amount, language, rounded=True) if flow.amount else name) if place in told else ""
        kind = kinds.setdefault((visible(flow.kind), visible(name)), len(kinds))
        lines.append([looks.number(options), source, target, round(wide * thicker, 1), label, kind])
        detail.append(sources.detail(flow.rows, _about(flow, name, language), rows_shown))
    return lines, detail, looks, [list(kind) for kind in kinds]


def _told(drawn: Sequence[Flow], ends: Sequence[tuple[int, int]]) -> set[int]:
    """The line between each pair of nodes that carries a text, the one of the largest sum: two would overlap."""
    chosen: dict[tuple[int, int], int] = {}
    for place, (flow, (source, target)) in enumerate(zip(drawn, ends, strict=True)):
        pair = (min(source, target), max(source, target))
        if pair not in chosen or abs(flow.amount or 0) > abs(drawn[chosen[pair]].amount or 0):
            chosen[pair] = place
    return set(chosen.values())


def _about(flow: Flow, name: str, language: Language) -> str:
    facts = [name]
    if flow.count > 1 or flow.amount is not None:
        facts.append(_TIMES.get(language).format(n=count(flow.count)))
    if flow.amount is not None:
        facts.append(_AMOUNT.get(language).format(amount=money(flow.amount, language)))
        if flow.amounts_missing:
            facts.append(_UNKNOWN.get(language).format(n=count(flow.amounts_missing)))
    if flow.start is not None:
        period = _FROM if flow.end is None else _PERIOD
        facts.append(period.get(language).format(start=date(flow.start), end=date(flow.end)))
    return " · ".join(facts)


def _size(subject: bool, degree: int) -> int:
    return int(min(12 + 3 * np.log2(1 + degree), 30)) + (8 if subject else 0)
