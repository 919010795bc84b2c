"""The network of a case as a picture that answers a click with the rows behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

from caselens.core.text import Language, Text
from caselens.views._fold import Flow, flows, folded_leaves
from caselens.views._format import count, data_block, date, escape, money, visible
from caselens.views._layout import positions, readable, spiral
from caselens.views._legend import edge_style, legend, node_color, node_style
from caselens.views._panel import Sources
from caselens.views._style import BLACK, FONT, NODES
from caselens.views.fragment import Fragment

_TITLE = Text("关系网络", "Network")
_TIMES = Text("共 {n} 笔（条）", "{n} entries")
_AMOUNT = Text("合计 {amount}", "in all {amount}")
_UNKNOWN = Text("其中 {n} 条无金额", "{n} of them without an amount")
_PERIOD = Text("{start} 至 {end}", "{start} to {end}")
_FROM = Text("{start} 起", "from {start}")
_SUBJECT = Text("本案对象", "Subject of the case")
_FIND = Text("查找对象", "Find a party")
_FIT = Text("显示全图", "Show all")
_SAVE = Text("保存为图片", "Save as picture")
_ABOUT = Text(
    "图中 {nodes} 个对象、{lines} 条连线，由 {edges} 条记录归并而成；线越粗金额越大。{folded}"
    "点击查看证据行，双击展开或收起。",
    "{nodes} parties and {lines} lines, folded from {edges} entries; the thicker a line, the larger the amount. "
    "{folded}Click for the evidence rows, double-click to expand or fold.",
)
_FOLDED = Text(
    "{n} 个仅有一个关联对象的节点已收入其所连对象（标 ⊕）。",
    "{n} parties with one connection are folded into it (marked ⊕). ",
)
#: Width in pixels that the canvas has beside its panel on a usual screen; labels are chosen for it.
_CANVAS = 670


def network(
    graph: nx.MultiDiGraph,
    language: Language,
    *,
    rows: pd.DataFrame | None = None,
    height: int = 640,
    fold_from: int | None = None,
    rows_shown: int = 50,
    rows_in_all: int = 5000,
) -> Fragment:
    """Draw ``graph``.

    Args:
        graph: node attributes ``kind``, ``label`` and ``subject``; edge attributes ``kind`` (a table's name),
            ``label`` (Text), ``amount`` (yuan or None), ``start``, ``end``, ``count``, ``rows`` (list of (table, key)).
            Nodes may have ``rows`` as well. What is absent is drawn without.
        language: ``zh`` or ``en``.
        rows: where a row stands: ``table``, ``key``, ``source_file``, ``source_sheet``, ``source_row`` and, if there,
            ``text``. Rows not in it are named by table and key alone.
        height: of the picture in pixels.
        fold_from: a node with at least this many neighbours that have no other connection carries them folded; by
            default 12, and 4 in a graph of more than 300 nodes.
        rows_shown: evidence rows a line or party has in the page at most; the rest is counted and told.
        rows_in_all: aim for all lines together: where there are many lines each shows fewer rows, never less than 3.

    Returns:
        A fragment that the page draws by vis-network, from positions computed here. Edges with the same ends, kind
        and label are one line whose width grows with the root of the amount.
    """
    lines = max(graph.number_of_edges(), 1) if graph.number_of_edges() <= rows_in_all else len(flows(graph))
    sources = Sources(rows, language, min(rows_shown, max(3, rows_in_all // lines)))
    least = fold_from or (12 if graph.number_of_nodes() <= 300 else 4)
    net, detail = _build(graph, language, height, least, sources)
    nodes, edges = net.nodes, net.edges
    folded = sum(len(leaves) for leaves in detail["folded"].values())
    about = _ABOUT.format(
        nodes=count(len(nodes)),
        lines=count(len(edges)),
        edges=count(sum(data.get("count") or 1 for *_, data in graph.edges(data=True))),
        folded=_FOLDED.get(language).format(n=count(folded)) if folded else "",
    ).get(language)
    block = data_block({"nodes": nodes, "edges": edges, "options": _options(len(nodes)), **detail})
    kinds = sorted({str(data.get("kind")) for _, data in graph.nodes(data=True)})
    lines = sorted({str(data.get("kind") or "other") for *_, data in graph.edges(data=True)})
    html = (
        f'<figure class="cl-network"><div class="tools"><label>{_FIND.get(language)} '
        f'<input type="search" autocomplete="off" list="{_anchor(block)}"></label>'
        f'<datalist id="{_anchor(block)}"></datalist>'
        f'<button type="button" class="fit">{_FIT.get(language)}</button>'
        f'<button type="button" class="png">{_SAVE.get(language)}</button></div>'
        f'<div class="stage" style="height:{int(height)}px"><div class="canvas" role="img" '
        f'aria-label="{escape(_TITLE.get(language) + " " + about)}"></div>'
        f'<div class="panel" aria-live="polite" tabindex="0" role="region" '
        f'aria-label="{escape(_TITLE.get(language))}"></div></div>'
        f'<script type="application/json">{block}</script>'
        f'<ul class="legend">{legend(kinds, lines, language)}</ul><figcaption>{escape(about)}</figcaption></figure>'
    )
    return Fragment(html, f"{_TITLE.get(language)}: {about}", language, frozenset({"network"}))


def _build(
    graph: nx.MultiDiGraph, language: Language, height: int, fold_from: int, sources: Sources
) -> tuple[Any, dict[str, Any]]:
    """A pyvis network with fixed positions, and what its panel says about each node and line."""
    from pyvis.network import Network

    order = sorted(graph, key=str)
    number = {node: place for place, node in enumerate(order)}
    folded = folded_leaves(graph, fold_from)
    drawn = flows(graph)
    hidden = {number[leaf] for leaves in folded.values() for leaf in leaves}
    points = _place(drawn, number, folded)
    degree = np.zeros(len(order), dtype=int)
    for flow in drawn:
        degree[number[flow.source]] += 1
        degree[number[flow.target]] += 1
    sizes = [_size(graph.nodes[node], int(degree[number[node]])) for node in order]
    extent = float(np.ptp(points, axis=0).max()) if len(points) else 1.0
    scale = min(_CANVAS, height) / max(extent + 120, 1.0)
    labels = [visible(graph.nodes[node].get("label") or node) for node in order]
    shorts = [label if len(label) <= 16 else label[:15] + "…" for label in labels]
    shown_labels = [
        f"{short} ⊕{len(folded[node])}" if node in folded else short for short, node in zip(shorts, order, strict=True)
    ]
    named = readable(points, shown_labels, [graph.nodes[n].get("subject", False) for n in order], degree, hidden, scale)

    net = Network(directed=True)
    node_detail: dict[str, Any] = {}
    for place, node in enumerate(order):
        data = graph.nodes[node]
        style = node_style(str(data.get("kind")))
        subject = bool(data.get("subject"))
        net.add_node(
            place,
            label=shown_labels[place] or " ",
            shape=style.shape,
            group=str(data.get("kind")) if str(data.get("kind")) in NODES else "other",
            short=shorts[place] or " ",
            full=labels[place],
            x=float(points[place, 0]),
            y=float(points[place, 1]),
            size=max(sizes[place], round(2.2 / scale, 1)),
            # The page keeps what is named at first sight visible at every zoom: at least this many pixels.
            least=(12 if subject else 7) if place in named and scale < 1 else 0,
            borderWidth=4 if subject else (3 if style.hollow else 1),
            hidden=place in hidden,
            font={"size": round(13 / scale, 1), "strokeWidth": round(4 / scale, 1)}
            if place in named and scale < 1
            else {},
        )
        facts = [style.label.get(language)] + ([_SUBJECT.get(language)] if subject else [])
        own = sorted((str(table), str(key)) for table, key in data.get("rows") or ())
        node_detail[str(place)] = sources.detail(own, [" · ".join(facts)])
    edge_detail = _draw_lines(net, drawn, number, hidden, language, sources, max(1.0, 0.35 / scale))
    return net, {
        "node_detail": node_detail,
        "edge_detail": edge_detail,
        "folded": {str(number[hub]): [number[leaf] for leaf in leaves] for hub, leaves in folded.items()},
        "rows": sources.listed,
    }


def _place(drawn: Sequence[Flow], number: Mapping[Any, int], folded: Mapping[Any, list[Any]]) -> np.ndarray:
    """Positions of all nodes: the ones to be seen at once by force, folded ones in a spiral about their hub."""
    leaves = {number[leaf] for group in folded.values() for leaf in group}
    core = [place for place in range(len(number)) if place not in leaves]
    local = {place: index for index, place in enumerate(core)}
    pairs = {
        tuple(sorted((local[number[flow.source]], local[number[flow.target]])))
        for flow in drawn
        if number[flow.source] in local and number[flow.target] in local and flow.source != flow.target
    }
    points = np.zeros((len(number), 2))
    points[core] = positions(len(core), sorted(pairs))  # type: ignore[arg-type]
    for hub, group in folded.items():
        points[[number[leaf] for leaf in group]] = points[number[hub]] + spiral(len(group), 34, start=4)
    return np.round(points, 1)


def _draw_lines(
    net: Any,
    drawn: Sequence[Flow],
    number: Mapping[Any, int],
    hidden: set[int],
    language: Language,
    sources: Sources,
    thicker: float,
) -> dict[str, Any]:
    """Add the lines to ``net``; what the panel says about each. ``thicker`` keeps them visible from afar."""
    largest = max((abs(flow.amount) for flow in drawn if flow.amount), default=0.0)
    ends = [(number[flow.source], number[flow.target]) for flow in drawn]
    beside = Counter((min(pair), max(pair)) for pair in ends)
    bent: Counter[tuple[int, int]] = Counter()
    detail: dict[str, Any] = {}
    for place, (flow, (source, target)) in enumerate(zip(drawn, ends, strict=True)):
        style = edge_style(flow.kind)
        wide = 1.5 if not flow.amount else 1.5 + 5.5 * float(np.sqrt(abs(flow.amount) / largest))
        name = (flow.label or style.label).get(language)
        net.add_edge(
            source,
            target,
            id=place,
            width=round(wide * thicker, 1),
            color=style.color,
            dashes=list(style.dashes),
            arrows="to" if style.arrow else "",
            hidden=source in hidden or target in hidden,
            label=(money(flow.amount, language) if flow.amount else name) if len(drawn) <= 80 else "",
            # Parallel lines are bent apart; a single one stays straight, which draws faster.
            smooth={"type": "curvedCW", "roundness": round(0.18 + 0.14 * bent[source, target], 2)}
            if beside[min(source, target), max(source, target)] > 1
            else False,
        )
        bent[source, target] += 1
        detail[str(place)] = {
            **sources.detail(flow.rows, _lines(flow, name, language)),
            "arrow": "→" if style.arrow else "—",
        }
    return detail


def _lines(flow: Flow, name: str, language: Language) -> list[str]:
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
    return [" · ".join(facts)]


def _size(data: Mapping[str, Any], degree: int) -> int:
    return int(min(12 + 3 * np.log2(1 + degree), 30)) + (8 if data.get("subject") else 0)


def _options(nodes: int) -> dict[str, Any]:
    return {
        "physics": False,
        "layout": {"improvedLayout": False, "randomSeed": 1},
        "interaction": {"hover": False, "hideEdgesOnDrag": nodes > 800, "multiselect": True, "tooltipDelay": 200},
        "groups": {kind: {"color": node_color(style)} for kind, style in NODES.items()},
        "nodes": {
            "font": {"size": 14, "strokeWidth": 4, "strokeColor": "#ffffff", "face": FONT, "color": BLACK},
            "scaling": {"label": {"enabled": False, "drawThreshold": 9, "maxVisible": 24}},
        },
        "edges": {
            "font": {"size": 12, "strokeWidth": 4, "face": FONT, "color": "#404040"},
            "arrows": {"to": {"scaleFactor": 0.5}},
            "color": {"highlight": "#d55e00", "opacity": 0.85},
            "scaling": {"label": {"drawThreshold": 8}},
            "selectionWidth": 2,
        },
    }


def _anchor(block: str) -> str:
    """An id that two networks on one page do not share, the same for the same data."""
    import zlib

    return f"n{zlib.crc32(block.encode()):08x}"
