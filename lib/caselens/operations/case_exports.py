"""One case for other programs: FollowTheMoney, GraphML, GEXF, Neo4j, a workbook, OCDS red flags."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from caselens.api.case import Case
from caselens.bids.ocds_flags import ocds_flags
from caselens.core.errors import UsageError
from caselens.core.workbook import Sheet, write_workbook
from caselens.graph.export import to_gexf, to_graphml, to_neo4j_csv
from caselens.operations.exports import rows_of
from caselens.operations.ftm import entities_of
from caselens.workspace.folder import write_atomically

#: Properties of FollowTheMoney that name another entity.
_ENDS = frozenset(
    [
        "director",
        "organization",
        "owner",
        "asset",
        "person",
        "associate",
        "relative",
        "payerAccount",
        "beneficiaryAccount",
        "payer",
        "beneficiary",
    ]
)
_NODES = frozenset(["Person", "PublicBody", "Company", "Organization", "BankAccount"])


def export_case(case: Case, kind: str, out: Path) -> int:
    """Write a case in the form ``kind`` (see :data:`FORMATS`); gives the number of things in it.

    ``neo4j`` makes a folder, the others a file; each is replaced whole. Nothing is made safe for spreadsheet programs
    but the workbook, whose cells are text by type.

    Raises:
        UsageError: an unknown form.
    """
    if kind not in FORMATS:
        raise UsageError(f"format must be one of {', '.join(FORMATS)}, got {kind!r}")
    return FORMATS[kind](case, out)


def _ftm(case: Case, out: Path) -> int:
    """Parties and accounts of the case, and what connects two of them, one JSON object a line."""
    inside = set(case.parties["entity_id"])
    every = [(line, json.loads(line)) for line in entities_of(case.workspace)]
    accounts = {item["id"] for _, item in every if item["schema"] == "BankAccount"}
    held = [item["properties"] for _, item in every if item["schema"] == "Ownership"]
    inside |= {end["asset"][0] for end in held if end["asset"][0] in accounts and end["owner"][0] in inside}
    lines = [line for line, item in every if item["schema"] in _NODES and item["id"] in inside]
    for line, item in every:
        ends = {value for name in _ENDS & item["properties"].keys() for value in item["properties"][name]}
        if item["schema"] not in _NODES and len(ends) > 1 and ends <= inside:
            lines.append(line)
    write_atomically(out, "".join(f"{line}\n" for line in lines).encode())
    return len(lines)


def _graphml(case: Case, out: Path) -> int:
    to_graphml(case.graph, out)
    return int(case.graph.number_of_edges())


def _gexf(case: Case, out: Path) -> int:
    to_gexf(case.graph, out)
    return int(case.graph.number_of_edges())


def _neo4j(case: Case, out: Path) -> int:
    to_neo4j_csv(case.graph, out)
    return int(case.graph.number_of_edges())


def _xlsx(case: Case, out: Path) -> int:
    """Findings, their evidence and what speaks against them, parties, payments, bids, and what was looked at."""
    frames = {
        "findings": case.findings(),
        "evidence": case.evidence(),
        "counters": case.counters(),
        "parties": case.parties,
        "payments": case.payments(),
        "tenders": case.tenders(),
        "assessments": case.assessments(),
    }
    sheets = [Sheet(name, [str(c) for c in frame.columns], rows_of(frame)) for name, frame in frames.items()]
    return write_workbook(out, sheets).rows


def _ocds(case: Case, out: Path) -> int:
    """Red flags of the case's procurement: the eleven computed from OCDS files, and findings of this workbench.

    ``flags`` has the form of Cardinal (``{group: {identifier: {code: value}}}``), for the processes of the case's tenders
    and for its parties; it is empty where no OCDS file was taken in. ``findings`` names tender, indicator and score.
    """
    raw = case.workspace.folder.raw
    files = [raw / entry.source_file for entry in case.workspace.catalog.entries() if entry.reader == "ocds"]
    tenders = set(case.tenders()["tender_id"].dropna()) if len(case.tenders()) else set()
    wanted = {"OCID": {str(name).partition("#")[0] for name in tenders}}
    parties = set(case.parties["entity_id"])
    flags: dict[str, Any] = ocds_flags(files) if files else {}
    mine = {
        group: kept
        for group, found in flags.items()
        if (kept := {name: value for name, value in found.items() if name in wanted.get(group, parties)})
    }
    findings = [
        {
            "indicator": row["indicator"],
            "finding_id": row["finding_id"],
            "score": row["score"],
            "tenders": [item["id"] for item in row["objects"] if item["table"] == "tenders"],
            "summary_zh": row["summary_zh"],
            "summary_en": row["summary_en"],
        }
        for row in case.findings().to_dict("records")
        if str(row["indicator"]).startswith(("proc-", "bid-")) or any(i["table"] == "tenders" for i in row["objects"])
    ]
    told = {"case_id": case.id, "flags": mine, "findings": findings}
    write_atomically(out, (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode())
    return sum(len(found) for found in mine.values()) + len(findings)


#: Form -> what writes it.
FORMATS: dict[str, Callable[[Case, Path], int]] = {
    "ftm": _ftm,
    "graphml": _graphml,
    "gexf": _gexf,
    "neo4j": _neo4j,
    "xlsx": _xlsx,
    "ocds-flags": _ocds,
}
