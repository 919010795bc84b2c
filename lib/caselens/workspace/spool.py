"""Rows given one by one, collected into text columns that the engine can take over: chunk by chunk, never all in memory."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from caselens.core import progress
from caselens.core.errors import DataError, Problem
from caselens.readers._declare import Item, Note, Refused, Row
from caselens.workspace.heading import MAX_COLUMNS
from caselens.workspace.staging import ROW, SHEET, Staged
from caselens.workspace.validate import literal

CHUNK = 20_000


@dataclass(slots=True)
class _Bucket:
    """The rows of one table that wait to be written, and the files written already."""

    table: str
    rows: list[Row] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)
    refused_files: list[Path] = field(default_factory=list)
    count: int = 0


def spool(path: Path, items: Iterable[Item], workdir: Path) -> tuple[list[Staged], list[Note]]:
    """Write the rows of ``items`` into text Parquet, and those refused beside them.

    Columns that only some rows have are empty in the others.
    """
    buckets: dict[str, _Bucket] = {}
    notes: list[Note] = []
    for item in items:
        if isinstance(item, Note):
            notes.append(item)
            continue
        bucket = buckets.setdefault(item.table, _Bucket(item.table))
        if isinstance(item, Refused):
            bucket.refused.append(item)
            if len(bucket.refused) >= CHUNK:
                _flush_refused(bucket, workdir)
            continue
        bucket.rows.append(item)
        if len(bucket.rows) >= CHUNK:
            _flush(path, bucket, workdir)
    for bucket in buckets.values():
        _flush(path, bucket, workdir)
        _flush_refused(bucket, workdir)
    return [_staged(bucket) for bucket in buckets.values()], notes


def _staged(bucket: _Bucket) -> Staged:
    columns = {name: (column, "VARCHAR") for name, column in bucket.columns.items()}
    refused = _read(bucket.refused_files) if bucket.refused_files else ""
    return Staged(bucket.table, _read(bucket.files) if bucket.files else "", columns, None, refused=refused)


def _read(files: list[Path]) -> str:
    return f"read_parquet([{', '.join(literal(str(file)) for file in files)}], union_by_name=true)"


def _flush(path: Path, bucket: _Bucket, workdir: Path) -> None:
    if not bucket.rows:
        return
    for row in bucket.rows:
        for name in row.values:
            if name not in bucket.columns:
                bucket.columns[name] = f"c{len(bucket.columns)}"
    if len(bucket.columns) > MAX_COLUMNS:
        reason = f"more than {MAX_COLUMNS:,} different columns; no more are read 列数过多"
        raise DataError("too many columns", [Problem(path.name, 0, reason)])
    try:
        table = _arrow(bucket)
    except UnicodeEncodeError:
        _refuse_undecodable(bucket)
        table = _arrow(bucket)
    bucket.files.append(workdir / f"{bucket.table}.{len(bucket.files):06d}.rows")
    pq.write_table(table, bucket.files[-1], compression="lz4")
    bucket.count += len(bucket.rows)
    bucket.rows.clear()
    progress.step(f"{path.name} → {bucket.table}", bucket.count)


def _arrow(bucket: _Bucket) -> pa.Table:
    columns = {
        column: pa.array([row.values.get(name) for row in bucket.rows], pa.string())
        for name, column in bucket.columns.items()
    }
    columns[ROW] = pa.array([row.row for row in bucket.rows], pa.int64())
    columns[SHEET] = pa.array([row.sheet for row in bucket.rows], pa.string())
    return pa.table(columns)


def _refuse_undecodable(bucket: _Bucket) -> None:
    """Set rows aside whose text is no valid Unicode (half of a surrogate pair)."""
    good = []
    for row in bucket.rows:
        raw = json.dumps(dict(row.values), ensure_ascii=False)
        try:
            raw.encode()
            good.append(row)
        except UnicodeEncodeError:
            reason = "it holds characters that are no valid text 含有无效字符"
            bucket.refused.append(Refused(row.table, raw, (reason,), row.row, row.sheet))
    bucket.rows[:] = good


def _flush_refused(bucket: _Bucket, workdir: Path) -> None:
    if not bucket.refused:
        return
    table = pa.table(
        {
            "source_row": pa.array([item.row for item in bucket.refused], pa.int64()),
            "source_sheet": pa.array([item.sheet for item in bucket.refused], pa.string()),
            "reasons": pa.array([json.dumps(item.reasons, ensure_ascii=False) for item in bucket.refused], pa.string()),
            "raw": pa.array([_valid(item.raw) for item in bucket.refused], pa.string()),
        }
    )
    bucket.refused_files.append(workdir / f"{bucket.table}.{len(bucket.refused_files):06d}.refused")
    pq.write_table(table, bucket.refused_files[-1], compression="lz4")
    bucket.refused.clear()


def _valid(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
