"""Rows given one by one, collected into text columns that the engine can take over: chunk by chunk, never all in memory."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from caselens.core import progress
from caselens.core.errors import DataError, Problem
from caselens.readers._declare import Item, Note, Refused, Row
from caselens.workspace.staging import MAX_COLUMNS, Staged
from caselens.workspace.validate import literal

CHUNK = 20_000


@dataclass(slots=True)
class _Bucket:
    rows: list[Row] = field(default_factory=list)
    names: dict[str, None] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    files: int = 0
    count: int = 0


def spool(path: Path, items: Iterable[Item], workdir: Path) -> tuple[list[Staged], list[Note]]:
    """Write the rows of ``items`` into text Parquet, a folder a table.

    Columns that only some rows have are empty in the others. A row's own ``source_…`` values are renamed
    ``given_source_…``: the origin of a row is the file it was read from.
    """
    buckets: dict[str, _Bucket] = {}
    notes: list[Note] = []
    for item in items:
        if isinstance(item, Note):
            notes.append(item)
            continue
        bucket = buckets.setdefault(item.table, _Bucket())
        if isinstance(item, Refused):
            bucket.refused.append(item)
            continue
        bucket.rows.append(item)
        if len(bucket.rows) >= CHUNK:
            _flush(path, item.table, bucket, workdir)
    staged = []
    for table, bucket in buckets.items():
        if bucket.rows or not bucket.files:
            _flush(path, table, bucket, workdir)
        types = dict.fromkeys(bucket.names, "VARCHAR")
        pattern = literal(str(workdir / f"{table}-*.parquet"))
        relation = f"read_parquet({pattern}, union_by_name=true)"
        staged.append(Staged(table, relation, types, None, refused=bucket.refused))
    return staged, notes


def _flush(path: Path, table: str, bucket: _Bucket, workdir: Path) -> None:
    for row in bucket.rows:
        for name in row.values:
            bucket.names.setdefault(name)
    if len(bucket.names) > MAX_COLUMNS:
        reason = f"{len(bucket.names)} different columns; at most {MAX_COLUMNS} are read 列数过多"
        raise DataError("too many columns", [Problem(path.name, 0, reason)])
    columns: dict[str, pa.Array] = {
        name: pa.array([row.values.get(name) for row in bucket.rows], pa.string()) for name in bucket.names
    }
    columns["\x01source_row"] = pa.array([row.row for row in bucket.rows], pa.int64())
    columns["\x01source_sheet"] = pa.array([row.sheet for row in bucket.rows], pa.string())
    pq.write_table(pa.table(columns), workdir / f"{table}-{bucket.files:06d}.parquet", compression="lz4")
    bucket.files += 1
    bucket.count += len(bucket.rows)
    bucket.rows.clear()
    progress.step(f"{path.name} → {table}", bucket.count)


def refused_frame(con: duckdb.DuckDBPyConnection, refused: list[Refused], name: str) -> None:
    """Register refused rows as the view ``name`` with the columns of a quarantine query."""
    table = pa.table(
        {
            "source_row": pa.array([item.row for item in refused], pa.int64()),
            "source_sheet": pa.array([item.sheet for item in refused], pa.string()),
            "reasons": pa.array([json.dumps(item.reasons, ensure_ascii=False) for item in refused], pa.string()),
            "raw": pa.array([item.raw for item in refused], pa.string()),
        }
    )
    con.register(name, table)
