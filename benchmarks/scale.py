"""Writes docs/scale.md: what a city costs, as measured by benchmarks/money.py, and what larger ones would need by arithmetic.

Run: python benchmarks/scale.py        (after python benchmarks/money.py --only chains --sizes 1e5 1e6 1e7 [1e8])
"""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
KEPT = HERE.parent / "build" / "benchmarks" / "money"
SIZES = (10**5, 10**6, 10**7, 10**8, 10**9, 10**10)
#: Bytes of the index a payment: two directions of account (4), time, amount and row (8 each), and what building holds besides.
INDEX_BYTES, BUILD_BYTES = 56, 24
STEPS = {
    "read": "read four columns (DuckDB)",
    "build": "build the money index",
    "pass_through": "pass-through chains, index at hand",
    "case": "open a case (20 accounts, 2 hops)",
}


def fitted(points: dict[int, float]) -> float:
    """``b`` of ``seconds = a * payments ** b`` through the points, least squares on logarithms; 1 through one point."""
    if len(points) < 2:
        return 1.0
    return float(np.polyfit(np.log(list(points)), np.log(list(points.values())), 1)[0])


def said(seconds: float) -> str:
    """Seconds as a person says them."""
    if seconds < 120:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7_200 else f"{seconds / 3_600:.1f} h"


def table(runs: dict[str, Any]) -> list[str]:
    """Each step at each size: measured where it ran, computed elsewhere."""
    lines = ["| step | payments | time | measured or computed | fitted growth |", "| --- | --- | --- | --- | --- |"]
    for step, title in STEPS.items():
        measured = {
            int(size): statistics.median(run[step]["seconds"] for run in found)
            for size, found in runs.items()
            if size.isdigit()
        }
        b = fitted({size: seconds for size, seconds in measured.items() if size >= 10**6} or measured)
        # A case costs what it reaches, which no exponent of the city's size says.
        growth = f"payments^{b:.2f}" if step != "case" else "with what it reaches"
        for size in SIZES:
            if size in measured:
                lines.append(f"| {title} | {size:,} | {said(measured[size])} | measured | {growth} |")
            elif step != "case":
                # Never computed as growing more slowly than the payments: a fit over two points may flatter.
                last = max(measured)
                seconds = measured[last] * (size / last) ** max(b, 1.0)
                lines.append(f"| {title} | {size:,} | {said(seconds)} | computed | {growth} |")
    return lines


def memory() -> list[str]:
    """What the index takes, by arithmetic from its columns."""
    lines = ["| payments | index on disk | memory to build it | measured or computed |", "| --- | --- | --- | --- |"]
    for size in SIZES:
        disk, ram = size * INDEX_BYTES / 1e9, size * (INDEX_BYTES + BUILD_BYTES) / 1e9
        lines.append(f"| {size:,} | {disk:,.2f} GB | {ram:,.2f} GB | computed |")
    return lines


def main() -> None:
    """Write the page."""
    runs = json.loads((KEPT / "chains.json").read_text("utf-8"))
    page = f"""# What a city costs

Written by `python benchmarks/scale.py` from what `benchmarks/money.py` measured on {runs["on"]} (two cores, two threads; mean load of
the machine then: {runs.get("load", "unknown")}; above 2, other work took part of the time and the seconds are upper bounds).
**Measured** rows ran; **computed** rows are the fit through the measured ones from a million payments on, never below
proportional growth. A computed row is arithmetic, not a promise.

{chr(10).join(table(runs))}

{chr(10).join(memory())}

## What limits it

- **Up to 10^8 payments, one machine.** Reading and sorting dominate, matching does not. The index is mapped, not loaded: a
  question touches the accounts it asks about. Building holds its columns in memory.
- **10^9.** The index no longer fits into the memory of a small machine while it is built: {SIZES[4] * (INDEX_BYTES + BUILD_BYTES) / 1e9:,.0f} GB by the table
  above. Two ways: a machine with that memory, or the payments partitioned by a hash of the middle account, one index a
  partition; a payment then stands in two partitions, and two-hop questions (pass-through, fans, drip) are answered within
  one. The second has not been run.
- **10^10.** Partitions on several machines, and Spark for what is an expression. Neither has been run at this size here.
- **Hubs.** Pairs inside a window grow with the square of an account's payments. Chains at crowded accounts are counted
  with a tree, listing them is refused above a stated number; nothing is cut in silence.
- **Long cycles, traces, clusters by density** run on the extract of a case or on candidates, never on the city: their number, or
  their cost, grows faster than the payments.

## Engines

| part | DuckDB, one machine | Spark | measured or computed |
| --- | --- | --- | --- |
| taking in, checking, who is who | yes | on the driver, with DuckDB | measured (small city) |
| relations, indicators with `engine = "expression"` | yes | the same answers (`tests/workspace/test_spark.py`) | measured (small city) |
| indicators with `engine = "kernel"`, index, tracing, clusters | yes | on the driver, over what Spark computed | not measured |
| any of it on several hosts | — | needs a file system that all hosts see under one path | not run |

The test starts a master and two workers out of the pip package on loopback. Spark is for an office that has a cluster. On one
machine it is slower than DuckDB at every size we have seen: a session and every relation cost seconds before the first
row is read.
"""
    (HERE.parent / "docs" / "scale.md").write_text(page, "utf-8")


if __name__ == "__main__":
    main()
