"""Spark under a workspace: the same Ibis expressions on a cluster, over the rows in force as Parquet.

Taking in, resolution and the money index stay with DuckDB on the driver; what Spark computes lies in the workspace's folder,
which the cluster must see under the same path (a shared file system). Everything else about the cluster (memory, cores,
partitions) is said by Spark's own configuration: ``SPARK_CONF_DIR``.
"""

from __future__ import annotations

import ipaddress
import os
import shutil
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import ibis
import ibis.expr.types as ir

from caselens.core.errors import UsageError

_ALWAYS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",  # moments are the payments' own local time and must not be moved
    "spark.sql.caseSensitive": "false",
}


class Spark:
    """A Spark session for one workspace."""

    def __init__(self, master: str) -> None:
        from caselens.workspace._spark_sql import OrderedSpark

        self._backend = ibis.pyspark.connect(_session(master))
        self._backend.compiler = OrderedSpark()
        self._known: dict[str, Path] = {}

    @property
    def backend(self) -> Any:
        """Its Ibis backend."""
        return self._backend

    def table(self, name: str, parquet: Path) -> ir.Table:
        """The Parquet file or folder as a table called ``name``."""
        if self._known.get(name) != parquet:
            frame = self._backend._session.read.parquet(str(parquet.resolve()))
            frame.createOrReplaceTempView(name)
            self._known[name] = parquet
        return self._backend.table(name)

    def write(self, expression: ir.Table, folder: Path) -> None:
        """Compute an expression on the cluster into a folder of Parquet files, whole or not at all."""
        work = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            sql = self._backend.compile(expression)
            self._backend._session.sql(sql).write.mode("overwrite").parquet(str((work / "all").resolve()))
            shutil.rmtree(folder, ignore_errors=True)
            (work / "all").replace(folder)
        finally:
            shutil.rmtree(work, ignore_errors=True)


def is_master(engine: str) -> bool:
    """Whether ``settings.toml``'s engine is a Spark master."""
    return engine.startswith(("spark://", "local[")) or engine == "local"


def _session(master: str) -> Any:
    try:
        with warnings.catch_warnings():
            # PySpark says at import that it does not know this pandas yet; frames go through Arrow here.
            warnings.simplefilter("ignore", FutureWarning)
            from pyspark.sql import SparkSession
    except ImportError as error:
        raise UsageError(f"engine {master!r} needs the extra spark: pip install 'caselens[spark]'") from error
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master(master).appName("caselens")
    for name, value in {**_ALWAYS, **_loopback(master)}.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def _loopback(master: str) -> dict[str, str]:
    """On this machine alone, workers reach the driver without any name being looked up."""
    host = urlsplit(master).hostname if master.startswith("spark://") else "localhost"
    try:
        is_here = host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        is_here = False
    return {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"} if is_here else {}
