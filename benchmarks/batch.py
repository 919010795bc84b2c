"""Reports of many small cases: one batch, against papermill and nbconvert called one after the other for each case.

Run: python benchmarks/batch.py            (writes benchmarks/batch.md; at most 15 minutes)

The peer is what an office would write without this package's batch: a shell loop over the two command lines
`papermill` and `jupyter nbconvert`. The same loop with two cases at a time, and a Python loop over papermill's and
nbconvert's own functions in one process (each notebook with a kernel of its own), stand beside it. All run the same
notebook on the same workspace; a run that takes longer than its share of time is broken off and told by the number of
cases that were done.
"""

from __future__ import annotations

import argparse
import os
import platform
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from caselens.api import Desk, new_workspace
from caselens.operations import write_reports
from caselens.operations.batch import REPORT_NOTEBOOK, notebooks_folder

CASES, PERSONS, FIRMS, PAYMENTS = 50, 6, 3, 60


def build(folder: Path, cases: int) -> Desk:
    """A workspace of small cases: an official, his kin, three firms, sixty payments and one fee passed on in each."""
    rng = np.random.default_rng(7)
    files = folder / "files"
    files.mkdir(parents=True)
    numbers = range(cases)
    persons = [f"P{n:03d}-{k}" for n in numbers for k in range(PERSONS)]
    firms = [f"F{n:03d}-{k}" for n in numbers for k in range(FIRMS)]

    def write(table: str, /, **columns: object) -> None:
        pd.DataFrame(columns).to_csv(files / f"{table}.csv", index=False)

    def each(pattern: str) -> list[str]:
        return [pattern.format(n) for n in numbers]

    official, brother = each("P{:03d}-0"), each("P{:03d}-1")
    write("persons", person_id=persons, name=[f"人员{p}" for p in persons])
    write("organizations", org_id=firms, name=[f"企业{f}" for f in firms], kind="private")
    write("accounts", account_id=[f"A{p}" for p in (*persons, *firms)], holder_id=[*persons, *firms])
    write("appointments", person_id=official, org_id=each("F{:03d}-0"), post="科长", start_date="2015-01-01")
    write("kinships", person_id=official, relative_id=brother, relation="sibling")
    write(
        "financings",
        financing_id=each("L{}"),
        kind="loan",
        borrower_id=each("F{:03d}-1"),
        lender_id=each("F{:03d}-0"),
        principal=1e8,
        annual_rate=0.05,
        start_date="2020-01-01",
        handler_id=official,
    )
    rows = []
    for n in numbers:
        rows += [(f"F{n:03d}-1", f"F{n:03d}-2", "2020-02-01", 2_500_000.0)]
        rows += [(f"F{n:03d}-2", f"P{n:03d}-1", "2020-02-05", 1_780_000.0)]
        own = [f"P{n:03d}-{k}" for k in range(PERSONS)] + [f"F{n:03d}-{k}" for k in range(FIRMS)]
        for _ in range(PAYMENTS):
            payer, payee = rng.choice(own, 2, replace=False)
            day = pd.Timestamp("2019-01-01") + pd.Timedelta(days=int(rng.integers(0, 1500)))
            rows.append((payer, payee, f"{day:%Y-%m-%d}", round(float(rng.lognormal(7, 1.2)) + 0.01, 2)))
    payers, payees, days, amounts = zip(*rows, strict=True)
    write(
        "payments",
        payment_id=[f"T{n:05d}" for n in range(len(rows))],
        paid_at=days,
        payer_account=[f"A{p}" for p in payers],
        payee_account=[f"A{p}" for p in payees],
        amount=amounts,
    )
    write("cases", case_id=each("C{:03d}"), title=each("案件{}"), opened_on="2023-01-01", status="open")
    write("case_subjects", case_id=each("C{:03d}"), entity_id=official, role="subject")
    desk = new_workspace(folder / "workspace", "benchmark")
    if desk.intake(files).failed:
        raise SystemExit("the benchmark's own files were not taken in")
    desk.screen()
    return desk


def ours(desk: Desk, out: Path, jobs: int) -> float:
    """Seconds for all cases by the batch, with manifests and index."""
    start = time.perf_counter()
    written = write_reports(desk, out, languages=("zh",), jobs=jobs)
    seconds = time.perf_counter() - start
    if failed := [item.outcome.reason for item in written if not item.outcome.ok]:
        raise SystemExit(f"{len(failed)} reports failed: {failed[0]}")
    return seconds


