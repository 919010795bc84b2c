"""A cron line as a trigger, as a systemd timer, and as a line of a crontab; with paths that no shell can misread."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from caselens.core.errors import UsageError

if TYPE_CHECKING:
    from apscheduler.triggers.base import BaseTrigger

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PART = re.compile(r"(\*|\w+)(?:-(\w+))?(?:/(\d+))?")
_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
_SHORT = {"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *"}


@dataclass(frozen=True, slots=True)
class Cron:
    """When, as the five fields of cron (see ``man 5 crontab``); each field is the set of its values, in order.

    Sunday is 0. Where both ``days`` and ``weekdays`` are restricted, either suffices, as in cron.
    """

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]
    is_any_day: bool
    is_any_weekday: bool
    text: str

    @classmethod
    def parse(cls, text: str) -> Cron:
        """Read five fields, or ``@hourly``, ``@daily``, ``@weekly``, ``@monthly``.

        Raises:
            UsageError: it is no cron line; the sentence says which field.
        """
        fields = _SHORT.get(text.strip(), text).split()
        if len(fields) != len(_FIELDS):
            raise UsageError(f"--cron takes five fields (minute hour day month weekday), got {text!r} 需要五个字段")
        values = [_values(field, *limits) for field, limits in zip(fields, _FIELDS, strict=True)]
        weekdays = tuple(sorted({day % 7 for day in values[4]}))
        # As cron: a field that begins with a star does not restrict, whatever its step.
        stars = [field.startswith("*") for field in fields]
        return cls(values[0], values[1], values[2], values[3], weekdays, stars[2], stars[4], " ".join(fields))

    def trigger(self, timezone: Any = None) -> BaseTrigger:
        """The same for APScheduler (whose own reader of cron lines numbers weekdays from Monday)."""
        from apscheduler.triggers.combining import OrTrigger
        from apscheduler.triggers.cron import CronTrigger

        always = {"minute": _list(self.minutes), "hour": _list(self.hours), "month": _list(self.months)}
        by_day = {"day": _list(self.days)}
        by_weekday = {"day_of_week": ",".join(_DAYS[day] for day in self.weekdays)}
        kinds = [by_day | by_weekday] if self.is_any_day or self.is_any_weekday else [by_day, by_weekday]
        triggers = [CronTrigger(**always, **kind, timezone=timezone) for kind in kinds]
        return triggers[0] if len(triggers) == 1 else OrTrigger(triggers)

    def calendar(self) -> list[str]:
        """The same as ``OnCalendar`` of a systemd timer; two where either of two restrictions suffices."""
        months, days = (_star(values, most) for values, most in ((self.months, 12), (self.days, 31)))
        clock = f"{_star(self.hours, 24)}:{_star(self.minutes, 60)}:00"
        named = ",".join(_DAYS[day].title() for day in self.weekdays)
        every = len(self.weekdays) == 7
        both = f"{'' if every else named + ' '}*-{months}-{days} {clock}"
        if self.is_any_day or self.is_any_weekday:
            return [both]
        return [f"*-{months}-{days} {clock}", f"{named} *-{months}-* {clock}"]


def _values(field: str, name: str, low: int, high: int) -> tuple[int, ...]:
    found: set[int] = set()
    for part in field.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise UsageError(f"--cron: {name} {field!r} is not understood 无法理解")
        begin, end, step = match.groups()
        first = low if begin == "*" else _number(begin, name, low, high)
        last = _number(end, name, low, high) if end else high if begin == "*" or step else first
        if last < first or step == "0" or (begin == "*" and end):
            raise UsageError(f"--cron: {name} {part!r} is empty 范围为空")
        # Every day of the week, not Sunday twice.
        found |= set(range(first, min(last, 6) + 1 if name == "weekday" and begin == "*" else last + 1, int(step or 1)))
    return tuple(sorted(found))


def _number(text: str, name: str, low: int, high: int) -> int:
    words = {"weekday": _DAYS, "month": _MONTHS}.get(name, ())
    lower = text.lower()
    value = words.index(lower) + low if lower in words else int(text) if text.isdecimal() and text.isascii() else -1
    if not low <= value <= high:
        raise UsageError(f"--cron: {name} must be from {low} to {high}, got {text!r}")
    return value


def _star(values: Sequence[int], most: int) -> str:
    return "*" if len(values) == most else _list(values)


def _list(values: Sequence[int]) -> str:
    return ",".join(str(value) for value in values)


def crontab_line(cron: Cron, command: Sequence[str]) -> str:
    """A line for ``crontab -e``.

    Each word is quoted for the shell, and each percent sign, at which cron would end the command, stands outside the
    quotes after a backslash of its own: before a quote, that backslash cannot join one of the path.

    Raises:
        UsageError: a word holds a line break, which a crontab cannot.
    """
    for word in command:
        if "\n" in word or "\r" in word or "\0" in word:
            raise UsageError(
                "a crontab cannot hold a path with a line break; use --print systemd, or rename the folder "
                "路径含换行符，无法写入 crontab"
            )
    return f"{cron.text} {' '.join(_shell_word(word) for word in command)}\n"


def _shell_word(word: str) -> str:
    return "'" + word.replace("'", "'\"'\"'").replace("%", "'\\%'") + "'"


def systemd_units(cron: Cron, command: Sequence[str]) -> dict[str, str]:
    """A service and its timer, file name -> content, for ``~/.config/systemd/user/``."""
    line = " ".join(_systemd_word(word) for word in command)
    calendar = "\n".join(f"OnCalendar={when}" for when in cron.calendar())
    service = f"""[Unit]
Description=Caselens refresh

[Service]
Type=oneshot
UMask=0077
ExecStart={line}
"""
    # One run at a time is what a oneshot service is; a run that was missed is made up for once.
    timer = f"""[Unit]
Description=Caselens refresh, by the clock

[Timer]
{calendar}
Persistent=true

[Install]
WantedBy=timers.target
"""
    return {"caselens-refresh.service": service, "caselens-refresh.timer": timer}


def _systemd_word(word: str) -> str:
    """A word of ``ExecStart``: in double quotes, with C escapes; ``%`` and ``$`` doubled, or systemd would expand them."""
    told = []
    for sign in word:
        if sign in '\\"':
            told.append(f"\\{sign}")
        elif sign in "%$":
            told.append(sign * 2)
        elif sign < " " or sign == "\x7f":
            told.append(f"\\x{ord(sign):02x}")
        else:
            told.append(sign)
    return f'"{"".join(told)}"'
