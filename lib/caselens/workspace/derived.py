"""What follows from the rows alone: computed once for one state of the workspace, kept as Parquet, rebuilt when it changes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import ibis.expr.types as ir

from caselens.workspace.folder import write_atomically
from caselens.workspace.validate import literal

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def derive(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    name: str,
    state: str,
    build: Callable[[], ir.Table | str],
) -> str:
    """The relation called ``name`` for ``state``: read back where it was built for that state, else built now.

    Args:
        con: the engine.
        folder: where derived tables lie.
        name: ``snake_case``; it becomes part of a file's name.
        state: a hash of everything the result follows from.
        build: gives the expression (Ibis, or SQL of this engine) to compute.

    Returns:
        SQL that reads the result.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"a derived table's name is snake_case, got {name!r}")
    parquet, mark = folder / f"{name}.parquet", folder / f"{name}.json"
    query = f"SELECT * FROM read_parquet({literal(str(parquet))})"
    if parquet.exists() and mark.exists() and json.loads(mark.read_text("utf-8")).get("state") == state:
        return query
    expression = build()
    sql = expression if isinstance(expression, str) else str(expression.compile())
    mark.unlink(missing_ok=True)
    temporary = parquet.with_suffix(".tmp")
    con.execute(f"COPY ({sql}) TO {literal(str(temporary))} (FORMAT parquet)")
    temporary.replace(parquet)
    write_atomically(mark, json.dumps({"state": state}).encode())
    return query
