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
