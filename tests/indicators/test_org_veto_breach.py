"""The rule of vetoes: whose vote is one, from when, and which vote counts."""

from collections.abc import Callable

import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
HEAD = "meeting_id,item_id,item_kind,org_id,member_id,vote,is_chair,amount,voted_on,item_outcome\n"
UNITS = "org_id,name,kind,parent_org_id\nG,集团,state_owned,\nB,资本公司,state_owned,G\n"
RULE = "event_id,org_id,kind,happened_on,text\nR,{unit},rule_in_force,2022-03-01,{text}\n"


def ballot(
    votes: str,
    day: str = "2023-01-05",
    meeting: str = "m",
    item: str = "i",
    outcome: str = "passed",
    kind: str = "project",
) -> str:
    """One letter a member, the chair first: f(or), a(gainst), s (abstain), r(ecused), x (absent)."""
    words = {"f": "for", "a": "against", "s": "abstain", "r": "recused", "x": "absent"}
    return "".join(
        f"{meeting},{item},{kind},B,M{n},{words[letter]},{'true' if n == 0 else 'false'},50000000,{day},{outcome}\n"
        for n, letter in enumerate(votes)
    )


def asked(given: Given, votes: str, unit: str = "B", text: str = "一票否决", **more: str) -> Answer:
    tables = {"review_votes": HEAD + votes, "organizations": UNITS, "unit_events": RULE.format(unit=unit, text=text)}
    return evaluate(INDICATORS["org-veto-breach"], given(tables | more))


@pytest.mark.parametrize(
    ("votes", "breach"),
    [
        ("ffaffff", True),  # one veto
        ("afffffs", False),  # the chair's vote is ordinary, one abstention is too few
        ("sffffsf", True),  # the chair's abstention is the second
        ("fffffsf", False),
        ("ffffrrr", False),  # four of four who may vote
        ("ffffxxx", True),  # four of seven: 57 %, no two thirds
        ("fffffxx", False),  # five of seven: 71 %
    ],
)
def test_the_default_rule(given: Given, votes: str, breach: bool) -> None:
    assert len(asked(given, ballot(votes)).leads) == breach


def test_the_last_vote_counts(given: Given) -> None:
    first = ballot("fffaffr", meeting="m1")
    settled = asked(given, first + ballot("fffffff", "2023-02-05", "m2"))
    assert settled.leads.empty and set(settled.assessed["state"]) == {"clean"}
    again = asked(given, first + ballot("fffafff", "2023-02-05", "m2"))
    assert len(again.leads) == 1 and len(again.evidence) == 15  # 14 votes and the rule
    refused = asked(given, first + ballot("fffafff", "2023-02-05", "m2", outcome="rejected"))
    assert refused.leads.empty


def test_a_rule_of_the_unit_above_binds_and_a_rule_on_purchases_does_not(given: Given) -> None:
    assert len(asked(given, ballot("ffaffff"), unit="G").leads) == 1
    other = asked(given, ballot("ffaffff"), text="60万元以上采购由集团组织对外招标")
    assert set(other.assessed["state"]) == {"not_assessable"}
    early = asked(given, ballot("ffaffff", "2022-02-28"))
    assert set(early.assessed["state"]) == {"excluded"}
    assert len(asked(given, ballot("ffaffff", "2022-03-01")).leads) == 1


def test_without_a_rule_on_record_practice_speaks_and_is_only_yellow(given: Given) -> None:
    practice = "".join(ballot("ffaffff", meeting=f"p{n}", item=f"j{n}", outcome="rejected") for n in range(3))
    answer = asked(given, practice + ballot("fffaffff"), text="采购办法")
    assert answer.leads["severity"].tolist() == ["yellow"]
    assert asked(given, ballot("ffaffff"), text="采购办法").leads.empty


def test_money_before_the_vote_is_a_breach_of_a_contract_or_financing(given: Given) -> None:
    loans = "financing_id,borrower_id,lender_id,principal,annual_rate,start_date\ni,G,B,50000000,0.05,2023-01-0{day}\n"
    answer = asked(given, ballot("fffffff", kind="financing"), financings=loans.format(day=4))
    assert answer.leads["why_en"].tolist() == ["the money had moved before the vote"]
    assert answer.leads["objects"].iloc[0][0] == {"table": "financings", "id": "i"}
    assert asked(given, ballot("fffffff", kind="financing"), financings=loans.format(day=5)).leads.empty


def test_chinese_outcomes_are_understood_and_others_said_to_be_unknown(given: Given) -> None:
    assert len(asked(given, ballot("ffaffff", outcome="通过")).leads) == 1
    assert asked(given, ballot("ffaffff", outcome="不通过")).leads.empty
    unknown = asked(given, ballot("ffaffff", outcome="研究"))
    assert unknown.assessed["reason"].str.contains("outcomes").all()


def test_where_no_chair_is_on_record_one_vote_against_may_be_the_chairs(given: Given) -> None:
    unknown = ballot("afffffa").replace("true", "")
    assert asked(given, ballot("ffffffa").replace("true", "")).leads.empty
    assert asked(given, unknown).leads["why_en"].tolist() == ["1 veto(es)"]
