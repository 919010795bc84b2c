"""The history of findings: since when each is known, what changed, and which went by another id before parties were merged."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from caselens.store.engine import Database
from caselens.store.schema import FINDING_HISTORY


@dataclass(frozen=True, slots=True)
class Seen:
    """A finding as this refresh sees it.

    ``accused`` (ids of the parties) and ``anchor`` (table and id of the object) are kept when it is first seen.
    """

    finding_id: str
    indicator: str
    evidence_hash: str
    accused: tuple[str, ...] = ()
    anchor: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What the history says of a finding: since when it is known, and whether it changed."""

    first_seen: date
    last_seen: date
    change: str


@dataclass(frozen=True, slots=True)
class Known:
    """A finding of the history; ``accused`` and ``anchor`` as they were when it was first seen (None: not kept then).

    ``first_seen`` is an as-of day of the data, ``recorded_on`` the day of the calendar (None: not kept then).
    """

    finding_id: str
    indicator: str
    first_seen: date
    accused: tuple[str, ...] | None
    anchor: tuple[str, str] | None
    recorded_on: date | None = None


class History:
    """The findings that were ever seen in one workspace."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self) -> list[Known]:
        """Every finding that was ever seen, by id."""
        query = sa.select(FINDING_HISTORY).order_by(FINDING_HISTORY.c.finding_id)
        rows = self._database.read(lambda connection: connection.execute(query).mappings().all())
        return [
            Known(
                row["finding_id"],
                row["indicator"],
                row["first_seen"],
                None if row["accused"] is None else tuple(json.loads(row["accused"])),
                _pair(row["anchor"]),
                row["recorded_on"],
            )
            for row in rows
        ]

    def record(
        self,
        findings: Iterable[Seen],
        as_of: date,
        silent: Collection[str] = (),
        aliases: Mapping[str, str] | None = None,
    ) -> dict[str, Told]:
        """Write what this refresh found; gives for each finding, and each that is gone, what changed.

        The same refresh on the same data changes nothing: ``change`` compares evidence, not runs. Findings of the
        indicators in ``silent``, which could not be put this time, are not gone: nobody looked. Nor are those in
        ``aliases`` (id -> id under which the same finding goes on): what was decided about one counts for the other.
        """
        now = {item.finding_id: item for item in findings}
        also = {old: new for old, new in (aliases or {}).items() if old != new}
        return self._database.write(lambda connection: _record(connection, now, as_of, silent, also))


def evidence_of(connection: sa.Connection, findings: Collection[str]) -> dict[str, str]:
    """Finding -> hash of its evidence when it was last seen, for those of ``findings`` that the history knows."""
    query = sa.select(FINDING_HISTORY.c.finding_id, FINDING_HISTORY.c.evidence_hash)
    rows = connection.execute(query.where(FINDING_HISTORY.c.finding_id.in_(list(findings))))
    return {row.finding_id: row.evidence_hash for row in rows}


def aliases_in(connection: sa.Connection) -> dict[str, str]:
    """Finding -> the id under which it goes on, for those that have another now."""
    query = sa.select(FINDING_HISTORY.c.finding_id, FINDING_HISTORY.c.alias_of)
    rows = connection.execute(query.where(FINDING_HISTORY.c.alias_of.is_not(None)))
    return {row.finding_id: row.alias_of for row in rows}


def _record(
    connection: sa.Connection, now: Mapping[str, Seen], as_of: date, silent: Collection[str], aliases: Mapping[str, str]
) -> dict[str, Told]:
    rows = connection.execute(sa.select(FINDING_HISTORY)).mappings().all()
    before = {row["finding_id"]: row for row in rows}
    told: dict[str, Told] = {}
    added, kept = [], []
    for identifier, item in now.items():
        row = before.get(identifier)
        first = row["first_seen"] if row else as_of
        told[identifier] = Told(first, as_of, _change(row, item, as_of))
        values: dict[str, Any] = {"evidence_hash": item.evidence_hash, "last_seen": as_of, "is_current": True}
        if row is None:
            about = {"accused": _json(item.accused), "anchor": _json(item.anchor), "alias_of": None}
            named = {"finding_id": identifier, "indicator": item.indicator, "first_seen": first}
            named["recorded_on"] = date.today()
            added.append(named | values | about)
        else:
            about = {
                "accused": row["accused"] or _json(item.accused),
                "anchor": row["anchor"] or _json(item.anchor),
                "alias_of": None,
            }
            kept.append({"key": identifier} | values | about)
    gone = []
    for identifier in before.keys() - now.keys():
        row = before[identifier]
        if row["indicator"] in silent:
            continue
        if identifier not in aliases:
            told[identifier] = Told(row["first_seen"], row["last_seen"], "gone")
        gone.append({"key": identifier, "alias_of": aliases.get(identifier), "is_current": False})
    this = FINDING_HISTORY.c.finding_id == sa.bindparam("key")
    if added:
        connection.execute(sa.insert(FINDING_HISTORY), added)
    for group in (kept, gone):
        if group:
            connection.execute(sa.update(FINDING_HISTORY).where(this), group)
    return told


def _change(row: sa.RowMapping | None, item: Seen, as_of: date) -> str:
    if row is None or (row["is_current"] and row["first_seen"] == as_of):
        return "new"
    # Under another id, before parties were merged or parted, it was there all the while.
    was_there = row["is_current"] or row["alias_of"] is not None
    return "same" if was_there and row["evidence_hash"] == item.evidence_hash else "changed"


def _json(value: object) -> str | None:
    return json.dumps(value, ensure_ascii=False) if value else None


def _pair(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    table, key = json.loads(text)
    return str(table), str(key)
