"""Two analysts and a screening at once, and a database that goes away: nothing that was accepted is lost."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from caselens.core.errors import UsageError
from caselens.store import Store
from caselens.store.engine import Database, StoreError
from caselens.store.history import Seen

DECIDES = """
import sys
from pathlib import Path
from caselens.store import Store
url, folder, name = sys.argv[1:]
store = Store(url, Path(folder))
for n in range(20):
    made = store.decide("dismiss" if n % 2 else "clear", "findings", [f"f{n}", f"{name}{n}"], "租金", name)
    if n % 5 == 0:
        store.decide("undo", "findings", [f"f{n}"], "笔误", name, undoes=made)
"""
SCREENS = """
import sys
from datetime import date
from pathlib import Path
from caselens.store import Store
from caselens.store.history import Seen
store = Store(sys.argv[1], Path(sys.argv[2]))
for day in range(1, 16):
    store.record([Seen(f"f{n}", "flow-drip", f"e{day}") for n in range(200)], date(2026, 1, day))
"""


def started(script: str, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", script, *arguments])


def test_two_who_decide_while_a_screening_runs_lose_nothing(store: Store, url: str, tmp_path: Path) -> None:
    place = str(tmp_path)
    every = [started(DECIDES, url, place, "a"), started(DECIDES, url, place, "b"), started(SCREENS, url, place)]
    assert [process.wait(200) for process in every] == [0, 0, 0]
    decisions = store.decisions("findings")
    # Each took 20 decisions and undid 4 of them (n = 0, 5, 10, 15).
    assert sorted(d.decided_by for d in decisions) == ["a"] * 16 + ["b"] * 16
    assert {f"a{n}" for n in range(20) if n % 5} <= set(store.statuses()) >= {f"b{n}" for n in range(20) if n % 5}
    assert len(store.history.known()) == 200
    told = store.record([Seen("f0", "flow-drip", "e15")], date(2026, 1, 16))
    assert told["f0"].change == "same" and told["f1"].change == "gone"
    found = store.audit.verify()
    assert found.ok and found.entries == 48  # 2 x (20 decisions + 4 undone)


def test_two_processes_make_a_new_store_at_once(url: str, tmp_path: Path) -> None:
    both = [started(DECIDES, url, str(tmp_path), name) for name in ("a", "b")]
    assert [process.wait(200) for process in both] == [0, 0]
    assert len(Store(url, tmp_path).decisions()) == 32


def test_whoever_writes_waits_for_another_and_says_so_when_it_lasts_too_long(tmp_path: Path) -> None:
    store = Store("", tmp_path, wait=0.5)
    with store.database.engine.connect().execution_options(caselens_writes=True) as holder:
        transaction = holder.begin()
        with pytest.raises(StoreError, match="Nothing of this step was kept"):
            store.decide("clear", "findings", ["f1"], "租金", "某甲")
        transaction.rollback()
    assert store.decisions() == []
    store.decide("clear", "findings", ["f1"], "租金", "某甲")
    assert store.statuses() == {"f1": "cleared"}


@pytest.mark.postgres
def test_a_server_away_is_waited_for_and_the_decision_is_kept_once(postgres_url: str, tmp_path: Path) -> None:
    store = Store(postgres_url, tmp_path, wait=60)
    server, name = postgres_url.rsplit("/", 1)
    admin = sa.create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool)

    def set_open(is_open: bool) -> None:
        with admin.connect() as connection:
            connection.execute(sa.text(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS {is_open}"))

    set_open(False)
    threading.Timer(1.5, set_open, [True]).start()
    begun = time.monotonic()
    store.decide("clear", "findings", ["f1"], "租金", "某甲")
    assert time.monotonic() - begun > 1
    assert len(store.decisions()) == 1 and store.audit.verify().entries == 1


@pytest.mark.postgres
def test_a_connection_cut_before_the_end_is_tried_again_from_the_start(postgres_url: str, tmp_path: Path) -> None:
    store = Store(postgres_url, tmp_path, wait=30)
    server = postgres_url.rsplit("/", 1)[0]
    admin = sa.create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool)
    tries: list[int] = []

    def work(connection: sa.Connection) -> None:
        connection.execute(sa.text("CREATE TABLE IF NOT EXISTS t (n INTEGER)"))
        connection.execute(sa.text("INSERT INTO t VALUES (1)"))
        tries.append(1)
        if len(tries) == 1:
            here = connection.execute(sa.text("SELECT pg_backend_pid()")).scalar()
            with admin.connect() as other:
                other.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": here})
        connection.execute(sa.text("SELECT 1"))

    store.database.write(work)
    assert len(tries) == 2
    assert store.database.read(lambda c: c.execute(sa.text("SELECT count(*) FROM t")).scalar()) == 1


def test_a_server_that_stays_away_is_a_sentence_without_the_password(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(StoreError, match="Nothing of this step was kept") as told:
        Store("postgresql+psycopg://caselens:geheim@127.0.0.1:1/none", tmp_path, wait=0.5)
    assert "geheim" not in str(told.value) and "数据库暂不可用" in str(told.value)


@pytest.mark.parametrize("url", ["no url at all", "nonsense://x/y", "mysql+nothere://x/y"])
def test_an_address_that_is_none_is_a_sentence(url: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="setting `store`"):
        Store(url, tmp_path)


def test_a_statement_that_can_never_work_is_not_tried_again(store: Store) -> None:
    begun = time.monotonic()
    with pytest.raises(StoreError):
        store.database.read(lambda connection: connection.execute(sa.text("SELECT * FROM no_such_table")))
    assert time.monotonic() - begun < store.database.wait / 2


def test_a_connection_lost_at_the_end_is_not_repeated_and_said(tmp_path: Path) -> None:
    database = Database("", tmp_path)

    def lose(_connection: sa.Connection) -> None:
        raise exc.OperationalError("COMMIT", {}, OSError("connection reset"), connection_invalidated=True)

    database.write(lambda connection: connection.execute(sa.text("CREATE TABLE t (n INTEGER)")))
    sa.event.listen(database.engine, "commit", lose)
    runs: list[int] = []

    def work(connection: sa.Connection) -> None:
        runs.append(1)
        connection.execute(sa.text("INSERT INTO t VALUES (1)"))

    with pytest.raises(StoreError, match="not known whether it was"):
        database.write(work)
    assert runs == [1]


def test_the_day_a_finding_was_recorded_is_the_calendars(store: Store) -> None:
    store.record([Seen("f1", "flow-drip", "e1", ("O",), ("payments", "p1"))], date(2016, 6, 5))
    (known,) = store.history.known()
    assert known.first_seen == date(2016, 6, 5) and known.recorded_on == date.today()
    assert (known.accused, known.anchor) == (("O",), ("payments", "p1"))
