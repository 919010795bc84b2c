"""Source ids that carry the same valid identifier are one party; everything else stays apart.

An entity takes the smallest of its members' ids, so that a party nobody duplicated keeps the id it came with.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

import ibis
import ibis.expr.types as ir

from caselens.entities._numbers import valid_credit_code, valid_identity_number
from caselens.tables import TABLES
from caselens.workspace import Workspace

#: Name of the column that holds a row's key as one text.
ROW_KEY = "row_key"
_PARTIES = {"persons", "organizations"}
#: Asked for with every table; computed once for a state of a workspace.
_CHANGED: WeakKeyDictionary[Workspace, tuple[str, ir.Table | None]] = WeakKeyDictionary()


def entities(workspace: Workspace) -> ir.Table:
    """One row a member: ``member_table, member_id, entity_id, kind, name, identifier`` (the valid number, or empty)."""
    return workspace.derive("members", _members_sql)


def _members_sql() -> str:
    parts = [
        ("persons", "person_id", "person", "id_number", valid_identity_number("id_number")),
        ("organizations", "org_id", "organization", "uscc", valid_credit_code("uscc")),
    ]
    selects = [
        f"SELECT '{table}' AS member_table, {key} AS member_id, '{kind}' AS kind, name, "
        f"CASE WHEN {valid} THEN upper({number}) ELSE '' END AS identifier FROM {table}"
        for table, key, kind, number, valid in parts
    ]
    same = "CASE WHEN identifier <> '' THEN identifier ELSE member_id END"
    return (
        f"SELECT *, min(member_id) OVER (PARTITION BY kind, {same}) AS entity_id FROM ({' UNION ALL '.join(selects)})"
    )


def changed(workspace: Workspace) -> ir.Table | None:
    """``member_id -> entity_id`` where they differ; ``None`` where no two source ids are one party (the usual case)."""
    state = workspace.fingerprint()
    known = _CHANGED.get(workspace)
    if known is None or known[0] != state:
        members = entities(workspace)
        joined = members.filter(members.member_id != members.entity_id).select("member_id", "entity_id").distinct()
        known = (state, joined if joined.count().execute() else None)
        _CHANGED[workspace] = known
    return known[1]


def row_key(expression: ir.Table, table: str) -> ir.StringValue:
    """The key of each row as one text: the key columns joined with ``|``, an empty one counting as a value."""
    parts = [expression[name].cast("string").fill_null("") for name in TABLES[table].key]
    return ibis.literal("|").join(parts) if len(parts) > 1 else parts[0]


def resolved(workspace: Workspace, table: str) -> ir.Table:
    """A canonical table with ``row_key`` and with every id of a person or organization replaced by its entity's.

    The key keeps the ids as the source gave them, so that evidence leads to the row; references are resolved, so that
    two source ids of one party meet.
    """
    expression = workspace.table(table)
    expression = expression.mutate(**{ROW_KEY: row_key(expression, table)})
    mapping = changed(workspace)
    if mapping is None:
        return expression
    for column in TABLES[table].columns:
        names_party = set(column.references) & _PARTIES or (table in _PARTIES and column.name in TABLES[table].key)
        if names_party and not column.several:
            renamed = mapping.rename({"_member": "member_id", "_entity": "entity_id"})
            joined = expression.left_join(renamed, expression[column.name] == renamed._member)
            entity = ibis.coalesce(joined._entity, joined[column.name])
            expression = joined.mutate(**{column.name: entity}).drop("_member", "_entity")
    return expression
