"""The case report for every case, in every language asked for, and the index that leads to them."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from caselens.api import Desk
from caselens.core import progress
from caselens.core.errors import UsageError
from caselens.core.text import LANGUAGES, Language
from caselens.reports.index import index_page
from caselens.reports.run import Outcome, run
from caselens.workspace.folder import write_atomically

REPORT_NOTEBOOK = "90_case_report.ipynb"
_PLAIN = re.compile(r"[^\w\-]+")


@dataclass(frozen=True, slots=True)
class Written:
    """One report: of which case, in which language, and what became of it."""

    case_id: str
    language: Language
    outcome: Outcome


def notebooks_folder() -> Path:
    """Where the notebooks lie: ``CASELENS_NOTEBOOKS``, or beside the library.

    Raises:
        UsageError: they are not there.
    """
    folder = Path(os.environ.get("CASELENS_NOTEBOOKS") or Path(__file__).resolve().parents[3] / "notebooks")
    if not (folder / REPORT_NOTEBOOK).is_file():
        raise UsageError(f"the notebooks are not in {folder}; set CASELENS_NOTEBOOKS to their folder")
    return folder


def folder_name(case_id: str) -> str:
    """A case's id as the name of a folder: whatever it holds, it cannot lead out of the reports."""
    plain = _PLAIN.sub("_", case_id).strip("_")[:60] or "case"
    return plain if plain == case_id else f"{plain}-{hashlib.sha256(case_id.encode()).hexdigest()[:8]}"


def write_reports(
    desk: Desk,
    out: Path,
    *,
    case_ids: Sequence[str] = (),
    languages: Sequence[Language] = LANGUAGES,
    jobs: int = 2,
    timeout: float = 1800,
) -> list[Written]:
    """Run the report notebook for each case and language, each in a process of its own, and write the index pages.

    Args:
        desk: the workspace.
        out: folder; a report is ``out/<case>/<language>/index.html``, the index ``out/index.html`` (Chinese) and
            ``out/index.en.html``.
        case_ids: which cases; none means all.
        languages: which languages.
        jobs: how many at once.
        timeout: seconds after which one report counts as failed; its page then says so, and the others go on.
    """
    cases = desk.cases()
    chosen = [desk.case(name).id for name in case_ids] if case_ids else list(cases["case_id"])
    desk.screening()  # once, before the processes ask for it at the same time
    notebook = notebooks_folder() / REPORT_NOTEBOOK
    workspace = desk.workspace.folder.root.resolve()
    titles = dict(zip(cases["case_id"], cases["title"], strict=True))

    def one(case_id: str, language: Language) -> Written:
        page = out / folder_name(case_id) / language / "index.html"
        given = {"workspace": str(workspace), "case_id": case_id}
        return Written(case_id, language, run(notebook, given, page, language, title=titles[case_id], timeout=timeout))

    written: list[Written] = []
    with ThreadPoolExecutor(max(jobs, 1)) as pool:
        pending = [pool.submit(one, case_id, language) for case_id in chosen for language in languages]
        for done, future in enumerate(as_completed(pending), start=1):
            written.append(future.result())
            progress.step("report", done, len(pending))
    written.sort(key=lambda item: (item.case_id, item.language))
    for language in languages:
        name = "index.html" if language == languages[0] else f"index.{language}.html"
        page = index_page(_rows(desk, written, language, out), language, title=desk.title)
        write_atomically(out / name, page.encode())
    return written


def _rows(desk: Desk, written: Sequence[Written], language: Language, out: Path) -> pd.DataFrame:
    rows = []
    for item in written:
        if item.language != language:
            continue
        case = desk.case(item.case_id)
        findings = case.findings()
        rows.append(
            {
                "case_id": item.case_id,
                "title": case.title,
                "path": item.outcome.page.relative_to(out).as_posix(),
                "leads": len(findings),
                "red": int((findings["severity"] == "red").sum()),
                "yellow": int((findings["severity"] == "yellow").sum()),
                "new": int((findings["change"] == "new").sum()),
                # Several findings may speak of the same money, so amounts are not added up.
                "amount": float(findings["amount"].astype("float64").max()),
                "failed": not item.outcome.ok,
            }
        )
    return pd.DataFrame(rows)
