"""What ran, when, and how it ended: screenings, refreshes, batches. A run without an end was cut off."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from caselens.store._plain import plain
from caselens.store.audit import current_user
from caselens.store.engine import Database
from caselens.store.schema import RUNS


class Runs:
    """The runs of one workspace."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def running(self, kind: str, who: str = "", **details: Any) -> Iterator[dict[str, Any]]:
        """Note that a run of ``kind`` (``screen``, ``refresh``, ``report``, …) begins, and how it ended.

        Gives a dictionary whose content is kept with the end, after ``details``: counts and ids, no texts of persons. The
        outcome is ``ok``, or ``failed`` where the block raised; a process that was killed leaves neither.
        """
        identifier, told = str(uuid.uuid4()), dict(details)
        values = {
            "run_id": identifier,
            "kind": kind,
            "who": (who or current_user())[:128],
            "started_at": datetime.now(),
            "details": _json(told),
        }
        self._database.write(lambda connection: connection.execute(sa.insert(RUNS).values(values)))
        try:
            yield told
        except BaseException:
            self._end(identifier, "failed", told)
            raise
        self._end(identifier, "ok", told)

    def all(self) -> list[dict[str, Any]]:
        """Every run, oldest first: ``run_id, kind, who, started_at, ended_at, outcome`` (None: cut off or still on), ``details``."""
        query = sa.select(RUNS).order_by(RUNS.c.started_at, RUNS.c.run_id)
        rows = self._database.read(lambda connection: connection.execute(query).mappings().all())
        return [{**row, "details": json.loads(row["details"])} for row in rows]

    def _end(self, identifier: str, outcome: str, told: dict[str, Any]) -> None:
        values = {"ended_at": datetime.now(), "outcome": outcome, "details": _json(told)}
        ended = sa.update(RUNS).where(RUNS.c.run_id == identifier).values(values)
        self._database.write(lambda connection: connection.execute(ended))


def _json(told: dict[str, Any]) -> str:
    return json.dumps(plain(told), ensure_ascii=False, sort_keys=True)
