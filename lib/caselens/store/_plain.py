"""What may stand in the audit log: plain values, one line each, without numbers that identify a person or an account."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_HIDDEN = "〔…〕"
#: Details of such a name are ids or hashes of ours, which may be all digits: they are kept as they are.
_IDS = re.compile(r"(?:^|_)(?:ids?|hash(?:es)?|sha256)$")
#: Identity card numbers, bank cards and accounts, mobile numbers: never in a log, whatever a person typed as reason.
_NUMBERS = re.compile(
    r"(?<![0-9A-Za-z])(?:\d{17}[\dXx]|\d{15,30}|(?:\d{4}[ -]){3,6}\d{1,4}|1[3-9]\d{9})(?![0-9A-Za-z])"
)


def without_numbers(text: str) -> str:
    """``text`` without what looks like an identity card, bank card, account or mobile number."""
    return _NUMBERS.sub(_HIDDEN, text)


def plain(value: Any, *, is_id: bool = False) -> Any:
    """``value`` as JSON can hold it, texts cleaned; what is named as an id or a hash is left as it is."""
    if isinstance(value, Mapping):
        return {clean(str(name)): plain(item, is_id=bool(_IDS.search(str(name)))) for name, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        items = sorted(value, key=str) if isinstance(value, (set, frozenset)) else value
        return [plain(item, is_id=is_id) for item in items]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    text = clean(str(value))
    return text if is_id else without_numbers(text)


def clean(text: str) -> str:
    """Without control characters (a log line stays a line) and what no database takes as text."""
    visible = "".join(" " if ord(letter) < 32 or ord(letter) == 127 else letter for letter in text)
    return visible.encode("utf-8", "replace").decode("utf-8").strip()
