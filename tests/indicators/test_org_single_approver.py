"""One hand: who decided, what are minutes, and where their absence may be told."""

from collections.abc import Callable

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
COVER = "table,scope,period_start,period_end,is_complete\napprovals,{scope},2021-01-01,{until},true\n"
STEPS = "approval_id,object_table,object_id,step,person_id,org_id,opinion,decided_at,document_no\n"
UNITS = "org_id,name,kind,region\nU,公司,state_owned,东区\n"


def asked(
    given: Given,
    minutes: int,
    scope: str = "U",
    until: str = "2021-12-31",
    supplier: str = "",
    more: str = "",
    **tables: str,
) -> Answer:
    """Ten contracts of 2 million, signed by H one a month; ``minutes`` of them were decided together before."""
    contracts, steps = "contract_id,buyer_id,supplier_id,amount,signed_on\n", STEPS
    for number in range(10):
        contracts += f"c{number},U,{supplier or f'S{number}'},2000000,2021-{number + 1:02d}-05\n"
        steps += f"h{number},contracts,c{number},head,H,U,approve,2021-{number + 1:02d}-05T10:00:00,\n"
        if number < minutes:
            steps += (
                f"m{number},contracts,c{number},collective,D,U,approve,2021-{number + 1:02d}-04T10:00:00,纪要{number}\n"
            )
    given_tables = {
        "contracts": contracts,
        "approvals": steps + more,
        "coverage": COVER.format(scope=scope, until=until),
        "organizations": UNITS,
    }
    return evaluate(INDICATORS["org-single-approver"], given(given_tables | tables))


def state(answer: Answer) -> str:
    return str(answer.assessed["state"].item())


def test_three_in_ten_without_minutes_are_a_lead_and_two_are_not(given: Given) -> None:
    answer = asked(given, 7)
    assert answer.leads[["severity", "missing", "amount"]].values.tolist() == [["yellow", "30%", 20_000_000.0]]
    assert [row["role"] for row in answer.leads["subjects"].iloc[0]] == ["official", "unit"]
    assert state(asked(given, 8)) == "excluded"


def test_absence_says_something_only_inside_complete_coverage(given: Given) -> None:
    assert state(asked(given, 0, scope="V")) == "not_assessable"
    assert state(asked(given, 0, until="2021-04-30")) == "not_assessable"  # four of ten decisions
    assert state(asked(given, 0, scope="东区")) == "hit"
    assert state(asked(given, 0, scope="")) == "hit"
    votes = "table,scope,period_start,period_end,is_complete\nreview_votes,U,2021-01-01,2021-12-31,true\n"
    assert state(asked(given, 0, coverage=votes)) == "not_assessable"  # says nothing about signatures


def test_a_joint_review_is_no_collective_decision_and_the_signer_cannot_minute_himself(given: Given) -> None:
    own = "".join(
        f"j{n},contracts,c{n},joint_review,D,U,approve,2021-{n + 1:02d}-04T10:00:00,会签{n}\n"
        f"k{n},contracts,c{n},collective,H,U,approve,2021-{n + 1:02d}-04T10:00:00,\n"
        for n in range(10)
    )
    assert asked(given, 0, more=own).leads["missing"].tolist() == ["100%"]
    votes = "meeting_id,item_id,org_id,member_id,vote,voted_on,item_outcome\n" + "".join(
        f"v{n},c{n},U,{who},for,2021-{n + 1:02d}-03,passed\n" for n in range(10) for who in "XY"
    )
    assert state(asked(given, 0, review_votes=votes)) == "excluded"


def test_linked_winners_are_a_lead_with_all_minutes_on_record(given: Given) -> None:
    kin = {
        "persons": "person_id,name\nH,甲\nW,乙\n",
        "appointments": "person_id,org_id,post,start_date\nH,U,董事长,2015-01-01\n",
        "kinships": "person_id,relative_id,relation\nH,W,spouse\n",
        "ownerships": "org_id,holder_id,share,start_date\nS0,W,0.4,2018-01-01\n"
        "S1,W,0.4,2018-01-01\nS2,W,0.4,2021-06-01\n",
    }
    # S2 came into the family only after its contract.
    answer = asked(given, 10, **kin)
    assert answer.leads[["severity", "linked_count"]].values.tolist() == [["red", 2.0]]
    assert {"ownerships", "kinships"} <= set(answer.evidence["table"])
    held = answer.counters.set_index("innocent")["state"]
    assert held["minutes"] == "holds"
    assert asked(given, 10, supplier="ONE").leads["hand_text"].tolist() == ["100%"]


def test_successive_heads_are_judged_one_by_one(given: Given) -> None:
    # G decided ten others the year before; over both years together each has half.
    before = STEPS.join([""]) + "".join(
        f"g{n},contracts,b{n},head,G,U,approve,2020-{n + 1:02d}-05T10:00:00,\n" for n in range(10)
    )
    contracts = "contract_id,buyer_id,supplier_id,amount,signed_on\n" + "".join(
        f"{key}{n},U,S{n},2000000,{year}-{n + 1:02d}-05\n"
        for key, year in (("b", 2020), ("c", 2021))
        for n in range(10)
    )
    cover = "table,scope,period_start,period_end,is_complete\napprovals,U,2020-01-01,2021-12-31,true\n"
    answer = asked(given, 0, more=before, contracts=contracts, coverage=cover)
    assert sorted(answer.leads["lead"]) == ["U|G", "U|H"]
    assert answer.leads["value"].tolist() == [1.0, 1.0]
