"""The network of a case as a picture that answers a click with the rows behind it."""

from __future__ import annotations

import zlib
from typing import Any

import networkx as nx
import pandas as pd

from caselens.core.text import Language, Text
from caselens.views._fold import Folding, flows, folding, without_accounts
from caselens.views._format import count, data_block, data_script, escape
from caselens.views._legend import legend, node_color
from caselens.views._net import build
from caselens.views._panel import Sources
from caselens.views._style import BLACK, FONT, NODES
from caselens.views.fragment import Fragment

_TITLE = Text("关系网络", "Network")
_FIND = Text("查找对象", "Find a party")
_FIT = Text("显示全图", "Show all")
_ALL = Text("全部展开", "Expand all")
_SAVE = Text("另存为", "Save as")
_TIME = Text("时间", "Time")
_SINCE, _UNTIL = Text("起始月份", "First month"), Text("截止月份", "Last month")
_ALWAYS = Text("全部时间", "All time")
#: What the picture's own script says; amounts and numbers are filled in there.
_WORDS = {
    "window": Text("{start} 至 {end}：{n} 条连线", "{start} to {end}: {n} lines"),
    "undated": Text("，其中 {n} 条无日期，始终列出", ", {n} of them without a date and always shown"),
    "before": Text("{month} 及以前", "{month} and before"),
    "within": Text("所选时间内 {n} 笔（条）", "{n} entries in the chosen time"),
    "sum": Text("合计 {amount}", "in all {amount}"),
    "lacking": Text("其中 {n} 条无人民币金额", "{n} of them without an amount in yuan"),
    "outside": Text("另有 {n} 行不在所选时间内。", "{n} more rows are outside the chosen time."),
    "notnow": Text("另有 {n} 条连线不在所选时间内。", "{n} more lines are outside the chosen time."),
}
_ABOUT = Text(
    "{nodes} 个对象、{lines} 条连线，由 {entries} 条记录归并而成；线越粗金额越大。",
    "{nodes} parties and {lines} lines, folded from {entries} entries; the thicker a line, the larger the amount. ",
)
_FOLDED = Text(
    "图中先列 {shown} 个，另 {n} 个收在其所连对象之内（标 ⊕），双击展开或收起。",
    "{shown} are shown at first, {n} more are folded into those they hang on (marked ⊕; double-click to expand). ",
)
_APART = Text(
    "{n} 个对象与图中所列无任何路径相连，可用“查找对象”调出。",
    "{n} have no path to those shown; “Find a party” brings them up. ",
)
_HELD = Text("账户已并入其户主。", "Accounts are merged into their holders. ")
_CLICK = Text("点击对象或连线查看证据行。", "Click a party or a line for its evidence rows.")
#: Above this many nodes accounts are merged into their holders unless asked otherwise.
_ACCOUNTS_TO = 60


