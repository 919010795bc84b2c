"""The CSV side of ICIJ's files: headings, rows numbered as a spreadsheet shows them, dates as ICIJ prints them."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from caselens.core.errors import DataError, Problem
from caselens.readers._declare import Refused

HEAD_BYTES = 16 * 1024
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"), start=1
    )
}
_NAMED_MONTH = re.compile(r"(\d{1,2})-([A-Za-z]{3})-(\d{4})", re.ASCII)
_NUMBERS = re.compile(r"(\d{1,2})[-/](\d{1,2})[-/](\d{4})", re.ASCII)


def headings(path: Path) -> list[str]:
    """The first line's fields; empty if there is no readable one."""
    try:
        with path.open("rb") as stream:
            line = stream.readline(HEAD_BYTES).decode("utf-8-sig")
        return next(csv.reader([line]), [])
    except (OSError, UnicodeDecodeError, csv.Error):
        return []


def numbered(path: Path, table: str) -> Iterator[tuple[int, dict[str, str] | Refused]]:
    """Each row with its number (the heading is row 1): a dictionary, or its refusal if it has too few or many fields.

    Raises:
        DataError: the file is no UTF-8 CSV.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            lines = csv.reader(stream)
            head = next(lines, [])
            for row, fields in enumerate(lines, start=2):
                if not any(fields):
                    continue
                if len(fields) == len(head):
                    yield row, {name: value.strip() for name, value in zip(head, fields, strict=True)}
                else:
                    reason = f"it has {len(fields)} fields where the heading has {len(head)}"
                    yield row, Refused(table, ",".join(fields), (reason,), row)
    except (UnicodeDecodeError, csv.Error, OSError) as error:
        reason = f"it is no UTF-8 CSV file ({error})"
        raise DataError(
            f"{path.name} cannot be read: {reason}. Take the file as ICIJ publishes it.",
            [Problem(path.name, 0, reason)],
        ) from error


def iso_date(printed: str) -> str | None:
    """``16-APR-1997``, ``13-09-2006`` and ``03/05/2007`` (day first) as ISO; anything else as printed."""
    if not printed:
        return None
    if match := _NAMED_MONTH.fullmatch(printed):
        day, month, year = match.group(1), str(_MONTHS.get(match.group(2).upper(), 0)), match.group(3)
    elif match := _NUMBERS.fullmatch(printed):
        day, month, year = match.groups()
    else:
        return printed
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return printed
