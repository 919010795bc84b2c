"""The evidence workbook beside a report: every row of every lead, with its place in the raw files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from caselens.core.text import Language, Text
from caselens.core.workbook import MOST_ROWS, Cell, Sheet, Written, write_workbook
from caselens.findings.leads import Lead
from caselens.reports._case import CaseData, evidence_of, leads_in, names_of
from caselens.reports._words import GRADE, ROLE, STATUS, named
from caselens.tables import TABLES
from caselens.views import date
from caselens.views._format import is_missing, visible

#: Name of the workbook; the report links to it, so both stay in one folder.
WORKBOOK = "evidence.xlsx"

_ABOUT, _LEADS, _EVIDENCE = Text("说明", "About"), Text("线索", "Leads"), Text("证据", "Evidence")
_LEAD_HEADS = (
    Text("线索序号", "Lead"),
    Text("等级", "Grade"),
    Text("线索", "Title"),
    Text("状态", "Status"),
    Text("涉及主体", "Parties"),
    Text("最大一项金额（元）", "Largest amount (CNY)"),
    Text("期间起", "From"),
    Text("期间止", "To"),
    Text("证据行数", "Evidence rows"),
    Text("理由数", "Reasons"),
)
_ROW_HEADS = (
    Text("线索序号", "Lead"),
    Text("线索", "Title"),
    Text("理由编号", "Finding"),
    Text("作用", "Role"),
    Text("资料表", "Table"),
    Text("记录编号", "Record"),
    Text("内容", "Content"),
    Text("文件", "File"),
    Text("工作表", "Sheet"),
    Text("行", "Row"),
)
_NOTES = (
    Text(
        "本工作簿列出报告中每条线索的全部证据行。",
        "This workbook holds every evidence row of every lead of the report.",
    ),
    Text("线索不是结论，只说明值得核查。", "A lead is no verdict; it says what is worth checking."),
    Text("单元格一律为文本或数字，没有公式。", "Cells are text or figures; there is no formula."),
    Text("一行可以同时支持几条理由，因此会列出多次。", "A row that supports several reasons stands once for each."),
)
_CUT = Text(
    "有 {n} 个单元格超过 32,767 个字符，末尾以“…”表示截断。", "{n} cells hold more than 32,767 signs and end in “…”."
)
_SEVERAL = Text(
    "证据共 {n} 行，超过一张工作表的行数，续列于后面的工作表。",
    "There are {n} evidence rows, more than one sheet takes; they go on in the sheets that follow.",
)


def evidence_workbook(case: CaseData, path: Path, language: Language, *, most_rows: int = MOST_ROWS) -> Written:
    """Write all evidence of ``case`` to ``path``: what it is, the leads, and one row a lead, reason and evidence row.

    Leads are numbered as in the report; closed matters follow the others. A row whose place is not known is there with
    its table and key. The same case gives the same bytes.
    """
    every = leads_in(case)
    ordered = [lead for lead in every if not lead.is_closed] + [lead for lead in every if lead.is_closed]
    evidence = evidence_of(case, language)
    names = names_of(case.parties)
    rows = list(_rows(ordered, evidence, language))
    notes = [note.get(language) for note in _NOTES]
    if callable(told := getattr(case, "note", None)):
        notes.append(told(language))
    if len(rows) >= most_rows:
        notes.append(_SEVERAL.get(language).format(n=f"{len(rows):,}"))
    longest = sum(isinstance(cell, str) and len(cell) > 32_767 for row in rows for cell in row)
    if longest:
        notes.append(_CUT.get(language).format(n=f"{longest:,}"))
    counted = pd.Series([row[0] for row in rows], dtype=object).value_counts()
    leads = [_lead(n, lead, int(counted.get(n, 0)), names, language) for n, lead in enumerate(ordered, start=1)]
    return write_workbook(
        path,
        [
            Sheet(_ABOUT.get(language), [visible(case.title)], [[note] for note in notes], (100,)),
            Sheet(_LEADS.get(language), _heads(_LEAD_HEADS, language), leads, (8, 14, 32, 12, 40, 18, 12, 12, 10, 8)),
            Sheet(_EVIDENCE.get(language), _heads(_ROW_HEADS, language), rows, (8, 28, 18, 14, 14, 30, 80, 36, 14, 8)),
        ],
        most_rows=most_rows,
    )


def _heads(heads: tuple[Text, ...], language: Language) -> list[str]:
    return [head.get(language) for head in heads]


def _lead(number: int, lead: Lead, rows: int, names: dict[str, str], language: Language) -> list[Cell]:
    first, joiner = lead.first, "、" if language == "zh" else ", "
    parties = dict.fromkeys(visible(names.get(name, name)) for name, _ in lead.accused)
    return [
        number,
        named(GRADE, lead.grade, language),
        visible(first[f"title_{language}"]),
        named(STATUS, first["status"], language),
        joiner.join(parties),
        lead.amount,
        None if is_missing(first["period_start"]) else date(first["period_start"]),
        None if is_missing(first["period_end"]) else date(first["period_end"]),
        rows,
        len(lead.findings),
    ]


def _rows(leads: list[Lead], evidence: pd.DataFrame, language: Language) -> Iterator[list[Cell]]:
    by_finding = {str(name): group for name, group in evidence.groupby(evidence["finding_id"].astype(str), sort=False)}
    for number, lead in enumerate(leads, start=1):
        for finding in lead.findings:
            mine = by_finding.get(str(finding["finding_id"]))
            if mine is None:
                continue
            for row in mine.itertuples(index=False):
                yield [
                    number,
                    visible(finding[f"title_{language}"]),
                    visible(finding["finding_id"]),
                    visible(named(ROLE, row.role, language)),
                    TABLES[str(row.table)].label.get(language) if row.table in TABLES else visible(row.table),
                    visible(row.key),
                    _text(row.text),
                    _text(row.source_file),
                    _text(row.source_sheet),
                    None if is_missing(row.source_row) else int(row.source_row),
                ]


def _text(value: Any) -> str | None:
    return None if is_missing(value) else visible(value)
