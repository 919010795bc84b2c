"""The command line as somebody uses it for the first time: real processes, real files, exit statuses and sentences."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cities import FEE

from caselens import __version__
from caselens.tables import TABLES


def caselens(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command line; whatever happens, a traceback must not reach the user."""
    command = [sys.executable, "-m", "caselens.cli", *map(str, arguments)]
    environment = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env=environment)
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    return done


def folder_of(path: Path, tables: dict[str, str]) -> Path:
    path.mkdir()
    for name, text in tables.items():
        (path / f"{name}.csv").write_text(text, encoding="utf-8")
    return path


def test_it_says_its_version(tmp_path):
    told = caselens("--version", cwd=tmp_path)
    assert (told.returncode, told.stdout.strip()) == (0, f"caselens {__version__}")


@pytest.fixture(scope="module")
def screened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which ``W`` was made, filled and screened by the three commands of the README."""
    place = tmp_path_factory.mktemp("office")
    folder_of(place / "files", FEE)
    for arguments in (("new", "W"), ("intake", "W", "files"), ("screen", "W")):
        done = caselens(*arguments, cwd=place)
        assert done.returncode == 0, done.stderr
    return place


def test_plain_way_writes_findings_in_the_columns_of_the_contract(screened: Path) -> None:
    assert caselens("findings", "W", "--format", "csv", "--out", "f.csv", cwd=screened).returncode == 0
    with open(screened / "f.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [column.name for column in TABLES["findings"].columns]
    # Passed on by an intermediary, and public money that reached the official's circle: two reasons, one matter.
    assert [row["indicator"] for row in rows] == ["flow-pass-through", "flow-commingled-trace"]
    assert {subject["role"] for subject in json.loads(rows[0]["subjects"])} >= {"official", "intermediary"}
    assert {"table": "payments", "key": "p1", "role": "inflow"} in json.loads(rows[0]["evidence"])
    assert float(rows[0]["amount"]) == 1_780_000


def test_json_lines_keep_lists_as_lists(screened: Path) -> None:
    assert caselens("findings", "W", "--format", "jsonl", "--out", "f.jsonl", cwd=screened).returncode == 0
    row = json.loads((screened / "f.jsonl").read_text("utf-8").splitlines()[0])
    assert isinstance(row["evidence"], list)
    assert row["first_seen"] == row["last_seen"] == "2016-06-12"  # the latest payment, not the clock


def test_assessments_say_what_could_not_be_assessed(screened: Path) -> None:
    assert caselens("assessments", "W", "--out", "a.csv", cwd=screened).returncode == 0
    with open(screened / "a.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [column.name for column in TABLES["assessments"].columns]
    chain = next(row for row in rows if row["indicator"] == "life-cost-chain")
    assert (chain["state"], "projects" in chain["reason"]) == ("not_assessable", True)


def test_coverage_comes_before_any_result(screened: Path) -> None:
    done = caselens("coverage", "W", cwd=screened)
    assert done.returncode == 0
    assert "life-cost-chain" in done.stdout
    assert "projects" in done.stdout


def test_taking_in_the_same_folder_again_adds_nothing(screened: Path) -> None:
    done = caselens("intake", "W", "files", cwd=screened)
    assert done.returncode == 0
    assert "byte for byte" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("screen", "nowhere"), "no workspace"),
        (("report", "W"), "--case"),
        (("report", "W", "--case", "C9"), "C1"),
        (("findings", "W", "--format", "docx", "--out", "x"), "parquet"),
        (("new", "W"), "not an empty folder"),
        (("intake", "W", "missing"), "missing"),
    ],
)
def test_wrong_usage_is_a_sentence_and_exit_status_2(screened: Path, arguments: tuple[str, ...], words: str) -> None:
    done = caselens(*arguments, cwd=screened)
    assert done.returncode == 2
    assert words in done.stderr


def test_bad_rows_are_named_and_the_good_ones_stay(tmp_path: Path) -> None:
    payments = (
        "payment_id,paid_at,payer_account,payee_account,amount\n"
        "g1,2024-01-05,a,b,10\nb1,2024-13-05,a,b,10\nb2,2024-01-05,a,b,-3\n"
    )
    folder_of(tmp_path / "files", {"payments": payments})
    caselens("new", "W", cwd=tmp_path)
    done = caselens("intake", "W", "files", cwd=tmp_path)
    assert done.returncode == 1
    checked = caselens("check", "W", cwd=tmp_path)
    assert checked.returncode == 1
    from caselens.api import open_workspace

    desk = open_workspace(tmp_path / "W")
    assert desk.table("payments").count().execute() == 1
    told = {row.source_row: row.reasons for row in desk.quarantine().itertuples()}
    assert set(told) == {3, 4}
    assert "paid_at" in told[3]
    assert "2024-13-05" in told[3]
    assert "YYYY-MM-DD" in told[3]
    assert "amount" in told[4]
    assert "-3" in told[4]


def test_templates_are_taken_in_as_they_are(tmp_path: Path) -> None:
    assert caselens("templates", "forms", cwd=tmp_path).returncode == 0
    written = {path.stem for path in (tmp_path / "forms").glob("*.csv")}
    assert {"payments", "persons", "tenders"} <= written


def test_sample_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    for name in ("one", "two"):
        done = caselens("sample", name, "--seed", "3", "--people", "500", "--payments", "5000", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert "truth.json" in files
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes() for name in files)
