"""The façade: what a notebook says. Everything here reads like a sentence and gives pandas where a person expects it."""

from __future__ import annotations

import os
from pathlib import Path

from caselens.api.case import Case
from caselens.api.desk import Desk
from caselens.workspace import Workspace

__all__ = ["Case", "Desk", "new_workspace", "open_workspace"]

#: Where the demonstration lies, seen from the notebooks' folder.
DEMO = Path("../data/demo")


def open_workspace(path: str | Path = "") -> Desk:
    """Open the workspace in ``path``.

    An empty ``path`` means the one that ``caselens lab WORKSPACE`` was started with (``CASELENS_WORKSPACE``), or else the
    one that ``make demo`` builds: ``../data/demo`` beside the notebooks, where a notebook runs.

    Raises:
        UsageError: there is none; the sentence says how to make one.
    """
    return Desk(Workspace.open(path or os.environ.get("CASELENS_WORKSPACE") or DEMO))


def new_workspace(path: str | Path, title: str = "") -> Desk:
    """Make an empty workspace in ``path``, which must not exist or be empty."""
    return Desk(Workspace.create(path, title))
