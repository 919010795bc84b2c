"""Refresh a workspace again and again, in the foreground: one run at a time, missed runs made up for by one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from caselens.api import Desk, open_workspace
from caselens.core.errors import CaselensError, UsageError
from caselens.core.text import LANGUAGES, Language
from caselens.findings.leads import leads_table
from caselens.operations.cron import Cron, crontab_line, systemd_units
from caselens.operations.notify import Message, Receivers
from caselens.operations.refresh import Refreshed, refresh

if TYPE_CHECKING:
    from apscheduler.triggers.base import BaseTrigger

#: Ids listed in a message; beyond that there is the count.
_LISTED = 50


@dataclass(frozen=True, slots=True)
class Ran:
    """One scheduled run: what it did, or the error it ended with; whom a message did not reach."""

    at: str
    done: Refreshed | None
    error: str
    undelivered: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether it ended well and everything in it did."""
        return self.done is not None and not self.done.failed


def schedule(
    root: Path,
    when: Cron | float,
    *,
    reports: Path | None = None,
    languages: Sequence[Language] = LANGUAGES,
    jobs: int = 2,
    told: Callable[[Ran], None] = lambda ran: None,
    runs: int = 0,
) -> None:
    """Refresh the workspace in ``root`` whenever ``when`` says, until the process is asked to end.

    Runs that were missed while the machine slept are made up for by one; a run that is due while another one is still at it
    is left out, for the next one takes in what came meanwhile. A run that fails does not end the schedule. Each run opens
    the workspace anew, so settings may change between runs.

    Args:
        root: the workspace.
        when: a cron line, or seconds between runs (the first at once).
        reports: folder for the reports of affected cases; ``None``: none.
        languages: of the reports.
        jobs: reports at once.
        told: called after each run.
        runs: end after so many; 0 means never.

    Raises:
        UsageError: ``settings.toml`` cannot be read, or ``[schedule]`` in it says something that is not allowed.
    """
    from apscheduler.schedulers.blocking import BlockingScheduler

    with closing(open_workspace(root).workspace) as workspace:
        Receivers.of(workspace.settings.schedule, root)  # what is wrong is told now, not at night
    scheduler = BlockingScheduler(job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None})
    count = 0

    def run() -> None:
        nonlocal count
        count += 1
        told(run_once(root, reports=reports, languages=languages, jobs=jobs))
        if runs and count >= runs:
            scheduler.shutdown(wait=False)

    first = {} if isinstance(when, Cron) else {"next_run_time": datetime.now().astimezone()}
    scheduler.add_job(run, _trigger(when), **first)
    scheduler.start()


def _trigger(when: Cron | float) -> BaseTrigger:
    if isinstance(when, Cron):
        return when.trigger()
    from apscheduler.triggers.interval import IntervalTrigger

    if when <= 0:
        raise UsageError("--every takes a number of seconds above 0")
    return IntervalTrigger(seconds=when)


def run_once(
    root: Path, *, reports: Path | None = None, languages: Sequence[Language] = LANGUAGES, jobs: int = 2
) -> Ran:
    """One scheduled run: refresh, and tell whom the settings name of new leads or of a failure."""
    at = datetime.now().astimezone().isoformat(timespec="seconds")
    label = Receivers.of({}, root)
    try:
        with closing(open_workspace(root).workspace) as workspace:
            desk = Desk(workspace)
            label = Receivers.of(workspace.settings.schedule, root)
            done = refresh(desk, reports=reports, languages=languages, jobs=jobs)
            return Ran(at, done, "", tuple(_tell(desk, done, label, at)))
    except Exception as error:  # noqa: BLE001 - a failure of one run must not end the schedule; told by its kind
        message = Message("failure", label.label, at, error=type(error).__name__)
        reason = str(error) if isinstance(error, CaselensError) else type(error).__name__
        return Ran(at, None, reason, tuple(label.tell(message)))


def _tell(desk: Desk, done: Refreshed, to: Receivers, at: str) -> list[str]:
    undelivered = []
    if done.failed:
        wrong = {
            "refused": sum(bool(entry.refusal) for taken in done.intakes for entry in taken.entries),
            "unsettled": sum(len(taken.unsettled) for taken in done.intakes),
            "rows_quarantined": sum(
                part.quarantined for taken in done.intakes for entry in taken.entries for part in entry.tables
            ),
            "folders_missing": len(done.missing),
            "reports_failed": sum(not item.outcome.ok for item in done.reports),
        }
        undelivered += to.tell(Message("failure", to.label, at, wrong))
    if leads := new_leads(desk, done):
        counts = {"new_leads": len(leads), **done.counts, "cases": len(done.cases)}
        undelivered += to.tell(Message("new_leads", to.label, at, counts, {"leads": leads[:_LISTED]}))
    return undelivered


def new_leads(desk: Desk, done: Refreshed) -> list[str]:
    """Ids of the leads that have a finding which this refresh brought, the most pressing first; closed ones left out."""
    new = set(done.rows.loc[done.rows["change"] == "new", "finding_id"])
    if not new:
        return []
    leads = leads_table(desk.screening().findings)
    fresh = leads["finding_ids"].map(lambda names: bool(new & set(names))).astype(bool) & ~leads["is_closed"].astype(
        bool
    )
    return [str(name) for name in leads.loc[fresh, "lead_id"]]


def command(root: Path, reports: Path | None) -> list[str]:
    """The command line that makes one run, for somebody else's clock: absolute, whatever folder it starts in."""
    told = [sys.executable, "-m", "caselens.cli", "refresh", str(root.absolute())]
    return [*told, "--reports-dir", str(reports.absolute())] if reports else [*told, "--no-reports"]


def printed(kind: str, cron: Cron, root: Path, reports: Path | None) -> str:
    """The unit files, or the line of a crontab, that refresh the workspace by the system's clock.

    Raises:
        UsageError: an unknown kind, or a path that a crontab cannot hold.
    """
    words = command(root, reports)
    if kind == "cron":
        return crontab_line(cron, words)
    if kind == "systemd":
        return "\n".join(f"# {name}\n{text}" for name, text in systemd_units(cron, words).items())
    raise UsageError(f"--print takes systemd or cron, got {kind!r}")
