"""Orders that excuse a deviation, and which of them count: whoever could have written one himself is not cleared by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from caselens.indicators._declare import Inputs


@dataclass(frozen=True, slots=True)
class Order:
    """A numbered emergency order: its row, day and issuer, and the units of each official (``posts``)."""

    row_key: str
    issued_on: pd.Timestamp
    issuer: str
    posts: Mapping[str, frozenset[str]]

    def covers(self, purchase: Mapping[str, Any], begun: date) -> bool:
        """Whether it is no later than the day ``begun`` and comes from neither the buyer nor a unit of the approver."""
        if self.issued_on > pd.Timestamp(begun) or self.issuer == purchase["buyer"]:
            return False
        return self.issuer not in self.posts.get(purchase["handler"], frozenset())


def emergencies(inputs: Inputs) -> dict[str, list[Order]]:
    """Project -> its emergency orders that have a number and an issuer."""
    events = inputs.table("project_events")
    orders = events.filter(
        (events.stage == "emergency_order") & events.document_no.notnull() & events.issued_by_id.notnull()
    )
    frame = orders.select("project_id", "row_key", "happened_on", "issued_by_id").execute()
    if frame.empty:
        return {}
    held = inputs.table("appointments").select("person_id", "org_id").distinct().execute()
    posts = {person: frozenset(units) for person, units in held.groupby("person_id")["org_id"]}
    found: dict[str, list[Order]] = {}
    for row in frame.sort_values("row_key").itertuples():
        order = Order(row.row_key, pd.Timestamp(row.happened_on), row.issued_by_id, posts)
        found.setdefault(row.project_id, []).append(order)
    return found
