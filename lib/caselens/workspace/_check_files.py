"""What the catalog and the quarantine say about the files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from caselens.workspace._workspace import Workspace
from caselens.workspace.catalog import Entry
from caselens.workspace.damage import damaged

#: Notes that intake writes and that are findings of their own kind; the others are shown as they are.
_CODES = "is not in the list; kept"


@dataclass(frozen=True, slots=True)
class Finding:
    """One row of the answer; see ``check``."""

    severity: str
    kind: str
    table: str
    column: str
    count: int
    zh: str
    en: str
    source_file: str = ""
    source_row: int = 0


COLUMNS = tuple(field.name for field in fields(Finding))


def damage_findings(workspace: Workspace) -> Iterator[Finding]:
    """Files of the workspace itself that are not what was written."""
    for item in damaged(workspace.catalog):
        problem = str(item.told(workspace.folder.root))
        yield Finding("error", "damaged_file", "", "", 1, problem, problem, item.entry.source_file)


def entry_findings(entries: list[Entry]) -> Iterator[Finding]:
    """Refused files, keys with different content, and what was told while files were read."""
    for entry in entries:
        if entry.refusal:
            zh = f"文件未能读取(全部或部分):{entry.refusal}"
            en = f"not read, or not all of it: {entry.refusal}"
            yield Finding("error", "refused_file", "", "", 1, zh, en, entry.source_file)
        for part in entry.tables:
            if part.conflicts:
                zh = f"{part.conflicts} 行与后来同一主键的行内容不同,均保留,采用较后者"
                en = f"{part.conflicts} rows have the key of a later row with different content; the later one is used"
                yield Finding("warning", "conflict", part.table, "", part.conflicts, zh, en, entry.source_file)
        for note in entry.notes:
            if note.kind == "warning" and "with different content" not in note.text.en and _CODES not in note.text.en:
                text = note.text
                yield Finding("warning", "told", "", "", 1, text.zh, text.en, entry.source_file, note.row)


def quarantined(workspace: Workspace) -> Iterator[Finding]:
    """Rows that were not accepted, by file and table, with the first one's reasons."""
    query = (
        'SELECT source_file, "table", count(*), min(source_row), min_by(reasons, source_row) FROM "quarantine" '
        "GROUP BY 1, 2 ORDER BY 1, 2"
    )
    for file, table, count, row, reasons in workspace.con.execute(query).fetchall():
        zh = f"{count} 行未被接受,已隔离;首见第 {row} 行:{reasons[:500]}"
        en = f"{count} rows were not accepted and are in quarantine; first in row {row}: {reasons[:500]}"
        yield Finding("error", "quarantine", table, "", count, zh, en, file, row)
