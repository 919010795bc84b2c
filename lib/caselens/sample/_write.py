"""From handles to ids and files: shuffle, number, convert by declared kind, write CSV or Parquet."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from caselens.sample._city import KEYED, NOBODY, Array, City, Coded, code_of, handle_parts
from caselens.tables import TABLES, Column, Table

_MENTION = re.compile("\x02(\\d+)\x03")
_NUMPY = {"date": "datetime64[D]", "moment": "datetime64[s]"}
#: What orders the rows of a table, hence its ids; others are in no order at all.
_ORDER = {
    "payments": "paid_at",
    "statement_lines": "booked_at",
    "tenders": "published_on",
    "contracts": "signed_on",
    "contract_changes": "changed_on",
    "applications": "submitted_on",
    "approvals": "decided_at",
    "project_events": "happened_on",
    "benefit_payouts": "paid_on",
    "asset_disposals": "disposed_on",
    "contacts": "happened_at",
}


class Ids:
    """Gives every handle its id. ``text`` turns handles into ids, ``mentions`` fills the places in a text."""

    def __init__(self, city: City) -> None:
        self._number: dict[int, Array] = {}
        self._prefix: dict[int, bytes] = {}
        self._width: dict[int, int] = {}
        self.order: dict[str, Array] = {}
        for table, (key, prefix) in KEYED.items():
            count = city.counts[table]
            rng = city.rng("ids", table)
            order = rng.permutation(count)
            if table in _ORDER and count:
                when = _raw(city, table, TABLES[table][_ORDER[table]])
                key_handles = _raw(city, table, TABLES[table][key])
                by_row = np.empty(count, dtype=when.dtype)
                by_row[handle_parts(key_handles)[1]] = when
                order = order[np.argsort(by_row[order], kind="stable")]
            number = np.empty(count, dtype=np.int64)
            number[order] = np.arange(1, count + 1)
            code = code_of(table)
            self._number[code], self._prefix[code] = number, prefix.encode()
            self._width[code] = max(5, len(str(count)))

    def numbers(self, handles: Array) -> Array:
        """The running number inside the table of each handle (all of one table)."""
        codes, rows = handle_parts(handles)
        return self._number[int(codes[0])][rows] if len(handles) else handles

    def one(self, handle: int) -> str:
        """The id of one handle."""
        codes, rows = handle_parts(np.array([handle]))
        code = int(codes[0])
        return f"{self._prefix[code].decode()}{self._number[code][int(rows[0])]:0{self._width[code]}d}"

    def text(self, handles: Array) -> pa.StringArray:
        """Ids of ``handles`` (``NOBODY`` becomes null)."""
        codes, rows = handle_parts(handles)
        codes = np.where(handles == NOBODY, 0, codes)
        parts: list[pa.Array] = [pa.array([None], pa.string())]
        index, filled = np.zeros(len(handles), dtype=np.int64), 1
        kinds = np.unique(codes)
        for code in kinds[kinds > 0]:
            mine = codes == code
            strings = _digits(self._prefix[int(code)], self._width[int(code)], self._number[int(code)][rows[mine]])
            if len(kinds) == 1:
                return strings
            index[mine] = np.arange(filled, filled + len(strings))
            filled += len(strings)
            parts.append(strings)
        return pa.concat_arrays(parts).take(pa.array(index))

    def cell(self, kind: str, value: Any) -> str:
        """A cell of a composite key as the files print it; empty where there is none."""
        if kind == "id" and not isinstance(value, str) and value is not None:
            return "" if value == NOBODY else self.one(value)
        return "" if value is None else str(value)

    def mentions(self, text: str | None) -> str | None:
        """``text`` with its mentions replaced by ids."""
        if text is None or "\x02" not in text:
            return text
        return _MENTION.sub(lambda match: self.one(int(match.group(1))), text)


def _digits(prefix: bytes, width: int, numbers: Array) -> pa.StringArray:
    """``prefix`` and the zero-padded number for each of ``numbers``, written straight into an Arrow buffer."""
    length = len(prefix) + width
    cells = np.empty((len(numbers), length), dtype=np.uint8)
    cells[:, : len(prefix)] = np.frombuffer(prefix, dtype=np.uint8)
    left = numbers.copy()
    for place in range(length - 1, len(prefix) - 1, -1):
        left, digit = np.divmod(left, 10)
        cells[:, place] = digit + ord("0")
    offsets = np.arange(0, (len(numbers) + 1) * length, length, dtype=np.int32)
    return pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(cells))


def _raw(city: City, table: str, column: Column) -> Array:
    """A handle, date or moment column of all rows and blocks, in the order they were added."""
    empty, dtype = (NOBODY, "int64") if column.kind == "id" else (None, _NUMPY[column.kind])
    parts = [np.asarray(block[column.name]).astype(dtype) for block in city.blocks[table]]
    single = [row.get(column.name, empty) for row in city.rows[table]]
    return np.concatenate([np.array(single, dtype=dtype), *parts])


def _decimal(values: Array) -> pa.Array:
    """Yuan as ``DECIMAL(18,2)``, from numbers rounded to the fen."""
    missing = np.isnan(values)
    words = np.zeros((len(values), 2), dtype=np.int64)
    words[:, 0] = np.rint(np.where(missing, 0, values) * 100)
    words[:, 1] = words[:, 0] >> 63
    validity = pa.py_buffer(np.packbits(~missing, bitorder="little").tobytes())
    return pa.Array.from_buffers(pa.decimal128(18, 2), len(values), [validity, pa.py_buffer(words)])


def _identifier(value: int | str | None, ids: Ids) -> str | None:
    """An id from a handle, from a text with mentions, or none."""
    if value is None or isinstance(value, str):
        return ids.mentions(value)
    return None if value == NOBODY else ids.one(value)


def _single(column: Column, values: list[Any], ids: Ids) -> pa.Array:
    """Values of single rows as an Arrow array of the declared kind."""
    kind = column.kind
    if kind == "id":
        return pa.array([_identifier(value, ids) for value in values], pa.string())
    if kind in ("text", "code", "list"):
        return pa.array([None if v is None else ids.mentions(str(v)) for v in values], pa.string())
    if kind == "money":
        return _decimal(np.array([np.nan if v is None else float(v) for v in values], dtype=float))
    return (
        _mass(column, np.array(values, dtype=_NUMPY[kind]), ids) if kind in _NUMPY else pa.array(values, _TYPES[kind])
    )


_TYPES = {"number": pa.float64(), "share": pa.float64(), "integer": pa.int64(), "boolean": pa.bool_()}


def _mass(column: Column, values: Array | Coded, ids: Ids) -> pa.Array:
    """A block's column as an Arrow array of the declared kind."""
    kind = column.kind
    if isinstance(values, Coded):
        words = pa.array([ids.mentions(word) for word in values.vocabulary], pa.string())
        return words.take(pa.array(values.positions, mask=values.positions < 0))
    if kind == "id" and values.dtype != object:
        return ids.text(values)
    if kind == "money":
        return _decimal(values.astype(float))
    if kind == "date":
        return pa.array(values.astype("datetime64[D]"))
    if kind == "moment":
        return pa.array(values.astype("datetime64[us]"))
    if kind in ("number", "share"):
        return pa.array(values.astype(float), mask=np.isnan(values.astype(float)))
    return pa.array(list(values) if values.dtype == object else values, _TYPES.get(kind, pa.string()))


