"""The state of what a workspace holds, and the derived tables that follow from it and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis.expr.types as ir

from caselens import __version__
from caselens.tables import TABLES
from caselens.workspace import united
from caselens.workspace.derived import derive, place
from caselens.workspace.folder import write_atomically
from caselens.workspace.reads import (
    DERIVED,
    EVERYTHING,
    MAKERS,
    Reads,
    contents,
    digest,
    hold,
    tables_in,
    unknown,
)

if TYPE_CHECKING:
    from caselens.workspace import Workspace

#: Tables that the workbench writes from its own catalog.
WRITTEN = ("sources", "quarantine")


class States:
    """States of one workspace, and its derived tables with the states they were computed from.

    Beside the file of a derived table lies ``NAME.reads.json``: what it was computed from, and what it holds.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.reads = Reads()
        self._known: dict[str, str] = {}
        self._known_at = -1
        #: What was found to hold, at which state of the whole workspace: nothing is looked at twice.
        self._fresh: dict[str, tuple[str, dict[str, Any]]] = {}

    def note(self, *names: str) -> None:
        """These things are read now."""
        for name in names:
            self.reads.note(name, self.of(name))

    def of(self, name: str) -> str:
        """The state of a thing by its name (see :mod:`caselens.workspace.reads`); "" where it cannot be told."""
        workspace = self._workspace
        kind, _, what = name.partition(":")
        if kind == "table" and what in TABLES and what not in WRITTEN:
            return self._of_table(what)
        if kind == "as_of":
            with self.reads.apart():
                return workspace.as_of.isoformat()
        if kind == "identity":
            return digest(*(item.decision_id for item in workspace.identity_decisions()))
        if kind == "derived" and what in MAKERS:
            with self.reads.apart():
                MAKERS[what](workspace)
            return str((self._kept(what) or {}).get("content", ""))
        return digest(workspace.fingerprint()) if name == EVERYTHING or what in WRITTEN else ""

    def _of_table(self, table: str) -> str:
        """The files whose rows count, in order; of what the statement lines add, the rows they were computed from."""
        catalog = self._workspace.catalog
        entries = catalog.entries()
        if self._known_at != catalog.read_count:
            self._known, self._known_at = {}, catalog.read_count
        if table not in self._known:
            parts = [
                (entry.source_file, entry.sha256, entry.reader, json.dumps(part.as_json()))
                for entry in entries
                for part in entry.tables
                if part.table == table and part.accepted
            ]
            self._known[table] = digest(*parts, united.state_of(catalog, table))
        return self._known[table]

    def derive(self, name: str, build: Callable[[], ir.Table | str], also: str, reads: tuple[str, ...]) -> str:
        """SQL that reads the derived table ``name``, computed now unless what was kept still holds."""
        workspace = self._workspace
        folder, spark = workspace.folder.derived, workspace.spark
        rule = digest(also, __version__, "spark" if spark else "duckdb")
        now = workspace.fingerprint()
        fresh = self._fresh.get(name)
        kept = fresh[1] if fresh and fresh[0] == now else self._kept(name)
        there = kept is not None and kept["rule"] == rule and place(folder, name, kept["state"]).exists()
        if kept is not None and there and (fresh == (now, kept) or hold(kept["reads"], self.of)):
            return self._told(name, kept, now, build)
        with self.reads.apart() as read:
            expression = build()
            self._note_named(expression, reads)
        state = digest(rule, *sorted(read.items()))
        query = derive(workspace.con, folder, name, state, lambda: expression, spark)
        content = contents(workspace.con, query) if name in MAKERS else ""
        kept = {"state": state, "rule": rule, "reads": dict(sorted(read.items())), "content": content}
        text = json.dumps(kept, ensure_ascii=False, indent=1)
        write_atomically(folder / f"{name}.reads.json", text.encode())
        return self._told(name, kept, now, build)

    def _told(self, name: str, kept: dict[str, Any], now: str, build: Callable[[], ir.Table | str]) -> str:
        """SQL that reads what was kept; whoever reads it hears what it stands on."""
        workspace = self._workspace
        self._fresh[name] = (now, kept)
        self._tell(name, kept)
        return derive(workspace.con, workspace.folder.derived, name, kept["state"], build, workspace.spark)

    def _note_named(self, expression: ir.Table | str, reads: tuple[str, ...]) -> None:
        """Note what an expression names, beside what was noted while it was made."""
        names = tables_in(expression)
        self.note(*reads, *(f"table:{name}" for name in sorted(names) if name in TABLES))
        for name in sorted(names):
            derived = name.removeprefix(DERIVED)
            if name.startswith(DERIVED) and (kept := self._kept(derived)):
                self._tell(derived, kept)
        if isinstance(expression, str) and unknown(names) and not reads:
            self.note(EVERYTHING)

    def _tell(self, name: str, kept: Mapping[str, Any]) -> None:
        """Whoever reads a derived table depends on what it holds, or else on all that it was computed from."""
        if name in MAKERS:
            self.reads.note(f"derived:{name}", kept["content"])
            return
        for read, state in kept["reads"].items():
            self.reads.note(read, state)

    def place(self, name: str) -> Path:
        """Where the rows of a derived table lie that was asked for before."""
        return place(self._workspace.folder.derived, name, self._fresh[name][1]["state"])

    def _kept(self, name: str) -> dict[str, Any] | None:
        try:
            found = json.loads((self._workspace.folder.derived / f"{name}.reads.json").read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) and {"state", "rule", "reads", "content"} <= set(found) else None
