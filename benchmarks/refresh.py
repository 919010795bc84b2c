"""New payments of three parties into a city: refreshed, against a workspace made anew; and 200 refreshes in one process.

    python benchmarks/refresh.py [--payments 300000] [--new 10000] [--runs 200] [--city FOLDER] [--keep FOLDER]

writes benchmarks/refresh.md. Every measurement runs in a process of its own, so that its peak of memory is its own.
``--city`` takes a city that ``caselens sample`` wrote before (its number of payments is counted), ``--keep`` a folder
for the workspaces, which are used again where they are there: at ten million payments they cost the most.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULT = Path(__file__).with_suffix(".md")
KEPT = RESULT.parent.parent / "build" / "benchmarks" / "refresh.json"
#: Compared of each finding, beside its evidence.
SAME = ("finding_id", "indicator", "kind", "severity", "score", "amount", "p_value", "q_value", "summary_zh")


def write_new(city: Path, into: Path, count: int) -> None:
    """``count`` payments of three parties who had an account already: to and from accounts of the city, in its last year."""
    import duckdb

    into.mkdir(parents=True, exist_ok=True)
    payments = f"read_parquet('{city / 'payments.parquet'}')"
    con = duckdb.connect()
    # Neither the busiest accounts nor the idlest: the 40th, 50th and 60th percentile of those with ten payments or more.
    busy = con.execute(
        f"SELECT payer_account FROM {payments} GROUP BY 1 HAVING count(*) >= 10 ORDER BY count(*), 1"
    ).fetchall()
    three = [busy[len(busy) * part // 10][0] for part in (4, 5, 6)]
    con.execute(
        f"COPY (WITH other AS (SELECT DISTINCT payee_account AS account, row_number() OVER (ORDER BY hash(payee_account)) "
        f"AS place FROM (SELECT DISTINCT payee_account FROM {payments}) ORDER BY place LIMIT 997), "
        f"span AS (SELECT max(paid_at) - INTERVAL 360 DAY AS since FROM {payments}), "
        f"made AS (SELECT i, list_value('{three[0]}', '{three[1]}', '{three[2]}')[1 + i % 3] AS mine, "
        f"(SELECT account FROM other WHERE place = 1 + i * 31 % 997) AS theirs FROM range({count}) r(i)) "
        f"SELECT 'new' || lpad(i::VARCHAR, 8, '0') AS payment_id, "
        f"(SELECT since FROM span) + INTERVAL 1 MINUTE * (i * 7919 % 500000) AS paid_at, "
        f"CASE WHEN i % 2 = 0 THEN mine ELSE theirs END AS payer_account, "
        f"CASE WHEN i % 2 = 0 THEN theirs ELSE mine END AS payee_account, "
        f"((i * 104729 % 9000000) / 100 + 1)::DECIMAL(18, 2) AS amount "
        f"FROM made WHERE theirs IS NOT NULL AND mine <> theirs) TO '{into / 'payments.parquet'}' (FORMAT parquet)"
    )


def answers(workspace: Any) -> list[Any]:
    """Findings with their evidence and people's statuses, and what was assessed, in plain values and a fixed order."""
    from caselens.findings.screen import screening

    found = screening(workspace)
    rows = []
    for row in found.findings.sort_values("finding_id").to_dict("records"):
        values = [None if row[name] != row[name] else row[name] for name in SAME]
        status = "" if row["status"] in ("new", "open") else row["status"]
        evidence = sorted((item["table"], item["key"], item["role"]) for item in row["evidence"])
        rows.append([*map(str, values), status, evidence])
    assessed = found.assessments[["indicator", "subject_id", "state", "reason"]].fillna("").astype(str)
    return [rows, sorted(map(list, assessed.itertuples(index=False, name=None)))]


def refreshed(root: Path, folder: Path) -> dict[str, Any]:
    """Refresh with what is in ``folder``."""
    from caselens.api import open_workspace
    from caselens.operations.refresh import refresh

    desk = open_workspace(root)
    done = refresh(desk, folder)
    told = {"counts": done.counts, "asked": len(done.asked), "number": done.number, "failed": done.failed}
    return told | {"rows": sum(part.accepted for t in done.intakes for e in t.entries for part in e.tables)}


