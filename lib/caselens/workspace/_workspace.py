"""The workspace itself."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import ibis.expr.types as ir
import pandas as pd

from caselens import __version__
from caselens.core.errors import UsageError
from caselens.readers.statements import Mapping
from caselens.store import Decision, Store
from caselens.tables import TABLES
from caselens.workspace import engine, united
from caselens.workspace._sources import sources_frame
from caselens.workspace.catalog import Catalog
from caselens.workspace.damage import demand_whole
from caselens.workspace.derived import derive, place
from caselens.workspace.folder import Folder, Settings
from caselens.workspace.intake import Intake, Taker
from caselens.workspace.reads import digest
from caselens.workspace.renewal import Renewed, Renewer
from caselens.workspace.states import WRITTEN, States
from caselens.workspace.validate import literal, quote

#: What people decide about who is who; findings follow from it as they do from the rows.
_IDENTITY = ("same", "different", "unsure")
#: Columns whose latest value is the day the data stand for.
_DATED = (
    ("payments", "paid_at"),
    ("statement_lines", "booked_at"),
    ("contracts", "signed_on"),
    ("tenders", "awarded_on"),
)


class Workspace:
    """One team's data and the engine over it.

    Make one with :meth:`create` or :meth:`open`; ``caselens.open_workspace`` is the plain way.
    """

    def __init__(self, folder: Folder, catalog: Catalog | None = None) -> None:
        self.folder = folder
        self.settings = Settings.read(folder.settings)
        self.catalog = catalog or Catalog(folder)
        self._duckdb: Any = engine.connect(folder.derived / ".spill")
        self.spark = engine.spark(self.settings.engine)
        self.states = States(self)
        # Expressions of views, with the SQL of those that were derived: asking the engine for columns takes time.
        self._views: dict[str, tuple[str, ir.Table]] = {}
        self._refresh_views(set(TABLES))

    @classmethod
    def create(cls, path: str | Path, title: str = "") -> Workspace:
        """A new, empty workspace in ``path``, which must not exist or be empty."""
        return cls(Folder.create(Path(path), title))

    @classmethod
    def open(cls, path: str | Path) -> Workspace:
        """The workspace in ``path``.

        Raises:
            UsageError: there is none.
            DataError: files of it are damaged.
        """
        folder = Folder.open(Path(path))
        try:
            return cls(folder)
        except duckdb.Error:
            demand_whole(Catalog(folder))
            raise

    def close(self) -> None:
        """Let go of the engine and its files; whoever opens many workspaces in one process need not wait for Python to."""
        self.con.close()

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.folder.root.resolve().name

    @property
    def title(self) -> str:
        """Its title as ``settings.toml`` says, or its name."""
        return self.settings.title or self.name

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        """The DuckDB connection, for what runs below Ibis."""
        return engine.raw(self._duckdb)

    @property
    def backend(self) -> Any:
        """The Ibis backend that computes expressions: DuckDB, or Spark where the settings name a master."""
        return self.spark.backend if self.spark else self._duckdb

    def intake(self, path: str | Path, mapping: Mapping | None = None) -> Intake:
        """Take in a file or a folder; files that are here already, byte for byte, are passed over and told.

        With a ``mapping`` every file is read as a statement whose columns are what the mapping says.
        """
        taken = Taker(self.catalog, self.con, self._current, self._refresh_views, mapping).take(Path(path))
        self._taken_in(Path(path), mapping)
        return taken

    def renew(self, path: str | Path, mapping: Mapping | None = None) -> Renewed:
        """Take in what is new and what has changed in a file or folder; a changed file takes its former version's place.

        Raises:
            UsageError: there is nothing at ``path``, or another intake is running.
        """
        taken = Renewer(self.catalog, self.con, self._current, self._refresh_views, mapping).renew(Path(path))
        self._taken_in(Path(path), mapping)
        return taken

    def _taken_in(self, path: Path, mapping: Mapping | None) -> None:
        """After files came in: the folder is remembered, and what all rows together give is worked out."""
        self.folder.remember(path.absolute(), mapping.to_toml() if mapping else "")
        united.unite(self.catalog, self.con)
        self._refresh_views(set(united.ADDED))
        self.__dict__.pop("_as_of", None)

    def has(self, table: str, *columns: str) -> bool:
        """Whether at least one row of ``table`` was accepted, from a file that has all of ``columns``."""
        return not self.lacks({table: columns})

    def lacks(self, needs: dict[str, tuple[str, ...]]) -> list[str]:
        """What of ``needs`` (table -> columns) is not here, as ``table`` or ``table.column``."""
        missing = []
        for table, columns in needs.items():
            self.states.note(f"table:{table}")
            given = self._given(table)
            if not given:
                missing.append(table)
            else:
                missing += [f"{table}.{column}" for column in columns if column not in given]
        return missing

    def table(self, name: str) -> ir.Table:
        """A canonical table as an Ibis expression: every declared column, extra columns, and the origin of each row.

        A table nobody delivered is empty; a column no file has is NULL throughout (:meth:`lacks` tells them apart).

        Raises:
            UsageError: there is no such table.
        """
        if name not in TABLES:
            raise UsageError(f"there is no table {name!r}; see docs/tables.md")
        return self.view(name)

    def tables(self) -> list[str]:
        """Names of the tables that have rows."""
        return [name for name in TABLES if name not in WRITTEN and self._given(name)]

    @property
    def as_of(self) -> date:
        """The day the data stand for: ``settings.toml``'s, else the latest payment, line, contract or award."""
        with self.states.reads.apart():
            day = self._as_of
        self.states.reads.note("as_of", day.isoformat())
        return day

    @cached_property
    def _as_of(self) -> date:
        if self.settings.as_of:
            return self.settings.as_of
        latest = [
            value.date() if hasattr(value, "date") else value
            for table, column in _DATED
            if self.has(table, column)
            for (value,) in self.con.execute(f"SELECT max({quote(column)}) FROM {quote(table)}").fetchall()
            if value is not None
        ]
        return max(latest, default=date(1970, 1, 1))

    @cached_property
    def store(self) -> Store:
        """What people share: decisions, findings' history."""
        return Store(self.settings.store, self.folder.root)

    @property
    def has_store(self) -> bool:
        """Whether anybody shared anything yet: asking does not make a store."""
        return bool(self.settings.store) or (self.folder.root / "store.db").exists()

    def identity_decisions(self) -> list[Decision]:
        """What people decided about who is who (same, different, unsure) and did not undo, oldest first."""
        found = self._identity_decisions()
        self.states.reads.note("identity", digest(*(item.decision_id for item in found)))
        return found

    def _identity_decisions(self) -> list[Decision]:
        return [item for item in self.store.decisions() if item.kind in _IDENTITY] if self.has_store else []

    def fingerprint(self) -> str:
        """A hash of everything the findings follow from: the accepted files in order, the settings, who is who by
        people's decisions.
        """
        # The title, clocks, analysts and the head of reports change no finding.
        kept = replace(Settings.read(self.folder.settings), title="", report={}, clocks={}, analysts={})
        digest = hashlib.sha256(repr(kept).encode())
        for decision in self._identity_decisions():
            digest.update(f"{decision.decision_id}\n".encode())
        for entry in self.catalog.entries():
            digest.update(f"{entry.number} {entry.sha256} {entry.reader}\n".encode())
        return digest.hexdigest()

    def derive(
        self, name: str, build: Callable[[], ir.Table | str], also: str = "", reads: tuple[str, ...] = ()
    ) -> ir.Table:
        """A table that follows from the rows: kept between sessions, rebuilt when something it was computed from changes.

        What it was computed from is noted while ``build`` runs, and found in the expression it gives. SQL that names
        tables of its own making (temporary ones) must say what it ``reads``, or it is rebuilt whenever anything changes.

        Args:
            name: what it is called, ``snake_case``.
            build: computes it, as an Ibis expression or SQL.
            also: whatever else the result follows from (the version of a rule).
            reads: names of what it reads beside that (see :mod:`caselens.workspace.reads`).
        """
        query = self.states.derive(name, build, also, reads)
        view = f"derived_{name}"
        if view not in self._views or self._views[view][0] != query:
            self.con.execute(f"CREATE OR REPLACE VIEW {quote(view)} AS {query}")
            spark = self.spark
            table = self._duckdb.table(view) if spark is None else spark.table(view, self.states.place(name))
            self._views[view] = query, table
        return self._views[view][1]

    def view(self, name: str) -> ir.Table:
        """A view of the DuckDB connection as an expression of the engine in use; for Spark its rows are copied to a file."""
        self.states.note(f"table:{name}")
        if self.spark is None:
            if name not in self._views:
                self._views[name] = "", self._duckdb.table(name)
            return self._views[name][1]
        state = hashlib.sha256(f"{self.fingerprint()} {__version__}".encode()).hexdigest()
        kept = f"rows_{name}"
        derive(self.con, self.folder.derived, kept, state, lambda: f"SELECT * FROM {quote(name)}")
        return self.spark.table(name, place(self.folder.derived, kept, state))

    def sources(self) -> pd.DataFrame:
        """One row a file and table: what came in and what became of it; files that were refused have no table."""
        return self.con.execute('SELECT * FROM "sources"').df()

    def notes(self) -> pd.DataFrame:
        """Everything told about the files: ``source_file, kind, zh, en, sheet, row``."""
        rows = [
            (entry.source_file, note.kind, note.text.zh, note.text.en, note.sheet, note.row)
            for entry in self.catalog.entries()
            for note in entry.notes
        ]
        return pd.DataFrame(rows, columns=["source_file", "kind", "zh", "en", "sheet", "row"])

    def _given(self, table: str) -> set[str]:
        """The declared columns of a table that a file, or the statement lines, fill."""
        if table in WRITTEN:
            return {column.name for column in TABLES[table].columns}
        has_lines = table in united.ADDED and bool(self.catalog.columns("statement_lines"))
        return self.catalog.columns(table) | (set(united.ADDED[table]) if has_lines else set())

    def _current(self, table: str) -> str:
        # Rows that were derived are no rows that somebody gave: a later file cannot conflict with them.
        if not self.catalog.columns(table):
            return ""
        return f"({self.catalog.query(table)})" if table in united.ADDED else quote(table)

    def _refresh_views(self, names: set[str]) -> None:
        """Point the engine's views at the rows in force."""
        self._views.clear()
        for name in names - set(WRITTEN):
            query = self._with_all_columns(name, united.query(self.catalog, name)) or _empty(name)
            self.con.execute(f"CREATE OR REPLACE VIEW {quote(name)} AS {query}")
        types = {column.name: column.sql_type for column in TABLES["sources"].columns} | {"refusal": "VARCHAR"}
        self.con.register("\x01sources", sources_frame(self.catalog, list(types)))
        columns = ", ".join(f"CAST({quote(name)} AS {kind}) AS {quote(name)}" for name, kind in types.items())
        self.con.execute(f'CREATE OR REPLACE VIEW "sources" AS SELECT {columns} FROM {quote(chr(1) + "sources")}')
        paths = [literal(str(path)) for path in self.catalog.quarantined()]
        rows = f"SELECT * FROM read_parquet([{', '.join(paths)}])" if paths else _empty("quarantine", origin=False)
        self.con.execute(f'CREATE OR REPLACE VIEW "quarantine" AS {rows}')

    def _with_all_columns(self, name: str, query: str) -> str:
        """Declared columns that only the given or only the derived rows lack are NULL, not absent."""
        if not query or self.catalog.columns(name) or name not in united.ADDED:
            return query
        return f"{_empty(name)} UNION ALL BY NAME {query}"


def _empty(table: str, origin: bool = True) -> str:
    columns = [f"CAST(NULL AS {c.sql_type}) AS {quote(c.name)}" for c in TABLES[table].columns]
    if origin:
        columns += ["'' AS source_file", "'' AS source_sheet", "CAST(NULL AS BIGINT) AS source_row"]
    return f"SELECT {', '.join(columns)} WHERE false"
