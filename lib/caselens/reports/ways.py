"""Ways between parties as a reader checks them: hop by hop, each with its rows, and what would make it innocent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from caselens.core.text import Language, Text
from caselens.graph import needed
from caselens.tables import TABLES
from caselens.views import Fragment, date, escape, locator_html, money
from caselens.views._format import count

_HEAD = Text("{rank}. {way}", "{rank}. {way}")
_STRENGTH = Text("强度 {strength:.2f}，{hops} 步", "strength {strength:.2f}, steps: {hops}")
_HELD = Text("各步同时成立：{since} 至 {until}", "all steps held from {since} to {until}")
_HELD_ON = Text("各步自 {since} 起同时成立", "all steps held from {since} on")
_APART = Text("各步从未同时成立或先后颠倒", "its steps never held together, or run backwards")
_NEEDS = Text("要排除嫌疑，需要：", "To be innocent it would need:")
_STEP, _RELATION = Text("步骤", "Step"), Text("关系", "Relation")
_PERIOD, _AMOUNT, _ROWS = Text("期间", "Period"), Text("金额", "Amount"), Text("依据", "Rows")
_NOW, _MORE = Text("至今", "today"), Text("另有 {n} 行", "{n} more rows")
_UNDATED = Text("无日期", "no date")
_NONE = Text(
    "在所查步数以内没有路径。没有路径不等于没有联系，只说明已有资料中没有。",
    "There is no way within these steps. That means none on record, not that there is no connection.",
)
_LEFT = Text(
    "路径过多，只比较了其中一部分；请减少步数。", "There are too many ways to compare them all; ask for fewer steps."
)
_TOLD = Text("{n} 条路径", "{n} ways")
#: Rows of a step that the page lists.
_SHOWN = 3


def ways_shown(found: pd.DataFrame, names: Mapping[str, str], places: pd.DataFrame, language: Language) -> Fragment:
    """The ways of :func:`caselens.graph.ways`, the strongest first.

    Args:
        found: the ways.
        names: node -> what it is called; an account or object without a name keeps its id.
        places: where rows stand: ``table, key, source_file, source_sheet, source_row``.
        language: of the text.
    """
    known = {(row.table, row.key): row for row in places.itertuples(index=False)}
    if found.empty:
        return Fragment(f"<p>{_NONE.get(language)}</p>", _NONE.get(language), language)
    parts = [_way(way, names, known, language) for way in found.itertuples(index=False)]
    if found.attrs.get("more"):
        parts.append(f'<p class="caveat">{_LEFT.get(language)}</p>')
    return Fragment("\n".join(parts), _TOLD.get(language).format(n=len(found)), language)


def _way(way: Any, names: Mapping[str, str], known: Mapping[tuple[str, str], Any], language: Language) -> str:
    path = " → ".join(names.get(node, node) for node in way.nodes)
    facts = [_STRENGTH.get(language).format(strength=way.strength, hops=way.hops)]
    if not way.in_time:
        facts.append(_APART.get(language))
    elif not (pd.isna(way.since) and pd.isna(way.until)):
        held = _HELD_ON if pd.isna(way.until) else _HELD
        facts.append(held.get(language).format(since=date(way.since), until=date(way.until)))
    heads = "".join(
        f'<th scope="col">{head.get(language)}</th>' for head in (_STEP, _RELATION, _PERIOD, _AMOUNT, _ROWS)
    )
    body = "".join(_leg(leg, names, known, language) for leg in way.legs)
    needs = "".join(f"<li>{escape(told.get(language))}</li>" for told in needed(way.steps, way.in_time))
    return (
        f"<h3>{escape(_HEAD.get(language).format(rank=way.rank, way=path))}</h3>"
        f"<p>{escape(('；' if language == 'zh' else '; ').join(facts))}</p>"
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(path)}"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div><p>{_NEEDS.get(language)}</p><ul>{needs}</ul>"
    )


def _leg(
    leg: Mapping[str, Any], names: Mapping[str, str], known: Mapping[tuple[str, str], Any], language: Language
) -> str:
    ends = f"{names.get(leg['source'], leg['source'])} → {names.get(leg['target'], leg['target'])}"
    declared = TABLES.get(leg["table"])
    said = leg["label"] or (declared.label if declared else None)
    cells = [
        f'<th scope="row">{escape(ends)}</th>',
        f"<td>{escape(said.get(language) if said else leg['table'])}</td>",
        f"<td>{escape(_period(leg, language))}</td>",
        f"<td>{escape(money(leg['amount'], language))}</td>",
        f'<td class="locator">{_rows(leg["rows"], known, language)}</td>',
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _period(leg: Mapping[str, Any], language: Language) -> str:
    if leg["since"] is None and leg["until"] is None:
        return _UNDATED.get(language)
    if leg["since"] == leg["until"]:
        return date(leg["since"])
    return f"{date(leg['since'])} – {_until(leg['until'], language)}"


def _until(day: Any, language: Language) -> str:
    return _NOW.get(language) if pd.isna(day) else date(day)


def _rows(rows: Sequence[tuple[str, str]], known: Mapping[tuple[str, str], Any], language: Language) -> str:
    told = []
    for row in rows[:_SHOWN]:
        place = known.get(row)
        if place is None or pd.isna(place.source_file):
            told.append(escape(" ".join(row)))
        else:
            told.append(locator_html(place.source_file, place.source_sheet, place.source_row, language))
    if len(rows) > _SHOWN:
        told.append(escape(_MORE.get(language).format(n=count(len(rows) - _SHOWN))))
    return "<br>".join(told)
