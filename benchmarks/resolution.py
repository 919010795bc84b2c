"""Who is who against labelled data, Splink's own published settings and a plain string baseline, in one run.

    python benchmarks/resolution.py [--rows 1000000]

writes benchmarks/resolution.md. The data of others are read where CASELENS_SHARED_DATA (else ../shared/data) has them and
are never copied; verdicts on their accounts are kept in resolution_accounts.csv under a hash of the account number. The
million is invented; ours and plain Splink run in processes of their own, so that each peak of memory is its own.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import resource
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))
import _resolution_data as data
import _resolution_peers as peers

RESULT = Path(__file__).with_suffix(".md")
VERDICTS = Path(__file__).with_name("resolution_accounts.csv")


def shared() -> Path:
    """Where the data of others lie."""
    return Path(os.environ.get("CASELENS_SHARED_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")


def ours(
    frame: pd.DataFrame, kind: str = "person", join: float = 0.9
) -> tuple[pd.Series, float, Any, duckdb.DuckDBPyConnection]:
    """Our entity of each row, in the order of the rows; seconds; the result and its engine."""
    from caselens.entities.resolve import resolve

    con = duckdb.connect()
    con.execute("SET threads = 2")
    con.register("src", frame.drop(columns="cluster", errors="ignore").assign(arrival=range(len(frame))))
    started = time.perf_counter()
    found = resolve(con, "SELECT * FROM src", kind, join=join)
    seconds = time.perf_counter() - started
    members = con.sql(f"SELECT member_id, entity_id FROM {found.members}").df().set_index("member_id")["entity_id"]
    key = "person_id" if kind == "person" else "org_id"
    return frame[key].map(members), seconds, found, con


def pairwise(found: pd.Series, truth: pd.Series) -> tuple[float, float, float]:
    """Precision, recall and F1 over all pairs of rows that are put together."""

    def pairs(*labels: np.ndarray) -> int:
        sizes = (
            pd.DataFrame({str(i): label for i, label in enumerate(labels)})
            .groupby([str(i) for i in range(len(labels))])
            .size()
        )
        return int((sizes * (sizes - 1) // 2).sum())

    right, given, true = pairs(found.to_numpy(), truth.to_numpy()), pairs(found.to_numpy()), pairs(truth.to_numpy())
    precision, recall = right / given if given else 1.0, right / true
    return precision, recall, 2 * precision * recall / (precision + recall) if right else 0.0


def labelled(folder: Path) -> list[str]:
    """The section on labelled data."""
    lines = [
        "| data | method | precision | recall | F1 | seconds |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    sets = {"fake_1000": (data.fake_1000(folder), peers.fake_1000), "febrl3": (data.febrl3(folder), peers.febrl3)}
    for name, (frame, published) in sets.items():
        for join, label in ((0.9, "Caselens, as shipped (joins from 0.9)"), (0.5, "Caselens, joining from 0.5")):
            found, seconds, _, _ = ours(frame, join=join)
            lines.append(row(name, label, *pairwise(found, frame["cluster"]), seconds))
        for threshold, clusters, took in published(folder):
            truth = frame.set_index("person_id")["cluster"].reindex(clusters.index)
            label = f"Splink's published settings, clusters from {threshold}"
            lines.append(row(name, label, *pairwise(clusters, truth), took))
        for cut, clusters, took in peers.rapidfuzz_baseline(frame):
            lines.append(row(name, f"rapidfuzz token_sort_ratio ≥ {cut}", *pairwise(clusters, frame["cluster"]), took))
    return lines


def row(name: str, label: str, precision: float, recall: float, f1: float, seconds: float) -> str:
    """A row of the table."""
    return f"| {name} | {label} | {precision:.4f} | {recall:.4f} | {f1:.4f} | {seconds:.1f} |"


def executives(folder: Path) -> list[str]:
    """What name, name and age, name and age and gender would join; and what is joined."""
    frame = data.executives(folder).drop_duplicates(["name", "gender", "age", "code"])
    people = frame.assign(person_id=[f"x{at}" for at in range(len(frame))])

    def pairs(*columns: str) -> int:
        sizes = frame.groupby(list(columns)).size()
        return int((sizes * (sizes - 1) // 2).sum())

    kinds = frame.groupby("name")[["gender", "age"]].nunique().max(axis=1)
    conflicting = set(kinds.index[kinds > 1])
    shown = people[["person_id", "name", "gender", "age"]]
    found, seconds, result, _ = ours(shown)
    together = people.assign(entity=found).groupby("entity")
    wrong = sum(1 for _, group in together if len(group) > 1 and set(group["name"]) & conflicting)
    return [
        f"{len(frame):,} posts, {frame['name'].nunique():,} names. Pairs that would be joined by the name alone: "
        f"{pairs('name'):,}; by name and age: {pairs('name', 'age'):,}; by name, age and gender: {pairs('name', 'age', 'gender'):,}.",
        "",
        f"Joined by Caselens: {result.rows - result.entities:,} ({seconds:.1f} s). The file has nothing beside name, gender and age, "
        "neither of which proves identity: a shared name alone never merges. "
        f"Of the {len(conflicting):,} names with conflicting gender or age, {wrong} were merged.",
    ]


def accounts(folder: Path) -> list[str]:
    """The accounts that carry several names, with the hand-labelled verdict and what was done."""
    frame = data.account_names(folder)
    found, seconds, _, _ = ours(frame, "organization")
    verdicts = pd.read_csv(VERDICTS).set_index("account_sha256_prefix")["verdict"]
    groups = frame.assign(entity=found).groupby("key")
    lines = ["| account (hash) | names | by hand | merged |", "| --- | --- | --- | --- |"]
    tally: dict[tuple[str, bool], int] = {}
    for key, group in groups:
        if group["name"].nunique() < 2:
            continue
        verdict, merged = str(verdicts.get(key, "not labelled")), group["entity"].nunique() < len(group)
        tally[verdict, merged] = tally.get((verdict, merged), 0) + 1
        lines.append(f"| {key} | {group['name'].nunique()} | {verdict} | {'yes' if merged else 'no'} |")
    good, bad = tally.get(("variant", True), 0), tally.get(("different", True), 0)
    variants = good + tally.get(("variant", False), 0)
    unsure = tally.get(("unsure", True), 0)
    summary = (
        f"{sum(tally.values())} accounts with several names among {len(frame):,} names on accounts ({seconds:.1f} s). Of {variants} spelling "
        f"variants {good} were merged (recall {good / variants:.2f}); of the merged ones that are not unsure {good} of {good + bad} are variants "
        f"(precision {good / (good + bad):.2f}); clearly different and merged: {bad}; unsure and merged: {unsure}. The names themselves are "
        "not repeated here: they are real parties'. A shared account is evidence of a link, not of identity: it joins only together "
        "with the name."
    )
    return [summary, "", *lines]


def child(what: str, rows: int) -> None:
    """One measurement of the million in this process, as JSON."""
    con = duckdb.connect()
    con.execute("SET threads = 2")
    con.execute("SET memory_limit = '4GB'")
    data.million(con, rows)
    started = time.perf_counter()
    if what == "ours":
        from caselens.entities.resolve import resolve

        found = resolve(con, "SELECT * FROM people", "person")
        seconds = time.perf_counter() - started
        query = f"SELECT member_id, entity_id FROM {found.members}"
    else:
        query, seconds = peers.plain_million(con)
    pairs, right = con.sql(
        f"WITH m AS ({query}) SELECT count(*), count(*) FILTER (substr(entity_id, 2) = substr(member_id, 2)) FROM m "
        "WHERE member_id <> entity_id"
    ).fetchall()[0]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    true = int(con.sql("SELECT count(*) FROM people WHERE person_id[1] = 'D'").fetchall()[0][0])
    print(json.dumps({"seconds": seconds, "peak_gb": peak, "joined": pairs, "right": right, "true": true}))


def million(rows: int) -> list[str]:
    """The section on speed."""
    lines = [
        "| | seconds | peak GB | rows joined | of them right | of the true ones |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    seconds: dict[str, float] = {}
    names = {
        "ours": "Caselens: names taken apart, scored, joined under constraints, explained",
        "plain": "plain Splink, same comparisons and blocking, usual training",
    }
    for what, label in names.items():
        command = [sys.executable, __file__, "--child", what, "--rows", str(rows)]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip().splitlines()[-1]
        got = json.loads(told)
        seconds[what] = got["seconds"]
        lines.append(
            f"| {label} | {got['seconds']:.1f} | {got['peak_gb']:.2f} | {got['joined']:,} | {got['right'] / max(1, got['joined']):.4f} "
            f"| {got['right'] / got['true']:.4f} |"
        )
    return [*lines, "", f"Ratio of times: {seconds['ours'] / seconds['plain']:.2f}."]


def main() -> None:
    """Run everything and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--child", choices=("ours", "plain"))
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    if given.child:
        child(given.child, given.rows)
        return
    folder = shared()
    absent = ["Not run: the data of others are not on this machine (CASELENS_SHARED_DATA)."]
    has = (folder / "resolution").is_dir() and (folder / "laundromat").is_dir()
    text = "\n".join(
        [
            "# Who is who",
            "",
            f"Written by benchmarks/resolution.py on {date.today()}; Python {platform.python_version()}, DuckDB {duckdb.__version__}, 2 threads.",
            "",
            "## Labelled data",
            "",
            *(labelled(folder) if has else absent),
            "",
            "Pairwise over clusters. Caselens takes both sets through the columns of `persons` (one name, one address) and the policy of "
            "an investigation: a partial name with a birthday and an address is what twins share, and is left to a person.",
            "",
            "## Chinese namesakes: executives of listed companies",
            "",
            *(executives(folder) if has else absent),
            "",
            "## Accounts with several names: the laundromat",
            "",
            *(accounts(folder) if has else absent),
            "",
            f"## {given.rows:,} invented persons",
            "",
            *million(given.rows),
            "",
        ]
    )
    RESULT.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
