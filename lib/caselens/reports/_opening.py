"""How a report begins: what was asked, and the answer in five sentences."""

from __future__ import annotations

import pandas as pd

from caselens.core.text import Language, Text
from caselens.findings.leads import Lead
from caselens.reports import _gaps
from caselens.reports._case import CaseData, leads_in, names_of, subject_ids, texts
from caselens.reports._words import GRADE, named
from caselens.views import Fragment, date, escape
from caselens.views._format import count

_CASE, _SUBJECTS, _PERIOD = Text("案件", "Case"), Text("对象", "Subjects"), Text("资金期间", "Period of payments")
_PARTIES, _PAYMENTS = Text("涉及主体", "Parties"), Text("资金往来", "Payments")
_QUESTIONS = Text("本次向数据提出的问题", "Questions put to the data")
_HOW_MANY = Text("{head}（{n} 个）", "{head} ({n})")
_NOBODY = Text("（未指明）", "(none named)")
_TO = Text("{start} 至 {end}", "{start} to {end}")
_ANSWER = (
    Text(
        "对{subjects}及其关联主体共 {parties} 个，提出 {asked} 个问题，查阅资金往来 {payments} 笔。",
        "{asked} questions were put about {subjects} and connected parties ({parties} in all) "
        "over {payments} payments.",
    ),
    Text(
        "共形成线索 {leads} 条，其中{split}。",
        "Leads found: {leads} ({split}).",
    ),
    Text(
        "居首的是“{title}”：{summary}",
        "First among them, “{title}”: {summary}",
    ),
    Text(
        "有 {gaps} 个问题因资料不足未能评估，不能据此认为没有问题。",
        "{gaps} questions could not be answered for lack of records, which does not mean that all is in order.",
    ),
    Text(
        "线索只说明值得核查，不说明任何人有违纪违法行为；每条线索都列出了可能的正当解释。",
        "A lead says what is worth checking, never that anybody did wrong; "
        "each is given with its innocent explanations.",
    ),
)
_NO_LEADS = Text("在能够评估的范围内没有形成线索。", "Within what could be assessed there is no lead.")
_NO_FIRST = Text("因此没有需要优先核查的事项。", "So there is nothing to be checked first.")
_COUNTED = Text("{grade} {n} 条", "{n} {grade}")
#: Questions from which their list is closed at first.
_SHORT = 8


def asked(case: CaseData, language: Language) -> Fragment:
    """What was asked: subjects, period, extent, and the questions in full."""
    payments, assessed = case.payments(), case.assessments()
    title = case.title
    if case.id != title:
        title += f"（{case.id}）" if language == "zh" else f" ({case.id})"
    facts = [
        (_CASE, title),
        (_SUBJECTS, "、".join(_subjects(case)) if language == "zh" else ", ".join(_subjects(case))),
        (_PERIOD, _period(payments, language)),
        (_PARTIES, count(len(case.parties))),
        (_PAYMENTS, count(len(payments))),
    ]
    rows = "".join(
        f"<dt>{label.get(language)}</dt><dd>{escape(value or _NOBODY.get(language))}</dd>" for label, value in facts
    )
    about = getattr(case, "about", None)
    edition = f'<p class="caveat">{escape(about(language))}</p>' if callable(about) else ""
    listed = "".join(
        f"<li>{escape(texts(case.indicator(slug).question, language)[0])}</li>"
        for slug in sorted(assessed["indicator"].unique())
    )
    head, number = _QUESTIONS.get(language), assessed["indicator"].nunique()
    questions = f"<h3>{head}</h3><ul>{listed}</ul>"
    if number > _SHORT:
        # The answer belongs on the first screen; paper shows all of it.
        told = _HOW_MANY.get(language).format(head=head, n=count(number))
        questions = f"<details><summary>{told}</summary><ul>{listed}</ul></details>"
    html = f'{edition}<dl class="facts">{rows}</dl>{questions}'
    return Fragment(html, " · ".join(str(value) for _, value in facts), language)


def answer(case: CaseData, language: Language) -> Fragment:
    """The answer in five sentences."""
    leads = [lead for lead in leads_in(case) if not lead.is_closed]
    assessed = case.assessments()
    joiner = "、" if language == "zh" else ", "
    extent, found, first, gaps, caveat = (sentence.get(language) for sentence in _ANSWER)
    sentences = [
        extent.format(
            subjects=joiner.join(_subjects(case)) or _NOBODY.get(language),
            parties=count(len(case.parties)),
            asked=count(assessed["indicator"].nunique()),
            payments=count(len(case.payments())),
        ),
        found.format(leads=count(len(leads)), split=_split(leads, language)) if leads else _NO_LEADS.get(language),
        first.format(title=leads[0].first[f"title_{language}"], summary=leads[0].first[f"summary_{language}"])
        if leads
        else _NO_FIRST.get(language),
        gaps.format(gaps=count(len(_gaps.unanswered(assessed)))),
        caveat,
    ]
    html = '<ol class="answer">' + "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences) + "</ol>"
    return Fragment(html, "\n".join(sentences), language)


def _subjects(case: CaseData) -> list[str]:
    names = names_of(case.parties)
    return sorted(names.get(identifier, identifier) for identifier in subject_ids(case))


def _period(payments: pd.DataFrame, language: Language) -> str:
    paid = pd.to_datetime(payments["paid_at"], errors="coerce").dropna()
    return _TO.get(language).format(start=date(paid.min()), end=date(paid.max())) if len(paid) else ""


def _split(leads: list[Lead], language: Language) -> str:
    counts = pd.Series([lead.grade for lead in leads]).value_counts()
    parts = [
        _COUNTED.get(language).format(grade=named(GRADE, grade, language).split(":")[0].lower(), n=counts[grade])
        for grade in GRADE
        if grade in counts
    ]
    return ("、" if language == "zh" else ", ").join(parts)
