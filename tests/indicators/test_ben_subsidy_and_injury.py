"""Benefits passed on by employers, and subsidies against their audits."""

from collections.abc import Callable

import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
COVERED = "payments,aW,2019-01-01,2020-12-31,true\n"


def injury(given: Given, payments: str, advanced: str = "", coverage: str = COVERED, more: str = "") -> Answer:
    """A benefit of 100,000 for W, paid to the employer E on 2020-03-02; payments: ``id,day,payer,payee,sum,memo``."""
    tables = {
        "accounts": f"account_id,holder_id,kind\naE,E,bank\naW,W,bank\naB,B,bank\n{more}",
        "directorships": "org_id,person_id,role\nE,B,legal_representative\n",
        "payments": "payment_id,paid_at,payer_account,payee_account,amount,memo\n"
        f"{payments}z,2020-12-31,aB,aE,1,\n",
        "benefit_payouts": "payout_id,scheme,beneficiary_id,via_id,amount,paid_on,advanced_amount\n"
        f"P,work_injury,W,E,100000,2020-03-02,{advanced}\n",
        "coverage": f"table,scope,period_start,period_end,is_complete\n{coverage}",
    }  # fmt: skip
    return evaluate(INDICATORS["ben-subsidy-and-injury"], given(tables))


def subsidy(given: Given, rows: str) -> Answer:
    head = "payout_id,scheme,beneficiary_id,amount,paid_on,claim_no,claimed,audited,re_audited,auditor_id,target_met\n"
    return evaluate(INDICATORS["ben-subsidy-and-injury"], given({"benefit_payouts": head + rows}))


def state(answer: Answer, subject: str = "P") -> str:
    return str(answer.assessed.set_index("subject_id").loc[subject, "state"])


@pytest.mark.parametrize(
    ("day", "amount", "expected"),
    # 30 days from 2020-03-02 is 2020-04-01; 1 % of 100,000 is slack.
    [("2020-04-01", "99000", "clean"), ("2020-04-01", "98999", "hit"), ("2020-04-02", "100000", "hit")],
)
def test_the_benefit_is_due_within_thirty_days(given: Given, day: str, amount: str, expected: str) -> None:
    answer = injury(given, f"a,{day},aE,aW,{amount},工伤待遇\n")
    assert state(answer) == expected
    if day == "2020-04-02":
        assert answer.leads["severity"].item() == "yellow"  # all of it came, a day late
        assert answer.counters.set_index("innocent")["state"]["late"] == "holds"


def test_wages_are_not_the_benefit_by_memo_by_sum_or_by_repetition(given: Given) -> None:
    wages = "a,2020-03-10,aE,aW,90000,工资\nb,2020-03-11,aE,aW,90000,\n"
    monthly = "".join(f"m{n},2020-0{n}-15,aE,aW,20000,\n" for n in range(1, 7))
    for payments in (wages, monthly):
        assert injury(given, payments).leads["value"].item() == 1.0


def test_money_from_who_runs_the_employer_counts(given: Given) -> None:
    assert state(injury(given, "a,2020-03-10,aB,aW,100000,\n")) == "clean"


@pytest.mark.parametrize(
    ("claimed", "proof", "expected"),
    [
        ("60000", "b,2020-02-01,aE,aW,60000,\n", "clean"),
        ("60000", "", "hit"),  # a claim alone proves nothing
        ("", "b,2020-02-01,aE,aW,60000,\n", "hit"),  # nothing claimed, and the memo does not say so
        ("", "b,2020-02-01,aE,aW,60000,垫付医药费\n", "clean"),
    ],
)
def test_an_advance_is_what_transfers_prove(given: Given, claimed: str, proof: str, expected: str) -> None:
    assert state(injury(given, proof + "a,2020-03-10,aE,aW,40000,\n", claimed)) == expected


def test_outside_complete_coverage_of_every_account_nothing_is_said(given: Given) -> None:
    assert state(injury(given, "", coverage="")) == "not_assessable"
    wallet = "aV,W,wechat\n"
    assert state(injury(given, "", more=wallet)) == "not_assessable"
    assert state(injury(given, "", more=wallet, coverage=COVERED + COVERED.replace("aW", "aV"))) == "hit"
    # Two spans that meet are one; the advance needs the half year before as well.
    parts = "payments,aW,2020-03-01,2020-03-15,true\npayments,aW,2020-03-16,2020-12-31,true\n"
    assert state(injury(given, "", coverage=parts)) == "hit"
    assert state(injury(given, "", "100000", coverage=parts)) == "not_assessable"


def test_instalments_within_the_audited_sum_are_one_payment(given: Given) -> None:
    rows = "A,policy_subsidy,F,{0},2020-01-02,z1,,1000,,,\nB,policy_subsidy,F,500,2020-06-02,z1,,1000,,,\n"
    assert state(subsidy(given, rows.format(500)), "A") == "clean"
    answer = subsidy(given, rows.format(510))
    assert [state(answer, name) for name in "AB"] == ["hit", "hit"] and len(answer.leads) == 1


@pytest.mark.parametrize(("again", "expected"), [("901", "clean"), ("900", "hit")])
def test_a_second_audit_that_takes_off_a_tenth(given: Given, again: str, expected: str) -> None:
    answer = subsidy(given, f"A,policy_subsidy,F,1000,2020-01-02,z1,1200,1000,{again},K,true\n")
    assert state(answer, "A") == expected
    if expected == "hit":
        assert {s["id"] for s in answer.leads.iloc[0]["subjects"]} == {"F", "K"}


def test_a_missed_target_is_told_and_an_unknown_one_is_not(given: Given) -> None:
    answer = subsidy(given, "A,policy_subsidy,F,1000,2020-01-02,,,,,,false\nB,policy_subsidy,G,1000,2020-01-02,,,,,,\n")
    assert [state(answer, name) for name in "AB"] == ["hit", "not_assessable"]
