"""Losers that huddle far above the lowest bid, and what looks like it."""

from collections.abc import Callable

import numpy as np
import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
COVER = (840_000.0, 962_000.0, 966_000.0, 970_000.0, 973_000.0)


def asked(given: Given, more: dict[str, tuple[float, ...]], winner: int = 0, method: str = "") -> Answer:
    """Thirty honest tenders (spread 9 %, five bids each), and those of ``more``, won by their ``winner``-th."""
    rng = np.random.default_rng(5)
    tenders = ["tender_id,buyer_id,method,category,evaluation_method"]
    bids = ["tender_id,bidder_id,price,is_winner"]
    for number in range(30):
        tenders.append(f"H{number},U,open,works,lowest_evaluated_price")
        prices = sorted(1e6 * np.exp(0.09 * rng.standard_normal(5)))
        bids += [f"H{number},F{n},{price:.2f},{n == 0}" for n, price in enumerate(prices)]
    for name, prices in more.items():
        tenders.append(f"{name},U,open,works,{method or 'lowest_evaluated_price'}")
        bids += [f"{name},B{n},{price},{n == winner}" for n, price in enumerate(prices)]
    text = {
        "tenders": "\n".join(tenders) + "\n",
        "bids": "\n".join(bids).replace("True", "true").replace("False", "false") + "\n",
    }
    return evaluate(INDICATORS["bid-cover-screen"], given(text))


def state(answer: Answer, tender: str) -> str:
    return answer.assessed.set_index("subject_id").loc[tender, "state"]


def test_a_huddle_far_above_the_lowest_is_a_lead_about_all_who_bid(given: Given) -> None:
    answer = asked(given, {"X": COVER})
    lead = answer.leads.set_index("lead").loc["X"]
    # RD: gap 122,000 over the deviation of 962, 966, 970, 973 thousand: mean 967.75, squares 33.06 + 3.06 + 5.06 +
    # 27.56 = 68.75, / 3 = 22.92, root 4.787 thousand; 122 / 4.787 = 25.48.
    assert lead["value"] == pytest.approx(25.48, abs=0.01)
    assert [subject["role"] for subject in lead["subjects"]] == ["lowest", "loser", "loser", "loser", "loser"]
    assert lead["p_value"] < 0.005


def test_even_steps_and_a_narrow_gap_are_clean(given: Given) -> None:
    answer = asked(given, {"EVEN": (840_000, 880_000, 920_000, 960_000, 1_000_000), "NARROW": (960_000, *COVER[1:])})
    assert state(answer, "EVEN") == state(answer, "NARROW") == "clean"


def test_a_price_in_another_unit_is_excluded_until_ruled_out(given: Given) -> None:
    answer = asked(given, {"X": (8_400, *COVER[1:])})
    assert state(answer, "X") == "excluded" and "X" not in set(answer.leads["lead"])


def test_nobody_covers_for_a_low_bid_that_lost(given: Given) -> None:
    assert state(asked(given, {"X": COVER}, winner=2), "X") == "clean"
    assert state(asked(given, {"X": COVER}, winner=9), "X") == "hit"  # nobody knows who won


def test_where_the_rule_draws_bids_together_the_question_is_not_put(given: Given) -> None:
    assert state(asked(given, {"X": COVER}, method="average_price"), "X") == "excluded"


def test_a_firm_that_is_cheap_elsewhere_too_is_told(given: Given) -> None:
    # B0 bid lowest in three other tenders by 12 to 14 %, among evenly spread others.
    others = {f"E{n}": (840_000 + n, 950_000, 1_000_000, 1_060_000, 1_120_000) for n in range(3)}
    counters = asked(given, {"X": COVER} | others).counters.set_index(["lead", "innocent"])["state"]
    assert counters["X", "efficient"] == "holds"
    assert counters["X", "unit_error"] == "does_not_hold"
