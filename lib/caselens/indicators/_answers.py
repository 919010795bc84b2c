"""Small frames that an indicator answers with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

ASSESSED = ["subject_id", "state", "reason"]
LEADS = [
    "lead",
    "subjects",
    "objects",
    "kind",
    "severity",
    "value",
    "score",
    "p_value",
    "amount",
    "period_start",
    "period_end",
    "fence",
]
EVIDENCE = ["lead", "table", "key", "role"]
COUNTERS = ["lead", "innocent", "state", "note"]


def frame(rows: Iterable[Mapping[str, Any]], columns: list[str]) -> pd.DataFrame:
    """Rows as a frame that has at least ``columns``, also when there are none."""
    made = pd.DataFrame(list(rows))
    return made.reindex(columns=list(dict.fromkeys([*columns, *made.columns])))


def party(identifier: str, role: str) -> dict[str, str]:
    """A subject of a lead."""
    return {"id": identifier, "role": role}


def thing(table: str, identifier: str) -> dict[str, str]:
    """An object of a lead."""
    return {"table": table, "id": identifier}


def counter(lead: str, innocent: str, holds: bool | None, note: str = "") -> dict[str, str]:
    """What testing one innocent explanation gave; ``None`` means it cannot be tested with the data at hand."""
    state = "not_testable" if holds is None else "holds" if holds else "does_not_hold"
    return {"lead": lead, "innocent": innocent, "state": state, "note": note}


def assessed(
    hits: Iterable[str],
    seen: Iterable[str],
    unknown: Mapping[str, str] | None = None,
    excluded: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """The states of all subjects: ``hit`` first, then ``excluded``, ``not_assessable`` (with reasons), else ``clean``."""
    hit, out, dark = set(hits), dict(excluded or {}), dict(unknown or {})
    everyone = sorted(hit | set(seen) | set(out) | set(dark))
    rows = []
    for subject in everyone:
        if subject in hit:
            rows.append((subject, "hit", ""))
        elif subject in out:
            rows.append((subject, "excluded", out[subject]))
        elif subject in dark:
            rows.append((subject, "not_assessable", dark[subject]))
        else:
            rows.append((subject, "clean", ""))
    return pd.DataFrame(rows, columns=ASSESSED)
