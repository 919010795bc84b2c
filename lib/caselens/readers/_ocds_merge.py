"""One state of a contracting process out of a record or of several releases of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from caselens.readers._ocds_values import Json, Told

Release = dict[str, Json]


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
