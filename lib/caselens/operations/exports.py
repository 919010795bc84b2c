"""Tables out of the workbench in the columns of the contract: CSV, JSON lines, Parquet, XLSX."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from caselens.core.errors import UsageError
from caselens.core.workbook import MOST_SIGNS, Cell, Sheet, write_workbook
from caselens.workspace.folder import write_atomically, written_beside

FORMATS = ("csv", "jsonl", "parquet", "xlsx")
#: What a spreadsheet program would compute instead of show, on a Chinese system in full width too. A signed number is
#: shown as it is.
_FORMULA = re.compile(r"[=@\t\r＝＠]|[+\-＋－](?![0-9][0-9., ]*$|$)")


def export(frame: pd.DataFrame, path: Path, kind: str) -> int:
    """Write a table: lists as JSON text, in JSON lines as lists; dates ISO; an empty cell for none.

    CSV is UTF-8 with a byte-order mark, so that a spreadsheet program shows Chinese as it is. In it a text that such a
    program would take for a formula gets an apostrophe before it; the other formats are exact, and cells of a workbook
    are text by type.

    Returns:
        the number of cells that got an apostrophe.

    Raises:
        UsageError: an unknown format, or a longer text than a cell of a workbook takes.
    """
    if kind not in FORMATS:
        raise UsageError(f"format must be one of {', '.join(FORMATS)}, got {kind!r}")
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "parquet":
        with written_beside(path) as temporary:
            _flat(frame).to_parquet(temporary, index=False)
        return 0
    if kind == "xlsx":
        _workbook(_flat(frame), path)
        return 0
    text, guarded = _text(frame, kind)
    write_atomically(path, text.encode("utf-8-sig" if kind == "csv" else "utf-8", "backslashreplace"))
    return guarded


def text_of(frame: pd.DataFrame, kind: str) -> str:
    """A table as text, ``csv`` or ``jsonl``, as :func:`export` writes it.

    Raises:
        UsageError: another format.
    """
    return _text(frame, kind)[0]


def is_formula(text: str) -> bool:
    """Whether a spreadsheet program that reads ``text`` out of a CSV file might compute it."""
    return _FORMULA.match(text) is not None


def _text(frame: pd.DataFrame, kind: str) -> tuple[str, int]:
    if kind == "jsonl":
        lines = (json.dumps(_plain(row), ensure_ascii=False) for row in frame.to_dict("records"))
        return "".join(f"{line}\n" for line in lines), 0
    if kind != "csv":
        raise UsageError(f"{kind} cannot be written to standard output; give csv or jsonl, or a file with --out")
    flat, guarded = _guarded(_flat(frame))
    return str(flat.to_csv(index=False, lineterminator="\n")), guarded


def _guarded(frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """The table with an apostrophe before what a spreadsheet program would compute, and the number of such cells."""
    count = 0
    for position in range(frame.shape[1]):
        column = frame.iloc[:, position]
        if pd.api.types.is_numeric_dtype(column):
            continue
        risky = [isinstance(value, str) and is_formula(value) for value in column]
        if any(risky):
            count += sum(risky)
            values = [f"'{value}" if is_risky else value for value, is_risky in zip(column, risky, strict=True)]
            frame.isetitem(position, pd.Series(values, frame.index, dtype=object))
    names = [f"'{name}" if is_formula(str(name)) else name for name in frame.columns]
    return frame.set_axis(names, axis=1), count


def _workbook(frame: pd.DataFrame, path: Path) -> None:
    longest = max((len(v) for name in frame for v in frame[name] if isinstance(v, str)), default=0)
    if longest > MOST_SIGNS:
        raise UsageError(
            f"a workbook takes {MOST_SIGNS:,} characters a cell and this table has one of {longest:,}: give csv, jsonl or "
            "parquet 单元格过长，请改用其他格式"
        )
    write_workbook(path, [Sheet("data", [str(name) for name in frame.columns], rows_of(frame))])


def rows_of(frame: pd.DataFrame) -> Iterator[list[Cell]]:
    """The rows of a table as cells of a workbook: figures, texts, lists as JSON text; anything else as its text."""
    for row in _flat(frame).itertuples(index=False, name=None):
        yield [_cell(value) for value in row]


def _cell(value: Any) -> Cell:
    if value is None or pd.isna(value):
        return None
    value = value.item() if hasattr(value, "item") else value
    is_figure = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    return value if is_figure else str(value)


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    flat = frame.copy()
    for column in flat.columns:
        values = list(flat[column])
        if any(isinstance(value, list) for value in values):
            texts = [json.dumps(value, ensure_ascii=False) for value in values]
            flat[column] = pd.Series(texts, flat.index, dtype=object)
    return flat


def _plain(row: dict[str, object]) -> dict[str, object]:
    """A row without pandas' own kinds of nothing and of dates."""
    plain: dict[str, object] = {}
    for name, value in row.items():
        if isinstance(value, list):
            plain[name] = value
        elif pd.isna(value):
            plain[name] = None
        else:
            plain[name] = value.isoformat() if isinstance(value, date) else value
    return plain
