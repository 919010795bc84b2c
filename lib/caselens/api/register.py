"""The lead register as a notebook shows it: a frame for pandas, a table for the reader."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from caselens.core.text import Language, Text
from caselens.findings.register import WORDS
from caselens.indicators import INDICATORS
from caselens.reports._words import GRADE, named
from caselens.tables import TABLES, code_label
from caselens.views import Fragment, table

_LABELS = {
    "lead_id": Text("线索编号", "Lead"),
    "case_id": Text("所属案件", "Case"),
    "grade": Text("等级", "Grade"),
    "weight": Text("分量", "Weight"),
    "parties": Text("被反映人", "Parties"),
    "reasons": Text("理由", "Reasons"),
    "channel": Text("来源及收到日期", "Channel, received"),
    "disposition": Text("处置", "Disposition"),
    "due_on": Text("办理期限", "Due on"),
}
_CAPTION = Text("线索台账，截至 {day}", "Lead register on {day}")
_NEW = Text("已搁置或了结，现有新证据", "at rest, and now with new evidence")
_OVERDUE = Text("已超期 {days} 天", "{days} days overdue")
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
        between = "、" if language == "zh" else ", "
        shown = frame.assign(
            grade=[named(GRADE, grade, language) if isinstance(grade, str) else None for grade in frame["grade"]],
            weight=[None if pd.isna(weight) else f"{weight:.2f}" for weight in frame["weight"]],
            parties=[between.join(names) for names in frame["names"]],
            reasons=[
                _reasons(*reasons, language) for reasons in zip(frame["indicators"], frame["weights"], strict=True)
            ],
            channel=[
                _told(_code("channel", code, language), day, language=language)
                for code, day in zip(frame["channel"], frame["received_on"], strict=True)
            ],
            disposition=[
                _told(
                    *_statuses(status, language),
                    WORDS[code].get(language) if code in WORDS else code,
                    by,
                    day,
                    language=language,
                )
                for status, code, by, day in zip(
                    frame["status"], frame["disposition"], frame["decided_by"], frame["decided_on"], strict=True
                )
            ],
            due_on=[
                _told(day, *_notes(is_new, days, language), language=language)
                for day, is_new, days in zip(frame["due_on"], frame["new_evidence"], frame["overdue_days"], strict=True)
            ],
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


def _reasons(indicators: list[str], weights: list[float], language: Language) -> str:
    """The titles of the reasons, each with its weight; the sentences stand in the report and in the frame."""
    between = "；" if language == "zh" else "; "
    told = (
        f"{INDICATORS[slug].title.get(language) if slug in INDICATORS else slug} {weight:.2f}"
        for slug, weight in zip(indicators, weights, strict=True)
    )
    return between.join(told)


def _statuses(status: str, language: Language) -> list[str]:
    """What people decided about the findings of a lead; that nobody has is not said."""
    codes = [code for code in status.split(";") if code not in ("", "new", "open")]
    return [code_label("findings", "status", code).get(language) for code in codes]


def _notes(is_new: bool, days: object, language: Language) -> list[str]:
    overdue = [] if pd.isna(days) else [_OVERDUE.get(language).format(days=days)]
    return [*overdue, *([_NEW.get(language)] if is_new else [])]


def _told(*parts: object, language: Language) -> str | None:
    """What is known of the parts, one after another."""
    known = [str(part) for part in parts if part is not None and not pd.isna(part)]
    return ("，" if language == "zh" else ", ").join(known) or None


def _code(column: str, code: object, language: Language) -> str:
    known = next(item for item in TABLES["leads"].columns if item.name == column)
    return code_label("leads", column, str(code)).get(language) if code in known.codes else str(code)
