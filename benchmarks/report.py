"""How long a case of 3,000 parties takes to render, and its page to be ready to read in headless Chromium.

Run: python benchmarks/report.py           (writes benchmarks/report.md)

"Ready" means: the text of the leads can be read and the first figure (the network) has been drawn.
"""

from __future__ import annotations

import argparse
import platform
import tempfile
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from playwright.sync_api import sync_playwright

from caselens.api import Desk, new_workspace
from caselens.operations import write_reports

PERSONS, FIRMS, PAYMENTS = 2_400, 600, 20_000
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def build(folder: Path) -> Desk:
    """A workspace without cases, so that its 3,000 parties are one case; one official, one fee passed on."""
    rng = np.random.default_rng(7)
    persons = [f"P{i:04d}" for i in range(PERSONS)]
    firms = [f"F{i:04d}" for i in range(FIRMS)]
    parties = np.array(persons + firms)
    files = folder / "files"
    files.mkdir(parents=True)

    def write(table: str, /, **columns: object) -> None:
        pd.DataFrame(columns).to_csv(files / f"{table}.csv", index=False)

    write("persons", person_id=persons, name=[f"人员{i}" for i in range(PERSONS)])
    write("organizations", org_id=firms, name=[f"企业{i}" for i in range(FIRMS)], kind="private")
    write("accounts", account_id=[f"A{p}" for p in parties], holder_id=parties)
    write("ownerships", org_id=firms, holder_id=rng.choice(persons, FIRMS), share=0.6)
    write("appointments", person_id=["P0000"], org_id=["F0000"], post=["科长"], start_date=["2015-01-01"])
    write("kinships", person_id=["P0000"], relative_id=["P0001"], relation=["sibling"])
    write(
        "financings",
        financing_id=["L1"],
        kind=["loan"],
        borrower_id=["F0001"],
        lender_id=["F0002"],
        principal=[1e8],
        annual_rate=[0.05],
        start_date=["2020-01-01"],
        handler_id=["P0000"],
    )
    payer, payee = rng.choice(parties, PAYMENTS), rng.choice(parties, PAYMENTS)
    days = pd.Timestamp("2019-01-01") + pd.to_timedelta(rng.integers(0, 1500, PAYMENTS), unit="D")
    amount = np.round(rng.lognormal(7, 1.2, PAYMENTS) + 0.01, 2)
    payer[:2], payee[:2] = ["F0001", "F0003"], ["F0003", "P0001"]
    days = days.to_numpy().copy()
    days[:2] = np.array(["2020-02-01", "2020-02-05"], dtype=days.dtype)
    amount[:2] = [2_500_000, 1_780_000]
    write(
        "payments",
        payment_id=[f"T{i:05d}" for i in range(PAYMENTS)],
        paid_at=pd.Series(days).dt.strftime("%Y-%m-%d"),
        payer_account=[f"A{p}" for p in payer],
        payee_account=[f"A{p}" for p in payee],
        amount=amount,
    )
    desk = new_workspace(folder / "workspace", "benchmark")
    desk.intake(files)
    desk.screen()
    return desk


def ready(page_file: Path, runs: int) -> list[float]:
    """Seconds from opening the file to text readable and network drawn, a fresh browser page each time."""
    seconds = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        for _ in range(runs):
            page = browser.new_page(viewport={"width": 1280, "height": 1000})
            start = time.perf_counter()
            page.goto(page_file.resolve().as_uri(), wait_until="commit")
            page.wait_for_selector("h2", state="visible")
            page.wait_for_selector("canvas, .js-plotly-plot .main-svg", state="attached")
            page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
            seconds.append(time.perf_counter() - start)
            page.close()
        browser.close()
    return seconds


def main() -> None:
    """Measure and write the Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        desk = build(Path(temporary))
        parties = len(desk.case("all").parties)
        rendered = []
        for turn in range(arguments.runs):
            start = time.perf_counter()
            written = write_reports(desk, Path(temporary) / f"out{turn}", languages=("zh",), jobs=1)
            rendered.append(time.perf_counter() - start)
            if not written[0].outcome.ok:
                raise SystemExit(written[0].outcome.reason)
        page = written[0].outcome.page
        opened = ready(page, arguments.runs)
        size = page.stat().st_size
    lines = [
        "# A case of 3,000 parties",
        "",
        f"Written by `python benchmarks/report.py` on {date.today()}; {platform.machine()}, Python "
        f"{platform.python_version()}, plotly {version('plotly')}, pyvis {version('pyvis')}, "
        f"papermill {version('papermill')}; {arguments.runs} runs, median (all).",
        "",
        "| what | seconds | bar |",
        "| --- | --- | --- |",
        f"| render: one notebook run in its own process, {parties:,} parties, {PAYMENTS:,} payments | "
        f"{np.median(rendered):.1f} ({', '.join(f'{s:.1f}' for s in rendered)}) | 20 |",
        f"| page ready to read in headless Chromium ({size / 1e6:.1f} MB) | "
        f"{np.median(opened):.2f} ({', '.join(f'{s:.2f}' for s in opened)}) | 3 |",
        "",
        "Ready: headings visible, and the first figure (the network's canvas) drawn.",
        "",
    ]
    Path(__file__).with_suffix(".md").write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
