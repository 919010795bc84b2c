"""Hubs of financings: the null of drawn deals, who is shared by chance, and who is a licensed house."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.indicators._deals import distinct_p
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
HEAD = (
    "financing_id,kind,borrower_id,lender_id,principal,annual_rate,start_date,arranger_id,lender_contact_id,handler_id,"
    "selection_method\n"
)
#: Three deals each of three houses with managers and officials of their own, spread over five borrowers.
REST = "".join(
    f"G{h}{n},loan,S{(h + n) % 5},B,90000000,0.05,2019-0{n + 1}-0{h},H{h},N{h}{n},K{h}{n},\n"
    for h in (1, 2, 3)
    for n in range(3)
)


def asked(given: Given, deals: str, **more: str) -> Answer:
    tables = {
        "organizations": "org_id,name,kind\nB,银行,financial\nA,金服,private\nP,民企,private\n"
        + "".join(f"S{n},平台{n},state_owned\n" for n in range(5)),
        "financings": HEAD + deals + REST,
        **more,
    }
    return evaluate(INDICATORS["flow-intermediary-hub"], given(tables))


def deals_of(arrangers: str, contacts: str, handlers: str, how: str = "", borrowers: str = "S0 S1 S2") -> str:
    rows = zip(arrangers.split(), contacts.split(), handlers.split(), borrowers.split(), strict=True)
    return "".join(
        f"F{n},loan,{s},B,100000000,0.05,2018-0{n + 1}-01,{a},{c},{k},{how}\n" for n, (a, c, k, s) in enumerate(rows)
    )


def test_three_borrowers_with_one_manager_are_a_link_and_without_anybody_shared_nothing(given: Given) -> None:
    one = asked(given, deals_of("A A A", "M M M", "X Y Z"))
    assert list(one.leads["lead"]) == ["A"] and one.leads["kind"].item() == "link"
    assert {"id": "M", "role": "lender_contact"} in one.leads["subjects"].item()
    assert asked(given, deals_of("A A A", "M1 M2 M3", "X Y Z")).leads.empty
    # Two borrowers, whoever they share, are too few.
    assert asked(given, deals_of("A A A", "M M M", "X Y Z", borrowers="S0 S1 S1")).leads.empty


def test_a_private_borrower_is_no_public_payer(given: Given) -> None:
    assert asked(given, deals_of("A A A", "M M M", "X Y Z", borrowers="S0 S1 P")).leads.empty


def test_one_official_behind_two_borrowers_is_enough_and_is_named(given: Given) -> None:
    # Of the 12 deals only these two share an official: both among three drawn with chance 10 / C(12, 3) = 4.5 %.
    answer = asked(given, deals_of("A A A", "M1 M2 M3", "X X Z"))
    assert list(answer.leads["why_en"]) == ["one official"]
    assert {"id": "X", "role": "official"} in answer.leads["subjects"].item()


def test_a_finance_contact_of_the_borrowers_is_named_with_the_rows_that_say_so(given: Given) -> None:
    # T0 to T2 borrow only here: just these three among the 12 deals are drawn with chance 1/220.
    posts = "org_id,person_id,role\n" + "".join(f"T{n},C,finance_contact\n" for n in range(3))
    units = "org_id,name,kind\n" + "".join(f"{u}{n},平台,state_owned\n" for u in "ST" for n in range(5))
    rows = deals_of("A A A", "M1 M2 M3", "X Y Z", borrowers="T0 T1 T2")
    answer = asked(given, rows, directorships=posts, organizations=units)
    assert list(answer.leads["why_en"]) == ["one finance contact"]
    assert {"id": "C", "role": "finance_contact"} in answer.leads["subjects"].item()
    assert (answer.evidence["table"] == "directorships").sum() == 3


def test_a_licensed_house_compared_with_others_is_excluded_and_an_unlicensed_one_only_weakened(given: Given) -> None:
    rows = deals_of("A A A", "M M M", "X Y Z", how="比选")
    licence = "licence_id,org_id,kind,valid_from\nL,A,证券承销,2010-01-01\n"
    licensed = asked(given, rows, licences=licence)
    assert licensed.leads.empty
    assert dict(zip(licensed.assessed["subject_id"], licensed.assessed["state"], strict=True))["A"] == "excluded"
    plain = asked(given, rows)
    assert set(plain.counters.loc[plain.counters["innocent"] == "underwriter", "state"]) == {"holds"}


def test_one_manager_behind_three_arrangers_is_a_hub(given: Given) -> None:
    # Nine other managers with one borrower each: more than two such loads is P(>= 3 | >= 1) < 0.05.
    answer = asked(given, deals_of("A1 A2 A3", "M M M", "X Y Z"))
    assert list(answer.leads["lead"]) == ["M"]


def test_the_chance_of_distinct_borrowers_is_that_of_counting_every_draw() -> None:
    # Ten deals of four borrowers; three drawn. Slow reference: all 120 draws.
    pool = np.array(list("aaaabbbccd"))
    every = [len(set(some)) for some in combinations(pool, 3)]
    for observed in (2, 3):
        exact = sum(value >= observed for value in every) / len(every)
        assert distinct_p(pool, 3, observed, "x", 4000) == pytest.approx(exact, abs=0.35 * exact)
    # By lot the p-value is spread over the whole range where with ties it is always 1.
    lots = [distinct_p(np.array(list("abcdefgh")), 3, 3, str(n), 400, ties=False) for n in range(200)]
    assert distinct_p(np.array(list("abcdefgh")), 3, 3, "x", 400) == 1.0
    assert 0.4 < float(np.mean(lots)) < 0.6 and min(lots) < 0.1
