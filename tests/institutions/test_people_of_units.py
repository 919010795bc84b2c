"""Cases, posts, votes, approvals, queues and losses of a town, against figures calculated by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from caselens.core.errors import NotAssessable
from caselens.institutions import (
    approvers,
    bodies,
    case_clusters,
    case_records,
    common_approvers,
    common_suppliers,
    losses,
    panels,
    queue,
    rotation,
    tenures,
    voted_items,
)

CASES = {
    "discipline_records": "record_id,person_id,org_id,filed_on\n1,ANN,ZONE,2023-01-10\n2,BEN,ZONE,2023-02-09\n"
    "3,CAI,ZONE,2023-12-31\n4,DAN,ZONE,2024-06-01\n5,ANN,ZONE,2024-06-02\n",
    # Ann left half a year before her case was filed, Ben two years before.
    "appointments": "person_id,org_id,post,is_leadership,remit,start_date,end_date\n"
    "ANN,ZONE,副主任,true,,2018-01-01,2022-06-01\nBEN,ZONE,科长,false,tendering,2018-01-01,2021-01-01\n",
    "contracts": "contract_id,buyer_id,supplier_id,amount,signed_on,handler_id\nC1,ZONE,FIRM,100,2020-01-01,ANN\n"
    "C2,ZONE,FIRM,200,2020-02-01,BEN\nC3,ZONE,MILL,300,2020-03-01,CAI\n",
    "approvals": "approval_id,object_table,object_id,step,person_id,org_id,opinion,decided_at\n"
    "1,contracts,C1,head,FEN,ZONE,approve,2020-01-01\n2,contracts,C2,head,FEN,ZONE,approve,2020-02-01\n"
    "3,contracts,C3,head,GAO,ZONE,approve,2020-03-01\n",
}


@pytest.fixture(scope="module")
def unit(town):
    return town(CASES)


def test_cases_are_counted_within_a_year_and_posts_up_to_a_year_after_they_ended(unit):
    found = case_records(unit).set_index("person_id")
    assert list(found.index) == ["ANN", "BEN", "CAI", "DAN"], "a second record of one person is no second case"
    # 2023-12-31 looks back to 2023-01-01: Ann, Ben, Cai. 2024-06-01 looks back to 2023-06-03: Cai, Dan.
    assert list(found["in_window"]) == [1, 2, 3, 2]
    # 30 days; 19 left of February and 306 to the end of the year; 152 to 31 May and one.
    assert list(found["gap_days"].dropna()) == [30, 325, 153]
    assert found.loc["ANN", "post"] == "副主任" and pd.isna(found.loc["BEN", "post"])


def test_the_densest_window_of_a_unit(unit):
    row = case_clusters(unit).iloc[0]
    assert (row["people"], row["leaders"], row["densest"]) == (4, 1, 3)
    assert (row["window_start"], row["window_end"]) == (pd.Timestamp("2023-01-10"), pd.Timestamp("2023-12-31"))
    assert (row["median_gap_days"], row["per_thousand"]) == (153, 40), "4 of 100 staff"


def test_what_several_of_them_had_in_common(unit):
    assert common_suppliers(unit)[["party_id", "people", "matters"]].values.tolist() == [["FIRM", 2, 2]]
    assert common_approvers(unit)[["party_id", "people", "matters"]].values.tolist() == [["FEN", 2, 2]]
    assert common_suppliers(unit, "CITY").empty


def test_without_records_nothing_is_said(town):
    with pytest.raises(NotAssessable, match="lacks discipline_records"):
        case_records(town({}))


def test_tenures_join_over_a_short_gap_and_reach_the_lines(town):
    posts = (
        "person_id,org_id,post,remit,is_head,start_date,end_date\nEVA,ZONE,主任,,true,2014-07-01,\n"
        "GAO,ZONE,财务科科长,payment,false,2019-01-01,2021-12-31\nGAO,ZONE,财务科科长,payment,false,2022-03-01,\n"
        "HAN,ZONE,科员,,false,2000-01-01,\nDAN,ZONE,审计科科长,audit,false,2023-01-01,2023-12-31\n"
    )
    unit = town({"appointments": posts})
    found = tenures(unit)
    # 2014-07-01 to 2024-06-30 are ten full years; 2019-01-01 to 2024-06-30 five and a half; a clerk has no key post.
    told = found[["person_id", "months", "is_held", "line"]].values.tolist()
    assert told == [["EVA", 120, True, "red"], ["GAO", 66, True, "yellow"], ["DAN", 12, False, ""]]
    row = rotation(unit).iloc[0]
    # Held today by Eva and Gao: the median of 120 and 66 is 93. Since 2021-06-30 only Dan's tenure began.
    assert (row["posts"], row["median_months"], row["yellow"], row["red"], row["moves"]) == (2, 93, 1, 1, 1)


def votes(item, day, outcome, marks):
    """One vote a member; the first is the chair's."""
    members = ["ANN", "BEN", "CAI", "DAN", "EVA", "FEN", "GAO"]
    return "".join(
        f"M{item},{item},project,CITY,{who},{mark},{'true' if place == 0 else 'false'},1000,{day},{outcome},random\n"
        for place, (who, mark) in enumerate(zip(members, marks, strict=True))
    )


FOR = ["for"] * 7


@pytest.fixture(scope="module")
def body(town):
    head = "meeting_id,item_id,item_kind,org_id,member_id,vote,is_chair,amount,voted_on,item_outcome,drawn\n"
    ballots = (
        votes("P0", "2019-06-01", "passed", [*FOR[:6], "against"])
        + votes("P1", "2021-01-01", "passed", FOR)
        + votes("P2", "2021-02-01", "passed", [*FOR[:6], "against"])
        + votes("P3", "2021-03-01", "passed", ["against", *FOR[1:]])
        + votes("P4", "2021-04-01", "rejected", [*FOR[:5], "abstain", "abstain"])
    )
    events = "event_id,org_id,kind,happened_on,text\nE1,CITY,rule_in_force,2020-01-01,一票否决的表决规则\n"
    return town({"review_votes": head + ballots, "unit_events": events})


