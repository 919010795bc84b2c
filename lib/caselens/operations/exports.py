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
    if kind == "jsonl":
        lines = [json.dumps(_plain(row), ensure_ascii=False) for row in frame.to_dict("records")]
        write_atomically(path, "".join(f"{line}\n" for line in lines).encode())
        return
    flat = frame.copy()
    for column in flat.columns:
        values = list(flat[column])
        if any(isinstance(value, list) for value in values):
            texts = [json.dumps(value, ensure_ascii=False) for value in values]
            flat[column] = pd.Series(texts, flat.index, dtype=object)
    if kind == "csv":
        write_atomically(path, flat.to_csv(index=False, lineterminator="\n").encode("utf-8-sig"))
        return
    with written_beside(path) as temporary:
        flat.to_parquet(temporary, index=False)


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
