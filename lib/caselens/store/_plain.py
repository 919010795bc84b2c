"""What may stand in the audit log: plain values, one line each, without numbers that identify a person or an account."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_HIDDEN = "〔…〕"
#: Details of such a name hold ids; those of ours (findings, leads, decisions, hashes) may be all digits and are kept. An id
#: out of a source may be an identity card's number.
_IDS = re.compile(r"(?:^|_)(?:ids?|hash(?:es)?|sha256)$")
_OURS = re.compile(r"L[0-9a-f]{15}|[0-9a-f]{16}|[0-9a-f]{64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: Identity card numbers, bank cards and accounts, mobile numbers: never in a log, whatever a person typed as reason.
_NUMBERS = re.compile(
    r"(?<![0-9A-Za-z])(?:\d{17}[\dXx]|\d{15,30}|(?:\d{4}[ -]){3,6}\d{1,4}|1[3-9]\d{9})(?![0-9A-Za-z])"
)


def without_numbers(text: str) -> str:
    """``text`` without what looks like an identity card, bank card, account or mobile number."""
    return _NUMBERS.sub(_HIDDEN, text)


def plain(value: Any, *, is_id: bool = False) -> Any:
    """``value`` as JSON can hold it, texts cleaned and without numbers; under the name of an id, ids of ours stay."""
    if isinstance(value, Mapping):
        return {clean(str(name)): plain(item, is_id=bool(_IDS.search(str(name)))) for name, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        items = sorted(value, key=str) if isinstance(value, (set, frozenset)) else value
        return [plain(item, is_id=is_id) for item in items]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    text = clean(str(value))
    return text if is_id and _OURS.fullmatch(text) else without_numbers(text)


def clean(text: str) -> str:
    """Without control characters (a log line stays a line) and what no database takes as text."""
    visible = "".join(" " if ord(letter) < 32 or ord(letter) == 127 else letter for letter in text)
    return visible.encode("utf-8", "replace").decode("utf-8").strip()
