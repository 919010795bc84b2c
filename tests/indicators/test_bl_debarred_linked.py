"""Listed firms and their doubles: dates of the listing, marks, and who stands for a listed person."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from caselens.findings.evaluate import evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
INDICATOR = INDICATORS["bl-debarred-linked"]

#: L is listed from 2019-06-01 to 2021-05-31; F wins on 2020-09-01.
BASE = {
    "organizations": "org_id,name,established_on,phone,address\nL,旧公司,2010-01-01,87000001,东街1号\n"
    "F,新公司,2019-10-01,,\n",
    "watchlist": "entity_id,reason,listed_on,until\nL,debarred,2019-06-01,2021-05-31\n",
    "tenders": "tender_id,buyer_id,method,awarded_on\nT,B,open,2020-09-01\n",
    "bids": "tender_id,bidder_id,price,is_winner,deposit_account\nT,F,900000,true,a\n",
    "persons": "person_id,name\nX,老板\nY,会计\nZ,工程师\n",
}


def born(day: str) -> str:
    """The firms with F founded on ``day``, with phone and address of L."""
    return BASE["organizations"].replace("F,新公司,2019-10-01,,", f"F,新公司,{day},87000001,东街1号")


HEADS = "org_id,person_id,role\nL,X,legal_representative\n"


def state(given: Given, firm: str = "F", **more: str) -> str:
    found = evaluate(INDICATOR, given({**BASE, **more}))
    return dict(zip(found.assessed["subject_id"], found.assessed["state"], strict=True))[firm]


@pytest.mark.parametrize(
    ("won", "expected"),
    [
        ("2019-05-31", "clean"),  # the day before
        ("2019-06-01", "hit"),
        ("2021-05-31", "hit"),  # the last day is still in force
        ("2021-06-01", "excluded"),
    ],
)
def test_a_listing_counts_from_its_first_to_its_last_day(given: Given, won: str, expected: str) -> None:
    tenders = f"tender_id,buyer_id,method,awarded_on\nT,B,open,{won}\n"
    assert state(given, "L", tenders=tenders, bids="tender_id,bidder_id,price,is_winner\nT,L,9,true\n") == expected


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"directorships": HEADS + "F,X,legal_representative\n"}, "clean"),  # one mark
        ({"directorships": HEADS + "F,X,legal_representative\nL,Y,finance_contact\nF,Y,manager\n"}, "hit"),
        ({"directorships": HEADS + "F,X,legal_representative\n",
          "ownerships": "org_id,holder_id,share\nF,X,0.6\n"}, "hit"),  # he heads both and holds the new one
        ({"directorships": HEADS + "F,X,legal_representative\n", "accounts": "account_id,holder_id\na,L\n"}, "hit"),
        ({"organizations": born("2019-10-01")}, "hit"),
        ({"organizations": born("2021-06-02")}, "clean"),  # founded 24 months and a day after
        ({"organizations": born("2018-10-01")}, "clean"),  # an older sister
        ({"organizations": born("")}, "not_assessable"),
        ({"watchlist": "entity_id,reason,listed_on,until\nX,bribery_blacklist,2019-06-01,\n",
          "ownerships": "org_id,holder_id,share\nF,X,0.5\n"}, "hit"),  # the listed person holds half of it
        ({"watchlist": "entity_id,reason,listed_on,until\nF,dishonest_debtor,2019-06-01,\n"}, "excluded"),
    ],
)  # fmt: skip
def test_two_marks_and_a_birth_after_the_listing_make_a_double(
    given: Given, more: dict[str, str], expected: str
) -> None:
    assert state(given, **more) == expected


def test_an_address_of_six_firms_is_no_mark(given: Given) -> None:
    units = born("2019-10-01")
    assert state(given, organizations=units) == "hit"
    assert state(given, organizations=units + "".join(f"G{i},某,,,东街1号\n" for i in range(4))) == "clean"
