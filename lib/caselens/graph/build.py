"""The typed multigraph of a case: its parties, their accounts, and every declared edge between them, with its rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import ibis
import ibis.expr.types as ir
import networkx as nx
import pandas as pd

from caselens.core.text import Text
from caselens.entities import resolved
from caselens.tables import TABLES
from caselens.tables._declare import Edge, Table
from caselens.workspace import Workspace

#: Column that dates an edge, the first that a table has.
_DAYS = ("paid_at", "signed_on", "start_date", "submitted_on", "valid_from", "happened_on", "opened_at", "disposed_on")
_ENDS = ("end_date", "valid_until")
_AMOUNTS = ("amount", "principal", "price", "paid_in")


def case_graph(
    workspace: Workspace, parties: pd.DataFrame, objects: Mapping[str, Iterable[str]] | None = None
) -> nx.MultiDiGraph:
    """The multigraph of a case.

    Args:
        workspace: where the rows are.
        parties: ``entity_id, name, kind, role, hop, is_subject``.
        objects: table -> ids of its rows that are nodes too (tenders, projects that findings speak of).

    Returns:
        A networkx graph. Nodes: ``kind`` (the party's role, ``account``, or the table's node kind), ``label``,
        ``subject``, ``hop``. Edges: ``kind`` (the table), ``label`` (Text), ``amount`` (yuan or None), ``start``,
        ``end``, ``count``, ``rows`` (list of ``(table, key)``). Rows of one table between the same two nodes are one
        edge, so that many payments are one flow.
    """
    graph = nx.MultiDiGraph()
    for row in parties.itertuples():
        graph.add_node(row.entity_id, kind=row.role, label=row.name, subject=bool(row.is_subject), hop=int(row.hop))
    _add_accounts(graph, workspace, set(parties["entity_id"]))
    for name, ids in (objects or {}).items():
        for identifier in ids:
            if TABLES[name].node and identifier not in graph:
                graph.add_node(identifier, kind=TABLES[name].node, label=identifier, subject=False, hop=-1)
    nodes = ibis.memtable(pd.DataFrame({"node": sorted(str(node) for node in graph.nodes)}))
    for table in TABLES.values():
        if table.edges and not table.written_by_workbench and workspace.has(table.id):
            for edge in table.edges:
                _add_edges(graph, workspace, table, edge, nodes)
    _drop_idle_accounts(graph)
    return graph


def _add_accounts(graph: nx.MultiDiGraph, workspace: Workspace, parties: set[str]) -> None:
    if not workspace.has("accounts", "holder_id"):
        return
    accounts = resolved(workspace, "accounts")
    held = accounts.filter(accounts.holder_id.isin(sorted(parties))).select("account_id", "kind").execute()
    for row in held.itertuples():
        graph.add_node(row.account_id, kind="account", label=row.account_id, subject=False, hop=-1)


def _add_edges(graph: nx.MultiDiGraph, workspace: Workspace, table: Table, edge: Edge, nodes: ir.Table) -> None:
    expression = resolved(workspace, table.id)
    rows = expression.semi_join(nodes, [(edge.source, "node")]).semi_join(nodes, [(edge.target, "node")])
    names = {column.name for column in table.columns}
    wanted = {
        "source": edge.source,
        "target": edge.target,
        "key": "row_key",
        **{
            role: found
            for role, options in (("start", _DAYS), ("end", _ENDS), ("amount", _AMOUNTS))
            if (found := next((name for name in options if name in names), None))
        },
    }
    frame = rows.select(**wanted).execute()
    frame = frame[frame["source"] != frame["target"]]
    for (source, target), group in frame.groupby(["source", "target"], sort=True):
        graph.add_edge(source, target, **_summary(table.id, edge.label, group))


def _summary(table: str, label: Text, group: pd.DataFrame) -> dict[str, Any]:
    amount = pd.to_numeric(group["amount"], errors="coerce").sum(min_count=1) if "amount" in group else None
    starts = pd.to_datetime(group["start"]).dropna() if "start" in group else pd.Series(dtype="datetime64[ns]")
    ends = pd.to_datetime(group["end"]) if "end" in group else pd.Series(dtype="datetime64[ns]")
    last = (
        ends.max()
        if len(ends) and ends.notna().all()
        else (starts.max() if "end" not in group and len(starts) else None)
    )
    return {
        "kind": table,
        "label": label,
        "amount": None if amount is None or pd.isna(amount) else float(amount),
        "start": starts.min().date() if len(starts) else None,
        "end": None if last is None or pd.isna(last) else last.date(),
        "count": len(group),
        "rows": [(table, str(key)) for key in group["key"]],
    }


def _drop_idle_accounts(graph: nx.MultiDiGraph) -> None:
    """Take out accounts through which no money of the case went; they only hide the others."""
    moving = {end for *ends, kind in graph.edges(data="kind") if kind == "payments" for end in ends}
    accounts = [node for node, kind in graph.nodes(data="kind") if kind == "account"]
    graph.remove_nodes_from([node for node in accounts if node not in moving])
