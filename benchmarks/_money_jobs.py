"""What benchmarks/money.py measures of Caselens, DuckDB and pandas, each in a process of its own so that memory is its own.

Run as: python benchmarks/_money_jobs.py '{"task": ..., ...}'; the last line is JSON.
"""

from __future__ import annotations

import json
import resource
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from caselens.flows import HubPolicy, MoneyIndex, around, chains, write_payment_features
from caselens.flows.payment_features import PaymentFeatures, feature_slices

FAMILIES = {
    "default": PaymentFeatures(),
    "vertex_stats": PaymentFeatures(fan=None),
    "fan": PaymentFeatures(statistics=None),
    "degree": PaymentFeatures(statistics=None, fan=None, degree=12),
    "scatter-gather": PaymentFeatures(statistics=None, fan=None, scatter_gather=120),
    "temp-cycle": PaymentFeatures(statistics=None, fan=None, cycles=480),
}


def timed(work: Callable[[], Any], repeat: int = 1) -> tuple[float, Any]:
    """The shortest of some runs, and what it gave."""
    best, result = float("inf"), None
    for _ in range(repeat):
        begin = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - begin)
    return best, result


def connect(job: dict) -> duckdb.DuckDBPyConnection:
    """DuckDB with two threads, as everything here."""
    con = duckdb.connect()
    con.execute("SET threads = 2")
    con.execute("SET memory_limit = ?", [job.get("memory", "8GB")])
    con.execute("SET temp_directory = ?", [job.get("spill", "")])
    return con


def warm() -> None:
    """Compile every kernel on a handful of payments; a cache on disk makes this short the next time."""
    payer, payee = np.array([0, 1, 2, 0]), np.array([1, 2, 0, 2])
    index = MoneyIndex.from_codes(payer, payee, np.arange(4), np.full(4, 100))
    chains(index)
    around(index, ["0"])
    for features in FAMILIES.values():
        list(feature_slices(index, features))


def values(job: dict) -> dict:
    """Features of all payments as one array."""
    index = MoneyIndex.from_codes(*np.load(job["edges"]))
    parts = [np.column_stack(columns) for _, columns in feature_slices(index, FAMILIES[job["what"]], threads=2)]
    np.save(job["out"], np.concatenate(parts))
    return {"rows": index.n_payments, "names": list(FAMILIES[job["what"]].columns)}


def speed(job: dict) -> dict:
    """From the numbers in memory, through sorting them, to the closed file; cycles slice by slice up to the limit."""
    arrays = np.load(job["edges"])
    warm()
    features, out = FAMILIES[job["what"]], Path(job["out"])
    begin = time.perf_counter()
    index = MoneyIndex.from_codes(*arrays)
    sorting = time.perf_counter() - begin
    if job["what"] != "temp-cycle":
        write_payment_features(index, out, features, threads=2)
        done = index.n_payments
    else:
        done = 0
        schema = pa.schema([(name, pa.float32()) for name in features.columns])
        with pq.ParquetWriter(out, schema, compression="lz4", use_dictionary=False, write_statistics=False) as file:
            for rows, columns in feature_slices(index, features, threads=2, size=1 << 13):
                file.write_table(pa.Table.from_arrays([pa.array(column) for column in columns], schema=schema))
                done += rows.size
                if time.perf_counter() - begin > job["limit"]:
                    break
    return {"done": done, "seconds": time.perf_counter() - begin, "sorting": sorting}


def read(job: dict) -> dict:
    """DuckDB reads the four columns."""
    con = connect(job)
    # Sums: counts and extremes would be answered from the file's footer without reading a row.
    sql = (
        "SELECT sum(strlen(payer_account)), sum(strlen(payee_account)), sum(amount), sum(epoch_us(paid_at)) "
        "FROM read_parquet(?)"
    )
    return {"seconds": timed(lambda: con.execute(sql, [job["file"]]).fetchall(), 3)[0]}


def sort(job: dict) -> dict:
    """DuckDB's own copy of the file sorted by account and time."""
    con, out = connect(job), Path(job["out"])
    sql = (
        f"COPY (SELECT * FROM read_parquet('{job['file']}') ORDER BY payer_account, paid_at) "
        f"TO '{out}' (FORMAT parquet)"
    )
    seconds, _ = timed(lambda: con.execute(sql))
    out.unlink()
    return {"seconds": seconds}


def build(job: dict) -> dict:
    """The money index, both directions, on disk."""
    warm()
    folder = Path(job["index"])
    shutil.rmtree(folder, ignore_errors=True)
    seconds, index = timed(lambda: MoneyIndex.build(connect(job), job["file"], folder))
    return {"seconds": seconds, "accounts": index.n_accounts}


def pass_through(job: dict) -> dict:
    """Open the index and count the chains: within 7 days, 0.5 to 1.0 of what came."""
    warm()
    seconds, found = timed(lambda: chains(MoneyIndex.open(job["index"]), window_days=7, low=0.5, high=1.0), 3)
    return {"seconds": seconds, "chains": found.count}


def pandas_chains(job: dict) -> dict:
    """The same question to pandas: a merge on account and week, the quickest of the plain ways."""
    frame = pd.read_parquet(job["file"])

    def ask() -> int:
        table = frame.assign(time=frame["paid_at"].astype("int64") // 10**6, row=np.arange(len(frame)))
        for side in ("payer_account", "payee_account"):
            table[side] = (
                table[side]
                .astype("category")
                .cat.set_categories(pd.unique(pd.concat([frame["payer_account"], frame["payee_account"]])))
                .cat.codes
            )
        table["week"] = table["time"] // 604_800
        first = table[["payee_account", "time", "amount", "row", "week"]]
        later = table[["payer_account", "time", "amount", "row", "week"]]
        total = 0
        for shift in (0, 1):
            both = first.assign(week=first["week"] + shift).merge(
                later, left_on=["payee_account", "week"], right_on=["payer_account", "week"]
            )
            lag = both["time_y"] - both["time_x"]
            after = (lag > 0) | ((lag == 0) & (both["row_y"] > both["row_x"]))
            fen, paid = (both["amount_x"] * 100).round(), (both["amount_y"] * 100).round()
            total += int((after & (lag <= 604_800) & (paid >= 0.5 * fen) & (paid <= fen)).sum())
        return total

    seconds, found = timed(ask)
    return {"seconds": seconds, "chains": found}


def case(job: dict) -> dict:
    """Open the index and take the money round 20 subjects, two hops, hubs not passed."""
    warm()
    index = MoneyIndex.open(job["index"])
    rng = np.random.default_rng(5)
    subjects = index.ids(rng.choice(index.n_accounts, 20, replace=False)).tolist()

    def ask() -> Any:
        return around(MoneyIndex.open(job["index"]), subjects, hops=2, hubs=HubPolicy())

    seconds, found = timed(ask)
    return {"seconds": seconds, "accounts": len(found.accounts), "payments": len(found.payments)}


TASKS = {f.__name__: f for f in (values, speed, read, sort, build, pass_through, pandas_chains, case)}

if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    answer = TASKS[given["task"]](given)
    answer["peak_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    sys.stdout.write("\n" + json.dumps(answer) + "\n")
