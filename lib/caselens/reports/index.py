"""The index of cases: one page that leads to all reports."""

from __future__ import annotations

from urllib.parse import quote

import pandas as pd

from caselens.core.text import Language, Text
from caselens.views import Fragment, escape, money, page

_TITLE = Text("案件索引", "Index of cases")
_FILTER = Text("筛选", "Filter")
_CAPTION = Text("共 {n} 个案件；点击列名排序", "{n} cases; click a heading to sort")
_NOTE = Text(
    "线索不是结论。未列出线索的案件，不等于没有问题：请看各案“未能评估”一节。",
    "A lead is not a verdict. A case without leads has not been found to be in order: "
    "see “what could not be assessed”.",
)
_FAILED = Text("未能生成", "failed")
_DONE = Text("已生成", "done")
_COLUMNS: dict[str, tuple[Text, bool]] = {
    "title": (Text("案件", "Case"), False),
    "case_id": (Text("编号", "Number"), False),
    "state": (Text("报告", "Report"), False),
    "leads": (Text("线索", "Leads"), True),
    "red": (Text("红色", "Red"), True),
    "yellow": (Text("黄色", "Yellow"), True),
    "new": (Text("新增", "New"), True),
    "not_assessable": (Text("未能评估", "Not assessable"), True),
    "amount": (Text("最大一项金额", "Largest amount"), True),
}


def index_page(cases: pd.DataFrame, language: Language, *, title: str = "", head: str = "") -> str:
    """One HTML page that lists cases with links to their reports; sorts and filters without a network.

    Args:
        cases: ``case_id``, ``title``, ``path`` (of the report, relative to the index, with ``/``), and as far as
            known ``leads``, ``red``, ``yellow``, ``new``, ``not_assessable`` (counts), ``amount`` (yuan, the largest),
            ``failed`` (bool). A missing column is left out; order is kept.
        language: ``zh`` or ``en``.
        title, head: plain text of title and top line.

    Raises:
        ValueError: a path that is absolute, leaves the folder or names a scheme.
    """
    shown = [name for name in _COLUMNS if name in cases.columns or (name == "state" and "failed" in cases.columns)]
    heads = "".join(
        f'<th scope="col" aria-sort="none"{" class=number" if _COLUMNS[name][1] else ""}>'
        f'<button type="button">{_COLUMNS[name][0].get(language)}</button></th>'
        for name in shown
    )
    rows = "".join(
        "<tr>" + "".join(_cell(name, row, language) for name in shown) + "</tr>" for row in cases.to_dict("records")
    )
    caption = _CAPTION.get(language).format(n=f"{len(cases):,}")
    body = Fragment(
        f'<p class="caveat">{_NOTE.get(language)}</p>'
        f'<p><label>{_FILTER.get(language)} <input type="search" data-filters="cases"></label></p>'
        f'<div class="scroll" tabindex="0" role="region" aria-label="{_TITLE.get(language)}">'
        f'<table class="sortable" id="cases"><caption>{caption}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
    return page(body.html, title or _TITLE.get(language), language, head=head, search=False)


def _link(path: str) -> str:
    parts = path.split("/")
    if path.startswith("/") or "\\" in path or ".." in parts or ":" in parts[0]:
        raise ValueError(f"the path of a report must be relative to the index and stay below it, got {path!r}")
    return quote(path)


def _cell(name: str, row: dict[str, object], language: Language) -> str:
    if name == "title":
        return f'<th scope="row"><a href="{_link(str(row["path"]))}">{escape(row["title"])}</a></th>'
    if name == "state":
        return f"<td>{(_FAILED if row['failed'] else _DONE).get(language)}</td>"
    value = row[name]
    if not _COLUMNS[name][1]:
        return f"<td>{escape(value)}</td>"
    text = money(value, language) if name == "amount" else escape(value)
    return f'<td class="number" data-sort="{0 if pd.isna(value) else float(value)}">{text}</td>'  # type: ignore[arg-type]
