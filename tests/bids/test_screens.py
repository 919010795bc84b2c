"""Screens: hand-calculated tenders, a slow obvious reference, what is undefined and why, and real markets."""

from __future__ import annotations

import math
import os
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caselens.bids import screens
from caselens.bids._screens_kernels import MOST_SUBGROUPS, NEEDS, NINE, subgroup_positions
from caselens.bids.screens import LEAST_BIDS
from caselens.core.errors import DataError

SHARED = Path(os.environ.get("CASELENS_SHARED_DATA", Path(__file__).resolve().parents[2].parent / "shared" / "data"))
MARKETS = sorted((SHARED / "collusion").glob("DB_Collusion_*_processed.csv"))


def tender(prices: list[float], tender_id: str = "T", **columns: object) -> pd.DataFrame:
    """Bids of one tender by bidders b0, b1 …"""
    bidders = [f"b{i}" for i in range(len(prices))]
    return pd.DataFrame({"tender_id": tender_id, "bidder_id": bidders, "price": prices, **columns})


def slow_nine(prices: list[float]) -> dict[str, float]:
    """The nine screens as the textbook writes them; NaN where undefined."""
    b = sorted(prices)
    n = len(b)
    out = dict.fromkeys(NINE, math.nan)
    if n < 2:
        return out
    mean = math.fsum(b) / n
    s = math.sqrt(math.fsum((x - mean) ** 2 for x in b) / (n - 1))
    if b[0] == b[-1]:
        return {**out, "cv": 0.0, "spd": 0.0, "diffp": 0.0}
    out |= {"cv": s / mean, "spd": (b[-1] - b[0]) / b[0], "diffp": (b[1] - b[0]) / b[0]}
    scaled = [(x - b[0]) / (b[-1] - b[0]) for x in b]
    out["ks"] = max(max((i + 1) / n - u, u - i / n) for i, u in enumerate(scaled))
    if n >= 3:
        losers = b[1:]
        if losers[0] != losers[-1]:
            out["rd"] = (b[1] - b[0]) / float(np.std(losers, ddof=1))
            out["rdalt"] = (b[1] - b[0]) / float(np.mean(np.diff(losers)))
        out["rdnor"] = (b[1] - b[0]) / float(np.mean(np.diff(b)))
        out["skew"] = n / ((n - 1) * (n - 2)) * math.fsum(((x - mean) / s) ** 3 for x in b)
    if n >= 4:
        fourths = math.fsum(((x - mean) / s) ** 4 for x in b)
        out["kurt"] = n * (n + 1) / ((n - 1) * (n - 2) * (n - 3)) * fourths - 3 * (n - 1) ** 2 / ((n - 2) * (n - 3))
    return out


def test_a_competitive_tender_by_hand():
    # 100, 103, 108, 111, 117: mean 539/5 = 107.8; deviations -7.8, -4.8, 0.2, 3.2, 9.2;
    # squares 60.84 + 23.04 + 0.04 + 10.24 + 84.64 = 178.8; s = sqrt(178.8/4) = 6.68581; cv = 0.0620205.
    # losers 103, 108, 111, 117: mean 109.75; squares 45.5625 + 3.0625 + 1.5625 + 52.5625 = 102.75; s = sqrt(34.25);
    # rd = 3 / 5.852350 = 0.512615; mean gap 17/4 = 4.25, among the losers 14/3.
    # cubes -474.552 - 110.592 + 0.008 + 32.768 + 778.688 = 226.32; skew = 5/(4*3) * 226.32 / 298.8558 = 0.315537.
    # scaled 0, 3/17, 8/17, 11/17, 1: the step function leaves most behind at 3/17: 2/5 - 3/17 = 0.223529.
    row = screens(tender([108, 100, 117, 103, 111])).iloc[0]
    assert row["cv"] == pytest.approx(0.0620205, abs=1e-7)
    assert row["spd"] == pytest.approx(0.17)
    assert row["diffp"] == pytest.approx(0.03)
    assert row["rd"] == pytest.approx(0.512615, abs=1e-6)
    assert row["rdnor"] == pytest.approx(3 / 4.25)
    assert row["rdalt"] == pytest.approx(3 / (14 / 3))
    assert row["skew"] == pytest.approx(0.315537, abs=1e-5)
    assert row["ks"] == pytest.approx(2 / 5 - 3 / 17)
    assert (row["n_bids"], row["reason"]) == (5, "")


