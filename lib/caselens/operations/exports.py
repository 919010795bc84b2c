"""Tables out of the workbench in the columns of the contract: CSV, JSON lines, Parquet."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pandas as pd

from caselens.core.errors import UsageError
from caselens.workspace.folder import write_atomically, written_beside

FORMATS = ("csv", "jsonl", "parquet")


def export(frame: pd.DataFrame, path: Path, kind: str) -> None:
    """Write a table: lists as JSON text in CSV and Parquet, as lists in JSON lines; dates ISO; an empty cell for none.

    CSV is UTF-8 with a byte-order mark, so that a spreadsheet program shows Chinese as it is.

    Raises:
        UsageError: an unknown format.
    """
    if kind not in FORMATS:
        raise UsageError(f"format must be one of {', '.join(FORMATS)}, got {kind!r}")
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "parquet":
        with written_beside(path) as temporary:
            _flat(frame).to_parquet(temporary, index=False)
        return
    write_atomically(path, text_of(frame, kind).encode("utf-8-sig" if kind == "csv" else "utf-8"))


def text_of(frame: pd.DataFrame, kind: str) -> str:
    """A table as text, ``csv`` or ``jsonl``, as :func:`export` writes it.

    Raises:
        UsageError: another format.
    """
    if kind == "jsonl":
        return "".join(f"{json.dumps(_plain(row), ensure_ascii=False)}\n" for row in frame.to_dict("records"))
    if kind != "csv":
        raise UsageError(f"{kind} cannot be written to standard output; give csv or jsonl, or a file with --out")
    return str(_flat(frame).to_csv(index=False, lineterminator="\n"))


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
