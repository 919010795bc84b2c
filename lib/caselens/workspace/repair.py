"""Damaged files made again from ``raw/``, so that the rows in force are those that were accepted before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb

from caselens.core.errors import DataError, Problem
from caselens.tables import TABLES
from caselens.workspace import united
from caselens.workspace._workspace import Workspace
from caselens.workspace.catalog import Catalog, Entry
from caselens.workspace.damage import damaged, hashes
from caselens.workspace.folder import Folder
from caselens.workspace.renewal import Renewer


class _Repairer(Renewer):
    """Reads the files again whose rows are damaged, and those later ones whose rows met theirs."""

    def __init__(
        self,
        catalog: Catalog,
        con: duckdb.DuckDBPyConnection,
        current: Callable[[str], str],
        changed: Callable[[set[str]], None],
        hurt: set[int],
    ) -> None:
        super().__init__(catalog, con, current, changed)
        self._hurt = hurt

    def repair(self, others: list[Entry]) -> list[str]:
        """Give the names of the files that were read again; only while the workspace is locked and ``others`` hidden."""
        self._begin(self.catalog.folder.raw)
        self._judge_again(others, [], set())
        return self._again

    def _meets(self, entry: Entry, taken: list[Entry], touched: set[str]) -> bool:
        return entry.number in self._hurt or super()._meets(entry, taken, touched)


def repair(path: str | Path) -> list[str]:
    """Make the damaged files of a workspace again; gives the given files that were read again for it.

    What follows from the rows alone (``derived/``) is computed again when it is asked for. The damaged files stay where
    they are and no longer count.

    Raises:
        UsageError: there is no workspace, or an intake is running.
        DataError: a file as received (``raw/``) is damaged too: it has to be delivered again.
    """
    folder = Folder.open(Path(path))
    catalog = Catalog(folder)
    with folder.lock():
        hurt = {item.entry.number for item in damaged(catalog)}
        if not hurt:
            return []
        entries = catalog.entries()
        first = min(entry.order for entry in entries if entry.number in hurt)
        others = [entry for entry in entries if entry.order >= first and entry.tables]
        _demand_raw(folder, [entry for entry in others if entry.number in hurt])
        with catalog.together(entry.number for entry in others):
            workspace = Workspace(folder, catalog)
            again = _Repairer(catalog, workspace.con, workspace._current, workspace._refresh_views, hurt).repair(others)
        workspace._refresh_views(set(TABLES))
        united.unite(catalog, workspace.con)
    return again


def _demand_raw(folder: Folder, entries: list[Entry]) -> None:
    found = hashes({entry.source_file: folder.raw / entry.source_file for entry in entries})
    lost = [entry.source_file for entry in entries if found.get(entry.source_file) != entry.sha256]
    if lost:
        reason = (
            "the file as received is damaged or gone too; deliver it again under another name 原件亦损坏，请重新提供"
        )
        raise DataError("cannot be repaired 无法修复", [Problem(f"raw/{name}", 0, reason) for name in lost])
