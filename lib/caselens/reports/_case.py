"""What a report reads of a case, in the form that its sections need."""

from __future__ import annotations

from typing import Any, Protocol

import networkx as nx
import pandas as pd

from caselens.core.text import Language, Text
from caselens.findings.leads import Lead, leads_of


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


def leads_in(case: CaseData) -> list[Lead]:
    """The leads of a case, the most pressing first; a redacted case keeps the order of the full one."""
    ordered = getattr(case, "ordered_leads", None)
    return ordered() if callable(ordered) else leads_of(case.findings())


def subject_ids(case: CaseData) -> list[str]:
    """Those the case is about; witnesses and others that it merely lists are not among them."""
    listed = getattr(case, "subjects", None)
    if listed is not None and (listed["role"] == "subject").any():
        chosen = listed.loc[listed["role"] == "subject", "entity_id"]
    else:
        chosen = case.parties.loc[case.parties["is_subject"].astype(bool), "entity_id"]
    return [str(identifier) for identifier in chosen]


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
        + payments["currency"].astype(object).fillna("CNY").astype(str)
        + " "
        + payments["memo"].fillna("").astype(str)
    )
    rows = payments.assign(table="payments", key=payments["payment_id"], text=text.str.strip())[columns]
    return pd.concat([evidence[columns], rows], ignore_index=True).drop_duplicates(["table", "key"])
