"""A case: its parties, its graph, the money and tenders that matter, the leads and what they rest on."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING

import networkx as nx
import pandas as pd

from caselens.api import _frames
from caselens.api._deciding import CaseDeciding
from caselens.api._roles import roles
from caselens.api.asking import Questions
from caselens.api.listed import Findings
from caselens.entities import entities
from caselens.findings import Screening, leads_table, screening
from caselens.findings.evidence import locate
from caselens.graph import Extent, Reach, case_graph, extent
from caselens.indicators import INDICATORS, Indicator
from caselens.indicators._declare import UNACCUSED
from caselens.relations import relation
from caselens.workspace import Workspace

if TYPE_CHECKING:
    from caselens.reports.sections import Report

#: A workspace without cases is shown whole up to this many parties; beyond, round those that findings name.
WHOLE_LIMIT = 3_000
#: Subjects named where a case presents itself.
_TOLD = 5


class Case(Questions, CaseDeciding):
    """One case of a workspace.

    Everything is computed when first asked for and kept; :meth:`reopen` opens it with another reach, :meth:`screen` asks
    anew. What can be asked of it is in :class:`Questions`.
    """

    def __init__(
        self, workspace: Workspace, case_id: str, title: str, *, whole: bool = False, reach: Reach | None = None
    ) -> None:
        self.workspace, self.id, self.title = workspace, case_id, title
        self._whole, self.reach = whole, reach or Reach()

    def __repr__(self) -> str:
        return f"<Case {self.id} {self.title!r}: {len(self.parties)} parties, {len(self.findings())} findings>"

    def _repr_html_(self) -> str:
        subjects = "、".join(self.name(entity) for entity in self.subjects["entity_id"].head(_TOLD))
        facts = f"{len(self.parties)} 个主体 parties · {len(self.findings())} 条发现 findings"
        return f"<b>{escape(self.title)}</b> <code>{escape(self.id)}</code><br>{escape(subjects)}<br>{facts}"

    def reopen(self, reach: Reach) -> Case:
        """The same case with another reach (hops, hub rule, smallest sums)."""
        return Case(self.workspace, self.id, self.title, whole=self._whole, reach=reach)

    @cached_property
    def subjects(self) -> pd.DataFrame:
        """Who the case is about: ``entity_id, role``. In a workspace without cases: whoever a finding is about."""
        if self._whole:
            named = {s["id"] for found in self._all_findings["subjects"] for s in found if s["role"] not in UNACCUSED}
            known = self._names
            return pd.DataFrame([(n, "subject") for n in sorted(named & known.keys())], columns=["entity_id", "role"])
        rows = self.workspace.table("case_subjects")
        mine = rows.filter(rows.case_id == self.id).select("entity_id", "role").execute()
        return mine.assign(entity_id=mine["entity_id"].map(lambda name: self._entity.get(name, name)))

    @cached_property
    def circle(self) -> set[str]:
        """The subjects and everybody linked to those of them who are officials."""
        links = relation(self.workspace, "links")
        subjects = list(self.subjects["entity_id"])
        linked = links.filter(links.official_id.isin(subjects)).select("party_id").distinct().execute()
        return set(subjects) | set(linked["party_id"])

    @cached_property
    def extent(self) -> Extent:
        """How far the case reaches, with the hubs and small sums that were left out."""
        named = {s["id"] for found in self.findings()["subjects"] for s in found}
        if self._whole and len(self._names) <= WHOLE_LIMIT:
            return Extent(
                pd.DataFrame([(name, 0) for name in sorted(self._names)], columns=["entity_id", "hop"]),
                pd.DataFrame(columns=["entity_id", "degree", "treated"]),
                0,
            )
        return extent(self.workspace, self.subjects["entity_id"], sorted(named & self._names.keys()), self.reach)

    @cached_property
    def parties(self) -> pd.DataFrame:
        """``entity_id, kind, name, role, hop, is_subject``, subjects first."""
        frame = self.extent.parties.assign(
            name=lambda f: f["entity_id"].map(lambda e: self._names.get(e, (e, ""))[0]),
            kind=lambda f: f["entity_id"].map(lambda e: self._names.get(e, ("", ""))[1]),
        )
        # A firm, an intermediary or a witness whom the case lists stays in the picture, but it is not about them.
        subjects = set(self.subjects.loc[self.subjects["role"] == "subject", "entity_id"])
        frame["is_subject"] = frame["entity_id"].isin(subjects) if not self._whole else False
        frame["role"] = roles(self.workspace, frame, self.findings())
        order = frame.sort_values(["hop", "name", "entity_id"]).reset_index(drop=True)
        return order[["entity_id", "kind", "name", "role", "hop", "is_subject"]]

    @cached_property
    def graph(self) -> nx.MultiDiGraph:
        """The typed multigraph of officials, relatives, firms, intermediaries and accounts; each edge has its rows."""
        objects: dict[str, set[str]] = {}
        for found in self.findings()["objects"]:
            for item in found:
                objects.setdefault(item["table"], set()).add(item["id"])
        return case_graph(self.workspace, self.parties, objects)

    def payments(self) -> pd.DataFrame:
        """Payments between parties of the case, and all of its subjects and those linked to them; by time.

        Columns: ``payment_id, paid_at, payer_account, payee_account, payer, payee, payer_name, payee_name, amount,
        currency, channel, memo, source_file, source_sheet, source_row``.
        """
        return self._payments.copy()

    @cached_property
    def _payments(self) -> pd.DataFrame:
        return _frames.payments(self.workspace, self.parties["entity_id"], self.circle, self.labels)

    def tenders(self) -> pd.DataFrame:
        """Tenders that matter, a bid a row: the bid's columns and the tender's, by opening.

        Those that a firm among the subjects or linked to them bid for, and those that a finding is about.
        """
        return self._tenders.copy()

    @cached_property
    def _tenders(self) -> pd.DataFrame:
        objects = (item for found in self.findings()["objects"] for item in found)
        named = {item["id"] for item in objects if item["table"] == "tenders"}
        return _frames.tenders(self.workspace, self.circle, named, self.labels)

    def events(self) -> pd.DataFrame:
        """What officials of the case decided about its parties: ``when, kind, label, parties, table, key``, by day."""
        return self._events.copy()

    @cached_property
    def _events(self) -> pd.DataFrame:
        return _frames.events(self.workspace, self.parties["entity_id"], self.labels)

    def findings(self) -> Findings:
        """The findings about somebody of the case's circle, the highest score first, with ``title_zh, title_en``.

        A pandas DataFrame; ``case.findings().show("zh")`` is the same for reading.
        """
        return Findings(self._findings)

    @cached_property
    def _findings(self) -> pd.DataFrame:
        every = self._all_findings
        if not self._whole:
            touches = every["subjects"].map(
                lambda found: any(s["id"] in self.circle and s["role"] not in UNACCUSED for s in found)
            )
            every = every[touches.astype(bool)]
        titles = {slug: INDICATORS[slug].title for slug in set(every["indicator"])}
        return every.assign(
            title_zh=every["indicator"].map(lambda slug: titles[slug].zh),
            title_en=every["indicator"].map(lambda slug: titles[slug].en),
        ).reset_index(drop=True)

    def leads(self) -> pd.DataFrame:
        """The findings gathered into leads, the most pressing first; columns as :func:`caselens.findings.leads_table`."""
        return leads_table(self.findings())

    def evidence(self) -> pd.DataFrame:
        """The rows each finding rests on: ``finding_id, table, key, role`` and where each stands, and its text."""
        return self._evidence.copy()

    @cached_property
    def _evidence(self) -> pd.DataFrame:
        pairs = [
            {"finding_id": row.finding_id, **item} for row in self.findings().itertuples() for item in row.evidence
        ]
        frame = pd.DataFrame(pairs, columns=["finding_id", "table", "key", "role"])
        places = locate(self.workspace, zip(frame["table"], frame["key"], strict=True), self._called)
        return frame.merge(places, on=["table", "key"], how="left")

    def located(self, rows: Iterable[tuple[str, str]]) -> pd.DataFrame:
        """Where rows (table, key) stand and what they say: columns as :meth:`evidence`, without finding and role."""
        return locate(self.workspace, rows, self._called)

    def counters(self) -> pd.DataFrame:
        """What speaks against each finding: ``finding_id, innocent, state, note``."""
        every = self._screening.counters
        return every[every["finding_id"].isin(self.findings()["finding_id"])].reset_index(drop=True)

    def details(self) -> pd.DataFrame:
        """How each finding was measured: ``finding_id, value, fence, parameters`` (the parameters as JSON text)."""
        every = self._screening.details
        return every[every["finding_id"].isin(self.findings()["finding_id"])].reset_index(drop=True)

    def assessments(self) -> pd.DataFrame:
        """What was looked at: ``indicator, title_zh, title_en, subject_id, subject_name, state, reason``.

        An indicator that could not be put at all has one row with an empty subject.
        """
        every = self._screening.assessments
        inside = set(self.parties["entity_id"]) | {item["id"] for found in self.findings()["objects"] for item in found}
        mine = every[every["subject_id"].isin(inside) | (every["subject_id"] == "") | self._whole]
        frame = mine.assign(
            title_zh=mine["indicator"].map(lambda slug: INDICATORS[slug].title.zh),
            title_en=mine["indicator"].map(lambda slug: INDICATORS[slug].title.en),
            subject_name=mine["subject_id"].map(self.name),
        )
        columns = ["indicator", "title_zh", "title_en", "subject_id", "subject_name", "state", "reason"]
        return frame[columns].reset_index(drop=True)

    @property
    def report(self) -> Report:
        """The sections of the case report, each a call: ``case.report.leads("zh")``."""
        from caselens.reports.sections import Report

        return Report(self)

    def indicator(self, slug: str) -> Indicator:
        """The declared indicator called ``slug``: question, innocent explanations, next steps, references."""
        return INDICATORS[slug]

    def name(self, entity_id: str) -> str:
        """The name of a party, or its id where none is known."""
        return self._names.get(entity_id, (entity_id, ""))[0]

    @cached_property
    def _screening(self) -> Screening:
        return screening(self.workspace)

    @property
    def _all_findings(self) -> pd.DataFrame:
        return self._screening.findings

    @cached_property
    def _members(self) -> pd.DataFrame:
        return entities(self.workspace).select("member_id", "entity_id", "kind", "name").execute()

    @cached_property
    def _entity(self) -> dict[str, str]:
        return dict(zip(self._members["member_id"], self._members["entity_id"], strict=True))

    @cached_property
    def _called(self) -> dict[str, str]:
        """What an id in a raw row is called: a party's record by its name, an account of the case by its holder's."""
        accounts = _frames.holders(self.workspace, self.parties["entity_id"], self.labels)
        return {**accounts, **dict(zip(self._members["member_id"], self._members["name"], strict=True))}

    @cached_property
    def labels(self) -> dict[str, str]:
        """Entity id -> name, of everybody in the workspace."""
        return {entity: name for entity, (name, _) in self._names.items()}

    @cached_property
    def _names(self) -> dict[str, tuple[str, str]]:
        frame = self._members.sort_values("member_id").drop_duplicates("entity_id")[["entity_id", "name", "kind"]]
        known = {row.entity_id: (row.name, row.kind) for row in frame.itertuples(index=False)}
        # A single bill names accounts and no parties: they are all there is to look at.
        return known or (_frames.loose_accounts(self.workspace) if self._whole else {})
