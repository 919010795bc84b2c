"""Packages that always go to the same: kinds, terms, specialists, and chance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.indicators._packages import concentrated, kind_of, market
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
INDICATOR = INDICATORS["proc-parcel-carveup"]
KINDS = ("主体", "绿化")
POSTS = "person_id,org_id,post,start_date,end_date,is_head\n"


def city(awards: list[tuple[str, str, str, int, str]]) -> dict[str, str]:
    """(buyer, project, kind, year, winner) of four bidders each."""
    tenders, bids = "", ""
    for place, (buyer, project, kind, year, winner) in enumerate(awards):
        tenders += f"T{place},{project},{buyer},{kind},open,{year}-05-05\n"
        firms = {winner, *[f"{kind}{name}" for name in "ABCD"][:4]}
        for price, firm in enumerate(sorted(firms)):
            bids += f"T{place},{firm},{100 + price},{str(firm == winner).lower()}\n"
    return {
        "tenders": "tender_id,project_id,buyer_id,lot,method,awarded_on\n" + tenders,
        "bids": "tender_id,bidder_id,price,is_winner\n" + bids,
        "appointments": POSTS + "O,U,董事长,2015-01-01,2019-12-31,true\nQ,U,董事长,2020-01-01,,true\n",
    }


def answer(given: Given, awards: list[tuple[str, str, str, int, str]]) -> Answer:
    return evaluate(INDICATOR, given(city(awards)))


def loyal(year: int, kinds: tuple[str, ...] = KINDS, count: int = 6) -> list[tuple[str, str, str, int, str]]:
    return [("U", f"P{year}{i}", kind, year, f"{kind}A") for kind in kinds for i in range(count)]


def mixed(year: int, buyer: str = "U", kinds: tuple[str, ...] = KINDS) -> list[tuple[str, str, str, int, str]]:
    return [(buyer, f"{buyer}{year}{i}", kind, year, f"{kind}{'ABCD'[i % 4]}") for kind in kinds for i in range(8)]


def test_a_term_stands_for_itself(given: Given) -> None:
    found = answer(given, loyal(2018) + mixed(2021))
    assert [row["id"] for row in found.leads.iloc[0]["subjects"] if row["role"] == "official"] == ["O"]
    assert len(found.leads) == 1
    assert found.leads.iloc[0]["value"] == 1.0


def test_what_is_awarded_in_a_vacancy_belongs_to_who_left_last(given: Given) -> None:
    tables = city(loyal(2018) + [("U", "V1", kind, 2020, f"{kind}A") for kind in KINDS])
    tables["appointments"] = POSTS + "O,U,董事长,2015-01-01,2019-12-31,true\n"  # the awards of May 2020 fall after
    lead = evaluate(INDICATOR, given(tables)).leads.iloc[0]
    assert "主体 7/7" in lead["shares_zh"]
    tables["appointments"] = POSTS + "O,U,董事长,2015-01-01,2018-12-31,true\n"  # more than a year before
    assert "主体 6/6" in evaluate(INDICATOR, given(tables)).leads.iloc[0]["shares_zh"]


def test_one_kind_alone_may_be_a_specialist(given: Given) -> None:
    assert answer(given, loyal(2018, ("主体",)) + mixed(2018, kinds=("绿化",))).leads.empty


def test_who_wins_as_often_elsewhere_is_a_specialist(given: Given) -> None:
    everywhere = [("V", f"V{i}", kind, 2018, f"{kind}A") for kind in KINDS for i in range(6)]
    rare = answer(given, loyal(2018) + mixed(2018, "V"))
    assert len(rare.leads) == 1
    known = answer(given, loyal(2018) + everywhere)
    assert "U|O" not in set(known.leads["lead"])


def test_the_kind_of_a_package_is_read_from_its_lot_first() -> None:
    assert kind_of("2标段绿化", "工程", "") == "greening"
    assert kind_of("", "土石方", "") == "earthworks"
    assert kind_of("A", "B", "某片区主体工程施工") == "main"
    assert kind_of("", "家具", "") == "家具"


def test_chances_are_uniform_where_winners_fall_by_lot() -> None:
    rng = np.random.default_rng(3)
    told = []
    for turn in range(120):
        rows = pd.DataFrame({
            "buyer": "U", "kind": ["a"] * 7 + ["b"] * 7, "winner": rng.choice(list("ABCD"), 14),
            "bidders": [list("ABCD")] * 14, "tender_id": range(14),
        })  # fmt: skip
        told.append(concentrated(rows, market(rows), np.random.default_rng(turn)))
    assert kstest(told, "uniform").pvalue > 0.01


def test_always_the_same_of_four_has_a_chance_of_a_quarter_each_time() -> None:
    rows = pd.DataFrame({
        "buyer": "U", "kind": "a", "winner": ["A"] * 4, "bidders": [list("ABCD")] * 4, "tender_id": range(4),
    })  # fmt: skip
    # All four alike: 4 * (1/4)^4 = 1/64; the tie is split by a draw, so the mean over seeds is half of that.
    told = [concentrated(rows, market(rows), np.random.default_rng(seed)) for seed in range(60)]
    assert np.mean(told) == pytest.approx(1 / 128, rel=0.35)


def test_who_alone_is_licensed_for_the_trade_is_a_specialist(given: Given) -> None:
    tables = city(loyal(2016))
    head = "licence_id,org_id,kind\n"
    own = head + "L1,主体A,建筑工程施工总承包\nL2,绿化A,园林绿化\n"
    assert evaluate(INDICATOR, given(tables | {"licences": own})).leads.empty
    # A rival who bids has the same licence: then the trade explains nothing.
    also = own + "L3,主体B,建筑工程施工总承包\nL4,绿化C,园林绿化\n"
    assert len(evaluate(INDICATOR, given(tables | {"licences": also})).leads) == 1
