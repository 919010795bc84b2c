"""Sections of the tenders notebook: strata, one tender, one ring, and the map of fingerprints."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import pandas as pd

from caselens.bids.fingerprints import fingerprints
from caselens.bids.rings import rings
from caselens.bids.strata import strata
from caselens.core.errors import UsageError
from caselens.core.text import Language, Text
from caselens.entities import entities, resolved
from caselens.indicators import INDICATORS
from caselens.reports.sections import drawing
from caselens.views import Fragment, escape, kinds_of, labels_of, readable_codes, table
from caselens.views.bid_figures import bid_strip, strata_plot, turns
from caselens.workspace import Workspace

_SCREENS = {
    "cv": Text("变异系数（标准差与均值之比）", "Coefficient of variation (standard deviation over mean)"),
    "rd": Text("相对距离（前两价之差与其余报价离散之比）", "Relative distance (first gap over the spread of the losers)"),
    "kurt": Text("峰度", "Kurtosis"),
}
_NO_BIDS = Text("没有招标与投标资料，无法评估", "No tenders and bids were delivered: it could not be assessed")
_NO_RING = Text("在能够评估的范围内没有稳定的投标团体", "Within what could be assessed there is no stable group")
_STRATA = Text("各标段在本层中的位置：{label}", "Each tender within its stratum: {label}")
_TENDER = Text("标段 {name} 的报价", "Bids for tender {name}")
_RING = Text("团体 {name}：何时投标、何时中标", "Group {name}: when its members bid, and when they won")
_RINGS = Text("稳定的投标团体", "Stable groups of bidders")
_PAIRS = Text("同一标段中不同投标人的共同痕迹", "Marks that different bidders of one tender share")
_LEFT_OUT = Text("按规则排除的共同痕迹（代理机构、公共网络等）", "Marks left out by rule (agencies, public networks)")
_BESIDE = Text("可能的正当解释", "Innocent explanations")
_RING_LABELS = {
    "ring_id": Text("团体", "Group"),
    "members": Text("成员", "Members"),
    "joint": Text("共同标段", "Joint tenders"),
    "basis": Text("依据", "Basis"),
    "q": Text("错误发现率", "False-discovery rate"),
    "wins": Text("中标", "Wins"),
    "best": Text("最有力的一点", "Strongest point"),
}
_PAIR_LABELS = {
    "tender_id": Text("标段", "Tender"),
    "bidder": Text("投标人", "Bidder"),
    "other": Text("另一投标人", "Other bidder"),
    "marks": Text("共同痕迹", "Shared marks"),
    "state": Text("判断", "State"),
}
_OUT_LABELS = {
    "mark": Text("痕迹", "Mark"),
    "rule": Text("排除规则", "Rule"),
    "values": Text("数值个数", "Values"),
    "bidders": Text("涉及投标人", "Bidders"),
}


class Tenders:
    """The tenders of one workspace, each method a section."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    @property
    def is_known(self) -> bool:
        """Whether there is anything to look at."""
        return self.workspace.has("bids") and self.workspace.has("tenders")

    @cached_property
    def _bids(self) -> pd.DataFrame:
        return resolved(self.workspace, "bids").execute()

    @cached_property
    def _tenders(self) -> pd.DataFrame:
        return resolved(self.workspace, "tenders").execute()

    @cached_property
    def judged(self) -> pd.DataFrame:
        """Every screen of every tender against its stratum: columns as :func:`caselens.bids.strata`."""
        return strata(self._bids, self._tenders)

    @cached_property
    def groups(self) -> Any:
        """The stable groups: :func:`caselens.bids.rings`."""
        contracts = resolved(self.workspace, "contracts").execute() if self.workspace.has("contracts") else None
        return rings(self._bids, self._tenders, contracts=contracts)

    @cached_property
    def _names(self) -> dict[str, str]:
        members = entities(self.workspace).select("entity_id", "name").execute()
        return dict(zip(members["entity_id"], members["name"], strict=True))

    def strata(self, language: Language, screen: str = "cv") -> Fragment:
        """One screen over all tenders, stratum by stratum, and what else explains a low value.

        Raises:
            UsageError: there is no picture of that screen.
        """
        if screen not in _SCREENS:
            raise UsageError(f"there is no picture of {screen!r}; there are {', '.join(_SCREENS)}")
        if not self.is_known:
            return _nothing(_NO_BIDS, language)
        label = _SCREENS[screen]
        title = Text(_STRATA.zh.format(label=label.zh), _STRATA.en.format(label=label.en))
        drawn = drawing(strata_plot(self.judged, screen, label, language), title, language)
        return Fragment.join([drawn, _beside("bid-variance-screen", language)], language)

    def tender(self, language: Language, tender_id: str = "") -> Fragment:
        """The bids of one tender on a line, and its row; without an id the one most beyond its fence.

        Raises:
            UsageError: there is no such tender.
        """
        if not self.is_known:
            return _nothing(_NO_BIDS, language)
        tender_id = tender_id or self._foremost()
        mine = self._tenders[self._tenders["tender_id"] == tender_id]
        if mine.empty:
            raise UsageError(f"there is no tender {tender_id!r} 没有此标段")
        bids = self._bids[self._bids["tender_id"] == tender_id].assign(ceiling_price=mine["ceiling_price"].iloc[0])
        name = str(mine["title"].iloc[0])
        title = Text(_TENDER.zh.format(name=name), _TENDER.en.format(name=name))
        drawn = drawing(bid_strip(bids, self._names, language), title, language)
        columns = ["bidder_id", "price", "is_winner", "status", "source_file", "source_sheet", "source_row"]
        shown = readable_codes(bids[columns], "bids", language, self._names)
        listed = table(shown, language, labels_of("bids"), caption=title.get(language), kinds=kinds_of("bids"))
        return Fragment.join([drawn, listed, _beside("bid-cover-screen", language)], language)

    def rings(self, language: Language) -> Fragment:
        """The stable groups in one table."""
        if not self.is_known:
            return _nothing(_NO_BIDS, language)
        found = self.groups.rings
        if found.empty:
            return _nothing(_NO_RING, language)
        joiner = "、" if language == "zh" else ", "
        shown = found.assign(
            members=[joiner.join(self._names.get(name, name) for name in members) for members in found["members"]],
            joint=[len(tenders) for tenders in found["tenders"]],
        )
        return table(shown[list(_RING_LABELS)], language, _RING_LABELS, caption=_RINGS.get(language), limit=50)

    def ring(self, language: Language, place: int = 1) -> Fragment:
        """One group, by its place in :meth:`rings`: who bid and who won when, and what else explains it.

        Raises:
            UsageError: there is no such group.
        """
        if not self.is_known:
            return _nothing(_NO_BIDS, language)
        found = self.groups.rings
        if found.empty:
            return _nothing(_NO_RING, language)
        if not 1 <= place <= len(found):
            raise UsageError(f"there are {len(found)} groups, asked for number {place} 没有此团体")
        one = found.iloc[place - 1]
        dated = self._bids.merge(self._tenders[["tender_id", "opened_at"]], on="tender_id")
        mine = dated[dated["tender_id"].isin(list(one["tenders"]))]
        title = Text(_RING.zh.format(name=one["ring_id"]), _RING.en.format(name=one["ring_id"]))
        drawn = drawing(turns(mine, list(one["members"]), self._names, language), title, language)
        return Fragment.join([drawn, _beside("bid-ring", language)], language)

    def fingerprints(self, language: Language) -> Fragment:
        """Marks that bidders of one tender share, what was left out by rule, and what else explains them."""
        if not self.is_known:
            return _nothing(_NO_BIDS, language)
        found = fingerprints(self._bids)
        pairs = found.pairs[found.pairs["state"] == "hit"]
        shown = pd.DataFrame(
            {
                "tender_id": pairs["tender_id"],
                "bidder": [self._names.get(name, name) for name in pairs["bidder_id"]],
                "other": [self._names.get(name, name) for name in pairs["other_id"]],
                "marks": [", ".join(marks) for marks in pairs["marks"]],
            }
        )
        listed = table(shown, language, _PAIR_LABELS, caption=_PAIRS.get(language), limit=100)
        out = found.excluded.groupby(["mark", "rule"], as_index=False).agg(
            values=("value", "nunique"), bidders=("bidders", "sum")
        )
        excluded = table(out, language, _OUT_LABELS, caption=_LEFT_OUT.get(language), limit=50)
        return Fragment.join([listed, excluded, _beside("bid-digital-fingerprint", language)], language)

    def _foremost(self) -> str:
        hits = self.judged[(self.judged["screen"] == "cv") & (self.judged["state"] != "not_assessable")]
        ordered = hits.sort_values(["p", "tender_id"])
        return str(ordered["tender_id"].iloc[0]) if len(ordered) else str(self._tenders["tender_id"].min())


def _nothing(why: Text, language: Language) -> Fragment:
    return Fragment(f"<p>{escape(why.get(language))}</p>", why.get(language), language)


def _beside(slug: str, language: Language) -> Fragment:
    """What else explains what the picture shows, as the indicator declares it."""
    items = "".join(f"<li>{escape(item.text.get(language))}</li>" for item in INDICATORS[slug].innocent)
    return Fragment(f"<h4>{_BESIDE.get(language)}</h4><ul>{items}</ul>", _BESIDE.get(language), language)
