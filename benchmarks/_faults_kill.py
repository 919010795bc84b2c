"""Killing Caselens at random moments and looking at what is left. Part of ``faults.py``; tests start it as a process.

A round: a child works (takes in files, screens, decides, writes a report) and says what it has finished; at a random
moment it is killed with signal 9; a second child, which knows only the folder and what the first had finished, looks for
anything accepted that is lost and anything half-written that is visible, and goes on with the work.

Children are forked from a process that has imported everything and done nothing, so a round costs what the work costs.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from tests.cities import FEE

from caselens.api import Desk, new_workspace, open_workspace
from caselens.findings import screen
from caselens.operations import write_reports
from caselens.operations.refresh import refresh

GOOD, ROWS = 40, 42  # a file of accounts: 40 good rows, one without its key, one twice


@dataclass(frozen=True, slots=True)
class Round:
    """One kill: during what, after how many seconds, how much was finished, what was wrong afterwards (empty: nothing)."""

    activity: str
    after: float
    finished: int
    problems: tuple[str, ...]


def prepare(folder: Path) -> Path:
    """A workspace with a small invented city, screened, beside a folder for files to come."""
    files = folder / "city"
    files.mkdir(parents=True)
    (folder / "files").mkdir()
    for name, text in FEE.items():
        (files / f"{name}.csv").write_text(text, encoding="utf-8")
    desk = new_workspace(folder / "W")
    desk.intake(files)
    desk.screen()
    return folder


def delivered(folder: Path, number: int) -> Path:
    """The ``number``-th file of accounts. It is there whole or not at all: who delivers it is killed too."""
    path = folder / "files" / f"batch{number:05d}" / "accounts.csv"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        rows = [f"T{number}-{row},K" for row in range(GOOD)]
        coming = folder / "coming.csv"
        coming.write_text("\n".join(["account_id,holder_id", *rows, rows[0], ",K"]) + "\n", encoding="utf-8")
        coming.replace(path)
    return path


# --- what is killed ---------------------------------------------------------------------------------------------------


def take_in(folder: Path, start: int, said: Callable[[str], None]) -> None:
    """One file after another; each is said when the library says it is in."""
    desk = open_workspace(folder / "W")
    for number in range(start, start + 10_000):
        desk.intake(delivered(folder, number))
        said(f"file {number}")


def screening(folder: Path, start: int, said: Callable[[str], None]) -> None:
    """Screenings, each after another file, so that none is the last one over again."""
    desk = open_workspace(folder / "W")
    for number in range(start, start + 10_000):
        desk.intake(delivered(folder, number))
        said(f"file {number}")
        said(f"screened {len(screen(desk.workspace).findings)}")


def deciding(folder: Path, start: int, said: Callable[[str], None]) -> None:
    """Decisions, each said with the id the store gave it."""
    desk = open_workspace(folder / "W")
    for number in range(start, start + 10_000):
        said("decided " + desk.workspace.store.decide("dismiss", "findings", [f"F{number}"], "tried", "tester"))


def reporting(folder: Path, start: int, said: Callable[[str], None]) -> None:
    """The report of the case over and over, into the same place."""
    desk = open_workspace(folder / "W")
    for _ in range(10_000):
        written = write_reports(desk, folder / "reports", languages=["zh"])
        said("page" if written[0].outcome.ok else f"failed {written[0].outcome.reason}")


def refreshing(folder: Path, start: int, said: Callable[[str], None]) -> None:
    """Refreshes, each after another file has come to the folder."""
    desk = open_workspace(folder / "W")
    for number in range(start, start + 10_000):
        delivered(folder, number)
        refresh(desk, folder / "files")
        said(f"file {number}")


ACTIVITIES = {
    "intake": take_in,
    "screening": screening,
    "decisions": deciding,
    "reporting": reporting,
    "refresh": refreshing,
}
#: The kill comes within the time that so many steps take on this machine at this moment, opening the workspace included.
STEPS = 2.5


# --- what is looked at afterwards -------------------------------------------------------------------------------------


def look(folder: Path, finished: list[str]) -> list[str]:
    """What is wrong with the workspace; nothing of the killed process is known but what it said."""
    problems: list[str] = []
    desk = open_workspace(folder / "W")
    catalog = desk.workspace.catalog
    for line in finished:
        what, _, which = line.partition(" ")
        if (
            what == "file"
            and len([e for e in catalog.entries() if e.sha256 == _sha(delivered(folder, int(which)))]) != 1
        ):
            problems.append(f"file {which} was in and is not there once")
    for entry in catalog.entries():
        for part in entry.tables:
            if part.accepted + part.quarantined + part.repeated != part.rows_in:
                problems.append(f"{entry.source_file}: rows in are not accepted + quarantined + repeated")
            if part.accepted and _rows(catalog.parquet(entry, part.table)) != part.accepted:
                problems.append(f"{entry.source_file}: {part.table} has not the rows it says")
    batches = sum(part.rows_in == ROWS for entry in catalog.entries() for part in entry.tables)
    accounts = desk.table("accounts").count().execute()
    if accounts != 6 + GOOD * batches:
        problems.append(f"{accounts} accounts are visible, {6 + GOOD * batches} were accepted")
    known = {decision.decision_id for decision in desk.workspace.store.decisions()}
    problems += [
        f"decision {line[8:]} is lost" for line in finished if line.startswith("decided ") and line[8:] not in known
    ]
    audit = desk.workspace.store.audit.verify()
    problems += [f"audit log: {problem.en}" for problem in audit.problems]
    problems += _pages(folder, "page" in finished)
    problems += [line for line in finished if line.startswith("failed")]
    return problems


def go_on(folder: Path, next_file: int, deep: bool) -> list[str]:
    """The next run: takes in the file that was being taken in, decides, and leaves nothing of the killed one behind."""
    desk = open_workspace(folder / "W")
    taken = desk.intake(delivered(folder, next_file))
    problems = [f"next intake: {entry.refusal}" for entry in taken.entries if entry.refusal]
    if len(taken.entries) + len(taken.known) != 1:
        problems.append("the next intake took nothing in")
    desk.workspace.store.decide("dismiss", "findings", ["after"], "tried", "tester")
    stems = {entry.stem for entry in desk.workspace.catalog.entries()}
    root = desk.workspace.folder.root
    problems += [f"left behind: {path.name}" for path in root.glob(".intake-*")]
    for place in (root / "accepted", root / "quarantine"):
        problems += [f"of no file: {path}" for path in place.glob("*/*") if path.name.split(".")[0] not in stems]
    if deep:
        found = [(row.indicator, row.amount) for row in desk.findings().itertuples()]
        if found != EXPECTED:
            problems.append(f"the next screening finds {found}")
    return problems


#: What screening the city of the fee gives; files of accounts nobody pays from change nothing in it.
EXPECTED: list[tuple[str, float]] = []


def _pages(folder: Path, written: bool) -> list[str]:
    pages = list((folder / "reports").rglob("*.html"))
    problems = [f"half a page: {page}" for page in pages if not page.read_text("utf-8").rstrip().endswith("</html>")]
    problems += [
        f"a page that failed: {page}" for page in pages if '<section class="failed"' in page.read_text("utf-8")
    ]
    return problems + (["a page was written and is not there"] if written and not pages else [])


def _rows(path: Path) -> int:
    return int(duckdb.execute("SELECT count(*) FROM read_parquet(?)", [str(path)]).fetchall()[0][0])


def _sha(path: Path) -> str:
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()


# --- rounds -----------------------------------------------------------------------------------------------------------


def child(work: Callable[[Callable[[str], None]], object]) -> tuple[int, int]:
    """Fork; the child says lines into a pipe and ends without any clean-up. Gives its id and the pipe."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    os.setsid()
    status = 1
    try:
        os.close(reading)
        work(lambda line: os.write(writing, f"{line}\n".encode()) and None)
        status = 0
    except BaseException:  # noqa: BLE001 - told to the parent
        os.write(writing, f"failed {traceback.format_exc()!r}\n".encode())
    finally:
        os._exit(status)