def anew(root: Path, *folders: Path) -> dict[str, Any]:
    """A workspace made anew with the files of ``folders``, screened."""
    from caselens.workspace import Workspace

    begin = time.perf_counter()
    workspace = Workspace.create(root)
    for folder in folders:
        workspace.intake(folder)
    taken = time.perf_counter() - begin
    count = len(answers(workspace)[0])
    return {"intake": taken, "findings": count}


def compared(one: Path, other: Path) -> dict[str, Any]:
    """Whether two workspaces give the same answers."""
    from caselens.workspace import Workspace

    a, b = (answers(Workspace.open(path)) for path in (one, other))
    return {
        "findings": len(a[0]),
        "assessments": len(a[1]),
        "different": sum(x not in b[0] for x in a[0]) + sum(x not in a[0] for x in b[0]),
        "assessed_differently": len(set(map(tuple, a[1])) ^ set(map(tuple, b[1]))),
    }


def repeated(root: Path, files: Path, runs: int) -> dict[str, Any]:
    """``runs`` refreshes in this process, every fiftieth with a new file: what is left of each."""
    import psutil

    from caselens.operations.schedule import run_once

    me, seen = psutil.Process(), []
    for turn in range(runs):
        if turn % 50 == 25:
            more = files / f"more{turn:04d}"
            more.mkdir()
            head = "payment_id,paid_at,payer_account,payee_account,amount\n"
            (more / "payments.csv").write_text(f"{head}more{turn},2016-06-12,aX,aH,{turn + 1}\n", "utf-8")
        if not (ran := run_once(root)).ok:
            raise SystemExit(ran.error)
        left = sum(p.name.endswith(".tmp") or p.name.startswith((".intake-", ".refresh")) for p in root.rglob("*"))
        temporary = sum(1 for _ in Path(tempfile.gettempdir()).iterdir())
        seen.append((me.memory_info().rss, me.num_fds(), me.num_threads(), left, temporary))
    return {"seen": seen}


def small_city(files: Path) -> None:
    """A handful of rows: what is measured is what refreshes leave behind, not what they compute."""
    tables = {
        "persons": "person_id,name\nO,王某\nK,王小\nX,路人\n",
        "organizations": "org_id,name,kind\nU,云江区财政局,government\nM,恒信金服有限公司,private\nH,云江供电公司,state_owned\n",
        "appointments": "person_id,org_id,post,start_date\nO,U,副局长,2014-01-01\n",
        "kinships": "person_id,relative_id,relation\nO,K,sibling\n",
        "accounts": "account_id,holder_id\naM,M\naK,K\naO,O\naX,X\naH,H\n",
        "payments": "payment_id,paid_at,payer_account,payee_account,amount\np2,2016-06-05,aM,aK,1000000\n"
        "p3,2016-06-11,aM,aK,780000\np4,2016-06-12,aO,aH,86.5\n",
    }
    files.mkdir(parents=True)
    for name, text in tables.items():
        (files / f"{name}.csv").write_text(text, "utf-8")


def apart(what: str, *given: str | Path) -> dict[str, Any]:
    """Run one of the measurements in a process of its own; its seconds of wall and of CPU, and its peak of memory, in GB."""
    command = [sys.executable, __file__, "--measure", what, *map(str, given)]
    begin = time.perf_counter()
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    if found.returncode:
        raise SystemExit(found.stderr)
    return json.loads(found.stdout.splitlines()[-1]) | {"wall": time.perf_counter() - begin}


