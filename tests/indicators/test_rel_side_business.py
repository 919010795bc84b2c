"""Roles in firms under authority: which count, from when, and what excludes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
INDICATOR = INDICATORS["rel-side-business"]

#: O leads the bureau that licenses the firm M since 2016; K is O's child; S is a state-owned firm under the bureau.
BASE = {
    "persons": "person_id,name\nO,甲\nK,乙\n",
    "organizations": "org_id,name,kind\nU,局,government\nM,厂,private\nS,国企,state_owned\n",
    "appointments": "person_id,org_id,post,start_date,is_leadership\nO,U,副局长,2017-04-10,true\n",
    "kinships": "person_id,relative_id,relation\nO,K,child\n",
    "licences": "licence_id,org_id,kind,authority_id,valid_from\nL,M,permit,U,2016-01-01\nL2,S,permit,U,2016-01-01\n",
}


def state(answer: Answer) -> str:
    return str(answer.assessed.set_index("subject_id").loc["O", "state"])


@pytest.mark.parametrize(
    ("firm", "since", "expected"),
    [
        ("M", "2017-04-09", "excluded"),  # the day before the post
        ("M", "2017-04-10", "hit"),
        ("S", "2018-01-01", "clean"),  # a job at a state-owned firm
        ("U", "2018-01-01", "clean"),  # a job at the bureau itself is no firm's
    ],
)
def test_a_job_counts_from_the_appointment_on(firm: str, since: str, expected: str, given: Given) -> None:
    jobs = {"employments": f"person_id,org_id,start_date\nK,{firm},{since}\n"}
    assert state(evaluate(INDICATOR, given(BASE | jobs))) == expected


def test_a_director_counts_whenever_it_began(given: Given) -> None:
    roles = {"directorships": "org_id,person_id,role,start_date\nM,K,director,2010-01-01\n"}
    answer = evaluate(INDICATOR, given(BASE | roles))
    assert state(answer) == "hit"
    # director 0.9, authority 0.7, no share known (taken as 0.3): 0.63 * (0.65 + 0.25 * 0.3) = 0.456750
    assert answer.leads["score"].tolist() == [pytest.approx(0.456750, abs=1e-4)]
    assert {one["role"] for one in answer.leads.iloc[0]["subjects"]} == {"official", "firm", "kin"}


def test_a_post_of_the_official_in_a_state_owned_firm_comes_with_the_office(given: Given) -> None:
    roles = {"directorships": "org_id,person_id,role,start_date\nS,O,director,2018-01-01\n"}
    assert state(evaluate(INDICATOR, given(BASE | roles))) == "clean"
    kin = {"directorships": "org_id,person_id,role,start_date\nS,K,director,2018-01-01\n"}
    assert state(evaluate(INDICATOR, given(BASE | kin))) == "hit"


@pytest.mark.parametrize(("is_declared", "expected"), [("true", "excluded"), ("false", "hit")])
def test_an_older_holding_is_excluded_only_if_declared(is_declared: str, expected: str, given: Given) -> None:
    more = {
        "ownerships": "org_id,holder_id,share,start_date\nM,K,0.4,2012-05-01\n",
        "directorships": "org_id,person_id,role,start_date\nM,K,legal_representative,2012-05-01\n",
        "assets": f"asset_id,owner_id,kind,value,acquired_on,is_declared\nE,K,equity,400000,2012-05-20,{is_declared}\n",
    }
    assert state(evaluate(INDICATOR, given(BASE | more))) == expected
