"""The leads of a case, in order: why, what speaks against it, the rows, and what to check next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from caselens.core.text import Language, Text, pick
from caselens.findings.leads import Lead
from caselens.reports._case import CaseData, evidence_of, leads_in, names_of, optional, texts
from caselens.reports._words import CHANGE, GRADE, KIND, ROLE, SEVERITY, STATUS, named
from caselens.tables import TABLES
from caselens.views import Fragment, date, escape, money, share, table
from caselens.views._format import is_missing
from caselens.views.tables import SHOWN

_LEAD = Text("线索 {n}：{title}", "Lead {n}: {title}")
_ABOUT, _BESIDE = Text("涉及主体", "Parties"), Text("仅作比较或背景", "For comparison or context only")
_OBJECT, _AMOUNT, _PERIOD = Text("涉及事项", "Object"), Text("涉及金额", "Amount"), Text("期间", "Period")
_SCORE, _CHANCE = (
    Text("最强理由的评分", "Score of the strongest reason"),
    Text("偶然出现的概率", "Probability by chance"),
)
_FALSE = Text("同类检验的错误发现率", "False-discovery rate among its tests")
_FENCE, _NUMBER = Text("采用的界限", "Fence used"), Text("线索编号", "Finding")
_REASONS, _AGAINST = Text("理由", "Reasons"), Text("可能的正当解释与反证", "What speaks against it")
_EVIDENCE, _NEXT = Text("证据", "Evidence"), Text("下一步核查", "Next steps")
_NONE = Text(
    "在能够评估的范围内没有形成线索；请同时看“未能评估的事项”。",
    "Within what could be assessed there is no lead; see also what could not be assessed.",
)
_CLOSED = Text("已排除或已澄清、且无新证据的事项", "Matters dismissed or cleared, without new evidence")
_REAWAKENED = Text("已了结事项出现新证据", "New evidence on a closed matter")
_TO = Text("{start} 至 {end}", "{start} to {end}")
_TEST = Text("查证：{test}", "Test: {test}")
_WEIGHT = Text("{severity}，分量 {weight:.2f}", "{severity}, weight {weight:.2f}")
_COUNTED_ONCE = Text("（与前述理由共有的证据只计一次）", " (rows shared with a reason above count once)")
_REST = Text(
    "列出前 {shown} 行，共 {n} 行；全部证据行见同目录的工作簿 {file}",
    "first {shown} of {n} rows; all of them are in the workbook {file} in this folder",
)
_ROUNDED = 5e-5
#: The classes of the page's own style.
_COLOUR = {"urgent": "red", "look": "yellow", "note": "note"}
_COUNTER = {
    "holds": Text("现有数据支持此解释", "the data supports this"),
    "does_not_hold": Text("现有数据不支持此解释", "the data does not support this"),
    "not_testable": Text("现有数据无法检验，须人工核实", "the data cannot tell; a person has to ask"),
}
_LABELS = {
    "role": Text("作用", "Role"),
    "record": Text("记录", "Record"),
    "text": Text("内容", "Content"),
    "title": Text("线索", "Lead"),
    "parties": Text("主体", "Parties"),
    "status": Text("状态", "Status"),
    "finding_id": Text("编号", "Number"),
}


def leads(case: CaseData, language: Language, rows: int, workbook: str = "") -> Fragment:
    """All leads of ``case``; closed matters follow as one table.

    At most ``rows`` evidence rows a lead are listed; ``workbook`` is the name of the file that holds all of them.
    """
    every = leads_in(case)
    if not every:
        return Fragment(f"<p>{_NONE.get(language)}</p>", _NONE.get(language), language)
    names = names_of(case.parties)
    evidence = evidence_of(case, language)
    counters = optional(case, "counters", ["finding_id", "innocent", "state", "note"])
    details = optional(case, "details", ["finding_id", "value", "fence", "parameters"])
    awake = [lead for lead in every if not lead.is_closed]
    parts = [
        _one(place, lead, case, language, names, evidence, counters, details, rows, workbook)
        for place, lead in enumerate(awake, start=1)
    ]
    if not awake:
        parts.append(Fragment(f"<p>{_NONE.get(language)}</p>", _NONE.get(language), language))
    closed = [lead for lead in every if lead.is_closed]
    if closed:
        parts.append(_closed(closed, language, names))
    return Fragment.join(parts, language)


def _one(
    place: int,
    lead: Lead,
    case: CaseData,
    language: Language,
    names: dict[str, str],
    evidence: pd.DataFrame,
    counters: pd.DataFrame,
    details: pd.DataFrame,
    rows: int,
    workbook: str,
) -> Fragment:
    title = _LEAD.get(language).format(n=place, title=lead.first[f"title_{language}"])
    colour = _COLOUR[lead.grade]
    tags = [(named(GRADE, lead.grade, language), colour)]
    tags += [(text, "") for text in dict.fromkeys(named(KIND, item["kind"], language) for item in lead.findings)]
    tags += [(named(STATUS, lead.first["status"], language), ""), (named(CHANGE, lead.first["change"], language), "")]
    if lead.is_reawakened:
        tags.append((_REAWAKENED.get(language), "yellow"))
    marks = "".join(f'<li class="{colour}">{escape(text)}</li>' for text, colour in dict.fromkeys(tags))
    ids = [str(item["finding_id"]) for item in lead.findings]
    mine = evidence[evidence["finding_id"].astype(str).isin(ids)]
    html = (
        f'<article class="lead {colour}"><h3>{escape(title)}</h3><ul class="tags">{marks}</ul>'
        f"{_facts(lead, language, names, details)}"
        f"<h4>{_REASONS.get(language)}</h4>{_reasons(lead, language)}"
        f"<h4>{_AGAINST.get(language)}</h4>{_against(lead, case, language, counters)}"
        f"<h4>{_EVIDENCE.get(language)}</h4>{_rows(mine, language, rows, workbook)}"
        f"<h4>{_NEXT.get(language)}</h4>{_next(lead, case, language)}</article>"
    )
    summary = str(lead.first[f"summary_{language}"])
    return Fragment(html, f"{title}\n{summary}", language)


def _people(parties: Iterable[tuple[str, str]], names: dict[str, str], language: Language) -> str:
    """Parties by name, each once with all its roles."""
    roles: dict[str, dict[str, None]] = {}
    for identifier, role in parties:
        roles.setdefault(identifier, {})[named(ROLE, role, language)] = None
    between = "、" if language == "zh" else ", "
    shown = [
        f"{names.get(identifier, identifier)}（{between.join(words)}）"
        if language == "zh"
        else f"{names.get(identifier, identifier)} ({between.join(words)})"
        for identifier, words in roles.items()
    ]
    return between.join(shown)


def _record(name: str, key: str, language: Language, names: Mapping[str, str] | None = None) -> str:
    """A record by its table and key, a party by its name; a key of several columns says nothing that its row does not."""
    if name not in TABLES:
        return f"{name} {key}"
    label = TABLES[name].label.get(language)
    if names is None and len(TABLES[name].key) > 1:
        return label
    return f"{label} {(names or {}).get(key, key)}"


def _facts(lead: Lead, language: Language, names: dict[str, str], details: pd.DataFrame) -> str:
    first = lead.first
    period = ""
    if not (is_missing(first["period_start"]) and is_missing(first["period_end"])):
        period = _TO.get(language).format(start=date(first["period_start"]), end=date(first["period_end"]))
    fences = details[details["finding_id"].astype(str).isin([str(item["finding_id"]) for item in lead.findings])]
    facts: list[tuple[Text, str]] = [
        (_ABOUT, _people(lead.accused, names, language)),
        (_BESIDE, _people(lead.bystanders, names, language)),
        (_OBJECT, "；".join(_record(name, key, language, names) for name, key in lead.objects)),
        (_AMOUNT, "" if lead.amount is None else money(lead.amount, language)),
        (_PERIOD, period),
        (_SCORE, f"{float(first['score']):.2f}"),
        (_CHANCE, "" if is_missing(first["p_value"]) else share(first["p_value"])),
        (_FALSE, "" if is_missing(first["q_value"]) else share(first["q_value"])),
        (_FENCE, "; ".join(dict.fromkeys(pick(str(fence), language) for fence in fences["fence"]))),
        (_NUMBER, ", ".join(str(item["finding_id"]) for item in lead.findings)),
    ]
    rows = "".join(f"<dt>{label.get(language)}</dt><dd>{escape(value)}</dd>" for label, value in facts if value)
    return f'<dl class="facts">{rows}</dl>'


def _reasons(lead: Lead, language: Language) -> str:
    items = []
    for item, weight in zip(lead.findings, lead.weights, strict=True):
        mark = _WEIGHT.get(language).format(severity=named(SEVERITY, item["severity"], language), weight=weight)
        if weight < float(item["score"]) - _ROUNDED:
            mark += _COUNTED_ONCE.get(language)
        items.append(
            f"<li><strong>{escape(item[f'title_{language}'])}</strong>　{escape(item[f'summary_{language}'])}"
            f"　<small>{escape(mark)}</small></li>"
        )
    return f"<ul>{''.join(items)}</ul>"


def _against(lead: Lead, case: CaseData, language: Language, counters: pd.DataFrame) -> str:
    """The declared innocent explanations, each with how it is tested and what the data says about it."""
    said: dict[tuple[str, str], tuple[str, str]] = {
        (str(row.finding_id), str(row.innocent)): (str(row.state), "" if is_missing(row.note) else str(row.note))
        for row in counters.itertuples()
    }
    items: list[str] = []
    for finding in lead.findings:
        declared = case.indicator(str(finding["indicator"])).innocent
        for explanation in declared if isinstance(declared, (list, tuple)) else (declared,):
            line = " ".join(texts(explanation, language))
            test = getattr(explanation, "test", None)
            if test is not None:
                line += " " + _TEST.get(language).format(test=" ".join(texts(test, language)))
            state, note = said.get((str(finding["finding_id"]), str(getattr(explanation, "id", ""))), ("", ""))
            told = f"　<strong>{escape(named(_COUNTER, state, language))}</strong>" if state else ""
            if note:
                told += escape(f"（{pick(note, language)}）" if language == "zh" else f" ({pick(note, language)})")
            items.append(f"<li>{escape(line)}{told}</li>")
    return f"<ul>{''.join(dict.fromkeys(items))}</ul>"


def _rows(evidence: pd.DataFrame, language: Language, limit: int, workbook: str) -> str:
    rest = Text(_REST.zh.replace("{file}", workbook), _REST.en.replace("{file}", workbook)) if workbook else SHOWN
    unique = evidence.drop_duplicates(["table", "key", "role"])
    shown = pd.DataFrame(
        {
            "role": [named(ROLE, role, language) for role in unique["role"]],
            "record": [_record(str(t), str(k), language) for t, k in zip(unique["table"], unique["key"], strict=True)],
            "text": list(unique["text"]),
            "source_file": list(unique["source_file"]),
            "source_sheet": list(unique["source_sheet"]),
            "source_row": list(unique["source_row"]),
        }
    )
    widths = (10, 18, 48, 24)
    caption = _EVIDENCE.get(language)
    return table(shown, language, _LABELS, caption=caption, limit=limit, widths=widths, rest=rest).html


def _next(lead: Lead, case: CaseData, language: Language) -> str:
    steps: list[Any] = []
    for finding in lead.findings:
        steps += texts(case.indicator(str(finding["indicator"])).next_steps, language)
    return "<ol>" + "".join(f"<li>{escape(step)}</li>" for step in dict.fromkeys(steps)) + "</ol>"


def _closed(closed: list[Lead], language: Language, names: dict[str, str]) -> Fragment:
    frame = pd.DataFrame(
        {
            "title": [lead.first[f"title_{language}"] for lead in closed],
            "parties": [_people(lead.accused, names, language) for lead in closed],
            "status": [named(STATUS, lead.first["status"], language) for lead in closed],
            "finding_id": [", ".join(str(item["finding_id"]) for item in lead.findings) for lead in closed],
        }
    )
    shown = table(frame, language, _LABELS, caption=_CLOSED.get(language))
    return Fragment(f"<h3>{_CLOSED.get(language)}</h3>{shown.html}", shown.text, language)