def measure(what: str, given: list[str]) -> None:
    """In the process of its own."""
    warnings.simplefilter("ignore")
    begin = time.perf_counter()
    paths = [Path(text) for text in given]
    if what == "anew":
        told = anew(*paths)
    elif what == "refreshed":
        told = refreshed(*paths)
    elif what == "compared":
        told = compared(*paths)
    else:
        told = repeated(paths[0], paths[1], int(given[2]))
    used = resource.getrusage(resource.RUSAGE_SELF)
    inside = time.perf_counter() - begin
    told |= {"seconds": inside, "cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss * 1024 / 1e9}
    sys.stdout.write(json.dumps(told) + "\n")


def page(found: dict[str, Any]) -> str:
    """The report."""
    speed, runs = found["speed"], found["repeated"]["seen"]
    versions = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "ibis-framework", "numba", "numpy", "pandas"))
    late, middle = runs[-1], runs[len(runs) // 2]
    lines = [
        "# Refresh, measured",
        "",
        f"Written by `python benchmarks/refresh.py` on {found['on']}; {platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, {versions}. Load of the machine (one minute) at the end: {found['load']:.1f}; above "
        f"{os.cpu_count()}, other work took part of the time and the seconds are upper bounds.",
        "",
        "## New payments of three parties",
        "",
        "A generated city (`caselens sample`), its workspace refreshed; then a file with new payments of three parties, to and "
        "from 997 accounts of the city, within its last year. Anew: a workspace that takes in the city and the new file, and "
        "screens. The same: findings (ids, evidence, scores, p- and q-values, sentences, people's statuses) and everything that "
        "was assessed.",
        "",
        "| payments | new | refresh s | CPU s | peak GB | questions asked again | anew s | peak GB | findings | different | assessed differently |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        *(
            f"| {row['payments']:,} | {row['refresh']['rows']:,} | {row['refresh']['seconds']:.1f} | "
            f"{row['refresh']['cpu']:.1f} | {row['refresh']['peak']:.2f} | {row['refresh']['asked']} | "
            f"{row['anew']['seconds']:.1f} | {row['anew']['peak']:.2f} | {row['same']['findings']} of "
            f"{row['same']['assessments']:,} assessed | {row['same']['different']} | {row['same']['assessed_differently']} |"
            for row in speed.values()
        ),
        "",
        "Bar: 10,000 new payments in a city of ten million in 60 s, the same findings. "
        + (
            "Not run at ten million yet."
            if "10000000" not in speed
            else ("Met." if speed["10000000"]["refresh"]["seconds"] <= 60 else "Missed.")
        ),
        "",
        "## Refreshes in one process",
        "",
        f"{len(runs)} refreshes of a small workspace, as `caselens schedule` runs them, every fiftieth with a new file.",
        "",
        "| after run | memory MB | open handles | threads | temporary files in the workspace | entries in the system's temporary folder |",
        "| --- | --- | --- | --- | --- | --- |",
        *(
            f"| {at + 1} | {runs[at][0] / 1e6:,.0f} | {runs[at][1]} | {runs[at][2]} | {runs[at][3]} | {runs[at][4]} |"
            for at in sorted({0, len(runs) // 10, len(runs) // 4, len(runs) // 2, 3 * len(runs) // 4, len(runs) - 1})
        ),
        "",
        f"From the middle run to the last: memory {(late[0] - middle[0]) / 1e6:+,.0f} MB, handles {late[1] - middle[1]:+d}, "
        f"temporary files {late[3] - middle[3]:+d}. Entries in the system's folder are those of all programs of the machine.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--payments", type=float, default=300_000)
    parser.add_argument("--new", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--city", type=Path)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--measure", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure[0], options.measure[1:])
        return
    known = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {"speed": {}, "repeated": {"seen": []}}
    with tempfile.TemporaryDirectory(prefix="caselens-refresh-") as temporary:
        place = options.keep or Path(temporary)
        place.mkdir(parents=True, exist_ok=True)
        if options.payments:
            city, count = options.city or place / "city", int(options.payments)
            if not city.exists():
                from caselens.sample import build

                build(city, seed=3, people=max(2000, count // 50), payments=count, format="parquet")
            write_new(city, place / "new", options.new)
            if not (place / "before").exists():
                apart("anew", place / "before", city)
                apart("refreshed", place / "before", city)
            for name in ("refreshed", "anew"):
                shutil.rmtree(place / name, ignore_errors=True)
            shutil.copytree(place / "before", place / "refreshed")
            row = {"payments": count, "refresh": apart("refreshed", place / "refreshed", place / "new")}
            row["anew"] = apart("anew", place / "anew", city, place / "new")
            row["same"] = apart("compared", place / "refreshed", place / "anew")
            known["speed"][str(count)] = row
        if options.runs:
            files = Path(temporary) / "small" / "files"
            small_city(files)
            apart("anew", files.parent / "w", files)
            known["repeated"] = apart("repeated", files.parent / "w", files, str(options.runs))
    known |= {"on": date.today().isoformat(), "load": os.getloadavg()[0]}
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    KEPT.write_text(json.dumps(known), "utf-8")
    RESULT.write_text(page(known), "utf-8")
    sys.stdout.write(f"{RESULT}\n")


if __name__ == "__main__":
    main()