def network(
    graph: nx.MultiDiGraph,
    language: Language,
    *,
    rows: pd.DataFrame | None = None,
    height: int | None = None,
    accounts: bool | None = None,
    fold_from: int | None = None,
    shown: int = 200,
    rows_shown: int = 50,
    rows_in_all: int = 6000,
) -> Fragment:
    """Draw ``graph``.

    Args:
        graph: node attributes ``kind``, ``label`` and ``subject``; edge attributes ``kind`` (a table's name),
            ``label`` (Text), ``amount`` (yuan or None), ``start``, ``end``, ``count``, ``rows`` (list of (table, key))
            and ``spans`` (when each row held and its amount, see ``case_graph``). Nodes may have ``rows`` as well.
            What is absent is drawn without.
        language: ``zh`` or ``en``.
        rows: where a row stands: ``table``, ``key``, ``source_file``, ``source_sheet``, ``source_row`` and, if there,
            ``text``. Rows not in it are named by table and key alone.
        height: of the picture in pixels; by default what the layout needs, 380 to 640.
        accounts: draw accounts as nodes of their own; by default only in a graph of at most 60 nodes, in a larger
            one an account is merged into its holder.
        fold_from: a node with at least this many neighbours that have no other connection carries them folded; by
            default nobody in a graph of at most 60 nodes, 12, and 4 in a graph of more than 300 nodes.
        shown: about how many nodes are in the picture at first; the rest opens on demand (see ``folding``).
        rows_shown: evidence rows a line or party has in the page at most; the rest is counted and told.
        rows_in_all: aim for all lines together: where there are many lines each shows fewer rows, never none.

    Returns:
        A fragment that the page draws by vis-network, from positions computed here. Edges with the same ends, kind
        and label are one line whose width grows with the root of the amount. The caption says what was folded. Two
        sliders choose a time: the lines that held in it stay, with width and sums of that time alone.
    """
    entries = sum(data.get("count") or 1 for *_, data in graph.edges(data=True))
    merged = accounts is False or (accounts is None and len(graph) > _ACCOUNTS_TO)
    drawn = without_accounts(graph) if merged else graph
    usual = _ACCOUNTS_TO if len(drawn) <= _ACCOUNTS_TO else 12 if len(drawn) <= 300 else 4
    fold = folding(drawn, leaves_from=fold_from or usual, shown=shown)
    lines = flows(drawn)
    sources = Sources(rows, language, rows_shown)
    per_line = min(rows_shown, max(1, rows_in_all // max(len(lines), 1)))
    data = build(drawn, lines, language, height, fold, per_line, sources)
    height, months = data.pop("height"), data.get("months")
    about = _about(len(drawn), len(lines), entries, fold, merged and len(drawn) < len(graph), language)
    words = {name: text.get(language) for name, text in _WORDS.items()} | {"language": language}
    block = data_block({**data, "options": _options(), "words": words})
    kinds = sorted({str(data.get("kind")) for _, data in drawn.nodes(data=True)})
    edges = sorted({str(data.get("kind") or "other") for *_, data in drawn.edges(data=True)})
    # Two networks on one page need lists of their own; the same data gives the same name.
    anchor = f"n{zlib.crc32(block.encode()):08x}"
    title = _TITLE.get(language)
    everything = f'<button type="button" class="all" aria-pressed="false">{_ALL.get(language)}</button>'
    everything = everything if fold.hidden else ""
    html = (
        f'<figure class="cl-network"><div class="tools"><label>{_FIND.get(language)} '
        f'<input type="search" autocomplete="off" list="{anchor}"></label><datalist id="{anchor}"></datalist>'
        f"{everything}"
        f'<button type="button" class="fit">{_FIT.get(language)}</button>'
        f'<span class="save">{_SAVE.get(language)} <button type="button" class="png">PNG</button>'
        f'<button type="button" class="svg">SVG</button>'
        f'<button type="button" class="graphml">GraphML</button></span></div>'
        f"{_times(months['count'], language) if months else ''}"
        f'<div class="stage" style="height:{int(height)}px"><div class="canvas" role="img" '
        f'aria-label="{escape(f"{title} {about}")}"></div>'
        f'<div class="panel" aria-live="polite" tabindex="0" role="region" aria-label="{escape(title)}"></div></div>'
        f"{data_script(block)}"
        f'<ul class="legend">{legend(kinds, edges, language)}</ul><figcaption>{escape(about)}</figcaption></figure>'
    )
    return Fragment(html, f"{title}: {about}", language, frozenset({"network"}))


def _times(months: int, language: Language) -> str:
    """Two sliders on one track, over a bar a month; the page's script names the months."""
    inputs = "".join(
        f'<input type="range" min="0" max="{months - 1}" value="{value}" aria-label="{label.get(language)}">'
        for label, value in ((_SINCE, 0), (_UNTIL, months - 1))
    )
    return (
        f'<div class="times"><span>{_TIME.get(language)}</span>'
        f'<div class="track"><canvas aria-hidden="true"></canvas>{inputs}</div>'
        f'<button type="button" class="always" disabled>{_ALWAYS.get(language)}</button><output></output></div>'
    )


def _about(nodes: int, lines: int, entries: int, fold: Folding, merged: bool, language: Language) -> str:
    """The caption: how much there is, and what of it is not to be seen at first."""
    parts = [_ABOUT.get(language).format(nodes=count(nodes), lines=count(lines), entries=count(entries))]
    folded = sum(len(group) for group in fold.groups.values())
    if folded:
        seen = nodes - folded - len(fold.apart)
        parts.append(_FOLDED.get(language).format(shown=count(seen), n=count(folded)))
    if fold.apart:
        parts.append(_APART.get(language).format(n=count(len(fold.apart))))
    return "".join([*parts, _HELD.get(language) if merged else "", _CLICK.get(language)])


def _options() -> dict[str, Any]:
    return {
        "physics": False,
        "layout": {"improvedLayout": False, "randomSeed": 1},
        "interaction": {"hover": False, "hideEdgesOnDrag": False, "multiselect": True, "tooltipDelay": 200},
        "groups": {kind: {"color": node_color(style)} for kind, style in NODES.items()},
        "nodes": {
            "font": {"size": 14, "strokeWidth": 4, "strokeColor": "#ffffff", "face": FONT, "color": BLACK},
            "scaling": {"label": {"enabled": False, "drawThreshold": 11, "maxVisible": 24}},
        },
        "edges": {
            "font": {"size": 12, "strokeWidth": 4, "face": FONT, "color": "#404040"},
            "arrows": {"to": {"scaleFactor": 0.5}},
            "color": {"highlight": "#d55e00", "opacity": 0.85},
            "scaling": {"label": {"drawThreshold": 10}},
            "selectionWidth": 2,
        },
    }
