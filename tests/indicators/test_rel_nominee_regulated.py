"""Kin who hold a regulated firm: dates, declarations, contacts and scores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
INDICATOR = INDICATORS["rel-nominee-regulated"]

#: O leads the bureau that licenses the mine M from 2011 to 2016; B is O's brother.
BASE = {
    "persons": "person_id,name,phone,address\nO,甲,13900000001,\nB,乙,,\nX,丙,13900000001,\n",
    "organizations": "org_id,name\nU,局\nM,煤矿\n",
    "appointments": "person_id,org_id,post,start_date,end_date,is_leadership\nO,U,副局长,2010-01-01,2014-12-31,true\n",
    "kinships": "person_id,relative_id,relation\nO,B,sibling\n",
    "licences": "licence_id,org_id,kind,authority_id,valid_from,valid_until\nL,M,explosives,U,2011-01-01,2016-12-31\n",
}
SHARES = "org_id,holder_id,share,paid_in,start_date,end_date\n"


def held(share: str = "0.3", since: str = "2012-05-01", until: str = "", who: str = "B") -> dict[str, str]:
    return {"ownerships": f"{SHARES}M,{who},{share},600000,{since},{until}\n"}


def state(answer: Answer) -> str:
    return str(answer.assessed.set_index("subject_id").loc["O", "state"])


def lead(answer: Answer) -> dict[str, Any]:
    (only,) = answer.leads.to_dict("records")
    return only


def test_value_score_and_roles(given: Given) -> None:
    found = lead(evaluate(INDICATOR, given(BASE | held())))
    assert found["value"] == pytest.approx(0.3)
    assert found["score"] == pytest.approx(0.7 * (0.6 + 0.4 * 0.3))  # authority 0.7, kin 1, share 30 %: 0.504
    assert found["amount"] == 600_000
    assert {(one["id"], one["role"]) for one in found["subjects"]} == {
        ("O", "official"),
        ("M", "firm"),
        ("B", "nominee"),
    }


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2005-01-01", "2010-12-31", "clean"),  # sold before the licence
        ("2005-01-01", "2011-01-01", "hit"),
        ("2017-12-31", "", "hit"),  # 2014-12-31 + 36 months
        ("2018-01-01", "", "clean"),
        ("", "", "hit"),  # undated: cannot be ruled out
    ],
)
def test_holding_and_authority_must_overlap(since: str, until: str, expected: str, given: Given) -> None:
    assert state(evaluate(INDICATOR, given(BASE | held(since=since, until=until)))) == expected


@pytest.mark.parametrize(
    ("since", "assets", "expected"),
    [
        ("2009-06-01", "E,B,equity,600000,2009-06-01,true", "excluded"),
        ("2009-06-01", "E,B,equity,600000,2009-06-01,false", "hit"),  # not declared
        ("2009-06-01", "E,B,equity,1,2008-01-01,true", "hit"),  # another holding was declared
        ("2009-06-01", "E,B,vehicle,600000,2009-06-01,true", "hit"),
        ("2010-01-01", "E,B,equity,600000,2010-01-01,true", "hit"),  # bought on the first day of the post
        ("2010-06-01", "E,B,equity,600000,2010-06-01,true", "hit"),  # before the licence, but in the post
    ],
)
def test_only_older_and_declared_is_excluded(since: str, assets: str, expected: str, given: Given) -> None:
    table = {"assets": f"asset_id,owner_id,kind,value,acquired_on,is_declared\n{assets}\n"}
    assert state(evaluate(INDICATOR, given(BASE | held(since=since) | table))) == expected


def test_a_legal_representative_without_shares_counts_and_a_cashier_does_not(given: Given) -> None:
    nothing = {"ownerships": f"{SHARES}U,U,1,,,\n"}
    for role, expected in (("legal_representative", "hit"), ("finance_contact", "clean")):
        directors = {"directorships": f"org_id,person_id,role\nM,B,{role}\n"}
        assert state(evaluate(INDICATOR, given(BASE | nothing | directors))) == expected


def test_a_shared_phone_is_weaker_than_kinship_and_may_be_chance(given: Given) -> None:
    answer = evaluate(INDICATOR, given(BASE | held(who="X")))
    assert lead(answer)["score"] == pytest.approx(0.7 * 0.8 * (0.6 + 0.4 * 0.3))
    assert dict(zip(answer.counters["innocent"], answer.counters["state"], strict=True))["stranger"] == "holds"


def test_the_number_of_a_switchboard_links_nobody(given: Given) -> None:
    crowd = "".join(f"N{number},某{number},13900000001,\n" for number in range(3))  # five share it, four are allowed
    persons = {"persons": BASE["persons"] + crowd}
    assert state(evaluate(INDICATOR, given(BASE | held(who="X") | persons))) == "clean"
    fewer = {"persons": BASE["persons"] + crowd.split("N1")[0] + crowd.split("\n")[1] + "\n"}
    assert state(evaluate(INDICATOR, given(BASE | held(who="X") | fewer))) == "hit"


def test_full_authority_by_handling_makes_it_red(given: Given) -> None:
    acts = "application_id,applicant_id,authority_id,handler_id,kind,submitted_on\nA,M,U,O,explosives,2013-01-01\n"
    found = lead(evaluate(INDICATOR, given(BASE | held() | {"applications": acts})))
    assert (found["severity"], found["score"]) == ("red", pytest.approx(0.72))  # 1 * 1 * (0.6 + 0.4 * 0.3)


def test_a_stake_of_the_relatives_own_firm_counts_while_it_is_his(given: Given) -> None:
    # B runs H, and H holds 30 % of the mine from May 2012; B left H in 2013 or before H bought in.
    firms = {
        "organizations": "org_id,name\nU,局\nM,煤矿\nH,投资公司\n",
        **held(who="H"),
    }
    for until, expected in (("", "hit"), ("2013-01-31", "hit"), ("2012-01-31", "clean")):
        posts = f"org_id,person_id,role,start_date,end_date\nH,B,legal_representative,2010-02-01,{until}\n"
        found = evaluate(INDICATOR, given(BASE | firms | {"directorships": posts}))
        assert state(found) == expected, until
        if expected == "hit":
            assert {"O", "B", "M"} <= {one["id"] for one in lead(found)["subjects"]}
            assert {"ownerships", "directorships", "kinships"} <= set(found.evidence["table"])
