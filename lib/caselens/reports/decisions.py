"""Decisions and posts of a unit: tenure, panels, votes, approvals, waiting applicants and losses, each a section."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from caselens import institutions
from caselens.core.text import Language, Text
from caselens.reports._institution import Institution, Shown
from caselens.views import Fragment
from caselens.views import institutions as pictures
from caselens.workspace import Workspace

_TENURES = Shown(
    Text("关键岗位任职时间", "Tenure in key posts"),
    ("unit", "person", "post", "remit", "since", "until", "months", "is_held", "line"),
    "appointments",
    Text(
        "一把手、班子成员和有职权范围的岗位；黄线、红线提示轮岗，不等于违规。",
        "Heads, leadership and posts with a remit. The lines call for rotation; they are not breaches.",
    ),
    codes={"remit": ("appointments", "remit")},
    picture=Text("任职时间最长的关键岗位", "The longest tenures in key posts"),
    draw=pictures.tenures,
)
_ROTATION = Shown(
    Text("各单位轮岗情况", "Rotation by unit"),
    ("unit", "posts", "median_months", "longest_months", "yellow", "red", "moves"),
    "appointments",
)
_PANELS = Shown(
    Text("评审与评标人员的抽取", "How panels are drawn"),
    (
        "unit",
        "kind",
        "panels",
        "members",
        "seats_each",
        "drawn_share",
        "witness_share",
        "pool",
        "pool_ratio",
        "overlap",
        "chance_overlap",
        "top_member",
        "top_share",
    ),
    "review_votes",
    Text(
        "重合度明显高于随机抽取、库人数不足席位三倍、或同一人参加大多数评审，值得核对抽取记录。",
        "An overlap well above an even draw, a register under three times the seats, or one person on most panels is "
        "worth a look at the record of the draw.",
    ),
    codes={"kind": ("", "panel")},
)
_BODIES = Shown(
    Text("各议事机构的表决结果", "How bodies decide"),
    ("unit", "items", "passed", "refused", "undecided", "refusal_rate", "refused_amount", "fails_rule", "breaches"),
    "review_votes",
    Text(
        "“按规则应不通过”指有否决票、弃权过多或不足法定人数；只有查到已生效的议事规则，才计为违反规则。",
        "“Fail the rule” means a veto, too many abstentions or no quorum; a breach only where a voting rule in force "
        "is on record.",
    ),
)
_VOTES = Shown(
    Text("应予核对的表决", "Votes to be looked at"),
    ("unit", "item_id", "voted_on", "amount", "vetoes", "chair_against", "abstained", "outcome", "rule", "is_breach"),
    "review_votes",
)
_APPROVERS = Shown(
    Text("审批人与否决率", "Approvers and refusals"),
    (
        "unit",
        "person",
        "decisions",
        "approved",
        "rejected",
        "returned",
        "refusal_rate",
        "share",
        "amount",
        "without_amount",
        "first_on",
        "last_on",
    ),
    "approvals",
    Text("审批次数多而从未否决，才值得追问。", "A rate of nought is a question only where there were many decisions."),
    picture=Text("每名审批人的次数与否决比例", "Decisions and refusals of each approver"),
    draw=pictures.refusals,
)
_QUEUE = Shown(
    Text("申请事项的等待", "How long applicants wait"),
    (
        "authority",
        "applicant",
        "handler",
        "kind",
        "submitted_on",
        "decided_on",
        "days",
        "state",
        "is_listed",
        "overtaken",
    ),
    "applications",
    codes={"kind": ("applications", "kind")},
    picture=Text("每件申请的等待天数", "Days each application waited"),
    draw=pictures.queue,
)
_LOSSES = Shown(
    Text("损失按审批人与议事机构归集", "Losses by approver and deciding body"),
    ("by", "name", "financings", "lost", "principal", "loss", "loss_rate", "unknown"),
    "financings",
    Text(
        "同一笔损失计入每一个经手、审批、同意的人和机构，各行不可相加。",
        "A loss counts in full for everybody who had a hand in it, so rows do not add up.",
    ),
)


def _doubtful(workspace: Workspace, org_id: str = "") -> pd.DataFrame:
    """Items that passed although the default voting rule says that they failed."""
    found = institutions.voted_items(workspace, org_id)
    picked = found[found["fails_rule"] & (found["outcome"] == "passed")]
    return picked.sort_values(["is_breach", "voted_on", "item_id"], ascending=[False, False, True], ignore_index=True)


@dataclass(frozen=True)
class Decisions(Institution):
    """Who decides in a unit, for how long, with whom, and how often anybody says no."""

    FRAMES: ClassVar[Mapping[str, Callable[..., pd.DataFrame]]] = {
        "tenures": institutions.tenures,
        "rotation": institutions.rotation,
        "panels": institutions.panels,
        "bodies": institutions.bodies,
        "voted_items": institutions.voted_items,
        "doubtful_votes": _doubtful,
        "approvers": institutions.approvers,
        "queue": institutions.queue,
        "losses": institutions.losses,
    }

    def tenures(self, language: Language) -> Fragment:
        """Tenure in key posts, the longest drawn."""
        return self._show("tenures", _TENURES, language)

    def rotation(self, language: Language) -> Fragment:
        """Rotation, a unit a row."""
        return self._show("rotation", _ROTATION, language)

    def panels(self, language: Language) -> Fragment:
        """How review and tender panels were drawn."""
        return self._show("panels", _PANELS, language)

    def votes(self, language: Language) -> Fragment:
        """How bodies decide, and the items that passed although the rule says that they failed."""
        both = [self._show("bodies", _BODIES, language), self._show("doubtful_votes", _VOTES, language)]
        return Fragment.join(both, language)

    def approvers(self, language: Language) -> Fragment:
        """Approvers, how often they refuse, and how much money passed their hands."""
        return self._show("approvers", _APPROVERS, language)

    def queue(self, language: Language) -> Fragment:
        """How long applications waited and who was overtaken."""
        return self._show("queue", _QUEUE, language)

    def losses(self, language: Language) -> Fragment:
        """Losses of financings by approver and deciding body."""
        return self._show("losses", _LOSSES, language)
