"""Ways between two parties: their strength, their order, and whether their steps ever held together."""

from __future__ import annotations

from datetime import date

import networkx as nx
import pytest

from caselens.graph import ways


@pytest.fixture
def graph() -> nx.MultiDiGraph:
    """O is kin of K, who owns F from 2015 to 2018; O bid beside B, and B holds F from 2020 on."""
    made = nx.MultiDiGraph()
    made.add_nodes_from(["O", "K", "F", "B", "alone"])
    made.add_edge("O", "K", kind="kinships", rows=[("kinships", "O|K")], start=None, end=None)
    made.add_edge(
        "K", "F", kind="ownerships", rows=[("ownerships", "F|K")], start=date(2015, 1, 1), end=date(2018, 1, 1)
    )
    made.add_edge("B", "O", kind="bids", rows=[("bids", "T|B")], start=date(2012, 5, 1), end=date(2012, 5, 1))
    made.add_edge("B", "F", kind="ownerships", rows=[("ownerships", "F|B")], start=date(2020, 1, 1), end=None)
    # A payment beside the shareholding says less: the stronger of two steps counts.
    made.add_edge("K", "F", kind="payments", rows=[("payments", "p1")], start=date(2016, 1, 1), end=date(2016, 1, 1))
    return made


def test_the_strongest_way_comes_first_with_its_rows(graph):
    found = ways(graph, "O", "F")
    # Kin 1 x ownership 1 = 1; joint bid 0.3 x ownership 1 = 0.3.
    assert list(zip(found["nodes"].map(tuple), found["strength"], strict=True)) == [
        (("O", "K", "F"), 1.0),
        (("O", "B", "F"), 0.3),
    ]
    assert found["rows"].iloc[0] == [("kinships", "O|K"), ("ownerships", "F|K")]


def test_steps_that_never_held_together_are_told(graph):
    found = ways(graph, "O", "F").set_index("strength")
    # The shareholding alone has dates: the way held from 2015 to 2018.
    assert (found.loc[1.0, "since"], found.loc[1.0, "until"], found.loc[1.0, "in_time"]) == (
        date(2015, 1, 1),
        date(2018, 1, 1),
        True,
    )
    # A bid of 2012 and a shareholding from 2020 never held at once.
    assert not found.loc[0.3, "in_time"]


def test_ways_are_no_longer_than_asked_and_somebody_alone_has_none(graph):
    assert ways(graph, "O", "F", hops=1).empty
    assert ways(graph, "O", "alone").empty
    with pytest.raises(KeyError):
        ways(graph, "O", "nobody")


def paid(graph, payer, payee, *days):
    """An edge of payments on days of June 2016."""
    moments = [date(2016, 6, day) for day in days]
    spans = [(moment, moment, 1.0) for moment in moments]
    graph.add_edge(payer, payee, kind="payments", start=moments[0], end=moments[-1], spans=spans, rows=[])


@pytest.mark.parametrize(
    ("first", "second", "in_time"),
    [((1,), (5,), True), ((5,), (1,), False), ((2, 9), (5,), True)],
    ids=["comes, then goes", "goes before any came", "one came before"],
)
def test_money_that_left_before_any_came_is_no_way_in_time(first, second, in_time):
    graph = nx.MultiDiGraph()
    paid(graph, "F", "M", *first)
    paid(graph, "M", "K", *second)
    (way,) = ways(graph, "F", "K").itertuples()
    assert way.in_time == in_time
    # The same way read from its end.
    (back,) = ways(graph, "K", "F").itertuples()
    assert back.in_time == in_time


def test_a_payment_counts_only_while_the_post_on_the_way_was_held():
    graph = nx.MultiDiGraph()
    graph.add_edge("O", "U", kind="appointments", start=date(2016, 6, 2), end=date(2016, 6, 4), rows=[])
    paid(graph, "U", "F", 1, 5)
    # The folded flow spans the post, but nothing was paid from the 2nd to the 4th.
    (way,) = ways(graph, "O", "F").itertuples()
    assert not way.in_time and (way.since, way.until) == (date(2016, 6, 2), date(2016, 6, 4))
    graph.remove_edge("U", "F")
    paid(graph, "U", "F", 1, 3, 5)
    (way,) = ways(graph, "O", "F").itertuples()
    assert way.in_time


def test_each_leg_says_what_it_rests_on_and_how_it_runs(graph):
    legs = ways(graph, "O", "F").iloc[1]["legs"]
    assert [(leg["source"], leg["target"], leg["table"], leg["rows"]) for leg in legs] == [
        ("B", "O", "bids", [("bids", "T|B")]),
        ("B", "F", "ownerships", [("ownerships", "F|B")]),
    ]
