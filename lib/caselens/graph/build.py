"""The typed multigraph of a case: its parties, their accounts, and every declared edge between them, with its rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import networkx as nx
import pandas as pd

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
        ``end``, ``count``, ``rows`` (list of ``(table, key)``) and, in the same order, ``spans`` (list of ``(since,
        until, amount)``, None where unknown; ``until`` is the same day for what happened on one, None for what goes
        on). Rows of one table between the same two nodes are one edge, so that many payments are one flow.
    """
    graph = nx.MultiDiGraph()
    for row in parties.itertuples():
        graph.add_node(row.entity_id, kind=row.role, label=row.name, subject=bool(row.is_subject), hop=int(row.hop))
    _add_accounts(graph, workspace, set(parties["entity_id"]))
    for name, ids in (objects or {}).items():
        for identifier in ids:
            if TABLES[name].node and identifier not in graph:
                graph.add_node(identifier, kind=TABLES[name].node, label=identifier, subject=False, hop=-1)
    # An empty list alone would be taken for numbers.
    named = pd.Series(sorted(str(node) for node in graph.nodes), dtype="string")
    nodes = ibis.memtable(pd.DataFrame({"node": named}))
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
    """One edge a pair of nodes and table, summed up by the engine."""
    expression = resolved(workspace, table.id)
    inside = expression.semi_join(nodes, [(edge.source, "node")]).semi_join(nodes, [(edge.target, "node")])
    inside = inside.filter(inside[edge.source] != inside[edge.target])
    names = {column.name for column in table.columns}

    def first(options: tuple[str, ...]) -> str | None:
        return next((name for name in options if name in names), None)

    start, end, amount = first(_DAYS), first(_ENDS), first(_AMOUNTS)
    last, nothing = end or start, ibis.null("date")
    each = inside[amount].cast("float64") if amount else ibis.null("float64")
    if amount and "currency" in names:
        # Sums of several currencies would mean nothing: what is not yuan counts as without an amount.
        each = (inside.currency.fill_null("CNY").upper() == "CNY").ifelse(each, ibis.null("float64"))
    rows = inside.select(
        key="row_key",
        source=edge.source,
        target=edge.target,
        since=inside[start].cast("date") if start else nothing,
        until=inside[last].cast("date") if last else nothing,
        amount=each,
    )
    # A period without an end goes on: one open row leaves the whole edge open.
    is_open = rows.until.isnull().any() if end else ibis.literal(False)
    entry = ibis.struct({name: rows[name] for name in ("key", "since", "until", "amount")})
    frame = (
        rows.group_by(["source", "target"])
        .agg(
            total=rows.amount.sum(),
            start=rows.since.min(),
            end=is_open.ifelse(nothing, rows.until.max()),
            rows=entry.collect(order_by=[rows.until, rows.key]),
        )
        .order_by(["source", "target"])
        .execute()
    )
    for row in frame.itertuples():
        graph.add_edge(
            row.source,
            row.target,
            kind=table.id,
            label=edge.label,
            amount=_amount(row.total),
            start=_day(row.start),
            end=_day(row.end),
            count=len(row.rows),
            rows=[(table.id, str(one["key"])) for one in row.rows],
            spans=[(_day(one["since"]), _day(one["until"]), _amount(one["amount"])) for one in row.rows],
        )


def _day(value: Any) -> date | None:
    return None if pd.isna(value) else pd.Timestamp(value).date()


def _amount(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def _drop_idle_accounts(graph: nx.MultiDiGraph) -> None:
    """Take out accounts through which no money of the case went; they only hide the others."""
    moving = {end for *ends, kind in graph.edges(data="kind") if kind == "payments" for end in ends}
    accounts = [node for node, kind in graph.nodes(data="kind") if kind == "account"]
    graph.remove_nodes_from([node for node in accounts if node not in moving])
