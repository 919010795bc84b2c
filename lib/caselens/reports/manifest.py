"""What a report was made from, beside its page: enough to say later, item by item, whether it still holds.

``manifest.json`` names every input file, table, parameter, decision, the code, the dependencies, the language, the
edition and the as-of date by content; times and memory of the run stand under ``run`` and nowhere else. The page itself
holds no time of day and no path: the same inputs give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import caselens
from caselens.findings import Screening
from caselens.workspace import Workspace
from caselens.workspace.catalog import Catalog
from caselens.workspace.validate import quote

MANIFEST, FORMAT = "manifest.json", 1
_CODE = ("*.py", "*.j2", "*.css", "*.js", "*.html", "*.json")
_REQUIREMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def file_hash(path: Path) -> str:
    """SHA-256 of a file, as hexadecimal text."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def text_hash(value: Any) -> str:
    """SHA-256 of a value as canonical JSON."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def program() -> dict[str, Any]:
    """The code and what it stands on: ``code``, ``python``, ``packages`` (their versions), ``locks`` (their hashes)."""
    return {"code": _code(), "python": platform.python_version(), "packages": _packages(), "locks": _locks()}


@cache
def _code() -> dict[str, str]:
    root = Path(caselens.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(path for pattern in _CODE for path in root.rglob(pattern)):
        digest.update(f"{path.relative_to(root).as_posix()}\0{file_hash(path)}\n".encode())
    return {"version": caselens.__version__, "sha256": digest.hexdigest()}


@cache
def _packages() -> dict[str, str]:
    """Versions of everything that the package requires, directly or not, extras left out."""
    found: dict[str, str] = {}
    waiting = ["caselens"]
    while waiting:
        name = waiting.pop()
        key = re.sub(r"[-_.]+", "-", name).lower()
        if key in found:
            continue
        try:
            one = distribution(name)
        except PackageNotFoundError:
            continue  # needed on other systems only
        found[key] = one.version
        needs = [line for line in one.requires or () if "extra ==" not in line.replace("'", '"')]
        waiting += [match[0] for line in needs if (match := _REQUIREMENT.match(line))]
    return dict(sorted(found.items()))


@cache
def _locks() -> dict[str, str]:
    """The lock files of the repository this runs from; none where the package was installed without it."""
    folder = Path(caselens.__file__).resolve().parents[2] / "locks"
    return {path.name: file_hash(path) for path in sorted(folder.glob("*.txt"))}


def inputs(catalog: Catalog) -> list[dict[str, Any]]:
    """Every file that was taken in, as it was then: ``file, sha256, bytes, reader``."""
    return [
        {"file": entry.source_file, "sha256": entry.sha256, "bytes": entry.bytes, "reader": entry.reader}
        for entry in catalog.entries()
    ]


def tables(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """Every table that has rows: ``rows`` and ``sha256`` of its content, whatever the order of its rows. One scan each.

    The hash is of the sum of the rows' MD5: it tells any accidental change. Against somebody who wants to deceive, the
    hashes of the files that the rows came from stand beside it.
    """
    return {name: table_of(workspace, name) for name in sorted(workspace.tables())}


def table_of(workspace: Workspace, name: str) -> dict[str, Any]:
    """The same of one table."""
    con = workspace.con
    described = con.execute(f"DESCRIBE {quote(name)}").fetchall()
    columns = sorted((str(column), str(kind)) for column, kind, *_ in described)
    # A length before each value: ('a', 'bc') and ('ab', 'c') are two rows.
    cells = " || ".join(
        f"coalesce(length({quote(column)}::VARCHAR)::VARCHAR || ':' || {quote(column)}::VARCHAR, '-')"
        for column, _ in columns
    )
    count, upper, lower = con.execute(
        f"SELECT count(*), sum(md5_number_upper(r)::HUGEINT), sum(md5_number_lower(r)::HUGEINT) "
        f"FROM (SELECT {cells} AS r FROM {quote(name)})"
    ).fetchall()[0]
    return {"rows": count, "sha256": text_hash([columns, count, str(upper), str(lower)])}


def settings(workspace: Workspace) -> dict[str, Any]:
    """What ``settings.toml`` sets that a report follows from, and the day the data stand for."""
    given = workspace.settings
    return {
        "jurisdiction": given.jurisdiction,
        "engine": given.engine.split(":")[0],
        "indicator_parameters": given.parameters,
        "data_as_of": workspace.as_of.isoformat(),
    }


def decisions(workspace: Workspace) -> dict[str, Any]:
    """People's decisions in force: how many, and a hash of them with who, when and why."""
    found = [
        [item.decision_id, item.kind, item.object_table, sorted(item.object_ids), item.reason, item.decided_by,
         item.decided_at.isoformat()]
        for item in (workspace.store.decisions() if workspace.has_store else ())
    ]  # fmt: skip
    return {"count": len(found), "sha256": text_hash(sorted(found))}


def findings(screening: Screening) -> dict[str, Any]:
    """What the indicators found, with its history (new, changed, since when): how many, and a hash of all of it."""
    parts = {
        name: getattr(screening, name).to_json(
            orient="split", date_format="iso", double_precision=15, force_ascii=False
        )
        for name in Screening.__slots__
    }
    return {"count": len(screening.findings), "sha256": text_hash(parts)}


def of_workspace(workspace: Workspace, screening: Screening) -> dict[str, Any]:
    """The part of a manifest that all reports of a workspace share. Reads every table once."""
    return {
        "caselens_manifest": FORMAT,
        "program": program(),
        "inputs": inputs(workspace.catalog),
        "tables": tables(workspace),
        "settings": settings(workspace),
        "decisions": decisions(workspace),
        "findings": findings(screening),
    }


def page_of(path: Path) -> dict[str, Any]:
    """The page: ``file, sha256, bytes``."""
    return {"file": path.name, "sha256": file_hash(path), "bytes": path.stat().st_size}


def without_names(shared: Mapping[str, Any]) -> dict[str, Any]:
    """The same for an edition that names nobody: files by hash alone, for their names may name."""
    bare = [{"sha256": item["sha256"], "bytes": item["bytes"]} for item in shared["inputs"]]
    return {**shared, "inputs": bare}


def written(manifest: Mapping[str, Any]) -> bytes:
    """A manifest as it is written."""
    return (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode()


def paths_of(catalog: Catalog, hashes: Iterable[str]) -> dict[str, Path]:
    """Where the files with these hashes lie in the workspace; those it never took in are left out."""
    known = {entry.sha256: catalog.folder.raw / entry.source_file for entry in catalog.entries()}
    return {sha: known[sha] for sha in hashes if sha in known}
