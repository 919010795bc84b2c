"""The audit log on SQLite and on PostgreSQL: what it finds, what it cannot find, and what never gets into it."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from caselens.core.errors import UsageError
from caselens.store import Store
from caselens.store.audit import GENESIS, HEAD_FILE
from caselens.store.engine import StoreError


def tampered(store: Store, *statements: str) -> None:
    """What the owner of the database can do: without the triggers that refuse it."""
    drop = (
        ["DROP TRIGGER audit_log_no_update", "DROP TRIGGER audit_log_no_delete"]
        if store.database.is_sqlite
        else ["DROP TRIGGER audit_log_append_only ON audit_log"]
    )
    with store.database.engine.begin() as connection:
        for statement in (*drop, *statements):
            connection.execute(sa.text(statement))


@pytest.fixture
def filled(store: Store) -> Store:
    for number in range(1, 6):
        store.audit.add("report", f"case C0{number}", who="某甲", why="核查", pages=number)
    return store


def test_entries_are_numbered_chained_and_come_back_as_written(filled: Store) -> None:
    entries = filled.audit.entries()
    assert [(e.seq, e.object, e.details) for e in entries[:2]] == [
        (1, "case C01", {"pages": 1}),
        (2, "case C02", {"pages": 2}),
    ]
    assert entries[0].previous_hash == GENESIS
    assert [e.previous_hash for e in entries[1:]] == [e.hash for e in entries[:-1]]
    assert [e.seq for e in filled.audit.entries(limit=2)] == [4, 5]
    found = filled.audit.verify()
    assert (
        found.ok
        and not found.notes
        and found.entries == 5
        and found.head == filled.audit.head() == (5, entries[-1].hash)
    )


def test_the_database_itself_refuses_to_change_or_remove_an_entry(filled: Store) -> None:
    for statement in ("UPDATE audit_log SET who = 'x' WHERE seq = 2", "DELETE FROM audit_log WHERE seq = 5"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), filled.database.engine.begin() as connection:
            connection.execute(sa.text(statement))
    assert filled.audit.verify().ok


@pytest.mark.parametrize(
    ("statements", "told"),
    [
        (("UPDATE audit_log SET who = '某乙' WHERE seq = 3",), "entry 3 does not fit its own hash"),
        (("UPDATE audit_log SET details = '{' WHERE seq = 3",), "entry 3 does not fit its own hash"),
        (("DELETE FROM audit_log WHERE seq = 3",), "entry 3 is missing"),
        (("DELETE FROM audit_log WHERE seq < 3",), "entry 1–2 is missing"),
        (
            (
                "UPDATE audit_log SET seq = 99 WHERE seq = 2",
                "UPDATE audit_log SET seq = 2 WHERE seq = 3",
                "UPDATE audit_log SET seq = 3 WHERE seq = 99",
            ),
            "entry 2 is not chained to the one before",
        ),
        (("DELETE FROM audit_log WHERE seq = 5",), "there was an entry 5, the log now ends at 4"),
        (("DELETE FROM audit_log",), "there was an entry 5, the log now ends at 0"),
    ],
    ids=["altered", "no JSON any more", "removed", "start removed", "reordered", "tail cut off", "emptied"],
)
def test_tampering_is_found(filled: Store, statements: tuple[str, ...], told: str) -> None:
    tampered(filled, *statements)
    found = filled.audit.verify()
    assert not found.ok
    assert any(told in problem.en for problem in found.problems), [problem.en for problem in found.problems]


def test_a_chain_computed_anew_is_found_only_by_a_head_kept_elsewhere(filled: Store, tmp_path: Path, url: str) -> None:
    kept = filled.audit.head()
    other = tmp_path / "other"
    other.mkdir()
    forged = Store("", other)  # the same five entries, one name changed, a chain of its own
    for number in range(1, 6):
        forged.audit.add("report", f"case C0{number}", who="某乙" if number == 2 else "某甲", why="核查", pages=number)
    assert forged.audit.verify().ok
    assert "written anew" in forged.audit.verify(heads=[kept]).problems[0].en
    assert filled.audit.verify(heads=[kept, (2, filled.audit.entries()[1].hash)]).ok


def test_without_its_head_a_cut_tail_cannot_be_told_and_that_is_said(filled: Store, tmp_path: Path) -> None:
    tampered(filled, "DELETE FROM audit_log WHERE seq = 5")
    (tmp_path / HEAD_FILE).unlink()
    found = filled.audit.verify()
    assert found.ok and "cannot be told" in found.notes[0].en


def test_an_entry_after_a_crash_before_the_head_was_kept_is_no_tampering(filled: Store, tmp_path: Path) -> None:
    before = (tmp_path / HEAD_FILE).read_bytes()
    filled.audit.add("refresh", "W")
    (tmp_path / HEAD_FILE).write_bytes(before)
    assert filled.audit.verify().ok


def test_two_processes_write_one_chain(store: Store, tmp_path: Path, url: str) -> None:
    script = (
        "import sys; from pathlib import Path; from caselens.store import Store\n"
        "store = Store(sys.argv[1], Path(sys.argv[2]))\n"
        "for n in range(30): store.audit.add('work', f'{sys.argv[3]} {n}')\n"
    )
    both = [subprocess.Popen([sys.executable, "-c", script, url, str(tmp_path), name]) for name in ("a", "b")]
    assert [process.wait(120) for process in both] == [0, 0]
    assert store.audit.verify().ok and not store.audit.verify().notes
    assert {e.object for e in store.audit.entries()} == {f"{name} {n}" for name in ("a", "b") for n in range(30)}


def test_numbers_of_persons_never_get_into_the_log_and_ids_stay(store: Store) -> None:
    entry = store.audit.add(
        "decide",
        "F 1111222233334444",
        why="身份证110101199003078515、卡号6222 0200 0000 0000 12、手机13800138000，金额 2500000",
        note="银行账号 6222020000000000123",
        finding_ids=["1111222233334444"],
        object_ids=["110101199003078515", "P00001"],
    )
    assert entry.purpose == "身份证〔…〕、卡号〔…〕、手机〔…〕，金额 2500000"
    assert entry.details == {
        "note": "银行账号 〔…〕",
        "finding_ids": ["1111222233334444"],
        "object_ids": ["〔…〕", "P00001"],
    }
    assert entry.object == "F 1111222233334444"


def test_untrusted_text_stays_one_line_of_text(store: Store) -> None:
    store.audit.add("open", "C1'); DROP TABLE audit_log; --\n2026-01-01 forged\x00\udcff", why="<script>")
    (entry,) = store.audit.entries()
    assert entry.object == "C1'); DROP TABLE audit_log; -- 2026-01-01 forged ?" and entry.purpose == "<script>"
    assert store.audit.verify().ok


def test_who_and_login_are_both_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASELENS_USER", "某丙")
    entry = store.audit.add("open", "C1")
    assert entry.who == "某丙" and entry.login and entry.login != "某丙"


@pytest.mark.parametrize(("action", "details"), [(" ", {}), ("x" * 65, {}), ("open", {"share": float("nan")})])
def test_what_is_no_entry_is_refused(store: Store, action: str, details: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        store.audit.add(action, **details)
    assert store.audit.entries() == []


def test_the_store_and_its_head_are_their_owners_alone(tmp_path: Path) -> None:
    Store("", tmp_path).audit.add("open", "C1")
    for path in tmp_path.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name
    assert json.loads((tmp_path / HEAD_FILE).read_text())["seq"] == 1


def test_an_entry_is_kept_with_what_it_tells_of_or_not_at_all(store: Store) -> None:
    def work(connection: sa.Connection) -> None:
        store.audit.write_in(connection, "decide", "F1")
        connection.execute(sa.text("SELECT * FROM no_such_table"))

    with pytest.raises(StoreError, match="Nothing of this step was kept"):
        store.database.write(work)
    assert store.audit.entries() == []
