"""Tenures: what counts as one post, what a month is, and what excuses a long one."""

from collections.abc import Callable
from datetime import date

import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.indicators.org_tenure import months_between
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
HEAD = "person_id,org_id,post,remit,is_head,is_leadership,start_date,end_date\n"
UNITS = "org_id,name,kind,headcount\nU,水务局,government,60\nV,小站,public_institution,5\n"


def asked(given: Given, posts: str, settings: str = "") -> Answer:
    return evaluate(INDICATORS["org-tenure"], given({"appointments": HEAD + posts, "organizations": UNITS}, settings))


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        ("2010-01-01", "2014-12-31", 60),
        ("2010-01-01", "2014-12-30", 59),
        ("2012-02-29", "2013-02-28", 12),
        ("2020-05-06", "2020-05-06", 0),
    ],
)
def test_months_are_completed_ones_with_the_last_day_served(start: str, end: str, months: int) -> None:
    assert months_between(date.fromisoformat(start), date.fromisoformat(end)) == months


def test_five_full_years_are_told_and_a_day_less_is_not(given: Given) -> None:
    answer = asked(
        given,
        "A,U,科长,payment,false,false,2010-01-01,2014-12-31\nB,U,科长,payment,false,false,2010-01-01,2014-12-30\n",
    )
    assert list(answer.leads["lead"]) == ["A|U"]
    assert answer.leads["value"].item() == 60 and answer.leads["severity"].item() == "yellow"


def test_a_gap_of_ninety_days_does_not_end_a_tenure_and_ninety_one_do(given: Given) -> None:
    # 2012-01-01 + 90 days = 2012-03-31. Either row alone is too short: 36 and 45 months.
    answer = asked(
        given,
        "A,U,科长,payment,false,false,2009-01-01,2012-01-01\nA,U,科长,payment,false,false,2012-03-31,2015-12-31\n"
        "B,U,科长,payment,false,false,2009-01-01,2012-01-01\nB,U,科长,payment,false,false,2012-04-01,2015-12-31\n",
    )
    assert list(answer.leads["lead"]) == ["A|U"]
    assert answer.leads["value"].item() == 84  # 2009-01-01 to 2015-12-31
    assert sorted(answer.evidence["key"]) == ["A|U|科长|2009-01-01", "A|U|科长|2012-03-31"]


def test_two_headships_are_one_post_and_another_remit_is_rotation(given: Given) -> None:
    answer = asked(
        given,
        "A,U,主任,audit,true,true,2010-01-01,2014-06-30\nA,U,局长,land,true,true,2014-07-01,2020-12-31\n"
        "B,U,科长,audit,false,false,2010-01-01,2014-06-30\nB,U,科长,land,false,false,2014-07-01,2018-12-31\n",
    )
    assert dict(zip(answer.leads["lead"], answer.leads["severity"], strict=True)) == {"A|U": "red"}


def test_a_post_without_remit_outside_the_leadership_is_no_key_post(given: Given) -> None:
    answer = asked(given, "A,U,综合科科员,,false,false,2005-01-01,2020-12-31\n")
    assert answer.leads.empty
    assert dict(zip(answer.assessed["subject_id"], answer.assessed["state"], strict=True)) == {"A": "clean"}


def test_in_a_tiny_unit_only_an_exceptional_tenure_stays_and_is_weakened(given: Given) -> None:
    answer = asked(
        given,
        "A,V,会计,payment,false,false,2005-01-01,2014-12-31\nB,V,站长,payment,true,true,2000-01-01,2016-12-31\n",
    )
    states = dict(zip(answer.assessed["subject_id"], answer.assessed["state"], strict=True))
    assert states == {"A": "excluded", "B": "hit"}  # 120 months, and 204
    held = answer.counters.set_index("innocent")["state"]
    assert held["tiny_unit"] == "holds"


def test_a_dated_rule_makes_a_yellow_tenure_a_breach_from_then_on(given: Given) -> None:
    rows = "A,U,科长,payment,false,false,2010-01-01,2017-12-31\nB,U,科长,payment,false,false,2008-01-01,2015-12-31\n"
    rule = '[parameters.org-tenure]\nrule_from = "2017-01-01"\nrule_months = 84'
    answer = asked(given, rows, rule)
    assert dict(zip(answer.leads["lead"], answer.leads["severity"], strict=True)) == {"A|U": "red", "B|U": "yellow"}


def test_the_title_of_a_section_chief_tells_where_the_remit_is_blank(given: Given) -> None:
    rows = "A,U,财务科科长,,false,false,2010-01-01,2017-12-31\nB,U,财务科科员,,false,false,2010-01-01,2017-12-31\n"
    assert list(asked(given, rows).leads["lead"]) == ["A|U"]
