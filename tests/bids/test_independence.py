"""Chances of close bids and wide gaps: uniform where bidders are independent, small where they are not."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest

from caselens.bids.independence import _without_itself, closeness, first_gap


def market(seed: int, tenders: int = 240, shape: str = "normal", vary: float = 0.0) -> tuple[pd.DataFrame, pd.Series]:
    """Independent bids in three strata of different spread; ``vary``: how much tenders differ within a stratum."""
    rng = np.random.default_rng(seed)
    rows, strata = [], {}
    for number in range(tenders):
        stratum = number % 3
        spread = (0.03, 0.06, 0.1)[stratum] * np.exp(vary * rng.standard_normal())
        n = int(rng.integers(3, 9))
        noise = rng.standard_normal(n) if shape == "normal" else rng.uniform(-1.7, 1.7, n)
        for firm, price in enumerate(1e6 * np.exp(0.3 * rng.standard_normal() + spread * noise)):
            rows.append((f"T{number}", f"B{firm}", round(float(price), 2)))
        strata[f"T{number}"] = f"S{stratum}"
    return pd.DataFrame(rows, columns=["tender_id", "bidder_id", "price"]), pd.Series(strata)


def with_tender(bids: pd.DataFrame, strata: pd.Series, prices: list[float]) -> tuple[pd.DataFrame, pd.Series]:
    """The market with one more tender in the widest stratum."""
    more = pd.DataFrame({"tender_id": "X", "bidder_id": [f"B{n}" for n in range(len(prices))], "price": prices})
    return pd.concat([bids, more]), pd.concat([strata, pd.Series({"X": "S2"})])


@pytest.mark.parametrize("call", [closeness, first_gap])
@pytest.mark.parametrize(
    ("shape", "vary", "tenders"), [("normal", 0.0, 240), ("normal", 0.4, 240), ("flat", 0.0, 240), ("flat", 0.2, 60)]
)
def test_chances_are_uniform_where_bidders_are_independent(call, shape: str, vary: float, tenders: int) -> None:
    p = np.concatenate([call(*market(seed, tenders, shape, vary))["p"].to_numpy() for seed in range(10)])
    assert kstest(p, "uniform").pvalue > 0.01
    # The tail, on which findings rest, is at most twice as full as it says (and three more, by accident).
    for bar in (0.01, 0.001):
        assert (p <= bar).sum() <= 2 * bar * len(p) + 3


def test_bids_that_agree_to_a_fraction_of_the_usual_spread_are_rare() -> None:
    # Usual spread 10 %; five bids within 1 %: a tenth of it, so the chance is of the order of 0.1 ** 4.
    table = closeness(*with_tender(*market(1), [1e6, 1.003e6, 1.005e6, 1.008e6, 1.01e6])).set_index("tender_id")
    assert table.loc["X", "p"] < 0.001 and table.loc["X", "size"] == 5
    assert table.loc["X", "typical"] == pytest.approx(0.1, rel=0.25)


def test_four_that_agree_among_two_strangers_are_named() -> None:
    # By price: 0.8m, then four within 0.3 %, then 1.2m.
    prices = [0.8e6, 1e6, 1.001e6, 1.002e6, 1.003e6, 1.2e6]
    found = closeness(*with_tender(*market(1), prices)).set_index("tender_id").loc["X"]
    assert (found["size"], found["first"]) == (4, 1)
    assert found["p"] < 0.01
    # Coefficient of variation of 1, 1.001, 1.002, 1.003: deviation 0.00129 / mean 1.0015.
    assert found["group_cv"] == pytest.approx(0.001291 / 1.0015, rel=1e-3)


def test_a_lone_low_bid_before_a_huddle_is_rare_and_even_steps_are_not() -> None:
    huddle = first_gap(*with_tender(*market(1), [0.84e6, 0.962e6, 0.966e6, 0.97e6, 0.973e6])).set_index("tender_id")
    even = first_gap(*with_tender(*market(1), [0.84e6, 0.88e6, 0.92e6, 0.96e6, 1e6])).set_index("tender_id")
    assert huddle.loc["X", "p"] < 0.003
    assert even.loc["X", "p"] > 0.2
    # RDALT by hand: gap 122,000; mean gap among the losers (973,000 - 962,000) / 3.
    assert huddle.loc["X", "rdalt"] == pytest.approx(122_000 / (11_000 / 3))
    assert even.loc["X", "rdalt"] == pytest.approx(1)


def test_equal_bids_have_a_chance_and_small_strata_have_none() -> None:
    bids, strata = market(1)
    table = closeness(*with_tender(bids, strata, [1e6] * 4)).set_index("tender_id")
    assert 0 <= table.loc["X", "p"] < 1e-6
    assert first_gap(*with_tender(bids, strata, [1e6] * 4))["p"].min() > 0
    few = strata.index[:7]
    assert closeness(bids[bids["tender_id"].isin(few)], strata[few].map(lambda _: "one")).empty


def test_median_without_itself_is_what_it_says() -> None:
    rng = np.random.default_rng(3)
    for number in (8, 9, 10, 11):
        values, strata = rng.normal(size=2 * number), np.array(["a", "b"] * number, dtype=object)
        slow = [np.median(np.delete(values, i)[np.delete(strata, i) == strata[i]]) for i in range(len(values))]
        np.testing.assert_allclose(_without_itself(values, strata), slow)


def test_an_answer_does_not_depend_on_the_order_of_rows() -> None:
    bids, strata = market(2, 60)
    mixed = closeness(bids.sample(frac=1, random_state=1), strata)
    pd.testing.assert_frame_equal(mixed, closeness(bids, strata))
