"""What was done to Caselens on purpose, how often, and what was left: kills at random moments, bad inputs.

Run: python -m benchmarks.faults --kills 200 --inputs 10000      (writes benchmarks/faults.md; about an hour on two cores)

Disk full, damaged files, a file that changes while it is read and a clock that goes back are tests
(``tests/operations/test_faults.py``), a database that is away too (``tests/store``): they need no number of tries.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import time
from collections import defaultdict
from datetime import date
from importlib.metadata import version
from pathlib import Path

from benchmarks._faults_fuzz import Result, fuzz
from benchmarks._faults_kill import Round, rounds

TARGET = Path(__file__).with_suffix(".md")
#: Of ten kills so many hit each activity.
SHARES = {"intake": 3, "decisions": 2, "screening": 2, "refresh": 2, "reporting": 1}


def kills_told(found: list[Round], seconds: float) -> list[str]:
    """The section on kills."""
    by_activity: dict[str, list[Round]] = defaultdict(list)
    for item in found:
        by_activity[item.activity].append(item)
    problems = [f"- {item.activity} after {item.after} s: {text}" for item in found for text in item.problems]
    rows = [
        f"| {name} | {len(items)} | {min(i.after for i in items):.2f} to {max(i.after for i in items):.2f} s | "
        f"{sum(i.finished for i in items)} | {sum(bool(i.problems) for i in items)} |"
        for name, items in by_activity.items()
    ]
    return [
        f"## {len(found)} kills with signal 9 ({seconds:,.0f} s)",
        "",
        "A child works on one workspace, round after round on the same one; it is killed at a moment drawn evenly from the time "
        "that two and a half of its steps take, opening the workspace included. A second child then looks for what the "
        "first had said to be done (files, decisions, pages), counts every table against the catalog, verifies the audit "
        "log, goes on with the work and looks for what was left behind; after screenings and refreshes it screens again "
        "and compares the findings.",
        "",
        "| killed during | kills | after | things finished before | with anything lost, half or left behind |",
        "|---|---|---|---|---|",
        *rows,
        "",
        *(["What was wrong:", "", *problems] if problems else ["Nothing was lost, nothing half-written was visible."]),
        "",
    ]


def fuzz_told(found: Result, seconds: float) -> list[str]:
    """The section on bad inputs."""
    fates = "; ".join(f"{name} {count:,}" for name, count in sorted(found.fates.items()))
    kinds = ", ".join(f"{name} {count:,}" for name, count in sorted(found.kinds.items()))
    rows = found.rows
    return [
        f"## {found.inputs:,} bad inputs ({seconds:,.0f} s)",
        "",
        f"Good files ({kinds}) with bytes, cells, headings, rows, encodings, nodes of JSON or members of archives changed, one in "
        "twenty under the name of another form; batch by batch through intake, checks, screening and a report, each batch in a "
        "process of its own.",
        "",
        f"- What became of the files (those in archives counted one by one): {fates}.",
        f"- Rows in {rows['rows_in']:,} = accepted {rows['accepted']:,} + quarantined {rows['quarantined']:,} + repeated "
        f"{rows['repeated']:,}.",
        f"- Reports written: {found.reports}.",
        f"- Crashes, tracebacks, files refused for a defect of ours, rows that do not add up, reports that failed: "
        f"{len(found.problems)}.",
        *(f"  - {text[:400]}" for text in found.problems[:50]),
        "",
    ]


def main() -> None:
    """Do it and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    lines = [
        "# Faults",
        "",
        f"Written by `python -m benchmarks.faults --kills {asked.kills} --inputs {asked.inputs} --seed {asked.seed}` on "
        f"{date.today()}: Python {platform.python_version()}, DuckDB {version('duckdb')}, {os.cpu_count()} cores. Tests do the same "
        "on a smaller scale, and fill a disk, damage files, let a file grow while it is read and turn the clock back "
        "(`tests/operations/test_faults.py`).",
        "",
    ]
    with tempfile.TemporaryDirectory() as place:
        if asked.kills:
            start = time.monotonic()
            counts = {name: max(asked.kills * share // 10, 1) for name, share in SHARES.items()}
            found = rounds(Path(place) / "kills", counts, asked.seed)
            lines += kills_told(found, time.monotonic() - start)
            TARGET.write_text("\n".join(lines), encoding="utf-8")
        if asked.inputs:
            start = time.monotonic()
            lines += fuzz_told(fuzz(Path(place) / "fuzz", asked.inputs, asked.seed), time.monotonic() - start)
    TARGET.write_text("\n".join(lines), encoding="utf-8")
    print(f"written: {TARGET}")


if __name__ == "__main__":
    main()
