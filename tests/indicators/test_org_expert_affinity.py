"""Experts and bidders: exact chances, and what is no favour."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.indicators._affinity import sum_p
from caselens.workspace import Workspace

Given = Callable[..., Workspace]


def asked(given: Given, tenders: int, lift: dict[tuple[str, str], float], **more: str) -> Answer:
    """Panels of five score four bidders with a little noise and what ``lift`` adds; P wins every time."""
    rng = np.random.default_rng(1)
    lines = ["tender_id,evaluator_id,bidder_id,score"]
    for number, expert, bidder in product(range(tenders), "ABCDE", "PQRS"):
        points = (
            80
            + rng.normal(0, 1)
            + lift.get((expert, bidder), 0)
            + lift.get((expert, ""), 0)
            + lift.get(("", bidder), 0)
        )
        lines.append(f"T{number},{expert},{bidder},{points:.2f}")
    tables = {
        "evaluations": "\n".join(lines) + "\n",
        "tenders": "tender_id,buyer_id,method,opened_at\n"
        + "".join(f"T{n},U,open,2022-01-{n + 1:02d}T09:00:00\n" for n in range(tenders)),
        "bids": "tender_id,bidder_id,price,is_winner\n"
        + "".join(f"T{n},{b},100,{'true' if b == 'P' else 'false'}\n" for n in range(tenders) for b in "PQRS"),
    }
    return evaluate(INDICATORS["org-expert-affinity"], given(tables | more))


def test_the_chance_of_a_sum_is_that_of_full_enumeration() -> None:
    rng = np.random.default_rng(7)
    cells = [rng.integers(-20, 20, 6) / 10 for _ in range(4)]
    observed = [float(values.max()) - 0.1 * place for place, values in enumerate(cells)]
    observed = [float(values[np.abs(values - wanted).argmin()]) for values, wanted in zip(cells, observed, strict=True)]
    sums = [sum(draw) for draw in product(*cells)]
    slow = np.mean([total >= sum(observed) - 1e-9 for total in sums])
    assert sum_p(observed, cells) == pytest.approx(slow, abs=0.02)
    assert sum_p([float(values.min()) for values in cells], cells) == pytest.approx(1.0)


def test_a_lift_in_five_tenders_is_found_and_in_four_not_assessable(given: Given) -> None:
    answer = asked(given, 5, {("A", "P"): 6})
    assert answer.leads["lead"].tolist() == ["A|P"]
    assert answer.leads["value"].item() == pytest.approx(6, abs=1)
    # All five own scores, the panel's other twenty, and the five wins.
    assert answer.evidence["role"].value_counts().to_dict() == {"panel": 20, "score": 5, "win": 5}
    assert set(asked(given, 4, {("A", "P"): 6}).assessed["state"]) == {"not_assessable"}


def test_a_generous_expert_and_a_strong_bidder_are_no_favour(given: Given) -> None:
    assert asked(given, 8, {("A", ""): 8, ("", "P"): 8}).leads.empty


def test_age_and_list_count_on_the_day_of_sitting(given: Given) -> None:
    # A turns 65 on the day of T2, B on the day after the last tender; C's listing had ended, D's had not.
    persons = "person_id,name,birth_date\nA,甲,1957-01-03\nB,乙,1957-01-06\n"
    listed = (
        "entity_id,reason,listed_on,until\nC,dishonest_debtor,2020-01-01,2021-12-31\nD,debarred,2021-06-01,2022-01-02\n"
    )
    answer = asked(given, 5, {}, persons=persons, watchlist=listed)
    assert answer.leads[["lead", "severity", "value"]].values.tolist() == [
        ["A|rule", "note", 3.0],
        ["D|rule", "red", 2.0],
    ]


def test_a_birth_date_can_come_from_the_identity_number(given: Given) -> None:
    answer = asked(given, 5, {}, persons="person_id,name,id_number\nA,甲,110105194912310024\n")
    assert answer.leads["lead"].tolist() == ["A|rule"]
