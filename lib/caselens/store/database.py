"""The store: tables, and the few statements that the workbench needs of them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import sqlalchemy as sa

from caselens.core.errors import UsageError
from caselens.store.audit import AuditLog
from caselens.store.engine import Database
from caselens.store.migrations import HEAD, revision, upgrade
from caselens.store.schema import DECISIONS, FINDING_HISTORY

#: Which decision about a finding gives it which status.
STATUSES = {"confirm": "confirmed", "dismiss": "dismissed", "clear": "cleared", "self_reported": "self_reported"}
KINDS = (*STATUSES, "same", "different", "unsure", "undo")


@dataclass(frozen=True, slots=True)
class Seen:
    """A finding as this refresh sees it."""

    finding_id: str
    indicator: str
    evidence_hash: str


@dataclass(frozen=True, slots=True)
class Told:
    """What the history says of a finding: since when it is known, and whether it changed."""

    first_seen: date
    last_seen: date
    change: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided, when and why, about which rows."""

    decision_id: str
    kind: str
    object_table: str
    object_ids: tuple[str, ...]
    reason: str
    decided_by: str
    decided_at: datetime


class Store:
    """The shared state of a workspace.

    Args:
        url: an SQLAlchemy URL, or empty for ``store.db`` in ``folder``.
        folder: of the workspace.
        wait: seconds to wait for a database that does not answer; see :mod:`caselens.store.engine`.

    Raises:
        UsageError: no such database can be used here, or a newer version of Caselens made the store.
        StoreError: it does not answer.
    """

    def __init__(self, url: str, folder: Path, wait: float | None = None) -> None:
        self.database = Database(url, folder, wait)
        self.audit = AuditLog(self.database, folder)
        # Reading first: a store of today is opened without waiting for somebody who writes.
        if self.database.read(revision) != HEAD:
            self.database.write(upgrade)

    def record(self, findings: Iterable[Seen], as_of: date, silent: Collection[str] = ()) -> dict[str, Told]:
        """Write what this refresh found; gives for each finding, and each that is gone, what changed.

        The same refresh on the same data changes nothing: ``change`` compares evidence, not runs. Findings of the
        indicators in ``silent``, which could not be put this time, are not gone: nobody looked.
        """
        now = {item.finding_id: item for item in findings}
        told: dict[str, Told] = {}
        with self.database.engine.begin() as connection:
            rows = connection.execute(sa.select(FINDING_HISTORY)).mappings().all()
            before = {row["finding_id"]: row for row in rows}
            for identifier, item in now.items():
                row = before.get(identifier)
                change = self._change(row, item, as_of)
                first = row["first_seen"] if row else as_of
                told[identifier] = Told(first, as_of, change)
                values = {
                    "finding_id": identifier,
                    "indicator": item.indicator,
                    "evidence_hash": item.evidence_hash,
                    "first_seen": first,
                    "last_seen": as_of,
                    "is_current": True,
                }
                statement = (
                    sa.update(FINDING_HISTORY).where(FINDING_HISTORY.c.finding_id == identifier).values(values)
                    if row
                    else sa.insert(FINDING_HISTORY).values(values)
                )
                connection.execute(statement)
            for identifier in before.keys() - now.keys():
                row = before[identifier]
                if row["indicator"] in silent:
                    continue
                told[identifier] = Told(row["first_seen"], row["last_seen"], "gone")
                gone = FINDING_HISTORY.c.finding_id == identifier
                connection.execute(sa.update(FINDING_HISTORY).where(gone).values(is_current=False))
        return told

    @staticmethod
    def _change(row: sa.RowMapping | None, item: Seen, as_of: date) -> str:
        if row is None or (row["is_current"] and row["first_seen"] == as_of):
            return "new"
        if not row["is_current"] or row["evidence_hash"] != item.evidence_hash:
            return "changed"
        return "same"

    def decide(
        self, kind: str, object_table: str, object_ids: list[str], reason: str, who: str, undoes: str | None = None
    ) -> str:
        """Write down a person's decision; gives its id. An ``undo`` names the decision it ``undoes``; nothing is erased.

        Raises:
            UsageError: an unknown kind, no reason or name given, or an ``undo`` of a decision that does not exist.
        """
        if kind not in KINDS:
            raise UsageError(f"{kind!r} is no decision; there are {', '.join(KINDS)}")
        if undoes is not None and not self._exists(undoes):
            raise UsageError(f"there is no decision {undoes!r} to undo 没有这项决定")
        if not reason.strip() or not who.strip():
            raise UsageError("a decision needs a reason and the name of who decides")
        identifier = str(uuid.uuid4())
        values = {
            "decision_id": identifier,
            "kind": kind,
            "object_table": object_table,
            "object_ids": json.dumps(sorted(object_ids)),
            "reason": reason,
            "decided_by": who,
            "decided_at": datetime.now(),
            "undoes": undoes,
        }
        with self.database.engine.begin() as connection:
            connection.execute(sa.insert(DECISIONS).values(values))
        return identifier

    def _exists(self, decision_id: str) -> bool:
        query = sa.select(DECISIONS.c.decision_id).where(DECISIONS.c.decision_id == decision_id)
        with self.database.engine.connect() as connection:
            return connection.execute(query).first() is not None

    def decisions(self, *object_tables: str) -> list[Decision]:
        """The decisions about rows of these tables (all tables if none is named) that nobody undid, oldest first."""
        query = sa.select(DECISIONS).order_by(DECISIONS.c.decided_at, DECISIONS.c.decision_id)
        with self.database.engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
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
            )
            for row in rows
            if row["decision_id"] not in undone
            and row["kind"] != "undo"
            and (not object_tables or row["object_table"] in object_tables)
        ]

    def statuses(self) -> dict[str, str]:
        """Finding -> status that people's latest decision gave it, decisions that were undone left out."""
        statuses: dict[str, str] = {}
        for decision in self.decisions("findings"):
            for identifier in decision.object_ids:
                statuses[identifier] = STATUSES.get(decision.kind, statuses.get(identifier, "open"))
        return statuses
