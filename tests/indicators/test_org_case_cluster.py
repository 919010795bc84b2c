"""Clusters of cases: the scan's chance against a slow simulation, and the counts that are a note whatever p."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.indicators._scan import largest_window, scan_p
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
UNITS = "org_id,name,kind,headcount\nU,园区,government,3000\nV,学校,school,3000\nW,医院,hospital,3000\n"
HEAD = "record_id,person_id,org_id,filed_on\n"


def asked(given: Given, records: str, **more: str) -> Answer:
    return evaluate(
        INDICATORS["org-case-cluster"], given({"discipline_records": HEAD + records, "organizations": UNITS, **more})
    )


def test_a_whole_period_as_window_is_the_plain_tail() -> None:
    # 150 staff at 2 per mille for a year expect 0.3; P(X >= 4) = 1 - e^-0.3 (1 + 0.3 + 0.045 + 0.0045) = 2.66e-4.
    value = scan_p(4, 1.0, 0.3, None, np.random.default_rng(1))
    assert value == pytest.approx(1 - math.exp(-0.3) * 1.3495, rel=1e-9)
    assert value == pytest.approx(2.66e-4, rel=0.01)


def test_the_scan_agrees_with_plain_simulation() -> None:
    rng = np.random.default_rng(5)
    share, mean, least, runs = 0.1, 4.0, 3, 20_000
    slow = 0
    for _ in range(runs):
        places = np.sort(rng.random(rng.poisson(mean)))
        slow += any(places[i + least - 1] - places[i] <= share for i in range(len(places) - least + 1))
    assert scan_p(least, share, mean, None, np.random.default_rng(6)) == pytest.approx(slow / runs, abs=0.015)


def test_windows_hold_their_last_day() -> None:
    assert largest_window(np.array([0, 100, 365, 366]), 365) == (3, 0)
    assert largest_window(np.array([]), 365) == (0, 0)


def test_three_of_one_leadership_in_two_years_are_a_note_whatever_p(given: Given) -> None:
    posts = (
        "person_id,org_id,post,is_leadership,start_date,end_date\n"
        + "".join(f"{who},U,副主任,true,2014-01-01,2019-06-01\n" for who in "ABC")
        + "".join(f"L{n},U,委员,true,2010-01-01,\n" for n in range(60))
    )
    # 730 days from first to third; D is staff of another unit.
    cases = "1,A,U,2018-01-01\n2,B,U,2019-01-01\n3,C,U,2020-01-01\n4,D,V,2019-01-01\n"
    answer = asked(given, cases, appointments=posts)
    assert answer.leads[["lead", "severity", "led"]].values.tolist() == [["U", "note", 3.0]]
    later = asked(given, cases.replace("2020-01-01", "2020-01-02"), appointments=posts)
    assert later.leads.empty


def test_four_staff_of_a_large_unit_in_a_year_are_only_a_note_that_size_explains(given: Given) -> None:
    # 3,000 at 2 per mille expect 6 a year, so 4 are nothing; the people are context, the unit is what it is about.
    answer = asked(given, "".join(f"{n},P{n},U,2020-0{n}-01\n" for n in (1, 3, 5, 7)) + "9,X,V,2018-01-01\n")
    lead = answer.leads.iloc[0]
    assert (lead["severity"], lead["kind"], lead["p_value"]) == ("note", "rule", None)
    assert {row["role"] for row in lead["subjects"]} == {"unit", "context"}
    assert answer.counters.set_index("innocent")["state"]["large_unit"] == "holds"


def test_one_person_filed_twice_is_one_case_and_a_batch_counts_once(given: Given) -> None:
    twice = "".join(f"{n},P{n % 2},U,2020-0{n}-01\n" for n in (1, 2, 3, 4))
    assert asked(given, twice).leads.empty
    batch = asked(given, "".join(f"{n},P{n},U,2020-03-0{n}\n" for n in (1, 2, 3, 4)))
    assert batch.counters.set_index("innocent")["state"]["campaign"] == "holds"


def test_cases_opened_on_a_unit_count_each_person_once(given: Given) -> None:
    # Four cases of U within a year; A also has a record, K5 names nobody and lies beside B's record, K6 was unfounded.
    cases = (
        "case_id,title,unit_id,opened_on,status\nK1,案,U,2020-02-01,closed\nK2,案,U,2020-04-01,closed\n"
        "K3,案,U,2020-07-01,open\nK4,案,U,2020-08-19,open\nK5,案,U,2020-04-20,open\n"
        "K6,案,V,2020-05-01,closed_unfounded\n"
    )
    subjects = "case_id,entity_id,role\nK1,A,subject\nK2,B,subject\nK3,C,subject\nK3,W,witness\n"
    people = {"persons": "person_id,name\nA,甲\nB,乙\nC,丙\nW,丁\n", "cases": cases, "case_subjects": subjects}
    found = asked(given, "1,A,U,2020-02-10\n2,B,U,2020-04-10\n", **people)
    # A, B, C and the nameless K4: four within 200 days; the later record of A and B adds nothing.
    assert found.leads[["lead", "cases"]].values.tolist() == [["U", 4.0]]
    assert {one["id"] for one in found.leads.iloc[0]["subjects"]} == {"U", "A", "B", "C"}
    alone = evaluate(INDICATORS["org-case-cluster"], given({"organizations": UNITS, **people}))
    assert alone.leads["cases"].tolist() == [5.0]  # without the record of B, K5 is a matter of its own
