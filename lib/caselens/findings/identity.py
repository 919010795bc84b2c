"""What makes a finding the same finding after a refresh, and what tells that its evidence grew."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence

from caselens.indicators._declare import UNACCUSED


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
