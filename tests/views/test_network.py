"""The network: folded flows, fixed positions, harmless names, rows behind every line."""

import datetime
import json
import re

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from caselens.core.text import Text
from caselens.views import network
from caselens.views._fold import flows, folding, without_accounts
from caselens.views._layout import positions

HOSTILE = "</script><script>alert(1)</script>\"'&lt;"


def data_of(fragment):
    """What the page draws; nodes by name of each value instead of by place."""
    block = re.search(r'<script type="application/json">(.*?)</script>', fragment.html, re.DOTALL)[1]
    data = json.loads(block)
    names = ("look", "label", "short", "full", "x", "y", "size", "least")
    data["nodes"] = [dict(zip(names, node, strict=True)) for node in data["nodes"]]
    return data


def hub(leaves, *, subject="hub"):
    """``hub`` pays each leaf once; ``hub`` and ``other`` are joined as well, so that the hub is no leaf itself."""
    graph = nx.MultiDiGraph()
    graph.add_node("hub", kind="firm", label="云岭金桥", subject=subject == "hub")
    graph.add_node("other", kind="official", label="顾明远", subject=subject == "other")
    graph.add_edge("other", "hub", kind="oversight", label=Text("监管", "oversees"))
    for number in range(leaves):
        graph.add_node(f"leaf{number:02}", kind="person", label=f"员工{number}")
        graph.add_edge("hub", f"leaf{number:02}", kind="payments", amount=100.0, rows=[("payments", f"p{number:02}")])
    return graph


def test_payments_between_two_parties_are_one_line_with_their_sum():
    graph = nx.MultiDiGraph()
    day = datetime.date
    for number, amount in enumerate([100.0, 250.0, None]):
        graph.add_edge(
            "a", "b", kind="payments", amount=amount, start=day(2021, number + 1, 1), end=day(2021, number + 1, 1),
            count=1, rows=[("payments", f"p{number}")],
        )  # fmt: skip
    graph.add_edge("b", "a", kind="payments", amount=7.0, rows=[("payments", "back")])
    forth, back = flows(graph)
    # 100 + 250; the third has no amount and is counted as such, not as nothing.
    assert (forth.count, forth.amount, forth.amounts_missing) == (3, 350.0, 1)
    assert (forth.start, forth.end) == (day(2021, 1, 1), day(2021, 3, 1))
    assert forth.rows == [("payments", "p0"), ("payments", "p1"), ("payments", "p2")]
    assert (back.source, back.amount) == ("b", 7.0)


def test_a_hub_carries_its_one_line_neighbours_folded_and_the_picture_says_so():
    data = data_of(network(hub(15), "zh", fold_from=12))
    (folded,) = data["folded"].values()
    assert {data["nodes"][place]["full"] for place in folded} == {f"员工{number}" for number in range(15)}
    assert [node["label"] for node in data["nodes"] if "⊕" in node["label"]] == ["云岭金桥 ⊕15"]
    assert "图中先列 2 个，另 15 个收在其所连对象之内" in network(hub(15), "zh", fold_from=12).text


def test_few_neighbours_stay_and_whom_the_case_is_about_is_never_folded():
    assert folding(hub(11), leaves_from=12, shown=400).groups == {}
    # The official hangs on the hub alone as well; a person would be folded, unless he is the case's subject.
    assert "other" not in folding(hub(15), leaves_from=12, shown=400).groups["hub"]
    graph = hub(15, subject="leaf03")
    graph.nodes["leaf03"]["subject"] = True
    assert len(folding(graph, leaves_from=12, shown=400).groups["hub"]) == 14


def test_in_a_large_graph_the_rest_hangs_on_the_last_shown_node_of_its_way():
    # subject - a - b - c - d, z beside a and b, and a pair that no path leads to. Three may be shown.
    graph = nx.MultiDiGraph()
    graph.add_node("subject", kind="person", subject=True)
    for source, target in (("subject", "a"), ("a", "b"), ("b", "c"), ("c", "d"), ("x", "y"), ("a", "z"), ("b", "z")):
        graph.add_edge(source, target, kind="contracts")
    fold = folding(graph, leaves_from=12, shown=3)
    # a and b have three neighbours each; c hangs behind b, d behind c, and z is reached through a first.
    assert set(graph) - fold.hidden == {"subject", "a", "b"}
    assert fold.groups == {"a": ["z"], "b": ["c", "d"]}
    assert fold.apart == ("x", "y")


def test_nothing_is_lost_by_folding():
    data = data_of(network(hub(200), "en", fold_from=4, shown=50))
    assert (len(data["nodes"]), len(data["lines"])) == (202, 201)
    assert sum(len(group) for group in data["folded"].values()) == 200


