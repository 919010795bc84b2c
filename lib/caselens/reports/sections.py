"""The sections of a case report, each one call in the notebook: data of the case in, a piece of the page out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd

from caselens.core.text import Language, Text
from caselens.findings.leads import Lead
from caselens.reports import _gaps, _leads
from caselens.reports._case import CaseData, evidence_sources, leads_in, names_of, texts
from caselens.reports._words import ACT, GRADE, PARTY, named
from caselens.reports.workbook import evidence_workbook
from caselens.tables import TABLES
from caselens.views import (
    Fragment,
    date,
    escape,
    figure,
    flows_sankey,
    kinds_of,
    labels_of,
    money_by_month,
    network,
    notes_of,
    readable_codes,
    table,
    timeline,
)
from caselens.views._format import count
from caselens.views.figures import NOTHING

_REPORT = Text("案件分析报告", "Case report")
_CASE, _SUBJECTS, _PERIOD = Text("案件", "Case"), Text("对象", "Subjects"), Text("资金期间", "Period of payments")
_PARTIES, _PAYMENTS = Text("涉及主体", "Parties"), Text("资金往来", "Payments")
_QUESTIONS = Text("本次向数据提出的问题", "Questions put to the data")
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
        "This gives {leads} leads: {split}.",
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
_SANKEY = Text("谁向谁支付了多少（全部期间合计）", "Who paid whom how much (whole period)")
_MONTHS = Text("案件对象每月收支", "Money in and out of the subjects by month")
_TIME = Text("资金往来与决策事项的先后", "Payments and decisions in time")
_EVENTS, _TENDERS, _LIST = Text("决策事项", "Decisions"), Text("招标采购项目", "Tenders"), Text("主体名单", "Parties")
_WORKBOOK = Text(
    "全部证据行（{rows} 行）见同目录的工作簿：", "All evidence ({rows} rows) is in the workbook beside this page: "
)
#: Rows from which a table is closed at first.
_LONG = 25
_EVENT_LABELS = {
    "when": Text("时间", "When"),
    "kind": Text("类型", "Kind"),
    "label": Text("事项", "Matter"),
    "parties": Text("相关主体", "Parties"),
}
_PARTY_LABELS = {
    "name": Text("名称", "Name"),
    "kind": Text("类别", "Kind"),
    "role": Text("身份", "Role"),
    "hop": Text("与对象的距离", "Steps from a subject"),
}


@dataclass(frozen=True, slots=True)
class Report:
    """The sections of one case's report. ``case`` is the façade's case; nothing is computed before a section is asked.

    Each method takes a language and returns a fragment; no method raises on a case without leads, payments or events,
    it says that there are none.
    """

    case: CaseData

    def heading(self, language: Language) -> Fragment:
        """The title of the page."""
        title = f"{_REPORT.get(language)} · {self.case.title}"
        return Fragment(f"<h1>{escape(title)}</h1>", title, language)

    def asked(self, language: Language) -> Fragment:
        """What was asked: subjects, period, extent, and the questions in full."""
        payments, assessed = self.case.payments(), self.case.assessments()
        facts = [
            (
                _CASE,
                f"{self.case.title}（{self.case.id}）" if language == "zh" else f"{self.case.title} ({self.case.id})",
            ),
            (_SUBJECTS, "、".join(_subjects(self.case)) if language == "zh" else ", ".join(_subjects(self.case))),
            (_PERIOD, _period(payments, language)),
            (_PARTIES, count(len(self.case.parties))),
            (_PAYMENTS, count(len(payments))),
        ]
        rows = "".join(
            f"<dt>{label.get(language)}</dt><dd>{escape(value or _NOBODY.get(language))}</dd>" for label, value in facts
        )
        questions = "".join(
            f"<li>{escape(texts(self.case.indicator(slug).question, language)[0])}</li>"
            for slug in sorted(assessed["indicator"].unique())
        )
        html = f'<dl class="facts">{rows}</dl><h3>{_QUESTIONS.get(language)}</h3><ul>{questions}</ul>'
        return Fragment(html, " · ".join(str(value) for _, value in facts), language)

    def answer(self, language: Language) -> Fragment:
        """The answer in five sentences."""
        leads = [lead for lead in leads_in(self.case) if not lead.is_closed]
        assessed = self.case.assessments()
        joiner = "、" if language == "zh" else ", "
        extent, found, first, gaps, caveat = (sentence.get(language) for sentence in _ANSWER)
        sentences = [
            extent.format(
                subjects=joiner.join(_subjects(self.case)) or _NOBODY.get(language),
                parties=count(len(self.case.parties)),
                asked=count(assessed["indicator"].nunique()),
                payments=count(len(self.case.payments())),
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

    def leads(self, language: Language, *, rows: int = 200, workbook: str = "") -> Fragment:
        """The leads in order, each with reasons, what speaks against it, evidence (``rows`` a lead) and next steps.

        ``workbook`` is the file that :meth:`workbook` writes: where rows are left out, the reader is sent there.
        """
        return _leads.leads(self.case, language, rows, Path(workbook).name)

    def workbook(self, language: Language, path: str = "") -> Fragment:
        """Write every evidence row of every lead to a workbook at ``path`` and link to it; without a path, neither."""
        if not path:
            return Fragment("", "", language)
        written = evidence_workbook(self.case, Path(path), language)
        told = _WORKBOOK.get(language).format(rows=count(written.rows))
        name = escape(Path(path).name)
        return Fragment(f'<p>{escape(told)}<a href="{quote(Path(path).name)}" download>{name}</a></p>', told, language)

    def network(self, language: Language) -> Fragment:
        """The picture of the case's network and the list of its parties."""
        drawn = network(self.case.graph, language, rows=evidence_sources(self.case, language))
        parties = self.case.parties.sort_values(["hop", "name", "entity_id"])[["name", "kind", "role", "hop"]]
        words = {code: text.get(language) for code, text in PARTY.items()}
        shown = parties.assign(
            kind=[words.get(str(code), code) for code in parties["kind"]],
            role=[words.get(str(code), code) for code in parties["role"]],
        )
        listed = table(shown, language, _PARTY_LABELS, caption=_LIST.get(language), limit=500)
        return Fragment(drawn.html + _closed(listed).html, drawn.text, language, drawn.uses)

    def money(self, language: Language) -> Fragment:
        """Who paid whom, and the subjects' money by month."""
        payments = self.case.payments()
        drawings = [
            (flows_sankey(payments, language), _SANKEY),
            (money_by_month(payments, language, parties=set(_subject_ids(self.case)) or None), _MONTHS),
        ]
        return Fragment.join([drawing(drawn, title, language) for drawn, title in drawings], language)

    def timeline(self, language: Language) -> Fragment:
        """Payments and decisions on one axis of time, and the decisions as a table."""
        events = self.case.events()
        events = events.assign(kind=[_kind(kind, language) for kind in events["kind"]])
        drawn = drawing(timeline(self.case.payments(), events, language), _TIME, language)
        names = names_of(self.case.parties)
        shown = events[[name for name in _EVENT_LABELS if name in events.columns]].copy()
        for name in ("label", "parties"):
            if name in shown.columns:
                shown[name] = [_plain(value, names, language) for value in shown[name]]
        listed = table(
            shown, language, _EVENT_LABELS, caption=_EVENTS.get(language), kinds={"when": "moment"}, limit=100
        )
        return Fragment.join([drawn, (_closed(listed) if len(shown) > _LONG else listed)], language)

    def tenders(self, language: Language) -> Fragment:
        """The tenders of the case, a bid a row, with parties and codes by their names."""
        tenders = self.case.tenders()
        for side in ("buyer", "bidder"):
            if f"{side}_name" in tenders.columns:
                tenders = tenders.assign(**{f"{side}_id": tenders[f"{side}_name"]}).drop(columns=f"{side}_name")
        shown = tenders.dropna(axis="columns", how="all")
        for name in ("tenders", "bids"):
            shown = readable_codes(shown, name, language, names_of(self.case.parties))
        listed = table(
            shown,
            language,
            {**labels_of("tenders"), **labels_of("bids")},
            caption=_TENDERS.get(language),
            kinds={**kinds_of("tenders"), **kinds_of("bids")},
            limit=100,
        )
        return _closed(listed) if len(shown) > _LONG else listed

    def gaps(self, language: Language) -> Fragment:
        """What could not be assessed and why, and what to request."""
        return _gaps.gaps(self.case.assessments(), language)

    def method(self, language: Language) -> Fragment:
        """How it was done: indicators with their sources, states counted, versions."""
        return _gaps.method(self.case, language)


