"""Who was dealt with out of turn: ties, lists, censored waits and the permutation test."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.indicators._queue import scores, sooner
from caselens.indicators.life_audit_queue import _median
from caselens.workspace import Workspace

Given = Callable[..., Workspace]


def asked(
    given: Given, *, pays: str = "F", outcome: str = "report_issued", paper: str = "", issuer: str = ""
) -> Answer:
    """F has five reports in 5 days, twelve others wait 41 to 82; ``pays`` sends the head's wife 20,000."""
    rows = "".join(f"f{n},F,U,H,audit,2020-0{n}-01,2020-0{n}-06,report_issued,{paper},{issuer}\n" for n in range(1, 6))
    rows += "".join(
        f"p{n},P{n % 4},U,H,audit,2020-03-01,2020-0{4 if n < 7 else 5}-{10 + n},{outcome},,\n" for n in range(1, 13)
    )
    tables = {
        "persons": "person_id,name\nH,局长\nW,其妻\n",
        "organizations": "org_id,name,kind\nU,审计局,government\nF,甲,private\n",
        "appointments": "person_id,org_id,post,start_date\nH,U,局长,2015-01-01\n",
        "kinships": "person_id,relative_id,relation\nH,W,spouse\n",
        "accounts": "account_id,holder_id\naF,F\naX,X\naW,W\n",
        "payments": f"payment_id,paid_at,payer_account,payee_account,amount\nm,2020-02-02,a{pays},aW,20000\n",
        "applications": "application_id,applicant_id,authority_id,handler_id,kind,submitted_on,decided_on,outcome,"
        "priority_document,issued_by_id\n" + rows,
    }
    return evaluate(INDICATORS["life-audit-queue"], given(tables))


def state(answer: Answer) -> str:
    return str(answer.assessed.set_index("subject_id").loc["F", "state"])


def test_a_fast_firm_is_asked_about_only_where_it_has_a_tie(given: Given) -> None:
    answer = asked(given)
    assert state(answer) == "hit"
    lead = answer.leads.iloc[0]
    assert {(s["id"], s["role"]) for s in lead["subjects"]} == {("F", "firm"), ("H", "official"), ("U", "context")}
    assert {"applications", "payments", "kinships"} <= set(answer.evidence["table"])
    assert state(asked(given, pays="X")) == "clean"


@pytest.mark.parametrize(
    ("paper", "issuer", "expected"),
    [("政发〔2019〕6号", "GOV", "excluded"), ("政发〔2021〕6号", "GOV", "hit"), ("审〔2019〕6号", "U", "hit")],
)
def test_only_an_older_list_of_another_body_is_lawful_priority(
    given: Given, paper: str, issuer: str, expected: str
) -> None:
    assert state(asked(given, paper=paper, issuer=issuer)) == expected


def test_returned_applications_are_still_waiting(given: Given) -> None:
    # Those of the others all came back: as ends they would count like decisions, censored they never were decided.
    answer = asked(given, outcome="returned")
    assert answer.leads["usual"].item() == 82  # 2020-03-01 to 2020-05-22, the longest wait
    assert state(answer) == "hit"


def test_the_median_counts_those_still_waiting() -> None:
    # Three of five decided on days 10, 20, 30; open ones at 15 and 40. Left: 4/5, then 2/3 of it = 0.533, then half.
    part = pd.DataFrame({"days": [10.0, 15.0, 20.0, 30.0, 40.0], "ended": [True, False, True, True, False]})
    assert _median(part) == 30.0


def test_scores_without_censoring_are_one_less_the_cumulative_hazard() -> None:
    # Days 1 to 4: H = 1/4, 1/4+1/3, +1/2, +1; values and days of submission alike: only the mean is taken off.
    part = pd.DataFrame({
        "days": [1.0, 2.0, 3.0, 4.0], "ended": True, "value": 5.0, "submitted_on": pd.Timestamp("2020-01-01"),
    })  # fmt: skip
    raw = 1 - np.array([1 / 4, 7 / 12, 13 / 12, 25 / 12])
    assert scores(part) == pytest.approx(raw - raw.mean())


def test_the_permutation_agrees_with_all_subsets() -> None:
    values = np.random.default_rng(3).normal(size=12)
    for mine in ((0, 1, 2), (4, 7, 9)):
        mask = np.isin(np.arange(12), mine)
        sums = [values[list(group)].sum() for group in combinations(range(12), 3)]
        exact = np.mean([total >= values[mask].sum() - 1e-12 for total in sums])  # 220 subsets
        assert sooner(values, mask, "x") == pytest.approx(exact, abs=0.05)
