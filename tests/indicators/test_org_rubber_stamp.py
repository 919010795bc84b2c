"""No refusals: a rate from peers that refuse, fitted without the bodies that never do."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import betabinom

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.indicators.org_rubber_stamp import fit_rates
from caselens.workspace import Workspace

Given = Callable[..., Workspace]


def asked(given: Given, counts: dict[str, tuple[int, int]], **more: str) -> Answer:
    """Bodies with (decisions, refusals)."""
    lines = ["meeting_id,item_id,org_id,member_id,vote,is_chair,voted_on,item_outcome"]
    for body, (decided, refused) in counts.items():
        lines += [
            f"m{body}{n},i{body}{n},{body},V,for,false,2022-03-01,{'rejected' if n < refused else 'passed'}"
            for n in range(decided)
        ]
    units = "org_id,name,kind\n" + "".join(f"{body},{body},state_owned\n" for body in counts)
    return evaluate(
        INDICATORS["org-rubber-stamp"], given({"review_votes": "\n".join(lines) + "\n", "organizations": units} | more)
    )


PEERS = {"P1": (60, 12), "P2": (60, 13), "P3": (60, 11)}


def states(answer: Answer) -> dict[str, str]:
    return dict(zip(answer.assessed["subject_id"], answer.assessed["state"], strict=True))


def test_the_fit_finds_the_rates_it_was_drawn_from() -> None:
    rng = np.random.default_rng(3)
    decided = np.full(300, 80)
    refused = betabinom(80, 6, 24).rvs(300, random_state=rng)
    some = refused > 0
    a, b = fit_rates(refused[some], decided[some])
    assert a / (a + b) == pytest.approx(0.2, abs=0.02)
    assert a + b == pytest.approx(30, rel=0.4)


def test_bodies_that_never_refuse_do_not_hide_each_other(given: Given) -> None:
    answer = asked(given, PEERS | {"X": (60, 0), "Y": (60, 0), "Z": (60, 0)})
    assert {name for name, state in states(answer).items() if state == "hit"} == {"X", "Y", "Z"}
    assert {row["role"] for row in answer.leads["subjects"].iloc[0]} == {"body", "peer"}


def test_one_refusal_is_no_lead_and_too_few_decisions_say_nothing(given: Given) -> None:
    # 36 refused of 180, so 0.8^n: 8 decisions leave 0.17.
    answer = asked(given, PEERS | {"ONE": (60, 1), "FEW": (8, 0)})
    assert {name: states(answer)[name] for name in ("ONE", "FEW")} == {"ONE": "clean", "FEW": "not_assessable"}
    assert answer.leads.empty


def test_two_peers_are_not_enough_and_no_default_rate_is_used(given: Given) -> None:
    answer = asked(given, {"P1": (60, 12), "P2": (60, 13), "X": (200, 0), "SMALL": (49, 9)})
    assert answer.leads.empty and set(states(answer).values()) == {"not_assessable"}


def test_cases_sent_back_at_an_earlier_step_excuse_the_body(given: Given) -> None:
    returned = "approval_id,object_table,object_id,step,person_id,org_id,opinion,decided_at\n" + "".join(
        f"a{n},projects,i{n},department,D,X,return,2022-02-01T09:00:00\n" for n in range(12)
    )
    # 12 of 72 in all are 17 %, near the peers' 20 %.
    assert states(asked(given, PEERS | {"X": (60, 0)}, approvals=returned))["X"] == "excluded"


def test_an_item_refused_once_and_passed_later_is_a_refusal(given: Given) -> None:
    answer = asked(given, PEERS | {"X": (60, 0)})
    assert states(answer)["X"] == "hit"
    again = "meeting_id,item_id,org_id,member_id,vote,is_chair,voted_on,item_outcome\n"
    again += "".join(f"m{n},i{n},X,V,for,false,2022-03-01,passed\n" for n in range(60))
    again += "early,i0,X,V,against,false,2022-01-01,rejected\n"
    again += "".join(
        f"m{body}{n},i{body}{n},{body},V,for,false,2022-03-01,{'rejected' if n < 12 else 'passed'}\n"
        for body in ("P1", "P2", "P3")
        for n in range(60)
    )
    units = "org_id,name,kind\n" + "".join(f"{body},{body},state_owned\n" for body in ("X", "P1", "P2", "P3"))
    told = evaluate(INDICATORS["org-rubber-stamp"], given({"review_votes": again, "organizations": units}))
    assert states(told)["X"] == "clean"
