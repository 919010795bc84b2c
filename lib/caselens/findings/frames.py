"""A small frame in a file, and back exactly: whatever its cells are (lists of mappings, days, missing values of each kind)."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from caselens.workspace.folder import written_beside

_KINDS = b"caselens.cells"


def write_frame(path: Path, frame: pd.DataFrame) -> str:
    """Write a frame and read it back; gives the hash of the file, or "" where it would not come back as it was.

    Columns of plain types are written as they are; cells of others as text that says what each is.
    """
    frame = frame.reset_index(drop=True)
    columns, kinds = {}, {}
    try:
        for name in frame.columns:
            column = frame[name]
            kinds[str(name)] = str(column.dtype)
            if column.dtype == object:
                columns[str(name)] = pa.array(
                    [json.dumps(_told(cell), ensure_ascii=False) for cell in column], pa.string()
                )
            else:
                columns[str(name)] = pa.Array.from_pandas(column)
        table = pa.table(columns).replace_schema_metadata({_KINDS: json.dumps(kinds).encode()})
        with written_beside(path) as temporary:
            pq.write_table(table, temporary)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        back = read_frame(path, digest)
    except (TypeError, ValueError, pa.ArrowException):
        return ""
    return digest if back is not None and _same(frame, back) else ""


def read_frame(path: Path, digest: str) -> pd.DataFrame | None:
    """The frame that was written with this hash; ``None`` where the file is gone, or is another."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    if hashlib.sha256(content).hexdigest() != digest:
        return None
    table = pq.read_table(pa.BufferReader(content))
    kinds = json.loads(table.schema.metadata[_KINDS])
    columns = {}
    for name, kind in kinds.items():
        column = table.column(name)
        if kind == "object":
            columns[name] = pd.Series([_back(json.loads(cell)) for cell in column.to_pylist()], dtype=object)
        else:
            columns[name] = column.to_pandas().astype(kind)
    return pd.DataFrame(columns, index=range(table.num_rows))


def _told(cell: Any) -> Any:
    """A cell as JSON that says what it is.

    Raises:
        TypeError: of a kind that is not known here.
    """
    if cell is None or isinstance(cell, bool | str) or type(cell) is int:
        return cell
    if cell is pd.NaT or cell is pd.NA:
        return {"": "missing", "v": "NaT" if cell is pd.NaT else "NA"}
    if isinstance(cell, list | tuple | np.ndarray):
        kind = "list" if isinstance(cell, list) else "tuple" if isinstance(cell, tuple) else "array"
        return {"": kind, "v": [_told(item) for item in cell]}
    if isinstance(cell, dict):
        return {"": "dict", "v": [[key, _told(value)] for key, value in cell.items()]}
    for kind, (known, write, _) in _CELLS.items():
        if type(cell) is known:
            return {"": kind, "v": write(cell)}
    raise TypeError(f"a cell of kind {type(cell).__name__} is not kept")


def _back(told: Any) -> Any:
    """The cell that :func:`_told` told."""
    if not isinstance(told, dict):
        return told
    kind, value = told[""], told["v"]
    match kind:
        case "missing":
            return pd.NaT if value == "NaT" else pd.NA
        case "list":
            return [_back(item) for item in value]
        case "tuple":
            return tuple(_back(item) for item in value)
        case "array":
            return np.array([_back(item) for item in value], dtype=object)
        case "dict":
            return {key: _back(item) for key, item in value}
    return _CELLS[kind][2](value)


#: Kind -> the type of a cell, how it is written, how it is read. ``repr`` of a float is exact.
_CELLS: dict[str, tuple[type, Callable[[Any], Any], Callable[[Any], Any]]] = {
    "float": (float, repr, float),
    "float64": (np.float64, lambda cell: repr(float(cell)), np.float64),
    "int64": (np.int64, int, np.int64),
    "int32": (np.int32, int, np.int32),
    "bool": (np.bool_, bool, np.bool_),
    "decimal": (Decimal, str, Decimal),
    "stamp": (pd.Timestamp, lambda cell: cell.isoformat(), pd.Timestamp),
    "moment": (datetime, lambda cell: cell.isoformat(), datetime.fromisoformat),
    "day": (date, lambda cell: cell.isoformat(), date.fromisoformat),
}


def _same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Whether two frames have the same columns, types and cells."""
    if list(one.columns) != list(other.columns) or list(one.dtypes) != list(other.dtypes) or len(one) != len(other):
        return False
    return all(
        _equal(a, b) for name in one.columns for a, b in zip(one[name].tolist(), other[name].tolist(), strict=True)
    )


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    if one is pd.NaT or one is pd.NA or one is None:
        return other is one
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and _equal(one.tolist(), other.tolist())
    if isinstance(one, list | tuple):
        return type(one) is type(other) and len(one) == len(other) and all(map(_equal, one, other))
    if isinstance(one, dict):
        return isinstance(other, dict) and list(one) == list(other) and all(_equal(one[k], other[k]) for k in one)
    return type(one) is type(other) and bool(one == other)