def test_cover_bids_behind_one_low_bid_by_hand():
    # 100, 106, 106.4, 106.9, 107.3: losers' mean 106.65, squares .4225 + .0625 + .0625 + .4225 = .97,
    # s = sqrt(.97/3) = 0.568624; rd = 6 / 0.568624 = 10.5518; mean gap 7.3/4, among the losers 1.3/3.
    # mean 105.32; squares 28.3024 + .4624 + 1.1664 + 2.4964 + 3.9204 = 36.348; s = 3.014465; cv = 0.0286220.
    row = screens(tender([100, 106, 106.4, 106.9, 107.3])).iloc[0]
    assert row["cv"] == pytest.approx(0.0286220, abs=1e-6)
    assert row["rd"] == pytest.approx(10.5518, abs=1e-4)
    assert row["rdnor"] == pytest.approx(6 / 1.825)
    assert row["rdalt"] == pytest.approx(6 / (1.3 / 3))
    assert row["skew"] == pytest.approx(-2.1, abs=0.05)  # the published sanity figure of this tender
    # Most concentrated at the top: just before 106 one of five bids lies in 6/7.3 of the width: 6/7.3 - 1/5.
    assert row["ks"] == pytest.approx(6 / 7.3 - 1 / 5)


def test_kurtosis_by_hand():
    # 1, 2, 3, 4: mean 2.5; squares 2.25 .25 .25 2.25 = 5, s2 = 5/3; fourths 5.0625*2 + .0625*2 = 10.25; /(25/9) = 3.69
    # 4*5/(3*2*1) * 3.69 - 3*9/(2*1) = 12.3 - 13.5 = -1.2
    assert screens(tender([1, 2, 3, 4])).loc[0, "kurt"] == pytest.approx(-1.2)


def test_equal_steps_equal_ratios_and_equal_bids_are_told_apart():
    steps = tender([1000, 1010, 1020, 1030], "steps")  # gaps 10, 10, 10: both inner bids
    ratios = tender([1000, 1100, 1210, 1331], "ratios")  # each 1.1 times the one before
    equal = tender([500, 500, 500, 800], "equal")  # three of four share a price; no two gaps are both above 0
    other = tender([1000, 1013, 1090, 1200], "other")
    found = screens(pd.concat([steps, ratios, equal, other])).set_index("tender_id")
    shares = found[["equal_share", "equal_step_share", "fixed_ratio_share"]]
    assert shares.loc["steps"].tolist() == [0, 1, 0]
    assert shares.loc["ratios"].tolist() == [0, 0, 1]
    assert shares.loc["equal"].tolist() == [0.75, 0, 0]
    assert shares.loc["other"].tolist() == [0, 0, 0]


def test_undefined_is_empty_with_a_reason_and_never_zero():
    bids = pd.concat(
        [tender([5.0], "one"), tender([5.0, 6.0], "two"), tender([5.0] * 4, "flat"), tender([4, 5, 5.0], "losers_flat")]
    )
    found = screens(bids).set_index("tender_id")
    for tender_id, row in found.iterrows():
        told = row["reason"].replace(":", ",").replace(";", ",")
        for name, least in LEAST_BIDS.items():
            assert np.isnan(row[name]) == (name in [word.strip() for word in told.split(",")]), (tender_id, name)
            assert not (row["n_bids"] < least and not np.isnan(row[name]))
    assert found.loc["two", "reason"].startswith("too few bids: rd, rdnor, rdalt, skew, kurt")
    assert "zero spread: rd, rdnor, rdalt, skew, kurt, ks" in found.loc["flat", "reason"]
    assert found.loc["losers_flat", "reason"] == "too few bids: kurt; zero spread: rd, rdalt"
    assert found.loc["flat", "cv"] == 0  # no spread at all is a value of cv, not a gap
    assert found.loc["two", "sub3_total"] == 0
    assert np.isnan(found.loc["two", "sub3_cv_mean"])


