"""The redacted edition of a case: the same case as a report reads it, with pseudonyms for everything that names.

Parties, records, accounts, files and sheets are named by pseudonyms before a section or a picture sees them, so nothing
that is drawn, packed or hidden in the page ever held a name. Sentences are searched for known values and shown only
where every other word is the package's own; what somebody wrote freely is withheld and counted. Amounts, dates, codes
and row numbers stay: whoever knows a payment to the cent can still recognise it, and the report says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import networkx as nx
import pandas as pd

from caselens.core.text import Language, pick
from caselens.findings.evidence import locate
from caselens.findings.leads import Lead, leads_of
from caselens.reports._naming import Naming, withheld_note
from caselens.tables import TABLES

if TYPE_CHECKING:
    from caselens.reports.sections import Report


class RedactedCase:
    """A case under pseudonyms, in the form that a report's sections need (see ``reports._case.CaseData``).

    Args:
        case: the façade's case.
        language: of words and sentences; the codes are the same in both languages.
        linkable: one set of pseudonyms over all cases of the workspace, so that reports can be laid side by side.
            By default a party of two cases has two pseudonyms.
    """

    def __init__(self, case: Any, language: Language, *, linkable: bool = False) -> None:
        self._case, self.language = case, language
        kinds = {entity: kind for entity, (_, kind) in case._names.items()}
        self.naming = Naming(case.workspace, case._entity, kinds, "" if linkable else case.id, language)
        self.id = self.naming.pseudonyms.of("case", case.id)
        # A title says who the case is about.
        self.title = self.id

    @property
    def report(self) -> Report:
        """The sections of the redacted report."""
        from caselens.reports.sections import Report

        return Report(self)

    def about(self, language: Language) -> str:
        """What this edition is."""
        return withheld_note({}, language)

    def note(self, language: Language) -> str:
        """What this edition is, and how much of what was asked for so far it withheld."""
        return withheld_note(self.naming.withheld(), language)

    # -- who ---------------------------------------------------------------------------------------------------------

    @cached_property
    def subjects(self) -> pd.DataFrame:
        """``entity_id, role``."""
        frame = self._case.subjects
        return frame.assign(entity_id=[self.naming.party(str(name)) for name in frame["entity_id"]])

    @cached_property
    def parties(self) -> pd.DataFrame:
        """As the case's; id and name are the pseudonym, and rows are ordered by it."""
        frame = self._case.parties
        called = [self.naming.party(str(name)) for name in frame["entity_id"]]
        return frame.assign(entity_id=called, name=called).sort_values(["hop", "name"]).reset_index(drop=True)

    @cached_property
    def graph(self) -> nx.MultiDiGraph:
        """The same graph; nodes, labels and the keys of rows are pseudonyms, other attributes of strangers are gone."""
        graph: nx.MultiDiGraph = self._case.graph
        called = {node: self._node(str(node), str(data.get("kind"))) for node, data in graph.nodes(data=True)}
        shown = nx.MultiDiGraph()
        for node, data in graph.nodes(data=True):
            kept = {name: data[name] for name in ("kind", "subject", "hop") if name in data}
            shown.add_node(called[node], **kept, label=called[node], rows=self._rows(data))
        for source, target, data in graph.edges(data=True):
            kept = {n: data[n] for n in ("kind", "label", "amount", "start", "end", "count") if n in data}
            shown.add_edge(called[source], called[target], **kept, rows=self._rows(data))
        return shown

    def _node(self, name: str, kind: str) -> str:
        return self.naming.account(name) if kind == "account" else self.naming.party(name)

    def _rows(self, data: Mapping[str, Any]) -> list[tuple[str, str]]:
        return [(str(table), self.naming.key(str(table), key)) for table, key in data.get("rows") or ()]

    # -- money, tenders, decisions -----------------------------------------------------------------------------------

    def payments(self) -> pd.DataFrame:
        """Payments with ends, accounts and numbers as pseudonyms; a memo is shown only where it is clean."""
        frame, naming = self._case.payments(), self.naming
        for side in ("payer", "payee"):
            ends = zip(frame[side].astype(str), frame[f"{side}_account"].astype(str), strict=True)
            # An end without a known holder is its account.
            called = [naming.account(account) if end == account else naming.party(end) for end, account in ends]
            accounts = [naming.account(str(account)) for account in frame[f"{side}_account"]]
            frame = frame.assign(**{side: called, f"{side}_name": called, f"{side}_account": accounts})
        declared = TABLES["payments"]
        return naming.placed(
            frame.assign(
                payment_id=[naming.key("payments", key) for key in frame["payment_id"]],
                memo=[naming.free(memo) for memo in frame["memo"]],
                channel=[naming.code(declared["channel"], value) for value in frame["channel"]],
                currency=[naming.code(declared["currency"], value) for value in frame["currency"]],
            )
        )

    def tenders(self) -> pd.DataFrame:
        """Tenders and bids, cell by cell as their columns are declared."""
        frame = self._case.tenders()
        declared = {column.name: (name, column) for name in ("bids", "tenders") for column in TABLES[name].columns}
        shown = {
            name: [self.naming.cell(*declared[name], value) for value in frame[name]]
            for name in frame.columns
            if name in declared
        }
        for side in ("buyer", "bidder"):
            shown[f"{side}_name"] = shown[f"{side}_id"]
        return self.naming.placed(frame.assign(**shown))

    def events(self) -> pd.DataFrame:
        """Decisions with parties by their pseudonyms."""
        frame = self._case.events()
        parties = [[self.naming.party(str(item)) for item in row] for row in frame["parties"]]
        keys = [self.naming.key(str(table), key) for table, key in zip(frame["table"], frame["key"], strict=True)]
        return frame.assign(parties=parties, label=[" → ".join(row) for row in parties], key=keys)

    # -- leads -------------------------------------------------------------------------------------------------------

    def findings(self) -> pd.DataFrame:
        """Findings with pseudonyms in subjects, objects, evidence and sentences."""
        return pd.DataFrame(list(self._findings.values()), columns=self._case.findings().columns)

    @cached_property
    def _findings(self) -> dict[str, dict[str, Any]]:
        return {str(row["finding_id"]): self._finding(row) for row in self._case.findings().to_dict("records")}

    def _finding(self, row: dict[str, Any]) -> dict[str, Any]:
        naming = self.naming
        sentence = naming.sentence(row[f"summary_{self.language}"])
        return {
            **row,
            "finding_id": self._number(row["finding_id"]),
            "evidence_hash": "",
            "case_id": self.id if row.get("case_id") else "",
            "subjects": [{**item, "id": naming.party(str(item["id"]))} for item in row["subjects"]],
            "objects": [{**item, "id": naming.object(item["table"], str(item["id"]))} for item in row["objects"]],
            "evidence": [{**item, "key": naming.key(item["table"], item["key"])} for item in row["evidence"]],
            "summary_zh": sentence if self.language == "zh" else "",
            "summary_en": sentence if self.language == "en" else "",
        }

    def _number(self, finding_id: Any) -> str:
        """A finding's number is a plain hash of its parties, so it has a pseudonym too."""
        return self.naming.pseudonyms.code("finding", str(finding_id))

    def ordered_leads(self) -> list[Lead]:
        """The leads in the order and under the grades of the full edition."""
        naming = self.naming
        return [
            replace(
                lead,
                findings=tuple(self._findings[str(item["finding_id"])] for item in lead.findings),
                accused=tuple((naming.party(name), role) for name, role in lead.accused),
                bystanders=tuple((naming.party(name), role) for name, role in lead.bystanders),
                objects=tuple((table, naming.object(table, name)) for table, name in lead.objects),
            )
            for lead in leads_of(self._case.findings())
        ]

    def evidence(self) -> pd.DataFrame:
        """Evidence rows with a pseudonymous place, and their cells by pseudonym or withheld."""
        frame = self._case.evidence()[["finding_id", "table", "key", "role"]]
        frame = frame.assign(
            key=[self.naming.key(str(table), key) for table, key in zip(frame["table"], frame["key"], strict=True)],
            finding_id=[self._number(name) for name in frame["finding_id"]],
        )
        places = self.located(zip(frame["table"], frame["key"], strict=True))
        return frame.merge(places, on=["table", "key"], how="left")

    def located(self, rows: Iterable[tuple[str, str]]) -> pd.DataFrame:
        """Where rows stand and what they say; ``rows`` are named by the keys that this case gave out."""
        given = sorted({(str(table), str(code)) for table, code in rows})
        real = [(table, self.naming.key_of(table, code)) for table, code in given]
        found = locate(self._case.workspace, real, written=self.naming.written, languages=[self.language])
        keys = [self.naming.key(str(table), key) for table, key in zip(found["table"], found["key"], strict=True)]
        return self.naming.placed(found.assign(key=keys))

    def counters(self) -> pd.DataFrame:
        """What speaks against each finding."""
        return self._told(self._case.counters(), "note")

    def details(self) -> pd.DataFrame:
        """How each finding was measured; its parameters are left out."""
        return self._told(self._case.details(), "fence").assign(parameters="")

    def _told(self, frame: pd.DataFrame, column: str) -> pd.DataFrame:
        """The frame with numbers of findings by their codes and the sentences of ``column`` in this language."""
        texts = [self.naming.sentence(pick(text, self.language)) if text else "" for text in frame[column].fillna("")]
        return frame.assign(finding_id=[self._number(name) for name in frame["finding_id"]], **{column: texts})

    def assessments(self) -> pd.DataFrame:
        """What was looked at, with subjects by their pseudonyms."""
        frame = self._case.assessments()
        subjects = [self.naming.party(str(name)) if str(name) else "" for name in frame["subject_id"].fillna("")]
        reasons = [self._reason(str(reason)) for reason in frame["reason"].fillna("")]
        return frame.assign(subject_id=subjects, subject_name=subjects, reason=reasons)

    def _reason(self, reason: str) -> str:
        """Lacking columns are named by the package; any other reason is a sentence."""
        if reason == "coverage" or reason.startswith("lacks "):
            return reason
        return self.naming.sentence(pick(reason, self.language))

    def indicator(self, slug: str) -> Any:
        """The declared indicator: it knows nobody."""
        return self._case.indicator(slug)