def lines_until(reading: int, end: float) -> list[str]:
    """What the child says until ``end`` (seconds, monotonic) or until it is done."""
    text = b""
    while (left := end - time.monotonic()) > 0:
        if select.select([reading], [], [], left)[0]:
            block = os.read(reading, 1 << 16)
            if not block:
                break
            text += block
    return text.decode().split("\n")[:-1]


def asked(work: Callable[[], Any], seconds: float = 300) -> Any:
    """What ``work`` gives, computed in a child of its own."""
    pid, reading = child(lambda said: said("answer " + json.dumps(work())))
    lines = lines_until(reading, time.monotonic() + seconds)
    os.close(reading)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    answers = [line[7:] for line in lines if line.startswith("answer ")]
    if not answers:
        raise RuntimeError("; ".join(lines) or "no answer in time")
    return json.loads(answers[0])


def kill_once(folder: Path, activity: str, number: int, moment: float, deep: bool) -> tuple[Round, int]:
    """One round; gives it and the number of the next file."""
    pid, reading = child(lambda said: ACTIVITIES[activity](folder, number, said))
    finished = lines_until(reading, time.monotonic() + moment)
    os.kill(pid, signal.SIGKILL)
    finished += lines_until(reading, time.monotonic() + 0.2)
    os.close(reading)
    os.waitpid(pid, 0)
    done = [int(line.split()[1]) for line in finished if line.startswith("file ")]
    upcoming = max(done, default=number - 1) + 1
    try:
        problems = asked(lambda: look(folder, finished)) + asked(lambda: go_on(folder, upcoming, deep))
    except RuntimeError as error:
        problems = [str(error)]
    return Round(activity, round(moment, 3), len(finished), tuple(problems)), upcoming + 1


