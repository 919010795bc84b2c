"""The engines under a workspace: DuckDB in this process, within bounds; Spark where asked."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import ibis

from caselens.core.errors import UsageError

if TYPE_CHECKING:
    from caselens.workspace.spark import Spark


_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def connect(spill: Path, memory_limit: int = 4_000_000_000) -> Any:
    """DuckDB as an Ibis backend; every workspace has it, whatever computes its expressions.

    Who runs many workspaces side by side bounds each by the environment: ``CASELENS_THREADS``, ``CASELENS_MEMORY``.

    Args:
        spill: where DuckDB may put what does not fit into memory.
        memory_limit: DuckDB's share of the memory in bytes; beyond it, it spills.
    """
    backend = ibis.duckdb.connect()
    settings = {
        "threads": _whole("CASELENS_THREADS", os.cpu_count() or 1),
        "memory_limit": f"{_whole('CASELENS_MEMORY', memory_limit) // 1_000_000}MB",
        "temp_directory": str(spill),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "enable_progress_bar": False,
    }
    for name, value in settings.items():
        backend.con.execute(f"SET {name} = ?", [value])
    return backend


def _whole(variable: str, otherwise: int) -> int:
    value = os.environ.get(variable, "")
    return int(value) if value.isdigit() and int(value) else otherwise


def spark(engine: str) -> Spark | None:
    """The cluster that ``settings.toml``'s ``engine`` names, ``None`` for ``duckdb``.

    Raises:
        UsageError: the engine is not known, or PySpark (the extra ``spark``) is not installed.
    """
    if engine == "duckdb":
        return None
    from caselens.workspace.spark import Spark, is_master

    if not is_master(engine):
        raise UsageError(
            f"engine {engine!r} is not known here; settings.toml takes duckdb, spark://HOST:PORT or local[N]"
        )
    return Spark(engine)


def raw(backend: Any) -> duckdb.DuckDBPyConnection:
    """The DuckDB connection under an Ibis backend."""
    return backend.con


def lacks_room(error: BaseException) -> bool:
    """Whether an error is of this machine (disk or memory full, a quota) and says nothing about the file being read."""
    if isinstance(error, MemoryError | duckdb.OutOfMemoryException):
        return True
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno in _NO_ROOM
    return isinstance(error, duckdb.Error) and any(os.strerror(number) in str(error) for number in _NO_ROOM)
