"""Styles by kind, and the legend that explains the ones a picture has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from caselens.core.text import Language
from caselens.tables import TABLES
from caselens.views._format import escape
from caselens.views._style import BLACK, EDGES, NODES, EdgeStyle, NodeStyle


def node_style(kind: str) -> NodeStyle:
    """How nodes of ``kind`` are drawn; an unknown kind is drawn as "other"."""
    return NODES.get(kind, NODES["other"])


def edge_style(kind: str) -> EdgeStyle:
    """How edges of ``kind`` (a table's name) are drawn; one without a style of its own borrows its table's label."""
    if kind in EDGES or kind not in TABLES:
        return EDGES.get(kind, EDGES["other"])
    return EdgeStyle(EDGES["other"].color, EDGES["other"].dashes, TABLES[kind].label)


def node_color(style: NodeStyle) -> dict[str, Any]:
    """Fill and border as vis-network takes them."""
    fill, border = ("#ffffff", style.fill) if style.hollow else (style.fill, BLACK)
    return {"background": fill, "border": border, "highlight": {"background": fill, "border": "#d55e00"}}


_PATHS: dict[str, str] = {
    "star": "M9 1l2.4 5.3 5.6.6-4.2 3.8 1.2 5.7L9 13.5l-5 2.9 1.2-5.7L1 6.9l5.6-.6z",
    "diamond": "M9 1l7 8-7 8-7-8z",
    "dot": "M9 2a7 7 0 100 14A7 7 0 009 2z",
    "square": "M2.5 2.5h13v13h-13z",
    "hexagon": "M5 2h8l4 7-4 7H5L1 9z",
    "triangle": "M9 2l8 14H1z",
    "triangleDown": "M9 16L1 2h16z",
}


def legend(kinds: Sequence[str], lines: Sequence[str], language: Language) -> str:
    """Only what the picture has, shapes first; the drawings are decoration for a screen reader, the words are not."""
    items = []
    for style in dict.fromkeys(node_style(kind) for kind in kinds):
        color = node_color(style)
        items.append(
            f'<li><svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true"><path d="{_PATHS[style.shape]}" '
            f'fill="{color["background"]}" stroke="{color["border"]}" '
            f'stroke-width="{2.2 if style.hollow else 1}"/></svg>'
            f"{escape(style.label.get(language))}</li>"
        )
    looks: dict[tuple[object, ...], list[EdgeStyle]] = {}
    for line in dict.fromkeys(edge_style(kind) for kind in lines):
        looks.setdefault((line.color, line.dashes, line.arrow), []).append(line)
    for alike in looks.values():
        line = alike[0]
        dash = f' stroke-dasharray="{",".join(str(step) for step in line.dashes)}"' if line.dashes else ""
        tip = '<path d="M34 2l7 4-7 4z" fill="' + line.color + '"/>' if line.arrow else ""
        words = (" / ").join(style.label.get(language) for style in alike)
        items.append(
            f'<li><svg width="42" height="12" viewBox="0 0 42 12" aria-hidden="true"><path d="M0 6h36" fill="none" '
            f'stroke="{line.color}" stroke-width="2"{dash}/>{tip}</svg>{escape(words)}</li>'
        )
    return "".join(items)
