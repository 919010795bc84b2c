"""Following the money against its peers: features of payments, pass-through, opening a case, published patterns.

Run: python benchmarks/money.py [--peer-python PYTHON] [--only PART ...] [--sizes N ...]        (writes benchmarks/money.md)

``--peer-python``: a Python with snapml (the extra ``bench``); default: this one. Parts can be run one by one; what a part
measured is kept under build/ and the page is written from all that is there. Ratios are taken inside one run, the two
sides in turn.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from _money_city import city, write_city
from _money_page import page
from _money_values import compare
from sklearn.metrics import adjusted_rand_score

from caselens.flows import MoneyIndex, cluster, recognise
from caselens.flows.fans import uniform_fans

HERE = Path(__file__).resolve().parent
KEPT = HERE.parent / "build" / "benchmarks" / "money"
SHARED = Path(os.environ.get("CASELENS_SHARED_DATA") or HERE.parent.parent / "shared" / "data")
FAMILIES = ("vertex_stats", "fan", "degree", "scatter-gather", "temp-cycle")
NAMES = ("fan-in", "fan-out", "gather-scatter", "scatter-gather", "cycle", "bipartite", "stack", "random")
BATCH = 2_048


@dataclass(frozen=True)
class Bench:
    """Where files lie, which Python runs the peer, what is measured, how often and how long."""

    folder: Path
    peer: str
    sizes: list[int]
    features: list[str]
    rounds: int
    limit: int

    def job(self, script: str, **job: Any) -> dict[str, Any]:
        """Run a job in a process of its own."""
        python = self.peer if script == "_money_peer" else sys.executable
        done = subprocess.run(
            [python, str(HERE / f"{script}.py"), json.dumps(job)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"{script} {job}: {done.stderr[-2000:]}")
        return json.loads(done.stdout.strip().splitlines()[-1])

    def edges(self, n: int, *, alike: bool) -> Path:
        """Payments as numbers."""
        path = self.folder / f"edges_{n}_{alike}.npy"
        if not path.exists():
            np.save(path, np.array(city(n, alike=alike), np.int64))
        return path

    def file(self, n: int) -> Path:
        """Payments as a Parquet file."""
        path = self.folder / f"city_{n}.parquet"
        if not path.exists():
            write_city(path, n, alike=True)
        return path


def part_values(bench: Bench) -> dict[str, Any]:
    """Every family value by value on 10^5 payments; the peer in batches of one, which see nothing ahead."""
    n = 100_000
    path = bench.edges(n, alike=True)
    edges, found = np.load(path), {}
    for what in FAMILIES:
        ours, theirs = bench.folder / "ours.npy", bench.folder / "peers.npy"
        names = bench.job("_money_jobs", task="values", what=what, edges=str(path), out=str(ours))["names"]
        bench.job("_money_peer", task="values", what=what, edges=str(path), out=str(theirs))
        found[what] = compare(edges, np.load(ours), np.load(theirs), names)
    return {"payments": n, "families": found}


def part_speed(bench: Bench) -> dict[str, Any]:
    """Payments a second, in turn: here, there, here, there. Each comparison is kept as soon as it is done."""
    kept = KEPT / "speed.json"
    known = json.loads(kept.read_text("utf-8"))["runs"] if kept.exists() else []
    runs = {(run["what"], run["payments"]): run for run in known}
    for what in bench.features:
        for n in bench.sizes:
            path, out = str(bench.edges(n, alike=False)), str(bench.folder / "features.parquet")
            common = {"task": "speed", "what": what, "edges": path, "out": out, "limit": bench.limit}
            ours, theirs = [], []
            for _ in range(bench.rounds):
                ours.append(bench.job("_money_jobs", **common))
                theirs.append(bench.job("_money_peer", **common, batch=BATCH, threads=2))
            load = round(os.getloadavg()[1], 1)
            runs[what, n] = {"what": what, "payments": n, "ours": ours, "theirs": theirs, "load": load}
            found = {"batch": BATCH, "limit": bench.limit, "runs": list(runs.values())}
            kept.write_text(json.dumps(found | {"on": date.today().isoformat()}, indent=1), "utf-8")
    return {"batch": BATCH, "limit": bench.limit, "runs": list(runs.values())}


def part_chains(bench: Bench) -> dict[str, Any]:
    """Pass-through: DuckDB reads, DuckDB sorts, the index is built, chains are counted; pandas on a tenth."""
    found: dict[str, Any] = {}
    for n in bench.sizes:
        common = {"file": str(bench.file(n)), "index": str(bench.folder / f"index_{n}"), "spill": str(bench.folder)}
        common["out"] = str(bench.folder / "sorted.parquet")
        rounds = bench.rounds if n <= 10**7 else 1
        tasks = ("read", "build", "sort", "pass_through", "case")
        runs = [{task: bench.job("_money_jobs", task=task, **common) for task in tasks} for _ in range(rounds)]
        found[str(n)] = runs
        if n == 10**6:
            found["pandas"] = bench.job("_money_jobs", task="pandas_chains", **common)
    return found


def part_families(bench: Bench) -> dict[str, Any]:
    """AMLworld: the family of each published pattern, three payments and more; too small ones are never named."""
    data = json.loads((SHARED / "amlworld" / "patterns_185.json").read_text("utf-8"))["patterns"]
    seen: Counter[tuple[str, str]] = Counter()
    small = guessed = 0
    for pattern in data:
        rows = [
            (f"{t['from_bank']}:{t['from_account']}", f"{t['to_bank']}:{t['to_account']}", t["timestamp"], 1.0)
            for t in pattern["transactions"]
        ]
        label = recognise(pd.DataFrame(rows, columns=["payer_account", "payee_account", "paid_at", "amount"])).label
        if len(rows) < 3:
            small, guessed = small + 1, guessed + (label != "too-small")
        else:
            seen[pattern["pattern_family"].lower(), label] += 1
    scores = {}
    for name in NAMES:
        right = seen[name, name]
        wrong = sum(k for pair, k in seen.items() if name in pair) - right
        scores[name] = 2 * right / (2 * right + wrong) if right + wrong else None
    matrix = [[a, b, k] for (a, b), k in seen.items()]
    known = [score for score in scores.values() if score is not None]
    return {"matrix": matrix, "f1": scores, "macro_f1": statistics.mean(known), "small": small, "guessed": guessed}


def part_amlsim(bench: Bench) -> dict[str, Any]:
    """AMLSim: fan-ins against 20,000 accounts of background, and alert groups found again as clusters."""
    with tarfile.open(SHARED / "amlsim" / "20K_fanin200.tgz") as archive:
        archive.extractall(bench.folder, filter="data")
    folder = bench.folder / "20K_fanin200"
    nodes, paid = pd.read_csv(folder / "nodes.csv"), pd.read_csv(folder / "transactions.csv")
    fraud = set(nodes.loc[nodes["isFraud"] == 1, "nodeid"].astype(str))
    payments = pd.DataFrame(
        {
            "payer_account": paid["sourceNodeId"].astype(str),
            "payee_account": paid["targetNodeId"].astype(str),
            "amount": paid["value"],
            "paid_at": pd.Timestamp("2024-01-01") + pd.to_timedelta(paid["time"], unit="h"),
        }
    )
    index = MoneyIndex.from_frame(payments)
    planted = 200
    found = uniform_fans(index, least=2, min_strength=-np.inf)
    named = found.table.nlargest(planted, "strength")
    right = 0
    for row in named.itertuples():
        payers = set(index.ids(found.of(row.pattern)["payer"].unique()))
        right += str(index.ids([row.account])[0]) in fraud and 2 * len(payers & fraud) >= len(payers)
    rows = pd.read_csv(SHARED / "amlsim" / "transactions_1k.csv")
    alerts = pd.DataFrame(
        {
            "payer_account": rows["orig_acct"].astype(str),
            "payee_account": rows["bene_acct"].astype(str),
            "amount": rows["base_amt"],
            "paid_at": pd.to_datetime(rows["tran_timestamp"]).dt.tz_localize(None),
        }
    )
    clusters = cluster(alerts, check_stability=False)
    alerted = (rows["alert_id"] != -1).to_numpy()
    return {
        "planted": planted,
        "named": len(named),
        "right": int(right),
        "rand_all": adjusted_rand_score(rows["alert_id"], clusters.labels),
        "rand_alerted": adjusted_rand_score(rows["alert_id"][alerted], clusters.labels[alerted]),
        "payments": len(rows),
        "alerted": int(alerted.sum()),
        "in_clusters": int((clusters.labels >= 0).sum()),
    }


PARTS: dict[str, Callable[[Bench], dict[str, Any]]] = {
    "values": part_values,
    "speed": part_speed,
    "chains": part_chains,
    "families": part_families,
    "amlsim": part_amlsim,
}


def main() -> None:
    """Measure what was asked for, keep it, and write the page from everything kept."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--peer-python", default=sys.executable)
    arguments.add_argument("--only", nargs="*", choices=PARTS, default=list(PARTS))
    arguments.add_argument("--sizes", nargs="*", type=float, default=[1e6, 1e7], help="payments; 1e8 takes 12 GB")
    every = ("default", *FAMILIES)
    arguments.add_argument("--features", nargs="*", choices=every, default=list(every), help="families to time")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--limit", type=int, default=120, help="seconds for a run of the peer")
    arguments.add_argument("--folder", type=Path, help="where the large files go; default: a temporary folder")
    given = arguments.parse_args()
    KEPT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        sizes = [int(size) for size in given.sizes]
        bench = Bench(folder, given.peer_python, sizes, given.features, given.rounds, given.limit)
        for name in given.only:
            print(f"{name} …", flush=True)
            result = PARTS[name](bench) | {"on": date.today().isoformat()}
            kept = KEPT / f"{name}.json"
            if name == "chains" and kept.exists():
                result = json.loads(kept.read_text("utf-8")) | result
            result["load"] = round(os.getloadavg()[1], 1)
            kept.write_text(json.dumps(result, indent=1), "utf-8")
    found = {
        name: json.loads((KEPT / f"{name}.json").read_text("utf-8"))
        for name in PARTS
        if (KEPT / f"{name}.json").exists()
    }
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, " + ", ".join(
        f"{name} {version(name)}" for name in ("numba", "numpy", "duckdb", "pyarrow", "pandas")
    )
    (HERE / "money.md").write_text(page(found, machine), "utf-8")


if __name__ == "__main__":
    main()