def _chunks(city: City, table: Table, column: Column, ids: Ids) -> pa.Array | None:
    rows, blocks = city.rows[table.id], city.blocks[table.id]
    if not any(column.name in part for part in (*rows, *blocks)):
        return None
    parts = [_single(column, [row.get(column.name) for row in rows], ids)] if rows else []
    for block in blocks:
        values = block.get(column.name)
        size = len(next(iter(block.values())))
        parts.append(pa.nulls(size, parts[0].type if parts else None) if values is None else _mass(column, values, ids))
    kind = next(part.type for part in parts if part.type != pa.null())
    return pa.concat_arrays([part.cast(kind) if part.type != kind else part for part in parts])


def as_table(city: City, table: Table, ids: Ids) -> pa.Table | None:
    """All rows of ``table``, in the order of their ids or keys; ``None`` where there is no row."""
    known = {column.name for column in table.columns}
    strange = {name for part in (*city.rows[table.id], *city.blocks[table.id]) for name in part} - known
    if strange:
        raise KeyError(f"{table.id} has no column {sorted(strange)}")
    if not city.rows[table.id] and not city.blocks[table.id]:
        return None
    order: pa.Array | None = None
    if table.id in KEYED:
        numbers = ids.numbers(_raw(city, table.id, table[KEYED[table.id][0]]))
        order = pa.array(np.argsort(numbers, kind="stable"))
    columns: dict[str, pa.Array] = {}
    for column in table.columns:
        values = _chunks(city, table, column, ids)
        if values is not None:
            columns[column.name] = values.take(order) if order is not None else values
    built = pa.table(columns)
    if order is None:
        built = built.sort_by([(name, "ascending") for name in table.key if name in columns])
    return built


def _printed(column: pa.ChunkedArray) -> list[str]:
    if pa.types.is_timestamp(column.type):
        column = pc.strftime(column.cast(pa.timestamp("s")), format="%Y-%m-%dT%H:%M:%S")
    return ["" if value is None else value for value in column.cast(pa.string()).to_pylist()]


def write(folder: Path, name: str, table: pa.Table, format: str) -> None:
    """Write one table as ``<name>.csv`` (UTF-8, line feed) or ``<name>.parquet``."""
    if format == "parquet":
        pq.write_table(
            table, folder / f"{name}.parquet", store_schema=False, compression="zstd", row_group_size=1 << 20
        )
        return
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.column_names)
        for start in range(0, len(table), 1 << 18):
            part: Sequence[list[str]] = [_printed(column) for column in table.slice(start, 1 << 18).columns]
            writer.writerows(zip(*part, strict=True))
