"""Money from a supervised party: where the lines run, and which records leave nothing to ask."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
INDICATOR = INDICATORS["flow-supervised-payer"]

#: O approved a contract of firm C, which B heads, in March 2020; W is O's spouse; K a cash counter.
BASE = {
    "persons": "person_id,name\nO,甲\nW,乙\nB,丙\n",
    "organizations": "org_id,name,kind\nU,水利局,government\nC,市政公司,private\n",
    "appointments": "person_id,org_id,post,start_date\nO,U,科长,2015-04-01\n",
    "directorships": "org_id,person_id,role\nC,B,legal_representative\n",
    "kinships": "person_id,relative_id,relation\nO,W,spouse\n",
    "contracts": "contract_id,buyer_id,supplier_id,amount,signed_on,handler_id\nX,U,C,300000,2020-03-10,O\n",
    "accounts": "account_id,holder_id,kind\naO,O,bank\naW,W,bank\naB,B,bank\naC,C,bank\nK,,cash\n",
}
HEAD = "payment_id,paid_at,payer_account,payee_account,amount,currency,basis\n"


def answer(given: Given, payments: str, **more: str) -> Answer:
    return evaluate(INDICATOR, given(BASE | more | {"payments": HEAD + payments}))


def state(found: Answer) -> str:
    return str(found.assessed.set_index("subject_id").loc["O", "state"])


@pytest.mark.parametrize(
    ("payments", "expected"),
    [
        ("1,2021-01-05,aB,aO,3000,,\n", "hit"),
        ("1,2021-01-05,aB,aO,2999.99,,\n", "clean"),
        # Four of 2,500 are 10,000 together, by the firm and by its head, to the official and to the spouse.
        ("1,2021-01-05,aB,aO,2500,,\n2,2021-02-05,aC,aW,2500,,\n3,2021-03-05,aB,aO,2500,,\n4,2021-04-05,aB,aW,2500,,\n",
         "hit"),
        ("1,2021-01-05,aB,aO,2500,,\n2,2021-02-05,aC,aW,2500,,\n3,2021-03-05,aB,aO,2500,,\n4,2021-04-05,aB,aW,2499,,\n",
         "clean"),
        # The contract of 10 March 2020 reaches 24 months: to 10 March 2022.
        ("1,2022-03-10,aB,aO,5000,,\n", "hit"),
        ("1,2022-03-11,aB,aO,5000,,\n", "clean"),
        # 16,800 had gone to the firm a fortnight before: a refund.
        ("1,2021-01-05,aO,aC,16800,,\n2,2021-01-19,aC,aO,16800,,\n", "excluded"),
        # Returned after it came: the receipt stays.
        ("1,2021-01-05,aC,aO,16800,,\n2,2021-05-19,aO,aC,16800,,\n", "hit"),
    ],
)  # fmt: skip
def test_where_the_lines_run(given: Given, payments: str, expected: str) -> None:
    assert state(answer(given, payments)) == expected


def test_insured_wages_are_no_such_credit_but_a_large_sum_is(given: Given) -> None:
    jobs = "person_id,org_id,start_date\nW,C,2019-01-01\n"
    assert state(answer(given, "1,2021-01-05,aC,aW,8000,,\n", employments=jobs)) == "excluded"
    assert state(answer(given, "1,2021-01-05,aC,aW,80000,,\n", employments=jobs)) == "hit"


def test_dollars_need_a_rate(given: Given) -> None:
    dollars = "1,2021-01-05,aB,aO,4000,USD,\n"
    assert state(answer(given, dollars)) == "not_assessable"
    rates = "currency,rate_on,cny\nUSD,2021-01-01,6.5\nUSD,2021-02-01,9\n"
    (lead,) = answer(given, dollars, exchange_rates=rates).leads.to_dict("records")
    assert lead["amount"] == 26_000  # 4,000 * 6.5, the last rate before the day


def test_cash_drawn_and_paid_in_on_one_day_is_a_weak_lead(given: Given) -> None:
    drawn, later = "1,2021-01-05T09:00:00,aB,K,60000,,\n", "2,2021-01-05T15:00:00,K,aO,58000,,\n"
    found = answer(given, drawn + later)
    (lead,) = found.leads.to_dict("records")
    assert lead["amount"] == 58_000 and lead["score"] < 0.5
    assert set(found.evidence.query("table == 'payments'")["key"]) == {"1", "2"}
    assert state(answer(given, drawn + later.replace("T15", "T08"))) == "clean"  # paid in before it was drawn
    assert state(answer(given, drawn + later.replace("01-05", "01-06"))) == "clean"


def test_testimony_alone_caps_the_score(given: Given) -> None:
    (lead,) = answer(given, "1,2021-01-05,aB,aO,800000,,testimony\n").leads.to_dict("records")
    assert lead["score"] == 0.5


def test_a_losing_bidder_and_an_applicant_count_where_the_official_decides(given: Given) -> None:
    # No contract at all: D lost a tender of U opened on 1 June 2020, E applied to U on that day.
    more = {
        "organizations": "org_id,name,kind\nU,水利局,government\nD,甲公司,private\nE,乙公司,private\n",
        "contracts": "contract_id,buyer_id,supplier_id,amount,signed_on\nX,OTHER,C,300000,2020-03-10\n",
        "directorships": "org_id,person_id,role\nD,B,legal_representative\n",
        "tenders": "tender_id,buyer_id,method,opened_at\nT,U,open,2020-06-01 09:00:00\n",
        "bids": "tender_id,bidder_id,price,is_winner\nT,D,100,false\nT,F,90,true\n",
        "applications": "application_id,applicant_id,authority_id,kind,submitted_on\nA,E,U,land,2020-06-01\n",
        "accounts": "account_id,holder_id,kind\naO,O,bank\naB,B,bank\naE,E,bank\n",
    }
    posts = "person_id,org_id,post,start_date,is_head,remit\nO,U,科长,2015-04-01,{}\n"
    for held, payer, on, expected in (
        ("true,", "aB", "2022-06-01", "hit"),  # through the person who runs the bidder, on the last day
        ("true,", "aB", "2022-06-02", "clean"),
        ("true,", "aE", "2020-01-05", "hit"),
        ("false,招投标", "aB", "2021-01-05", "hit"),
        ("false,招投标", "aE", "2021-01-05", "clean"),
        ("false,land", "aE", "2021-01-05", "hit"),
        ("false,", "aB", "2021-01-05", "clean"),
    ):
        found = answer(given, f"1,{on},{payer},aO,5000,,\n", appointments=posts.format(held), **more)
        assert state(found) == expected, (held, payer, on)
