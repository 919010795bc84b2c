"""What came in, what was kept back, and which questions can be put: sections of the data-quality notebook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import pandas as pd

from caselens.core.text import Language, Text
from caselens.reports._gaps import said
from caselens.tables import TABLES
from caselens.views import Fragment, escape, kinds_of, labels_of, table

_FILES, _NOTES = Text("收到的文件", "Files received"), Text("读取时的说明", "What the readers told")
_KEPT, _TABLES = Text("被隔离的行", "Quarantined rows"), Text("各表行数", "Rows in each table")
_PUT = Text("可以提出的问题", "Questions that can be put")
_SUM = Text(
    "{files} 个文件，读入 {read} 行 = 接受 {accepted} + 隔离 {kept} + 完全重复 {repeated}；{refused} 个文件未能读取。",
    "{files} files, {read} rows in = {accepted} accepted + {kept} quarantined + {repeated} exact repeats; "
    "{refused} files could not be read.",
)
_REFUSAL = Text("未能读取的原因", "Why it was not read")
_TABLE, _ROWS = Text("表", "Table"), Text("行数", "Rows")
_QUESTION, _LACKS = Text("问题", "Question"), Text("缺少", "Lacks")
_CAN = Text("可以提出", "can be put")
_KIND = Text("类型", "Kind")
_NOTE = Text("说明", "Note")
_KINDS = {
    "info": Text("信息", "information"),
    "warning": Text("注意", "warning"),
    "mapping": Text("栏目对应", "how columns were understood"),
}
#: What a reader needs of a file at first sight; the hash and the custody columns stay in ``sources``.
_SHOWN = ["source_file", "table", "reader", "rows_in", "rows_accepted", "rows_quarantined", "rows_repeated", "refusal"]


class Delivered(Protocol):
    """A workspace as the façade offers it."""

    def sources(self) -> pd.DataFrame:
        """Columns of the table ``sources`` and ``refusal``."""

    def notes(self) -> pd.DataFrame:
        """``source_file, kind, zh, en, sheet, row``."""

    def quarantine(self) -> pd.DataFrame:
        """Columns of the table ``quarantine``."""

    def tables(self) -> pd.DataFrame:
        """``table, label_zh, label_en, rows``."""

    def coverage(self) -> pd.DataFrame:
        """``indicator, number, title_zh, title_en, lacks``."""


@dataclass(frozen=True, slots=True)
class Quality:
    """The data quality of one workspace, each method a section."""

    desk: Delivered

    def files(self, language: Language) -> Fragment:
        """Each file with its rows; their sum first."""
        sources = self.desk.sources()
        counts = {
            "read": sources["rows_in"].sum(),
            "accepted": sources["rows_accepted"].sum(),
            "kept": sources["rows_quarantined"].sum(),
            "repeated": sources["rows_repeated"].sum(),
        }
        words = {name: f"{int(value):,}" for name, value in counts.items()}
        refused = sources["refusal"].fillna("").astype(str) != ""
        told = _SUM.get(language).format(
            files=f"{sources['source_file'].nunique():,}",
            refused=f"{sources.loc[refused, 'source_file'].nunique():,}",
            **words,
        )
        shown = sources[_SHOWN].assign(table=[_named(name, language) for name in sources["table"]])
        labels = {**labels_of("sources"), "refusal": _REFUSAL}
        listed = table(shown, language, labels, caption=_FILES.get(language), kinds=kinds_of("sources"))
        return Fragment(f"<p>{escape(told)}</p>{listed.html}", told, language)

    def notes(self, language: Language) -> Fragment:
        """What readers told about the files, the warnings first."""
        notes = self.desk.notes().sort_values(
            "kind", key=lambda kind: kind.map({"warning": 0}).fillna(1), kind="stable"
        )
        kinds = [_KINDS[kind].get(language) if kind in _KINDS else kind for kind in notes["kind"]]
        shown = notes.rename(columns={"sheet": "source_sheet", "row": "source_row"}).assign(kind=kinds)
        # Row 0 means the file as a whole, which has no row to look up.
        shown["source_row"] = shown["source_row"].where(shown["source_row"] != 0)
        columns = ["kind", language, "source_file", "source_sheet", "source_row"]
        labels = {"kind": _KIND, language: _NOTE}
        return table(shown[columns], language, labels, caption=_NOTES.get(language), limit=200)

    def quarantine(self, language: Language) -> Fragment:
        """The rows that were not accepted, with every reason, as they stood."""
        rows = self.desk.quarantine()
        shown = rows.assign(table=[_named(name, language) for name in rows["table"]])
        columns = ["table", "reasons", "raw", "source_file", "source_sheet", "source_row"]
        return table(shown[columns], language, labels_of("quarantine"), caption=_KEPT.get(language), limit=200)

    def tables(self, language: Language) -> Fragment:
        """The tables that have rows."""
        shown = self.desk.tables()[[f"label_{language}", "table", "rows"]]
        labels = {f"label_{language}": _TABLE, "table": Text("名称", "Name"), "rows": _ROWS}
        return table(shown, language, labels, caption=_TABLES.get(language))

    def coverage(self, language: Language) -> Fragment:
        """Which questions can be put, and what the others lack."""
        every = self.desk.coverage()
        lacks = [said(f"lacks {lack}", language) if lack else _CAN.get(language) for lack in every["lacks"]]
        shown = pd.DataFrame({"title": every[f"title_{language}"], "lacks": lacks})
        return table(shown, language, {"title": _QUESTION, "lacks": _LACKS}, caption=_PUT.get(language))


def _named(name: object, language: Language) -> str:
    return TABLES[str(name)].label.get(language) if str(name) in TABLES else str(name or "")
