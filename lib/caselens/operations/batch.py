"""The case report for every case, in every language and edition asked for, and the index that leads to them."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from caselens.api import Desk
from caselens.api.desk import EDITIONS
from caselens.core import progress
from caselens.core.errors import UsageError
from caselens.core.text import LANGUAGES, Language, Text
from caselens.operations._index import write_index
from caselens.operations._redacted import Gate, known_values, passed, pseudonym
from caselens.operations._totals import totals
from caselens.reports import manifest
from caselens.reports.heading import head
from caselens.reports.pool import Ended, Pool, Progress
from caselens.reports.run import MEMORY, TIMEOUT, Outcome, job_of, parameters_of, scratch_beside, settle
from caselens.reports.workbook import WORKBOOK
from caselens.workspace.folder import write_atomically

REPORT_NOTEBOOK = "90_case_report.ipynb"
#: The edition with everything; any other is asked of the notebook by its parameter ``edition``, and names nobody here.
FULL = "full"
_PLAIN = re.compile(r"[^\w\-]+")
_FOOT = Text("报告日期 {as_of}，数据截至 {data}", "Report of {as_of}, data as of {data}")


@dataclass(frozen=True, slots=True)
class Written:
    """One report: of which case, in which language and edition, and what became of it."""

    case_id: str
    language: Language
    outcome: Outcome
    edition: str = FULL


@dataclass(frozen=True, slots=True)
class Task:
    """One report to be written: ``job`` is what a :class:`Pool` runs, ``page`` the file it becomes.

    With a ``gate`` the report is put in place only if it holds none of the gate's values.
    """

    case_id: str
    language: Language
    edition: str
    page: Path
    job: Mapping[str, Any]
    gate: Gate | None = None

    @property
    def name(self) -> str:
        """What its line of progress is called."""
        return " ".join((self.case_id, self.language, *([self.edition] if self.edition != FULL else [])))


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


def page_place(out: Path, case_id: str, language: Language, edition: str = FULL) -> Path:
    """Where a report lies below ``out``: ``CASE/LANGUAGE/index.html``, another edition in ``CASE/LANGUAGE-EDITION``."""
    return out / folder_name(case_id) / (language if edition == FULL else f"{language}-{edition}") / "index.html"


def write_reports(
    desk: Desk,
    out: Path,
    *,
    case_ids: Sequence[str] = (),
    languages: Sequence[Language] = LANGUAGES,
    editions: Sequence[str] = (FULL,),
    as_of: date | None = None,
    jobs: int = 2,
    timeout: float = TIMEOUT,
    memory: int = MEMORY,
    dask: str = "",
) -> list[Written]:
    """Run the report notebook for each case, language and edition, and write the index pages.

    Each run is a process of its own, forked for it from one that has everything imported and nothing of a case (see
    ``reports.pool``). Beside each page lies its manifest (see ``reports.manifest``), and the executed notebook and the
    log of a run that failed, whose names begin with a dot because they stay in the office.

    Args:
        desk: the workspace.
        out: folder; a report is ``out/<case>/<language>/index.html``, the index ``out/index.html`` (in the first
            language) and ``out/index.<language>.html``. The index lists every case that has a report there.
        case_ids: which cases; none means all.
        languages: which languages.
        editions: which editions; any but ``full`` is given to the notebook as its parameter ``edition``.
        as_of: the day the reports are of; default today. It stands at the foot of each page and in its manifest.
        jobs: how many at once.
        timeout: seconds after which one report counts as failed; its page then says so, and the others go on.
        memory: bytes that one report may fill; beyond, it counts as failed.
        dask: address of a running Dask scheduler (``tcp://…``) whose workers run the reports instead. They need this
            package and the workspace's folder at the same path; pages come back over the network.

    Raises:
        UsageError: an unknown case, language or edition, or no such scheduler; nothing is written then.
    """
    day = as_of or date.today()
    tasks = list(_tasks(desk, out, case_ids, languages, editions, day, timeout, memory))
    screening = desk.screening()  # once, before the processes ask for it at the same time
    shared = manifest.of_workspace(desk.workspace, screening)
    numbers = totals(desk)
    written: list[Written] = []
    with desk.workspace.store.runs.running("report", desk.gate.who, reports=len(tasks)) as run:
        for task, told in _run(tasks, jobs, dask):
            if isinstance(told, Progress):
                progress.step(task.name, told.done, told.cells + 1)  # one more step until it lies in its place
                continue
            _tell(task, told, shared, desk, day)
            written.append(Written(task.case_id, task.language, told, task.edition))
            progress.step(task.name, 1, 1)
            progress.step("report", len(written), len(tasks))
        written.sort(key=lambda item: (item.case_id, item.language, item.edition))
        write_index(desk, out, languages, numbers, page_place)
        run.update(_counts(written, day))
    cases = list(dict.fromkeys(item.case_id for item in written))
    desk.workspace.store.audit.add("report", ", ".join(cases), **_counts(written, day))
    return written


def _run(tasks: Sequence[Task], jobs: int, dask: str) -> Iterator[tuple[Task, Progress | Outcome]]:
    if not dask:
        yield from run_here(tasks, jobs)
        return
    from caselens.operations.cluster import run_there

    yield from run_there(tasks, dask)


def run_here(tasks: Sequence[Task], at_once: int) -> Iterator[tuple[Task, Progress | Outcome]]:
    """Run tasks on this machine; progress, and one outcome for each, in the order in which they end."""
    running: dict[str, tuple[Task, Path, ExitStack]] = {}

    def jobs() -> Iterator[dict[str, Any]]:
        for task in tasks:
            held = ExitStack()
            scratch = held.enter_context(scratch_beside(task.page))
            running[str(scratch)] = (task, scratch, held)
            yield {**task.job, "scratch": str(scratch)}

    try:
        with Pool() as pool:
            for event in pool.run(jobs(), at_once):
                task, scratch, held = running[event.job["scratch"]]
                if isinstance(event, Progress):
                    yield task, event
                    continue
                with held:
                    del running[event.job["scratch"]]
                    outcome = settled(task, event, scratch)
                yield task, outcome
    finally:
        for _, _, held in running.values():
            held.close()


def settled(task: Task, ended: Ended, scratch: Path) -> Outcome:
    """The outcome of a task.

    Of an edition that names nobody, neither the executed notebook is kept nor is the reason of a failure on its page:
    both may hold a name. Nor is it put in place before its gate has looked through it.
    """
    if task.gate is not None:
        ended = passed(ended, scratch, task.page, task.gate)
    return settle(ended, scratch, task.page, keep=task.edition == FULL)


def _tasks(
    desk: Desk,
    out: Path,
    case_ids: Sequence[str],
    languages: Sequence[Language],
    editions: Sequence[str],
    day: date,
    timeout: float,
    memory: int,
) -> Iterator[Task]:
    cases = desk.cases()
    titles = dict(zip(cases["case_id"], cases["title"], strict=True))
    for case_id in case_ids:
        if case_id not in titles:
            desk.case(case_id)  # says which cases there are
    notebook = notebooks_folder() / REPORT_NOTEBOOK
    known = parameters_of(notebook)
    if set(editions) - {FULL} and "edition" not in known:
        raise UsageError(f"{notebook.name} has no parameter 'edition'; it makes the full edition only")
    if unknown := set(editions) - set(EDITIONS):
        raise UsageError(f"an edition is one of {', '.join(EDITIONS)}, got {', '.join(sorted(unknown))}")
    gate = Gate(known_values(desk.workspace)) if set(editions) - {FULL} else None
    for case_id in dict.fromkeys(case_ids or titles):
        for language in languages:
            for edition in editions:
                given = {
                    "workspace": str(desk.workspace.folder.root.resolve()),
                    "case_id": case_id,
                    "edition": edition,
                    "as_of": day.isoformat(),
                    "workbook": WORKBOOK,
                }
                foot = _FOOT.format(as_of=day.isoformat(), data=desk.as_of.isoformat()).get(language)
                job = job_of(
                    notebook,
                    {name: value for name, value in given.items() if name in known},
                    language,
                    title=titles[case_id] if edition == FULL else pseudonym(desk.workspace, case_id, language),
                    head=head(desk.workspace.settings.report, language, redacted=edition != FULL),
                    foot=foot,
                    timeout=timeout,
                    memory=memory,
                )
                # The notebook writes the workbook where its page is made; both are put in place together.
                job |= {"cwd": "", "beside": [WORKBOOK] if "workbook" in known else []}
                page = page_place(out, case_id, language, edition)
                yield Task(case_id, language, edition, page, job, gate if edition != FULL else None)


def _tell(task: Task, outcome: Outcome, shared: Mapping[str, Any], desk: Desk, day: date) -> None:
    """Write the manifest of a report."""
    full = task.edition == FULL
    parameters = {name: value for name, value in task.job["parameters"].items() if name != "workspace"}
    if not full:
        del parameters["case_id"]
    notebook, beside = Path(task.job["notebook"]), outcome.page.with_name(WORKBOOK)
    told = {
        **(shared if full else manifest.without_names(shared)),
        "page": manifest.page_of(outcome.page),
        **({"workbook": manifest.page_of(beside)} if beside.exists() else {}),
        "failed": not outcome.ok,
        "language": task.language,
        "edition": task.edition,
        "as_of": day.isoformat(),
        "parameters": parameters,
        "notebook": {"file": notebook.name, "sha256": manifest.file_hash(notebook)},
        "workspace": os.path.relpath(desk.workspace.folder.root, outcome.page.parent.resolve()) if full else "",
        "run": {
            "finished": datetime.now().astimezone().isoformat(timespec="seconds"),
            "seconds": round(outcome.seconds, 3),
            "processor_seconds": round(outcome.cpu, 3),
            "peak_bytes": outcome.peak,
            # Whoever holds this report holds the state of the audit log at its time: see docs/security.md.
            "audit_head": list(desk.workspace.store.audit.head()),
        },
    }
    write_atomically(outcome.page.with_name(manifest.MANIFEST), manifest.written(told))


def _counts(written: Sequence[Written], day: date) -> dict[str, Any]:
    """What the store keeps of a batch: no names."""
    return {
        "reports": len(written),
        "failed": sum(not item.outcome.ok for item in written),
        "languages": sorted({item.language for item in written}),
        "editions": sorted({item.edition for item in written}),
        "as_of": day.isoformat(),
    }