def test_every_subgroup_counts_once_by_hand():
    # 10, 11, 12, 14: subgroups of 3 have widths over least 2/10, 4/10, 4/10, 3/11; mean (0.2+0.4+0.4+3/11)/4
    row = screens(tender([10, 11, 12, 14])).iloc[0]
    assert row["sub3_spd_mean"] == pytest.approx((1.0 + 3 / 11) / 4)
    assert row["sub3_spd_median"] == pytest.approx((3 / 11 + 0.4) / 2)
    assert (row["sub3_spd_min"], row["sub3_spd_max"]) == pytest.approx((0.2, 0.4))
    assert (row["sub3_total"], row["sub3_evaluated"], row["sub4_total"]) == (4, 4, 1)
    assert row["sub4_kurt_mean"] == pytest.approx(row["kurt"])  # the one subgroup of four is the tender


def test_subgroups_without_spread_are_counted_not_mistaken():
    # 10, 10, 10, 12: one subgroup of three is flat, the other three have flat pairs; rd is defined where the two
    # losers differ: (10, 10, 12) three times, rd = 0; the flat one has none.
    row = screens(tender([10, 10, 10, 12])).iloc[0]
    assert row["sub3_undefined"] == 1
    assert row["sub3_rd_max"] == 0
    assert row["sub4_undefined"] == 0


def test_large_tenders_take_a_stated_sample_and_small_ones_all():
    rng = np.random.default_rng(1)
    bids = pd.concat([tender(list(rng.uniform(90, 110, n)), f"n{n:02}") for n in (15, 16, 21, 22, 60)])
    found = screens(bids).set_index("tender_id")
    assert found["sub4_is_exact"].tolist() == [True, False, False, False, False]
    assert found["sub3_is_exact"].tolist() == [True, True, True, False, False]  # C(21, 3) = 1330
    assert found.loc["n16", "sub4_evaluated"] == found.loc["n60", "sub3_evaluated"] == 1365
    assert found.loc["n60", "sub4_total"] == math.comb(60, 4)
    again, other = screens(bids).set_index("tender_id"), screens(bids, seed=1).set_index("tender_id")
    assert found["sub4_cv_mean"].equals(again["sub4_cv_mean"])
    assert found.loc["n15", "sub4_cv_mean"] == other.loc["n15", "sub4_cv_mean"]
    assert found.loc["n60", "sub4_cv_mean"] != other.loc["n60", "sub4_cv_mean"]
    # The sample stands for the whole: mean over all 487,635 subgroups of 60 bids, to a twentieth of its value.
    b = np.sort(bids.loc[bids["tender_id"] == "n60", "price"].to_numpy())
    whole = b[np.array(list(combinations(range(60), 4)))]
    exact = (whole.std(axis=1, ddof=1) / whole.mean(axis=1)).mean()
    assert found.loc["n60", "sub4_cv_mean"] == pytest.approx(exact, rel=0.05)


@given(n=st.integers(0, 70), size=st.sampled_from([3, 4]), seed=st.integers(0, 5))
def test_subgroups_are_distinct_and_in_order(n: int, size: int, seed: int):
    rows = [tuple(row) for row in subgroup_positions(n, size, seed)]
    assert len(rows) == len(set(rows)) == min(math.comb(n, size), MOST_SUBGROUPS)
    assert rows == sorted(rows)
    assert all(list(row) == sorted(set(row)) and row[0] >= 0 and row[-1] < n for row in rows)
    if math.comb(n, size) <= MOST_SUBGROUPS:
        assert rows == list(combinations(range(n), size))


money = st.integers(1, 10**9).map(lambda cents: cents / 100)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(money, min_size=1, max_size=9), min_size=1, max_size=4))
def test_kernels_agree_with_the_slow_reference(tenders: list[list[float]]):
    bids = pd.concat([tender(prices, f"T{i}") for i, prices in enumerate(tenders)])
    found = screens(bids.sample(frac=1, random_state=0)).set_index("tender_id")
    for i, prices in enumerate(tenders):
        row, slow = found.loc[f"T{i}"], slow_nine(prices)
        for name in NINE:
            assert row[name] == pytest.approx(slow[name], rel=1e-6, abs=1e-9, nan_ok=True), (name, prices)
        for size in (3, 4):
            groups = [slow_nine(list(group)) for group in combinations(sorted(prices), size)]
            for name in NINE:
                values = [group[name] for group in groups if not math.isnan(group[name])]
                if NEEDS[name] <= size and values:
                    got = row[[f"sub{size}_{name}_{what}" for what in ("mean", "median", "min", "max")]].tolist()
                    want = [np.mean(values), np.median(values), min(values), max(values)]
                    assert got == pytest.approx(want, rel=1e-6, abs=1e-9)


