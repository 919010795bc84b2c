"""Workspaces and files for the tests of intake: everything is real, nothing is mocked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from caselens.workspace import Workspace

PAYMENTS = "payment_id,paid_at,payer_account,payee_account,amount,memo"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "w")


@pytest.fixture
def deliver(workspace: Workspace, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Write a file, take it in, and give its row of ``sources`` after checking that every row is accounted for."""
    folder = tmp_path / "given"

    def give(name: str, content: str | bytes) -> dict[str, Any]:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        taken = workspace.intake(path)
        path.unlink()
        assert len(taken.entries) == 1
        check_counts(workspace)
        rows = workspace.sources()
        return rows[rows["source_file"] == taken.entries[0].source_file].iloc[-1].to_dict()

    return give


def check_counts(workspace: Workspace) -> None:
    """rows in = accepted + quarantined + repeats, per file; and the tables hold what the counts say."""
    sources = workspace.sources()
    total = sources["rows_accepted"] + sources["rows_quarantined"] + sources["rows_repeated"]
    assert (sources["rows_in"] == total).all()
    quarantined = workspace.con.execute('SELECT count(*) FROM "quarantine"').fetchall()[0][0]
    assert quarantined == sources["rows_quarantined"].sum()
    replaced = sum(part.conflicts for entry in workspace.catalog.entries() for part in entry.tables)
    # What statement lines add to payments and accounts is derived, not accepted: it is counted in test_united.py.
    queries = [query for name in workspace.tables() if (query := workspace.catalog.query(name))]
    in_force = sum(workspace.con.execute(f"SELECT count(*) FROM ({query})").fetchall()[0][0] for query in queries)
    assert in_force == sources["rows_accepted"].sum() - replaced


@pytest.fixture
def rows(workspace: Workspace) -> Callable[..., list[tuple[Any, ...]]]:
    """``rows(table, *columns)``: the rows in force, by file and row."""

    def read(table: str, *columns: str) -> list[tuple[Any, ...]]:
        names = ", ".join(f'"{name}"' for name in columns)
        query = f'SELECT {names} FROM "{table}" ORDER BY source_file, source_sheet, source_row'
        return workspace.con.execute(query).fetchall()

    return read


@pytest.fixture
def quarantined(workspace: Workspace) -> Callable[[], list[tuple[int, str]]]:
    """Row and reasons of every quarantined row."""

    def read() -> list[tuple[int, str]]:
        query = 'SELECT source_row, reasons FROM "quarantine" ORDER BY source_file, source_sheet, source_row'
        return workspace.con.execute(query).fetchall()

    return read
