"""Findings gathered into leads: one matter is one lead, however many indicators see it.

Three indicators that count the same slip of paper must not triple its weight. Findings belong to one lead where they
accuse a common party and either concern the same anchor object, or rest for the most part on the same rows. A reason
weighs its score times the share of its rows that no stronger reason of the lead has used already; the weights add up as
``1 - (1 - w1)(1 - w2) ...``, which never reaches 1. The sum orders leads and is never shown as a percentage: it is no
probability of anything. A reason that a person closed weighs nothing beside those that are still open.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import pandas as pd

from caselens.indicators._declare import UNACCUSED

#: The grades of a lead, the most pressing first.
GRADES = ("urgent", "look", "note")
#: A lead with a red reason is urgent from this weight on.
URGENT = 0.5
#: Findings with a common party are one matter where this share of the shorter one's rows is in the longer one.
SAME_ROWS = 0.5
#: A matter that a person closed stays closed unless its evidence grew.
CLOSED = frozenset({"dismissed", "cleared", "self_reported"})
_SEVERITIES = ("red", "yellow", "note")


@dataclass(frozen=True, slots=True)
class Lead:
    """Findings about one matter, the strongest first: what a person decides on.

    Attributes:
        findings: rows of the table ``findings``.
        weights: how much each adds, in the same order (0 to 1).
        accused: ``(entity, role)`` of whom it is about.
        bystanders: the same of those named for comparison, as context or as witnesses.
        objects: ``(table, id)``, the strongest finding's anchor first.
    """

    findings: tuple[Mapping[str, Any], ...]
    weights: tuple[float, ...]
    accused: tuple[tuple[str, str], ...]
    bystanders: tuple[tuple[str, str], ...]
    objects: tuple[tuple[str, str], ...]

    @property
    def id(self) -> str:
        """Stable while the strongest finding stays: its number with a mark before it."""
        return "L" + hashlib.sha256(str(self.first["finding_id"]).encode()).hexdigest()[:15]

    @property
    def first(self) -> Mapping[str, Any]:
        """The strongest finding."""
        return self.findings[0]

    @property
    def weight(self) -> float:
        """What orders leads: all reasons together, each row counted once."""
        left = 1.0
        for weight in self.weights:
            left *= 1 - weight
        return 1 - left

    @property
    def grade(self) -> str:
        """One of ``GRADES``."""
        severities = {item["severity"] for item in _counting(self.findings)}
        if "red" in severities and self.weight >= URGENT:
            return "urgent"
        return "look" if severities & {"red", "yellow"} else "note"

    @property
    def amount(self) -> float | None:
        """The largest amount of its findings (they speak of the same money, so it is not added up), or None."""
        amounts = [float(item["amount"]) for item in self.findings if not pd.isna(item["amount"])]
        return max(amounts, default=None)

    @property
    def is_closed(self) -> bool:
        """Whether a person closed all of it and the evidence has not changed since."""
        return all(_rests(item) for item in self.findings)

    @property
    def is_reawakened(self) -> bool:
        """Whether a closed matter has new evidence."""
        return any(item["status"] in CLOSED and item["change"] == "changed" for item in self.findings)


def leads_of(findings: pd.DataFrame) -> list[Lead]:
    """The leads that ``findings`` (columns of the table) make, the most pressing first.

    Findings that accuse a common party are compared with each other, so the time grows with the square of the largest
    number of findings about one party.
    """
    rows = findings.to_dict("records")
    for row in rows:
        row |= {name: parsed(row[name]) for name in ("subjects", "objects", "evidence")}
    leads = [_lead([rows[index] for index in group]) for group in _groups(rows)]
    return sorted(leads, key=lambda lead: (GRADES.index(lead.grade), -lead.weight, str(lead.first["finding_id"])))


def leads_table(findings: pd.DataFrame) -> pd.DataFrame:
    """The same as a frame, in order.

    Columns: ``lead_id, priority`` (1 is the first), ``grade, parties, anchor_table, anchor_id, amount, finding_ids,
    indicators, weights, severity, is_closed``; the list columns run in the order of the reasons.
    """
    columns = ["lead_id", "priority", "grade", "severity", "parties", "anchor_table", "anchor_id", "amount"]
    columns += ["finding_ids", "indicators", "weights", "is_closed"]
    rows = []
    for priority, lead in enumerate(leads_of(findings), start=1):
        anchor = lead.objects[0] if lead.objects else ("", "")
        rows.append(
            {
                "lead_id": lead.id,
                "priority": priority,
                "grade": lead.grade,
                "severity": lead.first["severity"],
                "parties": [name for name, _ in lead.accused],
                "anchor_table": anchor[0],
                "anchor_id": anchor[1],
                "amount": lead.amount,
                "finding_ids": [str(item["finding_id"]) for item in lead.findings],
                "indicators": [str(item["indicator"]) for item in lead.findings],
                "weights": [round(weight, 4) for weight in lead.weights],
                "is_closed": lead.is_closed,
            }
        )
    return pd.DataFrame(rows, columns=columns)


def parsed(value: Any) -> list[dict[str, Any]]:
    """A list column (JSON text, list or array of mappings) as a list of mappings."""
    if isinstance(value, str):
        value = json.loads(value)
    return [] if value is None or (not isinstance(value, (list, tuple)) and pd.isna(value) is True) else list(value)


def _accused(row: Mapping[str, Any]) -> set[str]:
    return {str(item["id"]) for item in row["subjects"] if item.get("role") not in UNACCUSED}


def _rows_of(row: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    return frozenset((str(item["table"]), str(item["key"])) for item in row["evidence"])


def _groups(rows: list[dict[str, Any]]) -> list[list[int]]:
    """Indices of the findings of each matter."""
    parent = list(range(len(rows)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    evidence = [_rows_of(row) for row in rows]
    anchors = [(str(r["objects"][0]["table"]), str(r["objects"][0]["id"])) if r["objects"] else None for r in rows]
    by_party: dict[str, list[int]] = {}
    for index, row in enumerate(rows):
        for party in _accused(row):
            by_party.setdefault(party, []).append(index)
    for together in by_party.values():
        for one, other in combinations(together, 2):
            if root(one) != root(other) and _same(anchors[one], anchors[other], evidence[one], evidence[other]):
                parent[root(other)] = root(one)
    groups: dict[int, list[int]] = {}
    for index in range(len(rows)):
        groups.setdefault(root(index), []).append(index)
    return list(groups.values())


def _same(
    anchor: tuple[str, str] | None,
    other: tuple[str, str] | None,
    mine: frozenset[tuple[str, str]],
    theirs: frozenset[tuple[str, str]],
) -> bool:
    if anchor is not None and anchor == other:
        return True
    shorter = min(len(mine), len(theirs))
    return shorter > 0 and len(mine & theirs) >= SAME_ROWS * shorter


def _rests(finding: Mapping[str, Any]) -> bool:
    """Whether a person closed a finding and its evidence has not changed since."""
    return finding["status"] in CLOSED and finding["change"] != "changed"


def _counting(findings: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The findings that make a lead's weight and grade: those still open; all of them where none is."""
    return [item for item in findings if not _rests(item)] or list(findings)


