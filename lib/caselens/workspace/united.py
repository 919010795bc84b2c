"""Payments and accounts in force: those that were given, and those that the statement lines show beside them."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

import duckdb

from caselens.workspace.catalog import Catalog
from caselens.workspace.movements import derive_payments
from caselens.workspace.validate import literal

#: Tables that statement lines add to, and the columns that they fill.
ADDED = {
    "payments": ("payment_id", "paid_at", "payer_account", "payee_account", "amount", "currency", "channel", "memo"),
    "accounts": ("account_id", "holder_id", "holder_name", "institution", "kind", "opened_on"),
}
_FROM = ("statement_lines", "payments", "accounts")


def folder_of(catalog: Catalog) -> Path | None:
    """Where what was derived from the statement lines at hand lies, or would lie; ``None`` where there are no lines."""
    if not catalog.columns("statement_lines"):
        return None
    digest = hashlib.sha256()
    for entry in catalog.entries():
        if any(part.table in _FROM for part in entry.tables):
            digest.update(f"{entry.number} {entry.sha256}\n".encode())
    return catalog.folder.derived / f"movements-{digest.hexdigest()[:32]}"


def unite(catalog: Catalog, con: duckdb.DuckDBPyConnection) -> None:
    """Derive payments from the statement lines, unless that was done for the very same rows; one rename shows them.

    A derived payment carries the origin of its first line (the payer's side where both are at hand); every line of it
    is in ``payment_lines.parquet``.
    """
    target = folder_of(catalog)
    if target is None or target.exists():
        return
    given = {name: catalog.query(name) for name in _FROM}
    with tempfile.TemporaryDirectory(dir=catalog.folder.derived, prefix=".movements-") as temporary:
        work = Path(temporary) / "work"
        derived = derive_payments(
            con, given["statement_lines"], given["payments"] or None, given["accounts"] or None, work
        )
        lines = f"read_parquet({literal(str(derived.lines))})"
        origin = (
            f"SELECT m.payment_id, first(source_file ORDER BY part DESC, line_id) AS source_file, "
            f"first(source_sheet ORDER BY part DESC, line_id) AS source_sheet, "
            f"first(source_row ORDER BY part DESC, line_id) AS source_row FROM {lines} m "
            f"JOIN (SELECT line_id, source_file, source_sheet, source_row FROM ({given['statement_lines']})) "
            f"USING (line_id) GROUP BY m.payment_id"
        )
        placed = work / "placed.parquet"
        con.execute(
            f"COPY (SELECT * FROM read_parquet({literal(str(derived.payments))}) LEFT JOIN ({origin}) USING (payment_id) "
            f"ORDER BY payment_id) TO {literal(str(placed))} (FORMAT parquet)"
        )
        placed.replace(derived.payments)
        try:
            work.rename(target)
        except OSError:
            if not target.exists():  # else another process was done first, with the same rows
                raise
    for older in catalog.folder.derived.glob("movements-*"):
        if older != target:
            shutil.rmtree(older, ignore_errors=True)


def lines_of(catalog: Catalog) -> str:
    """SQL: ``payment_id, line_id`` of the lines that a derived payment stands for; "" where none was derived."""
    target = folder_of(catalog)
    path = target / "payment_lines.parquet" if target else None
    if path is None or not path.exists():
        return ""
    source = f"read_parquet({literal(str(path))})"
    return f"SELECT payment_id, line_id FROM {source} WHERE payment_id IS NOT NULL AND part <> 'given'"


def state_of(catalog: Catalog, table: str) -> str:
    """A hash of the rows that the statement lines add to ``table``; "" where they add none.

    Of the file, which the same rows give byte by byte: a payment that adds no account leaves the accounts as they were.
    """
    target = folder_of(catalog) if table in ADDED else None
    if target is None:
        return ""
    path = _file(target, table)
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else target.name


def _file(target: Path, table: str) -> Path:
    return target / f"{'payments' if table == 'payments' else 'payment_accounts'}.parquet"


def query(catalog: Catalog, table: str) -> str:
    """The rows of ``table`` in force; as :meth:`Catalog.query`, with what the statement lines add."""
    given = catalog.query(table)
    target = folder_of(catalog) if table in ADDED else None
    if target is None or not target.exists():
        return given
    added = f"SELECT * FROM read_parquet({literal(str(_file(target, table)))})"
    if table == "accounts":
        added = f"SELECT *, '' AS source_file, '' AS source_sheet, CAST(NULL AS BIGINT) AS source_row FROM ({added})"
    return f"{given} UNION ALL BY NAME {added}" if given else added
