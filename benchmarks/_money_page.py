"""The page of benchmarks/money.py: each bar with what was measured, and what falls short said as such."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

Part = dict[str, Any]


def page(found: dict[str, Part], machine: str) -> str:
    """Markdown out of what the parts measured."""
    lines = [
        "# Following the money, measured",
        "",
        f"Written by `python benchmarks/money.py`; {machine}. Two threads for everybody. The payments are invented: one year, ten "
        "an account, popularity by a power law (exponent 0.75); nothing here says how good detection is, except the parts on "
        "published patterns. Other work ran on the machine at the same time, so seconds are upper bounds; the two sides of a "
        "ratio ran in turn.",
        "",
    ]
    sections: dict[str, Callable[[Part], list[str]]] = {
        "values": _values,
        "speed": _speed,
        "chains": _chains,
        "families": _families,
        "amlsim": _amlsim,
    }
    for name, section in sections.items():
        if name in found:
            lines += [
                *section(found[name]),
                f"Measured on {found[name]['on']}, load {found[name].get('load', 'unknown')}.",
                "",
            ]
    return "\n".join(lines)


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _met(is_met: bool) -> str:
    return "met" if is_met else "**not met**"


def _values(part: Part) -> list[str]:
    lines = [
        "## The same features, value by value",
        "",
        f"{part['payments']:,} payments whose payers are also often paid (many cycles). The peer gets one payment at a time, so "
        "that neither side looks ahead; moments are of the amount (of the time, which is its default, its own sums lose "
        "their digits). It drops what has left a window only after the next payment of the whole stream: so that windows end "
        "where both say, the peer also gets, before each payment, one of the same second between two accounts that do nothing "
        "else. Equal: within 1e-4 of the larger value, or 1e-6.",
        "",
        _row("family", "values", "equal", "equal where not both are 0", "bar 99.9 %"),
        _row(*["---"] * 5),
    ]
    total = sum(f["values"] for f in part["families"].values())
    same = sum(f["values"] * f["equal"] for f in part["families"].values())
    for name, f in part["families"].items():
        nonzero = f"{f['equal_where_not_both_zero']:.4%}"
        lines.append(_row(name, f"{f['values']:,}", f"{f['equal']:.4%}", nonzero, _met(f["equal"] >= 0.999)))
    lines.append(_row("all", f"{total:,}", f"{same / total:.4%}", "", _met(same / total >= 0.999)))
    lines += ["", "What differs, each recomputed in fractions from the definition:", ""]
    for f in part["families"].values():
        for why, count in sorted(f["classes"].items(), key=lambda item: -item[1]):
            lines.append(f"- {count:,} ({count / f['values']:.3%}): {why}. Example: {f['examples'][why]}.")
    return [*lines, ""]


def _speed(part: Part) -> list[str]:
    lines = [
        "## The same features, how fast",
        "",
        f"From numbers in memory (here: unsorted by account, sorting included; there: the matrix it wants, already made) to a "
        f"closed Parquet file of float32. Peer: snapml {part['runs'][0]['theirs'][0]['version']}, batches of {part['batch']:,} "
        f"(in a batch it sees ahead; batches of one are far slower), {part['limit']} s at most, then payments finished are "
        "compared. Popularity of payers and payees independent. Median of the rounds' ratios.",
        "",
        _row(
            "features",
            "payments",
            "here /s",
            "there /s",
            "there, without writing /s",
            "ratio",
            "bar",
            "",
            "peak here GB",
            "load",
        ),
        _row(*["---"] * 10),
    ]
    for run in part["runs"]:
        ours = [r["done"] / r["seconds"] for r in run["ours"]]
        theirs = [r["done"] / r["seconds"] for r in run["theirs"]]
        bare = [r["done"] / r["computing"] for r in run["theirs"]]
        ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
        bar = 8 if run["what"] == "default" else 4
        peak = max(r["peak_gb"] for r in run["ours"])
        cells = (f"{statistics.median(x):,.0f}" for x in (ours, theirs, bare))
        lines.append(
            _row(
                run["what"],
                f"{run['payments']:,}",
                *cells,
                f"{ratio:.1f}",
                bar,
                _met(ratio >= bar),
                f"{peak:.2f}",
                run["load"],
            )
        )
    return [
        *lines,
        "",
        "Load: processes that wanted the two cores (mean of five minutes): 2 would be this benchmark alone. Above that the "
        "peer's threads, which wait for each other, lose more than ours: take the ratios as an indication until the run is "
        "repeated on a quiet machine. "
        "Peak memory at most 4 GB is asked for.",
        "",
    ]


def _chains(part: Part) -> list[str]:
    lines = [
        "## Pass-through, and opening a case",
        "",
        "Chains A→B→C within 7 days, the second amount 0.5 to 1.0 of the first, out of a Parquet file with ids as text. Reading: "
        "DuckDB sums the four columns. Index: both directions, on disk. Sorted copy: DuckDB's own, by payer and time. A case: "
        "20 accounts drawn at random, two hops, accounts with 1,000 counterparties on a side reached but not passed; index "
        "opened anew. Median of the rounds.",
        "",
        _row(
            "payments",
            "read s",
            "index s",
            "÷ read",
            "sorted copy s",
            "chains s",
            "÷ read",
            "chains",
            "case s",
            "peak GB",
        ),
        _row(*["---"] * 10),
    ]
    verdicts = []
    for n in sorted(int(name) for name in part if name.isdigit()):
        runs = part[str(n)]

        def median(task: str, runs: list[Part] = runs) -> float:
            return statistics.median(run[task]["seconds"] for run in runs)

        build = statistics.median(run["build"]["seconds"] / run["read"]["seconds"] for run in runs)
        ask = statistics.median(run["pass_through"]["seconds"] / run["read"]["seconds"] for run in runs)
        copy = statistics.median(run["build"]["seconds"] / run["sort"]["seconds"] for run in runs)
        peak = max(run[task]["peak_gb"] for run in runs for task in ("build", "pass_through"))
        last = runs[-1]
        lines.append(
            _row(
                f"{n:,}", f"{median('read'):.2f}", f"{median('build'):.1f}", f"{build:.1f}", f"{median('sort'):.1f}",
                f"{median('pass_through'):.2f}", f"{ask:.2f}", f"{last['pass_through']['chains']:,}",
                f"{median('case'):.2f} ({last['case']['accounts']:,} accounts, {last['case']['payments']:,} payments)", f"{peak:.1f}",
            )
        )  # fmt: skip
        if n == 10**7:
            verdicts += [
                f"- chains within 5 times reading, 10 million: {ask:.2f}, {_met(ask <= 5)}",
                f"- index within 30 times reading, or twice the sorted copy: {build:.1f}; {copy:.2f} of the copy, "
                f"{_met(build <= 30 or copy <= 2)}",
                f"- a case in 2 s: {median('case'):.2f}, {_met(median('case') <= 2)}",
            ]
        if n == 10**8:
            whole = median("build") + median("pass_through")
            verdicts.append(
                f"- 100 million in 3 minutes and 12 GB, index and chains: {whole:.0f} s, {peak:.1f} GB, "
                f"{_met(whole <= 180 and peak <= 12)}"
            )
    if "pandas" in part:
        here = statistics.median(run["pass_through"]["seconds"] for run in part["1000000"])
        with_index = here + statistics.median(run["build"]["seconds"] for run in part["1000000"])
        there, same = (
            part["pandas"]["seconds"],
            part["pandas"]["chains"] == part["1000000"][-1]["pass_through"]["chains"],
        )
        verdicts.append(
            f"- pandas (merge on account and week), one million: {there:.1f} s, {'the same' if same else '**another**'} number "
            f"of chains; {there / here:.0f} times ours once the index exists, {_met(there / here >= 15)}; "
            f"{there / with_index:.1f} times with building it"
        )
    return [*lines, "", *verdicts, ""]


def _families(part: Part) -> list[str]:
    names = [name for name, score in part["f1"].items() if score is not None]
    seen = {(a, b): k for a, b, k in part["matrix"]}
    given = [*names, *sorted({b for _, b, _ in part["matrix"]} - set(names))]
    lines = [
        "## Families of published patterns",
        "",
        f"AMLworld HI-Small, every pattern of at least three payments: macro-F1 {part['macro_f1']:.3f} (bar 0.92, "
        f"{_met(part['macro_f1'] >= 0.92)}). {part['small']} patterns of one or two payments: {part['guessed']} named, all others "
        "“too small to name”.",
        "",
        _row("published ↓ / here →", *given, "F1"),
        _row(*["---"] * (len(given) + 2)),
    ]
    lines += [_row(a, *(seen.get((a, b), 0) for b in given), f"{part['f1'][a]:.3f}") for a in names]
    return [*lines, ""]


def _amlsim(part: Part) -> list[str]:
    return [
        "## Planted fan-ins and alert groups",
        "",
        f"AMLSim, {part['planted']} fan-ins among 20,000 accounts: the search names {part['named']} of at most {part['planted']}; "
        f"{part['right']} are right (the hub is marked, and at least half of its payers): precision "
        f"{part['right'] / max(1, part['named']):.1%}, recall {part['right'] / part['planted']:.1%}. A planted fan whose amounts look "
        "like everybody's is not told from chance, and is not named.",
        "",
        f"AMLSim, alert groups among {part['payments']:,} payments as clusters: adjusted Rand index {part['rand_all']:.3f} over all "
        f"payments, {part['rand_alerted']:.3f} over the {part['alerted']} alerted ones; {part['in_clusters']} payments lie in "
        "clusters. One parameter was chosen after a look at the fan-ins: fans of at least 2 (3 named 101 of them).",
        "",
    ]
