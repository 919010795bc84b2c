"""Plain values out of OCDS JSON: text, numbers and local moments, with every surprise counted instead of dropped."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

Json = Any
Values = dict[str, str | None]

_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(Z|z|[+-]\d{2}:?\d{2})?)?", re.ASCII
)


@dataclass
class Told:
    """What a person must hear about one file once it is read: each field is a count of occurrences.

    ``wrong`` counts values of a type the schema does not allow, by path; ``unmapped`` the fields no canonical column
    takes, by path; ``codes`` the codes outside the standard's lists, as ``field=code``; ``moved`` moments printed in
    UTC beside local ones; the rest by the name of a sentence in ``_ocds_notes``.
    """

    wrong: Counter[str] = field(default_factory=Counter)
    unmapped: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)


def text(value: Json, told: Told, path: str) -> str | None:
    """``value`` as text; ``None`` where nothing stands. A list or object is kept as JSON and counted as wrong type."""
    if value is None:
        return None
    if isinstance(value, str):
        cleaned = value.strip()
        if not cleaned.isascii():  # a lone surrogate cannot be stored in any file later
            cleaned = cleaned.encode("utf-8", "replace").decode("utf-8")
        return cleaned or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return _plain(value)
    told.wrong[path] += 1
    return raw(value) if value else None


def raw(value: Json) -> str:
    """``value`` as compact JSON, for what is kept as it came."""
    return json.dumps(value, ensure_ascii=True, default=str, separators=(",", ":"))


def _plain(value: float | Decimal) -> str:
    """A number without exponent, unless it is too large or small for any sum of money (then as printed)."""
    number = value if isinstance(value, Decimal) else Decimal(repr(value))
    if not number.is_finite() or abs(number.adjusted()) > 30:
        return str(value)
    plain = format(number, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def mapping(value: Json, told: Told, path: str) -> dict[str, Json]:
    """``value`` if it is an object; an empty one (counted unless it is null) if it is anything else."""
    if isinstance(value, dict):
        return value
    if value is not None:
        told.wrong[path] += 1
    return {}


def objects(value: Json, told: Told, path: str) -> list[dict[str, Json]]:
    """The objects of a list. One object where a list is due is read as a list of one; other elements are counted."""
    if isinstance(value, dict):
        told.wrong[path] += 1
        return [value]
    if value is None:
        return []
    if not isinstance(value, list):
        told.wrong[path] += 1
        return []
    good = [item for item in value if isinstance(item, dict)]
    told.wrong[path] += sum(item is not None for item in value) - len(good)
    return good


def texts(value: Json, told: Told, path: str) -> list[str]:
    """The texts of a list of plain values; one plain value counts as a list of one."""
    items = value if isinstance(value, list) else [value]
    return [found for item in items if (found := text(item, told, path)) is not None]


def money(value: Json, told: Told, path: str) -> tuple[str | None, str | None]:
    """``(amount, currency)`` of an OCDS value object; a bare number is an amount without currency."""
    if isinstance(value, int | float | Decimal | str) and not isinstance(value, bool):
        told.wrong[path] += 1
        return text(value, told, path), None
    body = mapping(value, told, path)
    return text(body.get("amount"), told, f"{path}/amount"), text(body.get("currency"), told, f"{path}/currency")


def first(*candidates: str | None) -> str | None:
    """The first candidate that is not empty."""
    return next((candidate for candidate in candidates if candidate), None)


class Clock:
    """Local time of one contracting process.

    OCDS prints moments with an offset, and one process may mix UTC with local ones (a deadline in UTC, bids in local
    time). Dropping the offsets would then put bids before or after a deadline falsely. So a moment printed in UTC is
    moved to the local offset that stands nearest to it in time in the same process; all others stay as printed. A
    process wholly in UTC stays in UTC.
    """

    def __init__(self, printed: Iterable[Json], told: Told) -> None:
        self._told = told
        self._local: list[tuple[int, timedelta]] = []
        for value in printed:
            match = _MOMENT.fullmatch(value.strip()) if isinstance(value, str) else None
            offset = _offset(match.group(4)) if match else None
            if match and offset:
                day = _ordinal(match.group(1))
                if day is not None:
                    self._local.append((day, offset))
        self._local.sort()

    def moment(self, value: Json, path: str) -> tuple[str | None, str | None]:
        """``(YYYY-MM-DDTHH:MM:SS, offset)``; a bare day stays a bare day; what is no moment is handed on as printed."""
        printed = text(value, self._told, path)
        match = _MOMENT.fullmatch(printed) if printed else None
        if match is None:
            return printed, None
        day, minutes, seconds, zone = match.groups()
        if minutes is None:
            return day, None
        local = f"{day}T{minutes}:{seconds or '00'}"
        if zone and self._local and not _offset(zone):
            return self._moved(local)
        return local, "+00:00" if zone in ("Z", "z") else zone

    def day(self, value: Json, path: str) -> str | None:
        """The local calendar day of a moment; what is no moment is handed on as printed."""
        moment, _ = self.moment(value, path)
        return moment[:10] if moment and _MOMENT.fullmatch(moment) else moment

    def _moved(self, local: str) -> tuple[str, str]:
        try:
            utc = datetime.fromisoformat(local)
            nearest = min(self._local, key=lambda item: (abs(item[0] - utc.toordinal()), item))[1]
            moved = utc + nearest
        except (ValueError, OverflowError):
            return local, "+00:00"
        self._told.events["moved"] += 1
        minutes = int(nearest.total_seconds() // 60)
        sign = "-" if minutes < 0 else "+"
        return moved.isoformat(timespec="seconds"), f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d} (UTC)"


def _offset(zone: str | None) -> timedelta | None:
    """The offset as a time span; ``None`` for none, zero for UTC."""
    if not zone:
        return None
    if zone in ("Z", "z"):
        return timedelta(0)
    span = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return -span if zone[0] == "-" else span


def _ordinal(day: str) -> int | None:
    try:
        return date.fromisoformat(day).toordinal()
    except ValueError:
        return None
