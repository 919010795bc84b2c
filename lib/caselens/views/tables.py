"""Data frames as tables that can be read aloud: caption, column scopes, units, and how many rows were left out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pandas as pd

from caselens.core.text import Language, Text
from caselens.tables import TABLES, code_label
from caselens.views._format import MISSING, count, date, escape, is_missing, locator, moment, share, visible
from caselens.views.fragment import Fragment

#: How a column's values are written.
How = Literal["text", "money", "number", "integer", "share", "date", "moment", "boolean"]

_ROWS = Text("共 {n} 行", "{n} rows")
#: Said of a table that lists its first rows only.
SHOWN = Text("列出前 {shown} 行，共 {n} 行；其余在工作区中", "first {shown} of {n} rows; the rest is in the workspace")
_EMPTY = Text("没有记录", "No rows")
_YES, _NO = Text("是", "yes"), Text("否", "no")
SOURCE = Text("出处（文件 › 表 › 行）", "Source (file › sheet › row)")
COPY = Text("复制出处", "Copy locator")
_YUAN = Text("（元）", " (CNY)")
_ORIGIN = ("source_file", "source_sheet", "source_row")
_WRITTEN: frozenset[How] = frozenset(("money", "number", "integer", "share", "date", "moment", "boolean"))


def labels_of(table: str) -> dict[str, Text]:
    """Labels of a declared table's columns, for ``table(labels=…)``; empty if no such table is declared."""
    return {column.name: column.label for column in TABLES[table].columns} if table in TABLES else {}


def kinds_of(table: str) -> dict[str, How]:
    """How a declared table's columns are written, for ``table(kinds=…)``."""
    if table not in TABLES:
        return {}
    # Every other kind (id, code, list) is text for a reader.
    return {column.name: column.kind if column.kind in _WRITTEN else "text" for column in TABLES[table].columns}


def readable_codes(
    frame: pd.DataFrame, table: str, language: Language, names: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """A copy of ``frame`` (rows of the declared ``table``) with codes by their labels and parties by their names.

    ``names`` maps entity ids to names; an id that is not in it, and a code nobody declared, stays as it is.
    """
    shown = frame.copy()
    known = {column.name: column for column in TABLES[table].columns}
    for name in set(shown.columns) & set(known):
        column = known[name]
        if column.kind == "code":
            shown[name] = [
                value if is_missing(value) or not str(value) else code_label(table, name, str(value)).get(language)
                for value in shown[name]
            ]
        elif names and {"persons", "organizations"} & set(column.references):
            shown[name] = [value if is_missing(value) else names.get(str(value), value) for value in shown[name]]
    return shown


def table(
    frame: pd.DataFrame,
    language: Language,
    labels: Mapping[str, Text] | None = None,
    *,
    caption: str = "",
    kinds: Mapping[str, How] | None = None,
    limit: int | None = None,
    sortable: bool = False,
    widths: Sequence[int] = (),
    rest: Text = SHOWN,
) -> Fragment:
    """``frame`` as an HTML table.

    Args:
        frame: columns in the order they are shown. ``source_file``, ``source_sheet`` and ``source_row`` together
            become one last column with a button that copies the locator.
        language: ``zh`` or ``en``.
        labels: heading of each column; one without a label keeps its name.
        caption: plain text above the table; the number of rows is added to it.
        kinds: how columns are written; by default by their type (money must be said: it looks like any number).
        limit: rows shown; what is left out is counted in the caption.
        sortable: headings become buttons that sort (the page's script does it).
        widths: shares of the table's width in per cent, one a shown column (the source is one); by default the browser
            divides the width by what stands in the columns.
        rest: what the caption says where rows are left out, with the places ``{shown}`` and ``{n}``.

    Returns:
        Every value and heading escaped; a missing value is "—".
    """
    labels, kinds = labels or {}, kinds or {}
    has_origin = all(name in frame.columns for name in _ORIGIN)
    columns = [name for name in frame.columns if not (has_origin and name in _ORIGIN)]
    how = {name: kinds.get(name) or _guess(frame[name]) for name in columns}
    shown = frame if limit is None else frame.head(limit)
    told = (_ROWS if len(shown) == len(frame) else rest).get(language)
    told = told.format(n=count(len(frame)), shown=count(len(shown))) if len(frame) else _EMPTY.get(language)
    told = "1 row" if told == "1 rows" else told
    title = f"{caption}（{told}）" if language == "zh" and caption else f"{caption} ({told})" if caption else told
    heads = [
        _head(
            (labels[name].get(language) if name in labels else name)
            + (_YUAN.get(language) if how[name] == "money" and "currency" not in columns else ""),
            how[name] in _NUMERIC,
            sortable,
        )
        for name in columns
    ]
    if has_origin:
        heads.append(_head(SOURCE.get(language), False, sortable))
    body = [
        "<tr>"
        + "".join(
            _cell(value, how[name], language, is_first=index == 0)
            for index, (name, value) in enumerate(zip(columns, values, strict=False))
        )
        + (_origin(values[len(columns) :], language) if has_origin else "")
        + "</tr>"
        for values in shown[[*columns, *(_ORIGIN if has_origin else ())]].itertuples(index=False, name=None)
    ]
    html = (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption or told)}">'
        f"{_opening(sortable, widths)}<caption>{escape(title)}</caption>{_columns(widths)}"
        f"<thead><tr>{''.join(heads)}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )
    return Fragment(html, title, language)


