"""Tables out of the workbench in the columns of the contract: CSV, JSON lines, Parquet, XLSX."""

from __future__ import annotations

import json
import math
import re
from datetime import date
from pathlib import Path

import pandas as pd

from caselens.core.errors import UsageError
from caselens.workspace.folder import write_atomically, written_beside

FORMATS = ("csv", "jsonl", "parquet", "xlsx")
#: What a spreadsheet program would compute instead of show, on a Chinese system in full width too. A signed number is
#: shown as it is.
_FORMULA = re.compile(r"[=@\t\r＝＠]|[+\-＋－](?![0-9][0-9., ]*$|$)")
_MOST_ROWS, _MOST_SIGNS = 1_048_575, 32_767
#: What a workbook cannot hold, in the form in which its writers spell it.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def export(frame: pd.DataFrame, path: Path, kind: str) -> int:
    """Write a table: lists as JSON text, in JSON lines as lists; dates ISO; an empty cell for none.

    CSV is UTF-8 with a byte-order mark, so that a spreadsheet program shows Chinese as it is. In it a text that such a
    program would take for a formula gets an apostrophe before it; the other formats are exact, and cells of a workbook
    are text by type.

    Returns:
        the number of cells that got an apostrophe.

    Raises:
        UsageError: an unknown format, or more rows or longer texts than a workbook takes.
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
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    longest = max((len(v) for name in frame for v in frame[name] if isinstance(v, str)), default=0)
    if len(frame) > _MOST_ROWS or longest > _MOST_SIGNS:
        raise UsageError(
            f"a workbook takes {_MOST_ROWS:,} rows and {_MOST_SIGNS:,} characters a cell; this table has {len(frame):,} "
            f"and {longest:,}: give csv, jsonl or parquet 超出工作簿限制"
        )
    book = Workbook(write_only=True)
    sheet = book.create_sheet("data")

    def cell(value: object) -> WriteOnlyCell:
        if value is None or pd.isna(value):
            return WriteOnlyCell(sheet)
        value = value.item() if hasattr(value, "item") else value
        if getattr(value, "tzinfo", None) or (isinstance(value, float) and not math.isfinite(value)):
            value = str(value)  # a workbook has neither zones nor infinity
        if isinstance(value, str):
            written = WriteOnlyCell(sheet, _NOT_XML.sub(lambda sign: f"⟦U+{ord(sign.group()):04X}⟧", value))
            written.data_type = "s"  # text, whatever it begins with
            return written
        return WriteOnlyCell(sheet, value)

    sheet.append([cell(str(name)) for name in frame.columns])
    for row in frame.itertuples(index=False, name=None):
        sheet.append([cell(value) for value in row])
    with written_beside(path) as temporary:
        book.save(temporary)


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
