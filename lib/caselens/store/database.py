"""The store of a workspace: its parts under one roof."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from caselens.store.access import Access
from caselens.store.audit import AuditLog
from caselens.store.decisions import KINDS, STATUSES, Decision, Decisions
from caselens.store.engine import Database
from caselens.store.history import History, Seen, Told
from caselens.store.migrations import HEAD, revision, upgrade
from caselens.store.papers import Papers
from caselens.store.runs import Runs

__all__ = ["KINDS", "STATUSES", "Decision", "Seen", "Store", "Told"]


class Store:
    """The shared state of a workspace, one database a workspace.

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
        self.history = History(self.database)
        self.people = Decisions(self.database, self.audit)
        self.papers = Papers(self.database, self.audit)
        self.access = Access(self.database, self.audit)
        self.runs = Runs(self.database)
        # Reading first: a store of today is opened without waiting for somebody who writes.
        found = self.database.read(revision)
        if found != HEAD:
            self.database.write(upgrade)
        if not found and url and (folder / "store.db").is_file():
            warnings.warn(
                "the database named in settings.toml is new, and store.db in this folder holds what was decided so far: "
                "bring it over with caselens copy-store 新数据库为空，原有决定仍在 store.db 中，请用 copy-store 迁移",
                stacklevel=2,
            )

    def record(
        self,
        findings: Iterable[Seen],
        as_of: date,
        silent: Collection[str] = (),
        aliases: Mapping[str, str] | None = None,
    ) -> dict[str, Told]:
        """Write what a refresh found; see :meth:`caselens.store.history.History.record`."""
        return self.history.record(findings, as_of, silent, aliases)

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
        """Write down a person's decision; see :meth:`caselens.store.decisions.Decisions.decide`."""
        return self.people.decide(kind, object_table, object_ids, reason, who, undoes, findings)

    def decisions(self, *object_tables: str) -> list[Decision]:
        """The decisions about rows of these tables (all tables if none is named) that nobody undid, oldest first."""
        return self.people.in_force(*object_tables)

    def statuses(self) -> dict[str, str]:
        """Finding -> status that people's latest decision gave it, decisions that were undone left out."""
        return {finding: ruling.status for finding, ruling in self.people.rulings().items()}
