"""Bids, winners and moments of one process, as the flags look at them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from caselens.bids._ocds_flags_prepare import dicts, org_id

SUBMITTED = ("pending", "valid", "disqualified")


@dataclass(frozen=True, slots=True)
class Bid:
    """A submitted bid: its status, its tenderers' ids, how many tenderers it names, its price and date."""

    status: str
    ids: tuple[str, ...]
    tenderers: int
    amount: float | None
    currency: str | None
    date: Any


def submitted(body: dict[str, Any]) -> Bid | None:
    """A bid that was submitted; ``None`` if it was invited, withdrawn or says nothing the standard knows."""
    status = body.get("status")
    if status not in SUBMITTED:
        return None
    value = body.get("value")
    amount = value.get("amount") if isinstance(value, dict) else None
    currency = value.get("currency") if isinstance(value, dict) else None
    number = _finite(amount)
    tenderers = body.get("tenderers")
    return Bid(
        status=status,
        ids=ids_of(tenderers),
        tenderers=len(tenderers) if isinstance(tenderers, list) else int(isinstance(tenderers, dict)),
        amount=number,
        currency=currency if isinstance(currency, str) and number is not None else None,
        date=body.get("date"),
    )


def _finite(amount: Any) -> float | None:
    if isinstance(amount, bool) or not isinstance(amount, int | float | Decimal):
        return None
    try:
        number = float(amount)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def ids_of(references: Any) -> tuple[str, ...]:
    """The distinct ids of organization references, in printed order."""
    found = (org_id(reference) for reference in dicts(references))
    return tuple(dict.fromkeys(item for item in found if item is not None))


def sole_winner(active: list[Any], bids: list[Bid]) -> str | None:
    """The one supplier of the one active award, where no valid bid is a consortium's; else ``None``."""
    if len(active) != 1 or any(bid.tenderers > 1 for bid in bids if bid.status == "valid"):
        return None
    suppliers = dicts(active[0].get("suppliers"))
    return org_id(suppliers[0]) if len(suppliers) == 1 else None


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        return datetime.fromisoformat(value.strip())
    except ValueError:
        return None


def whole_days(start: Any, end: Any) -> int | None:
    """Whole days from ``start`` to ``end``, towards zero; ``None`` if one is no moment or only one has an offset."""
    first, last = _moment(start), _moment(end)
    if first is None or last is None or (first.tzinfo is None) != (last.tzinfo is None):
        return None
    return math.trunc((last - first).total_seconds() / 86_400)


def is_after(moment: Any, deadline: Any) -> bool | None:
    """Is ``moment`` after ``deadline``? ``None`` where they cannot be compared.

    A deadline that is a bare day lasts to the end of that day.
    """
    first, last = _moment(moment), _moment(deadline)
    if first is None or last is None:
        return None
    if len(str(deadline).strip()) <= 10 or len(str(moment).strip()) <= 10:
        return first.date() > last.date()
    if (first.tzinfo is None) != (last.tzinfo is None):
        return None
    return first > last