def _closed(listed: Fragment) -> Fragment:
    """A table that would push everything else off the page, behind its caption; paper shows it whole."""
    html = f"<details><summary>{escape(listed.text)}</summary>{listed.html}</details>"
    return Fragment(html, listed.text, listed.language)


def _subject_ids(case: CaseData) -> list[str]:
    """Those the case is about; witnesses and others that it merely lists are not among them."""
    listed = getattr(case, "subjects", None)
    if listed is not None and (listed["role"] == "subject").any():
        chosen = listed.loc[listed["role"] == "subject", "entity_id"]
    else:
        chosen = case.parties.loc[case.parties["is_subject"].astype(bool), "entity_id"]
    return [str(identifier) for identifier in chosen]


def _subjects(case: CaseData) -> list[str]:
    names = names_of(case.parties)
    return sorted(names.get(identifier, identifier) for identifier in _subject_ids(case))


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


def _kind(kind: object, language: Language) -> str:
    """What an event's kind is called: how the official acted, or a table's name by the table's label."""
    if isinstance(kind, Text):
        return kind.get(language)
    return TABLES[str(kind)].label.get(language) if str(kind) in TABLES else named(ACT, kind, language)


def _plain(value: object, names: Mapping[str, str], language: Language) -> object:
    """A Text in ``language``; a list of parties by their names."""
    if isinstance(value, Text):
        return value.get(language)
    if isinstance(value, (list, tuple)):
        return ("、" if language == "zh" else ", ").join(names.get(str(item), str(item)) for item in value)
    return value


def drawing(drawn: Any, title: Text, language: Language) -> Fragment:
    """A chart under its title, with what it leaves out; the sentence "nothing to draw" where it is empty."""
    notes = notes_of(drawn)
    caption = ("；" if language == "zh" else "; ").join([title.get(language), *notes])
    height = int(drawn.layout.height or 420)
    head = f"<h3>{escape(title.get(language))}</h3>"
    if not drawn.data:
        nothing = NOTHING.get(language)
        return Fragment(f"{head}<p>{escape('; '.join([nothing, *notes]))}</p>", f"{caption}: {nothing}", language)
    html = head + figure(drawn, caption, language, height=height)
    return Fragment(html, caption, language, frozenset({"plotly"}))
