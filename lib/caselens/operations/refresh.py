"""Take in what is new, compute again only what it reaches, run the cases it touches, and tell what changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from caselens.api import Desk
from caselens.core.errors import UsageError
from caselens.core.text import LANGUAGES, Language
from caselens.entities import entities, resolved
from caselens.findings.reuse import program
from caselens.findings.screen import Screening, screen, screening
from caselens.operations import _seen
from caselens.operations._refresh_lock import Holder, RefreshRunning, refreshing
from caselens.operations.batch import Written, write_reports
from caselens.operations.difference import CHANGES, COLUMNS, changes_of, difference, moved_rows
from caselens.readers.statements import Mapping as ColumnMapping
from caselens.relations import relation
from caselens.tables import TABLES
from caselens.workspace import Workspace
from caselens.workspace.catalog import Entry
from caselens.workspace.folder import write_atomically, written_beside
from caselens.workspace.renewal import Renewed
from caselens.workspace.validate import literal, quote

__all__ = ["RefreshRunning", "Refreshed", "refresh"]

FOLDER, LATEST = _seen.FOLDER, "latest.json"
_PARTIES = frozenset({"persons", "organizations", "accounts"})


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What one refresh did.

    Attributes:
        number: of this difference in ``refresh/`` of the workspace; 0 where nothing changed and nothing was written.
        rows: one row a finding, columns ``difference.COLUMNS``; empty where nothing changed.
        intakes: what became of the files, one a folder.
        missing: folders that material was taken in from and that are not there now.
        cases: ids of the cases affected.
        reports: what was written for them.
        asked: indicators whose question was put anew; the others' former answers hold.
        recovered: the process that held the last refresh and died in it, if any.
    """

    number: int
    rows: pd.DataFrame
    intakes: tuple[Renewed, ...]
    missing: tuple[Path, ...]
    cases: tuple[str, ...]
    reports: tuple[Written, ...]
    asked: tuple[str, ...]
    recovered: Holder | None

    @property
    def counts(self) -> dict[str, int]:
        """How many findings of each change."""
        return {change: int((self.rows["change"] == change).sum()) for change in CHANGES}

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed: no file, no setting, no decision."""
        return self.number == 0

    @property
    def failed(self) -> bool:
        """Whether something has to be looked at: a file refused or unsettled, rows quarantined, a report that failed."""
        wrong = any(taken.failed for taken in self.intakes) or any(not item.outcome.ok for item in self.reports)
        return wrong or bool(self.missing)


def refresh(
    desk: Desk,
    folder: str | Path | None = None,
    *,
    wait: bool = False,
    reports: Path | None = None,
    languages: Sequence[Language] = LANGUAGES,
    jobs: int = 2,
    who: str = "",
) -> Refreshed:
    """Refresh a workspace.

    New and changed files of the folders that material was taken in from (or of ``folder`` alone) are taken in; a changed
    file takes its former version's place. An indicator is asked again only where something it looked at has changed; the
    findings are those of a new workspace with the same files in the same order. The difference to the last refresh is
    written to ``refresh/`` (see :mod:`caselens.operations.difference`). Nothing changed: no file is written. Every run
    adds one entry to the audit log, and one to the runs of the store, which stays open where the process is killed.

    Args:
        desk: the workspace.
        folder: look here only; it is remembered.
        wait: wait for another refresh that is running, instead of an error.
        reports: folder for the reports of affected cases; ``None``: none are run.
        languages: of the reports.
        jobs: reports at once.
        who: who runs it, for the audit log.

    Raises:
        RefreshRunning: another refresh is running.
        UsageError: no folder is known, or ``folder`` does not exist, or another intake is running.
    """
    workspace, who = desk.workspace, who or desk.gate.who
    with refreshing(workspace.folder.root, wait) as dead, workspace.store.runs.running("refresh", who) as told:
        intakes, missing = _take_in(workspace, None if folder is None else Path(folder))
        former = _seen.read(workspace)
        state = _seen.state_of(workspace)
        if former is not None and former.state == state:
            done = Refreshed(0, pd.DataFrame(columns=COLUMNS), intakes, missing, (), (), (), dead)
        else:
            done = _compared(desk, former, state, intakes, missing, dead)
        if reports is not None and done.cases:
            written = write_reports(desk, reports, case_ids=done.cases, languages=languages, jobs=jobs)
            done = Refreshed(done.number, done.rows, intakes, missing, done.cases, tuple(written), done.asked, dead)
        told.update(_told(done))
        workspace.store.audit.add("refresh", str(done.number or ""), who, **told)
    return done


def _take_in(workspace: Workspace, folder: Path | None) -> tuple[tuple[Renewed, ...], tuple[Path, ...]]:
    known = workspace.folder.received_from()
    if folder is not None:
        mapped = dict(known).get(folder.absolute(), "")
        known = [(folder, mapped)]
    elif not known:
        raise UsageError(
            f"no folder is known that material of {workspace.name} came from; name one: caselens refresh "
            f"{workspace.name} FOLDER 尚无已登记的材料文件夹，请指定"
        )
    missing = tuple(path for path, _ in known if not path.exists()) if folder is None else ()
    intakes = tuple(
        workspace.renew(path, ColumnMapping.from_toml(mapping) if mapping else None)
        for path, mapping in known
        if path not in missing
    )
    return intakes, missing


def _compared(
    desk: Desk,
    former: _seen.Baseline | None,
    state: str,
    intakes: tuple[Renewed, ...],
    missing: tuple[Path, ...],
    dead: Holder | None,
) -> Refreshed:
    """Screen, compare, keep the difference."""
    workspace = desk.workspace
    before = former.seen if former else _seen.EMPTY
    asked: list[str] = []
    is_same_program = before.program == program()
    found: Screening = screening(workspace, asked) if is_same_program else screen(workspace, asked=asked)
    now = _seen.seen_of(workspace, found)
    came = [entry for entry in workspace.catalog.every() if entry.number > (former.entries if former else 0)]
    parties = _case_parties(desk)
    rows = difference(
        before,
        now,
        _seen.places(workspace, *moved_rows(before, now, changes_of(before, now))),
        parties,
        _files_by_table(came),
    )
    cases = _affected(desk, rows, came, parties)
    number = (former.number if former else 0) + 1
    done = Refreshed(number, rows, intakes, missing, cases, (), tuple(asked), dead)
    last = max((entry.number for entry in workspace.catalog.every()), default=0)
    _keep(workspace, done, before.as_of, now.as_of)
    # The state from before the screening: what somebody decided meanwhile is told by the next refresh.
    _seen.write(workspace, _seen.Baseline(number, state, last, _still_there(before, now, rows)))
    return done


def _still_there(before: _seen.Seen, now: _seen.Seen, rows: pd.DataFrame) -> _seen.Seen:
    """Findings whose question could not be put this time are compared with the next time it can."""
    waiting = rows.loc[rows["change"] == "not_assessed", "finding_id"]
    findings = {**now.findings, **{str(name): before.findings[str(name)] for name in waiting}}
    return _seen.Seen(findings, now.reads, now.silent, now.as_of, now.program)


def _case_parties(desk: Desk) -> dict[str, list[str]]:
    """Party -> the cases it is a subject of, or linked to a subject of; a workspace without cases is one case of all."""
    workspace = desk.workspace
    if not workspace.has("case_subjects"):
        return {}
    subjects = resolved(workspace, "case_subjects").select("case_id", "entity_id")
    links = relation(workspace, "links").select(entity_id="official_id", linked="party_id")
    linked = subjects.join(links, "entity_id").select("case_id", entity_id="linked")
    frame = pd.concat([subjects.execute(), linked.execute()]).drop_duplicates().sort_values(["entity_id", "case_id"])
    return {str(party): sorted(group["case_id"]) for party, group in frame.groupby("entity_id")}


def _affected(
    desk: Desk, rows: pd.DataFrame, came: Sequence[Entry], parties: Mapping[str, Sequence[str]]
) -> tuple[str, ...]:
    """Cases with a finding that is not as before, and cases of whose parties or accounts a row came or went."""
    moved = rows[rows["change"] != "persisting"]
    if not desk.workspace.has("case_subjects"):
        return tuple(desk.cases()["case_id"]) if len(moved) or came else ()
    touched = _touched(desk.workspace, came)
    found = {case for cases in moved["case_ids"] for case in cases}
    found |= {case for party, cases in parties.items() if party in touched for case in cases}
    return tuple(sorted(found & set(desk.cases()["case_id"])))


def _touched(workspace: Workspace, came: Sequence[Entry]) -> set[str]:
    """Parties named by rows that came or went, by themselves or by an account of theirs."""
    gone = {number for entry in came for number in entry.replaces}
    moved = [*came, *(entry for entry in workspace.catalog.every() if entry.number in gone)]
    named: set[str] = set()
    for entry in moved:
        for part in entry.tables:
            columns = [
                c.name for c in TABLES[part.table].columns if c.name in part.columns and _names_party(part.table, c)
            ]
            path = workspace.catalog.parquet(entry, part.table)
            for column in columns if path.exists() else ():
                query = f"SELECT DISTINCT CAST({quote(column)} AS VARCHAR) FROM read_parquet({literal(str(path))})"
                named |= {value for (value,) in workspace.con.execute(query).fetchall() if value}
    members = entities(workspace).select("member_id", "entity_id").execute()
    entity = dict(zip(members["member_id"], members["entity_id"], strict=True))
    accounts = resolved(workspace, "accounts").select("account_id", "holder_id")
    held = accounts.filter(accounts.account_id.isin(sorted(named))).execute() if named else pd.DataFrame()
    holders = set(held["holder_id"].dropna()) if len(held) else set()
    return {entity.get(name, name) for name in named} | holders


def _names_party(table: str, column: Any) -> bool:
    return bool(set(column.references) & _PARTIES) or (table in _PARTIES and column.name in TABLES[table].key)


def _files_by_table(came: Iterable[Entry]) -> dict[str, str]:
    names: dict[str, list[str]] = {}
    for entry in came:
        for part in entry.tables:
            names.setdefault(part.table, []).append(entry.source_file)
    return {
        table: ", ".join(files[:3]) + (f" +{len(files) - 3}" if len(files) > 3 else "")
        for table, files in names.items()
    }


def _keep(workspace: Workspace, done: Refreshed, former_day: str, day: str) -> None:
    """Write the difference: rows, then what it says, then the same as the latest one."""
    folder = workspace.folder.root / FOLDER
    rows = done.rows.copy()
    for column in ("case_ids", "appeared", "went", "because"):
        rows[column] = rows[column].map(lambda cell: json.dumps(cell, ensure_ascii=False)).astype("string")
    with written_beside(folder / f"{done.number:06d}.parquet") as temporary:
        rows.to_parquet(temporary, index=False)
    told = {
        "format": 1,
        "number": done.number,
        "at": datetime.now().astimezone().isoformat(timespec="seconds"),
        "as_of": day,
        "former_as_of": former_day,
        "files": _files(done),
        "findings": {change: list(done.rows.loc[done.rows["change"] == change, "finding_id"]) for change in CHANGES},
        "cases": list(done.cases),
        "indicators": {"asked": list(done.asked)},
    }
    text = json.dumps(told, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace")
    write_atomically(folder / f"{done.number:06d}.json", text)
    write_atomically(folder / LATEST, text)


def _files(done: Refreshed) -> dict[str, list[Any]]:
    taken = done.intakes
    again = {name for item in taken for name in item.again}
    changed = {item.source_file for renewed in taken for item in renewed.replaced}
    return {
        "new": [
            e.source_file
            for t in taken
            for e in t.entries
            if e.source_file not in again and e.source_file not in changed
        ],
        "replaced": [
            {"source_file": r.source_file, "former": r.former, "gone": r.gone, "new": r.new}
            for t in taken
            for r in t.replaced
        ],
        "again": sorted(again),
        "unsettled": [name for t in taken for name in t.unsettled],
        "absent": [name for t in taken for name in t.absent],
        "refused": [entry.source_file for t in taken for entry in t.entries if entry.refusal],
    }


def _told(done: Refreshed) -> dict[str, Any]:
    """Counts and ids for the audit log: no name, no file name (which may hold one)."""
    files = {name: len(items) for name, items in _files(done).items()}
    return {
        "files": files,
        "findings": done.counts,
        "cases": len(done.cases),
        "asked": len(done.asked),
        "missing": len(done.missing),
    }
