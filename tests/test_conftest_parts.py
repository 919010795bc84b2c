"""The optional parts tests may ask for: a real PostgreSQL comes up, and a required part never skips quietly."""

from __future__ import annotations

import pytest


@pytest.mark.postgres
@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_gets_an_empty_database(postgres_url, turn):
    import sqlalchemy as sa

    engine = sa.create_engine(postgres_url)
    with engine.begin() as connection:
        assert sa.inspect(connection).get_table_names() == []
        connection.execute(sa.text("CREATE TABLE decisions (decision_id TEXT)"))
        connection.execute(sa.text("INSERT INTO decisions VALUES (:id)"), {"id": "合并甲乙"})
        assert connection.execute(sa.text("SELECT decision_id FROM decisions")).scalar() == "合并甲乙"
    engine.dispose()


def test_a_missing_part_skips_unless_it_is_required(require, monkeypatch, tmp_path):
    monkeypatch.setenv("CASELENS_SHARED_DATA", str(tmp_path / "absent"))
    monkeypatch.setenv("CASELENS_REQUIRE", "chromium")
    with pytest.raises(pytest.skip.Exception, match="no folder"):
        require("data")
    monkeypatch.setenv("CASELENS_REQUIRE", "chromium, data")
    with pytest.raises(pytest.fail.Exception, match="CASELENS_REQUIRE names data"):
        require("data")


def test_an_unknown_part_is_an_error(require):
    with pytest.raises(ValueError, match="no optional part"):
        require("postgress")
