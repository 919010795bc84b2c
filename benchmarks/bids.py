"""Bids: screens, model and rings measured on real and generated tenders. Writes ``bids.md`` beside itself.

Run ``python benchmarks/bids.py`` (about 12 minutes, 2 cores) or ``--quick`` (2 splits of the smallest market, a tenth
of the generated bids; prints and writes nothing). The real markets are found in ``CASELENS_SHARED_DATA``, else in
``../shared/data`` beside the repository; without them the report says so.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from sklearn.model_selection import GroupKFold, GroupShuffleSplit

from caselens.bids import CollusionModel, screens
from caselens.bids._calibration import consistency_band

HERE = Path(__file__).resolve().parent
SHARED = Path(os.environ.get("CASELENS_SHARED_DATA", HERE.parent.parent / "shared" / "data"))
BASELINE = ["Bid_value", "Winner", "Number_bids", "CV", "SPD", "DIFFP", "RD", "KURT", "SKEW", "KSTEST"]
EXACT = {"cv": ("CV", 2), "spd": ("SPD", 2), "kurt": ("KURT", 4), "skew": ("SKEW", 3), "ks": ("KSTEST", 2)}
DRAWS = 1000
ABOUT_MODEL = f"""\
Model of the tables below: `CollusionModel(trees=200)` on tender, bidder, price and winner; no dates, no estimates.
Splits and baseline are those of the data's README (`GroupShuffleSplit(10, test_size=0.2, random_state=0)` by tender;
ExtraTrees of 300 trees on the shipped columns, cut at 0.5). Forests are chosen and calibrated by grouped
cross-validation inside each training part. Differences are paired; 95 % intervals from {DRAWS} bootstrap draws of
tenders. The baseline reads no bidder ids: where bidders recur (Brazil, Italy, Japan) their records are most of the
gain; in Ticino none recur, and the gain comes from merging joint bids. All labels of these files are equal within a
tender. Ours is cut at the share of collusive bids in the training part, the baseline at 0.5; the cut is part of the
gain in balanced accuracy, and none of that in AUC."""


@dataclass(frozen=True)
class Market:
    """One real market: bids as the library takes them, labels, and the columns the baseline takes."""

    name: str
    bids: pd.DataFrame
    label: np.ndarray
    baseline: pd.DataFrame
    shipped: pd.DataFrame


@dataclass
class Split:
    """Predictions on the test bids of one split."""

    test: np.ndarray
    ours: np.ndarray
    flagged: np.ndarray
    base: np.ndarray
    abstained: float
    cut: float
    forests: str


@dataclass
class Report:
    """Lines of the report; what is added is printed too."""

    lines: list[str] = field(default_factory=list)

    def add(self, *lines: str) -> None:
        """Add paragraphs or rows."""
        for line in lines:
            print(line, flush=True)
            self.lines.append(line)

    def table(self, frame: pd.DataFrame) -> None:
        """Add a frame as a table."""
        rows = [list(map(str, frame.columns)), ["---"] * len(frame.columns)]
        rows += [[str(value) for value in row] for row in frame.itertuples(index=False)]
        self.add(*("| " + " | ".join(row) + " |" for row in rows), "")


def markets() -> Iterator[Market]:
    """The real markets, smallest first. Bidders without an id each count as one that is never seen again."""
    paths = sorted((SHARED / "collusion").glob("DB_Collusion_*_processed.csv"), key=lambda path: path.stat().st_size)
    for path in paths:
        raw = pd.read_csv(path).replace([np.inf, -np.inf], np.nan)
        bidder = raw["Competitors"] if "Competitors" in raw else [f"row {i}" for i in range(len(raw))]
        bids = pd.DataFrame({"tender_id": raw["Tender"], "bidder_id": bidder, "price": raw["Bid_value"]})
        bids["is_winner"] = raw["Winner"].fillna(0) > 0
        name = path.stem.removeprefix("DB_Collusion_").removesuffix("_processed").replace("Switzerland_", "")
        label = raw["Collusive_competitor"].to_numpy(np.int64)
        yield Market(name, bids, label, raw[BASELINE].fillna(0), raw)


def shipped_screens(report: Report, all_markets: list[Market]) -> None:
    """Our screens against the columns shipped with the markets."""
    rows = []
    for market in all_markets:
        ours = screens(market.bids, subgroups=False).set_index("tender_id")
        theirs = market.shipped.groupby("Tender").first()
        row: dict[str, object] = {"market": market.name, "tenders": len(ours)}
        for name, (column, least) in EXACT.items():
            eligible = (ours["n_bids"] >= least) & ours[name].notna()
            gap = (ours[name] - theirs[column]).abs()[eligible]
            row[column] = f"{(gap < 0.0011).sum()} of {eligible.sum()} (max {gap.max():.5f})"
        for name, column in (("diffp", "DIFFP"), ("rd", "RD")):
            eligible = ours[name].notna()
            wrong = ((ours[name] - theirs[column]).abs() > 0.0011)[eligible]
            below = (theirs[column] < 0).sum()
            row[f"{column} shipped wrong"] = f"{wrong.sum()} of {eligible.sum()}; {below} below 0"
        rows.append(row)
    report.add("## Screens against the shipped columns", "")
    report.add("Tenders on which the recomputed screen agrees to 0.0011 with the shipped one.", "")
    report.table(pd.DataFrame(rows))
    report.add(
        "The shipped RD divides by the deviation of all bids but the *highest*, which is why it differs nearly",
        "everywhere; an RD below 0 cannot be, since no bid lies below the lowest. Both are recomputed, never read.",
        "",
    )


def million_bids(report: Report, tenders: int) -> None:
    """Time of all screens with subgroups over generated bids."""
    rng = np.random.default_rng(0)
    n = rng.poisson(8, tenders) + 2
    tender = np.repeat(np.arange(tenders), n)
    price = rng.lognormal(13, 1, tenders)[tender] * rng.lognormal(0, 0.08, len(tender))
    bids = pd.DataFrame({"tender_id": tender.astype(str), "bidder_id": rng.integers(0, 5000, len(tender)).astype(str)})
    bids["price"] = np.round(price, 2)
    screens(bids.head(200))
    start = time.perf_counter()
    result = screens(bids)
    seconds = time.perf_counter() - start
    groups = int(result["sub3_evaluated"].sum() + result["sub4_evaluated"].sum())
    report.add("## Speed", "")
    report.add(
        f"{len(bids):,} bids in {tenders:,} tenders (2 to {n.max()} bids), {result.shape[1]} columns, {groups:,}"
        f" subgroups: **{seconds:.1f} s** after compilation (allowed for a million: 60 s).",
        "",
    )


def splits_of(market: Market, splits: int, trees: int) -> list[Split]:
    """Our model and the baseline on the same grouped splits."""
    out = []
    splitter = GroupShuffleSplit(10, test_size=0.2, random_state=0)
    for train, test in list(splitter.split(market.bids, groups=market.bids["tender_id"]))[:splits]:
        model = CollusionModel(trees=trees).fit(market.bids.iloc[train], market.label[train])
        asked = market.bids.iloc[test]
        forest = ExtraTreesClassifier(300, n_jobs=1, random_state=0)
        forest.fit(market.baseline.iloc[train], market.label[train])
        base = forest.predict_proba(market.baseline.iloc[test])[:, 1]
        abstained = float(model.abstains(asked).mean())
        score = model.predict_proba(asked)[:, 1]
        forests = "+".join(model.choice_)
        out.append(Split(test, score, model.predict(asked), base, abstained, model.cut_, forests))
    return out


Measure = Callable[[np.ndarray, Split, np.ndarray], tuple[float, float]]


def auc(label: np.ndarray, split: Split, weight: np.ndarray) -> tuple[float, float]:
    """Area under the curve of ours and of the baseline. Abstained rows count, with their widened probability."""
    return (
        float(roc_auc_score(label, split.ours, sample_weight=weight)),
        float(roc_auc_score(label, split.base, sample_weight=weight)),
    )


def balanced(label: np.ndarray, split: Split, weight: np.ndarray) -> tuple[float, float]:
    """Balanced accuracy of ``predict`` and of the baseline cut at 0.5. Abstained rows count."""
    return (
        float(balanced_accuracy_score(label, split.flagged, sample_weight=weight)),
        float(balanced_accuracy_score(label, split.base > 0.5, sample_weight=weight)),
    )


def bootstrap(market: Market, splits: list[Split], measure: Measure, *, by_tender: bool, draws: int) -> np.ndarray:
    """Draws of (ours, baseline), each the mean over the splits, tenders drawn with replacement; row 0 is as observed.

    ``by_tender``: every tender weighs the same, else every bid.
    """
    codes, unique = pd.factorize(market.bids["tender_id"])
    size = np.bincount(codes)
    rng = np.random.default_rng(0)
    out = []
    for draw in range(draws + 1):
        drawn = np.ones(len(unique))
        if draw > 0:
            drawn = np.bincount(rng.integers(0, len(unique), len(unique)), minlength=len(unique)).astype(float)
        weight = (drawn / size if by_tender else drawn)[codes]
        found = []
        for split in splits:
            label, one = market.label[split.test], weight[split.test]
            if one[label == 1].sum() > 0 and one[label == 0].sum() > 0:
                found.append(measure(label, split, one))
        out.append(np.mean(found, axis=0))
    return np.array(out)


def compared(report: Report, results: dict[str, tuple[Market, list[Split]]], draws: int) -> None:
    """Tables of both measures, with bids and with tenders as the unit."""
    for by_tender in (False, True):
        report.add(f"## {'Tender' if by_tender else 'Bid'} level", "")
        rows = []
        for name, (market, splits) in results.items():
            for title, measure in (("balanced accuracy", balanced), ("AUC", auc)):
                drawn = bootstrap(market, splits, measure, by_tender=by_tender, draws=draws)
                difference = drawn[1:, 0] - drawn[1:, 1]
                low, high = np.quantile(difference, [0.025, 0.975])
                own = np.quantile(drawn[1:, 0], [0.025, 0.975])
                verdict = "better" if low > 0 else "not worse" if low > -0.01 else "not shown"
                ours = f"{drawn[0, 0]:.3f} [{own[0]:.3f}, {own[1]:.3f}]"
                gap = f"{drawn[0, 0] - drawn[0, 1]:+.3f} [{low:+.3f}, {high:+.3f}]"
                rows.append([name, title, f"{drawn[0, 1]:.3f}", ours, gap, verdict])
        columns = ["market", "measure", "ExtraTrees baseline", "ours [95 %]", "difference [95 %]", "verdict"]
        report.table(pd.DataFrame(rows, columns=columns))


def calibration(report: Report, all_markets: list[Market], trees: int) -> None:
    """Pooled out-of-fold predictions in ten equal-mass bins against the consistency band."""
    report.add("## Calibration", "")
    report.add(
        "Five folds grouped by tender, pooled per market, 10 bins of equal mass; the band is what a perfectly",
        "calibrated forecast gives in 95 % of draws, tenders drawn as wholes (bids of a tender share their label). With ten bins",
        "a perfect forecast misses one bin in four reports out of ten.",
        "",
    )
    rows = []
    for market in all_markets:
        score = np.full(len(market.label), np.nan)
        tender = market.bids["tender_id"].to_numpy()
        for train, test in GroupKFold(5, shuffle=True, random_state=0).split(market.bids, groups=tender):
            model = CollusionModel(trees=trees).fit(market.bids.iloc[train], market.label[train])
            score[test] = model.predict_proba(market.bids.iloc[test])[:, 1]
        first = ~pd.Series(tender).duplicated().to_numpy()
        for level, rows_used in (("bid", np.ones(len(score), bool)), ("tender", first)):
            band = consistency_band(score[rows_used], market.label[rows_used], tender[rows_used])
            outside = band[~band["is_inside"]]
            told = "; ".join(
                f"predicted {row.predicted:.2f}, observed {row.observed:.2f}, band {row.low:.2f}-{row.high:.2f}"
                for row in outside.itertuples()
            )
            error = float((band["predicted"] - band["observed"]).abs().mean())
            rows.append([market.name, level, f"{band['is_inside'].sum()} of 10", f"{error:.3f}", told or "-"])
    report.table(pd.DataFrame(rows, columns=["market", "unit", "bins inside", "mean gap", "bins outside"]))


def other_markets(report: Report, results: dict[str, tuple[Market, list[Split]]], trees: int) -> None:
    """Trained on all markets but one and asked about that one; nobody tells the model that it is another market."""
    report.add("## Leave one market out", "")
    rows = []
    every = [market for market, _ in results.values()]
    for held, splits in results.values():
        rest = [market for market in every if market is not held]
        bids = pd.concat(
            [
                one.bids.assign(
                    tender_id=one.name + one.bids["tender_id"].astype(str),
                    bidder_id=one.name + one.bids["bidder_id"].astype(str),
                )
                for one in rest
            ],
            ignore_index=True,
        )
        asked = held.bids.assign(
            tender_id=held.name + held.bids["tender_id"].astype(str),
            bidder_id=held.name + held.bids["bidder_id"].astype(str),
        )
        model = CollusionModel(trees=trees).fit(bids, np.concatenate([one.label for one in rest]))
        probability = model.predict_proba(asked)[:, 1]
        single = [model.abstains(group).iloc[0] for _, group in list(asked.groupby("tender_id"))[:40]]
        inside_auc = np.mean([roc_auc_score(held.label[one.test], one.ours) for one in splits])
        inside = np.mean([balanced_accuracy_score(held.label[one.test], one.flagged) for one in splits])
        outside_auc = roc_auc_score(held.label, probability)
        outside = balanced_accuracy_score(held.label, model.predict(asked))
        rows.append(
            [
                held.name,
                f"{inside:.3f} → {outside:.3f} ({outside - inside:+.3f})",
                f"{inside_auc:.3f} → {outside_auc:.3f} ({outside_auc - inside_auc:+.3f})",
                f"{model.abstains(asked).mean():.0%}",
                f"{np.mean(single):.0%}",
                f"{probability.min():.2f}-{probability.max():.2f}",
            ]
        )
    columns = ["market left out", "balanced accuracy, in → out", "AUC, in → out", "bids abstained on"]
    report.table(pd.DataFrame(rows, columns=[*columns, "abstained when asked one by one", "probabilities"]))
    report.add(
        "The drop is what happens to whoever reads a model of one market in another. The model abstains there, says",
        "why per row (`reasons`), and draws its probabilities into 0.4 to 0.6.",
        "",
    )


def in_market(report: Report, results: dict[str, tuple[Market, list[Split]]]) -> None:
    """How often the model abstains where it should not, its cut, and which forests were kept."""
    rows = []
    for name, (_, splits) in results.items():
        kept = pd.Series([one.forests for one in splits]).value_counts()
        abstained, cut = np.mean([one.abstained for one in splits]), np.mean([one.cut for one in splits])
        forests = ", ".join(f"{forests} ({count} splits)" for forests, count in kept.items())
        rows.append([name, f"{abstained:.1%}", f"{cut:.3f}", forests])
    report.table(pd.DataFrame(rows, columns=["market", "bids abstained on in market", "mean cut", "forests kept"]))


def header(report: Report) -> None:
    """Date, machine, versions."""
    names = ("caselens", "numpy", "pandas", "numba", "scikit-learn", "scipy")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    report.add("# Bids: screens, model, rings", "")
    report.add(
        f"Written by `benchmarks/bids.py` on {datetime.datetime.now(tz=datetime.UTC):%Y-%m-%d}; Python"
        f" {platform.python_version()}, {versions}; {os.cpu_count()} cores, {platform.machine()}.",
        "",
    )


def main() -> None:
    """Measure and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="2 splits of the smallest market, writes nothing")
    quick = parser.parse_args().quick
    start = time.perf_counter()
    report = Report()
    header(report)
    million_bids(report, 10_000 if quick else 100_000)
    found = list(markets())
    if not found:
        report.add(f"The real markets are absent ({SHARED.name}/collusion): nothing else could be measured.")
    else:
        shipped_screens(report, found)
        trees = 50 if quick else 200
        used = found[:1] if quick else found
        results = {market.name: (market, splits_of(market, 2 if quick else 10, trees)) for market in used}
        report.add(ABOUT_MODEL, "")
        compared(report, results, 50 if quick else DRAWS)
        in_market(report, results)
        calibration(report, used, trees)
        if not quick:
            other_markets(report, results, trees)
    report.add(f"Whole run: {(time.perf_counter() - start) / 60:.1f} minutes.")
    if not quick:
        (HERE / "bids.md").write_text("\n".join(report.lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
