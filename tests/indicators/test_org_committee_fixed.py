"""Panels against draws: the simulation against exact chances, and who is no draw at all."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.indicators._chance import rng_of
from caselens.indicators._draws import Panel, _draw, judge
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
VOTES = "meeting_id,item_id,org_id,member_id,vote,is_chair,voted_on,item_outcome\n"


def meetings(panels: list[list[str]], chair: str = "") -> str:
    return VOTES + "".join(
        f"m{n},i{n},B,{who},for,{'true' if who == chair else 'false'},2022-{n + 1:02d}-10,passed\n"
        for n, panel in enumerate(panels)
        for who in ([chair] if chair else []) + panel
    )


def asked(given: Given, votes: str, pool: str) -> Answer:
    tables = {"review_votes": votes, "reviewer_pools": pool, "organizations": "org_id,name,kind\nB,公司,state_owned\n"}
    return evaluate(INDICATORS["org-committee-fixed"], given(tables))


def register(size: int, speciality: str = "投资", since: str = "2018-01-01", first: int = 0) -> str:
    return "".join(f"B,E{n},{speciality},{since}\n" for n in range(first, first + size))


HEAD = "org_id,person_id,speciality,start_date\n"


def test_every_subset_is_drawn_equally_often() -> None:
    drawn = np.sort(_draw(np.random.default_rng(2), (3, 5, 7, 9), 2, 30_000), axis=1)
    keys, counts = np.unique(drawn, axis=0, return_counts=True)
    assert [tuple(key) for key in keys] == list(combinations((3, 5, 7, 9), 2))
    assert counts.min() > 4700 and counts.max() < 5300  # 5,000 each; 5 standard deviations are 323


def test_p_values_under_true_draws_are_not_too_small() -> None:
    rng = np.random.default_rng(11)
    everyone, low = tuple(range(20)), 0
    for run in range(150):
        panels = [Panel(((everyone, tuple(sorted(rng.choice(20, 5, replace=False)))),)) for _ in range(8)]
        low += judge(panels, 20, rng_of("null", str(run)), 400, pilot=200).p_value <= 0.1
    assert 3 <= low <= 30  # 15 expected of 150, standard deviation 3.7


def test_the_same_two_of_four_five_times_have_a_known_chance() -> None:
    # Five draws of two of four: all five alike with chance (1/6)^4 = 0.00077; nothing is more extreme.
    panels = [Panel((((0, 1, 2, 3), (0, 1)),))] * 5
    draw = judge(panels, 4, np.random.default_rng(4), 20_000)
    assert (draw.overlap, draw.most, draw.pair) == (1.0, 5, 5)
    assert draw.p_value == pytest.approx((1 / 6) ** 4, rel=0.6)


def test_a_chair_by_office_is_no_draw(given: Given) -> None:
    panels = [["E1", "E2"], ["E3", "E4"], ["E5", "E6"], ["E7", "E8"], ["E9", "E1"]]
    answer = asked(given, meetings(panels, chair="E0"), HEAD + register(12))
    assert set(answer.assessed["state"]) == {"clean"}


def test_a_rare_speciality_explains_the_same_faces(given: Given) -> None:
    # Two experts of acoustics exist, and every panel needs both; the other seat differs each time.
    panels = [["A0", "A1", f"E{n}"] for n in range(6)]
    pool = HEAD + register(20) + "B,A0,声学,2018-01-01\nB,A1,声学,2018-01-01\n"
    assert set(asked(given, meetings(panels), pool).assessed["state"]) == {"clean"}
    same = asked(given, meetings(panels), pool.replace("声学", "投资"))
    assert same.leads["kind"].tolist() == ["statistical"]


def test_a_register_that_was_enlarged_is_no_longer_held_against_the_body(given: Given) -> None:
    rng = np.random.default_rng(8)
    panels = [[f"E{n}" for n in rng.choice(6, 3, replace=False)] for _ in range(4)]
    panels += [[f"E{n}" for n in rng.choice(14, 3, replace=False)] for _ in range(4)]
    grown = HEAD + register(6) + register(8, since="2022-05-01", first=6)
    assert asked(given, meetings(panels), grown).leads.empty
    small = asked(given, meetings(panels[:4]), HEAD + register(6))
    assert small.leads[["kind", "severity"]].values.tolist() == [["rule", "note"]]  # 6 < 3 x 3


def test_a_small_register_of_a_trade_that_nobody_else_has_is_excluded_if_properly_drawn(given: Given) -> None:
    # 8 people for 3 seats are fewer than 9. All different panels, so chance has nothing to say.
    panels = [["E0", "E1", "E2"], ["E3", "E4", "E5"], ["E6", "E7", "E0"], ["E1", "E3", "E5"], ["E2", "E4", "E6"]]
    head = VOTES.replace("item_outcome", "item_outcome,drawn,draw_witness_id")
    other = "C,F0,造价,2018-01-01\n"

    def told(drawn: str, speciality: str = "爆破") -> str:
        lines = meetings(panels).removeprefix(VOTES).replace(",passed", f",passed,{drawn}")
        found = asked(given, head + lines, HEAD + register(8, speciality) + other)
        return dict(zip(found.assessed["subject_id"], found.assessed["state"], strict=True))["B"]

    assert told("random,W") == "excluded"
    assert told("random,") == told("designated,W") == "hit"  # nobody saw the draw, or there was none
    assert told("random,W", "造价") == "hit"  # others have it: the register could be larger
