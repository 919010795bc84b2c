"""A thousand cases in one workspace: every report, the index, and what is left in memory, handles and temporary files.

Run: python -m benchmarks.load             (writes benchmarks/load.md; about half an hour)
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import tempfile
import time
from datetime import date
from pathlib import Path

from benchmarks.batch import build

from caselens.core import progress
from caselens.operations import write_reports

_MB = 1e6


class Watch:
    """Looks at this process and the folders whenever another report is done."""

    def __init__(self, out: Path) -> None:
        self.out, self.start = out, time.perf_counter()
        self.seen: list[tuple[int, float, float, int, int]] = []

    def step(self, task: str, done: int, total: int | None) -> None:
        """One row every twentieth part: reports, seconds, memory now (MB), handles, temporary files beside the reports."""
        if task == "report" and total and (done == 1 or done % max(1, total // 20) == 0):
            pages = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
            handles = sum(1 for _ in Path("/proc/self/fd").iterdir())
            left = sum(path.name.startswith(".") for path in self.out.rglob("*") if path.is_dir())
            self.seen.append((done, time.perf_counter() - self.start, pages / _MB, handles, left))


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1_000)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        begin = time.perf_counter()
        desk = build(place, given.cases)
        desk.screen()
        built = time.perf_counter() - begin
        out = place / "reports"
        watch = Watch(out)
        with progress.listening(watch):
            written = write_reports(desk, out, languages=("zh",), jobs=given.jobs)
        seconds = time.perf_counter() - watch.start
        failed = sum(not item.outcome.ok for item in written)
        peaks = [json.loads(path.read_text("utf-8"))["run"]["peak_bytes"] for path in out.rglob("manifest.json")]
        begin = time.perf_counter()
        one = write_reports(desk, out, case_ids=[written[0].case_id], languages=("zh",))
        again = time.perf_counter() - begin
        index = (out / "index.html").stat().st_size
        hidden = [path for path in out.rglob(".*") if path.is_dir()]
    middle, last = watch.seen[len(watch.seen) // 2], watch.seen[-1]
    lines = [
        f"# {given.cases:,} cases in one workspace",
        "",
        f"Written by `python -m benchmarks.load` on {date.today()}; {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}; load of the machine at the end {os.getloadavg()[0]:.1f}.",
        "",
        f"Invented cases of nine parties and sixty payments each. Taken in and screened in {built:.0f} s; "
        f"{len(written):,} reports in {seconds:.0f} s, {given.jobs} at once, {seconds / len(written):.2f} s each; "
        f"{failed} failed. The largest process of a report filled {max(peaks) / _MB:,.0f} MB. The index that leads to all "
        f"is {index / _MB:.2f} MB. One report written again, the index included: {again:.1f} s "
        f"({'done' if one[0].outcome.ok else 'failed'}).",
        "",
        "| reports done | seconds | memory of the batch MB | open handles | unfinished folders |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {done:,} | {spent:.0f} | {memory:,.0f} | {handles} | {left} |"
            for done, spent, memory, handles, left in watch.seen
        ),
        "",
        f"From the middle to the end: memory {last[2] - middle[2]:+,.0f} MB, handles {last[3] - middle[3]:+d}. Unfinished "
        f"folders at most as many as reports at once; afterwards {len(hidden)}.",
        "",
    ]
    Path(__file__).with_suffix(".md").write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
