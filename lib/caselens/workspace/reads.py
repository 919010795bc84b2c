"""What a result was computed from, noted while it is computed: enough to tell later whether it still holds.

A thing that can be read has a name and a state, a short hash: ``table:payments`` (the rows in force of a table),
``as_of``, ``identity`` (people's decisions about who is who), ``derived:members`` (what a derived table holds, where it
can be brought up to date by its name) and ``everything``. A result whose things all have the state they had holds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import duckdb
import ibis.expr.operations as ops
import ibis.expr.types as ir

from caselens.tables import TABLES

if TYPE_CHECKING:
    from caselens.workspace import Workspace

DERIVED = "derived_"
EVERYTHING = "everything"
#: Derived tables that can be brought up to date by their name: whoever reads one depends on what it holds, not on how
#: it came about.
MAKERS: dict[str, Callable[[Workspace], object]] = {}


def maker(name: str, make: Callable[[Workspace], object]) -> None:
    """Say how the derived table ``name`` is brought up to date."""
    MAKERS[name] = make


class Reads:
    """Notes of who reads what. Recordings may lie inside each other; each hears of everything read inside it."""

    def __init__(self) -> None:
        self._open: list[dict[str, str]] = []

    def note(self, name: str, state: str) -> None:
        """``name`` is read and has this state."""
        for reads in self._open:
            reads[name] = state

    @contextmanager
    def recorded(self) -> Iterator[dict[str, str]]:
        """What is read inside the ``with`` block: name -> state, filled as it happens."""
        reads: dict[str, str] = {}
        self._open.append(reads)
        try:
            yield reads
        finally:
            self._open = [other for other in self._open if other is not reads]

    @contextmanager
    def apart(self) -> Iterator[dict[str, str]]:
        """As :meth:`recorded`, but the recordings around it do not hear of it."""
        around, self._open = self._open, []
        try:
            with self.recorded() as reads:
                yield reads
        finally:
            self._open = around


def tables_in(expression: ir.Table | str) -> set[str]:
    """Names of the tables and views that an expression, or SQL text, names."""
    if isinstance(expression, str):
        with _empty_engine().cursor() as empty:
            return {name.strip('"') for name in empty.get_table_names(expression)}
    return {str(node.name) for node in expression.op().find(ops.DatabaseTable)}


@cache
def _empty_engine() -> duckdb.DuckDBPyConnection:
    """An engine without tables: one that has the views would name what lies under them."""
    return duckdb.connect(config={"threads": 1})


def unknown(names: set[str]) -> set[str]:
    """Those of which nobody can tell what they hold: neither canonical nor derived tables."""
    return {name for name in names if name not in TABLES and not name.startswith(DERIVED)}


def digest(*parts: object) -> str:
    """A short hash of texts, in order."""
    text = json.dumps([str(part) for part in parts], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def contents(con: duckdb.DuckDBPyConnection, query: str) -> str:
    """A hash of the rows of a query, in no particular order. One scan."""
    found = con.execute(f"SELECT count(*), bit_xor(hash(r)), sum(hash(r) % 1000000007) FROM ({query}) r").fetchall()[0]
    columns = [str(row[:2]) for row in con.execute(f"DESCRIBE {query}").fetchall()]
    return digest(duckdb.__version__, *columns, *found)


def hold(reads: Mapping[str, Any], state: Callable[[str], str]) -> bool:
    """Whether everything that was read has the state that it had then; what cannot be told does not hold."""
    return all(was and state(name) == was for name, was in reads.items())
