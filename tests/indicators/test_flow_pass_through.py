"""Money passed on: tolerance, window, advances, one circle as one beneficiary, and what does not count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from caselens.findings import screen
from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
INDICATOR = INDICATORS["flow-pass-through"]

#: O handled the loan of S; K is O's sibling, W the spouse; M is the intermediary, X a stranger.
BASE = {
    "persons": "person_id,name\nO,甲\nK,乙\nW,丙\nX,丁\n",
    "organizations": "org_id,name\nU,局\nS,平台\nM,金服\n",
    "appointments": "person_id,org_id,post,start_date\nO,U,副局长,2014-01-01\n",
    "kinships": "person_id,relative_id,relation\nO,K,sibling\nO,W,spouse\n",
    "financings": "financing_id,borrower_id,lender_id,principal,annual_rate,start_date,handler_id\n"
    "L,S,U,5,0.05,2016-03-01,O\n",
    "accounts": "account_id,holder_id\naS,S\naM,M\naK,K\naW,W\naX,X\naO,O\n",
}


def paid(*payments: str, head: str = "payment_id,paid_at,payer_account,payee_account,amount") -> dict[str, str]:
    """Payments as "day payer payee amount"."""
    rows = [f"p{number},{','.join(payment.split())}" for number, payment in enumerate(payments)]
    return {"payments": "\n".join([head, *rows]) + "\n"}


def state(answer: Answer, subject: str = "M") -> str | None:
    states = dict(zip(answer.assessed["subject_id"], answer.assessed["state"], strict=True))
    return states.get(subject)


def lead(answer: Answer) -> dict[str, Any]:
    (only,) = answer.leads.to_dict("records")
    return only


def test_178_of_250_in_two_payments(given: Given) -> None:
    answer = evaluate(INDICATOR, given(BASE | paid("2016-06-01 aS aM 2500000", "2016-06-05 aM aK 1000000",
                                                   "2016-06-11 aM aK 780000")))  # fmt: skip
    found = lead(answer)
    assert found["value"] == pytest.approx(0.712)  # 178 / 250
    assert (found["amount"], found["kept"]) == (1_780_000, 720_000)  # 72 kept
    # The share (0.712 - 0.5) of the half above the limit, full authority: 0.5 + 0.212 = 0.712.
    assert found["score"] == pytest.approx(0.712)


@pytest.mark.parametrize(
    ("payments", "expected"),
    [
        (["2016-06-01 aS aM 100000", "2016-06-02 aM aK 50000"], "hit"),  # exactly a half
        (["2016-06-01 aS aM 100000", "2016-06-02 aM aK 49999.99"], "clean"),
        (["2016-06-01 aS aM 49999.99", "2016-06-02 aM aK 49999.99"], None),  # below the smallest sum: not asked
        (["2016-06-01 aS aM 100000", "2016-06-02 aM aK 101000"], "hit"),  # 1 % more than came in
        (["2016-06-01 aS aM 100000", "2016-06-02 aM aK 101000.01"], "clean"),
        (["2016-06-01 aS aM 100000", "2016-07-01 aM aK 60000"], "hit"),  # day 30
        (["2016-06-01 aS aM 100000", "2016-07-02 aM aK 60000"], "clean"),  # day 31
        (["2016-06-01 aS aM 100000", "2016-05-25 aM aK 60000"], "hit"),  # advanced 7 days before
        (["2016-06-01 aS aM 100000", "2016-05-24 aM aK 60000"], "clean"),
        (["2016-06-01 aS aM 100000", "2016-06-02 aM aK 30000", "2016-06-03 aM aW 25000"], "hit"),  # one circle
        (["2016-06-01 aS aM 100000", "2016-06-02 aM aX 79999"], "clean"),  # to a stranger, under four fifths
        (["2016-06-01 aS aM 100000", "2016-06-02 aM aX 90000"], "not_assessable"),  # the balance is not known
        (["2016-06-01 aX aM 100000", "2016-06-02 aM aK 90000"], None),  # no authority over the payer
        (["2016-06-01 aS aM 100000"], "not_assessable"),  # nothing is known of what M pays
        (["2016-06-01 aS aK 100000", "2016-06-02 aK aO 90000"], None),  # K is no intermediary: it has arrived
        (["2013-12-31 aS aM 100000", "2014-01-02 aM aK 90000"], None),  # before O's post
    ],
)  # fmt: skip
def test_where_the_line_runs(payments: list[str], expected: str | None, given: Given) -> None:
    assert state(evaluate(INDICATOR, given(BASE | paid(*payments))), "M") == expected


def test_both_beneficiaries_of_a_circle_are_named(given: Given) -> None:
    payments = paid("2016-06-01 aS aM 100000", "2016-06-02 aM aK 30000", "2016-06-03 aM aW 25000")
    answer = evaluate(INDICATOR, given(BASE | payments))
    roles = {(subject["id"], subject["role"]) for subject in lead(answer)["subjects"]}
    assert roles == {
        ("O", "official"),
        ("S", "payer"),
        ("M", "intermediary"),
        ("K", "beneficiary"),
        ("W", "beneficiary"),
    }


def test_an_outflow_serves_one_inflow_only(given: Given) -> None:
    # 60 passed on once cannot explain two inflows of 100: the second has nothing left.
    payments = paid("2016-06-01 aS aM 100000", "2016-06-02 aS aM 100000", "2016-06-03 aM aK 60000")
    found = lead(evaluate(INDICATOR, given(BASE | payments)))
    assert (found["received"], found["amount"]) == (100_000, 60_000)


def test_currencies_never_meet(given: Given) -> None:
    head = "payment_id,paid_at,payer_account,payee_account,amount,currency"
    payments = paid("2016-06-01 aS aM 100000 CNY", "2016-06-02 aM aK 60000 USD", head=head)
    assert state(evaluate(INDICATOR, given(BASE | payments))) == "clean"


def test_testimony_alone_caps_the_score_at_a_half(given: Given) -> None:
    head = "payment_id,paid_at,payer_account,payee_account,amount,basis"
    said = paid("2016-06-01 aS aM 100000 testimony", "2016-06-02 aM aK 100000 testimony", head=head)
    assert lead(evaluate(INDICATOR, given(BASE | said)))["score"] == 0.5
    backed = paid("2016-06-01 aS aM 100000 record", "2016-06-02 aM aK 100000 testimony", head=head)
    assert lead(evaluate(INDICATOR, given(BASE | backed)))["score"] == 1


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ({"employments": "person_id,org_id,start_date\nK,M,2015-01-01\n"}, "excluded"),
        ({"employments": "person_id,org_id,start_date\nK,M,2016-06-02\n"}, "hit"),  # hired after the money came
        ({"employments": "person_id,org_id,start_date\nX,M,2015-01-01\n"}, "hit"),
        ({"financings": BASE["financings"] + "L2,M,K,60000,0.1,2015-01-01,\n"}, "excluded"),  # an older loan of K's
        ({"financings": BASE["financings"] + "L2,M,K,600,0.1,2015-01-01,\n"}, "hit"),  # too small to explain it
    ],
)
def test_wages_and_loans_on_older_records_explain(tables: dict[str, str], expected: str, given: Given) -> None:
    payments = paid("2016-06-01 aS aM 100000", "2016-06-02 aM aK 60000")
    assert state(evaluate(INDICATOR, given(BASE | payments | tables))) == expected


def test_a_firm_counts_only_while_kin_hold_it(given: Given) -> None:
    firm = {
        "accounts": BASE["accounts"] + "aF,F\n",
        "ownerships": "org_id,holder_id,share,start_date,end_date\nF,K,0.3,2010-01-01,2015-12-31\n",
    }
    late = given(BASE | firm | paid("2016-06-01 aS aM 100000", "2016-06-02 aM aF 60000"))
    assert state(evaluate(INDICATOR, late)) == "clean"
    held = given(BASE | firm | paid("2015-06-01 aS aM 100000", "2015-06-02 aM aF 60000"))
    assert state(evaluate(INDICATOR, held)) == "hit"


def test_a_counter_explanation_that_holds_halves_the_score(given: Given) -> None:
    contract = (
        "contract_id,buyer_id,supplier_id,amount,signed_on,accepted_on,deliverable\n"
        "C,S,M,100000,2016-05-01,2016-05-20,报告\n"
    )
    payments = paid("2016-06-01 aS aM 100000", "2016-06-02 aM aK 100000")
    plain = screen(given(BASE | payments), [INDICATOR.id]).findings.iloc[0]["score"]
    served = screen(given(BASE | payments | {"contracts": contract}), [INDICATOR.id]).findings.iloc[0]["score"]
    assert (plain, served) == (1, 0.5)


def test_a_counter_for_cash_is_no_intermediary(given: Given) -> None:
    # S pays cash in over the counter, K draws cash there: two strangers at one counter.
    tables = BASE | {"accounts": "account_id,holder_id,kind\naS,S,bank\naK,K,bank\naM,M,bank\nc0,,cash\nc1,K,cash\n"}
    answer = evaluate(INDICATOR, given(tables | paid("2016-06-01 aS c0 100000", "2016-06-02 c0 aK 90000")))
    assert answer.leads.empty and state(answer, "c0") is None


LINES = "line_id,account_id,booked_at,direction,amount,balance_after,payment_id\n"
FLOW = ("2016-06-01 aS aM 100000", "2016-06-05 aM aX 80000")


@pytest.mark.parametrize(
    ("before", "expected"), [(19_999, "hit"), (20_000, "clean"), (None, "not_assessable")]
)  # a fifth of 100,000
def test_without_a_link_a_person_and_an_empty_account_are_asked_for(
    before: int | None, expected: str, given: Given
) -> None:
    lines = {} if before is None else {"statement_lines": LINES + f"l1,aM,2016-06-01,in,100000,{before + 100_000},p0\n"}
    answer = evaluate(INDICATOR, given(BASE | paid(*FLOW) | lines))
    assert state(answer) == expected
    if expected == "hit":
        found = lead(answer)
        assert found["severity"] == "note" and found["score"] == pytest.approx(0.25)
        assert [subject["id"] for subject in found["subjects"]] == ["S", "M", "X"]
        assert ("statement_lines", "l1") in set(zip(answer.evidence["table"], answer.evidence["key"], strict=True))


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ({"employments": "person_id,org_id,start_date\nX,M,2015-01-01\n"}, "clean"),
        ({"ownerships": "org_id,holder_id,share\nM,X,0.9\n"}, "clean"),
        ({"persons": "person_id,name\nO,甲\nK,乙\nW,丙\n"}, "clean"),  # X is nobody known, so no natural person
        (
            {
                "persons": "person_id,name\nO,甲\nK,乙\nW,丙\n",
                "organizations": "org_id,name,established_on\nU,局,\nS,平台,\nM,金服,\nX,新公司,2015-06-06\n",
            },
            "hit",  # founded less than twelve months before 2016-06-05
        ),
        (
            {
                "persons": "person_id,name\nO,甲\nK,乙\nW,丙\n",
                "organizations": "org_id,name,established_on\nU,局,\nS,平台,\nM,金服,\nX,老公司,2015-06-05\n",
            },
            "clean",
        ),
    ],
)
def test_who_is_a_payee_without_a_link(tables: dict[str, str], expected: str, given: Given) -> None:
    lines = {"statement_lines": LINES + "l1,aM,2016-06-01,in,100000,101000,p0\n"}
    assert state(evaluate(INDICATOR, given(BASE | paid(*FLOW) | lines | tables))) == expected


def test_the_words_name_no_official_where_none_is_known(given: Given) -> None:
    lines = {"statement_lines": LINES + "l1,aM,2016-06-01,in,100000,101000,p0\n"}
    (told,) = screen(given(BASE | paid(*FLOW) | lines), [INDICATOR.id]).findings["summary_en"]
    assert "no link on record" in told and "unknown" not in told


def test_the_firm_of_a_relative_is_an_intermediary_too(given: Given) -> None:
    # M, of which the official's brother holds 60 %, got 250万 from S and passed 178万 on to him.
    held = {"ownerships": "ownership_id,holder_id,org_id,share\nW,K,M,0.6\n"}
    answer = evaluate(INDICATOR, given(INDICATOR.example.tables | held))
    assert answer.assessed.set_index("subject_id").loc["M", "state"] == "hit"
    assert [lead["value"] for lead in answer.leads.to_dict("records")] == [pytest.approx(178 / 250)]
