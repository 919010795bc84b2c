"""What could not be assessed, what to request, and how the rest was done."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from caselens import __version__
from caselens.core.text import Language, Text, pick
from caselens.reports._case import CaseData
from caselens.reports._words import STATE
from caselens.tables import TABLES
from caselens.views import Fragment, escape, table

_NOTE = Text(
    "“未能评估”不等于“没有问题”：资料补齐后应重新评估。",
    "“Could not be assessed” is not “in order”: assess again once the records are there.",
)
_ALL = Text("所有问题都得到了评估。", "Every question could be assessed.")
_WHOLE = Text("全部对象", "all subjects")
_GAPS, _REQUEST = Text("未能评估的事项", "Not assessed"), Text("需要调取或补充的资料", "Records to request")
_LACKS = Text("缺少 {what}", "lacks {what}")
_COVERAGE = Text(
    "资料未声明完整，无法从“没有记录”得出结论", "the records are not declared complete, so absence proves nothing"
)
_LABELS = {
    "title": Text("问题", "Question"),
    "reason": Text("原因", "Why"),
    "subjects": Text("涉及对象", "Subjects"),
    "request": Text("需要的资料", "Records needed"),
    "column": Text("栏目", "Column"),
    "serves": Text("可用于评估", "Would allow"),
}
_STATES = Text("各问题的评估情况（对象数）", "How each question was answered (subjects)")
_SOURCES = Text("方法依据", "Sources of the methods")
_HOW = Text(
    "每个问题由一项公开定义的指标回答，界限、依据与正当解释都写在指标定义中；每条结论可追溯到原始文件的行。"
    "统计类线索给出偶然出现的概率；规则类线索指出所依据的规则。金额按原始记录，不同币种不相加。",
    "Each question is answered by one published indicator, whose thresholds, sources and innocent explanations "
    "stand in its definition; every statement leads back to a row of a raw file. Statistical leads give the "
    "probability of chance, rule leads the rule. Amounts are as recorded; currencies are never added to each other.",
)
_VERSION = Text("软件版本：Caselens（镜鉴）{version}", "Software: Caselens {version}")
_COLUMN = re.compile(r"\b([a-z_]+)\.([a-z_]+)\b")


def unanswered(assessments: pd.DataFrame) -> list[str]:
    """Indicators that could be put to no subject at all, in alphabetical order."""
    dark = assessments.groupby("indicator")["state"].agg(lambda states: set(states) == {"not_assessable"})
    return sorted(dark.index[dark.astype(bool)]) if len(dark) else []


def gaps(assessments: pd.DataFrame, language: Language) -> Fragment:
    """Questions and subjects that could not be assessed, with the reason, and the records that would help."""
    dark = assessments[assessments["state"] == "not_assessable"]
    if dark.empty:
        return Fragment(f"<p>{_ALL.get(language)}</p>", _ALL.get(language), language)
    rows: list[dict[str, Any]] = []
    needed: dict[str, set[str]] = {}
    for (_, reason), group in dark.groupby(["indicator", "reason"], sort=True):
        title = str(group[f"title_{language}"].iloc[0])
        named_subjects = [str(name) for name in group["subject_name"].dropna() if str(name)]
        shown = ("、" if language == "zh" else ", ").join(named_subjects[:5])
        more = len(named_subjects) - 5
        shown += (f" 等 {len(named_subjects)} 个" if language == "zh" else f" and {more} more") if more > 0 else ""
        rows.append({"title": title, "reason": said(str(reason), language), "subjects": shown or _WHOLE.get(language)})
        for name, column in _COLUMN.findall(str(reason)):
            if name in TABLES:
                needed.setdefault(f"{name}.{column}", set()).add(title)
    parts = [
        Fragment(f'<p class="caveat">{_NOTE.get(language)}</p>', _NOTE.get(language), language),
        table(pd.DataFrame(rows), language, _LABELS, caption=_GAPS.get(language)),
    ]
    if needed:
        requests = pd.DataFrame(
            [
                {"request": _labelled(place, language), "column": place, "serves": "；".join(sorted(serves))}
                for place, serves in sorted(needed.items())
            ]
        )
        shown_requests = table(requests, language, _LABELS, caption=_REQUEST.get(language))
        parts.append(Fragment(f"<h3>{_REQUEST.get(language)}</h3>{shown_requests.html}", "", language))
    return Fragment.join(parts, language)


def _labelled(place: str, language: Language) -> str:
    """``kinships.relation`` in words: the table's label, then the column's."""
    name, column = place.split(".")
    declared = TABLES[name]
    labels = {item.name: item.label.get(language) for item in declared.columns}
    return f"{declared.label.get(language)} › {labels.get(column, column)}"


def said(reason: str, language: Language) -> str:
    """The reason of an assessment for a reader: lacking tables and columns by their labels, the rest as it is."""
    if reason == "coverage":
        return _COVERAGE.get(language)
    if not reason.startswith("lacks "):
        return pick(reason, language)
    parts = [
        _labelled(part, language) if (match := _COLUMN.fullmatch(part)) and match[1] in TABLES else part
        for part in reason.removeprefix("lacks ").split(", ")
    ]
    return _LACKS.get(language).format(what=("、" if language == "zh" else ", ").join(parts))


def method(case: CaseData, language: Language) -> Fragment:
    """States counted per question, sources of the methods, and the version."""
    assessments = case.assessments()
    title = f"title_{language}"
    counted = (
        assessments.groupby([title, "state"]).size().unstack(fill_value=0).reindex(columns=list(STATE), fill_value=0)
        if len(assessments)
        else pd.DataFrame(columns=list(STATE))
    )
    counted = counted.reset_index(names="title") if len(counted) else counted
    labels = {**_LABELS, **STATE}
    sources = dict.fromkeys(
        text
        for slug in sorted(assessments["indicator"].unique())
        for text in _references(case.indicator(slug).references)
    )
    listed = "".join(f"<li>{escape(text)}</li>" for text in sources)
    note = getattr(case, "note", None)
    edition = f'<p class="caveat">{escape(note(language))}</p>' if callable(note) else ""
    html = (
        f"{edition}<p>{_HOW.get(language)}</p>"
        f"{table(counted, language, labels, caption=_STATES.get(language)).html}"
        f"<h3>{_SOURCES.get(language)}</h3><ul>{listed}</ul>"
        f'<p class="soft">{escape(_VERSION.get(language).format(version=__version__))}</p>'
    )
    return Fragment(html, _VERSION.get(language).format(version=__version__), language)


def _references(references: Any) -> list[str]:
    """References as text; an address is printed, never made a link, so that a page leads nowhere by a slip."""
    shown = []
    for reference in references:
        text, url = getattr(reference, "text", str(reference)), getattr(reference, "url", "")
        shown.append(f"{text} {url}".strip())
    return shown
