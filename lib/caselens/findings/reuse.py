"""An indicator's answer kept with what it was computed from, and taken again while nothing of that has changed.

Kept answers lie in ``derived/answers/INDICATOR/``: four frames and ``reads.json``, which names every table, derived
table and setting that was looked at, with the state it had, the parameters, and a hash of the program. An answer that
cannot be read back exactly as it was is not kept.
"""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

import caselens
from caselens.findings.evaluate import DEFECT, Answer, evaluate_safely
from caselens.findings.frames import read_frame, write_frame
from caselens.findings.scopes import scopes_of
from caselens.indicators._declare import Indicator
from caselens.workspace import Workspace
from caselens.workspace.folder import write_atomically
from caselens.workspace.reads import digest, hold

#: Rooms whose code an answer follows from.
_ROOMS = ("core", "tables", "workspace", "entities", "relations", "graph", "flows", "bids", "indicators", "findings")
_ENGINES = ("duckdb", "ibis-framework", "numba", "numpy", "pandas", "scipy", "networkx", "scikit-learn")
_PARTS = ("assessed", "leads", "evidence", "counters")


def answered(indicator: Indicator, workspace: Workspace) -> tuple[Answer, bool]:
    """The indicator's answer, and whether it was put anew: where nothing it looked at has changed it is the former one.

    A defect of the indicator is not kept: the question is put again next time.

    Raises:
        UsageError: ``settings.toml`` sets an unknown parameter or one outside its range.
    """
    parameters, scopes = scopes_of(indicator, workspace)
    settings = json.dumps([parameters, *map(asdict, scopes)], sort_keys=True, ensure_ascii=False, default=str)
    rule = digest(program(), settings, workspace.settings.engine)
    folder = workspace.folder.derived / "answers" / indicator.id
    known = _mark(folder)
    if known is not None and known["rule"] == rule and hold(known["reads"], workspace.states.of):
        kept = _read(folder, indicator, parameters, known)
        if kept is not None:
            for name, state in known["reads"].items():
                workspace.states.reads.note(name, state)
            return kept, False
    with workspace.states.reads.recorded() as reads:
        answer = evaluate_safely(indicator, workspace)
    if DEFECT.en not in answer.reason:
        _keep(folder, answer, rule, reads)
    return answer, True


def reads_of(workspace: Workspace, indicator: str) -> dict[str, str]:
    """What the kept answer of an indicator was computed from, name -> state; empty where none is kept."""
    known = _mark(workspace.folder.derived / "answers" / indicator)
    return dict(known["reads"]) if known else {}


@cache
def program() -> str:
    """A hash of the code that answers follow from, and of the versions of what computes them. Milliseconds, once a process."""
    found = hashlib.sha256(f"{caselens.__version__} {platform.python_version()} {platform.machine()}".encode())
    for name in _ENGINES:
        found.update(f"{name} {version(name)}\n".encode())
    root = Path(caselens.__file__).parent
    for room in _ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            found.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:32]


def _mark(folder: Path) -> dict[str, Any] | None:
    try:
        found = json.loads((folder / "reads.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and {"rule", "reads", "reason", "files"} <= set(found) else None


def _keep(folder: Path, answer: Answer, rule: str, reads: dict[str, str]) -> None:
    """Frames first, the mark last: an answer that was half written has none."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "reads.json").unlink(missing_ok=True)
    files = {}
    for part in _PARTS:
        written = write_frame(folder / f"{part}.parquet", getattr(answer, part))
        if not written:
            return
        files[part] = written
    mark = {"rule": rule, "reason": answer.reason, "files": files, "reads": dict(sorted(reads.items()))}
    write_atomically(folder / "reads.json", json.dumps(mark, ensure_ascii=False, indent=1).encode())


def _read(folder: Path, indicator: Indicator, parameters: dict[str, Any], known: dict[str, Any]) -> Answer | None:
    """The kept answer; ``None`` where a file of it is gone or damaged, which only costs putting the question again."""
    frames: dict[str, pd.DataFrame] = {}
    for part in _PARTS:
        frame = read_frame(folder / f"{part}.parquet", str(known["files"].get(part, "")))
        if frame is None:
            return None
        frames[part] = frame
    return Answer(indicator, parameters, reason=str(known["reason"]), **frames)
