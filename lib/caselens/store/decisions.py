"""What people decided: about findings, about who is who, about what becomes of a lead. Nothing is erased, only undone."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from caselens.core.errors import UsageError
from caselens.store.audit import AuditLog
from caselens.store.engine import Database
from caselens.store.history import aliases_in, evidence_of
from caselens.store.schema import DECISIONS

#: Which decision about a finding gives it which status.
STATUSES = {"confirm": "confirmed", "dismiss": "dismissed", "clear": "cleared", "self_reported": "self_reported"}
#: What is decided about rows of persons and organizations.
IDENTITY = ("same", "different", "unsure")
#: What becomes of a lead, in the words of the table ``leads``.
DISPOSITIONS = ("inquiry_letter", "preliminary_check", "on_hold", "closed", "filed")
KINDS = (*STATUSES, *IDENTITY, *DISPOSITIONS, "undo")
#: The tables whose rows a kind of decision is about.
_ABOUT = {
    **dict.fromkeys(STATUSES, ("findings",)),
    **dict.fromkeys(IDENTITY, ("persons", "organizations")),
    **dict.fromkeys(DISPOSITIONS, ("leads",)),
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided, when and why, about which rows.

    ``evidence``: finding -> hash of the evidence that it had then, where the decision is about findings or a lead.
    """

    decision_id: str
    kind: str
    object_table: str
    object_ids: tuple[str, ...]
    reason: str
    decided_by: str
    decided_at: datetime
    evidence: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ruling:
    """The latest decision in force about one finding: the status it gives, and the hash of the evidence it was taken on.

    ``evidence_hash`` is empty where nobody kept it (a decision of an earlier version).
    """

    status: str
    evidence_hash: str
    decision: Decision


class Decisions:
    """The decisions of one workspace."""

    def __init__(self, database: Database, audit: AuditLog) -> None:
        self._database, self._audit = database, audit

    def decide(
        self,
        kind: str,
        object_table: str,
        object_ids: Sequence[str],
        reason: str,
        who: str,
        undoes: str | None = None,
        findings: Sequence[str] = (),
    ) -> str:
        """Write down a person's decision and an entry of the audit log, both or neither; gives the decision's id.

        Args:
            kind: one of :data:`KINDS`; an ``undo`` names the decision it ``undoes``.
            object_table: of what it is about: ``findings``, ``persons``, ``organizations`` or ``leads``.
            object_ids: ids in that table.
            reason: why.
            who: who decides.
            undoes: a decision's id.
            findings: of a lead: what it is made of now, so that new evidence can be told from old.

        Raises:
            UsageError: an unknown kind, one that does not fit the table, no ids, no reason or name, or an ``undo`` of a
                decision that does not exist.
            StoreError: the database does not answer; nothing was kept.
        """
        _check(kind, object_table, object_ids, reason, who, undoes)
        identifier = str(uuid.uuid4())
        ids = sorted({str(item) for item in object_ids})

        def work(connection: sa.Connection) -> Any:
            if undoes is not None and not _exists(connection, undoes):
                raise UsageError(f"there is no decision {undoes!r} to undo 没有这项决定")
            seen = evidence_of(connection, ids if object_table == "findings" else findings)
            last = connection.execute(sa.select(sa.func.max(DECISIONS.c.seq))).scalar()
            values = {
                "decision_id": identifier,
                "seq": (last or 0) + 1,
                "kind": kind,
                "object_table": object_table,
                "object_ids": json.dumps(ids),
                "reason": reason,
                "decided_by": who,
                "decided_at": datetime.now(),
                "undoes": undoes,
                "evidence": json.dumps(seen, sort_keys=True) if seen else None,
            }
            connection.execute(sa.insert(DECISIONS).values(values))
            about = {"kind": kind, "table": object_table, "object_ids": ids} | ({"undoes_id": undoes} if undoes else {})
            action = "undo" if undoes else "dispose" if kind in DISPOSITIONS else "decide"
            return self._audit.write_in(connection, action, identifier, who, reason, **about)

        self._audit.keep_head(self._database.write(work))
        return identifier

    def in_force(self, *object_tables: str) -> list[Decision]:
        """The decisions about rows of these tables (all tables if none is named) that nobody undid, oldest first."""
        return self._database.read(lambda connection: _in_force(connection, object_tables))

    def find(self, decision_id: str) -> Decision:
        """The decision of this id, if it is in force.

        Raises:
            UsageError: it is not.
        """
        for decision in self.in_force():
            if decision.decision_id == decision_id:
                return decision
        raise UsageError(f"there is no decision {decision_id!r} in force 没有这项有效决定")

    def rulings(self) -> dict[str, Ruling]:
        """Finding -> the latest decision in force about it, under whichever of its ids it was taken."""

        def work(connection: sa.Connection) -> dict[str, Ruling]:
            aliases = aliases_in(connection)
            rulings: dict[str, Ruling] = {}
            for decision in _in_force(connection, ("findings",)):
                for identifier in decision.object_ids:
                    seen = decision.evidence.get(identifier, "")
                    ruling = Ruling(STATUSES[decision.kind], seen, decision)
                    rulings[identifier] = ruling
                    if identifier in aliases:
                        rulings[aliases[identifier]] = ruling
            return rulings

        return self._database.read(work)


def _check(kind: str, object_table: str, object_ids: Sequence[str], reason: str, who: str, undoes: str | None) -> None:
    if kind not in KINDS:
        raise UsageError(f"{kind!r} is no decision; there are {', '.join(KINDS)}")
    if kind in _ABOUT and object_table not in _ABOUT[kind]:
        raise UsageError(f"{kind!r} is decided about {' or '.join(_ABOUT[kind])}, not about {object_table}")
    if (kind == "undo") != (undoes is not None):
        raise UsageError("an undo, and nothing else, names the decision that it undoes 撤销须指明所撤销的决定")
    if not object_ids:
        raise UsageError("a decision is about something: no id was given 未给出编号")
    if not reason.strip() or not who.strip():
        raise UsageError("a decision needs a reason and the name of who decides 决定须写明理由和决定人")


def _exists(connection: sa.Connection, decision_id: str) -> bool:
    query = sa.select(DECISIONS.c.decision_id).where(DECISIONS.c.decision_id == decision_id)
    return connection.execute(query).first() is not None


def _in_force(connection: sa.Connection, object_tables: Sequence[str]) -> list[Decision]:
    # By number, not by time: a clock may go back.
    rows = connection.execute(sa.select(DECISIONS).order_by(DECISIONS.c.seq)).mappings().all()
    undone: set[str] = set()
    # An undo may itself be undone: the latest word counts.
    for row in reversed(rows):
        if row["undoes"] and row["decision_id"] not in undone:
            undone.add(row["undoes"])
    return [
        Decision(
            row["decision_id"],
            row["kind"],
            row["object_table"],
            tuple(json.loads(row["object_ids"])),
            row["reason"],
            row["decided_by"],
            row["decided_at"],
            json.loads(row["evidence"] or "{}"),
        )
        for row in rows
        if row["decision_id"] not in undone
        and row["kind"] != "undo"
        and (not object_tables or row["object_table"] in object_tables)
    ]
