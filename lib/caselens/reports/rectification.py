"""Rectification of a unit: the ledger, the weekly dispatch, the monthly notice and risk points, each a section."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from caselens import institutions
from caselens.core.text import Language, Text
from caselens.reports._institution import Institution, Shown
from caselens.views import Fragment

_LEDGER = Shown(
    Text("整改台账", "Rectification ledger"),
    (
        "unit",
        "category",
        "problem_id",
        "advice_no",
        "found_on",
        "due_on",
        "closed_on",
        "reopened_on",
        "responsible",
        "state",
        "days_over",
        "is_reopened",
        "lacks_proof",
        "lacks_check",
    ),
    "rectifications",
    Text(
        "全部销号本身也值得抽查；销号须有佐证和核验。",
        "That everything is closed is itself a reason to sample; closing needs evidence and a check.",
    ),
)
_DISPATCH = Shown(
    Text("周调度清单", "Weekly dispatch"),
    ("reason", "unit", "category", "problem_id", "responsible", "due_on", "closed_on", "days", "measure"),
    "rectifications",
    Text(
        "“天数”：逾期为超期天数，即将到期为剩余天数，待核验为销号后天数。",
        "Days: over the term where overdue, left where due soon, since the closing where to be verified.",
    ),
)
_NOTICE = Shown(
    Text("月通报", "Monthly notice"),
    ("unit", "carried", "found", "reopened", "closed", "open", "overdue", "closed_late", "lacks_proof", "closing_rate"),
    "rectifications",
    Text("月末未结 = 月初未结 + 新发现 + 重开 − 销号。", "Open at the end = carried + found + reopened − closed."),
)
_RISKS = Shown(
    Text("岗位廉政风险点与防控措施", "Risk points and measures by post"),
    ("unit", "post", "category", "level", "measure", "holders", "problems", "open_problems", "state"),
    "risk_points",
)


@dataclass(frozen=True)
class Rectification(Institution):
    """What a unit promised to put right, how far it is, and what it guards against by post."""

    FRAMES: ClassVar[Mapping[str, Callable[..., pd.DataFrame]]] = {
        "ledger": institutions.ledger,
        "weekly_dispatch": institutions.weekly_dispatch,
        "monthly_notice": institutions.monthly_notice,
        "risk_points": institutions.risk_points,
    }

    def ledger(self, language: Language, as_of: str = "") -> Fragment:
        """Every problem as it stood on ``as_of``, overdue and reopened ones marked."""
        return self._show("ledger", _LEDGER, language, limit=300, as_of=as_of)

    def dispatch(self, language: Language, as_of: str = "") -> Fragment:
        """What the weekly dispatch of that day calls up."""
        return self._show("weekly_dispatch", _DISPATCH, language, limit=300, as_of=as_of)

    def notice(self, language: Language, month: str = "", as_of: str = "") -> Fragment:
        """The monthly notice: ``month`` as ``2026-05``, by default the last one that was over."""
        return self._show("monthly_notice", _NOTICE, language, month=month, as_of=as_of)

    def risks(self, language: Language) -> Fragment:
        """Risk points and measures by post, beside the problems of the same kind."""
        return self._show("risk_points", _RISKS, language)
