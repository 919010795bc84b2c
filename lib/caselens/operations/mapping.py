"""How a statement's columns are understood: shown with its confidence and first lines, saved, edited, tried again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from caselens.core.errors import UsageError
from caselens.core.text import Text
from caselens.readers import statements
from caselens.readers._declare import Item, Note, Refused, Row
from caselens.readers.statements import Mapping

#: What of a line is shown.
_SHOWN = (
    "account_id",
    "booked_at",
    "direction",
    "amount",
    "balance_after",
    "counterparty_name",
    "counterparty_account",
    "memo",
)
#: Lines looked at for notes; a preview does not read a large file to its end.
_AHEAD = 5_000


@dataclass(frozen=True, slots=True)
class Preview:
    """A mapping, the first lines it gives, and what is to be said about them."""

    mapping: Mapping
    columns: tuple[str, ...]
    lines: tuple[dict[str, str], ...]
    notes: tuple[Text, ...]


def read_mapping(path: Path) -> Mapping:
    """A mapping that was saved and perhaps edited.

    Raises:
        UsageError: the file cannot be read.
        DataError: it is no mapping; the sentence says which key is wrong.
    """
    try:
        return Mapping.from_toml(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read as a mapping: {error} 无法读取列对应文件") from error


def preview(file: Path, use: Path | None = None, rows: int = 5) -> Preview:
    """The mapping of a file, recognised or given, with its first ``rows`` lines.

    Raises:
        UsageError: there is no such file.
        DataError: the file is not recognised, or the mapping does not fit it.
    """
    if not file.is_file():
        raise UsageError(f"there is no file {file} 没有此文件")
    mapping = read_mapping(use) if use else statements.mapping_of(file)
    items: Iterator[Item] = statements.read_with(file, mapping) if use else statements.read(file)
    lines: list[dict[str, str]] = []
    notes: list[Text] = []
    refused = 0
    for item in islice(items, _AHEAD):
        if isinstance(item, Row) and item.table == "statement_lines" and len(lines) < rows:
            lines.append({name: str(item.values.get(name) or "") for name in _SHOWN})
        elif isinstance(item, Note) and item.kind == "warning":
            notes.append(item.text)
        elif isinstance(item, Refused):
            refused += 1
            if refused == 1:
                reasons = "; ".join(item.reasons)
                notes.append(Text(f"第 {item.row} 行退回：{reasons}", f"row {item.row} is refused: {reasons}"))
    if refused > 1:
        notes.append(
            Text(f"前 {_AHEAD} 项中共退回 {refused} 行", f"{refused} rows refused among the first {_AHEAD} items")
        )
    columns = tuple(name for name in _SHOWN if any(line[name] for line in lines))
    return Preview(mapping, columns, tuple(lines), tuple(notes))
