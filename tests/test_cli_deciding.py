"""Deciding on the command line, as an analyst does it from one screening to the next; the same calls in one process."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import shutil
import sqlite3
import sys
import warnings
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.cities import FEE
from tests.test_cli import folder_of

from caselens.cli import main

#: Whole runs through files and processes: minutes together.
pytestmark = pytest.mark.long

LINE = "payment_id,paid_at,payer_account,payee_account,amount,memo\n"


class Done(NamedTuple):
    """What a command left."""

    returncode: int
    stdout: str
    stderr: str


def caselens(*arguments: str, cwd: Path) -> Done:
    """What ``main`` does with these arguments in this folder, without the seconds that a process takes to start."""
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(cwd),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.MonkeyPatch.context() as patch,
        warnings.catch_warnings(),
    ):
        patch.setattr(sys, "argv", ["caselens", *arguments])
        try:
            main()
        except SystemExit as done:
            return Done(int(done.code or 0), out.getvalue(), err.getvalue())
    return Done(0, out.getvalue(), err.getvalue())


@pytest.fixture(scope="module")
def screened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("deciding")
    folder_of(place / "files", FEE)
    for arguments in (("new", "W"), ("intake", "W", "files"), ("screen", "W")):
        said(*arguments, cwd=place)
    return place


@pytest.fixture
def office(screened: Path, tmp_path: Path) -> Path:
    """A copy of the screened workspace, for each test its own."""
    shutil.copytree(screened / "W", tmp_path / "W")
    return tmp_path


def said(*arguments: str, cwd: Path) -> str:
    done = caselens(*arguments, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def statuses(cwd: Path) -> dict[str, tuple[str, str]]:
    said("findings", "W", "--format", "jsonl", "--out", "f.jsonl", cwd=cwd)
    found = [json.loads(line) for line in (cwd / "f.jsonl").read_text("utf-8").splitlines()]
    return {row["indicator"]: (row["status"], row["change"]) for row in found}


def test_a_cleared_matter_is_not_raised_again_until_its_evidence_grows(office: Path) -> None:
    lead = rows(said("leads", "W", cwd=office))[0]["lead_id"]
    said("decide", "W", lead, "--as", "clear", "--reason", "已核实为借款", "--by", "某甲", cwd=office)
    # More rows that have nothing to do with it: screened anew, and still cleared.
    folder_of(office / "more", {"payments": LINE + "p8,2016-09-01,aS,aH,10,电费\n"})
    said("intake", "W", "more", cwd=office)
    done = caselens("screen", "W", cwd=office)
    assert done.returncode == 0 and "new evidence" not in done.stderr
    assert statuses(office)["flow-pass-through"] == ("cleared", "same")
    # A third transfer to the brother within the days of the same slip: the evidence grew.
    folder_of(office / "grown", {"payments": LINE + "p9,2016-06-07,aM,aK,300000,\n"})
    said("intake", "W", "grown", cwd=office)
    done = caselens("screen", "W", cwd=office)
    assert "已了结事项出现新证据" in done.stderr
    # It stays told, screening after screening, until a person decides again.
    said("screen", "W", cwd=office)
    assert statuses(office)["flow-pass-through"] == ("cleared", "changed")
    (row, *_) = rows(said("leads", "W", cwd=office))
    assert row["new_evidence"] == "True" and row["status"] == "cleared"
    said("decide", "W", row["lead_id"], "--as", "self_reported", "--reason", "本人已补充说明", cwd=office)
    assert statuses(office)["flow-pass-through"] == ("self_reported", "same")
    assert "new evidence" not in caselens("screen", "W", cwd=office).stderr


def test_a_lead_is_disposed_of_with_a_clock_and_the_disposition_is_undone(office: Path) -> None:
    (before, *_) = rows(said("leads", "W", "--case", "C1", cwd=office))
    assert (before["grade"], before["disposition"], before["clock"]) == ("urgent", "", "received")
    assert json.loads(before["indicators"])[0] == "flow-pass-through" and "待确认" in before["note_zh"]
    with open(office / "W" / "settings.toml", "a", encoding="utf-8") as file:
        file.write("\n[clocks]\npreliminary_check = 10\n")
    made = said("decide", "W", before["lead_id"], "--as", "初步核实", "--reason", "拟查账", "--by", "某甲", cwd=office)
    done = caselens("leads", "W", "--on", "2200-01-01", cwd=office)
    (row, *_) = rows(done.stdout)
    assert (row["disposition"], row["disposition_reason"], row["decided_by"]) == ("preliminary_check", "拟查账", "某甲")
    assert int(row["overdue_days"]) > 60_000 and "超期" in done.stderr
    said("undo", "W", made.split(":")[0], "--reason", "笔误", "--by", "某甲", cwd=office)
    assert rows(said("leads", "W", cwd=office))[0]["disposition"] == ""


def test_the_positional_form_decides_who_is_who_and_undoes(office: Path) -> None:
    made = said("decide", "W", "same", "O", "X", "--reason", "同一身份证", "--by", "某甲", cwd=office)
    (row,) = rows(said("decisions", "W", cwd=office))
    assert (row["kind"], row["object_table"], row["decision_id"]) == ("same", "persons", made.split(":")[0])
    said("decide", "W", "undo", row["decision_id"], "--reason", "笔误", "--by", "某甲", cwd=office)
    assert rows(said("decisions", "W", cwd=office)) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nothing", "--as", "clear"), "there is no finding or lead nothing"),
        (("O", "--as", "shred"), "'shred' is no decision"),
        (("nothing", "--as", "立案"), "there is no lead 'nothing'"),
        (("O", "U", "--as", "same"), "never one party"),
        (("clear",), "say what is decided"),
    ],
)
def test_what_cannot_be_decided_is_a_sentence(screened: Path, arguments: tuple[str, ...], sentence: str) -> None:
    done = caselens("decide", "W", *arguments, "--reason", "r", "--by", "某甲", cwd=screened)
    assert done.returncode == 2 and sentence in done.stderr


def test_the_audit_log_tells_who_did_what_and_a_changed_entry_is_found(office: Path) -> None:
    said("leads", "W", "--case", "C1", "--purpose", "线索排查", cwd=office)
    log = rows(said("audit", "W", cwd=office))
    assert [row["action"] for row in log] == ["screen", "open", "export"]
    assert (log[1]["object"], log[1]["purpose"]) == ("C1", "线索排查")
    whole = said("audit", "verify", "W", cwd=office)
    head = whole.split("末条 ")[1].split()[0]
    assert "3 entries" in whole and head.startswith("3:")
    said("audit", "W", "--verify", "--head", head, cwd=office)
    with sqlite3.connect(office / "W" / "store.db") as database:
        database.execute("DROP TRIGGER audit_log_no_update")
        database.execute("UPDATE audit_log SET purpose = '别的' WHERE seq = 2")
    done = caselens("audit", "verify", "W", cwd=office)
    assert done.returncode == 1 and "第 2 条内容与其校验值不符" in done.stderr


def test_access_is_checked_once_somebody_was_granted_something(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASELENS_USER", "chief")
    said("grant", "W", "chief", "--case", "*", "--role", "supervisor", cwd=office)
    said("grant", "W", "reader", "--case", "C1", "--role", "reader", "--purpose", "核查", cwd=office)
    lead = rows(said("leads", "W", cwd=office))[0]["lead_id"]
    monkeypatch.setenv("CASELENS_USER", "reader")
    said("leads", "W", "--case", "C1", cwd=office)
    commands = (
        ("leads", "W"),
        ("decide", "W", lead, "--as", "dismiss", "--reason", "r"),
        ("decide", "W", lead, "--as", "立案", "--reason", "r"),
        ("audit", "W"),
        ("grant", "W", "reader", "--case", "*", "--role", "supervisor"),
        ("entities", "W"),
        ("requests", "W"),
        ("trace", "W", "--from", "aM", "--amount", "1"),
        ("ftm", "W", "--out", "ftm.jsonl"),
        ("findings", "W", "--out", "f.csv"),
    )
    for refused in commands:
        done = caselens(*refused, cwd=office)
        assert done.returncode == 2 and "not assigned" in done.stderr, refused
    monkeypatch.setenv("CASELENS_USER", "stranger")
    assert caselens("dossier", "W", "--case", "C1", cwd=office).returncode == 2
    monkeypatch.setenv("CASELENS_USER", "chief")
    said("grant", "W", "chief", "--case", "*", "--role", "auditor", cwd=office)
    refusals = [row for row in rows(said("audit", "W", cwd=office)) if row["action"] == "refused"]
    assert [row["who"] for row in refusals] == ["reader"] * len(commands) + ["stranger"]


def test_a_colleague_or_kin_of_a_party_is_warned_and_the_warning_is_logged(
    office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open(office / "W" / "settings.toml", "a", encoding="utf-8") as file:
        file.write(
            '\n[analysts]\nbrother = { person = "K" }\ncolleague = { units = ["U"] }\nstranger = { person = "X" }\n'
        )
    told = {}
    for who in ("brother", "colleague", "stranger"):
        monkeypatch.setenv("CASELENS_USER", who)
        told[who] = caselens("leads", "W", "--case", "C1", cwd=office).stderr
    assert "王某系您的亲属" in told["brother"] and "您本人（王小）是本案当事人" in told["brother"]
    assert "王某与您同在云江区财政局任职" in told["colleague"] and "亲属" not in told["colleague"]
    assert "回避" not in told["stranger"]
    opened = [json.loads(r["details"]) for r in rows(said("audit", "W", cwd=office)) if r["action"] == "open"]
    assert opened == [{"ties": ["self K", "kin O"]}, {"ties": ["colleague O"]}, {}]


def test_requests_and_referrals_are_kept_as_sent(office: Path) -> None:
    asked = (
        "send",
        "W",
        "--case",
        "C1",
        "--to",
        "云江银行",
        "--asks",
        "aM 流水",
        "--due",
        "2200-01-01",
        "--by",
        "某甲",
    )
    made = said(*asked, cwd=office).split(":")[0]
    said("answered", "W", made, "--file", "补.xlsx", "--by", "某乙", cwd=office)
    (row,) = rows(said("sent", "W", cwd=office))
    assert (row["addressee"], row["received_file"]) == ("云江银行", "补.xlsx")
    (office / "卷一.pdf").write_bytes(b"paper")
    handed = said("refer", "W", "卷一.pdf", "--case", "C1", "--from", "市纪委", "--to", "市检察院", cwd=office).split(
        ":"
    )[0]
    said("accepted", "W", handed, "--by", "某丁", cwd=office)
    (row,) = rows(said("sent", "W", "--referrals", cwd=office))
    assert row["accepted_by"] == "某丁" and row["items"].startswith("卷一.pdf sha256:")


def test_the_dossier_names_volume_and_page_or_file_and_row(office: Path) -> None:
    said("file", "W", "payments.csv", "--volume", "卷三", "--pages", "12-40", cwd=office)
    said("dossier", "W", "--case", "C1", "--out", "d.html", cwd=office)
    page = (office / "d.html").read_text("utf-8")
    assert "卷三 第12–40页" in page and "financings.csv" in page and "http" not in page.split("<body")[1][:200]
    said("dossier", "W", "--case", "C1", "--format", "csv", "--out", "d.csv", cwd=office)
    items = rows((office / "d.csv").read_text("utf-8-sig"))
    assert [item["no"] for item in items] == [str(n) for n in range(1, len(items) + 1)]
    first = next(item for item in items if item["key"] == "p1")
    assert (first["volume"], first["page_from"], first["source_file"], first["source_row"]) == (
        "卷三",
        "12",
        "payments.csv",
        "2",
    )


@pytest.mark.postgres
def test_the_same_on_postgresql_by_its_address_in_the_settings(office: Path, postgres_url: str) -> None:
    said("decide", "W", "same", "O", "X", "--reason", "同一身份证", "--by", "某甲", cwd=office)
    settings = office / "W" / "settings.toml"
    settings.write_text(f'store = "{postgres_url}"\n' + settings.read_text("utf-8"), encoding="utf-8")
    # Two findings, the decision, the run, and an entry of the log for each of the two.
    assert "6 row(s) copied" in said("copy-store", "W", cwd=office)
    (row,) = rows(said("decisions", "W", cwd=office))
    said("undo", "W", row["decision_id"], "--reason", "笔误", "--by", "某甲", cwd=office)
    (lead, *_) = rows(said("leads", "W", cwd=office))
    said("decide", "W", lead["lead_id"], "--as", "dismiss", "--reason", "租金", "--by", "某甲", cwd=office)
    assert statuses(office)["flow-pass-through"][0] == "dismissed"
    assert "whole" in said("audit", "verify", "W", cwd=office)
    assert [(run["kind"], run["outcome"]) for run in rows(said("runs", "W", cwd=office))] == [("screen", "ok")]