def _strength(finding: Mapping[str, Any]) -> tuple[int, float, str]:
    severity = finding["severity"]
    rank = _SEVERITIES.index(severity) if severity in _SEVERITIES else len(_SEVERITIES)
    return rank, -float(finding["score"]), str(finding["finding_id"])


def _weights(ranked: Iterable[Mapping[str, Any]]) -> tuple[float, ...]:
    used: set[tuple[str, str]] = set()
    weights = []
    for finding in ranked:
        mine = _rows_of(finding)
        weights.append(float(finding["score"]) * (len(mine - used) / len(mine) if mine else 1.0))
        used |= mine
    return tuple(weights)


def _lead(members: list[dict[str, Any]]) -> Lead:
    counting = _counting(members)
    ranked = sorted(members, key=lambda item: (_rests(item), _strength(item)))
    parties = dict.fromkeys(
        (str(item["id"]), str(item.get("role") or "")) for member in ranked for item in member["subjects"]
    )
    accused = tuple(party for party in parties if party[1] not in UNACCUSED)
    named = {name for name, _ in accused}
    return Lead(
        tuple(ranked),
        _weights(ranked[: len(counting)]) + (0.0,) * (len(ranked) - len(counting)),
        accused,
        tuple(party for party in parties if party[1] in UNACCUSED and party[0] not in named),
        tuple(dict.fromkeys((str(item["table"]), str(item["id"])) for m in ranked for item in m["objects"])),
    )
