"""What the whole catalogue finds in invented cities, and what it finds where nothing was planted.

Run: python benchmarks/catalogue.py [--seeds 10] [--first 1] [--only SLUG ...] [--print]

writes benchmarks/catalogue.md (``--print`` shows it instead). For each seed one city with schemes and decoys and one
without are generated, taken in and screened, each in a process of its own. A planted story counts as found where a
finding of its indicator accuses two of its parties (one where it has one), or one of them about one of its objects. A
decoy fired is counted in the same way. Precision at the number planted: of the findings of an indicator, as many of the
highest score as it has planted schemes in that city, the share that are about a planted scheme of any indicator (one
scheme may rightly be seen by several).
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import kstest

from caselens.findings.evidence import locate
from caselens.findings.screen import screen
from caselens.indicators import INDICATORS
from caselens.indicators._declare import UNACCUSED
from caselens.sample import build
from caselens.workspace import Workspace

RESULT = Path(__file__).with_suffix(".md")
SCHEMES = ("easy", "hard")
#: Alternating cities: with schemes, without.
PLANTED, EMPTY = "planted", "empty"


@dataclass
class City:
    """What one city gave."""

    seed: int
    kind: str
    seconds: float
    parties: int
    #: (slug, kind of story, found) of every story.
    stories: list[tuple[str, str, bool]] = field(default_factory=list)
    #: slug -> for its foremost findings whether each is about a planted scheme.
    foremost: dict[str, list[bool]] = field(default_factory=dict)
    findings: dict[str, int] = field(default_factory=dict)
    leads: int = 0
    evidence: int = 0
    located: int = 0
    p_values: dict[str, list[float]] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)


def _accused(finding: dict[str, Any]) -> set[str]:
    return {item["id"] for item in finding["subjects"] if item["role"] not in UNACCUSED}


def _about(finding: dict[str, Any], story: dict[str, Any]) -> bool:
    whole = {item["id"] for item in story["subjects"]}
    core = {item["id"] for item in story["subjects"] if item["role"] not in UNACCUSED} or whole
    things = {(item["table"], item["id"]) for item in story["objects"]}
    mine = _accused(finding)
    shared = {(item["table"], item["id"]) for item in finding["objects"]} & things
    return len(core & mine) >= min(2, len(core)) or bool(shared and (core & mine or not mine))


def measure(seed: int, kind: str, only: tuple[str, ...]) -> City:
    """Generate, take in and screen one city."""
    from caselens.findings import leads_table
    from caselens.findings.evaluate import evaluate

    with tempfile.TemporaryDirectory() as temporary:
        files, root = Path(temporary) / "city", Path(temporary) / "workspace"
        build(files, seed=seed, plant=kind == PLANTED)
        workspace = Workspace.create(root)
        workspace.intake(files)
        begun = time.perf_counter()
        result = screen(workspace, only)
        city = City(seed, kind, time.perf_counter() - begun, _parties(workspace))
        findings = result.findings.to_dict("records")
        city.findings = result.findings["indicator"].value_counts().to_dict()
        city.leads = len(leads_table(result.findings))
        city.rejected = dict(zip(result.families["indicator"], result.families["rejected"], strict=True))
        rows = [(item["table"], item["key"]) for finding in findings for item in finding["evidence"]]
        places = locate(workspace, rows, {})
        city.evidence, city.located = len(places), int(places["source_file"].notna().sum())
        if kind == PLANTED:
            _compare(city, findings, json.loads((files / "truth.json").read_text("utf-8"))["plants"], only)
        else:
            for name in only or INDICATORS:
                assessed = evaluate(INDICATORS[name], workspace).assessed
                if "p_value" in assessed.columns:
                    city.p_values[name] = assessed["p_value"].dropna().astype("float64").tolist()
    return city


def _parties(workspace: Workspace) -> int:
    return sum(int(workspace.table(name).count().execute()) for name in ("persons", "organizations"))


def _compare(city: City, findings: list[dict[str, Any]], stories: list[dict[str, Any]], only: tuple[str, ...]) -> None:
    by_slug: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for finding in findings:
        by_slug[finding["indicator"]].append(finding)
    schemes = [story for story in stories if story["kind"] in SCHEMES]
    for story in stories:
        slug = story["slug"]
        if not only or slug in only:
            found = any(_about(finding, story) for finding in by_slug.get(slug, []))
            city.stories.append((slug, story["kind"], found))
    for slug, mine in by_slug.items():
        planted = sum(story["slug"] == slug for story in schemes)
        ranked = sorted(mine, key=lambda item: (-item["score"], item["finding_id"]))[:planted]
        city.foremost[slug] = [any(_about(finding, story) for story in schemes) for finding in ranked]


def report(cities: list[City], arguments: argparse.Namespace) -> str:
    """The page."""
    planted = [city for city in cities if city.kind == PLANTED]
    empty = [city for city in cities if city.kind == EMPTY]
    stories = pd.DataFrame([story for city in planted for story in city.stories], columns=["slug", "kind", "found"])
    rates = stories.groupby("kind")["found"].agg(["sum", "count"])
    foremost = [hit for city in planted for hits in city.foremost.values() for hit in hits]
    evidence, located = sum(c.evidence for c in cities), sum(c.located for c in cities)
    leads, parties = sum(c.leads for c in empty), sum(c.parties for c in empty)
    lines = [
        "# The catalogue on invented cities",
        "",
        f"Written by `python benchmarks/catalogue.py --seeds {arguments.seeds}` on {date.today()}; {platform.machine()}, "
        f"Python {platform.python_version()}, caselens {version('caselens')}, DuckDB {version('duckdb')}; "
        f"{len(planted)} cities with schemes, {len(empty)} without, {len(INDICATORS)} indicators; screening took "
        f"{np.median([c.seconds for c in cities]):.0f} s a city (median).",
        "",
        "The schemes are those of the sample generator, which shares its definitions with the indicators' authors: these "
        "figures say that the two agree, not how an unknown city would fare.",
        "",
        "| measure | value | bar |",
        "| --- | ---: | ---: |",
        *(
            f"| recall, {kind} schemes, pooled | {_rate(rates, kind)} | ≥ {bar} |"
            for kind, bar in zip(SCHEMES, ("0.95", "0.80"), strict=True)
        ),
        f"| decoys fired | {_rate(rates, 'decoy')} | ≤ 0.10 |",
        f"| precision at the number planted | {np.mean(foremost) if foremost else 0:.3f} of {len(foremost)} | ≥ 0.85 |",
        f"| evidence rows that resolve to file and row | {located} of {evidence} | all |",
        f"| leads a 100 parties where nothing is planted | {100 * leads / parties if parties else 0:.2f} | ≤ 1 |",
        "",
        "## Each indicator",
        "",
        "| indicator | easy | hard | decoys fired | precise | findings a city | a city without schemes |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for slug in sorted(set(stories["slug"])):
        mine = stories[stories["slug"] == slug]
        cells = [
            f"{int(mine.loc[mine['kind'] == kind, 'found'].sum())} of {(mine['kind'] == kind).sum()}"
            for kind in (*SCHEMES, "decoy")
        ]
        hits = [hit for city in planted for hit in city.foremost.get(slug, [])]
        precise = f"{sum(hits)} of {len(hits)}"
        here = np.mean([city.findings.get(slug, 0) for city in planted])
        there = np.mean([city.findings.get(slug, 0) for city in empty]) if empty else float("nan")
        lines.append(f"| `{slug}` | {' | '.join(cells)} | {precise} | {here:.1f} | {there:.1f} |")
    lines += ["", "## Where nothing is planted: p-values and false discoveries", ""]
    lines += ["| indicator | hypotheses | KS p (two-sided) | KS p (too many small) | share ≤ 0.05 | runs that reject |"]
    lines += ["| --- | ---: | ---: | ---: | ---: | ---: |"]
    for slug in sorted({name for city in empty for name in city.p_values}):
        values = np.array([p for city in empty for p in city.p_values.get(slug, [])])
        rejecting = sum(city.rejected.get(slug, 0) > 0 for city in empty)
        if len(values):
            both, small = kstest(values, "uniform").pvalue, kstest(values, "uniform", alternative="greater").pvalue
            share = float((values <= 0.05).mean())
            lines.append(
                f"| `{slug}` | {len(values):,} | {both:.3g} | {small:.3g} | {share:.3f} | {rejecting} of {len(empty)} |"
            )
    return "\n".join(lines) + "\n"


def _rate(rates: pd.DataFrame, kind: str) -> str:
    if kind not in rates.index:
        return "none planted"
    found, count = int(rates.loc[kind, "sum"]), int(rates.loc[kind, "count"])
    return f"{found / count:.3f} ({found} of {count})"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--print", action="store_true")
    arguments = parser.parse_args()
    jobs = [
        (seed, kind) for seed in range(arguments.first, arguments.first + arguments.seeds) for kind in (PLANTED, EMPTY)
    ]
    with ProcessPoolExecutor(2, max_tasks_per_child=1) as pool:
        asked = [pool.submit(measure, seed, kind, tuple(arguments.only)) for seed, kind in jobs]
        page = report([job.result() for job in asked], arguments)
    if arguments.print:
        print(page)
    else:
        RESULT.write_text(page, "utf-8")


if __name__ == "__main__":
    main()
