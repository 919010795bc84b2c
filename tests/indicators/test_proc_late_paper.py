"""Work before papers: which signs and papers count, and which orders clear."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
INDICATOR = INDICATORS["proc-late-paper"]

#: Notice 2020-03-01, award 2020-04-01, contract 2020-04-10; entry on site after that.
BASE = {
    "organizations": "org_id,name,kind\nU,局,government\nF,公司,private\nG,市政府,government\n",
    "persons": "person_id,name\nO,甲\n",
    "appointments": "person_id,org_id,post,start_date\nO,U,主任,2015-01-01\n",
    "projects": "project_id,name,owner_id,lifecycle\nP,路,U,engineering\n",
    "tenders": "tender_id,project_id,buyer_id,method,published_on,awarded_on\nT,P,U,open,2020-03-01,2020-04-01\n",
    "contracts": "contract_id,tender_id,project_id,buyer_id,supplier_id,amount,signed_on\n"
    "C,T,P,U,F,900000,2020-04-10\n",
    "accounts": "account_id,holder_id\naU,U\naF,F\n",
}
EVENTS = "event_id,project_id,stage,happened_on,handler_id,document_no,issued_by_id\n"
PAID = "payment_id,paid_at,payer_account,payee_account,amount,memo,reference_id,basis\n"
LATER = "1,P,site_entry,2020-05-01,O,,\n"


def answer(given: Given, events: str = LATER, payments: str = "", **more: str) -> Answer:
    tables = {**BASE, "project_events": EVENTS + events, **more}
    if payments:
        tables["payments"] = PAID + payments
    return evaluate(INDICATOR, given(tables))


def told(found: Answer, matter: str = "P") -> tuple[str, str, float] | str:
    if len(found.leads):
        lead = found.leads.iloc[0]
        return lead["lead"], lead["severity"], lead["value"]
    return dict(zip(found.assessed["subject_id"], found.assessed["state"], strict=True))[matter]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ("1,P,site_entry,2020-03-25,O,,\n", ("P", "yellow", 7)),  # seven days before the award, after the notice
        ("1,P,site_entry,2020-03-26,O,,\n", "clean"),  # six
        ("1,P,材料进场,2020-02-20,O,,\n", ("P", "red", 41)),  # before the notice; 41 days before the award
        ("1,P,survey_design,2020-01-01,O,,\n" + LATER, "clean"),  # design is no work
        ("1,P,design_change,2020-05-01,O,,\n", "not_assessable"),
    ],
)
def test_signs_of_work_against_notice_and_award(given: Given, events: str, expected: object) -> None:
    assert told(answer(given, events.replace(LATER, "2,P,site_entry,2020-05-01,O,,\n"))) == expected


@pytest.mark.parametrize(
    ("payment", "expected"),
    [
        ("p,2020-02-15,aU,aF,300000,,C,\n", ("P", "red", 46)),
        ("p,2020-02-15,aU,aF,300000,,T,\n", ("P", "red", 46)),
        ("p,2020-02-15,aU,aF,300000,工程款,,\n", ("P", "red", 46)),  # no reference, before the pair's first contract
        ("p,2020-02-15,aU,aF,300000,往来,,\n", "clean"),
        ("p,2020-02-15,aU,aF,300000,退保证金,T,\n", "clean"),
        ("p,2020-02-15,aU,aF,300000,工程款,C,testimony\n", "clean"),  # words alone are no sign
        ("p,2020-02-15,aF,aU,300000,工程款,C,\n", "clean"),  # the other way
    ],
)
def test_payments_before_the_papers(given: Given, payment: str, expected: object) -> None:
    assert told(answer(given, payments=payment)) == expected


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("2,P,emergency_order,2020-02-20,O,府令3号,G\n", "excluded"),
        ("2,P,emergency_order,2020-02-21,O,府令3号,G\n", "hit"),  # the day after
        ("2,P,emergency_order,2020-02-20,O,,G\n", "hit"),  # no number
        ("2,P,emergency_order,2020-02-20,O,街办3号,U\n", "hit"),  # the owner's own
    ],
)
def test_an_order_clears_only_where_another_body_gave_it_before(given: Given, order: str, expected: str) -> None:
    found = answer(given, "1,P,site_entry,2020-02-20,O,,\n" + order)
    assert dict(zip(found.assessed["subject_id"], found.assessed["state"], strict=True))["P"] == expected
    if expected == "hit":
        assert "claimed" in found.counters.loc[found.counters["innocent"] == "emergency", "note"].iloc[0]


def test_a_design_contract_does_not_stand_for_the_works(given: Given) -> None:
    contracts = "contract_id,project_id,buyer_id,supplier_id,amount,signed_on,category\nD,P,U,F,90000,2019-06-01,设计\n"
    tenders = BASE["tenders"].replace("2020-03-01,2020-04-01", "2020-03-01,2020-04-01")
    found = answer(given, "1,P,site_entry,2020-02-01,O,,\n", contracts=contracts, tenders=tenders)
    assert told(found) == ("P", "red", 60)  # the award of the works, not the design of the year before


def test_a_delivery_taken_before_its_contract_is_a_matter_of_its_own(given: Given) -> None:
    goods = BASE["contracts"].replace("signed_on\n", "signed_on,accepted_on\n").replace("04-10\n", "04-10,\n")
    found = answer(given, contracts=goods + "G,,,U,F,80000,2021-05-20,2021-05-01\n")
    assert told(found) == ("G", "yellow", 19)
