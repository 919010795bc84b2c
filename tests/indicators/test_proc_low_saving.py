"""Savings against the ceiling: strata, the fence, and chances under no collusion."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import kstest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
INDICATOR = INDICATORS["proc-low-saving"]
TENDERS = "tender_id,buyer_id,method,category,evaluation_method,ceiling_price,budget,awarded_on\n"


def answer(given: Given, savings: dict[str, float], kinds: dict[str, str] | None = None) -> Answer:
    """Tenders by name and saving; ``kinds`` gives some another category."""
    kinds = kinds or {}
    tenders = "".join(
        f"{name},B,open,{kinds.get(name, '市政')},comprehensive,1000000,,2020-05-05\n" for name in savings
    )
    bids = "".join(f"{name},F,{1_000_000 * (1 - saving):.2f},true\n" for name, saving in savings.items())
    return evaluate(
        INDICATOR, given({"tenders": TENDERS + tenders, "bids": "tender_id,bidder_id,price,is_winner\n" + bids})
    )


def told(found: Answer, name: str) -> str:
    return dict(zip(found.assessed["subject_id"], found.assessed["state"], strict=True))[name]


USUAL = {f"H{i}": 0.18 + i / 100 for i in range(10)}


@pytest.mark.parametrize(
    ("saving", "state"), [(0.02, "hit"), (0.0201, "clean"), (0.13, "clean"), (-0.6, "not_assessable")]
)
def test_two_percent_is_the_most_that_counts(given: Given, saving: float, state: str) -> None:
    assert told(answer(given, USUAL | {"T": saving}), "T") == state


def test_where_its_kind_saves_little_too_nothing_stands_out(given: Given) -> None:
    tight = {f"H{i}": 0.01 + i / 500 for i in range(10)}  # 1.0 to 2.8 %
    assert told(answer(given, tight | {"T": 0.009}), "T") == "clean"
    other = answer(
        given, USUAL | tight_in("设计") | {"T": 0.012}, {**dict.fromkeys(tight_in("设计"), "设计"), "T": "设计"}
    )
    assert told(other, "T") == "clean"  # design tenders are compared with design tenders


def tight_in(kind: str) -> dict[str, float]:
    return {f"{kind}{i}": 0.01 + i / 500 for i in range(10)}


def test_seven_others_are_too_few(given: Given) -> None:
    six = dict(list(USUAL.items())[:6])
    assert told(answer(given, six | {"T": 0.001}), "T") == "not_assessable"


def test_the_fence_by_hand(given: Given) -> None:
    # 0.18 … 0.27 and 0.01: sorted 11 values, quartiles are the 3rd and 9th from below but one: 0.195 and 0.245.
    lead = answer(given, USUAL | {"T": 0.01}).leads.iloc[0]
    low, high = np.quantile([*USUAL.values(), 0.01], [0.25, 0.75])
    assert (low, high) == (pytest.approx(0.195), pytest.approx(0.245))
    assert f"below {low - 1.5 * (high - low):.1%}" in lead["fence"]  # 0.195 - 0.075 = 12.0 %


def test_honest_markets_give_uniform_chances_and_no_lead(given: Given) -> None:
    rng = np.random.default_rng(11)
    savings = {f"N{i}": float(value) for i, value in enumerate(rng.normal(0.22, 0.05, 400))}
    found = answer(given, savings, {f"N{i}": f"类{i % 20}" for i in range(400)})
    chances = found.assessed["p_value"].astype(float)
    assert kstest(chances, "uniform").pvalue > 0.01
    assert chances.min() > 0.05 / 400  # nothing survives control of false discoveries
    assert found.leads.empty


def test_where_savings_are_wide_the_fence_is_that_of_their_logarithms(given: Given) -> None:
    # 24 from 4 to 33 %: quartiles near 11 and 25 %, the plain fence lies near -10 %: even nothing saved is above it.
    wide = {f"H{i}": 0.04 + i / 80 for i in range(24)}
    lead = answer(given, wide | {"T": 0.003}).leads.iloc[0]
    low, high = np.quantile(np.log([*wide.values(), 0.003]), [0.25, 0.75])
    assert f"below {np.exp(low - 1.5 * (high - low)):.1%}" in lead["fence"]
    assert told(answer(given, wide | {"T": 0.03}), "T") == "clean"
