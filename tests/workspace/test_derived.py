"""Derived tables: built once for a state, whoever asks, and never seen half written."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import duckdb

from caselens.workspace.derived import derive

ROWS = 300_000


def _sum(folder: str) -> int:
    with duckdb.connect() as con:
        con.execute("SET threads = 1")
        relation = derive(con, Path(folder), "numbers", "a" * 32, lambda: f"SELECT range AS n FROM range({ROWS})")
        return int(con.execute(f"SELECT sum(n) FROM ({relation})").fetchall()[0][0])


def test_processes_that_build_the_same_table_at_once_all_read_it_whole(tmp_path):
    with ProcessPoolExecutor(4) as pool:
        found = list(pool.map(_sum, [str(tmp_path)] * 8))
    assert found == [ROWS * (ROWS - 1) // 2] * 8
    assert [path.name for path in tmp_path.iterdir()] == [f"numbers-{'a' * 32}.parquet"]


def test_another_state_takes_the_place_of_the_last(tmp_path):
    with duckdb.connect() as con:
        for state, rows in (("a" * 32, 3), ("b" * 32, 5)):
            relation = derive(
                con, tmp_path, "numbers", state, lambda rows=rows: f"SELECT range AS n FROM range({rows})"
            )
            assert con.execute(f"SELECT count(*) FROM ({relation})").fetchall() == [(rows,)]
    assert [path.name for path in tmp_path.iterdir()] == [f"numbers-{'b' * 32}.parquet"]
