"""Rings: turns, standing winners and losers beyond chance, and firms that meet because there are no others."""

from collections.abc import Callable
from random import Random

import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]


def asked(given: Given, ring: dict[str, list[list[str]]], settings: str = "") -> Answer:
    """Sixty random tenders of thirty firms, and per kind of tender lists of bidders, the winner first."""
    drawn, others = Random(3), [f"N{n:02}" for n in range(30)]
    tenders, bids = ["tender_id,buyer_id,method,category,opened_at"], ["tender_id,bidder_id,is_winner"]
    for number in range(60):
        tenders.append(f"T{number:02},U,open,works,2021-{number % 12 + 1:02}-{number // 12 + 1:02}T09:00:00")
        bids += [
            f"T{number:02},{name},{'true' if place == 0 else 'false'}"
            for place, name in enumerate(drawn.sample(others, 5))
        ]
    for kind, lists in ring.items():
        for number, here in enumerate(lists):
            tenders.append(f"{kind}{number:02},U,open,{kind},2022-{number % 12 + 1:02}-{number // 12 + 1:02}T09:00:00")
            bids += [f"{kind}{number:02},{name},{'true' if place == 0 else 'false'}" for place, name in enumerate(here)]
    tables = {"tenders": "\n".join(tenders) + "\n", "bids": "\n".join(bids) + "\n"}
    return evaluate(INDICATORS["bid-ring"], given(tables, settings))


def hits(answer: Answer) -> set[str]:
    return set(answer.assessed.loc[answer.assessed["state"] == "hit", "subject_id"])


def test_turns_are_found_although_a_stranger_bids_each_time(given: Given) -> None:
    turns = [["A", "B", "C"][n % 3 :] + ["A", "B", "C"][: n % 3] + [f"N{(n * 7) % 30:02}"] for n in range(9)]
    answer = asked(given, {"works": turns})
    assert hits(answer) == {"A", "B", "C"}
    lead = answer.leads.iloc[0]
    assert lead["value"] == 9 and "take turns" in lead["text_en"]
    assert lead["objects"][0]["id"] == "works00"  # the anchor is the first joint tender
    assert answer.assessed["p_value"].notna().sum() == 1  # one group, one hypothesis


def test_a_standing_winner_is_found(given: Given) -> None:
    answer = asked(given, {"works": [["A", "B", "C", f"N{(n * 7) % 30:02}"] for n in range(8)]})
    assert hits(answer) == {"A", "B", "C"}
    assert "8 of 8 wins" in answer.leads["text_en"].item()


def test_a_trade_with_three_firms_only_is_no_ring_however_they_win(given: Given) -> None:
    turns = [["A", "B", "C"][n % 3 :] + ["A", "B", "C"][: n % 3] for n in range(9)]
    answer = asked(given, {"rare": turns})
    assert answer.leads.empty
    assert set(answer.assessed.set_index("subject_id").loc[["A", "B", "C"], "state"]) == {"clean"}


def test_three_meetings_are_too_few(given: Given) -> None:
    answer = asked(given, {"works": [["A", "B", "C", f"N{n:02}"] for n in range(3)]})
    assert answer.leads.empty
    assert answer.assessed.set_index("subject_id").loc["A", "state"] == "not_assessable"


def test_friends_who_win_by_chance_are_no_lead(given: Given) -> None:
    # They always bid together, but the wins follow no plan: A A C B B A C C and two strangers.
    winners = ["A", "A", "C", "B", "B", "N01", "A", "C", "C", "N02"]
    lists = [[w, *(x for x in ("A", "B", "C", f"N{(n * 7) % 30:02}") if x != w)] for n, w in enumerate(winners)]
    answer = asked(given, {"works": lists})
    assert hits(answer) == set()
    assert answer.assessed.set_index("subject_id").loc["A", "p_value"] > 0.05


@pytest.mark.parametrize("seed", range(3))
def test_random_tenders_have_no_ring(given: Given, seed: int) -> None:
    drawn, firms = Random(seed), [f"F{n:02}" for n in range(25)]
    assert asked(given, {"goods": [drawn.sample(firms, drawn.randint(3, 6)) for _ in range(80)]}).leads.empty
