"""A store on SQLite and one on PostgreSQL, a real server."""

from __future__ import annotations

from pathlib import Path

import pytest

from caselens.store import Store


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest) -> str:
    return "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
def store(url: str, tmp_path: Path) -> Store:
    return Store(url, tmp_path)
