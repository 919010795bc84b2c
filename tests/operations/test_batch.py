"""A batch of reports: each case its page, manifest and line; the index of all; the same data, the same bytes."""

import json
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from tests.cities import FEE, desk_of
from typer.testing import CliRunner

from caselens.api import open_workspace
from caselens.cli import app
from caselens.core import progress
from caselens.core.errors import UsageError
from caselens.operations import verify, write_reports
from caselens.operations._totals import totals
from caselens.reports.run import LOG, NOTEBOOK

#: Whole runs through files and processes: minutes together.
pytestmark = pytest.mark.long

#: Three cases: the official, his brother, and somebody nobody knows anything about.
CITY = {
    **FEE,
    "cases": "case_id,title,opened_on,status\nC1,云江区融资服务费,2023-03-01,open\nC/2,亲属往来,2023-03-02,open\n"
    "C3,路人,2023-03-03,open\n",
    "case_subjects": "case_id,entity_id,role\nC1,O,subject\nC/2,K,subject\nC3,X,subject\n",
}
DAY = date(2026, 5, 4)


class Told:
    """Remembers every step of progress."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, int, int | None]] = []

    def step(self, task, done, total):
        self.steps.append((task, done, total))


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    desk = desk_of(tmp_path_factory.mktemp("city"), CITY)
    desk.screening()
    return desk


@pytest.fixture(scope="module")
def batch(desk, tmp_path_factory):
    out, told = tmp_path_factory.mktemp("reports"), Told()
    with progress.listening(told):
        written = write_reports(desk, out, languages=("zh",), as_of=DAY, jobs=2)
    return out, written, told


def test_every_case_has_its_page_its_manifest_and_its_own_line_of_progress(desk, batch):
    out, written, told = batch
    assert [(item.case_id, item.outcome.ok) for item in written] == [("C/2", True), ("C1", True), ("C3", True)]
    for item in written:
        page = item.outcome.page
        assert "报告日期 2026-05-04，数据截至 2016-06-12" in page.read_text("utf-8")
        assert sorted(path.name for path in page.parent.iterdir()) == [
            NOTEBOOK,
            "evidence.xlsx",
            "index.html",
            "manifest.json",
        ]
        told_of_run = json.loads((page.parent / "manifest.json").read_text("utf-8"))["run"]
        number, digest = told_of_run["audit_head"]
        assert digest == {entry.seq: entry.hash for entry in desk.workspace.store.audit.entries()}[number]
        lines = [(done, total) for name, done, total in told.steps if name == f"{item.case_id} zh"]
        assert len(lines) > 20 and lines[-1] == (1, 1), "cell by cell, then done"
    assert [step for step in told.steps if step[0] == "report"] == [("report", n, 3) for n in (1, 2, 3)]
    index = (out / "index.html").read_text("utf-8")
    assert all(title in index for title in ("云江区融资服务费", "亲属往来", "路人"))


def test_the_executed_notebook_is_kept_with_its_parameters_for_the_office(batch):
    out, _, _ = batch
    kept = json.loads((out / "C1" / "zh" / NOTEBOOK).read_text("utf-8"))
    assert kept["metadata"]["papermill"]["parameters"]["case_id"] == "C1"
    injected = [cell for cell in kept["cells"] if "injected-parameters" in cell["metadata"].get("tags", [])]
    assert len(injected) == 1 and all(cell["metadata"]["papermill"]["status"] == "completed" for cell in kept["cells"])


def test_the_index_says_of_all_cases_at_once_what_each_says_of_itself(desk):
    every = totals(desk).set_index("case_id")
    assert set(every.index) == {"C1", "C/2", "C3"} and every.loc["C1", "leads"] > 0 and every.loc["C3", "leads"] == 0
    for name, row in every.iterrows():
        found = desk.case(name).findings()
        alone = [len(found), *(int((found["severity"] == grade).sum()) for grade in ("red", "yellow"))]
        assert [row["leads"], row["red"], row["yellow"]] == alone
        assert row["new"] == (found["change"] == "new").sum()
        largest = found["amount"].astype("float64").max()
        assert row["amount"] == largest or (pd.isna(row["amount"]) and pd.isna(largest))


def test_one_case_written_again_leaves_the_others_in_the_index_and_who_asked_is_logged(desk, batch):
    out, _, _ = batch
    before = len(list(desk.workspace.store.audit.entries()))
    written = write_reports(desk, out, case_ids=["C3"], languages=("zh",), as_of=DAY)
    assert [item.case_id for item in written] == ["C3"]
    assert "云江区融资服务费" in (out / "index.html").read_text("utf-8")
    entries = list(desk.workspace.store.audit.entries())[before:]
    reported = [entry for entry in entries if entry.action == "report"]
    assert len(reported) == 1 and reported[0].object == "C3" and reported[0].details["reports"] == 1
    run = desk.workspace.store.runs.all()[-1]
    assert (run["kind"], run["outcome"], run["details"]["failed"]) == ("report", "ok", 0)


def test_a_case_or_edition_that_does_not_exist_is_refused_before_anything_is_written(desk, tmp_path):
    with pytest.raises(UsageError, match="there is no case 'C9'"):
        write_reports(desk, tmp_path / "out", case_ids=["C1", "C9"])
    assert not (tmp_path / "out").exists()


def test_a_report_that_fails_is_marked_in_manifest_and_index(desk, tmp_path, monkeypatch):
    """The real notebook with a cell that fails in one case; the copy lies where CASELENS_NOTEBOOKS says."""
    from caselens.operations.batch import REPORT_NOTEBOOK, notebooks_folder

    book = json.loads((notebooks_folder() / REPORT_NOTEBOOK).read_text("utf-8"))
    last = [cell for cell in book["cells"] if cell["cell_type"] == "code"][-1]
    last["source"] = ["assert case_id != 'C1', 'broken on purpose'"]
    (tmp_path / "books").mkdir()
    (tmp_path / "books" / REPORT_NOTEBOOK).write_text(json.dumps(book), "utf-8")
    monkeypatch.setenv("CASELENS_NOTEBOOKS", str(tmp_path / "books"))
    out = tmp_path / "out"
    written = write_reports(desk, out, case_ids=["C1", "C3"], languages=("en",), as_of=DAY)
    assert [(item.case_id, item.outcome.reason) for item in written] == [
        ("C1", "AssertionError: broken on purpose"), ("C3", ""),
    ]  # fmt: skip
    assert json.loads((out / "C1" / "en" / "manifest.json").read_text())["failed"] is True
    assert "broken on purpose" in (out / "C1" / "en" / LOG).read_text()
    index = (out / "index.html").read_text("utf-8")
    assert index.count("<td>failed</td>") == 1 and index.count("<td>done</td>") == 1


def held(checks, *kinds):
    """What does not hold, of these kinds (all where none is named)."""
    return [(c.kind, c.name, c.holds) for c in checks if not c.holds and (not kinds or c.kind in kinds)]


DATA = ("page", "input", "table", "settings", "decisions", "findings", "notebook")


def test_verify_finds_nothing_where_nothing_changed_and_each_thing_that_did(desk, batch, tmp_path):
    out, _, _ = batch
    whole = tmp_path / "moved"
    shutil.copytree(desk.workspace.folder.root.parent, whole / "city")
    shutil.copytree(out / "C1", whole / "C1")
    report, place = whole / "C1" / "zh", whole / "city" / "workspace"
    checks = verify(report, place)
    assert held(checks) == [] and {check.kind for check in checks} >= {*DATA, "code", "python", "package"}
    assert {check.name for check in checks if check.kind == "table"} >= {"payments", "persons", "cases"}
    assert held(verify(report / "index.html", place)) == held(verify(report / "manifest.json", place)) == []

    page = report / "index.html"
    content = page.read_bytes()
    page.write_bytes(content.replace("兄弟".encode(), "姐妹".encode()) + b" ")
    assert held(verify(report, place)) == held(verify(report, page_only=True)) == [("page", "index.html", False)]
    page.write_bytes(content)

    raw = place / "raw" / "payments.csv"
    kept = raw.read_bytes()
    raw.write_bytes(kept.replace(b"2500000", b"2600000"))
    assert ("input", "payments.csv", False) in held(verify(report, place), *DATA)
    raw.unlink()
    assert ("input", "payments.csv", False) in held(verify(report, place), *DATA)
    raw.write_bytes(kept)

    broken = next((place / "accepted" / "persons").glob("*.parquet"))
    rows = broken.read_bytes()
    broken.write_bytes(rows[: len(rows) // 2])
    assert ("table", "persons", None) in held(verify(report, place), *DATA)
    broken.write_bytes(rows)

    open_workspace(place).workspace.store.decide("same", "persons", ["O", "X"], "同一人", "甲")
    assert [kind for kind, _, _ in held(verify(report, place), *DATA)] == ["decisions", "findings"]
    (whole / "more.csv").write_text("person_id,name\nY,又一人\n")
    (whole / "more.csv").rename(whole / "persons.csv")
    open_workspace(place).intake(whole / "persons.csv")
    changed = held(verify(report, place), *DATA)
    assert ("table", "persons", False) in changed and any(kind == "input" for kind, _, _ in changed)


def test_verify_does_not_take_what_it_cannot_compare_for_unchanged(batch, tmp_path):
    out, _, _ = batch
    shutil.copytree(out / "C1", tmp_path / "far" / "away" / "C1")
    report = tmp_path / "far" / "away" / "C1" / "zh"
    checks = verify(report)
    assert {check.kind for check in checks if check.holds is None} == {
        "input", "table", "settings", "decisions", "findings",
    }  # fmt: skip
    run = CliRunner().invoke(app, ["verify", str(report)])
    assert run.exit_code == 1 and "not compared" in run.stdout
    alone = CliRunner().invoke(app, ["verify", str(report), "--page"])
    assert alone.exit_code == 0 and "page index.html" in alone.stdout
    with pytest.raises(UsageError, match="manifest"):
        verify(tmp_path)
    whole = json.loads((report / "manifest.json").read_text("utf-8"))
    for damaged in ("{", "[]", json.dumps({**whole, "inputs": 7}), json.dumps({**whole, "page": {}})):
        (report / "manifest.json").write_text(damaged, "utf-8")
        with pytest.raises(UsageError, match="manifest"):
            verify(report)


#: Builds the city, screens it and writes one report, all in a process of its own.
FROM_NOTHING = """
import json, sys
from datetime import date
from pathlib import Path
from caselens.operations import write_reports
from tests.cities import desk_of
folder = Path(sys.argv[1])
desk = desk_of(folder, json.loads(sys.argv[2]))
day = date.fromisoformat(sys.argv[3])
written = write_reports(desk, folder / "out", case_ids=["C1"], languages=("zh",), as_of=day, jobs=1)
sys.exit(0 if all(item.outcome.ok for item in written) else 1)
"""


@pytest.mark.long
def test_the_same_inputs_give_the_same_bytes_in_another_process_folder_and_hash_seed(tmp_path):
    pages, manifests = [], []
    for seed in ("1", "77"):
        folder, temporary = tmp_path / f"place-{seed}", tmp_path / f"temporary-{seed}"
        temporary.mkdir()
        environment = {
            **os.environ, "PYTHONHASHSEED": seed, "TMPDIR": str(temporary), "TZ": f"UTC{seed[0]}",
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]),
        }  # fmt: skip
        command = [sys.executable, "-c", FROM_NOTHING, str(folder), json.dumps(CITY), DAY.isoformat()]
        subprocess.run(command, env=environment, check=True, timeout=280)
        report = folder / "out" / "C1" / "zh"
        pages.append((report / "index.html").read_bytes())
        manifests.append(json.loads((report / "manifest.json").read_text("utf-8")))
        assert not list(temporary.glob("caselens*")), "nothing stays in the temporary folder"
    assert pages[0] == pages[1]
    for told in manifests:
        del told["run"]
    assert manifests[0] == manifests[1]
    # Times are not in the page: only the day it is of, which was given.
    assert date.today().isoformat().encode() not in pages[0]


def test_the_command_line_writes_and_verifies(desk, tmp_path):
    out = tmp_path / "reports"
    command = ["report", str(desk.workspace.folder.root), "--case", "C3", "--lang", "zh", "--out", str(out)]
    run = CliRunner().invoke(app, [*command, "--as-of", "2026-05-04", "--timeout", "120", "--memory", "3"])
    assert run.exit_code == 0, run.output
    assert "C3 zh" in run.stderr and "1 report(s)" in run.stdout
    checked = CliRunner().invoke(app, ["verify", str(out / "C3" / "zh")])
    assert checked.exit_code == 0, checked.stdout
    assert "✓ page index.html: 一致 holds" in checked.stdout and "packages of the same version" in checked.stdout
    with pytest.raises(UsageError, match="YYYY-MM-DD"):
        CliRunner().invoke(app, [*command, "--as-of", "May"], catch_exceptions=False)


def city_of(cases: int) -> dict[str, str]:
    """So many cases about one official and his brother, in turn."""
    rows = [f"N{n:04d},案件{n},2023-03-01,open\n" for n in range(cases)]
    subjects = [f"N{n:04d},{'OK'[n % 2]},subject\n" for n in range(cases)]
    return {
        **FEE,
        "cases": "case_id,title,opened_on,status\n" + "".join(rows),
        "case_subjects": "case_id,entity_id,role\n" + "".join(subjects),
    }


@pytest.mark.long
def test_preparing_and_indexing_grow_with_the_number_of_cases_not_with_its_square(tmp_path):
    """Work is counted in calls of Python functions, which no other load of the machine changes."""
    from caselens.operations._index import write_index
    from caselens.operations.batch import _tasks, page_place

    def calls(cases: int) -> int:
        desk = desk_of(tmp_path / str(cases), city_of(cases))
        desk.screening()
        out = tmp_path / str(cases) / "out"
        for case_id in desk.cases()["case_id"]:
            page = page_place(out, case_id, "zh")
            page.parent.mkdir(parents=True)
            page.write_text("", "utf-8")
        counted = 0

        def count(frame, event, argument):
            nonlocal counted
            counted += event in ("call", "c_call")

        sys.setprofile(count)
        try:
            tasks = list(_tasks(desk, out, (), ("zh",), ("full",), DAY, 60.0, 1 << 30))
            write_index(desk, out, ("zh",), totals(desk), page_place)
        finally:
            sys.setprofile(None)
        assert len(tasks) == cases and (out / "index.html").read_text("utf-8").count("index.html") >= cases
        return counted

    few, many = calls(100), calls(400)
    # Linear: at most 4 times as many (less, for part of it is done once); quadratic: up to 16 times.
    assert many < 5 * few, (few, many)
