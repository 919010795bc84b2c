"""Steps and ratios: rare where they are exact, common where they are near or in round sums."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest

from caselens.bids.regularity import equal_steps, price_unit, steady_ratios


def market(seed: int, tenders: int = 200, firms: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(tenders):
        base = float(np.exp(13 + rng.standard_normal()))
        for firm in rng.permutation(firms)[: int(rng.integers(3, 8))]:
            rows.append((f"T{number:03}", f"B{firm:02}", round(base * float(np.exp(0.08 * rng.standard_normal())), 2)))
    return pd.DataFrame(rows, columns=["tender_id", "bidder_id", "price"])


def plus(bids: pd.DataFrame, tender: str, prices: dict[str, float]) -> pd.DataFrame:
    more = pd.DataFrame({"tender_id": tender, "bidder_id": list(prices), "price": list(prices.values())})
    return pd.concat([bids, more], ignore_index=True)


def test_chances_of_steps_are_uniform_where_bidders_are_independent() -> None:
    p = np.concatenate([equal_steps(market(seed))["p"].to_numpy() for seed in range(10)])
    assert kstest(p, "uniform").pvalue > 0.01
    assert (p <= 0.001).mean() < 0.003


def test_chances_of_ratios_of_pairs_that_met_twice_are_uniform() -> None:
    # Every pair is a hypothesis; a tolerance so wide that every difference counts.
    p = []
    for seed in range(10):
        table = steady_ratios(market(seed), tolerance=9.0)
        p.append(table.loc[table["common"] == 2, "p"].to_numpy())
    assert kstest(np.concatenate(p), "uniform").pvalue > 0.01


def test_exact_steps_are_rare_and_the_run_is_named() -> None:
    bids = plus(market(1), "X", {f"B{n:02}": 900_000.37 + 12_600 * n for n in range(4)} | {"B09": 1_200_000.0})
    found = equal_steps(bids).set_index("tender_id").loc["X"]
    assert found["p"] < 1e-6
    assert (found["first"], found["size"], found["step"]) == (0, 4, pytest.approx(12_600))


def test_even_steps_in_whole_ten_thousands_prove_little() -> None:
    bids = plus(market(1), "X", {"B00": 880_000.0, "B01": 900_000.0, "B02": 920_000.0})
    assert equal_steps(bids).set_index("tender_id").loc["X", "p"] > 0.05


def test_a_ratio_that_returns_to_the_fen_is_rare_even_among_other_meetings() -> None:
    bids = market(1)
    for number, price in enumerate((512_345.67, 803_111.11)):
        bids = plus(bids, f"X{number}", {"P": price, "Q": round(price * 1.037, 2), "B01": price * (1.1 + number / 10)})
    bids = plus(bids, "X9", {"P": 640_000.5, "Q": 598_000.1})
    row = steady_ratios(bids).set_index(["bidder_id", "other_id"]).loc[("P", "Q")]
    assert (row["common"], row["tenders"], row["tender_ids"]) == (3, 2, ("X0", "X1"))
    assert 1 / row["ratio"] == pytest.approx(1.037, abs=1e-6)
    assert row["p"] < 1e-5


def test_a_ratio_within_a_thousandth_in_two_meetings_is_no_rarity() -> None:
    bids = market(1)
    for number, price in enumerate((512_345.67, 803_111.11)):
        bids = plus(bids, f"X{number}", {"P": price, "Q": round(price * (1.037 + 0.0008 * number), 2)})
    assert steady_ratios(bids).set_index(["bidder_id", "other_id"]).loc[("P", "Q"), "p"] > 1e-3


@pytest.mark.parametrize(
    ("prices", "unit"),
    [
        ((0.01, 5.0), 0.01),
        ((1.0, 7.0), 1),
        ((20_000.0, 30_000.0), 10_000),
        ((3e6, 1.2e6), 10_000),
        ((100.0, 250.0), 10),
    ],
)
def test_the_unit_of_prices_is_the_coarsest_that_fits(prices: tuple[float, ...], unit: float) -> None:
    assert price_unit(np.array(prices)) == unit


def test_equal_bids_have_no_steps() -> None:
    assert "X" not in set(equal_steps(plus(market(1), "X", {"A": 5.0, "B": 5.0, "C": 6.0}))["tender_id"])
