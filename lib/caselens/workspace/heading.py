"""What a file's columns and name say: which declared column each is, and which table."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from caselens.core.errors import DataError, Problem
from caselens.tables import TABLES, Table
from caselens.tables._declare import ORIGIN

MAX_COLUMNS = 2_000
#: Names that a file's own columns cannot have; they are kept under ``given_…``.
RESERVED = frozenset({*ORIGIN, "_state", "filename", "file_row_number"})


def check_heading(file: str, cells: list[str], sheet: str = "", row: int = 1) -> None:
    """Refuse a heading that cannot name columns.

    Raises:
        DataError: it is empty, has more than ``MAX_COLUMNS`` columns, or one is named twice or not at all.
    """

    def refuse(message: str, reason: str) -> DataError:
        return DataError(message, [Problem(file, row, reason, sheet=sheet)])

    if not cells:
        raise refuse("no heading", "the file is empty, it has no heading row 文件为空,没有列名行")
    if len(cells) > MAX_COLUMNS:
        raise refuse("too many columns", f"{len(cells):,} columns; at most {MAX_COLUMNS:,} are read 列数过多")
    repeated = sorted({cell for cell in cells if cells.count(cell) > 1}) if len(set(cells)) < len(cells) else []
    if repeated or "" in cells:
        names = ", ".join(repr(cell[:40]) for cell in repeated if cell) or "(empty name)"
        reason = f"a column is named twice or not at all: {names}; each needs a name of its own 列名重复或为空"
        raise refuse("bad heading", reason)


def match_columns(table: Table, names: Iterable[str], file: str) -> tuple[dict[str, str], dict[str, str]]:
    """Which source column is which declared one, and under what name each of the others is kept.

    A column may be called by its name or by its Chinese or English label; case and outer blanks do not matter. An
    extra column keeps its name unless the engine could mistake it for another one (it knows no case).

    Returns:
        ``{declared name: source name}`` and ``{source name: name it is kept under}``.

    Raises:
        DataError: a required column is missing, or two columns mean the same one.
    """
    names = list(names)
    meant_by = {label: c.name for c in table.columns for label in (c.label.zh, c.label.en.lower())}
    meant_by |= {column.name: column.name for column in table.columns}
    found: dict[str, str] = {}
    others: list[str] = []
    for name in names:
        meant = meant_by.get(name.strip().lower())
        if meant and meant in found:
            reason = f"columns {found[meant]!r} and {name!r} are both {meant}; leave one out 两列含义相同"
            raise DataError("ambiguous columns", [Problem(file, 1, reason, column=meant)])
        if meant:
            found[meant] = name
        else:
            others.append(name)
    missing = [name for name in table.required if name not in found]
    if missing:
        wanted = ", ".join(f"{name} {table[name].label.zh}" for name in missing)
        has = ", ".join(name[:40] for name in names[:40])
        reason = f"lacks the required column(s) {wanted} of table {table.id}; it has {has} 缺少必填列"
        raise DataError("missing columns", [Problem(file, 1, reason)])
    taken = {column.name for column in table.columns} | RESERVED
    extras: dict[str, str] = {}
    for name in others:
        kept = name.strip() or "column"
        while kept.lower() in taken or kept.startswith("\x01"):
            kept = f"given_{kept.lstrip(chr(1))}"
        taken.add(kept.lower())
        extras[name] = kept
    return found, extras


def fits(table: str, names: Iterable[str]) -> bool:
    """Whether columns called ``names`` have every required column of ``table``."""
    try:
        match_columns(TABLES[table], names, "")
    except DataError:
        return False
    return True


def table_called(name: str) -> str | None:
    """The deliverable table called ``name``, by its id or either label; ``None`` where there is none."""
    wanted = name.strip().lower()
    for table in TABLES.values():
        if not table.written_by_workbench and wanted in (table.id, table.label.zh, table.label.en.lower()):
            return table.id
    return None


def table_of_file(name: str) -> str | None:
    """The table a file is named after: by its own name, or the folder (or archive) that it lies in."""
    path = PurePosixPath(name)
    return table_called(path.name.split(".")[0]) or table_called(path.parent.name.split(".")[0])
