"""The index of cases: one page that leads to all reports, tells what is new, and sorts and filters without a network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

import pandas as pd

from caselens.core.text import Language, Text
from caselens.reports.workbook import WORKBOOK
from caselens.views import Fragment, escape, money, page
from caselens.views._format import is_missing

_TITLE = Text("案件索引", "Index of cases")
_FILTER, _UNIT, _SHOW = Text("筛选", "Filter"), Text("单位", "Unit"), Text("显示", "Show")
_CAPTION = Text("共 {n} 个案件；点击列名排序", "{n} cases; click a heading to sort")
_EVERY = Text("全部", "all")
_NOTE = Text(
    "线索不是结论。未列出线索的案件，不等于没有问题：请看各案“未能评估”一节。",
    "A lead is not a verdict. A case without leads has not been found to be in order: "
    "see “what could not be assessed”.",
)
_SINCE = Text("自上次以来", "Since last time")
_NEWS = (
    ("new", Text("新增线索 {n} 条，涉及 {cases} 个案件。", "{n} new findings in {cases} cases.")),
    ("changed", Text("证据有变化的 {n} 条，涉及 {cases} 个案件。", "{n} with changed evidence in {cases} cases.")),
    ("gone", Text("本次不再出现的 {n} 条，涉及 {cases} 个案件。", "{n} no longer found, in {cases} cases.")),
)
_NO_NEWS = Text("没有变化。", "Nothing has changed.")
_FAILED_NEWS = Text("{cases} 个案件的报告未能生成。", "The reports of {cases} cases could not be made.")
_UNITS = Text("各单位", "By unit")
_FAILED, _DONE = Text("未能生成", "failed"), Text("已生成", "done")
_COLUMNS: dict[str, tuple[Text, bool]] = {
    "title": (Text("案件", "Case"), False),
    "case_id": (Text("编号", "Number"), False),
    "unit": (_UNIT, False),
    "state": (Text("报告", "Report"), False),
    "leads": (Text("线索", "Leads"), True),
    "red": (Text("红色", "Red"), True),
    "yellow": (Text("黄色", "Yellow"), True),
    "new": (Text("新增", "New"), True),
    "changed": (Text("有变化", "Changed"), True),
    "gone": (Text("不再出现", "Gone"), True),
    "not_assessable": (Text("未能评估", "Not assessable"), True),
    "amount": (Text("最大一项金额", "Largest amount"), True),
    "links": (Text("版本", "Editions"), False),
}
#: What is beside a report of language ``path``: where, and what the link to it says.
EDITIONS: dict[str, tuple[str, Text]] = {
    "full_zh": ("zh/index.html", Text("中文", "zh")),
    "full_en": ("en/index.html", Text("英文", "en")),
    "redacted_zh": ("zh-redacted/index.html", Text("脱敏·中", "redacted zh")),
    "redacted_en": ("en-redacted/index.html", Text("脱敏·英", "redacted en")),
    "workbook": (WORKBOOK, Text("证据表", "evidence")),
}
_IDLE = ("unit", "changed", "gone")
_COUNTED = ("leads", "red", "yellow", "new", "changed", "gone")


def with_editions(cases: pd.DataFrame, out: Path) -> pd.DataFrame:
    """``cases`` with a column for each edition that lies beside the report in ``out``: its path, or an empty text.

    Args:
        cases: with ``path`` (``<case>/<language>/index.html``, relative to ``out``).
        out: folder of the reports.
    """
    found: dict[str, list[str]] = {name: [] for name in EDITIONS}
    for path in cases["path"] if len(cases) else ():
        own = PurePosixPath(path).parent
        for name, (place, _) in EDITIONS.items():
            there = (own if name == "workbook" else own.parent) / place
            found[name].append(str(there) if (out / there).is_file() else "")
    return cases.assign(**found)


def index_page(cases: pd.DataFrame, language: Language, *, title: str = "", head: str = "", foot: str = "") -> str:
    """One HTML page that lists cases with links to their reports; sorts and filters without a network.

    Args:
        cases: ``case_id``, ``title``, ``path`` (of the report, relative to the index, with ``/``), and as far as
            known ``unit`` (name), ``leads``, ``red``, ``yellow``, ``new``, ``changed``, ``gone``, ``not_assessable``
            (counts), ``amount`` (yuan, the largest), ``failed`` (bool) and paths of editions (see
            :func:`with_editions`). A missing column is left out; order is kept.
        language: ``zh`` or ``en``.
        title, head, foot: plain text of title, top and bottom line.

    Returns:
        The page: what changed since last time, the units with their sums, and the cases. With 1,000 cases it is about
        0.6 MB.

    Raises:
        ValueError: a path that is absolute, leaves the folder or names a scheme.
    """
    has_links = any(name in cases.columns for name in EDITIONS)
    given = {*cases.columns, *(["state"] if "failed" in cases.columns else []), *(["links"] if has_links else [])}
    # Columns that say nothing of any case only push the others off the page.
    idle = {name for name in _IDLE if name in cases.columns and cases[name].fillna("").isin([0, ""]).all()}
    shown = [name for name in _COLUMNS if name in given - idle]
    rows = cases.to_dict("records")
    heads = "".join(_head(name, language) for name in shown)
    body = "".join(f"<tr{_marks(row)}>{''.join(_cell(name, row, language) for name in shown)}</tr>" for row in rows)
    caption = _CAPTION.get(language).format(n=f"{len(cases):,}")
    table = (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{_TITLE.get(language)}">'
        f'<table class="sortable" id="cases"><caption>{caption}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )
    fragment = Fragment(
        f'<p class="caveat">{_NOTE.get(language)}</p>{_news(cases, language)}{_units(cases, language)}'
        f"{_controls(cases, language)}{table}"
    )
    return page(
        fragment.html, title or _TITLE.get(language), language, head=head, foot=foot, search=False, listed=False
    )


def _head(name: str, language: Language) -> str:
    label, numeric = _COLUMNS[name]
    return (
        f'<th scope="col" aria-sort="none"{" class=number" if numeric else ""}>'
        f'<button type="button">{label.get(language)}</button></th>'
    )


def _controls(cases: pd.DataFrame, language: Language) -> str:
    """The filter box, and lists to choose a unit and what changed from; all of them hold at once."""
    parts = [f'<label>{_FILTER.get(language)} <input type="search" data-filters="cases"></label>']
    if "unit" in cases.columns and cases["unit"].nunique() > 1:
        units = sorted({str(unit) for unit in cases["unit"].dropna() if str(unit)})
        parts.append(_choice(_UNIT.get(language), "unit", [(unit, unit) for unit in units], language))
    changes = [(name, _COLUMNS[name][0].get(language)) for name in ("new", "changed", "gone") if name in cases.columns]
    if "failed" in cases.columns:
        changes.append(("failed", _FAILED.get(language)))
    if changes:
        parts.append(_choice(_SHOW.get(language), "has", changes, language))
    return f'<p class="search">{" ".join(parts)} <output data-counts="cases"></output></p>'


def _choice(label: str, by: str, options: list[tuple[str, str]], language: Language) -> str:
    listed = "".join(f'<option value="{escape(value)}">{escape(text)}</option>' for value, text in options)
    return (
        f'<label>{label} <select data-filters="cases" data-by="{by}">'
        f'<option value="">{_EVERY.get(language)}</option>{listed}</select></label>'
    )


def _marks(row: Mapping[str, Any]) -> str:
    """What the lists filter by: the unit, and what the case has."""
    has = [name for name in ("new", "changed", "gone") if not is_missing(row.get(name)) and row[name] > 0]
    has += ["failed"] if row.get("failed") else []
    unit = "" if is_missing(row.get("unit")) else str(row["unit"])
    return f' data-unit="{escape(unit)}" data-has="{" ".join(has)}"' if "unit" in row or has else ""


def _news(cases: pd.DataFrame, language: Language) -> str:
    """What is new since last time, as sentences; nothing where the caller knows of no changes."""
    known = [(name, text) for name, text in _NEWS if name in cases.columns]
    if not known:
        return ""
    told = []
    for name, text in known:
        counts = cases[name].fillna(0).astype(int)
        if counts.sum():
            told.append(text.get(language).format(n=f"{counts.sum():,}", cases=f"{int((counts > 0).sum()):,}"))
    told = told or [_NO_NEWS.get(language)]
    if "failed" in cases.columns and (failed := int(cases["failed"].astype(bool).sum())):
        told.append(_FAILED_NEWS.get(language).format(cases=f"{failed:,}"))
    return f"<h2>{_SINCE.get(language)}</h2><ul>{''.join(f'<li>{escape(line)}</li>' for line in told)}</ul>"


def _units(cases: pd.DataFrame, language: Language) -> str:
    """One row a unit: its cases and the sums of their counts. A finding in two cases counts in both."""
    if "unit" not in cases.columns or cases["unit"].fillna("").nunique() < 2:
        return f"<h2>{_TITLE.get(language)}</h2>"
    counted = [name for name in _COUNTED if name in cases.columns]
    frame = cases.assign(unit=cases["unit"].fillna("").astype(str))
    sums = frame.groupby("unit", sort=True).agg(cases=("case_id", "size"), **{n: (n, "sum") for n in counted})
    heads = [_UNIT.get(language), Text("案件", "Cases").get(language), *(_COLUMNS[n][0].get(language) for n in counted)]
    head = "".join(
        f'<th scope="col" aria-sort="none"{" class=number" if place else ""}><button type="button">{text}</button></th>'
        for place, text in enumerate(heads)
    )
    body = "".join(
        f'<tr><th scope="row">{escape(unit or "—")}</th>'
        + "".join(
            f'<td class="number" data-sort="{int(row[name])}">{int(row[name]):,}</td>' for name in ("cases", *counted)
        )
        + "</tr>"
        for unit, row in sums.iterrows()
    )
    label = _UNITS.get(language)
    return (
        f'<h2>{label}</h2><div class="scroll" tabindex="0" role="region" aria-label="{label}"><table class="sortable" '
        f'id="units"><caption>{label}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
        f"<h2>{_TITLE.get(language)}</h2>"
    )


def _link(path: str) -> str:
    parts = path.split("/")
    if path.startswith("/") or "\\" in path or ".." in parts or ":" in parts[0]:
        raise ValueError(f"the path of a report must be relative to the index and stay below it, got {path!r}")
    return quote(path)


def _cell(name: str, row: dict[str, Any], language: Language) -> str:
    if name == "title":
        return f'<th scope="row"><a href="{_link(str(row["path"]))}">{escape(row["title"])}</a></th>'
    if name == "state":
        return f"<td>{(_FAILED if row['failed'] else _DONE).get(language)}</td>"
    if name == "links":
        links = [
            f'<a href="{_link(str(row[edition]))}">{text.get(language)}</a>'
            for edition, (_, text) in EDITIONS.items()
            if row.get(edition)
        ]
        return f'<td class="editions">{" ".join(links)}</td>'
    value = row[name]
    if not _COLUMNS[name][1]:
        return f"<td>{escape(value)}</td>"
    text = money(value, language) if name == "amount" else escape(value)
    return f'<td class="number" data-sort="{0 if is_missing(value) else float(value)}">{text}</td>'
