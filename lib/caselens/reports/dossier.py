"""The dossier page (证据目录): every evidence item of a case's leads, numbered, with the place where it stands.

The place is volume and page (卷–页) where somebody noted them for the file, and always file, sheet and row: the first leads
a reader to the paper, the second to the very cell. Nothing is left out for length; an item whose row is no longer in the
tables is listed without a place and counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from caselens.core.text import LANGUAGES, Language, Text
from caselens.reports._case import CaseData, leads_in
from caselens.reports._words import ROLE, named
from caselens.tables import TABLES
from caselens.views import Fragment, table
from caselens.views._format import is_missing
from caselens.views.page import page

#: Source file -> volume, first and last page.
Filed = Mapping[str, tuple[str, int | None, int | None]]
_TITLE = Text("证据目录", "Dossier of evidence")
_LEAD = Text("线索 {n}：{title}（{id}）", "Lead {n}: {title} ({id})")
_NONE = Text("本案没有线索，亦无证据条目。", "The case has no leads, hence no evidence items.")
_TOLD = Text(
    "共 {items} 条，其中 {volumes} 条注明卷页，{missing} 条在现有数据中找不到原始行。",
    "{items} items, {volumes} with volume and page, {missing} whose row is no longer in the tables.",
)
_PAGE, _PAGES = Text("{volume} 第{a}页", "{volume}, p. {a}"), Text("{volume} 第{a}–{b}页", "{volume}, pp. {a}–{b}")
_LABELS = {
    "no": Text("序号", "No."),
    "role": Text("证明内容", "Shows"),
    "record": Text("记录", "Record"),
    "text": Text("内容", "Content"),
    "volume": Text("卷–页", "Volume, page"),
}
_WIDTHS = (6, 12, 14, 36, 12, 20)


@dataclass(frozen=True)
class Dossier:
    """The evidence items of a case.

    Attributes:
        title: of the case.
        frame: one row an item of a lead: ``no`` (1, 2, … through the whole dossier), ``lead_no``, ``lead_id``,
            ``finding_ids`` (the findings that rest on it), ``role``, ``table``, ``key``, ``volume`` (卷), ``page_from``,
            ``page_to``, ``source_file``, ``source_sheet``, ``source_row``, ``text_zh``, ``text_en``, ``title_zh``, ``title_en``
            (of the lead). The same row under two leads is an item of both.
    """

    title: str
    frame: pd.DataFrame

    def show(self, language: Language = "zh") -> Fragment:
        """The dossier for a notebook or a page: a table for each lead, under how many items there are."""
        if self.frame.empty:
            return Fragment(f"<p>{_NONE.get(language)}</p>", _NONE.get(language), language)
        told = _TOLD.get(language).format(
            items=len(self.frame),
            volumes=int((self.frame["volume"] != "").sum()),
            missing=int(self.frame["source_file"].isna().sum()),
        )
        parts = [Fragment(f"<p>{told}</p>", told, language)]
        for (number, lead_id), items in self.frame.groupby(["lead_no", "lead_id"], sort=True):
            caption = _LEAD.get(language).format(n=number, title=items[f"title_{language}"].iloc[0], id=lead_id)
            shown = pd.DataFrame(
                {
                    "no": [str(no) for no in items["no"]],
                    "role": [named(ROLE, role, language) for role in items["role"]],
                    "record": [TABLES[name].label.get(language) if name in TABLES else name for name in items["table"]],
                    "text": list(items[f"text_{language}"]),
                    "volume": [
                        _place(volume, first, last, language)
                        for volume, first, last in zip(
                            items["volume"], items["page_from"], items["page_to"], strict=True
                        )
                    ],
                    "source_file": list(items["source_file"]),
                    "source_sheet": list(items["source_sheet"]),
                    "source_row": list(items["source_row"]),
                }
            )
            parts.append(table(shown, language, _LABELS, caption=caption, widths=_WIDTHS))
        return Fragment.join(parts, language)

    def page(self, language: Language = "zh", *, head: str = "", foot: str = "") -> str:
        """The dossier as one offline page that prints on A4; ``head`` and ``foot`` are its top and bottom line."""
        heading = f"{self.title}：{_TITLE.zh}" if language == "zh" else f"{self.title}: {_TITLE.en}"
        return page(self.show(language).html, heading, language, head=head, foot=foot)

    def __len__(self) -> int:
        return len(self.frame)

    def __str__(self) -> str:
        return str(self.show())

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return self.show()._repr_mimebundle_(include, exclude)


def dossier(case: CaseData, filed: Filed) -> Dossier:
    """The dossier of a case; ``filed`` says in which volume and on which pages a source file lies."""
    evidence = case.evidence()
    titles = case.findings().set_index("finding_id")
    rows: list[dict[str, Any]] = []
    for number, lead in enumerate(leads_in(case), start=1):
        ids = [str(item["finding_id"]) for item in lead.findings]
        mine = evidence[evidence["finding_id"].astype(str).isin(ids)]
        items = mine.groupby(["table", "key"], sort=False)
        first = titles.loc[ids[0]]
        for (name, key), group in items:
            row = group.iloc[0]
            source = None if is_missing(row["source_file"]) else str(row["source_file"])
            volume, page_from, page_to = filed.get(source or "", ("", None, None))
            rows.append(
                {
                    "no": len(rows) + 1,
                    "lead_no": number,
                    "lead_id": lead.id,
                    "finding_ids": list(dict.fromkeys(str(one) for one in group["finding_id"])),
                    "role": row["role"],
                    "table": name,
                    "key": key,
                    "volume": volume,
                    "page_from": page_from,
                    "page_to": page_to,
                    "source_file": source,
                    "source_sheet": None if is_missing(row["source_sheet"]) else row["source_sheet"],
                    "source_row": None if is_missing(row["source_row"]) else int(row["source_row"]),
                    **{f"text_{language}": row[f"text_{language}"] for language in LANGUAGES},
                    **{f"title_{language}": first[f"title_{language}"] for language in LANGUAGES},
                }
            )
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    for column in ("page_from", "page_to", "source_row"):
        frame[column] = frame[column].astype("Int64")
    return Dossier(case.title, frame)


def _place(volume: str, first: object, last: object, language: Language) -> str:
    if is_missing(first):
        return volume
    words = _PAGE if first == last else _PAGES
    return words.get(language).format(volume=volume, a=first, b=last)


_COLUMNS = [
    "no", "lead_no", "lead_id", "finding_ids", "role", "table", "key", "volume", "page_from", "page_to", "source_file",
    "source_sheet", "source_row", "text_zh", "text_en", "title_zh", "title_en",
]  # fmt: skip