_NUMERIC = frozenset({"money", "number", "integer", "share"})
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def _guess(column: pd.Series) -> How:
    if pd.api.types.is_bool_dtype(column):
        return "boolean"
    if pd.api.types.is_integer_dtype(column):
        return "integer"
    if pd.api.types.is_numeric_dtype(column):
        return "number"
    return "moment" if pd.api.types.is_datetime64_any_dtype(column) else "text"


def written(value: Any, how: How, language: Language) -> str:
    """``value`` as a reader sees it. Money is written to the cent; a value that is not of its kind stays as it is."""
    if is_missing(value):
        return MISSING
    try:
        match how:
            case "money":
                return f"{float(value):,.2f}"
            case "number":
                return f"{float(value):,.4g}" if abs(float(value)) < 1000 else f"{float(value):,.0f}"
            case "integer":
                return count(value)
            case "share":
                return share(value)
            case "date":
                return date(value)
            case "moment":
                return moment(value)
            case "boolean":
                return (_YES if value else _NO).get(language)
    except (TypeError, ValueError):
        return visible(value)
    return visible(value)


def _opening(sortable: bool, widths: Sequence[int]) -> str:
    kinds = [name for name, holds in (("sortable", sortable), ("fixed", bool(widths))) if holds]
    return f'<table class="{" ".join(kinds)}">' if kinds else "<table>"


def _columns(widths: Sequence[int]) -> str:
    each = "".join(f'<col style="width:{int(width)}%">' for width in widths)
    return f"<colgroup>{each}</colgroup>" if each else ""


def _head(label: str, numeric: bool, sortable: bool) -> str:
    inner = f'<button type="button">{escape(label)}</button>' if sortable else escape(label)
    sort = ' aria-sort="none"' if sortable else ""
    return f'<th scope="col"{sort}{" class=number" if numeric else ""}>{inner}</th>'


def _cell(value: Any, how: How, language: Language, *, is_first: bool) -> str:
    text = escape(written(value, how, language))
    if how in _NUMERIC:
        raw = "" if is_missing(value) else str(value)
        return f'<td class="number" data-sort="{escape(raw) if raw else ""}">{text}</td>'
    if how in ("date", "moment") or _DATE.fullmatch(text):
        return f'<td class="nowrap">{text}</td>'
    return f'<th scope="row">{text}</th>' if is_first else f"<td>{text}</td>"


def _origin(values: Sequence[Any], language: Language) -> str:
    if is_missing(values[0]):
        return f'<td class="locator">{MISSING}</td>'
    file, sheet, row = values
    return f'<td class="locator">{locator_html(file, sheet, row, language)}</td>'


def locator_html(file: Any, sheet: Any, row: Any, language: Language) -> str:
    """A row's place in its raw file with a button that copies it."""
    where = escape(locator(file, sheet, row, language))
    word = escape(COPY.get(language))
    return f'{where}<button type="button" data-copy="{where}" aria-label="{word} {where}">{word}</button>'
