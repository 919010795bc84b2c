"""The sections of a case report, each one call in the notebook: data of the case in, a piece of the page out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from caselens.core.text import Language, Text
from caselens.reports import _gaps, _leads, _opening
from caselens.reports._case import CaseData, evidence_sources, names_of, subject_ids
from caselens.reports._words import ACT, PARTY, named
from caselens.reports.workbook import evidence_workbook
from caselens.tables import TABLES
from caselens.views import (
    Fragment,
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
        return _opening.asked(self.case, language)

    def answer(self, language: Language) -> Fragment:
        """The answer in five sentences."""
        return _opening.answer(self.case, language)

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
            (money_by_month(payments, language, parties=set(subject_ids(self.case)) or None), _MONTHS),
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
