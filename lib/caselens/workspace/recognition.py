"""Who can read a file: a reader of a publisher's format, or the canonical tables; and why nobody can."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

from caselens.core.errors import DataError
from caselens.readers import READERS
from caselens.readers._grid import open_grids
from caselens.workspace.heading import fits
from caselens.workspace.text import encoding_of, heading_of, json_lines
from caselens.workspace.workbook import sheet_tables

CSV, JSON, BOOK = (".csv", ".txt", ".tsv"), (".jsonl", ".ndjson", ".json"), (".xlsx", ".xlsm")


def is_sample_truth(raw: Path) -> bool:
    """Whether the file holds the answers that lie beside a generated sample: they are no data of the city."""
    if raw.name != "truth.json" or raw.stat().st_size > 100_000_000:
        return False
    try:
        found = json.loads(raw.read_text("utf-8"))
    except ValueError:
        return False
    return isinstance(found, dict) and set(found) == {"seed", "plants"}


def best_reader(raw: Path) -> tuple[str, float]:
    """The reader that is surest of the file, and how sure."""
    sure = {name: reader.recognise(raw) for name, reader in READERS.items()}
    best = max(sure, key=lambda name: sure[name], default="")
    return best, sure.get(best, 0.0)


def why_unread(raw: Path) -> str:
    """What keeps a file from being looked at as a table at all (a zip bomb, too many columns, NUL bytes); "" where nothing
    does: then its headings are simply unknown.
    """
    if raw.suffix.lower() not in (*CSV, *BOOK, ".xls"):
        return ""
    try:
        for grid in open_grids(raw, whole=False):
            for _ in islice(grid.rows(), 50):
                pass
    except DataError as error:
        return str(error)
    return ""


def is_canonical(raw: Path, table: str | None) -> bool:
    """Whether a file that a reader recognises too has the columns of the table it is named after."""
    kind = raw.suffix.lower()
    try:
        if kind in CSV and table:
            return fits(table, heading_of(raw, encoding_of(raw))[0])
        if kind in JSON and table:
            first = next(iter(json_lines(raw, table)), None)
            return first is not None and hasattr(first, "values") and fits(table, first.values)
    except DataError:
        return False
    return kind == ".parquet" or (kind in BOOK and bool(sheet_tables(raw)))
