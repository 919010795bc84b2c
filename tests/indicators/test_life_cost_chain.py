"""The cost chain: margins, severity, and whose adjustment counts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
INDICATOR = INDICATORS["life-cost-chain"]
HEAD = "project_id,name,owner_id,lifecycle,estimate,approved_estimate,budget,final_cost\n"
EVENTS = "event_id,project_id,stage,happened_on,handler_id,document_no,issued_by_id,amount\n"


def asked(given: Given, costs: str, **more: str) -> Answer:
    return evaluate(INDICATOR, given({"projects": f"{HEAD}P,路,U,engineering,{costs}\n"} | more))


def state(answer: Answer) -> str:
    return str(answer.assessed.set_index("subject_id").loc["P", "state"])


@pytest.mark.parametrize(
    ("costs", "expected", "severity"),
    [
        ("100,110,110,110", "clean", None),  # exactly a tenth over the estimate
        ("100,110.01,110.01,110.01", "hit", "red"),
        ("100,100,100.5,100.5", "clean", None),  # exactly the tolerance of 0.5 %
        ("100,100,100.51,100", "hit", "yellow"),
        ("100,100,90,95", "hit", "yellow"),  # final above budget, within the approved estimate
        ("100,100,90,100.5", "hit", "yellow"),  # within it but for the tolerance
        ("100,100,90,100.51", "hit", "red"),
        ("624000000,600000000,429000000,290000000", "clean", None),  # 6.24亿 → 2.9亿: a saving
        ("100,100,,", "not_assessable", None),
        ("100,100,,120", "hit", "red"),  # no budget: the approved estimate stands in
        ("100,,90,", "not_assessable", None),
    ],
)
def test_margins_and_severity(costs: str, expected: str, severity: str | None, given: Given) -> None:
    answer = asked(given, costs)
    assert state(answer) == expected
    assert list(answer.leads["severity"]) == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("E,P,estimate_adjustment,2020-01-01,H,文1,BOARD,20", "excluded"),
        ("E,P,estimate_adjustment,2020-01-01,H,文1,U,20", "hit"),  # approved by the owner himself
        ("E,P,estimate_adjustment,2020-01-01,H,,BOARD,20", "hit"),  # no number
        ("E,P,estimate_adjustment,2020-01-01,H,文1,,20", "hit"),  # nobody issued it
        ("E,P,estimate_adjustment,2020-01-01,L,文1,BOARD,20", "hit"),  # signed by one who belongs to the issuer
        ("E,P,estimate_adjustment,2020-01-01,H,文1,BOARD,5", "hit"),  # smaller than the overrun
        ("E,P,acceptance,2020-01-01,H,文1,BOARD,20", "hit"),  # no adjustment at all
    ],
)
def test_only_an_adjustment_by_another_body_counts(event: str, expected: str, given: Given) -> None:
    posts = "person_id,org_id,post,start_date\nH,U,科长,2015-01-01\nL,BOARD,科长,2015-01-01\n"
    answer = asked(given, "100,100,100,115", project_events=f"{EVENTS}{event}\n", appointments=posts)
    assert state(answer) == expected
    if expected == "hit":
        assert list(answer.counters["state"]) == ["does_not_hold"]


def test_other_lifecycles_have_no_cost_chain(given: Given) -> None:
    answer = evaluate(INDICATOR, given({"projects": f"{HEAD}P,补贴,U,subsidy,100,100,100,200\n"}))
    assert answer.assessed.empty and answer.leads.empty
