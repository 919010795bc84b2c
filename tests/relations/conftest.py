"""Tables given as CSV text, taken in as a user's files are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path

import pytest

from caselens.workspace import Workspace

Given = Callable[..., Workspace]


@pytest.fixture
def given(tmp_path: Path) -> Given:
    """``given(tables, settings="")``: a new workspace with those tables; ``settings`` are further lines of settings.toml."""
    numbers = count(1)

    def make(tables: Mapping[str, str], settings: str = "") -> Workspace:
        folder = tmp_path / f"given{next(numbers)}"
        (folder / "files").mkdir(parents=True)
        for name, text in tables.items():
            (folder / "files" / f"{name}.csv").write_text(text, encoding="utf-8")
        workspace = Workspace.create(folder / "workspace")
        if settings:
            with workspace.folder.settings.open("a", encoding="utf-8") as file:
                file.write("\n" + settings + "\n")
            workspace = Workspace.open(folder / "workspace")
        workspace.intake(folder / "files")
        return workspace

    return make
