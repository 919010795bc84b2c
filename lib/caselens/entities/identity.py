"""Who is who in a workspace: every source id with the party it belongs to, why, and what is left to decide.

An entity takes the id of its first member: the one that came in the earliest file, of those the smallest. It keeps its id
when members join. The source rows are never rewritten.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from weakref import WeakKeyDictionary

import ibis
import ibis.expr.types as ir

from caselens.core.text import Text
from caselens.entities._accounts import account_links
from caselens.entities.resolve import Resolved, Ruling, resolve
from caselens.tables import TABLES
from caselens.workspace import Workspace
from caselens.workspace.reads import maker
from caselens.workspace.validate import quote

#: Name of the column that holds a row's key as one text.
ROW_KEY = "row_key"
_PARTIES = {"persons", "organizations"}
_KINDS = {"person": ("persons", "person_id"), "organization": ("organizations", "org_id")}
#: Asked for with every table; computed once for a state of a workspace.
_CHANGED: WeakKeyDictionary[Workspace, tuple[str, ir.Table | None, dict[str, str]]] = WeakKeyDictionary()
#: Changes when the rules of resolution do: what was derived under other rules is computed anew.
_VERSION = "resolution 1"
#: What resolution looks at.
_READS = ("table:persons", "table:organizations", "table:accounts", "identity")


def entities(workspace: Workspace) -> ir.Table:
    """One row a member: ``member_table, member_id, entity_id, kind, name, identifier`` (the valid number, or empty)."""
    return _derived(workspace, "members")


def links(workspace: Workspace) -> ir.Table:
    """Why each member that was joined to another belongs to its entity: the columns of the table ``entity_links``."""
    return _derived(workspace, "entity_links")


def undecided(workspace: Workspace) -> ir.Table:
    """Pairs that may be one party and were not joined, the likeliest first, for a person to decide.

    Columns ``member_table, left_id, right_id, left_name, right_name, probability, why`` (``likely``; ``ambiguous``: fits two
    parties; ``conflict``: contradicts the party), ``comparison``, ``sentence_zh``, ``sentence_en``.
    """
    return _derived(workspace, "undecided_pairs")


def parties(workspace: Workspace) -> ir.Table:
    """The table ``entities``: one row a real-world party, ``entity_id, kind, name`` (its first member's), ``member_ids``."""

    def query() -> str:
        return (
            f"SELECT entity_id, kind, first(name ORDER BY member_id <> entity_id, member_id) AS name, "
            f"to_json(list(member_id ORDER BY member_id))::VARCHAR AS member_ids "
            f"FROM {quote(entities(workspace).get_name())} GROUP BY entity_id, kind ORDER BY entity_id"
        )

    return workspace.derive("parties", query, _VERSION)


def resolved_anew(workspace: Workspace) -> dict[str, tuple[Text, ...]]:
    """Resolve now and keep the result; gives for each kind what was not compared, which no kept table tells."""
    done: dict[str, Resolved] = {}
    _build(workspace, done)
    for stale in workspace.folder.derived.glob("parties-*"):
        stale.unlink(missing_ok=True)
    for name in _RESULTS:
        for stale in workspace.folder.derived.glob(f"{name}-*"):
            stale.unlink(missing_ok=True)
        workspace.derive(name, partial(_query, workspace, done, name), _VERSION, _READS)
    _CHANGED.pop(workspace, None)
    return {kind: found.told for kind, found in done.items()}


def _derived(workspace: Workspace, what: str) -> ir.Table:
    """One of the three results; all are computed together and kept until the rows or people's decisions change."""
    done: dict[str, Resolved] = {}

    def query(name: str) -> str:
        if not done:
            _build(workspace, done)
        return _query(workspace, done, name)

    tables = {name: workspace.derive(name, partial(query, name), _VERSION, _READS) for name in _RESULTS}
    return tables[what]


def _query(workspace: Workspace, done: dict[str, Resolved], name: str) -> str:
    """SQL of one result; links also tie accounts to their holders."""
    accounts = account_links(workspace, _RESULTS["members"](done)) if name == "entity_links" else ""
    return f"{_RESULTS[name](done)} UNION ALL BY NAME {accounts}" if accounts else _RESULTS[name](done)


def _build(workspace: Workspace, done: dict[str, Resolved]) -> None:
    decided = [
        Ruling(item.kind, item.object_ids, item.reason, item.decided_by, item.decided_at)
        for item in workspace.identity_decisions()
    ]
    for kind in _KINDS:
        done[kind] = resolve(workspace.con, _source(workspace, kind), kind, decided)


def _source(workspace: Workspace, kind: str) -> str:
    """The rows in force, each with the number of the first file that brought its id."""
    table, key = _KINDS[kind]
    if not workspace.catalog.columns(table):
        return f"SELECT *, 0 AS arrival FROM {quote(table)}"
    shared, account = _shared_accounts(workspace), ""
    given = {str(row[0]).lower() for row in workspace.con.execute(f"DESCRIBE {quote(table)}").fetchall()}
    if shared and "account" not in given:
        account = ", (SELECT min(h.account_id) FROM shared h WHERE h.holder_id = t.member) AS account"
    return (
        f"WITH first AS (SELECT {key} AS member, min(arrival) AS arrival FROM ({workspace.catalog.ever(table)}) GROUP BY 1)"
        f"{f', shared AS ({shared})' if shared else ''} SELECT t.* EXCLUDE (member){account} FROM ("
        f"SELECT p.*, f.arrival, f.member FROM {quote(table)} p JOIN first f ON f.member = p.{key} "
        f"QUALIFY row_number() OVER (PARTITION BY p.{key} ORDER BY source_file, source_row) = 1) t"
    )


def _shared_accounts(workspace: Workspace) -> str:
    """SQL: accounts for which files name different holders, with each holder; "" where no file names holders.

    Rows that a later file replaced count: that two files name different ids for one account is the evidence.
    """
    if not {"account_id", "holder_id"} <= workspace.catalog.columns("accounts"):
        return ""
    ever = workspace.catalog.ever("accounts")
    return (
        f"SELECT DISTINCT account_id, holder_id FROM ({ever}) WHERE holder_id IS NOT NULL AND account_id IN "
        f"(SELECT account_id FROM ({ever}) GROUP BY 1 HAVING count(DISTINCT holder_id) > 1)"
    )


def _both(select: Callable[[str, Resolved], str]) -> Callable[[dict[str, Resolved]], str]:
    return lambda done: " UNION ALL ".join(select(kind, found) for kind, found in done.items())


#: The derived tables, as SQL over what was resolved.
_RESULTS: dict[str, Callable[[dict[str, Resolved]], str]] = {
    "members": _both(
        lambda kind, found: (
            f"SELECT '{_KINDS[kind][0]}' AS member_table, member_id, '{kind}' AS kind, name, identifier, "
            f"entity_id FROM {found.members}"
        )
    ),
    "entity_links": _both(
        lambda kind, found: (
            f"SELECT entity_id, '{_KINDS[kind][0]}' AS member_table, * EXCLUDE (entity_id) FROM {found.links}"
        )
    ),
    "undecided_pairs": _both(
        lambda kind, found: f"SELECT '{_KINDS[kind][0]}' AS member_table, * FROM {found.undecided}"
    ),
}


def changed(workspace: Workspace) -> ir.Table | None:
    """``member_id -> entity_id`` where they differ; ``None`` where no two source ids are one party (the usual case)."""
    state = workspace.fingerprint()
    known = _CHANGED.get(workspace)
    if known is None or known[0] != state:
        with workspace.states.reads.recorded() as read:
            members = entities(workspace)
        joined = members.filter(members.member_id != members.entity_id).select("member_id", "entity_id").distinct()
        known = (state, joined if joined.count().execute() else None, read)
        _CHANGED[workspace] = known
    for name, was in known[2].items():
        workspace.states.reads.note(name, was)
    return known[1]


maker("members", entities)
maker("entity_links", links)
maker("undecided_pairs", undecided)


def row_key(expression: ir.Table, table: str) -> ir.StringValue:
    """The key of each row as one text: the key columns joined with ``|``, an empty one counting as a value."""
    parts = [expression[name].cast("string").fill_null("") for name in TABLES[table].key]
    return ibis.literal("|").join(parts) if len(parts) > 1 else parts[0]


def resolved(workspace: Workspace, table: str) -> ir.Table:
    """A canonical table with ``row_key`` and with every id of a person or organization replaced by its entity's.

    The key keeps the ids as the source gave them, so that evidence leads to the row; references are resolved, so that
    two source ids of one party meet.
    """
    mapping = changed(workspace)
    columns = [] if mapping is None else _naming_parties(table)
    if mapping is None or not columns:
        return _keyed(workspace, table)

    # Kept, because nearly every question joins these tables, and a join for each of their ids makes each of them slow.
    def build() -> ir.Table:
        expression = _keyed(workspace, table)
        for name in columns:
            renamed = mapping.rename({"_member": "member_id", "_entity": "entity_id"})
            joined = expression.left_join(renamed, expression[name] == renamed._member)
            entity = ibis.coalesce(joined._entity, joined[name])
            expression = joined.mutate(**{name: entity}).drop("_member", "_entity")
        return expression

    return workspace.derive(f"resolved_{table}", build)


def _keyed(workspace: Workspace, table: str) -> ir.Table:
    """A canonical table with ``row_key``, ids as the source gave them; accounts with the holder that the bank gave."""
    expression = workspace.table(table)
    expression = expression.mutate(**{ROW_KEY: row_key(expression, table)})
    return _with_holders(workspace, expression) if table == "accounts" else expression


def _naming_parties(table: str) -> list[str]:
    """Columns that hold the id of one person or organization."""
    declared = TABLES[table]
    return [
        column.name
        for column in declared.columns
        if not column.several
        and (set(column.references) & _PARTIES or (table in _PARTIES and column.name in declared.key))
    ]


def _with_holders(workspace: Workspace, accounts: ir.Table) -> ir.Table:
    """Accounts that name no holder, with the party whose valid number the bank gave for it."""
    if "holder_number" not in accounts.columns:
        return accounts
    made = links(workspace)
    tied = made.filter(made.member_table == "accounts").select(_account=made.member_id, _holder=made.entity_id)
    joined = accounts.left_join(tied, accounts.account_id == tied._account)
    return joined.mutate(holder_id=ibis.coalesce(joined.holder_id, joined._holder)).drop("_account", "_holder")