@settings(deadline=None, max_examples=30)
@given(st.lists(money, min_size=4, max_size=12), st.sampled_from([0.01, 7.0, 1e4]))
def test_a_change_of_currency_changes_no_screen(prices: list[float], rate: float):
    ours, theirs = screens(tender(prices)), screens(tender([price * rate for price in prices]))
    if len(set(prices)) == len({price * rate for price in prices}):
        pd.testing.assert_frame_equal(ours[list(NINE)], theirs[list(NINE)], rtol=1e-6, atol=1e-9)


def test_what_is_left_out_is_counted_and_tenders_without_a_price_still_have_a_row():
    bids = tender([100, 101, 90, 0, np.nan], status=["valid", "valid", "rejected", "valid", "valid"])
    empty = tender([np.nan], "E", status=["valid"])
    found = screens(pd.concat([bids, empty])).set_index("tender_id")
    assert found.loc["T", ["n_bids", "n_excluded", "min_price"]].tolist() == [2, 3, 100]
    assert found.loc["E", ["n_bids", "n_excluded"]].tolist() == [0, 1]
    assert found.loc["E", "reason"].startswith("too few bids: cv")


def test_tender_columns_are_carried_and_conflicts_told():
    bids = tender([100, 104, 90], evaluation_method=["comprehensive"] * 3, ceiling_price=120, category=["a", "b", None])
    bids["is_winner"] = [True, False, False]
    row = screens(bids).iloc[0]
    assert row["evaluation_method"] == "comprehensive"
    assert row["min_to_ceiling"] == pytest.approx(0.75)
    assert pd.isna(row["category"])
    assert row["reason"].endswith("conflicting: category")
    assert row["winner_is_lowest"] is np.False_ or row["winner_is_lowest"] is False
    assert pd.isna(screens(bids.assign(is_winner=False)).loc[0, "winner_is_lowest"])


def test_missing_columns_and_ids_stop_with_every_place():
    with pytest.raises(DataError, match="lack bidder_id, price"):
        screens(pd.DataFrame({"tender_id": ["T"]}))
    with pytest.raises(DataError) as error:
        screens(pd.DataFrame({"tender_id": ["T", None], "bidder_id": ["a", "b"], "price": [1, 2]}))
    assert [problem.row for problem in error.value.problems] == [2]


def test_no_bids_give_no_rows_and_the_caller_keeps_his_table():
    bids = tender([100, 104, 90])
    before = bids.copy()
    assert len(screens(bids.head(0))) == 0
    screens(bids)
    pd.testing.assert_frame_equal(bids, before)


@pytest.mark.skipif(not MARKETS, reason="the folder collusion/ of the shared data is absent")
@pytest.mark.parametrize("path", MARKETS, ids=lambda path: path.stem)
def test_five_screens_equal_the_shipped_columns_on_every_eligible_tender(path: Path):
    shipped = pd.read_csv(path)
    bids = shipped.rename(columns={"Tender": "tender_id", "Bid_value": "price"}).assign(bidder_id=range(len(shipped)))
    ours = screens(bids, subgroups=False).set_index("tender_id")
    theirs = shipped.groupby("Tender").first()
    names = {"cv": "CV", "spd": "SPD", "kurt": "KURT", "skew": "SKEW", "ks": "KSTEST"}
    for our, their in names.items():
        eligible = (ours["n_bids"] >= LEAST_BIDS[our]) & ours[our].notna()
        assert eligible.sum() > 50
        assert (ours[our] - theirs[their]).abs()[eligible].max() < 0.0011, our
    # The shipped RD and DIFFP are not what their names say: most differ, and some RD are below 0, which cannot be.
    assert ((ours["rd"] - theirs["RD"]).abs() > 0.0011).mean() > 0.5
    assert (ours["rd"].dropna() >= 0).all()
    assert (ours["diffp"].dropna() >= 0).all()