def shell_loop(desk: Desk, cases: Iterable[str], out: Path, limit: float, at_once: int) -> tuple[float, int]:
    """Seconds and number of cases done by the two command lines, in a loop of the shell."""
    out.mkdir()
    notebook = shlex.quote(str(notebooks_folder() / REPORT_NOTEBOOK))
    workspace = shlex.quote(str(desk.workspace.folder.root))
    one = (
        f"papermill --no-progress-bar -k python3 -p workspace {workspace} -p case_id $1 -p language zh "
        f"{notebook} $1.ipynb 2>> log && jupyter nbconvert --to html --no-input --log-level ERROR $1.ipynb 2>> log"
    )
    script = f"for each in {' '.join(cases)}; do echo $each; done | xargs -P {at_once} -n 1 sh -c '{one}' _"
    if at_once == 1:
        script = f"one() {{ {one}; }}; for each in {' '.join(cases)}; do one $each; done"
    binaries = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    start = time.perf_counter()
    # A group of its own: when the time is up, kernels end too.
    process = subprocess.Popen(
        ["/bin/sh", "-c", script],
        cwd=out,
        env={**os.environ, "PATH": binaries, "CASELENS_PAGE": "1"},
        start_new_session=True,
    )
    try:
        process.wait(limit)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.wait()
    seconds = time.perf_counter() - start
    done = len(list(out.glob("*.html")))
    if not done and process.returncode != -9:
        raise SystemExit(f"the peer made no page: {(out / 'log').read_text()[-2000:]}")
    return seconds, done


def python_loop(desk: Desk, cases: Iterable[str], out: Path, limit: float) -> tuple[float, int]:
    """Seconds and number of cases done by papermill's and nbconvert's functions in this process."""
    import papermill
    from nbconvert.exporters import HTMLExporter

    out.mkdir()
    start, done = time.perf_counter(), 0
    for case_id in cases:
        executed = papermill.execute_notebook(
            str(notebooks_folder() / REPORT_NOTEBOOK),
            str(out / f"{case_id}.ipynb"),
            {"workspace": str(desk.workspace.folder.root), "case_id": case_id, "language": "zh"},
            kernel_name="python3",
            language="python",
            progress_bar=False,
            cwd=str(out),
        )
        html, _ = HTMLExporter(exclude_input=True).from_notebook_node(executed)
        (out / f"{case_id}.html").write_text(html, "utf-8")
        done += 1
        if time.perf_counter() - start > limit:
            break
    return time.perf_counter() - start, done


def main() -> None:
    """Measure and write the Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument(
        "--seconds", type=float, default=420, help="longest time for the shell loop; half for the others"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        desk = build(place, arguments.cases)
        names = [f"C{n:03d}" for n in range(arguments.cases)]
        seconds = ours(desk, place / "ours", arguments.jobs)
        each = seconds / len(names)
        rows = [("`caselens report W --all --jobs 2`", arguments.jobs, len(names), seconds, each)]
        limit = arguments.seconds
        peers: list[tuple[str, int, Callable[[], tuple[float, int]]]] = [
            ("`papermill`, then `jupyter nbconvert`, in a shell loop", 1,
             lambda: shell_loop(desk, names, place / "shell", limit, 1)),
            ("the same, two cases at a time (`xargs -P 2`)", 2,
             lambda: shell_loop(desk, names, place / "two", limit / 4, 2)),
            ("papermill's and nbconvert's functions, in a loop of one process", 1,
             lambda: python_loop(desk, names, place / "loop", limit / 4)),
        ]  # fmt: skip
        for name, at_once, run in peers:
            spent, done = run()
            rows.append((name, at_once, done, spent, spent / done if done else float("nan")))
    lines = [
        f"# Reports of {arguments.cases} small cases",
        "",
        f"Written by `python benchmarks/batch.py` on {date.today()}; {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, papermill {version('papermill')}, nbconvert {version('nbconvert')}, "
        f"ipykernel {version('ipykernel')}; load of the machine at the end {os.getloadavg()[0]:.1f}.",
        "",
        "| what | at once | cases done | seconds | seconds a case | times as long as ours |",
        "| --- | --- | --- | --- | --- | --- |",
        *(
            f"| {name} | {at_once} | {done} | {spent:.1f} | {one:.2f} | {one / each:.1f} |"
            for name, at_once, done, spent, one in rows
        ),
        "",
        "Bar: the shell loop takes at least 4 times as long as ours. Ours starts cold, and its time includes the hashes "
        "of all tables, the manifests, the evidence workbooks and the index, which the others do not make. A loop that "
        "was broken off is told by the cases that it had done; what it had begun counts against it.",
        "",
    ]
    Path(__file__).with_suffix(".md").write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
