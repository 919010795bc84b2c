"""What makes a finding the same finding after a refresh, and what tells that its evidence grew."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Protocol

from caselens.indicators._declare import UNACCUSED

_PARTIES = ("persons", "organizations")


class Known(Protocol):
    """What the history keeps of a finding."""

    @property
    def finding_id(self) -> str:
        """Its id."""

    @property
    def indicator(self) -> str:
        """Its indicator."""

    @property
    def first_seen(self) -> date:
        """Since when it is known."""

    @property
    def accused(self) -> tuple[str, ...] | None:
        """The accused parties as they were called then."""

    @property
    def anchor(self) -> tuple[str, str] | None:
        """The object as it was called then."""


def finding_id(indicator: str, subjects: Sequence[dict[str, str]], objects: Sequence[dict[str, str]]) -> str:
    """A hash of the indicator, the sorted accused parties and the anchor object (the first of ``objects``).

    Rows, dates and scores are left out on purpose: a matter keeps its id while its evidence grows, so that what people
    decided about it lasts. Parties named for comparison do not count.
    """
    accused = sorted({subject["id"] for subject in subjects if subject["role"] not in UNACCUSED})
    anchor = [objects[0]["table"], objects[0]["id"]] if objects else []
    text = json.dumps([indicator, accused, anchor], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def evidence_hash(rows: Iterable[tuple[str, str]]) -> str:
    """A hash of the evidence rows (table and key), in no particular order."""
    text = json.dumps(sorted({(table, key) for table, key in rows}), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def survivors(known: Iterable[Known], party: Mapping[str, str], present: Collection[str]) -> dict[str, list[str]]:
    """Which findings of the history are the same as one of today, after parties were merged or parted.

    Args:
        known: the findings that were ever seen.
        party: id of a source row -> id of the party it belongs to today.
        present: ids as today's screening computes them.

    Returns:
        id of today -> ids of the history that mean the same now, the oldest first: that one survives, the others are its
        aliases. Findings that nobody knew before, and those known under today's id alone, are not in it.
    """
    same: dict[str, list[Known]] = {}
    for item in known:
        if item.accused is None:
            continue
        accused = [{"id": party.get(name, name), "role": ""} for name in item.accused]
        anchor = []
        if item.anchor is not None:
            table, key = item.anchor
            anchor = [{"table": table, "id": party.get(key, key) if table in _PARTIES else key}]
        today = finding_id(item.indicator, accused, anchor)
        if today in present:
            same.setdefault(today, []).append(item)
    ranked = {
        today: [i.finding_id for i in sorted(items, key=lambda i: (i.first_seen, i.finding_id != today, i.finding_id))]
        for today, items in same.items()
    }
    return {today: ids for today, ids in ranked.items() if ids != [today]}
