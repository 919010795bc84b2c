"""Intake of 5 million payments from CSV against DuckDB's own CSV-to-Parquet copy of the same file, in one run.

    python benchmarks/intake.py [--rows 5000000] [--rounds 3]

writes benchmarks/intake.md. Each measurement runs in a process of its own, so that its peak of memory is its own; the
two are alternated, and the best of the rounds counts for both. The figures of a file with faults (one row in 1,000 has
a negative amount, one in 100,000 a line break inside its memo) are told beside them, not hidden in them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd

RESULT = Path(__file__).with_suffix(".md")
#: What this process does to one file; key of MEASURES.
COPY, INTAKE = "copy", "intake"


def write_payments(path: Path, rows: int, faults: str) -> None:
    """A payments CSV as a system would export it; ``faults`` is ``none``, ``values`` or ``lines``."""
    amount = "(i * 37 % 9000000 + 100) / 100"
    if faults != "none":
        amount = f"CASE WHEN i % 1000 = 7 THEN -1 ELSE {amount} END"
    memo = "CASE i % 4 WHEN 0 THEN '货款' WHEN 1 THEN '工程进度款 第' || i % 12 || '期' WHEN 2 THEN '' ELSE 'invoice ' || i END"
    if faults == "lines":
        memo = f"CASE WHEN i % 100000 = 9 THEN 'two' || chr(10) || 'lines' ELSE {memo} END"
    query = (
        f"SELECT 'P' || i AS payment_id, strftime(TIMESTAMP '2023-01-01' + to_seconds(i * 13), '%Y-%m-%d %H:%M:%S') AS "
        f"paid_at, 'A' || (i * 7919 % 200000) AS payer_account, 'A' || (i * 104729 % 200000) AS payee_account, "
        f"CAST({amount} AS DECIMAL(18,2)) AS amount, 'CNY' AS currency, 'transfer' AS channel, {memo} AS memo "
        f"FROM range({rows}) t(i)"
    )
    duckdb.sql(f"COPY ({query}) TO '{path}' (FORMAT csv, HEADER)")


def copy(source: Path, folder: Path) -> dict[str, int]:
    """DuckDB's own copy, as one would type it."""
    duckdb.sql("SET threads = 2")
    duckdb.sql(f"COPY (SELECT * FROM read_csv('{source}')) TO '{folder / 'copy.parquet'}' (FORMAT parquet)")
    return {}


def intake(source: Path, folder: Path) -> dict[str, int]:
    """Intake into a new workspace: copied, hashed, typed, judged, keys compared, catalogued."""
    from caselens.workspace import Workspace

    workspace = Workspace.create(folder / "workspace")
    part = workspace.intake(source).entries[0].tables[0]
    return {"accepted": part.accepted, "quarantined": part.quarantined, "repeated": part.repeated}


def child(what: str, source: Path, folder: Path) -> None:
    """Measure one thing in this process and print it as JSON."""
    started = time.perf_counter()
    found: dict[str, float] = dict({COPY: copy, INTAKE: intake}[what](source, folder))
    found["seconds"] = time.perf_counter() - started
    found["peak_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(json.dumps(found))


def measure(what: str, source: Path, scratch: Path) -> dict[str, float]:
    """One measurement in a process and a folder of its own."""
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        command = [sys.executable, __file__, "--child", what, str(source), folder]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def compare(source: Path, scratch: Path, rounds: int) -> dict[str, dict[str, float]]:
    """The best of ``rounds`` alternating measurements of each, with the highest peak of memory."""
    found: dict[str, list[dict[str, float]]] = {COPY: [], INTAKE: []}
    for _ in range(rounds):
        for what in (COPY, INTAKE):
            found[what].append(measure(what, source, scratch))
    return {
        what: {**min(runs, key=lambda run: run["seconds"]), "peak_gb": max(run["peak_gb"] for run in runs)}
        for what, runs in found.items()
    }


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.child:
        child(wanted.child[0], Path(wanted.child[1]), Path(wanted.child[2]))
        return
    lines = [
        "# Intake of payments from CSV",
        "",
        f"Written by `python benchmarks/intake.py --rows {wanted.rows} --rounds {wanted.rounds}` on {date.today()}, "
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the start; "
        f"Python {platform.python_version()}, DuckDB {duckdb.__version__}, pandas {pd.__version__}.",
        "",
        "Speed is that of DuckDB's own CSV-to-Parquet copy of the same file divided into ours (1.00 = as fast). Intake "
        "does more: it keeps the raw file and its hash, types and judges every cell, compares keys and writes the origin "
        "of each row. Best of the rounds, each in a process of its own; peak memory is the highest of any round.",
        "",
        "| file | MB | DuckDB copy s | intake s | speed | peak GB | accepted | quarantined |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    names = {
        "none": "without faults",
        "values": "1 row in 1,000 has a negative amount",
        "lines": "the same, and 1 memo in 100,000 has a line break (read by the careful reader)",
    }
    with tempfile.TemporaryDirectory() as scratch:
        for faults, name in names.items():
            source = Path(scratch) / "payments.csv"
            write_payments(source, wanted.rows, faults)
            found = compare(source, Path(scratch), wanted.rounds if faults == "none" else 1)
            ours, theirs = found[INTAKE], found[COPY]
            lines.append(
                f"| {wanted.rows:,} payments, {name} | {source.stat().st_size / 1e6:.0f} | {theirs['seconds']:.1f} | "
                f"{ours['seconds']:.1f} | {theirs['seconds'] / ours['seconds']:.2f} | {ours['peak_gb']:.1f} | "
                f"{ours['accepted']:,} | {ours['quarantined']:,} |"
            )
            print(lines[-1])
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
