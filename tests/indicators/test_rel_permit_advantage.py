"""Permits of linked firms: the ranks test, priority lists, and what is too little to compare."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.indicators._shuffle import favoured
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
INDICATOR = INDICATORS["rel-permit-advantage"]
BASE = {name: text for name, text in INDICATOR.example.tables.items() if name != "applications"}
HEAD = "application_id,applicant_id,authority_id,kind,submitted_on,decided_on,outcome,priority_document,issued_by_id\n"


def rows(firm: str, day: int, listed: str = ",", months: int = 6) -> str:
    return "".join(
        f"{firm}{m},{firm},U,explosives,2020-0{m}-01,2020-0{m}-{day:02},approved,{listed}\n"
        for m in range(1, months + 1)
    )


PEERS = rows("E", 20) + rows("F", 21) + rows("G", 22)


def states(given: Given, applications: str) -> dict[str, str]:
    found: Answer = evaluate(INDICATOR, given({**BASE, "applications": HEAD + applications}))
    return dict(zip(found.assessed["subject_id"], found.assessed["state"], strict=True))


def test_the_permutation_agrees_with_all_ways_to_draw_by_hand() -> None:
    values = np.array([1.0, 2, 3, 4, 5, 6, 10, 20, 30, 40])
    mine = np.array([True, True, False, False, False, False, True, False, False, False])
    strata = np.array([0] * 6 + [1] * 4)
    # C(6,2) * C(4,1) = 60 equally likely draws; only the drawn one is as low: 1 / 60.
    ways = [sum(pair) / 7 + one / 5 for pair in itertools.combinations(range(1, 7), 2) for one in range(1, 5)]
    exact = np.mean([way <= 3 / 7 + 1 / 5 + 1e-9 for way in ways])
    p, ahead = favoured(values, mine, strata, np.random.default_rng(1))
    assert exact == pytest.approx(1 / 60)
    assert p == pytest.approx(exact, rel=0.5)
    assert ahead == 1.0  # all before all the others
    backwards, _ = favoured(-values, mine, strata, np.random.default_rng(1))
    assert backwards > 0.9


def test_the_null_gives_uniform_chances() -> None:
    rng = np.random.default_rng(5)
    strata = np.repeat(np.arange(6), 8)
    told = []
    for _ in range(200):
        mine = np.zeros(48, dtype=bool)
        mine[rng.choice(48, 10, replace=False)] = True
        told.append(favoured(rng.normal(size=48), mine, strata, rng)[0])
    assert np.mean(told) == pytest.approx(0.5, abs=0.08)
    assert np.mean(np.array(told) < 0.1) == pytest.approx(0.1, abs=0.07)


def test_fast_permits_of_a_linked_firm_are_a_lead_and_slow_ones_are_not(given: Given) -> None:
    assert states(given, PEERS + rows("M", 3))["O"] == "hit"
    assert states(given, PEERS + rows("M", 25))["O"] == "clean"  # slower is no favour


def test_a_list_of_another_body_excludes_and_one_of_the_unit_does_not(given: Given) -> None:
    assert states(given, PEERS + rows("M", 3, "市府〔2019〕1号,CITY"))["O"] == "excluded"
    assert states(given, PEERS + rows("M", 3, "公〔2019〕1号,U"))["O"] == "hit"
    assert states(given, PEERS + rows("M", 3, "市府〔2019〕1号,"))["O"] == "hit"  # nobody knows who issued it


def test_four_applications_or_seven_of_others_are_too_few(given: Given) -> None:
    assert states(given, PEERS + rows("M", 3, months=4))["O"] == "not_assessable"
    assert states(given, rows("E", 20) + rows("M", 3))["O"] == "not_assessable"
