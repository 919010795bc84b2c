"""What a redacted edition must never show: every name, number and address of the workspace, and what it stands for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from caselens.core.text import Text
from caselens.entities import entities
from caselens.tables import TABLES, Column, Table
from caselens.workspace import Workspace
from caselens.workspace.validate import quote

#: Text columns that describe and do not name. Their values are shown where every word of them is one of ours.
DESCRIBING: dict[str, frozenset[str]] = {
    "appointments": frozenset({"post", "rank"}),
    "approvals": frozenset({"object_table"}),
    "contracts": frozenset({"category"}),
    "coverage": frozenset({"table"}),
    "discipline_records": frozenset({"kind"}),
    "financings": frozenset({"selection_method", "outcome"}),
    "licences": frozenset({"kind", "grade"}),
    "organizations": frozenset({"industry", "status"}),
    "projects": frozenset({"category"}),
    "rectifications": frozenset({"category"}),
    "reviewer_pools": frozenset({"speciality", "grade"}),
    "risk_points": frozenset({"post", "category", "level"}),
    "statement_lines": frozenset({"channel", "merchant_category"}),
    "tenders": frozenset({"category", "recording", "lot"}),
}
#: Text columns that somebody wrote freely. They are withheld unless every word of them is one of ours.
FREE: dict[str, frozenset[str]] = {
    "access": frozenset({"role", "purpose"}),
    "asset_disposals": frozenset({"description"}),
    "bid_items": frozenset({"item_no", "description"}),
    "contract_changes": frozenset({"reason"}),
    "contracts": frozenset({"purpose", "deliverable"}),
    "coverage": frozenset({"basis"}),
    "evidence_requests": frozenset({"asks_for", "reason"}),
    "liaisons": frozenset({"basis"}),
    "payments": frozenset({"memo"}),
    "rectifications": frozenset({"measure", "evidence"}),
    "referrals": frozenset({"items"}),
    "risk_points": frozenset({"measure"}),
    "stated_figures": frozenset({"label", "formula"}),
    "statement_lines": frozenset({"memo"}),
    "unit_events": frozenset({"text"}),
    "cases": frozenset({"secrecy"}),
}
_NO_FILES = frozenset({"sources", "quarantine", "assessments", "audit_log", "findings", "decisions"})
#: Rows from which a descriptive value says nothing about anybody.
_COMMON = 5


@dataclass(frozen=True, slots=True)
class Known:
    """A value that must not be shown: of which kind it is, and the party it belongs to where there is exactly one."""

    kind: str
    value: str
    entity: str = ""
    word: Text | None = None


def names_nobody(table: str, column: Column) -> bool:
    """Whether a column's values are shown or withheld word by word instead of being replaced as a whole."""
    if column.kind in ("id", "list"):
        return False
    return column.kind != "text" or column.name in (*DESCRIBING.get(table, ()), *FREE.get(table, ()))


def naming(table: Table) -> list[Column]:
    """The columns of ``table`` that name or number somebody or something."""
    return [column for column in table.columns if not names_nobody(table.id, column)]


def known_values(workspace: Workspace) -> dict[str, Known]:
    """Every distinct value of every naming column of the workspace, with what it stands for.

    Parties come first: an id, a name or an identity number that belongs to one party stands for it; a name that
    several parties have stands for the name alone, because a sentence does not say which of them is meant.
    Linear in the rows; the distinct values are held in memory.
    """
    found: dict[str, Known] = {}
    for value, kind, entity, owners in _of_parties(workspace):
        found[value] = Known(kind, value, entity) if owners == 1 else Known("name", value)
    for table in TABLES.values():
        if table.id in _NO_FILES or not workspace.has(table.id):
            continue
        for column in naming(table):
            kind = _kind_of(table, column)
            for value in _distinct(workspace, table.id, column.name, column.several):
                if value not in found:
                    found[value] = Known(kind, value, word=None if kind != "record" else _word(table, column))
    for name in ("source_file", "source_sheet"):
        for table_id in workspace.tables():
            for value in _distinct(workspace, table_id, name, False):
                found.setdefault(value, Known("file" if name == "source_file" else "sheet", value))
    return found


def common_words(workspace: Workspace) -> Iterator[str]:
    """Values of describing columns that stand in several rows: a post or a trade that many have names nobody."""
    for table, columns in DESCRIBING.items():
        for column in sorted(columns):
            if workspace.has(table, column):
                query = (
                    f"SELECT {quote(column)} FROM {quote(table)} WHERE {quote(column)} IS NOT NULL "
                    f"GROUP BY 1 HAVING count(*) >= {_COMMON}"
                )
                yield from (str(value) for (value,) in workspace.con.execute(query).fetchall())


def _of_parties(workspace: Workspace) -> Iterator[tuple[str, str, str, int]]:
    """(value, kind, entity, how many entities have it) of ids, names and identifiers of persons and organizations."""
    members = quote(entities(workspace).get_name())
    # Every spelling a party was ever delivered under stands for it, not only the one that resolution prefers.
    named = " UNION ALL ".join(
        f"SELECT t.{quote(column)} AS value, m.kind, m.entity_id FROM {quote(table)} t JOIN {members} m "
        f"ON m.member_table = '{table}' AND m.member_id = t.{quote(key)}"
        for table, key, columns in (
            ("persons", "person_id", ("person_id", "name", "id_number")),
            ("organizations", "org_id", ("org_id", "name", "uscc")),
        )
        for column in columns
    )
    query = (
        f"SELECT value, any_value(kind ORDER BY entity_id), any_value(entity_id ORDER BY entity_id), "
        f"count(DISTINCT entity_id) FROM ({named}) WHERE value IS NOT NULL AND trim(value) <> '' GROUP BY value"
    )
    yield from workspace.con.execute(query).fetchall()


def _distinct(workspace: Workspace, table: str, column: str, several: bool) -> list[str]:
    if column not in ("source_file", "source_sheet") and not workspace.has(table, column):
        return []
    query = f"SELECT DISTINCT {quote(column)} FROM {quote(table)} WHERE {quote(column)} IS NOT NULL"
    values = [str(value) for (value,) in workspace.con.execute(query).fetchall()]
    if several:
        values = [part.strip() for value in values for part in value.split(";")]
    return sorted({value for value in values if value.strip()})


def _kind_of(table: Table, column: Column) -> str:
    if column.name in ("account_id", "payer_account", "payee_account", "deposit_account", "counterparty_account"):
        return "account"
    if column.name == "case_id":
        return "case"
    return "record"


def _word(table: Table, column: Column) -> Text:
    """What the number of a record is headed by: the table of which it is the key, else the column's label."""
    keyed = next((TABLES[name] for name in column.references if len(TABLES[name].key) == 1), None)
    if keyed is None and table.key == (column.name,):
        keyed = table
    return keyed.label if keyed else column.label
