"""What follows from the rows alone: computed once for a state of the workspace, kept, rebuilt when the state changes."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import ibis.expr.types as ir

from caselens.workspace.folder import written_beside
from caselens.workspace.validate import literal

if TYPE_CHECKING:
    from caselens.workspace.spark import Spark

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def derive(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    name: str,
    state: str,
    build: Callable[[], ir.Table | str],
    spark: Spark | None = None,
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
        spark: computes Ibis expressions instead, into a folder of files.

    Returns:
        SQL that reads the result.
    """
    parquet = place(folder, name, state)
    if not parquet.exists():
        expression = build()
        if spark is not None and not isinstance(expression, str):
            spark.write(expression, parquet)
        else:
            sql = expression if isinstance(expression, str) else str(expression.compile())
            with written_beside(parquet) as temporary:
                con.execute(f"COPY ({sql}) TO {literal(str(temporary))} (FORMAT parquet)")
        for older in set(folder.glob(f"{name}-*")) - {parquet}:
            if older.is_dir():
                shutil.rmtree(older, ignore_errors=True)
            else:
                older.unlink(missing_ok=True)
    return f"SELECT * FROM read_parquet({literal(str(parquet / '*.parquet' if parquet.is_dir() else parquet))})"


def place(folder: Path, name: str, state: str) -> Path:
    """Where the relation called ``name`` lies for ``state``: a Parquet file, or a folder of them that Spark wrote.

    Raises:
        ValueError: the name is not ``snake_case``.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"a derived table's name is snake_case, got {name!r}")
    return folder / f"{name}-{state[:32]}.parquet"
