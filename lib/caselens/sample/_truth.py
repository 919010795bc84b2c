"""The truth of a generated city: what was planted, where, and why."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from caselens.sample._city import handle_parts, table_of
from caselens.sample._write import Ids
from caselens.sample.plants import Planted
from caselens.tables import TABLES


@dataclass(frozen=True, slots=True)
class Story:
    """One planted story in the ids of the written files; the fields are those of ``truth.json``."""

    slug: str
    kind: str
    subjects: list[dict[str, str]]
    objects: list[dict[str, str]]
    amount: float | None
    rows: dict[str, list[str]]
    why: dict[str, str]


@dataclass(frozen=True, slots=True)
class Truth:
    """All stories of a city built from ``seed``; decoys are among them, marked by their kind."""

    seed: int
    plants: list[Story] = field(default_factory=list)

    def of(self, slug: str, *kinds: str) -> list[Story]:
        """The stories of one slug, of the given kinds (all if none is given)."""
        return [story for story in self.plants if story.slug == slug and (not kinds or story.kind in kinds)]

    def as_json(self) -> str:
        """The text of ``truth.json``."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Truth:
        """Read ``truth.json`` back."""
        data: dict[str, Any] = json.loads(text)
        return cls(data["seed"], [Story(**story) for story in data["plants"]])


def told(slug: str, kind: str, planted: Planted, ids: Ids) -> Story:
    """``planted`` with its handles turned into ids."""
    rows: dict[str, list[str]] = defaultdict(list)
    for item in planted.rows:
        if isinstance(item, tuple):
            table, row = item
            rows[table].append(
                "|".join(ids.cell(TABLES[table][name].kind, row.get(name)) for name in TABLES[table].key)
            )
        else:
            rows[_table(item)].append(ids.one(item))
    return Story(
        slug=slug,
        kind=kind,
        subjects=[{"id": ids.one(handle), "role": role} for handle, role in planted.subjects],
        objects=[{"table": _table(handle), "id": ids.one(handle)} for handle in planted.objects],
        amount=planted.amount,
        rows=dict(rows),
        why={"zh": planted.why.zh, "en": planted.why.en},
    )


def _table(handle: int) -> str:
    """The table a handle points into; what is put to the vote is named by ``review_votes`` only."""
    table = table_of(int(handle_parts(np.array([handle]))[0][0]))
    return "review_votes" if table == "meetings" else table
