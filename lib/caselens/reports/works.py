"""Projects: the cost chain, savings, stages, pay against progress; open tenders and spot checks, each a section."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from caselens import institutions
from caselens.core.errors import NotAssessable
from caselens.core.text import Language, Text
from caselens.findings import screening
from caselens.indicators import INDICATORS
from caselens.reports._institution import Institution, Shown, dark, show
from caselens.reports._institution_words import LABELS
from caselens.tables.lifecycles import LIFECYCLES
from caselens.views import Fragment, escape
from caselens.views import institutions as pictures

#: The steps of the waterfall: sums of the whole project, each of which should not exceed the one before.
_STEPS = {name: LABELS[name] for name in ("estimate", "approved_estimate", "budget", "final_cost")}


def _chain(chain: pd.DataFrame, language: Language) -> pictures.go.Figure:
    return pictures.whole_chain(chain, _STEPS, language)


_CHAIN = Shown(
    Text("造价链：估算、概算、预算、合同、决算", "Cost chain: from estimate to final account"),
    ("name", "owner", "estimate", "approved_estimate", "budget", "ceiling", "award", "final_cost", "lacks"),
    "projects",
    Text("缺少的金额逐项列出，不按零计算。", "A sum that is missing is named, never taken as nought."),
    picture=Text("全部项目的造价链（合计）", "The cost chain of all projects (sums)"),
    draw=_chain,
)
_SAVING = Shown(
    Text("节约率及其基数", "Saving rates, each with its base"),
    ("base", "against", "projects", "left_out", "base_sum", "against_sum", "saved", "rate", "over"),
    "projects",
    Text("不同基数的节约率不可相互比较。", "Rates on different bases cannot be compared with each other."),
)
_STAGES = Shown(
    Text("环节是否齐全", "Stages"),
    (
        "lifecycle",
        "stage",
        "projects",
        "recorded",
        "elsewhere",
        "missing",
        "unproven",
        "not_needed",
        "not_reached",
        "early",
    ),
    "project_events",
    Text(
        "只有资料声明完整时，无记录才计为缺失。",
        "An absent stage counts as missing only where the records are declared complete.",
    ),
    codes={"lifecycle": ("projects", "lifecycle"), "stage": ("project_events", "stage")},
)
_PROGRESS = Shown(
    Text("付款与进度", "Pay against progress"),
    (
        "project",
        "contract_id",
        "supplier",
        "award",
        "changes",
        "paid",
        "last_paid_on",
        "certified",
        "paid_share",
        "certified_share",
        "gap",
    ),
    "payments",
    Text(
        "进度比例按最近一次付款时已确认的进度计算。",
        "Progress is what had been certified by the day of the last payment.",
    ),
    draw=pictures.pay_and_progress,
)
_OPEN = Shown(
    Text("定标之前的监督：正在进行的招标", "Before the award: open tenders"),
    ("title", "buyer", "method", "budget", "next_step", "act_before", "days_left", "bidders", "flags", "titles"),
    "tenders",
    Text(
        "提示只说明值得在该日期前核对，不说明有违规。",
        "A flag says what is worth a look before that date, never that a rule was broken.",
    ),
    codes={"method": ("tenders", "method")},
)
_PLAN = Shown(
    Text("抽查计划", "Spot-check plan"),
    ("place", "id", "name", "unit", "when", "flags", "weight", "probability", "is_certain"),
    "projects",
    Text(
        "按风险加权随机抽取，不放回；没有任何提示的也可能被抽中，入选概率逐一列出。",
        "Drawn at random, weighted by risk, without replacement; what has no flag can be drawn too. Each probability "
        "of selection is told.",
    ),
)
_LIFE = Text("已声明的流程：{title}", "Declared lifecycle: {title}")


@dataclass(frozen=True)
class Works(Institution):
    """The projects of one unit, or of all.

    >>> desk.projects.savings("zh")                # doctest: +SKIP
    """

    FRAMES: ClassVar[Mapping[str, Callable[..., pd.DataFrame]]] = {
        "cost_chain": institutions.cost_chain,
        "saving": institutions.saving,
        "stages": institutions.stages,
        "pay_and_progress": institutions.pay_and_progress,
    }

    def chain(self, language: Language) -> Fragment:
        """The sums of every project, and those of all together as a waterfall."""
        return self._show("cost_chain", _CHAIN, language)

    def savings(self, language: Language) -> Fragment:
        """Saving rates over all projects, each with its base."""
        return self._show("saving", _SAVING, language)

    def stages(self, language: Language) -> Fragment:
        """Stages on record, missing, or out of order."""
        return self._show("stages", _STAGES, language)

    def progress(self, language: Language) -> Fragment:
        """What was paid against what had been certified."""
        return self._show("pay_and_progress", _PROGRESS, language)

    def lifecycles(self, language: Language, *only: str) -> Fragment:
        """The declared lifecycles (or those named), stage by stage."""
        every, parts = institutions.lifecycles(language), []
        for name in only or tuple(LIFECYCLES):
            mine = every[every["lifecycle"] == name]
            title = _LIFE.format(title=str(mine["title"].iloc[0]))
            how = Shown(title, ("place", "label", "after", "ordered", "optional"), "project_events")
            parts.append(show(mine, how, language, self.workspace))
        return Fragment.join(parts, language)

    def open_tenders(self, language: Language) -> Fragment:
        """Tenders that can still be stopped or put right, with the flags they raise and the day before which to act."""
        try:
            found = institutions.open_tenders(self.workspace, screening(self.workspace).findings, self.org_id)
        except NotAssessable as error:
            return dark(_OPEN.title, str(error), language)
        titles = [
            [INDICATORS[slug].title.get(language) for slug in part if slug in INDICATORS] for part in found["titles"]
        ]
        return show(found.assign(titles=titles), _OPEN, language, self.workspace)

    def plan(self, *, table: str = "projects", size: int = 10, seed: int = 1, since: str = "",
             until: str = "") -> institutions.Plan:  # fmt: skip
        """Draw a spot-check plan; see :func:`caselens.institutions.spot_check`."""
        findings = screening(self.workspace).findings
        return institutions.spot_check(self.workspace, findings, table=table, size=size, seed=seed, org_id=self.org_id,
                                       since=since, until=until)  # fmt: skip

    def spot_check(self, language: Language, *, table: str = "projects", size: int = 10, seed: int = 1,
                   since: str = "", until: str = "") -> Fragment:  # fmt: skip
        """The plan as a table, with the sentence for the minutes."""
        try:
            plan = self.plan(table=table, size=size, seed=seed, since=since, until=until)
        except NotAssessable as error:
            return dark(_PLAN.title, str(error), language)
        listed = show(plan.drawn, _PLAN, language, self.workspace, limit=max(100, size))
        told = institutions.said(plan).get(language)
        return Fragment(f"{listed.html}<p>{escape(told)}</p>", f"{listed.text}\n{told}", language, listed.uses)
