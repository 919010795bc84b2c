"""Resolution and its tables for the command line and the notebook: resolve, list, decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from caselens.core.errors import UsageError
from caselens.core.text import Text
from caselens.entities import entities, links, parties, undecided
from caselens.entities.identity import resolved_anew
from caselens.tables import TABLES
from caselens.workspace import Workspace

_DECISIONS = ("same", "different", "unsure")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What resolution gave for one kind of party.

    ``rules`` counts links by what made them (``id_number``, ``uscc``, ``decision``, ``model``); ``undecided`` the pairs left for
    a person; ``told`` what could not be compared.
    """

    table: str
    rows: int
    entities: int
    rules: dict[str, int]
    undecided: int
    told: tuple[Text, ...]


def resolve(workspace: Workspace) -> list[Outcome]:
    """Resolve the persons and organizations of a workspace anew; the result is kept until rows or decisions change."""
    told = resolved_anew(workspace)
    members, made, doubts = (frame(workspace).execute() for frame in (entities, links, undecided))
    outcomes = []
    for kind, table in (("person", "persons"), ("organization", "organizations")):
        mine, joined = members[members["member_table"] == table], made[made["member_table"] == table]
        rules = {str(rule): int(count) for rule, count in joined["rule"].value_counts().sort_index().items()}
        left = int((doubts["member_table"] == table).sum())
        outcomes.append(Outcome(table, len(mine), mine["entity_id"].nunique(), rules, left, told[kind]))
    return outcomes


def listing(workspace: Workspace, what: str = "entities") -> pd.DataFrame:
    """``entities`` or ``entity_links`` in exactly the columns of the contract, or ``undecided`` pairs.

    Raises:
        UsageError: another name.
    """
    if what == "undecided":
        return undecided(workspace).execute()
    sources = {"entities": parties, "entity_links": links}
    if what not in sources:
        raise UsageError(f"there is no listing {what!r}; there are entities, entity_links, undecided")
    frame = sources[what](workspace).execute()
    keys = ["kind", "entity_id"] if what == "entities" else ["member_table", "entity_id", "member_id", "rule"]
    columns = [column.name for column in TABLES[what].columns]
    return frame.sort_values(keys).reset_index(drop=True)[columns]


def decide(workspace: Workspace, kind: str, members: Sequence[str], reason: str, who: str) -> str:
    """Write down that source rows are the same party, different ones, or that somebody is unsure; gives the decision's id.

    The rows stay as they are; the decision can be undone, and no refresh loses it.

    Raises:
        UsageError: an unknown kind, fewer than two rows, rows that do not exist or of different tables, no reason or name.
    """
    if kind not in _DECISIONS:
        raise UsageError(f"{kind!r} is no decision about parties; there are {', '.join(_DECISIONS)}")
    wanted = sorted(set(members))
    if len(wanted) < 2:
        raise UsageError("a decision is about two rows or more 至少两个编号")
    known = entities(workspace)
    found = known.filter(known.member_id.isin(wanted)).select("member_table", "member_id").distinct().execute()
    missing = [member for member in wanted if member not in set(found["member_id"])]
    if missing:
        raise UsageError(f"no person or organization is called {', '.join(missing)} 没有此编号")
    tables = sorted(set(found["member_table"]))
    if len(tables) > 1:
        raise UsageError("a person and an organization are never one party 自然人与单位不能归并")
    return workspace.store.decide(kind, tables[0], wanted, reason, who)


def undo(workspace: Workspace, decision_id: str, reason: str, who: str) -> str:
    """Undo a decision about parties; it stays written. Gives the id of the undoing.

    Raises:
        UsageError: there is no such decision in force, or no reason or name.
    """
    for decision in workspace.identity_decisions():
        if decision.decision_id == decision_id:
            ids = list(decision.object_ids)
            return workspace.store.decide("undo", decision.object_table, ids, reason, who, undoes=decision_id)
    raise UsageError(f"there is no decision {decision_id!r} about parties in force 没有这项有效决定")
