"""The engine under a workspace: DuckDB in this process, with bounds that leave the machine usable."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import duckdb
import ibis

from caselens.core.errors import UsageError


def connect(engine: str, spill: Path, memory_limit: str = "4GB") -> Any:
    """An Ibis backend.

    Args:
        engine: ``duckdb`` or a Spark master (``spark://host:7077``, ``local[2]``), which needs the extra ``spark``.
        spill: where DuckDB may put what does not fit into memory.
        memory_limit: DuckDB's share of the memory; beyond it, it spills.

    Raises:
        UsageError: the engine is not known.
    """
    if engine != "duckdb":
        raise UsageError(f"engine {engine!r} is not known here; settings.toml takes duckdb")
    backend = ibis.duckdb.connect()
    settings = {
        "threads": os.cpu_count() or 1,
        "memory_limit": memory_limit,
        "temp_directory": str(spill),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "enable_progress_bar": False,
    }
    for name, value in settings.items():
        backend.con.execute(f"SET {name} = ?", [value])
    return backend


def raw(backend: Any) -> duckdb.DuckDBPyConnection:
    """The DuckDB connection under an Ibis backend."""
    return backend.con
