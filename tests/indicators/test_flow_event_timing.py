"""Receipts near decisions: the exact null, the season, and what is no receipt."""

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given as forall
from hypothesis import settings as how
from hypothesis import strategies as st

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS, _rhythm
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
DECIDED = [
    date(2017, 2, 20),
    date(2017, 6, 11),
    date(2017, 12, 28),
    date(2018, 4, 19),
    date(2019, 1, 30),
    date(2019, 7, 9),
]


def asked(given: Given, paid: list[tuple[date, str]], decided: list[date] = DECIDED, **more: str) -> Answer:
    tables = {
        "persons": "person_id,name\nO,科长\nB,矿主\nP,合伙人\n",
        "organizations": "org_id,name,kind\nU,公安局,government\nC,煤矿,private\n",
        "appointments": "person_id,org_id,post,start_date\nO,U,科长,2016-01-01\n",
        "directorships": "org_id,person_id,role\nC,B,legal_representative\nC,P,manager\n",
        "applications": "application_id,applicant_id,authority_id,handler_id,kind,submitted_on,decided_on\n"
        + "".join(f"A{n},C,U,O,explosives,{on - timedelta(days=20)},{on}\n" for n, on in enumerate(decided)),
        "accounts": "account_id,holder_id\naO,O\naB,B\naP,P\n",
        "payments": "payment_id,paid_at,payer_account,payee_account,amount\n"
        + "".join(f"p{n},{on},a{who},aO,2000\n" for n, (on, who) in enumerate(paid)),
        **more,
    }
    return evaluate(INDICATORS["flow-event-timing"], given(tables))


def test_two_partners_of_one_firm_taking_turns_before_each_decision_are_one_payer(given: Given) -> None:
    answer = asked(given, [(on - timedelta(days=4), "BP"[n % 2]) for n, on in enumerate(DECIDED)])
    assert {"id": "P", "role": "payer"} in answer.leads["subjects"].item()
    assert answer.leads["value"].item() == 4
    # 2017-02-16 to 2019-07-09 are 874 days, and half a mean gap (874 / 11 / 2 = 40): 914. Of the shifts by 1 to 913
    # days those by 1 to 8 bring every receipt no farther from its decision: (8 + 1) / 914.
    assert answer.leads["p_value"].item() == pytest.approx(9 / 914)


def test_wages_on_record_are_no_receipts(given: Given) -> None:
    job = "person_id,org_id,start_date\nO,C,2015-01-01\n"
    tables = {"accounts": "account_id,holder_id\naO,O\naB,C\naP,P\n", "employments": job}
    answer = asked(given, [(on - timedelta(days=4), "B") for on in DECIDED], **tables)
    assert answer.leads.empty


def test_too_few_receipts_are_not_assessable(given: Given) -> None:
    answer = asked(given, [(on - timedelta(days=4), "B") for on in DECIDED[:3]])
    assert set(answer.assessed["state"]) == {"not_assessable"}


def test_what_follows_the_year_is_excluded(given: Given) -> None:
    # Decisions each mid-December with a few days' play, receipts two days before: every other year fits as well.
    december = [date(year, 12, 10 + 3 * (year % 2)) for year in range(2014, 2024)]
    answer = asked(given, [(on - timedelta(days=2), "B") for on in december], december)
    assert answer.leads.empty


@how(max_examples=60, deadline=None)
@forall(st.sets(st.integers(0, 400), min_size=1, max_size=12), st.sets(st.integers(0, 400), min_size=1, max_size=12))
def test_the_exact_p_equals_counting_every_shift(days: set[int], marks: set[int]) -> None:
    first, hull = min(days | marks), max(days | marks) - min(days | marks) + 1
    span = hull + round(0.5 * hull / (len(days) + len(marks) - 1))

    def mean(some: list[int]) -> float:
        return sum(min(abs(day - mark + lap * span) for mark in marks for lap in (-1, 0, 1)) for day in some) / len(
            some
        )

    got = _rhythm.shift_p(np.array(sorted(days)), np.array(sorted(marks)), 30)
    if span < 61:
        assert got is None
        return
    near = [
        s for s in range(1, span) if mean([(d - first + s) % span + first for d in days]) <= mean(sorted(days)) + 1e-9
    ]
    far = [s for s in near if 30 <= s <= span - 30]
    assert got == pytest.approx(((len(far) + 1) / (span - 60 + 2), (len(near) + 1) / span))


def test_p_is_no_smaller_than_it_should_be_where_receipts_ignore_decisions() -> None:
    rng = np.random.default_rng(11)
    found = []
    for _ in range(600):
        days = np.unique(rng.integers(0, 2500, int(rng.integers(5, 14))))
        marks = np.unique(rng.integers(0, 2500, int(rng.integers(4, 14))))
        found.append(_rhythm.shift_p(days, marks, 90)[1])
    p = np.array(found, dtype=float)
    for level in (0.01, 0.05, 0.2, 0.5):
        assert (p <= level).mean() <= level + 3.5 * np.sqrt(level * (1 - level) / len(p))
    assert 0.45 < p.mean() < 0.55


def test_festivals_follow_the_moon() -> None:
    assert _rhythm.is_festive(date(2020, 1, 15))  # Spring Festival 2020-01-25
    assert _rhythm.is_festive(date(2020, 12, 31)) is False
    assert _rhythm.is_festive(date(2021, 2, 5))  # 2021-02-12
    assert _rhythm.is_festive(date(2020, 9, 25))  # Mid-Autumn 2020-10-01
