"""Which rows go with a case: by what the tables declare they refer to, never by a list of tables kept here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pandas as pd

from caselens.api.case import Case
from caselens.tables import TABLES, Table
from caselens.workspace import Workspace
from caselens.workspace.validate import quote

_PARTIES = ("persons", "organizations")
#: Written by the workbench, or about who may see what: an extract begins with its own.
_NOT_ROWS = frozenset(
    ["access", "assessments", "audit_log", "decisions", "entities", "entity_links", "findings", "quarantine", "sources"]
)
#: Bodies in whose matters not everything is a matter of the case, though one of its people works there.
_PUBLIC = "('government', 'party_body', 'public_institution', 'hospital', 'school', 'state_owned', 'financial')"


@dataclass(frozen=True, slots=True)
class Bar:
    """What of other cases keeps a row back: ``ids`` in any cell that holds an id, ``words`` in any text."""

    case_id: str
    ids: frozenset[str]
    words: frozenset[str]
    _pattern: list[re.Pattern[str]] = field(default_factory=list)

    def hits(self, text: str) -> bool:
        """Whether ``text`` names somebody or something of another case; an id or a short word must stand alone."""
        if not self._pattern:
            parts = sorted((word for word in self.words if word), key=len, reverse=True)
            alone = [re.escape(word) for word in parts if word.isascii()]
            within = [re.escape(word) for word in parts if not word.isascii()]
            bounded = [rf"(?<![0-9A-Za-z])(?:{'|'.join(alone)})(?![0-9A-Za-z])"] if alone else []
            self._pattern.append(re.compile("|".join([*bounded, *within]) or r"(?!)"))
        return self._pattern[0].search(text) is not None


@dataclass(frozen=True, slots=True)
class Chosen:
    """The rows of each table with their origin, the SQL types of their columns, and how many rows were kept back."""

    tables: Mapping[str, pd.DataFrame]
    types: Mapping[str, Mapping[str, str]]
    barred: int


def choose(workspace: Workspace, case: Case, inside: set[str], circle: set[str], bar: Bar) -> Chosen:
    """The rows of the case.

    Args:
        workspace: the whole.
        case: which case.
        inside: raw ids of its parties.
        circle: raw ids of its subjects and those linked to them.
        bar: what keeps a row back.
    """
    con = workspace.con
    queries = {name: workspace.catalog.query(name) for name in TABLES if name not in _NOT_ROWS}
    queries = {name: query for name, query in queries.items() if query}
    for name, ids in (("_inside", inside), ("_circle", circle), ("_barred", set(bar.ids))):
        con.register("_given", pd.DataFrame({"id": sorted(ids)}, dtype="string"))
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT CAST(id AS VARCHAR) AS id FROM _given")
        con.unregister("_given")
    if "organizations" in queries:
        public = f"SELECT org_id FROM ({queries['organizations']}) WHERE kind IN {_PUBLIC}"
        con.execute(f"DELETE FROM _circle WHERE id IN ({public})")
    if "accounts" in queries:
        for name in ("_inside", "_circle", "_barred"):
            con.execute(
                f"INSERT INTO {name} SELECT account_id FROM ({queries['accounts']}) WHERE holder_id IN (SELECT id FROM {name})"
            )
    con.execute("CREATE OR REPLACE TEMP TABLE _objects (what VARCHAR, id VARCHAR)")
    _objects(workspace, case, queries)
    frames, types, barred = {}, {}, 0
    for name, query in queries.items():
        if name in (*_PARTIES, "accounts"):
            continue
        frames[name], types[name], kept_back = _rows(workspace, TABLES[name], query, _final(TABLES[name]), bar)
        barred += kept_back
    _mentioned(workspace, frames)
    for name in ("accounts", *_PARTIES):
        if name in queries:
            key = quote(TABLES[name].key[0])
            where = f"{key} IN (SELECT id FROM _mentioned) OR {key} IN (SELECT id FROM _inside)"
            frames[name], types[name], kept_back = _rows(workspace, TABLES[name], queries[name], where, bar)
            barred += kept_back
            _mentioned(workspace, {name: frames[name]})
    for name in ("_inside", "_circle", "_barred", "_objects", "_mentioned"):
        con.execute(f"DROP TABLE IF EXISTS {name}")
    return Chosen(frames, types, barred)


def _references(table: Table) -> Iterator[tuple[str, tuple[str, ...]]]:
    for column in table.columns:
        if column.references:
            yield column.name, tuple(column.references)
    if table.id == "statement_lines":
        yield "counterparty_account", ("accounts",)


def _people(table: Table) -> list[str]:
    """Columns that hold a party's or an account's id."""
    return [quote(name) for name, to in _references(table) if set(to) & {*_PARTIES, "accounts"}]


def _things(table: Table) -> list[tuple[str, str]]:
    """Columns that hold the id of a tender, a contract, a project …, and of which table."""
    return [(name, to[0]) for name, to in _references(table) if not set(to) & {*_PARTIES, "accounts", "cases"}]


def _seed(table: Table) -> str:
    """Somebody of the circle takes part, or everybody who does is a party of the case."""
    people = _people(table)
    if not people:
        return "true" if not _things(table) and table.id in ("coverage", "exchange_rates") else "false"
    some = " OR ".join(f"{column} IN (SELECT id FROM _circle)" for column in people)
    every = " AND ".join(f"({column} IS NULL OR {column} IN (SELECT id FROM _inside))" for column in people)
    return f"({some} OR ({every} AND coalesce({', '.join(people)}) IS NOT NULL))"


def _final(table: Table) -> str:
    of_things = [f"{quote(c)} IN (SELECT id FROM _objects WHERE what = '{to}')" for c, to in _things(table)]
    if len(table.key) == 1:
        of_things.append(f"{quote(table.key[0])} IN (SELECT id FROM _objects WHERE what = '{table.id}')")
    of_case = ["case_id = $case"] if any(column.name == "case_id" for column in table.columns) else []
    return " OR ".join([_seed(table), *of_things, *of_case])


def _allowed(table: Table) -> str:
    """Nothing of another case: neither its number nor anybody barred in a column that refers to parties or accounts."""
    rules = [f"({column} IS NULL OR {column} NOT IN (SELECT id FROM _barred))" for column in _people(table)]
    if table.key and table.id in (*_PARTIES, "accounts"):
        rules.append(f"{quote(table.key[0])} NOT IN (SELECT id FROM _barred)")
    if any(column.name == "case_id" for column in table.columns):
        rules.append("(case_id IS NULL OR case_id = $case)")
    return " AND ".join(rules) or "true"


def _objects(workspace: Workspace, case: Case, queries: Mapping[str, str]) -> None:
    """Tenders, contracts, projects … of the case: those somebody of it takes part in, what its findings name, and what
    these in turn belong to (a bid's tender, a contract's project).
    """
    con = workspace.con
    named = [(item["table"], item["id"]) for found in case.findings()["objects"] for item in found]
    named += [(item["table"], item["key"]) for found in case.findings()["evidence"] for item in found]
    if named:
        con.executemany("INSERT INTO _objects VALUES (?, ?)", [list(pair) for pair in sorted(set(named))])
    for turn in range(3):
        for name, query in queries.items():
            table = TABLES[name]
            if name in (*_PARTIES, "accounts"):
                continue
            where = f"({_seed(table) if turn == 0 else _keyed(table)}) AND {_allowed(table)}"
            for column, to in [*_things(table), *([(table.key[0], name)] if len(table.key) == 1 and turn == 0 else [])]:
                found = f"SELECT DISTINCT '{to}', {quote(column)} FROM ({query}) WHERE {quote(column)} IS NOT NULL AND {where}"
                values = {"case": case.id} if "$case" in found else None
                con.execute(f"INSERT INTO _objects SELECT * FROM ({found}) EXCEPT SELECT * FROM _objects", values)


def _keyed(table: Table) -> str:
    if len(table.key) != 1:
        return "false"
    return f"{quote(table.key[0])} IN (SELECT id FROM _objects WHERE what = '{table.id}')"


def _rows(
    workspace: Workspace, table: Table, query: str, where: str, bar: Bar
) -> tuple[pd.DataFrame, dict[str, str], int]:
    con = workspace.con
    types = {row[0]: str(row[1]) for row in con.execute(f"DESCRIBE {query}").fetchall()}
    values = {"case": bar.case_id} if "$case" in where + _allowed(table) else None
    counted = {"case": bar.case_id} if "$case" in where else None
    wanted = int(con.execute(f"SELECT count(*) FROM ({query}) WHERE {where}", counted).fetchall()[0][0])
    # Text, so that no value changes on its way through pandas; it is typed again as it is written.
    columns = ", ".join(f"CAST({quote(name)} AS VARCHAR) AS {quote(name)}" for name in types)
    frame = con.execute(
        f"SELECT {columns} FROM (SELECT * FROM ({query}) WHERE ({where}) AND {_allowed(table)})", values
    ).df()
    content = [name for name in types if name not in ("source_file", "source_sheet", "source_row")]
    clean = [
        not any(isinstance(cell, str) and bar.hits(cell) for cell in row)
        for row in frame[content].itertuples(index=False)
    ]
    frame = frame[pd.Series(clean, index=frame.index, dtype=bool)].reset_index(drop=True)
    return frame, types, wanted - len(frame)


def _mentioned(workspace: Workspace, frames: Mapping[str, pd.DataFrame]) -> None:
    """Everybody whom the rows name: they go with their own row."""
    con = workspace.con
    con.execute("CREATE TEMP TABLE IF NOT EXISTS _mentioned (id VARCHAR)")
    found = {
        str(value)
        for name, frame in frames.items()
        for column, to in _references(TABLES[name])
        if set(to) & {*_PARTIES, "accounts"} and column in frame
        for value in frame[column].dropna()
    }
    con.register("_given", pd.DataFrame({"id": sorted(found)}, dtype="string"))
    con.execute("INSERT INTO _mentioned SELECT CAST(id AS VARCHAR) FROM _given EXCEPT SELECT id FROM _mentioned")
    con.unregister("_given")