def test_an_account_becomes_its_holder_and_keeps_its_rows():
    graph = nx.MultiDiGraph()
    graph.add_node("p", kind="person", label="沈若兰")
    graph.add_node("f", kind="firm", label="云岭金桥")
    for account, holder in (("A1", "p"), ("A2", "p"), ("B1", "f"), ("C?", None)):
        graph.add_node(account, kind="account", label=account)
        if holder:
            graph.add_edge(holder, account, kind="accounts", rows=[("accounts", account)])
    for payer, payee, amount in (("B1", "A1", 3.0), ("B1", "A2", 4.0), ("C?", "A2", 5.0)):
        graph.add_edge(payer, payee, kind="payments", amount=amount)
    merged = without_accounts(graph)
    # An account whose holder is not known stays what it is.
    assert set(merged) == {"p", "f", "C?"}
    assert merged.nodes["p"]["accounts"] == ["A1", "A2"]
    assert merged.nodes["p"]["rows"] == [("accounts", "A1"), ("accounts", "A2")]
    assert {(flow.source, flow.target, flow.amount) for flow in flows(merged)} == {("C?", "p", 5.0), ("f", "p", 7.0)}


def test_names_never_become_markup():
    graph = nx.MultiDiGraph()
    graph.add_node(HOSTILE, kind=HOSTILE, label=HOSTILE)
    graph.add_edge(HOSTILE, "b", kind=HOSTILE, label=Text(HOSTILE, HOSTILE), rows=[(HOSTILE, HOSTILE)])
    rows = pd.DataFrame(
        [
            dict.fromkeys(["table", "key", "source_file", "source_sheet", "source_row", "text"], HOSTILE)
            | {"source_row": 1}
        ]
    )
    html = network(graph, "en", rows=rows).html
    assert "<script>" not in html.replace('<script type="application/json">', "")
    assert html.count("</script>") == 1
    assert data_of(network(graph, "en"))["nodes"][0]["full"] == HOSTILE


def test_a_line_names_the_rows_behind_it_with_file_sheet_and_row():
    rows = pd.DataFrame(
        [("payments", "p00", "银行/流水.xlsx", "明细", 12, "2021-05-06 100.00")],
        columns=["table", "key", "source_file", "source_sheet", "source_row", "text"],
    )
    data = data_of(network(hub(1), "zh", rows=rows))
    ((_, _, listed),) = (detail for detail in data["line_detail"] if detail[1])
    assert [data["rows"][place] for place in listed] == [
        ["资金往来 p00", "银行/流水.xlsx › 明细 › 第 12 行", "2021-05-06 100.00"]
    ]


def test_rows_that_the_page_does_not_list_are_counted():
    graph = nx.MultiDiGraph()
    graph.add_edge("a", "b", kind="payments", amount=1.0, rows=[("payments", f"p{n}") for n in range(70)])
    ((_, total, listed),) = data_of(network(graph, "zh", rows_shown=50))["line_detail"]
    assert (total, len(listed)) == (70, 50)


def test_the_same_graph_gives_the_same_picture_whatever_the_order_of_its_rows():
    graph = hub(20)
    turned = nx.MultiDiGraph()
    turned.add_nodes_from(reversed(list(graph.nodes(data=True))))
    turned.add_edges_from(reversed([(u, v, d) for u, v, d in graph.edges(data=True)]))
    assert network(graph, "en").html == network(turned, "en").html


def test_a_subject_is_drawn_larger_and_kinds_differ_by_shape_and_fill_together():
    nodes = {node["full"]: node for node in data_of(network(hub(1), "zh"))["nodes"]}
    assert nodes["云岭金桥"]["size"] > nodes["员工0"]["size"]
    from caselens.views._style import NODES

    # A grey print keeps shape and hollowness; colour alone must not tell two kinds apart.
    assert len({(style.shape, style.hollow) for style in NODES.values()}) == len(NODES)


def test_nothing_is_left_to_the_browser_s_physics():
    data = data_of(network(hub(3), "zh"))
    assert data["options"]["physics"] is False
    assert all("x" in node and "y" in node for node in data["nodes"])


@pytest.mark.parametrize("size", [0, 1, 2, 300])
def test_no_two_nodes_stand_on_each_other(size):
    pairs = [(0, place) for place in range(1, size)]
    points = positions(size, pairs, spacing=100.0)
    assert points.shape == (size, 2)
    if size > 1:
        distances = np.linalg.norm(points[:, None] - points[None, :], axis=2)
        np.fill_diagonal(distances, np.inf)
        assert distances.min() > 30


def test_an_empty_graph_is_a_picture_without_nodes():
    assert data_of(network(nx.MultiDiGraph(), "en"))["nodes"] == []


def test_both_languages_label_the_legend():
    assert "公职人员" in network(hub(1), "zh").html
    english = network(hub(1), "en").html
    assert "Official" in english and "公职人员" not in english
