"""What a report reads of a case, in the form that its sections need."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import networkx as nx
import pandas as pd

from caselens.core.text import Language, Text
from caselens.reports._words import BYSTANDERS, SEVERITY_ORDER
from caselens.views._format import is_missing

#: A matter that a person closed stays closed in the report unless its evidence grew.
_CLOSED = frozenset({"dismissed", "cleared"})


class CaseData(Protocol):
    """A case as the façade offers it. Two further methods are used where they exist: ``counters()`` gives
    ``finding_id, innocent, state, note`` (what speaks against a finding), ``details()`` ``finding_id, value, fence,
    parameters``.
    """

    id: str
    title: str

    @property
    def parties(self) -> pd.DataFrame:
        """``entity_id, kind, name, role, hop, is_subject``."""

    @property
    def graph(self) -> nx.MultiDiGraph:
        """The typed multigraph of the case."""

    def payments(self) -> pd.DataFrame:
        """Payments of the case's parties."""

    def tenders(self) -> pd.DataFrame:
        """Tenders that matter to the case."""

    def events(self) -> pd.DataFrame:
        """Decisions: ``when, kind, label, parties, table, key``."""

    def findings(self) -> pd.DataFrame:
        """Findings with ``title_zh`` and ``title_en``."""

    def evidence(self) -> pd.DataFrame:
        """Evidence rows: ``finding_id, table, key, role, source_file, source_sheet, source_row, text_zh, text_en``."""

    def assessments(self) -> pd.DataFrame:
        """``indicator, title_zh, title_en, subject_id, subject_name, state, reason``."""

    def indicator(self, slug: str) -> Any:
        """The declared indicator."""


@dataclass(frozen=True, slots=True)
class Lead:
    """Findings about the same parties and object, the strongest first: what a person decides on."""

    findings: tuple[Mapping[str, Any], ...]
    accused: tuple[tuple[str, str], ...]
    bystanders: tuple[tuple[str, str], ...]
    objects: tuple[tuple[str, str], ...]

    @property
    def first(self) -> Mapping[str, Any]:
        """The strongest finding."""
        return self.findings[0]

    @property
    def amount(self) -> float | None:
        """The largest amount of its findings (they speak of the same money, so it is not added up), or None."""
        amounts = [float(item["amount"]) for item in self.findings if not is_missing(item["amount"])]
        return max(amounts, default=None)

    @property
    def is_closed(self) -> bool:
        """Whether a person dismissed or cleared all of it and the evidence has not changed since."""
        return all(item["status"] in _CLOSED and item["change"] != "changed" for item in self.findings)

    @property
    def is_reawakened(self) -> bool:
        """Whether a closed matter has new evidence."""
        return any(item["status"] in _CLOSED and item["change"] == "changed" for item in self.findings)


def parsed(value: Any) -> list[dict[str, Any]]:
    """A list column (JSON text, list or array of mappings) as a list of mappings."""
    if isinstance(value, str):
        value = json.loads(value)
    return [] if value is None or (not isinstance(value, (list, tuple)) and is_missing(value)) else list(value)


def _strength(finding: Mapping[str, Any]) -> tuple[int, float, str]:
    severity = finding["severity"]
    rank = SEVERITY_ORDER.index(severity) if severity in SEVERITY_ORDER else len(SEVERITY_ORDER)
    return rank, -float(finding["score"]), str(finding["finding_id"])


def leads_of(findings: pd.DataFrame) -> list[Lead]:
    """Findings gathered into leads: same accused parties, same objects; by severity, then score, then id."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for finding in findings.to_dict("records"):
        subjects = parsed(finding["subjects"])
        accused = sorted({str(item["id"]) for item in subjects if item.get("role") not in BYSTANDERS})
        objects = sorted({(str(item["table"]), str(item["id"])) for item in parsed(finding["objects"])})
        groups.setdefault((tuple(accused), tuple(objects)), []).append(finding)
    leads = []
    for (_, objects), members in groups.items():
        ranked = sorted(members, key=_strength)
        parties = dict.fromkeys(
            (str(item["id"]), str(item.get("role") or "")) for member in ranked for item in parsed(member["subjects"])
        )
        leads.append(
            Lead(
                tuple(ranked),
                tuple(party for party in parties if party[1] not in BYSTANDERS),
                tuple(party for party in parties if party[1] in BYSTANDERS),
                tuple(objects),
            )
        )
    return sorted(leads, key=lambda lead: _strength(lead.first))


def names_of(parties: pd.DataFrame) -> dict[str, str]:
    """Entity id → name."""
    return {str(key): str(name) for key, name in zip(parties["entity_id"], parties["name"], strict=True)}


def texts(value: Any, language: Language) -> list[str]:
    """A Text, an object with a ``text``, a plain string, or a sequence of them, as strings in ``language``."""
    if value is None:
        return []
    if isinstance(value, (list, tuple)):
        return [text for item in value for text in texts(item, language)]
    inner = value if isinstance(value, (Text, str)) else getattr(value, "text", str(value))
    return [inner.get(language) if isinstance(inner, Text) else str(inner)]


def optional(case: CaseData, method: str, columns: list[str]) -> pd.DataFrame:
    """A frame that newer façades offer; an empty one where the case has no such method."""
    call = getattr(case, method, None)
    return call() if callable(call) else pd.DataFrame(columns=columns)


def evidence_of(case: CaseData, language: Language) -> pd.DataFrame:
    """The case's evidence with one column ``text``, in ``language``."""
    evidence = case.evidence()
    return evidence.assign(text=evidence[f"text_{language}"])


def _drawn(case: CaseData, language: Language) -> pd.DataFrame:
    """Where the rows behind the graph's parties and lines stand; payments are many and carry their place themselves."""
    located = getattr(case, "located", None)
    if not callable(located):
        return pd.DataFrame()
    parts = [data.get("rows") or () for _, data in case.graph.nodes(data=True)]
    parts += [data.get("rows") or () for _, _, data in case.graph.edges(data=True)]
    found = located({(table, key) for rows in parts for table, key in rows if table != "payments"})
    return found.assign(text=found[f"text_{language}"])


def evidence_sources(case: CaseData, language: Language) -> pd.DataFrame:
    """Where the rows of findings and payments stand in the raw files, for the network's panel."""
    columns = ["table", "key", "source_file", "source_sheet", "source_row", "text"]
    evidence, payments = pd.concat([evidence_of(case, language), _drawn(case, language)]), case.payments()
    if payments.empty:
        return evidence[columns].drop_duplicates(["table", "key"])
    amounts = [f"{float(amount):,.2f}" for amount in payments["amount"]]
    text = (
        payments["paid_at"].astype(str)
        + " "
        + payments["payer_name"].fillna("").astype(str)
        + " → "
        + payments["payee_name"].fillna("").astype(str)
        + " "
        + pd.Series(amounts, index=payments.index)
        + " "
        + payments["currency"].fillna("CNY").astype(str)
        + " "
        + payments["memo"].fillna("").astype(str)
    )
    rows = payments.assign(table="payments", key=payments["payment_id"], text=text.str.strip())[columns]
    return pd.concat([evidence[columns], rows], ignore_index=True).drop_duplicates(["table", "key"])
