"""Disk full, a file that changes while it is read, damaged files, a clock that goes back, a kill at any moment.

After each: nothing accepted is lost, nothing half-written is visible, the next run goes on.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.cities import FEE, desk_of

from caselens.api import new_workspace, open_workspace
from caselens.cli import main
from caselens.core.errors import CaselensError, DataError
from caselens.operations.exports import export
from caselens.workspace.repair import repair

#: Whole runs through files and processes: minutes together.
pytestmark = pytest.mark.long

HEAD = "account_id,holder_id\n"


def accounts(path: Path, mark: str, rows: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        HEAD + "".join(f"{mark}{row},{hashlib.sha256(f'{mark}{row}'.encode()).hexdigest()}\n" for row in range(rows))
    )
    return path


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own of four megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", place], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("mounting a small disk needs root")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk_loses_nothing_and_the_next_intake_goes_on(small_disk, tmp_path):
    given = tmp_path / "given"
    accounts(given / "a" / "accounts.csv", "A", 2_000)
    accounts(given / "b" / "accounts.csv", "B", 60_000)  # 4 MB as it came, and as much again as rows
    accounts(given / "c" / "accounts.csv", "C", 2_000)
    desk = new_workspace(small_disk / "W")
    with pytest.raises(CaselensError, match=r"b/accounts.csv was not taken in.*no room"):
        desk.intake(given)
    again = open_workspace(small_disk / "W")
    assert again.table("accounts").count().execute() == 2_000
    assert not list((small_disk / "W").glob(".intake-*"))
    # Room is made: the disk grows.
    subprocess.run(["mount", "-o", "remount,size=60m", small_disk], check=True)
    taken = again.intake(given)
    assert [entry.refusal for entry in taken.entries] == ["", ""] and taken.known == ("a/accounts.csv",)
    assert again.table("accounts").count().execute() == 64_000


@pytest.mark.parametrize("left", [100_000, 400_000, 1_500_000, 3_000_000])
def test_wherever_the_disk_is_full_a_file_is_in_whole_or_not_at_all(small_disk, tmp_path, left):
    given = accounts(tmp_path / "given" / "accounts.csv", "A", 12_000)  # 0.85 MB, and its rows 0.9 MB
    desk = new_workspace(small_disk / "W")
    free = os.statvfs(small_disk)
    (small_disk / "ballast").write_bytes(bytes(max(free.f_bavail * free.f_frsize - left, 0)))
    with suppress(CaselensError):  # where it does not fit, which is for the sizes to decide
        taken = desk.intake(given)
        assert not taken.entries[0].refusal and taken.entries[0].tables[0].accepted == 12_000
    entries = open_workspace(small_disk / "W").workspace.catalog.entries()
    assert [entry.refusal for entry in entries] in ([], [""])
    assert open_workspace(small_disk / "W").table("accounts").count().execute() == 12_000 * len(entries)
    (small_disk / "ballast").unlink()
    again = open_workspace(small_disk / "W")
    again.intake(given)
    assert again.table("accounts").count().execute() == 12_000


def test_a_full_disk_on_the_command_line_is_a_sentence(small_disk, monkeypatch, capsys):
    free = os.statvfs(small_disk)
    (small_disk / "ballast").write_bytes(bytes(free.f_bavail * free.f_frsize - 20_000))
    monkeypatch.setattr(sys, "argv", ["caselens", "templates", str(small_disk / "templates")])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr().err
    assert ended.value.code == 1 and "No space left" in said and "Traceback" not in said


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", "xlsx"])
def test_an_export_that_does_not_fit_leaves_the_old_one_and_no_half(small_disk, kind):
    import pandas as pd

    export(pd.DataFrame({"a": ["old"]}), small_disk / "out", kind)
    before = (small_disk / "out").read_bytes()
    digests = [hashlib.sha512(str(number).encode()).hexdigest() for number in range(80_000)]  # 10 MB that do not pack
    with pytest.raises(OSError, match="No space left"):
        export(pd.DataFrame({"a": digests}), small_disk / "out", kind)
    assert [path.name for path in small_disk.iterdir()] == ["out"]
    assert (small_disk / "out").read_bytes() == before


def test_a_file_that_grows_while_it_is_read_is_what_its_hash_says(tmp_path):
    file = accounts(tmp_path / "given" / "accounts.csv", "A", 50_000)
    stop = threading.Event()

    def grow() -> None:
        number = 0
        while not stop.is_set():
            with open(file, "a", encoding="utf-8") as end:
                end.write(f"N{number},x\n")
            number += 1
            time.sleep(0.0005)

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        desk = new_workspace(tmp_path / "W")
        desk.intake(tmp_path / "given")
    finally:
        stop.set()
        writer.join()
    for entry in desk.workspace.catalog.entries():
        raw = (desk.workspace.folder.raw / entry.source_file).read_bytes()
        (part,) = entry.tables
        assert hashlib.sha256(raw).hexdigest() == entry.sha256
        assert part.rows_in == len(raw.splitlines()) - 1 == part.accepted + part.quarantined + part.repeated
    # It has come to rest: the next intake has all of it, and no row twice.
    desk.intake(tmp_path / "given")
    assert desk.table("accounts").count().execute() == len(file.read_text().splitlines()) - 1


def test_a_clock_that_goes_back_changes_no_order(tmp_path, monkeypatch):
    import caselens.workspace.intake as module

    class _Back(module.datetime):
        days = iter(range(400))

        @classmethod
        def now(cls, tz=None):
            return module.datetime(2030, 1, 1, tzinfo=tz) - __import__("datetime").timedelta(days=next(cls.days))

    desk = desk_of(tmp_path / "office", FEE)
    monkeypatch.setattr(module, "datetime", _Back)
    for number, holder in enumerate(("O", "K", "X")):
        (tmp_path / "accounts.csv").write_text(f"account_id,holder_id\naZ,{holder}\n#{number},K\n")
        desk.intake(tmp_path / "accounts.csv")
    rows = desk.table("accounts").execute().set_index("account_id")
    assert rows.loc["aZ", "holder_id"] == "X"  # what came last is in force, whatever the clock said
    store = desk.workspace.store
    first = store.decide("dismiss", "findings", ["f"], "no", "one")
    store.decide("confirm", "findings", ["f"], "yes", "two")
    assert store.statuses()["f"] == "confirmed" and first in {d.decision_id for d in store.decisions()}
    future = time.time() + 10**6
    for path in desk.workspace.folder.root.rglob("*"):
        os.utime(path, (future, future))
    again = open_workspace(desk.workspace.folder.root)
    assert again.table("accounts").count().execute() == len(rows)


def spoil(path: Path, how: str) -> None:
    content = bytearray(path.read_bytes())
    match how:
        case "cut":
            path.write_bytes(content[: len(content) // 2])
        case "emptied":
            path.write_bytes(b"")
        case "gone":
            path.unlink()
        case "flipped":  # in the middle of the values, where Parquet itself may notice nothing
            content[len(content) // 4] ^= 1
            path.write_bytes(content)


@pytest.mark.parametrize("how", ["cut", "emptied", "gone", "flipped"])
def test_a_damaged_file_is_named_and_made_again(tmp_path, how):
    desk = desk_of(tmp_path / "office", FEE)
    more = tmp_path / "more"
    more.mkdir()
    # Of the later file one row repeats an earlier one, one replaces an earlier one, one is new, one is wrong.
    (more / "payments.csv").write_text(
        "payment_id,paid_at,payer_account,payee_account,amount,memo\np1,2016-06-01,aS,aM,2500000,服务费\n"
        "p4,2016-06-12,aO,aH,87.5,电费\np9,2016-06-13,aO,aH,1,\np10,never,aO,aH,1,\n"
    )
    desk.intake(more)
    rows = desk.table("payments").execute().sort_values("payment_id").reset_index(drop=True)
    wrong, told = desk.quarantine(), (desk.as_of, desk.findings()["finding_id"].tolist())
    catalog, root = desk.workspace.catalog, desk.workspace.folder.root
    first = next(entry for entry in catalog.entries() if entry.source_file == "payments.csv")
    hurt = catalog.parquet(first, "payments")
    spoil(hurt, how)
    with pytest.raises(DataError, match=f"accepted/payments/{hurt.name}: is .*rows of payments.csv.*caselens repair"):
        open_workspace(root).screen()

    assert "payments.csv" in repair(root)
    again = open_workspace(root)
    assert again.table("payments").execute().sort_values("payment_id").reset_index(drop=True).equals(rows)
    assert again.quarantine().equals(wrong)
    assert (again.as_of, again.findings()["finding_id"].tolist()) == told
    assert repair(root) == []


def test_where_the_file_as_received_is_damaged_too_nothing_is_made_up(tmp_path):
    desk = desk_of(tmp_path / "office", FEE)
    root = desk.workspace.folder.root
    for path in (*(root / "accepted" / "payments").iterdir(), root / "raw" / "payments.csv"):
        spoil(path, "cut")
    with pytest.raises(DataError, match=r"raw/payments.csv: the file as received is damaged"):
        repair(root)


def test_damaged_quarantine_and_catalog_are_named(tmp_path):
    (tmp_path / "accounts.csv").write_text('account_id\nA\n""\n,x\n')
    desk = new_workspace(tmp_path / "W")
    desk.intake(tmp_path / "accounts.csv")
    (kept,) = (tmp_path / "W" / "quarantine" / "accounts").iterdir()
    spoil(kept, "cut")
    with pytest.raises(DataError, match="quarantine/accounts/000001.parquet"):
        open_workspace(tmp_path / "W")
    assert repair(tmp_path / "W") == ["accounts.csv"]
    assert len(open_workspace(tmp_path / "W").quarantine()) == 2
    spoil(tmp_path / "W" / "catalog" / "000001.json", "cut")
    with pytest.raises(DataError, match="catalog/000001.json: not what was written"):
        open_workspace(tmp_path / "W")


@pytest.fixture
def kills(tmp_path: Path, root: Path) -> Callable[[dict[str, int]], list[tuple[str, float, int, list[str]]]]:
    """Kill processes at random moments, so many of each activity, and say what was wrong afterwards."""

    def run(counts: dict[str, int]) -> list[tuple[str, float, int, list[str]]]:
        command = [sys.executable, "-m", "benchmarks._faults_kill", str(tmp_path / "place"), json.dumps(counts)]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=1200)
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout)

    return run


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_twenty_kills_lose_nothing(kills):
    found = kills({"intake": 6, "decisions": 5, "screening": 4, "refresh": 3, "reporting": 2})
    assert len(found) == 20
    assert not [item for item in found if item[3]], [item for item in found if item[3]]
    assert sum(item[2] for item in found) > 0, "nothing was ever finished: the kills came before any work"


@pytest.mark.long
@pytest.mark.timeout(1500)
def test_three_hundred_bad_inputs_are_accounted_for_and_reported(tmp_path, root):
    command = [sys.executable, "-m", "benchmarks._faults_fuzz", str(tmp_path / "place"), "300", "7"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=1500)
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    assert told["problems"] == []
    assert told["inputs"] == 300 and told["reports"] == 2
    rows = told["rows"]
    assert rows["rows_in"] == rows["accepted"] + rows["quarantined"] + rows["repeated"]
    # The mutations are bad and not so bad that nothing is read: each fate occurs.
    assert told["fates"]["refused"] > 20 and told["fates"]["read"] > 50 and rows["quarantined"] > 20
