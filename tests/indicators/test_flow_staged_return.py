"""Returns after a shock: what counts as an event, as a return, and as a coincidence."""

from collections.abc import Callable

import numpy as np
import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
#: 2016-01-01 to 2019-12-31: 1,461 days; the official's post is older.
EDGES = "e1,2016-01-01,aX,aY,1\ne2,2019-12-31,aX,aY,1\n"
AUDIT = "event_id,org_id,kind,happened_on\n"


def asked(given: Given, payments: str, settings: str = "", **more: str) -> Answer:
    tables = {
        "persons": "person_id,name\nO,科长\nS,其妻\nB,老板\nZ,同事\n",
        "kinships": "person_id,relative_id,relation\nO,S,spouse\n",
        "organizations": "org_id,name,kind\nU,街道办,government\nC,公司,private\n",
        "appointments": "person_id,org_id,post,start_date,end_date\nO,U,科长,2014-01-01,2018-12-31\n",
        "directorships": "org_id,person_id,role\nC,B,legal_representative\n",
        "contracts": "contract_id,buyer_id,supplier_id,amount,signed_on,handler_id\nX,U,C,300000,2017-03-10,O\n",
        "accounts": "account_id,holder_id\naO,O\naS,S\naB,B\naC,C\naX,X\naY,Y\n",
        "payments": "payment_id,paid_at,payer_account,payee_account,amount\n" + EDGES + payments,
        **more,
    }
    return evaluate(INDICATORS["flow-staged-return"], given(tables, settings))


def test_a_return_in_parts_by_the_spouse_to_the_firm_after_an_audit_is_found(given: Given) -> None:
    # 20,000 received; 6,000 + 10,500 = 82.5 % given back 10 and 41 days after the audit. 80 % is reached on day 41.
    rows = "p,2017-06-01,aB,aO,20000\nq,2018-03-11,aS,aC,6000\nr,2018-04-11,aS,aC,10500\n"
    answer = asked(given, rows, unit_events=AUDIT + "A,U,audit,2018-03-01\n")
    assert answer.leads["value"].item() == pytest.approx(0.825)
    assert answer.leads["p_value"].item() == pytest.approx(41 / 1461)
    assert {("unit_events", "A"), ("payments", "r")} <= set(
        zip(answer.evidence["table"], answer.evidence["key"], strict=True)
    )
    # The same money a month earlier, before the audit, is no answer to it.
    early = asked(given, rows.replace("2018-04-11", "2018-02-11"), unit_events=AUDIT + "A,U,audit,2018-03-15\n")
    assert early.leads.empty


@pytest.mark.parametrize(("back", "found"), [(15_999, False), (16_000, True), (24_000, True), (24_001, False)])
def test_eighty_to_a_hundred_and_twenty_per_cent_both_included(given: Given, back: int, found: bool) -> None:
    rows = f"p,2017-06-01,aB,aO,20000\nq,2018-03-11,aO,aB,{back}\n"
    answer = asked(given, rows, unit_events=AUDIT + "A,U,inspection,2018-03-01\n")
    assert bool(len(answer.leads)) == found


def test_a_colleagues_case_counts_after_leaving_too_and_ones_own_does_not(given: Given) -> None:
    rows = "p,2018-06-01,aB,aO,20000\nq,2019-06-11,aO,aB,20000\n"
    posts = (
        "person_id,org_id,post,start_date,end_date\nO,U,科长,2014-01-01,2018-12-31\nZ,U,股长,2017-01-01,\n"
        "Q,U,股长,2019-03-01,\n"
    )
    case = "record_id,person_id,org_id,filed_on\nR,{},U,2019-06-01\n"
    served_together = asked(given, rows, appointments=posts, discipline_records=case.format("Z"))
    assert list(served_together.leads["event_en"]) == ["a colleague's case"]
    for other in ("O", "Q"):  # the own case; somebody who came after the official had left
        assert asked(given, rows, appointments=posts, discipline_records=case.format(other)).leads.empty


def test_instalments_that_had_begun_before_are_excluded_and_a_loan_not_yet_due_only_weakens(given: Given) -> None:
    event = AUDIT + "A,U,audit,2018-03-01\n"
    parts = "".join(f"q{n},2017-{8 + n:02d}-05,aO,aB,5000\n" for n in range(4))  # August to November
    # 26,000 - 20,000 = 6,000 are left; 5,000 in March is 83 % of it.
    regular = asked(given, "p,2017-06-01,aB,aO,26000\n" + parts + "r,2018-03-05,aO,aB,5000\n", unit_events=event)
    assert dict(zip(regular.assessed["subject_id"], regular.assessed["state"], strict=True))["O"] == "excluded"
    loan = (
        "financing_id,kind,borrower_id,lender_id,principal,annual_rate,start_date,maturity_date\n"
        "L,private,O,B,20000,0,2017-06-01,{}\n"
    )
    rows = "p,2017-06-01,aB,aO,20000\nq,2018-03-11,aO,aB,20000\n"
    due = asked(given, rows, unit_events=event, financings=loan.format("2018-03-20"))
    assert due.leads.empty
    later = asked(given, rows, unit_events=event, financings=loan.format("2020-06-01"))
    assert set(later.counters.loc[later.counters["innocent"] == "scheduled", "state"]) == {"holds"}


def test_many_events_make_a_coincidence_likely(given: Given) -> None:
    rows = "p,2017-06-01,aB,aO,20000\nq,2018-03-31,aO,aB,20000\n"
    events = AUDIT + "".join(f"A{n},U,audit,2018-{n:02d}-01\n" for n in (1, 3, 5, 7, 9))
    answer = asked(given, rows, unit_events=events)
    # 30 days after the nearest of five: 1 - (1 - 30/1461)^5 = 9.9 %.
    assert answer.assessed.set_index("subject_id")["p_value"]["O"] == pytest.approx(1 - (1 - 30 / 1461) ** 5)
    assert asked(given, rows, "[parameters.flow-staged-return]\nmax_p = 0.05", unit_events=events).leads.empty


def test_p_is_uniform_where_events_fall_on_any_day() -> None:
    """The formula against events thrown on the circle: three events, one return, 1,461 days."""
    rng = np.random.default_rng(3)
    days = 1461
    delays = (700 - rng.integers(0, days, (20_000, 3))) % days
    p = 1 - (1 - np.maximum(delays.min(axis=1), 1) / days) ** 3
    for level in (0.01, 0.05, 0.2, 0.5, 0.9):
        assert abs(float((p <= level).mean()) - level) < 0.02
