"""Strata: a fence speaks of its own stratum only, honest clustering is said, and what cannot be read is told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from caselens.bids import benford, fixed_ratios, last_digit, strata
from caselens.core.errors import DataError


def market(spreads: list[float], method: str, prefix: str, bids: int = 5, date: str = "2023-05-01"):
    """One tender for each spread: bids at 100 (1 + spread x i); returns bids and tenders."""
    ids = [f"{prefix}{i:02}" for i in range(len(spreads))]
    rows = [
        (tender_id, f"b{j}", 100 * (1 + spread * j))
        for tender_id, spread in zip(ids, spreads, strict=True)
        for j in range(bids)
    ]
    tenders = pd.DataFrame({"tender_id": ids, "evaluation_method": method, "published_on": date})
    return pd.DataFrame(rows, columns=["tender_id", "bidder_id", "price"]), tenders


def together(*markets: tuple[pd.DataFrame, pd.DataFrame]) -> tuple[pd.DataFrame, pd.DataFrame]:
    return pd.concat([one[0] for one in markets]), pd.concat([one[1] for one in markets])


#: Spreads of nine ordinary tenders and one whose bids lie within 0.4 %.
ORDINARY = [0.030, 0.032, 0.034, 0.036, 0.038, 0.040, 0.042, 0.044, 0.046]


def states(result: pd.DataFrame, screen: str = "cv") -> pd.Series:
    return result[result["screen"] == screen].set_index("tender_id")["state"]


def test_the_one_narrow_tender_of_a_stratum_is_beyond_the_fence_and_no_other():
    result = strata(*market([*ORDINARY, 0.001], "lowest_evaluated_price", "T"))
    assert states(result)[lambda state: state == "hit"].index.tolist() == ["T09"]
    row = result[(result["screen"] == "cv") & (result["tender_id"] == "T09")].iloc[0]
    assert row["value"] < row["low"]
    assert row["stratum_tenders"] == 10
    assert row["p"] == pytest.approx(2 / 11)  # one of ten as far out, itself counted twice


def test_nobody_is_flagged_only_for_being_lowest():
    assert not (states(strata(*market(ORDINARY, "lowest_evaluated_price", "T"))) == "hit").any()


def test_the_same_narrow_tender_under_an_average_price_rule_is_said_to_cluster_honestly():
    result = strata(*market([*ORDINARY, 0.001], "average_price", "T"))
    assert not (result["state"] == "hit").any()
    assert states(result)["T09"] == "excluded"
    assert (result[result["state"].isin(["clean", "excluded"])]["reason"] == "honest_bids_cluster").all()


def test_tenders_of_another_method_do_not_move_the_fence():
    lowest = market([*ORDINARY, 0.001], "lowest_evaluated_price", "L")
    clustered = market([0.0011 + i * 1e-5 for i in range(30)], "average_price", "A")
    alone, both = strata(*lowest), strata(*together(lowest, clustered))
    pd.testing.assert_frame_equal(alone, both[both["tender_id"].str.startswith("L")].reset_index(drop=True))


def test_fewer_than_eight_tenders_missing_method_and_few_bids_are_not_assessable():
    few = market(ORDINARY[:7], "comprehensive", "F")
    unknown = market(ORDINARY, "comprehensive", "U")
    unknown = (unknown[0], unknown[1].assign(evaluation_method=None))
    pair = market([0.03], "comprehensive", "P", bids=2)
    result = strata(*together(few, unknown, pair))
    cv = result[result["screen"] == "cv"].set_index("tender_id")
    assert (cv["state"] == "not_assessable").all()
    assert cv.loc["F00", "reason"] == "fewer than 8 tenders in stratum"
    assert cv.loc["U00", "reason"] == "lacks tenders.evaluation_method"
    assert cv.loc["P00", "reason"] == "too_few_bids"


def test_a_change_of_the_rule_splits_the_strata_and_undated_tenders_are_told():
    before = market(ORDINARY, "comprehensive", "B", date="2022-01-01")
    after = market([spread / 20 for spread in ORDINARY], "comprehensive", "C", date="2024-01-01")
    undated = market([0.03], "comprehensive", "N", date="")
    split = strata(*together(before, after, undated), rule_changes=["2023-01-01"])
    cv = split[split["screen"] == "cv"].set_index("tender_id")
    assert cv.loc["B00", "stratum"].endswith("rule 1")
    assert cv.loc["C00", "stratum"].endswith("rule 2")
    assert not (cv["state"] == "hit").any()
    assert cv.loc["N00", "reason"] == "lacks tenders date"
    assert strata(*together(before, after))["stratum_tenders"].max() == 18  # without the change they are one stratum


def test_a_stratum_without_spread_flags_nobody():
    bids, tenders = market([0.03] * 9 + [0.02], "comprehensive", "T")
    assert set(states(strata(bids, tenders))) == {"not_assessable"}


def test_order_of_rows_is_irrelevant_and_the_callers_tables_stay():
    bids, tenders = market([*ORDINARY, 0.001], "comprehensive", "T")
    kept = bids.copy()
    shuffled = strata(bids.sample(frac=1, random_state=1), tenders.sample(frac=1, random_state=2))
    pd.testing.assert_frame_equal(strata(bids, tenders), shuffled)
    pd.testing.assert_frame_equal(bids, kept)
    with pytest.raises(DataError, match="twice"):
        strata(bids, pd.concat([tenders, tenders.head(1)]))


def test_two_firms_in_one_ratio_stand_out_and_need_their_common_tenders():
    rng = np.random.default_rng(0)
    rows = []
    for i in range(6):
        base = float(rng.uniform(1e5, 9e5))
        rows += [(f"T{i}", "a", base), (f"T{i}", "b", base * 1.03)]
        rows += [(f"T{i}", name, base * float(rng.uniform(0.9, 1.2))) for name in ("c", "d")]
    found = fixed_ratios(pd.DataFrame(rows, columns=["tender_id", "bidder_id", "price"]))
    assert found[["bidder_id", "other_id", "tenders"]].to_numpy().tolist() == [["a", "b", 6]]
    assert found.loc[0, "ratio"] == pytest.approx(1 / 1.03)
    assert found.loc[0, "tender_ids"] == tuple(f"T{i}" for i in range(6))
    # Five of the 30 steps between consecutive common tenders agree (the pair's own): q = 1/6, p = (1/6)^5.
    assert found.loc[0, "p"] == pytest.approx((1 / 6) ** 5)
    assert fixed_ratios(pd.DataFrame(rows[:4], columns=["tender_id", "bidder_id", "price"])).empty


def test_invented_last_digits_are_found_and_honest_rounding_is_not():
    rng = np.random.default_rng(3)
    even = rng.integers(10**5, 10**7, 300) * 10.0  # calculated to the ten yuan
    favourite = np.where(
        rng.random(300) < 0.4, rng.integers(10**4, 10**6, 300) * 10 + 8, rng.integers(10**5, 10**7, 300)
    )
    bids = pd.DataFrame({"bidder_id": ["even"] * 300 + ["eights"] * 300 + ["few"] * 99, "price": 1.0})
    bids["price"] = np.concatenate([even, favourite, even[:99]])
    found = last_digit(bids).set_index("bidder_id")
    assert found.loc["even", "unit"] == 10
    assert found.loc["even", "p"] > 0.001
    assert (found.loc["eights", "digit"], found.loc["eights", "p"] < 1e-10) == (8, True)
    assert found.loc["few", ["state", "reason"]].tolist() == ["not_assessable", "fewer than 100 prices"]
    with pytest.raises(DataError, match="never tested per tender"):
        last_digit(bids.assign(tender_id="T"), by="tender_id")


def test_benford_speaks_only_where_prices_span_two_orders_of_magnitude():
    rng = np.random.default_rng(4)
    wide, narrow, flat = 10 ** rng.uniform(3, 7, 400), rng.uniform(1e6, 2e6, 400), rng.uniform(1, 1e6, 400)
    flat = np.concatenate([flat[:360], rng.uniform(1, 100, 40)])
    bids = pd.DataFrame({"buyer_id": np.repeat(["wide", "narrow", "flat"], 400), "price": [*wide, *narrow, *flat]})
    found = benford(bids, by="buyer_id").set_index("buyer_id")
    assert found.loc["wide", "p"] > 0.001
    assert found.loc["narrow", "reason"] == "range too narrow"
    assert found.loc["flat", "p"] < 1e-6
