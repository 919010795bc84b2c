"""A case's graph for other programs: all of it goes out, and comes back the same through their own readers."""

from __future__ import annotations

import csv
import json
from datetime import date

import networkx as nx
import pytest

from caselens.core.text import Text
from caselens.graph import to_gexf, to_graphml, to_neo4j_csv

NAME = '=1+2,"甲"\x01</node>'


@pytest.fixture
def graph() -> nx.MultiDiGraph:
    """O, the subject, is kin of K, who got 3.5 million in two flows; one name tries everything."""
    made = nx.MultiDiGraph()
    made.add_node("O", kind="official", label="顾明远", subject=True, hop=0)
    made.add_node("K", kind="relative", label=NAME, subject=False, hop=1)
    made.add_node("A1", kind="account", label="A1", subject=False, hop=-1)
    made.add_edge("O", "K", kind="kinships", label=Text("亲属", "kin"), rows=[("kinships", "O|K")], count=1)
    made.add_edge(
        "A1", "K", kind="payments", label=Text("付款", "paid"), amount=3_500_000.0, count=2,
        start=date(2016, 6, 1), end=date(2016, 6, 11), rows=[("payments", "p1"), ("payments", "p2")],
    )  # fmt: skip
    return made


def test_graphml_holds_every_node_and_edge_with_its_rows(graph, tmp_path):
    read = nx.read_graphml(to_graphml(graph, tmp_path / "deep" / "case.graphml"), force_multigraph=True)
    assert dict(read.nodes(data=True)) == {
        "A1": {"label": "A1", "kind": "account", "subject": False},
        "K": {"label": '=1+2,"甲"⟦U+0001⟧</node>', "kind": "relative", "subject": False, "hop": 1},
        "O": {"label": "顾明远", "kind": "official", "subject": True, "hop": 0},
    }
    (paid,) = read.get_edge_data("A1", "K").values()
    assert (paid["amount"], paid["count"], paid["start"], paid["end"]) == (3_500_000.0, 2, "2016-06-01", "2016-06-11")
    assert json.loads(paid["rows"]) == [["payments", "p1"], ["payments", "p2"]]
    (kin,) = read.get_edge_data("O", "K").values()
    # A tie without an amount has none; nought would be a statement.
    assert "amount" not in kin and kin["label_zh"] == "亲属"


def test_gexf_gives_gephi_the_period_of_a_dated_edge(graph, tmp_path):
    text = to_gexf(graph, tmp_path / "case.gexf").read_text(encoding="utf-8")
    read = nx.read_gexf(tmp_path / "case.gexf")
    assert set(read) == {"A1", "K", "O"} and read.number_of_edges() == 2
    assert 'timeformat="date"' in text and 'start="2016-06-01"' in text and 'end="2016-06-11"' in text


def test_neo4j_csv_has_the_headers_of_its_importer_and_exact_cells(graph, tmp_path):
    nodes, relationships = to_neo4j_csv(graph, tmp_path / "neo4j")
    with nodes.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    assert head == ["id:ID", "label", "kind", "subject:boolean", "hop:int", ":LABEL"]
    assert rows[1] == ["K", NAME, "relative", "false", "1", "relative"]
    with relationships.open(encoding="utf-8", newline="") as file:
        head, first, second = csv.reader(file)
    assert head[:3] == [":START_ID", ":END_ID", ":TYPE"]
    assert dict(zip(head, first, strict=True))["amount:double"] == "3500000.0"
    assert (second[:3], dict(zip(head, second, strict=True))["amount:double"]) == (["O", "K", "KINSHIPS"], "")


@pytest.mark.parametrize("write", [to_graphml, to_gexf])
def test_the_same_graph_gives_the_same_bytes_whatever_the_order_of_its_rows(graph, tmp_path, write):
    turned = nx.MultiDiGraph()
    turned.add_nodes_from(reversed(list(graph.nodes(data=True))))
    turned.add_edges_from(reversed([(u, v, d) for u, v, d in graph.edges(data=True)]))
    assert write(graph, tmp_path / "1").read_bytes() == write(turned, tmp_path / "2").read_bytes()


def test_an_empty_graph_is_a_file_without_nodes(tmp_path):
    assert len(nx.read_graphml(to_graphml(nx.MultiDiGraph(), tmp_path / "none.graphml"))) == 0
    assert to_neo4j_csv(nx.MultiDiGraph(), tmp_path)[0].read_text(encoding="utf-8").count("\n") == 1
