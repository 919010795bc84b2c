"""A store of any age becomes one of today, and loses nothing on the way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from caselens.core.errors import UsageError
from caselens.store import Store
from caselens.store import migrations as package
from caselens.store.history import Seen
from caselens.store.migrations import HEAD, revision
from caselens.store.schema import METADATA

#: As the version before migrations made them, and what it wrote.
BEFORE = (
    "CREATE TABLE finding_history (finding_id VARCHAR(16) NOT NULL, indicator VARCHAR(64) NOT NULL, "
    "evidence_hash VARCHAR(16) NOT NULL, first_seen DATE NOT NULL, last_seen DATE NOT NULL, is_current BOOLEAN NOT NULL, "
    "PRIMARY KEY (finding_id))",
    "CREATE TABLE decisions (decision_id VARCHAR(36) NOT NULL, kind VARCHAR(16) NOT NULL, "
    "object_table VARCHAR(32) NOT NULL, object_ids TEXT NOT NULL, reason TEXT NOT NULL, "
    "decided_by VARCHAR(128) NOT NULL, decided_at TIMESTAMP NOT NULL, undoes VARCHAR(36), PRIMARY KEY (decision_id))",
    "INSERT INTO finding_history VALUES ('f1', 'flow-drip', 'e1', '2024-05-01', '2024-06-01', '1')",
    "INSERT INTO decisions VALUES ('d2', 'confirm', 'findings', '[\"f1\"]', '已核实', '某乙', '2024-06-03 09:00:00.000000', NULL)",
    "INSERT INTO decisions VALUES ('d1', 'dismiss', 'findings', '[\"f1\"]', '租金', '某甲', '2024-06-02 09:00:00.000000', NULL)",
    "INSERT INTO decisions VALUES ('d3', 'same', 'persons', '[\"p\", \"q\"]', '同一人', '某甲', '2024-06-04 09:00:00.000000', NULL)",
    "INSERT INTO decisions VALUES ('d4', 'undo', 'persons', '[\"p\", \"q\"]', '笔误', '某甲', '2024-06-05 09:00:00.000000', 'd3')",
)


@pytest.fixture
def old(url: str, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A store as it was before there were migrations."""
    engine = sa.create_engine(url or f"sqlite:///{tmp_path / 'store.db'}", poolclass=sa.pool.NullPool)
    with engine.begin() as connection:
        for statement in BEFORE:
            connection.execute(sa.text(statement.replace("':", "'\\:")))
    return url, tmp_path


def test_an_old_store_is_upgraded_and_loses_nothing(old: tuple[str, Path]) -> None:
    store = Store(*old)
    assert store.database.read(revision) == HEAD
    (first, second) = store.decisions("findings")
    assert [(d.decision_id, d.kind, d.reason, d.decided_by) for d in (first, second)] == [
        ("d1", "dismiss", "租金", "某甲"),
        ("d2", "confirm", "已核实", "某乙"),
    ]
    assert first.decided_at.isoformat() == "2024-06-02T09:00:00" and first.evidence == {}
    assert store.statuses() == {"f1": "confirmed"} and store.decisions("persons") == []
    told = store.record([Seen("f1", "flow-drip", "e1")], date(2024, 7, 1))["f1"]
    assert (told.first_seen, told.change) == (date(2024, 5, 1), "same")
    store.decide("preliminary_check", "leads", ["L1"], "拟初步核实", "某甲")  # longer than a kind could be before
    assert len(store.decisions()) == 3


def test_the_migrations_make_exactly_the_tables_that_statements_need(store: Store) -> None:
    with store.database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_head_is_the_newest_migration_and_the_line_has_no_fork() -> None:
    script = ScriptDirectory(str(Path(package.__file__).parent))
    assert script.get_heads() == [HEAD]
    assert [r.revision for r in script.walk_revisions()] == [f"{n:04d}" for n in range(int(HEAD), 0, -1)]


def test_opening_a_store_of_today_writes_nothing(tmp_path: Path) -> None:
    Store("", tmp_path)
    before = (tmp_path / "store.db").read_bytes()
    Store("", tmp_path).statuses()
    assert (tmp_path / "store.db").read_bytes() == before


def test_a_store_of_a_newer_version_is_refused_with_a_sentence(store: Store, url: str, tmp_path: Path) -> None:
    with store.database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UsageError, match="newer version of Caselens"):
        Store(url, tmp_path)


def test_a_migration_that_fails_leaves_the_old_store_as_it_was(old: tuple[str, Path]) -> None:
    url, folder = old
    engine = sa.create_engine(url or f"sqlite:///{folder / 'store.db'}", poolclass=sa.pool.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE referrals (x INTEGER)"))  # in the way of a later migration
    with pytest.raises(Exception, match="referrals"):
        Store(url, folder)
    with engine.connect() as connection:
        assert sorted(sa.inspect(connection).get_table_names()) == ["decisions", "finding_history", "referrals"]
        assert connection.execute(sa.text("SELECT count(*) FROM decisions")).scalar() == 4