def test_the_veto_rule_binds_from_its_day_and_not_the_chair(body):
    found = voted_items(body).set_index("item_id")
    assert dict(found["fails_rule"]) == {"P0": True, "P1": False, "P2": True, "P3": False, "P4": True}
    assert list(found.index[found["is_breach"]]) == ["P2"], "P0 was before the rule, P4 was rejected as it says"
    assert found.loc["P0", "rule"] == "not_on_record" and found.loc["P3", "chair_against"] == 1


def test_items_of_a_body_add_up(body):
    row = bodies(body).iloc[0]
    assert [row[name] for name in ("items", "passed", "refused", "undecided")] == [5, 4, 1, 0]
    assert (row["refusal_rate"], row["fails_rule"], row["breaches"], row["refused_amount"]) == (0.2, 3, 1, 1000)


def test_the_same_seven_people_overlap_wholly(body):
    row = panels(body).iloc[0]
    assert (row["panels"], row["members"], row["seats_each"], row["overlap"], row["drawn_share"]) == (5, 7, 7, 1, 1)
    assert pd.isna(row["pool"]) and row["top_share"] == 1


def test_approvers_count_each_matter_once(town):
    signed = (
        "approval_id,object_table,object_id,step,person_id,org_id,opinion,decided_at\n"
        "1,contracts,C1,handler,FEN,ZONE,approve,2020-01-01\n2,contracts,C1,head,FEN,ZONE,approve,2020-01-02\n"
        "3,contracts,C2,handler,FEN,ZONE,reject,2020-02-01\n4,contracts,C2,head,GAO,ZONE,return,2020-02-02\n"
        "5,contracts,C9,head,GAO,ZONE,approve,2020-02-03\n"
    )
    found = approvers(town({**CASES, "approvals": signed})).set_index("person_id")
    assert list(found.loc["FEN", ["decisions", "approved", "rejected", "returned", "other"]]) == [3, 2, 1, 0, 0]
    # Fen saw C1 (100) and C2 (200) of the unit's three matters; of Gao's two, the sum of C9 is on no record.
    assert found.loc["FEN", "amount"] == 300 and found.loc["FEN", "share"] == pytest.approx(2 / 3)
    assert found.loc["FEN", "refusal_rate"] == pytest.approx(1 / 3)
    assert (found.loc["GAO", "amount"], found.loc["GAO", "without_amount"]) == (200, 1)


def test_the_queue_counts_who_overtook_whom(town):
    asked = (
        "application_id,applicant_id,authority_id,kind,submitted_on,decided_on,outcome\n"
        "A1,FIRM,ZONE,audit,2024-01-01,2024-03-01,report_issued\nA2,MILL,ZONE,audit,2024-01-10,2024-02-01,report_issued\n"
        "A3,FIRM,ZONE,audit,2024-01-20,2024-02-10,report_issued\nA4,FIRM,ZONE,audit,2024-02-01,,\n"
        "A5,MILL,ZONE,audit,2024-03-01,2024-03-11,report_issued\n"
    )
    found = queue(town({"applications": asked})).set_index("application_id")
    # A1: January and a leap February. A4 is still waiting: 28 left of February, 31, 30, 31, 30.
    assert found.loc["A1", "days"] == 60 and found.loc["A4", ["days", "state"]].tolist() == [150, "pending"]
    assert found["overtaken"].to_dict() == {"A4": 1, "A1": 2, "A2": 0, "A3": 0, "A5": 0}


DEALS = (
    "financing_id,borrower_id,lender_id,principal,annual_rate,start_date,maturity_date,loss_amount,handler_id\n"
    "F1,CITY,BANK,1000,0.05,2020-01-01,2022-01-01,{loss},ANN\nF2,CITY,BANK,500,0.05,2020-01-01,2022-01-01,{nought},ANN\n"
    "F3,CITY,BANK,700,0.05,2020-01-01,2022-01-01,,ANN\n"
)


def test_losses_go_to_those_who_said_yes(town):
    signed = (
        "approval_id,object_table,object_id,step,person_id,org_id,opinion,decided_at\n"
        "1,financings,F1,head,FEN,CITY,approve,2020-01-01\n2,financings,F1,finance,GAO,CITY,reject,2020-01-01\n"
    )
    cast = (
        "meeting_id,item_id,item_kind,org_id,member_id,vote,voted_on,item_outcome\n"
        "M1,F1,financing,CITY,BEN,for,2019-12-01,passed\nM1,F1,financing,CITY,CAI,against,2019-12-01,passed\n"
    )
    unit = town({"financings": DEALS.format(loss=300, nought=0), "approvals": signed, "review_votes": cast})
    found = losses(unit).set_index(["by", "id"])
    assert set(found.index) == {("handler", "ANN"), ("approver", "FEN"), ("member", "BEN"), ("panel", "CITY")}
    ann = found.loc[("handler", "ANN")]
    # 300 of the 1,500 whose outcome is known; the 700 without a figure are told, not taken as nought.
    assert (ann["financings"], ann["lost"], ann["loss"], ann["loss_rate"], ann["unknown"]) == (3, 1, 300, 0.2, 1)
    assert found.loc[("approver", "FEN"), "loss_rate"] == pytest.approx(0.3)


def test_no_figure_for_a_loss_is_not_no_loss(town):
    with pytest.raises(NotAssessable):
        losses(town({"financings": DEALS.format(loss="", nought="")}))
