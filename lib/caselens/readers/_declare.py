"""How a reader is declared, and the stream of rows it gives.

A reader renames and reads; it does not judge. Every value leaves it as text exactly as the canonical form wants it
(dates ISO, numbers plain, signs in their own column), every row with the file row it came from. Types, required
columns, ranges and references are checked once, by the workspace, for all readers alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from caselens.core.text import Text


@dataclass(frozen=True, slots=True)
class Row:
    """One row for one canonical table.

    ``values`` maps column names to text; columns that the table does not declare are kept as extra columns. ``row`` is
    1-based, as a person sees it in the file (a JSON array counts its elements from 1); ``sheet`` is empty where there
    is none. A party named many times in one file (a buyer in each of its tenders) is given once, from its first row.
    """

    table: str
    values: Mapping[str, str | None]
    row: int
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """One row of the file that cannot become a canonical row: kept raw, with every reason, never dropped."""

    table: str
    raw: str
    reasons: tuple[str, ...]
    row: int
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something a person must be told about the file (a control total that does not agree, a preamble line).

    ``kind`` is ``info``, ``warning`` (data-quality finding) or ``mapping`` (how the columns were understood).
    """

    text: Text
    kind: str = "warning"
    row: int = 0
    sheet: str = ""


Item = Row | Refused | Note


@dataclass(frozen=True, slots=True)
class Reader:
    """A publisher's format.

    Attributes:
        id: short name, printed in ``sources.reader``.
        title: what the format is.
        tables: the canonical tables it can give.
        recognise: looks at a file's content and says how sure it is that the file is of this format, 0 to 1. It must
            be quick (first kilobytes), never raise on rubbish, and never rely on the file's name alone.
        read: gives the file's rows, refusals and notes in file order, streaming. It raises ``DataError`` with a
            sentence if the file as a whole cannot be read.
        references: where the format is described.
    """

    id: str
    title: Text
    tables: tuple[str, ...]
    recognise: Callable[[Path], float]
    read: Callable[[Path], Iterator[Item]]
    references: tuple[str, ...] = field(default=())
