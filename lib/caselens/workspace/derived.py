"""What follows from the rows alone: computed once for a state of the workspace, kept, rebuilt when the state changes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import ibis.expr.types as ir

from caselens.workspace.folder import written_beside
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

    The state is part of the file's name, so one rename makes the result visible, whole or not at all; what was built
    for other states is then removed.

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
    parquet = folder / f"{name}-{state[:32]}.parquet"
    if not parquet.exists():
        expression = build()
        sql = expression if isinstance(expression, str) else str(expression.compile())
        with written_beside(parquet) as temporary:
            con.execute(f"COPY ({sql}) TO {literal(str(temporary))} (FORMAT parquet)")
        for older in folder.glob(f"{name}-*"):
            if older != parquet:
                older.unlink(missing_ok=True)
    return f"SELECT * FROM read_parquet({literal(str(parquet))})"
