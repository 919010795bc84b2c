"""Rules of tenders at their edges, and signs that are never a lead alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
INDICATOR = INDICATORS["proc-basic-flags"]
TENDERS = (
    "tender_id,buyer_id,method,planned_method,published_on,deadline_at,awarded_on,evaluation_method,ceiling_price\n"
)
BIDS = "tender_id,bidder_id,price,submitted_at,status,is_winner\n"
CONTRACTS = "contract_id,tender_id,buyer_id,supplier_id,amount,signed_on,published_on\n"
PLAIN = "T,B,open,open,2020-03-01,2020-03-31 09:00:00,2020-04-02,{},1000\n"


def answer(given: Given, tenders: str, bids: str, **more: str) -> Answer:
    return evaluate(INDICATOR, given({"tenders": TENDERS + tenders, "bids": BIDS + bids, **more}))


def bid(firm: str, price: int, status: str = "valid", winner: bool = False, at: str = "2020-03-20 10:00:00") -> str:
    return f"T,{firm},{price},{at},{status},{str(winner).lower()}\n"


@pytest.mark.parametrize(
    ("evaluation", "bids", "severity"),
    [
        ("lowest_evaluated_price", bid("A", 700, "rejected") + bid("F", 800, winner=True) + bid("C", 900), "yellow"),
        ("最低评标价法", bid("A", 700, "rejected") + bid("F", 800, winner=True) + bid("C", 900), "yellow"),
        ("comprehensive", bid("A", 700, "rejected") + bid("F", 800, winner=True) + bid("C", 900), "note"),
        ("comprehensive", bid("A", 700, "rejected") + bid("C", 800) + bid("F", 900, winner=True), "yellow"),
        ("lowest_evaluated_price", bid("A", 700) + bid("F", 800, winner=True) + bid("C", 900, "rejected"), None),
    ],
)
def test_the_lowest_thrown_out_weighs_more_where_price_decides_or_the_dearest_won(
    given: Given, evaluation: str, bids: str, severity: str | None
) -> None:
    leads = answer(given, PLAIN.format(evaluation), bids).leads
    assert leads["severity"].tolist() == ([severity] if severity else [])
    assert all("R036" in fence for fence in leads["fence"])


def test_a_bid_at_the_deadline_is_in_time(given: Given) -> None:
    for at, late in (("2020-03-31 09:00:00", False), ("2020-03-31 09:00:01", True)):
        found = answer(given, PLAIN.format("comprehensive"), bid("F", 800, winner=True, at=at) + bid("C", 900))
        assert (len(found.leads) == 1) == late
    loser = bid("F", 800, winner=True) + bid("C", 900, at="2020-03-31 11:00:00")
    assert answer(given, PLAIN.format("comprehensive"), loser).leads.empty  # a late bid that lost


def test_an_unpublished_contract_is_told_only_where_the_register_is_complete(given: Given) -> None:
    bids = bid("F", 800, winner=True) + bid("C", 900)
    hidden = {"contracts": CONTRACTS + "C,T,B,F,800,2020-04-10,\nD,,B,F,800,2021-04-10,2021-04-12\n"}
    head = "table,scope,period_start,period_end,is_complete\n"
    for coverage, told in (
        ("contracts,,2020-01-01,2020-12-31,true\n", 1),
        ("contracts,B,2020-01-01,2020-12-31,true\n", 1),
        ("contracts,OTHER,2020-01-01,2020-12-31,true\n", 0),
        ("contracts,,2020-05-01,2020-12-31,true\n", 0),
        ("contracts,,2020-01-01,2020-12-31,false\n", 0),
    ):
        found = answer(given, PLAIN.format("comprehensive"), bids, coverage=head + coverage, **hidden)
        assert len(found.leads) == told, coverage


def test_signs_alone_need_three_of_them_that_are_rare(given: Given) -> None:
    # 400 honest tenders: a sign that only T shows has a share of 2 in 403, 2.3 decimals; three make 6.9, two 4.6.
    others = "".join(
        f"H{i},B,open,open,2020-03-01,2020-03-31 09:00:00,2020-04-02,comprehensive,1000\n" for i in range(400)
    )
    honest = "".join(f"H{i},F,800,2020-03-20 10:00:00,valid,true\nH{i},C,900,2020-03-20 10:00:00,valid,false\n"
                     for i in range(400))  # fmt: skip
    tender, late = PLAIN.format("comprehensive"), {"contracts": CONTRACTS + "C,T,B,F,990,2020-06-10,2020-06-12\n"}
    near = honest + bid("F", 990, winner=True)
    found = answer(given, others + tender, near, **late)  # single bid, at the ceiling, signed after 69 days
    assert [lead["lead"] for lead in found.leads.to_dict("records")] == ["T"]
    assert found.leads.iloc[0]["severity"] == "note"
    assert answer(given, others + tender, near).leads.empty


def test_a_register_without_any_day_of_publication_accuses_nobody(given: Given) -> None:
    # Declared complete, but it has no such column: whether anything was published is unknown.
    contracts = "contract_id,tender_id,buyer_id,supplier_id,amount,signed_on\nC,T,B,F,800,2020-04-10\n"
    coverage = "table,scope,period_start,period_end,is_complete\ncontracts,,2020-01-01,2020-12-31,true\n"
    bids = bid("F", 800, winner=True) + bid("C", 900)
    assert answer(given, PLAIN.format("comprehensive"), bids, contracts=contracts, coverage=coverage).leads.empty
