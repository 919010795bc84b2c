"""Whether a report still holds: its page, and everything its manifest says that it was made from, item by item."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from caselens.core.errors import CaselensError, DataError, UsageError
from caselens.core.text import Text
from caselens.findings import screening
from caselens.operations.batch import notebooks_folder
from caselens.reports import manifest
from caselens.workspace import Workspace
from caselens.workspace.catalog import Catalog
from caselens.workspace.folder import SETTINGS, Folder

_SAME = Text("一致", "holds")
_CHANGED = Text("已变化", "changed")
_GONE = Text("已不存在", "gone")
_NEW = Text("报告之后新增", "new since the report")
_UNREAD = Text("无法读取", "cannot be read")
_NO_WORKSPACE = Text("未找到工作区，无法核对", "not compared: the workspace was not found")
_SHUT = Text("工作区无法打开，未核对：{why}", "not compared: the workspace cannot be opened: {why}")
_NOT_ASKED = Text("所依据的资料已变化，未再核对", "not compared: what it follows from has changed")
_VERSION = Text("{was} → {now}", "{was} → {now}")
#: Kinds that only an opened workspace can answer for.
_FOLLOWING = ("table", "settings", "decisions", "findings")


@dataclass(frozen=True, slots=True)
class Check:
    """One item of a manifest.

    Attributes:
        kind: ``page``, ``input``, ``table``, ``settings``, ``decisions``, ``findings``, ``code``, ``notebook``,
            ``python``, ``package`` or ``lock``.
        name: which one.
        holds: ``None`` where it could not be compared, which is not the same as holding.
        told: in words.
    """

    kind: str
    name: str
    holds: bool | None
    told: Text


def verify(report: Path, workspace: Path | None = None, *, page_only: bool = False) -> list[Check]:
    """Compare a report with its manifest, and the manifest with what there is now. Nothing in the report is written.

    Args:
        report: the report's folder, its ``index.html`` or its ``manifest.json``.
        workspace: its workspace; default: where the manifest says, seen from the report.
        page_only: compare the page alone, as somebody can who was handed the report without the workspace.

    Returns:
        one check an item, the page first; the report holds if ``all(check.holds for check in ...)``. Reading the files
        and tables takes as long as hashing them.

    Raises:
        UsageError: there is no report, no manifest or none of this kind.
    """
    folder = report if report.is_dir() else report.parent
    found = _read(folder / manifest.MANIFEST)
    checks = list(_page(folder, found))
    if page_only:
        return checks
    place = workspace or (folder.resolve() / found["workspace"] if found.get("workspace") else None)
    if place is not None and (workspace is not None or (place / SETTINGS).is_file()):
        checks += _data(Folder.open(place), found)
    else:
        checks += _unknown(found, _NO_WORKSPACE, "input", *_FOLLOWING)
    return [*checks, *_program(found)]


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"there is no manifest {path}: {error} 没有可读的清单") from error
    if not isinstance(found, dict) or found.get("caselens_manifest") != manifest.FORMAT or not _is_whole(found):
        raise UsageError(f"{path} is no manifest of a report of this version 不是本版本的报告清单")
    return found


def _is_whole(found: Mapping[str, Any]) -> bool:
    """Whether every part of the manifest is there and of its kind: it may come from anybody."""
    parts = ("page", "program", "tables", "settings", "decisions", "findings", "notebook")
    if not all(isinstance(found.get(name), dict) for name in parts) or not isinstance(found.get("inputs"), list):
        return False
    files = [found["page"], *found["inputs"], *([found["workbook"]] if "workbook" in found else [])]
    program = found["program"]
    return (
        all(isinstance(item, dict) and isinstance(item.get("sha256"), str) for item in files)
        and all("file" in found[name] for name in ("page", "notebook", *(["workbook"] if "workbook" in found else [])))
        and isinstance(found.get("workspace", ""), str)
        and all(isinstance(program.get(name), dict) for name in ("code", "packages", "locks"))
    )


def _compared(kind: str, name: str, was: Any, now: Any, *, words: bool = False) -> Check:
    if was == now:
        return Check(kind, name, True, _SAME)
    if was is None or now is None:
        return Check(kind, name, False, _NEW if was is None else _GONE)
    return Check(kind, name, False, _VERSION.format(was=was, now=now) if words else _CHANGED)


def _page(folder: Path, found: Mapping[str, Any]) -> Iterator[Check]:
    for part in ("page", *(["workbook"] if "workbook" in found else [])):
        path = folder / Path(str(found[part]["file"])).name
        now = manifest.file_hash(path) if path.is_file() else None
        yield _compared("page", path.name, found[part]["sha256"], now)


def _data(folder: Folder, found: Mapping[str, Any]) -> list[Check]:
    checks = list(_inputs(Catalog(folder), found))
    try:
        workspace = Workspace.open(folder.root)
    except (duckdb.Error, DataError) as error:  # a damaged file of rows
        reason = _SHUT.format(why=str(error).splitlines()[0])
        return [*checks, *_unknown(found, reason, *_FOLLOWING)]
    checks += _tables(workspace, found)
    for kind, now in (("settings", manifest.settings(workspace)), ("decisions", manifest.decisions(workspace))):
        told = ", ".join(name for name in now if found[kind].get(name) != now[name])
        checks.append(
            _compared(kind, told, json.loads(json.dumps(found[kind])), json.loads(json.dumps(now, default=str)))
        )
    if all(check.holds for check in checks) and manifest.program()["code"] == found["program"]["code"]:
        # Nothing that the screening follows from has changed, so the kept one is read.
        checks.append(_compared("findings", "", found["findings"], manifest.findings(screening(workspace))))
    else:
        checks.append(Check("findings", "", None, _NOT_ASKED))
    return checks


def _inputs(catalog: Catalog, found: Mapping[str, Any]) -> Iterator[Check]:
    """Every file as it lies in the workspace now, not as the catalogue says that it was."""
    places = manifest.paths_of(catalog, [item["sha256"] for item in found["inputs"]])
    for item in found["inputs"]:
        name, path = item.get("file", item["sha256"][:12]), places.get(item["sha256"])
        try:
            now = manifest.file_hash(path) if path is not None else None
        except FileNotFoundError:
            now = None
        except OSError:
            yield Check("input", name, None, _UNREAD)
            continue
        yield _compared("input", name, item["sha256"], now)
    known = {item["sha256"] for item in found["inputs"]}
    for item in manifest.inputs(catalog):
        if item["sha256"] not in known:
            yield _compared("input", item["file"], None, item["sha256"])


def _tables(workspace: Workspace, found: Mapping[str, Any]) -> Iterator[Check]:
    names = sorted({*found["tables"], *workspace.tables()})
    for name in names:
        try:
            now = manifest.table_of(workspace, name) if name in workspace.tables() else None
        except (duckdb.Error, CaselensError):
            yield Check("table", name, None, _UNREAD)
            continue
        yield _compared("table", name, found["tables"].get(name), now)


def _unknown(found: Mapping[str, Any], reason: Text, *kinds: str) -> list[Check]:
    items = [("input", item.get("file", item["sha256"][:12])) for item in found["inputs"]]
    items += [("table", name) for name in found["tables"]]
    items += [(kind, "") for kind in ("settings", "decisions", "findings")]
    return [Check(kind, name, None, reason) for kind, name in items if kind in kinds]


def _program(found: Mapping[str, Any]) -> Iterator[Check]:
    was, now = found["program"], manifest.program()
    yield _compared("code", f"caselens {now['code']['version']}", was["code"].get("sha256"), now["code"]["sha256"])
    notebook = notebooks_folder() / Path(str(found["notebook"]["file"])).name
    there = manifest.file_hash(notebook) if notebook.is_file() else None
    yield _compared("notebook", notebook.name, found["notebook"].get("sha256"), there)
    yield _compared("python", "", was.get("python"), now["python"], words=True)
    for kind, group in (("package", "packages"), ("lock", "locks")):
        for name in sorted({*was[group], *now[group]}):
            yield _compared(kind, name, was[group].get(name), now[group].get(name), words=kind == "package")