def step(folder: Path, activity: str, number: int) -> float:
    """Seconds until the activity has finished something for the first time."""
    start = time.monotonic()
    pid, reading = child(lambda said: ACTIVITIES[activity](folder, number, said))
    wanted, text = ("screened", "failed") if activity == "screening" else ("", "failed"), ""
    while "\n" not in text or not any(line.startswith(wanted) for line in text.split("\n")[:-1]):
        text += os.read(reading, 1 << 16).decode() or "failed\n"
    os.kill(pid, signal.SIGKILL)
    os.close(reading)
    os.waitpid(pid, 0)
    return time.monotonic() - start


def rounds(folder: Path, kills: dict[str, int], seed: int = 1) -> list[Round]:
    """So many kills of each activity, at moments drawn evenly from its window."""
    chance, number, found = random.Random(seed), 1, []
    asked(lambda: str(prepare(folder)))
    EXPECTED[:] = [(name, amount) for name, amount in asked(lambda: _findings(open_workspace(folder / "W")))]
    for activity, count in kills.items():
        window, number = STEPS * step(folder, activity, number), number + 1
        for turn in range(count):
            moment = chance.uniform(0.0, window)
            deep = activity in ("screening", "refresh") or turn == count - 1
            outcome, number = kill_once(folder, activity, number, moment, deep)
            found.append(outcome)
    return found


def _findings(desk: Desk) -> list[tuple[str, float]]:
    return [(row.indicator, float(row.amount)) for row in desk.findings().itertuples()]


def main() -> None:
    """``python -m benchmarks._faults_kill FOLDER '{"intake": 5}'``: JSON of the rounds on standard output."""
    found = rounds(Path(sys.argv[1]), json.loads(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    sys.stdout.write(json.dumps([[r.activity, r.after, r.finished, list(r.problems)] for r in found]) + "\n")


if __name__ == "__main__":
    main()
