"""Authority, kin, links and control over hand-made families and offices; every case with the day on which it turns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pandas as pd
import pytest

from caselens.relations import relation
from caselens.workspace import Workspace

Given = Callable[..., Workspace]

POSTS = "person_id,org_id,post,remit,is_head,is_leadership,start_date,end_date\n"
UNITS = "org_id,name,parent_org_id\nCITY,市,\nBUREAU,局,CITY\nOFFICE,所,BUREAU\nSIDE,别局,CITY\nF,企业,\nG,另一企业,\n"


def authority(workspace: Workspace, official: str, party: str) -> pd.DataFrame:
    frame = relation(workspace, "authority").execute()
    return frame[(frame["official_id"] == official) & (frame["party_id"] == party)]


def on(frame: pd.DataFrame, day: str) -> float:
    """The strongest authority on a day, 0 where there is none."""
    moment = pd.Timestamp(day)
    since, until = pd.to_datetime(frame["since"]), pd.to_datetime(frame["until"])
    holds = (since.isna() | (since <= moment)) & (until.isna() | (until >= moment))
    return float(frame.loc[holds, "strength"].max()) if holds.any() else 0.0


def test_a_handler_has_full_authority_in_office_and_36_months_after(given: Given) -> None:
    workspace = given(
        {
            "appointments": POSTS + "O,BUREAU,科员,,,,2010-01-01,2015-06-30\n",
            "applications": "application_id,applicant_id,authority_id,handler_id,kind,submitted_on\nA,F,BUREAU,O,land,2014-03-01\n",
        }
    )
    found = authority(workspace, "O", "F")
    assert on(found, "2009-12-31") == 0  # not yet in office
    assert on(found, "2015-06-30") == 1
    assert on(found, "2018-06-30") == 1  # 2015-06-30 + 36 months
    assert on(found, "2018-07-01") == 0
    rows = [(row["table"], row["key"]) for row in found.iloc[0]["rows"]]
    assert rows == [("applications", "A"), ("appointments", "O|BUREAU|科员|2010-01-01")]


def test_an_act_outside_every_recorded_post_counts_36_months_both_ways(given: Given) -> None:
    workspace = given(
        {
            "appointments": POSTS + "O,SIDE,科员,,,,2000-01-01,2002-01-01\n",  # counts until 2005-01-01
            "contracts": "contract_id,buyer_id,supplier_id,amount,signed_on,handler_id\nC,BUREAU,F,5,2014-03-01,O\n"
            "D,BUREAU,G,5,2014-03-01,N\n",  # of N no post is known at all
        }
    )
    for official, party in (("O", "F"), ("N", "G")):
        found = authority(workspace, official, party)
        assert [on(found, day) for day in ("2011-02-28", "2011-03-01", "2017-03-01", "2017-03-02")] == [0, 1, 1, 0]


@pytest.mark.parametrize(
    ("tables", "party"),
    [
        ({"contract_changes": "change_id,contract_id,amount,changed_on,handler_id\nX,C,1,2014-01-01,O\n"}, "F"),
        (
            {"financing_terms": "financing_id,item,rate_after,changed_on,handler_id\nL,interest,0.04,2014-01-01,O\n"},
            "G",
        ),
        ({"project_events": "event_id,project_id,stage,happened_on,handler_id\nE,P,acceptance,2014-01-01,O\n"}, "F"),
        (
            {
                "approvals": "approval_id,object_table,object_id,step,person_id,org_id,opinion,decided_at\n"
                "V,contracts,C,head,O,BUREAU,approve,2014-01-01\n"
            },
            "F",
        ),
        (
            {
                "review_votes": "meeting_id,item_id,item_kind,org_id,member_id,vote,voted_on,item_outcome\n"
                "M,L,financing,BUREAU,O,against,2014-01-01,passed\n"
            },
            "G",
        ),
    ],
    ids=["change", "terms", "project event", "approval", "vote"],
)
def test_every_kind_of_act_reaches_the_party_whose_matter_it_is(
    tables: dict[str, str], party: str, given: Given
) -> None:
    base = {
        "appointments": POSTS + "O,BUREAU,科员,,,,2010-01-01,\n",
        "projects": "project_id,name,owner_id,lifecycle\nP,路,CITY,engineering\n",
        "contracts": "contract_id,project_id,buyer_id,supplier_id,amount,signed_on\nC,P,CITY,F,5,2014-01-01\n",
        "financings": "financing_id,borrower_id,lender_id,principal,annual_rate,start_date\nL,CITY,G,5,0.05,2014-01-01\n",
    }
    assert on(authority(given(base | tables), "O", party), "2014-02-01") == 1


def test_whoever_was_absent_or_recused_did_not_vote(given: Given) -> None:
    votes = "meeting_id,item_id,item_kind,org_id,member_id,vote,voted_on,item_outcome\n"
    workspace = given(
        {
            "contracts": "contract_id,buyer_id,supplier_id,amount,signed_on\nC,CITY,F,5,2014-01-01\n",
            "review_votes": votes
            + "".join(f"M,C,contract,CITY,{name},{vote},2014-01-01,passed\n" for name, vote in
                      (("A", "absent"), ("R", "recused"), ("Y", "abstain"))),
        }
    )  # fmt: skip
    acts = relation(workspace, "acts").execute()
    assert set(acts["official_id"]) == {"Y"}


def test_leaders_and_holders_of_the_remit_oversee_and_others_do_not(given: Given) -> None:
    workspace = given(
        {
            "organizations": UNITS,
            "oversight": "authority_id,subject_id,remit\nBUREAU,F,explosives\n",
            "appointments": POSTS
            + "HEAD,BUREAU,局长,,true,,2010-01-01,\n"
            + "DEPUTY,BUREAU,副局长,personnel,,true,2010-01-01,\n"  # leadership, whatever the remit
            + "CLERK,BUREAU,科员,payment; explosives,,,2010-01-01,\n"  # one of several remits
            + "OTHER,BUREAU,科员,explosives_archive,,,2010-01-01,\n"  # not the same remit, though it contains the word
            + "MAYOR,CITY,市长,,true,,2010-01-01,\n"  # the unit above
            + "LOWER,OFFICE,所长,,true,,2010-01-01,\n"  # a unit below has no say
            + "NEXT,SIDE,局长,,true,,2010-01-01,\n",  # a unit beside has none either
        }
    )
    found = {name: on(authority(workspace, name, "F"), "2015-01-01") for name in
             ("HEAD", "DEPUTY", "CLERK", "OTHER", "MAYOR", "LOWER", "NEXT")}  # fmt: skip
    assert found == {"HEAD": 0.7, "DEPUTY": 0.7, "CLERK": 0.7, "OTHER": 0, "MAYOR": 0.7, "LOWER": 0, "NEXT": 0}
    mayor = {(row["table"], row["key"]) for row in authority(workspace, "MAYOR", "F").iloc[0]["rows"]}
    assert ("organizations", "BUREAU") in mayor  # the row that says who stands above


def test_oversight_and_licences_have_a_period(given: Given) -> None:
    workspace = given(
        {
            "appointments": POSTS + "O,BUREAU,局长,,true,,2000-01-01,\n",
            "oversight": "authority_id,subject_id,remit,start_date,end_date\nBUREAU,F,land,2010-01-01,2012-12-31\n",
            "licences": "licence_id,org_id,kind,authority_id,valid_from,valid_until\nL,G,land,BUREAU,2010-01-01,2012-12-31\n",
        }
    )
    for party in ("F", "G"):
        found = authority(workspace, "O", party)
        days = ("2009-12-31", "2010-01-01", "2015-12-31", "2016-01-01")  # 2012-12-31 + 36 months = 2015-12-31
        assert [on(found, day) for day in days] == [0, 0.7, 0.7, 0]


@pytest.mark.parametrize(
    "tables",
    [
        {"contracts": "contract_id,buyer_id,supplier_id,amount,signed_on\nC,BUREAU,F,5,2014-01-01\n"},
        {
            "projects": "project_id,name,owner_id,lifecycle\nP,路,BUREAU,engineering\n",
            "contracts": "contract_id,project_id,buyer_id,supplier_id,amount,signed_on\nC,P,SIDE,F,5,2014-01-01\n",
        },
        {
            "asset_disposals": "disposal_id,seller_id,book_value,price,buyer_id,method,disposed_on\n"
            "D,BUREAU,5,5,F,lease,2014-01-01\n"
        },
    ],
    ids=["bought from", "owns its project", "leases to"],
)
def test_a_head_reaches_who_does_business_with_the_unit(tables: dict[str, str], given: Given) -> None:
    workspace = given({"appointments": POSTS + "O,BUREAU,局长,,true,,2010-01-01,\n"} | tables)
    assert on(authority(workspace, "O", "F"), "2014-06-01") == 0.7


def test_a_sale_is_no_lease(given: Given) -> None:
    disposals = (
        "disposal_id,seller_id,book_value,price,buyer_id,method,disposed_on\nD,BUREAU,5,5,F,agreement,2014-01-01\n"
    )
    workspace = given({"appointments": POSTS + "O,BUREAU,局长,,true,,2010-01-01,\n", "asset_disposals": disposals})
    assert authority(workspace, "O", "F").empty


def test_a_person_is_reached_through_firms_held_or_run(given: Given) -> None:
    workspace = given(
        {
            "appointments": POSTS + "O,BUREAU,局长,,true,,2010-01-01,\n",
            "contracts": "contract_id,buyer_id,supplier_id,amount,signed_on\nC,BUREAU,F,5,2014-01-01\n",
            "directorships": "org_id,person_id,role,start_date,end_date\nF,BOSS,legal_representative,2012-01-01,2014-12-31\n"
            "F,CASHIER,finance_contact,2012-01-01,\n",
            "ownerships": "org_id,holder_id,share\nF,FIVE,0.05\nF,FOUR,0.0499\nF,SOME,\n",
        }
    )
    reached = {name: on(authority(workspace, name_of, name), "2014-06-01") for name_of in ("O",) for name in
               ("BOSS", "CASHIER", "FIVE", "FOUR", "SOME")}  # fmt: skip
    assert reached == {"BOSS": 0.7, "CASHIER": 0, "FIVE": 0.7, "FOUR": 0, "SOME": 0.7}
    assert on(authority(workspace, "O", "BOSS"), "2015-01-01") == 0  # no longer runs it
    assert set(authority(workspace, "O", "BOSS")["via_id"]) == {"F"}


def test_units_above_stop_at_a_circle_and_say_their_rows(given: Given) -> None:
    workspace = given({"organizations": "org_id,name,parent_org_id\nA,甲,B\nB,乙,C\nC,丙,A\n"})
    above = relation(workspace, "above").execute()
    assert {(row.unit_id, row.upper_id, row.level) for row in above.itertuples()} == {
        ("A", "A", 0), ("A", "B", 1), ("A", "C", 2),
        ("B", "B", 0), ("B", "C", 1), ("B", "A", 2),
        ("C", "C", 0), ("C", "A", 1), ("C", "B", 2),
    }  # fmt: skip


def test_kin_to_degree_two_over_chains(given: Given) -> None:
    workspace = given(
        {
            "kinships": "person_id,relative_id,relation\nO,WIFE,spouse\nO,SON,child\nSON,GRANDSON,child\n"
            "GRANDSON,FOURTH,child\nO,BROTHER,sibling\nBROTHER,SISTER_IN_LAW,spouse\nBROTHER,NEPHEW,child\n"
            "WIFE,FATHER_IN_LAW,parent\nWIFE,HER_BROTHER,sibling\nO,COUSIN,other_kin\nO,FRIEND,associate\nO,INLAW,in_law\n"
        }
    )
    kin = relation(workspace, "kin").execute()
    mine = {row.relative_id: row.degree for row in kin[kin["person_id"] == "O"].itertuples()}
    # spouse 0, parent and child 1, sibling 2, in-laws as the spouse's kin; a nephew is 3, so is a great-grandchild.
    assert mine == {
        "WIFE": 0, "SON": 1, "GRANDSON": 2, "BROTHER": 2, "SISTER_IN_LAW": 2, "FATHER_IN_LAW": 1, "HER_BROTHER": 2,
        "INLAW": 2,
    }  # fmt: skip
    back = kin[kin["relative_id"] == "O"].set_index("person_id")
    assert back.loc["SON", "relation"] == "parent"  # the other direction is implied
    assert back.loc["GRANDSON", "degree"] == 2


def test_links_are_the_official_kin_associates_and_their_firms(given: Given) -> None:
    workspace = given(
        {
            "appointments": POSTS + "O,BUREAU,局长,,true,,2010-01-01,\n",
            "kinships": "person_id,relative_id,relation\nO,WIFE,spouse\nFRIEND,O,associate\nX,Y,spouse\n",
            "ownerships": "org_id,holder_id,share,start_date,end_date\nF,WIFE,0.3,2012-01-01,2013-12-31\nG,FRIEND,0.04,,\n",
            "directorships": "org_id,person_id,role\nH,FRIEND,manager\n",
        }
    )
    links = relation(workspace, "links").execute().set_index("party_id")
    assert set(links["official_id"]) == {"O"}  # X and Y hold no post
    assert set(links.index) == {"O", "WIFE", "FRIEND", "F", "H"}  # 4 % of G reaches nobody
    assert links.loc["F", "how"] == "spouse:holder"
    assert pd.Timestamp(links.loc["F", "until"]).date() == date(2013, 12, 31)
    assert {row["table"] for row in links.loc["F", "rows"]} == {"kinships", "ownerships"}


def test_remits_at_large_decide_about_licences_purchases_and_leases(given: Given) -> None:
    workspace = given(
        {
            "appointments": POSTS
            + "GRANTS,BUREAU,科长,行政审批,,,2010-01-01,\n"
            + "BUYS,BUREAU,科长,personnel；采购,,,2010-01-01,\n"
            + "PAYS,BUREAU,科员,payment,,,2010-01-01,\n"
            + "LETS,BUREAU,科员,资产管理,,,2010-01-01,\n"
            + "HIRES,BUREAU,科员,personnel,,,2010-01-01,\n",
            "licences": "licence_id,org_id,kind,authority_id\nL,G,explosives,BUREAU\n",
            "contracts": "contract_id,buyer_id,supplier_id,amount,signed_on\nC,BUREAU,S,5,2014-01-01\n",
            "asset_disposals": "disposal_id,seller_id,book_value,price,buyer_id,method,disposed_on\n"
            "D,BUREAU,5,5,T,lease,2014-01-01\n",
            "oversight": "authority_id,subject_id,remit\nBUREAU,V,audit；payment\n",
        }
    )
    found = relation(workspace, "authority").execute()
    assert set(zip(found["official_id"], found["party_id"], strict=True)) == {
        ("GRANTS", "G"), ("BUYS", "S"), ("PAYS", "S"), ("LETS", "T"), ("PAYS", "V"),
    }  # fmt: skip
