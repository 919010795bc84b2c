"""A case's graph for other programs: GraphML (yEd, Cytoscape, igraph), GEXF (Gephi), CSV for a Neo4j database.

Every node and edge goes out, and every edge with the rows it rests on; the same graph gives the same bytes. Nothing is
shortened or left out. A character that XML forbids is spelled ``⟦U+0001⟧``.

Sources: Brandes, Eiglsperger, Herman, Himsolt and Marshall, "GraphML Progress Report" (2002); GEXF 1.2 draft of the
Gephi consortium; the header format of ``neo4j-admin database import`` (Neo4j operations manual).
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import networkx as nx

from caselens.workspace.folder import write_atomically

#: What XML 1.0 does not allow in a document, in whatever form.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: The day of writing, which would make two exports of one graph differ.
_WRITTEN_ON = re.compile(r' lastmodifieddate="[^"]*"')
_NODE_HEAD = ("id:ID", "label", "kind", "subject:boolean", "hop:int", ":LABEL")
_EDGE_HEAD = (
    ":START_ID", ":END_ID", ":TYPE", "label_zh", "label_en", "amount:double", "start:date", "end:date", "count:int",
    "rows",
)  # fmt: skip


def to_graphml(graph: nx.MultiDiGraph, path: str | Path) -> Path:
    """Write ``graph`` as GraphML.

    Args:
        graph: of a case, see :func:`caselens.graph.case_graph`.
        path: the file; replaced whole or not at all.

    Returns:
        The file. Nodes: ``label, kind, subject, hop``; edges: ``kind, label_zh, label_en, amount`` (yuan), ``start,
        end`` (ISO dates), ``count``, ``rows`` (JSON list of [table, key]). What is not known is absent, never nought.
    """
    file = io.BytesIO()
    nx.write_graphml_xml(_flat(graph), file, encoding="utf-8", named_key_ids=True)
    return _written(path, file.getvalue())


def to_gexf(graph: nx.MultiDiGraph, path: str | Path) -> Path:
    """Write ``graph`` as GEXF 1.2 for Gephi; dated edges carry their period, so that Gephi's time line works.

    Arguments, attributes and result as :func:`to_graphml`.
    """
    plain = _flat(graph)
    for _, _, data in plain.edges(data=True):
        data["label"] = data.get("label_zh") or data["kind"]
    text = "\n".join(nx.generate_gexf(plain, encoding="utf-8", version="1.2draft"))
    return _written(path, ('<?xml version="1.0" encoding="UTF-8"?>\n' + _WRITTEN_ON.sub("", text)).encode())


def to_neo4j_csv(graph: nx.MultiDiGraph, folder: str | Path) -> list[Path]:
    """Write ``nodes.csv`` and ``relationships.csv`` as ``neo4j-admin database import`` takes them.

    Args:
        graph: of a case.
        folder: made if it does not exist; the two files in it are replaced.

    Returns:
        The two files, UTF-8. ``:LABEL`` of a node is its kind (``official``, ``firm``, ``account`` …), ``:TYPE`` of a
        relationship its table in capitals (``PAYMENTS``). Import with ``--multiline-fields=true`` where names carry
        line breaks. The cells are exact, not made safe for a spreadsheet program, which may take some for formulas.
    """
    nodes = [
        (name, data["label"], data["kind"], str(data["subject"]).lower(), data.get("hop", ""), data["kind"])
        for name, data in _flat(graph, xml=False).nodes(data=True)
    ]
    edges = [
        (
            source,
            target,
            re.sub(r"\W+", "_", str(data["kind"])).upper(),
            *(data.get(name, "") for name in ("label_zh", "label_en", "amount", "start", "end", "count", "rows")),
        )
        for source, target, data in _flat(graph, xml=False).edges(data=True)
    ]
    files = (("nodes.csv", _NODE_HEAD, nodes), ("relationships.csv", _EDGE_HEAD, edges))
    return [_written(Path(folder) / name, _csv(head, rows)) for name, head, rows in files]


def _csv(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue().encode()


def _written(path: str | Path, content: bytes) -> Path:
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target, content)
    return target


def _flat(graph: nx.MultiDiGraph, *, xml: bool = True) -> nx.MultiDiGraph:
    """A copy in a fixed order, with plain values only."""
    plain = nx.MultiDiGraph()
    for name, data in sorted(graph.nodes(data=True), key=lambda item: str(item[0])):
        plain.add_node(_text(name, xml), **_node(name, data, xml))
    edges = [
        (_text(source, xml), _text(target, xml), _edge(data, xml)) for source, target, data in graph.edges(data=True)
    ]
    for source, target, data in sorted(edges, key=lambda item: (item[0], item[1], item[2]["kind"], item[2]["rows"])):
        plain.add_edge(source, target, **data)
    return plain


def _node(name: Any, data: dict[str, Any], xml: bool) -> dict[str, Any]:
    known = {
        "label": _text(data.get("label") or name, xml),
        "kind": _text(data.get("kind") or "other", xml),
        "subject": bool(data.get("subject")),
    }
    # Accounts and objects of findings stand at no distance from a subject.
    return known | ({"hop": int(data["hop"])} if data.get("hop", -1) >= 0 else {})


def _edge(data: dict[str, Any], xml: bool) -> dict[str, Any]:
    return {"kind": _text(data.get("kind") or "other", xml)} | dict(_facts(data, xml))


def _facts(data: dict[str, Any], xml: bool) -> Iterator[tuple[str, Any]]:
    label = data.get("label")
    if label is not None:
        yield from (("label_zh", _text(label.zh, xml)), ("label_en", _text(label.en, xml)))
    if data.get("amount") is not None:
        yield "amount", float(data["amount"])
    for end in ("start", "end"):
        if data.get(end) is not None:
            yield end, data[end].isoformat()[:10]
    yield "count", int(data.get("count") or 1)
    yield "rows", _text(json.dumps([[str(t), str(k)] for t, k in data.get("rows") or ()], ensure_ascii=False), xml)


def _text(value: object, xml: bool) -> str:
    return _NOT_XML.sub(lambda found: f"⟦U+{ord(found.group()):04X}⟧", str(value)) if xml else str(value)
