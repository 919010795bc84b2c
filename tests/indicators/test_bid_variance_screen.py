"""Close bids: what is compared with what, and what is no lead."""

from collections.abc import Callable

import numpy as np

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
CLOSE = (900_000.0, 902_000.0, 903_000.0, 905_000.0, 906_500.0)


def asked(given: Given, more: list[tuple[str, str, str, float, tuple[float, ...]]], settings: str = "") -> Answer:
    """Thirty honest tenders of works under the lowest price (spread 9 %), and those of ``more``."""
    rng = np.random.default_rng(5)
    tenders = ["tender_id,buyer_id,method,category,ceiling_price,evaluation_method"]
    bids = ["tender_id,bidder_id,price,status"]
    for number in range(30):
        tenders.append(f"H{number},U,open,works,1200000,lowest_evaluated_price")
        bids += [f"H{number},B{n},{1e6 * np.exp(0.09 * rng.standard_normal()):.2f},valid" for n in range(5)]
    for name, method, category, ceiling, prices in more:
        tenders.append(f"{name},U,open,{category},{ceiling},{method}")
        bids += [f"{name},B{n},{price}," for n, price in enumerate(prices)]
    return evaluate(
        INDICATORS["bid-variance-screen"],
        given({"tenders": "\n".join(tenders) + "\n", "bids": "\n".join(bids) + "\n"}, settings),
    )


def state(answer: Answer, tender: str) -> tuple[str, str]:
    row = answer.assessed.set_index("subject_id").loc[tender]
    return row["state"], row["reason"]


def test_close_bids_are_a_lead_unless_the_rule_draws_bids_together(given: Given) -> None:
    answer = asked(
        given,
        [
            ("X", "lowest_evaluated_price", "works", 1_200_000, CLOSE),
            ("M", "average_price", "works", 1_200_000, CLOSE),
            ("C", "合理低价法(平均值为基准价)", "works", 1_200_000, CLOSE),
            ("R", "ceiling_random", "works", 1_200_000, CLOSE),
        ],
    )
    assert state(answer, "X")[0] == "hit"
    for name in "MCR":
        assert state(answer, name)[0] == "excluded"
    lead = answer.leads.set_index("lead").loc["X"]
    # Mean 903,300; deviations -3,300 -1,300 -300 1,700 3,200: squares sum 25.8m, / 4 = 6.45m, root 2,539.7: CV 0.281 %.
    assert round(lead["value"], 5) == 0.00281
    assert lead["p_value"] < 0.001 and lead["severity"] == "red"


def test_another_category_is_another_stratum_and_too_few_of_it_say_nothing(given: Given) -> None:
    fuel = [(f"F{n}", "lowest_evaluated_price", "fuel", 1_200_000, CLOSE) for n in range(7)]
    answer = asked(given, fuel)
    assert state(answer, "F0")[0] == "not_assessable" and "fewer than 8" in state(answer, "F0")[1]
    # Eight and more: all as close as each other, so none stands out.
    answer = asked(given, [*fuel, ("F7", "lowest_evaluated_price", "fuel", 1_200_000, CLOSE)])
    assert state(answer, "F0")[0] == "clean"


def test_bids_right_below_the_ceiling_are_told_as_such(given: Given) -> None:
    answer = asked(
        given,
        [
            ("X", "lowest_evaluated_price", "works", 910_000, CLOSE),
            ("Y", "lowest_evaluated_price", "works", 1_300_000, CLOSE),
        ],
    )
    told = answer.counters[answer.counters["innocent"] == "ceiling"].set_index("lead")["state"]
    assert told.to_dict() == {"X": "holds", "Y": "does_not_hold"}


def test_rejected_bids_are_not_read_and_two_bids_are_too_few(given: Given) -> None:
    answer = asked(given, [("X", "lowest_evaluated_price", "works", 1_200_000, CLOSE[:2])])
    assert state(answer, "X")[0] == "not_assessable" and "fewer than 3" in state(answer, "X")[1]


def test_a_spread_above_the_bar_is_no_lead_however_rare(given: Given) -> None:
    answer = asked(
        given,
        [("X", "lowest_evaluated_price", "works", 1_200_000, CLOSE)],
        "[parameters.bid-variance-screen]\nmax_cv = 0.002",
    )
    assert state(answer, "X")[0] == "clean"
    assert answer.assessed.set_index("subject_id").loc["X", "p_value"] < 0.001
