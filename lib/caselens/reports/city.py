"""The city at a glance: what could be asked, what was found, where, and which clusters of payments to read first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import pandas as pd

from caselens.core.text import Language, Text
from caselens.entities import entities, resolved
from caselens.indicators import INDICATORS
from caselens.indicators._declare import UNACCUSED
from caselens.institutions import names_of
from caselens.reports.clusters import clusters_shown
from caselens.reports.sections import drawing
from caselens.views import Fragment, escape, table
from caselens.views import city as pictures
from caselens.workspace import Workspace

#: Families of questions, by the first word of their ids.
FAMILIES = {
    "flow": Text("资金往来", "Money"),
    "rel": Text("亲属与经商", "Ties"),
    "org": Text("岗位与议事", "Posts, bodies"),
    "bid": Text("投标", "Bids"),
    "proc": Text("采购程序", "Procurement"),
    "life": Text("项目建设", "Projects"),
    "fin": Text("融资与债务", "Financing"),
    "wealth": Text("个人财产", "Wealth"),
    "asset": Text("资产处置", "Disposals"),
    "ben": Text("待遇发放", "Benefits"),
    "bl": Text("黑名单", "Blacklist"),
    "data": Text("数据勾稽", "Figures"),
}
_PUBLIC = ("government", "party_body", "public_institution", "hospital", "school", "village_collective", "state_owned")
_PUT = Text(
    "{all} 个问题中，{can} 个可以提出，{dark} 个因缺少资料不能提出；不能提出不等于没有问题。",
    "Of {all} questions {can} can be put; {dark} cannot for lack of records, which is not “in order”.",
)
_LOOKED = Text(
    "逐个对象评估 {n} 次：命中 {hit}，未见异常 {clean}，按规则排除 {excluded}，资料不足 {not_assessable}。",
    "{n} subjects were looked at: {hit} hits, {clean} clean, {excluded} excluded by rule, {not_assessable} lacked records.",
)
_BY_QUESTION = Text("各问题形成的线索", "Findings by question")
_BY_FAMILY = Text("各类问题的线索数与可提问题数", "Findings and questions by family")
_HEAT = Text("单位 × 问题类别的线索数", "Findings of units by family of questions")
_RANKING = Text("单位排序", "Units in order")
_UNITS_NOTE = Text(
    "按红色、黄色线索数排序；人员线索计入其当时（否则最近）任职的单位。规模大、资料全的单位自然更多，不能据此比较优劣。"
    "另有 {n} 条线索的对象不在任何单位任职，未计入。",
    "In the order of red, then yellow findings; a person's count for the unit where he held a post then, or last. Large "
    "units and well-documented ones have more: this is no comparison of merit. {n} findings about nobody with a post "
    "are not in it.",
)
_NO_MONEY = Text("没有资金往来表，无法聚类。", "There are no payments to group.")
_LABELS = {
    "family": Text("类别", "Family"),
    "questions": Text("问题", "Questions"),
    "can": Text("可提出", "Can be put"),
    "found": Text("线索", "Findings"),
    "red": Text("红", "Red"),
    "yellow": Text("黄", "Yellow"),
    "note": Text("提示", "Note"),
    "unit": Text("单位", "Unit"),
    "people": Text("涉及人员", "People"),
    "foremost": Text("最高分的线索", "Foremost finding"),
}
_SEVERITIES = ("red", "yellow", "note")


class CityData(Protocol):
    """A workspace as the façade offers it."""

    workspace: Workspace

    def coverage(self) -> pd.DataFrame:
        """``indicator, title_zh, title_en, lacks``."""

    def findings(self) -> pd.DataFrame:
        """Columns of the table ``findings``."""

    def assessments(self) -> pd.DataFrame:
        """``indicator, subject_id, state, reason``."""


def family(slug: str) -> str:
    """The family of an indicator: the first word of its id."""
    return slug.split("-", 1)[0]


@dataclass(frozen=True)
class City:
    """The sections of the city overview, each a call: ``desk.city.coverage("zh")``. Nothing is computed before."""

    desk: CityData

    def coverage(self, language: Language) -> Fragment:
        """How much could be asked at all, before anything that was found."""
        covered = self.desk.coverage()
        can = int((covered["lacks"] == "").sum())
        states = self.desk.assessments()["state"].value_counts()
        told = [
            _PUT.get(language).format(all=len(covered), can=can, dark=len(covered) - can),
            _LOOKED.get(language).format(
                n=f"{int(states.sum()):,}",
                **{state: f"{int(states.get(state, 0)):,}" for state in ("hit", "clean", "excluded", "not_assessable")},
            ),
        ]
        html = "".join(f"<p>{escape(sentence)}</p>" for sentence in told)
        return Fragment(html, ("" if language == "zh" else " ").join(told), language)

    def findings(self, language: Language) -> Fragment:
        """Findings by question, and by family beside what could be asked."""
        counts = self.counts()
        titled = counts.assign(title=[INDICATORS[slug].title.get(language) for slug in counts["indicator"]])
        chart = drawing(pictures.findings_by_question(titled, language), _BY_QUESTION, language)
        families = self.families()
        shown = families.assign(family=[_family(name, language) for name in families["family"]])
        return Fragment.join([chart, table(shown, language, _LABELS, caption=_BY_FAMILY.get(language))], language)

    def units(self, language: Language) -> Fragment:
        """Units against families of questions, and the units in order."""
        ranked, each = self.ranking(), self.by_unit()
        names = dict(zip(ranked["org_id"], ranked["unit"], strict=True))
        order = {org: place for place, org in enumerate(ranked["org_id"])}
        cells = each.sort_values("org_id", key=lambda ids: ids.map(order)).assign(
            unit=lambda frame: frame["org_id"].map(names),
            family=lambda frame: [_family(name, language) for name in frame["family"]],
        )
        heat = drawing(pictures.units_by_family(cells, language), _HEAT, language)
        shown = ranked.assign(foremost=[INDICATORS[slug].title.get(language) for slug in ranked["foremost"]])
        listed = table(shown.drop(columns="org_id"), language, _LABELS, caption=_RANKING.get(language), limit=30)
        note = _UNITS_NOTE.get(language).format(n=f"{self._homeless:,}")
        return Fragment.join([heat, Fragment(f"<p>{escape(note)}</p>", note, language), listed], language)

    def clusters(self, language: Language, first: int = 20) -> Fragment:
        """The map of clusters of payments, and the ``first`` of them with the reason to read each."""
        if not self.desk.workspace.has("payments"):
            return Fragment(f"<p>{_NO_MONEY.get(language)}</p>", _NO_MONEY.get(language), language)
        return clusters_shown(self.grouped, language, first)

    # -- the frames behind them -------------------------------------------------------------------------------------

    def counts(self) -> pd.DataFrame:
        """Findings by indicator and severity: ``indicator, severity, found``."""
        return self.desk.findings().groupby(["indicator", "severity"]).size().reset_index(name="found")

    def families(self) -> pd.DataFrame:
        """``family, questions, can`` (be put), ``found, red, yellow, note``, in the order of :data:`FAMILIES`."""
        covered, counts = self.desk.coverage(), self.counts()
        asked = covered.groupby(covered["indicator"].map(family))["lacks"].agg(
            questions="size", can=lambda s: (s == "").sum()
        )
        found = counts.pivot_table(
            index=counts["indicator"].map(family), columns="severity", values="found", aggfunc="sum", fill_value=0
        )
        every = asked.join(found).reindex(columns=["questions", "can", *_SEVERITIES]).fillna(0).astype("int64")
        every.insert(2, "found", every[list(_SEVERITIES)].sum(axis=1))
        known = list(FAMILIES)
        order = sorted(every.index, key=lambda name: (known.index(name) if name in known else len(known), name))
        return every.loc[order].rename_axis("family").reset_index()

    def by_unit(self) -> pd.DataFrame:
        """Findings of units: ``org_id, family, found``; a finding about several people of one unit counts once."""
        mine = self._placed.drop_duplicates(["org_id", "finding_id"])
        return mine.groupby(["org_id", "family"]).size().reset_index(name="found")

    def ranking(self) -> pd.DataFrame:
        """``org_id, unit, found, red, yellow, note, people, foremost`` (the indicator of its highest score), by severity."""
        placed = self._placed
        if placed.empty:
            return pd.DataFrame(columns=["org_id", "unit", "found", *_SEVERITIES, "people", "foremost"])
        once = placed.drop_duplicates(["org_id", "finding_id"])
        counts = once.pivot_table(index="org_id", columns="severity", values="score", aggfunc="size", fill_value=0)
        counts = counts.reindex(columns=list(_SEVERITIES), fill_value=0).astype("int64")
        people = placed[placed["party"] != placed["org_id"]].groupby("org_id")["party"].nunique()
        names = names_of(self.desk.workspace)
        ranked = counts.assign(
            found=counts.sum(axis=1),
            people=people.reindex(counts.index, fill_value=0).astype("int64"),
            foremost=once.sort_values("score", ascending=False, kind="stable").groupby("org_id")["indicator"].first(),
            unit=[names.get(org, org) for org in counts.index],
        )
        ranked = ranked.rename_axis("org_id").reset_index()
        ranked = ranked.sort_values(["red", "yellow", "note", "org_id"], ascending=[False, False, False, True])
        return ranked[["org_id", "unit", "found", *_SEVERITIES, "people", "foremost"]].reset_index(drop=True)

    @cached_property
    def grouped(self) -> pd.DataFrame:
        """The clusters of all payments, the most surprising first: ``table`` of :func:`caselens.flows.cluster`."""
        from caselens.flows import cluster
        from caselens.flows.stored import stored_index

        workspace = self.desk.workspace
        return cluster(stored_index(workspace), holders=_holders(workspace), check_stability=False).table

    @cached_property
    def _placed(self) -> pd.DataFrame:
        """One row a finding, party and unit: ``finding_id, party, org_id, family, indicator, severity, score``."""
        units, posts = _units(self.desk.workspace), _posts(self.desk.workspace)
        rows = [
            (row.finding_id, party, org, family(row.indicator), row.indicator, row.severity, row.score)
            for row in self.desk.findings().itertuples(index=False)
            for party, org in _places(row, units, posts)
        ]
        columns = ["finding_id", "party", "org_id", "family", "indicator", "severity", "score"]
        return pd.DataFrame(rows, columns=columns)

    @property
    def _homeless(self) -> int:
        return int(self.desk.findings()["finding_id"].nunique() - self._placed["finding_id"].nunique())


def _family(name: str, language: Language) -> str:
    return FAMILIES[name].get(language) if name in FAMILIES else name


def _places(row: Any, units: set[str], posts: dict[str, list[tuple[Any, Any, str]]]) -> Iterator[tuple[str, str]]:
    """Which units a finding is about: public bodies it names, and where the people it names held their posts."""
    day = None if pd.isna(row.period_end) else pd.Timestamp(row.period_end)
    for subject in row.subjects:
        party = subject["id"]
        if subject["role"] in UNACCUSED:
            continue
        if party in units:
            yield party, party
        elif party in posts:
            yield party, _post(posts[party], day)


def _post(held: list[tuple[Any, Any, str]], day: pd.Timestamp | None) -> str:
    """The unit of the post held on ``day``, the one begun last; else of the one begun last of all."""
    then = [post for post in held if day is not None and post[0] <= day and (pd.isna(post[1]) or post[1] >= day)]
    return (then or held)[-1][2]


def _units(workspace: Workspace) -> set[str]:
    if not workspace.has("organizations", "kind"):
        return set()
    rows = resolved(workspace, "organizations")
    return set(rows.filter(rows.kind.isin(_PUBLIC)).select("org_id").execute()["org_id"])


def _posts(workspace: Workspace) -> dict[str, list[tuple[Any, Any, str]]]:
    """Person -> (start, end, unit), by start; a post without a start counts as the oldest."""
    if not workspace.has("appointments"):
        return {}
    frame = resolved(workspace, "appointments").select("person_id", "org_id", "start_date", "end_date").execute()
    frame = frame.dropna(subset=["person_id", "org_id"])
    starts = pd.to_datetime(frame["start_date"]).fillna(pd.Timestamp.min)
    frame = frame.assign(start_date=starts, end_date=pd.to_datetime(frame["end_date"]))
    found: dict[str, list[tuple[Any, Any, str]]] = {}
    for row in frame.sort_values(["start_date", "org_id"]).itertuples(index=False):
        found.setdefault(row.person_id, []).append((row.start_date, row.end_date, row.org_id))
    return found


def _holders(workspace: Workspace) -> dict[str, str]:
    """Account -> its holder's name; parties who share a name carry their id, so that they stay two."""
    if not workspace.has("accounts"):
        return {}
    accounts = resolved(workspace, "accounts").select("account_id", "holder_id", "holder_name").execute()
    names = names_of(workspace)
    known = entities(workspace).select("entity_id", "name").distinct().execute()
    shared = set(known.loc[known["name"].duplicated(keep=False), "name"])
    found = {}
    for row in accounts.itertuples(index=False):
        name = names.get(row.holder_id) if isinstance(row.holder_id, str) else row.holder_name
        if isinstance(name, str) and name:
            found[row.account_id] = (
                f"{name}（{row.holder_id}）" if name in shared and isinstance(row.holder_id, str) else name
            )
    return found
