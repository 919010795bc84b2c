"""How long what is done with a lead may take. Every figure is to be confirmed by the office that uses it (待确认).

Sources of the defaults, none of them a statement of the law in force at the reader's place:

- ``received`` 30: 《中国共产党纪律检查机关监督执纪工作规则》(2019), the chapter on handling leads, asks for a proposal within one
  month of receipt.
- ``inquiry_letter`` 51: the same rules give 15 working days (three weeks) for the written answer and one month after the
  answer or the talk for the report.
- ``preliminary_check`` 60 and ``on_hold`` 180: no limit is known to us that holds everywhere; offices set their own, from
  15 working days to several months. These are reminders.
- ``filed`` and ``closed`` 0: no clock of the lead runs any more; a filed case has clocks of its own.

``[clocks]`` in ``settings.toml`` overrides them; 0 means no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from caselens.core.errors import UsageError
from caselens.core.text import Text

#: Days from receipt (``received``) or from the disposition.
DAYS = {"received": 30, "inquiry_letter": 51, "preliminary_check": 60, "on_hold": 180, "closed": 0, "filed": 0}
TO_BE_CONFIRMED = Text("办理期限为默认值，待确认", "default clock, to be confirmed")


def clocks(given: Mapping[str, Any]) -> dict[str, int]:
    """The days of each clock, ``given`` ones before the defaults.

    Raises:
        UsageError: there is no such clock, or it is no whole number of days from 0 to 3,650.
    """
    unknown = sorted(set(given) - set(DAYS))
    if unknown:
        raise UsageError(f"settings.toml has no clock {', '.join(unknown)}; there are {', '.join(DAYS)}")
    for name, days in given.items():
        if isinstance(days, bool) or not isinstance(days, int) or not 0 <= days <= 3650:
            raise UsageError(f"settings.toml: clock {name} must be 0 to 3,650 whole days, got {days!r}")
    return DAYS | dict(given)


def due(start: date | None, clock: str, days: Mapping[str, int]) -> date | None:
    """The last day of a clock that began on ``start``; None where none runs."""
    return start + timedelta(days=days[clock]) if start is not None and days.get(clock) else None
