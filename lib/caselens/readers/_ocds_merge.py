"""One state of a contracting process out of a record or of several releases of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from caselens.core.errors import DataError, Problem
from caselens.readers._ocds_files import Element, elements
from caselens.readers._ocds_values import Json, Told, text

Release = dict[str, Json]
Process = tuple[int, dict[str, Any], str]

_NO_OCID = "ocid: required by OCDS and not given"
_RECORD_KEYS = ("compiledRelease", "versionedRelease", "releases")


def processes(path: Path) -> Iterator[Process | Element]:
    """The contracting processes of a file as ``(row, record or release, ocid)``; what is none, with its reason.

    Releases of one process are gathered into one record, on the row of the latest. Memory is that of one process and
    of those the file prints more than once. The file is read twice.

    Raises:
        DataError: the file is empty, no UTF-8, no JSON, or holds no release or record.
    """
    counts = _counts(path)
    waiting: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for element in elements(path):
        ocid = ocid_of(element.body)
        if element.body is None or ocid is None:
            yield element if element.reason else replace(element, reason=_NO_OCID)
            continue
        group = waiting.setdefault(ocid, [])
        group.append((element.row, element.body))
        if len(group) < counts[ocid]:
            continue
        del waiting[ocid]
        if len(group) == 1:
            yield element.row, element.body, ocid
        else:
            releases = [release for _, body in group for release in _releases(body)]
            latest = max(group, key=lambda pair: (str(pair[1].get("date") or ""), pair[0]))
            yield latest[0], {"ocid": ocid, "releases": releases}, ocid


def _counts(path: Path) -> Counter[str]:
    """How often each process stands in the file."""
    counts: Counter[str] = Counter()
    problems: list[Problem] = []
    for element in elements(path):
        if (ocid := ocid_of(element.body)) is not None:
            counts[ocid] += 1
        else:
            problems.append(Problem(path.name, element.row, element.reason or _NO_OCID))
    if not counts:
        raise DataError(
            f"{path.name} holds no OCDS release or record with an ocid. Check that it is the publisher's OCDS file.",
            problems or [Problem(path.name, 0, "it holds no release or record")],
        )
    return counts


def ocid_of(body: dict[str, Any] | None) -> str | None:
    """The process a release or record is about; a record may say so in its releases only."""
    if body is None:
        return None
    inner = [body.get("compiledRelease"), body.get("versionedRelease")]
    releases = body.get("releases")
    inner += releases if isinstance(releases, list) else []
    for candidate in (body, *inner):
        found = candidate.get("ocid") if isinstance(candidate, dict) else None
        if isinstance(found, str | int) and not isinstance(found, bool) and str(found).strip():
            return text(found, Told(), "ocid")
    return None


def _releases(body: dict[str, Any]) -> list[Release]:
    """The releases a repeated element stands for: itself, or what a record has settled on."""
    if not any(key in body for key in _RECORD_KEYS):
        return [body]
    release = settled(body, Told())
    return [release] if release else []


def settled(body: dict[str, Any], told: Told) -> Release | None:
    """The release that a record or release stands for; ``None`` if it holds links to releases only.

    A record's ``compiledRelease`` is the publisher's own merge and is preferred; else its embedded releases are merged
    (see ``merged``).
    """
    compiled = body.get("compiledRelease")
    releases = body.get("releases")
    if isinstance(compiled, dict) and compiled:
        release = dict(compiled)
    elif isinstance(releases, list):
        embedded = [item for item in releases if isinstance(item, dict) and "url" not in item]
        if not embedded:
            told.events["linked"] += 1
            return None
        told.events["merged"] += len(embedded) > 1
        release = merged(embedded)
    elif "versionedRelease" in body:
        told.events["versioned"] += 1
        return None
    else:
        return body
    if not release.get("ocid"):
        release["ocid"] = body.get("ocid")
    return release


def merged(releases: Sequence[Release]) -> Release:
    """``releases`` of one process as one: later releases win field by field, lists are united by their elements' id.

    Order is by release date (compared as printed), then by place in the file. This is simpler than the merge of the
    standard, which knows per field which lists are replaced whole; a list without ids is replaced by the later one.
    """
    result: Release = {}
    for release in sorted(releases, key=lambda item: str(item.get("date") or "")):
        result = _over(result, release)
    return result


def _over(old: Json, new: Json) -> Json:
    """``new`` laid over ``old``. A null in the later release removes nothing."""
    if new is None:
        return old
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: _over(old.get(key), value) for key, value in new.items()}}
    if isinstance(old, list) and isinstance(new, list):
        return _united(old, new)
    return new


def _united(old: list[Json], new: list[Json]) -> list[Json]:
    if not all(isinstance(item, dict) and item.get("id") not in (None, "") for item in (*old, *new)):
        return new
    result = {str(item["id"]): item for item in old}
    for item in new:
        key = str(item["id"])
        result[key] = _over(result[key], item) if key in result else item
    return list(result.values())


def amount_history(body: dict[str, Any]) -> dict[str, list[tuple[str, Json, Json]]]:
    """Per contract id, ``(release date, release id, value object)`` of each embedded release that states a value."""
    history: dict[str, list[tuple[str, Json, Json]]] = {}
    releases = body.get("releases")
    for release in releases if isinstance(releases, list) else ():
        contracts = release.get("contracts") if isinstance(release, dict) else None
        for contract in contracts if isinstance(contracts, list) else ():
            if isinstance(contract, dict) and isinstance(contract.get("value"), dict):
                entry = (str(release.get("date") or ""), release.get("id"), contract["value"])
                history.setdefault(str(contract.get("id")), []).append(entry)
    return {key: sorted(entries, key=lambda entry: entry[0]) for key, entries in history.items()}
