"""The unit: cases of one unit in a short time, and all that its other views show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from caselens import institutions
from caselens.core.text import Language, Text
from caselens.reports._institution import Shown
from caselens.reports.capital import Capital
from caselens.reports.decisions import Decisions
from caselens.reports.rectification import Rectification
from caselens.reports.works import Works
from caselens.views import Fragment, escape
from caselens.views import institutions as pictures

_ALL = Text("全部单位", "All units")
_CLUSTERS = Shown(
    Text("单位短期案件集中情况", "Cases of one unit in a short time"),
    (
        "unit",
        "people",
        "leaders",
        "densest",
        "window_start",
        "window_end",
        "median_gap_days",
        "headcount",
        "per_thousand",
    ),
    "discipline_records",
    Text(
        "是否超出偶然，由指标“一单位短期多人被查”检验；专项行动集中立案也会如此。",
        "Whether it is more than chance is tested by org-case-cluster; a campaign that files together looks the same.",
    ),
)
_CASES = Shown(
    Text("案件明细：岗位、时间与间隔", "Cases: posts, days and spacing"),
    ("unit", "person", "post", "is_leadership", "filed_on", "kind", "gap_days", "in_window"),
    "discipline_records",
    picture=Text("各单位各年立案人数", "People on record by unit and year"),
    draw=pictures.unit_heat,
)
_SUPPLIERS = Shown(
    Text("被查人员共同经手的供应商", "Suppliers that several of those on record dealt with"),
    ("unit", "party", "people", "matters", "first_on", "last_on", "who"),
    "approvals",
)
_APPROVERS = Shown(
    Text("与多名被查人员共同审批的人", "Others who decided the same matters with several of them"),
    ("unit", "party", "people", "matters", "first_on", "last_on", "who"),
    "approvals",
)


@dataclass(frozen=True)
class Unit(Decisions, Capital, Rectification):
    """All views of one unit; with an empty ``org_id``, of all units side by side.

    >>> desk.unit("O00012").cases("zh")           # doctest: +SKIP
    >>> desk.unit().frame("approvers")            # doctest: +SKIP
    """

    FRAMES: ClassVar[Mapping[str, Callable[..., pd.DataFrame]]] = {
        "case_records": institutions.case_records,
        "case_clusters": institutions.case_clusters,
        "common_suppliers": institutions.common_suppliers,
        "common_approvers": institutions.common_approvers,
    }

    @property
    def name(self) -> str:
        """What the unit is called; its id where no name is on record."""
        return institutions.names_of(self.workspace).get(self.org_id, self.org_id)

    @property
    def projects(self) -> Works:
        """The projects of this unit."""
        return Works(self.workspace, self.org_id)

    def heading(self, language: Language) -> Fragment:
        """The name of the unit and the day the data stand for."""
        title = self.name or _ALL.get(language)
        day = self.workspace.as_of.isoformat()
        return Fragment(f"<h2>{escape(title)}</h2><p>{day}</p>", f"{title} · {day}", language)

    def cases(self, language: Language) -> Fragment:
        """Cases by unit: how many within a year, whose, how far apart."""
        both = [self._show("case_clusters", _CLUSTERS, language), self._show("case_records", _CASES, language)]
        return Fragment.join(both, language)

    def in_common(self, language: Language) -> Fragment:
        """Suppliers and other approvers that those on record had in common."""
        both = [
            self._show("common_suppliers", _SUPPLIERS, language),
            self._show("common_approvers", _APPROVERS, language),
        ]
        return Fragment.join(both, language)
