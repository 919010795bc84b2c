"""The index pages of a folder of reports."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from caselens.api import Desk
from caselens.core.text import Language
from caselens.reports.heading import head
from caselens.reports.index import index_page, with_editions
from caselens.reports.manifest import MANIFEST
from caselens.workspace.folder import write_atomically


def write_index(
    desk: Desk,
    out: Path,
    languages: Sequence[Language],
    numbers: pd.DataFrame,
    place: Callable[[Path, str, Language], Path],
) -> None:
    """Write the index of every case that has a report below ``out``, also of those that an earlier run wrote.

    Args:
        desk: the workspace.
        out: folder of the reports.
        languages: one index each; that of the first is ``index.html``.
        numbers: one row a case, see ``totals``.
        place: ``(out, case_id, language)`` -> the page of the full report.
    """
    mark = {language: head(desk.workspace.settings.report, language) for language in languages}
    for language in languages:
        rows = [
            {**row, "path": page.relative_to(out).as_posix(), "failed": _failed(page)}
            for row in numbers.to_dict("records")
            if (page := place(out, row["case_id"], language)).is_file()
        ]
        name = "index.html" if language == languages[0] else f"index.{language}.html"
        cases = with_editions(pd.DataFrame(rows, columns=[*numbers.columns, "path", "failed"]), out)
        write_atomically(out / name, index_page(cases, language, title=desk.title, head=mark[language]).encode())


def _failed(page: Path) -> bool:
    try:
        found = json.loads(page.with_name(MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return bool(found.get("failed"))
