"""The payments as the engine reads them: under a name to select from, with their fingerprint."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

_FOOTER = 1 << 16  # a Parquet file ends with the statistics of its row groups

CURRENCY = "COALESCE(NULLIF(CAST(currency AS VARCHAR), ''), 'CNY')"

# One pass reads, checks and numbers. ``why`` is 0 for a payment the index can hold, else the key of the reason.
_ROWS = """
SELECT CAST(row_number() OVER () - 1 AS BIGINT) AS position,
       NULLIF(CAST(payer_account AS VARCHAR), '') AS payer,
       NULLIF(CAST(payee_account AS VARCHAR), '') AS payee,
       TRY_CAST(amount AS DOUBLE) AS money,
       TRY_CAST(paid_at AS TIMESTAMP) AS moment,
       {currency} AS currency
FROM {source}
"""


@dataclass(frozen=True, slots=True)
class Source:
    """The payments under a name that any connection can select from, whatever its settings about Python's variables."""

    name: str
    columns: tuple[str, ...]


@contextmanager
def named(relation: duckdb.DuckDBPyRelation, con: duckdb.DuckDBPyConnection) -> Iterator[Source]:
    """Give a relation a name for a while."""
    name = f"money_index_source_{os.urandom(6).hex()}"
    relation.create_view(name)
    try:
        yield Source(name, tuple(relation.columns))
    finally:
        con.execute(f"DROP VIEW {name}")


def rows_sql(source: Source) -> str:
    """SQL of every payment with its position, checked types and currency."""
    return _ROWS.format(source=source.name, currency=CURRENCY if "currency" in source.columns else "'CNY'")


def file_fingerprint(con: duckdb.DuckDBPyConnection, pattern: str) -> str:
    """Name, size, time of change and footer of each file: enough to see a change without reading the rows."""
    digest = hashlib.blake2b(digest_size=16)
    for (name,) in con.execute("SELECT file FROM glob($pattern) ORDER BY 1", {"pattern": pattern}).fetchall():
        path = Path(name)
        stat = path.stat()
        with path.open("rb") as file:
            file.seek(max(0, stat.st_size - _FOOTER))
            digest.update(f"{path.name}|{stat.st_size}|{stat.st_mtime_ns}|".encode() + file.read())
    return digest.hexdigest()


def rows_fingerprint(con: duckdb.DuckDBPyConnection, source: Source) -> str:
    """A hash over every row and its position: the same rows in another order are another index."""
    rows = rows_sql(source)
    count, mixed = con.sql(
        f"SELECT count(*), bit_xor(hash(position, payer, payee, money, moment, currency)) FROM ({rows})"
    ).fetchall()[0]
    return f"{count}-{mixed or 0:016x}"
