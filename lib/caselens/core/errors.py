"""Errors that a person reads. Each says what is wrong, where, what is allowed and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class CaselensError(Exception):
    """Base of every error the workbench raises on purpose. Its text is a sentence for the user, never a traceback."""


class UsageError(CaselensError):
    """The call itself is off (unknown case, unknown parameter, missing folder). The command line exits with 2."""


class NotAssessable(CaselensError):
    """A question cannot be put to this data; the text is the reason, e.g. ``lacks kinships.relation``."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the data.

    ``file``, ``sheet``, ``row`` (1-based, as a person sees it; 0 = the whole file) and ``column`` say where;
    ``value`` is what stood there (shortened), ``reason`` what is wrong and what is allowed.
    """

    file: str
    row: int
    reason: str
    column: str = ""
    value: str = ""
    sheet: str = ""

    def __str__(self) -> str:
        place = self.file + (f" [{self.sheet}]" if self.sheet else "") + (f" row {self.row}" if self.row else "")
        what = f" {self.column}" if self.column else ""
        value = f" = {self.value!r}" if self.value else ""
        return f"{place}:{what}{value}: {self.reason}" if what or value else f"{place}: {self.reason}"


class DataError(CaselensError):
    """Something in the data failed. ``problems`` lists every place, so a notebook can show it as a table."""

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        self.problems = tuple(problems)
        lines = [message, *(f"  - {problem}" for problem in self.problems[:20])]
        if len(self.problems) > 20:
            lines.append(f"  … and {len(self.problems) - 20} more (see .problems)")
        super().__init__("\n".join(lines))
