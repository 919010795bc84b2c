"""Reports on a real Dask cluster: a scheduler and two workers on loopback, one of which is killed in the middle."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest
from tests.cities import FEE, desk_of

from caselens.core import progress
from caselens.core.errors import UsageError
from caselens.operations import write_reports

distributed = pytest.importorskip("distributed", reason="the extra dask is not installed")
pytestmark = [pytest.mark.long, pytest.mark.dask, pytest.mark.timeout(600)]

CASES = 6
CITY = {
    **FEE,
    "cases": "case_id,title,opened_on,status\n"
    + "".join(f"C{n},案件{n},2023-03-0{n},open\n" for n in range(1, CASES + 1)),
    "case_subjects": "case_id,entity_id,role\n" + "".join(f"C{n},O,subject\n" for n in range(1, CASES + 1)),
}


@pytest.fixture
def cluster(tmp_path):
    """Address of a scheduler, and its two workers as processes."""
    started = []

    def start(*command: str) -> subprocess.Popen:
        # A group of its own, so that a worker's fork server can be seen to end with it.
        with open(tmp_path / f"{len(started)}.log", "wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *command], stdout=log, stderr=log, cwd=tmp_path, start_new_session=True
            )
        started.append(process)
        return process

    file = tmp_path / "scheduler.json"
    start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
    deadline = time.monotonic() + 60
    while not file.exists() or not file.read_text():
        assert time.monotonic() < deadline, (tmp_path / "0.log").read_text()
        time.sleep(0.05)
    address = json.loads(file.read_text())["address"]
    plain = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1", "--memory-limit", "0")
    workers = [start("worker", address, *plain) for _ in range(2)]
    yield address, workers
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class KillsOne:
    """Kills a worker when the first report is there, and while it works on another."""

    def __init__(self, worker: subprocess.Popen) -> None:
        self.worker = worker
        self.done: list[int] = []

    def step(self, task, done, total):
        if task == "report":
            self.done.append(done)
            if done == 1:
                assert self.worker.poll() is None
                self.worker.kill()
                self.worker.wait()


def test_every_case_has_its_report_once_though_a_worker_is_killed_in_the_middle(cluster, tmp_path):
    address, workers = cluster
    desk = desk_of(tmp_path / "city", CITY)
    killer = KillsOne(workers[0])
    with progress.listening(killer):
        written = write_reports(desk, tmp_path / "out", languages=("zh",), as_of=date(2026, 5, 4), dask=address)
    ended = [(item.case_id, item.outcome.ok, item.outcome.reason) for item in written]
    assert ended == [(f"C{n}", True, "") for n in range(1, CASES + 1)]
    assert killer.done == list(range(1, CASES + 1)), "each report is counted once"
    for item in written:
        folder = item.outcome.page.parent
        told = json.loads((folder / "manifest.json").read_text("utf-8"))
        assert (
            told["parameters"]["case_id"] == item.case_id and f"案件{item.case_id[1:]}" in item.outcome.page.read_text()
        )
        assert not [path for path in folder.iterdir() if path.name.startswith(".run-")], "no scratch stays"
    here = write_reports(desk, tmp_path / "here", case_ids=["C2"], languages=("zh",), as_of=date(2026, 5, 4))
    page = Path("C2") / "zh" / "index.html"
    assert (tmp_path / "out" / page).read_bytes() == here[0].outcome.page.read_bytes(), (
        "the same page as on this machine"
    )


def test_a_notebook_that_hangs_fails_alone_and_a_cluster_that_goes_is_told(cluster, tmp_path, monkeypatch):
    from caselens.operations import cluster as module
    from caselens.operations.batch import REPORT_NOTEBOOK, notebooks_folder

    book = json.loads((notebooks_folder() / REPORT_NOTEBOOK).read_text("utf-8"))
    last = [cell for cell in book["cells"] if cell["cell_type"] == "code"][-1]
    last["source"] = ["import time\n", "time.sleep(600 if case_id == 'C1' else 0)"]
    (tmp_path / "books").mkdir()
    (tmp_path / "books" / REPORT_NOTEBOOK).write_text(json.dumps(book), "utf-8")
    monkeypatch.setenv("CASELENS_NOTEBOOKS", str(tmp_path / "books"))
    monkeypatch.setattr(module, "_LOOK", 1.0)
    address, workers = cluster
    desk = desk_of(tmp_path / "city", CITY)

    def write(name, timeout):
        written = write_reports(
            desk, tmp_path / name, case_ids=["C1", "C2"], languages=("en",), timeout=timeout, dask=address
        )
        return {item.case_id: item.outcome.reason for item in written}

    assert write("hangs", 40.0) == {"C1": "not finished after 40 seconds", "C2": ""}

    class KillsAll:
        def step(self, task, done, total):
            if (task, done) == ("report", 1):
                for worker in workers:
                    worker.kill()

    with progress.listening(KillsAll()):
        reasons = write("gone", 300.0)
    assert reasons["C2"] == "" and "the cluster has gone" in reasons["C1"]
    assert "The report of this case could not be made" in (tmp_path / "gone" / "C1" / "en" / "index.html").read_text()


def test_an_address_where_nobody_answers_is_a_sentence(tmp_path, monkeypatch):
    from caselens.operations import cluster as module

    monkeypatch.setattr(module, "_CONNECT", 1.0)
    desk = desk_of(tmp_path / "city", FEE)
    with pytest.raises(UsageError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        write_reports(desk, tmp_path / "out", dask="tcp://127.0.0.1:9")
