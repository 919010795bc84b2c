"""The lead register as a notebook shows it: a frame for pandas, a table for the reader."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from caselens.core.text import Language, Text
from caselens.findings.register import WORDS
from caselens.tables import TABLES, code_label
from caselens.views import Fragment, table

_GRADES = {"urgent": Text("急办", "urgent"), "look": Text("应查", "look"), "note": Text("备查", "note")}
_LABELS = {
    "lead_id": Text("线索编号", "Lead"),
    "case_id": Text("所属案件", "Case"),
    "grade": Text("等级", "Grade"),
    "weight": Text("分量", "Weight"),
    "parties": Text("被反映人", "Parties"),
    "reasons": Text("理由", "Reasons"),
    "channel": Text("线索来源", "Channel"),
    "received_on": Text("收到日期", "Received on"),
    "disposition": Text("处置方式", "Disposition"),
    "decided_by": Text("决定人", "Decided by"),
    "decided_on": Text("处置日期", "Decided on"),
    "due_on": Text("办理期限", "Due on"),
    "note": Text("说明", "Note"),
}
_CAPTION = Text("线索台账，截至 {day}", "Lead register on {day}")
_NEW = Text("已搁置或了结，现有新证据", "at rest, and now with new evidence")
_CLOCKS = Text(
    "期限为可配置的提示，均待确认，不代表法定时限。",
    "Clocks are configurable reminders, all to be confirmed; they state no law.",
)


@dataclass(frozen=True)
class Register:
    """The register on a day.

    Attributes:
        frame: columns of :data:`caselens.findings.register.COLUMNS`, the most pressing lead first.
        on: the day against which the clocks were held.
    """

    frame: pd.DataFrame
    on: date

    @property
    def overdue(self) -> pd.DataFrame:
        """The leads whose clock has run out, the longest first."""
        return self.frame[self.frame["overdue_days"].notna()].sort_values("overdue_days", ascending=False)

    def show(self, language: Language = "zh") -> Fragment:
        """The register, readable; what the clocks are worth is said below."""
        frame = self.frame
        notes = [
            "；".join(part for part in (_NEW.get(language) if new else "", note) if part)
            for new, note in zip(frame["new_evidence"], frame[f"note_{language}"], strict=True)
        ]
        between = "、" if language == "zh" else ", "
        shown = frame.assign(
            grade=[_GRADES[grade].get(language) if grade in _GRADES else None for grade in frame["grade"]],
            weight=[None if pd.isna(weight) else f"{weight:.2f}" for weight in frame["weight"]],
            parties=[between.join(names) for names in frame["names"]],
            reasons=[" ".join(reasons) for reasons in frame[f"reasons_{language}"]],
            channel=[_code("channel", code, language) for code in frame["channel"]],
            disposition=[WORDS[code].get(language) if code in WORDS else code for code in frame["disposition"]],
            note=notes,
        )[list(_LABELS)]
        caption = _CAPTION.get(language).format(day=self.on.isoformat())
        body = table(shown, language, _LABELS, caption=caption, limit=200)
        said = _CLOCKS.get(language)
        return Fragment.join([body, Fragment(f"<p><small>{said}</small></p>", said, language)], language)

    def __len__(self) -> int:
        return len(self.frame)

    def __str__(self) -> str:
        return str(self.show())

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return self.show()._repr_mimebundle_(include, exclude)


def _code(column: str, code: object, language: Language) -> str:
    known = next(item for item in TABLES["leads"].columns if item.name == column)
    return code_label("leads", column, str(code)).get(language) if code in known.codes else str(code)
