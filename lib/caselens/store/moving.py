"""A store carried from one database into another: when an office goes from SQLite to PostgreSQL, nothing stays behind."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from caselens.core.errors import UsageError
from caselens.store.database import Store
from caselens.store.schema import METADATA


def copy_store(source: Store, target: Store) -> dict[str, int]:
    """Copy every row of ``source`` into the empty ``target``, all or nothing; gives the number of rows of each table.

    The audit log comes with its chain; in the target the copying itself is its next entry. ``source`` stays as it is.

    Raises:
        UsageError: ``target`` holds something already, or is the same database.
        StoreError: one of them does not answer; nothing was copied.
    """
    tables = METADATA.sorted_tables

    def everything(connection: sa.Connection) -> dict[str, list[dict[str, Any]]]:
        return {table.name: [dict(row) for row in connection.execute(sa.select(table)).mappings()] for table in tables}

    rows = source.database.read(everything)

    def fill(connection: sa.Connection) -> dict[str, int]:
        for table in tables:
            if connection.execute(sa.select(table).limit(1)).first() is not None:
                raise UsageError(f"the database to copy into is not empty (table {table.name}) 目标数据库非空")
        for table in tables:
            if rows[table.name]:
                connection.execute(sa.insert(table), rows[table.name])
        return {table.name: len(rows[table.name]) for table in tables}

    copied = target.database.write(fill)
    target.audit.add("copy", "store", rows=copied)
    return copied
