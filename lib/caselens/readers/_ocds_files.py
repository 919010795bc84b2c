"""Opening an OCDS file whatever its shape: package, record, release, array or JSON lines; streaming where it is big."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import ijson

from caselens.core.errors import DataError, Problem

#: Up to this size a file is read at once; above it, element by element.
WHOLE_BYTES = 32 * 1024 * 1024
#: What ``recognise`` looks at.
HEAD_BYTES = 64 * 1024
_LINES = (".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class Element:
    """One release or record of a file: its 1-based place and its JSON, or the reason why it is not one."""

    row: int
    body: dict[str, Any] | None
    raw: str = ""
    reason: str = ""


def elements(path: Path) -> Iterator[Element]:
    """The releases and records of ``path`` in file order.

    Raises:
        DataError: the file is empty, no UTF-8, or no JSON.
    """
    try:
        size = path.stat().st_size
        if is_lines(path):
            yield from _lines(path)
        elif size > WHOLE_BYTES:
            yield from _streamed(path)
        else:
            yield from unpacked(_parsed(path.read_bytes().decode("utf-8-sig")), 1)
    except UnicodeDecodeError as error:
        raise _unreadable(path, f"it is not UTF-8 text (byte {error.start})") from error
    except json.JSONDecodeError as error:
        raise _unreadable(path, f"it is no valid JSON: {error.msg}", error.lineno) from error
    except (ijson.JSONError, ValueError) as error:
        raise _unreadable(path, f"it is no valid JSON: {error}") from error
    except RecursionError as error:
        raise _unreadable(path, "its JSON is nested too deeply") from error
    except OSError as error:
        raise _unreadable(path, f"it cannot be opened: {error.strerror}") from error


def _unreadable(path: Path, reason: str, row: int = 0) -> DataError:
    return DataError(
        f"{path.name} cannot be read as OCDS: {reason}. Ask the publisher for the file again.",
        [Problem(path.name, row, reason)],
    )


def _parsed(text: str) -> Any:
    """JSON with numbers exactly as printed; a blank text is an error that says so."""
    if not text.strip():
        raise ValueError("the file is empty")
    return json.loads(text, parse_float=Decimal, parse_constant=str)


def is_lines(path: Path) -> bool:
    """Is it one JSON object a line? By name, or because the first line is a whole object and another line follows."""
    with path.open("rb") as stream:
        line = stream.readline(HEAD_BYTES * 16).strip().removeprefix(b"\xef\xbb\xbf").strip()
        rest = next((found for later in stream if (found := later.strip())), b"")
    if path.suffix.lower() in _LINES:
        return bool(line) or bool(rest)
    if not line.startswith(b"{") or not rest:
        return False
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _lines(path: Path) -> Iterator[Element]:
    """Each line's releases; a broken line is given with its reason, and reading goes on."""
    with path.open("rb") as stream:
        for row, line in enumerate(stream, start=1):
            try:
                text = line.decode("utf-8-sig" if row == 1 else "utf-8")
                if text.strip():
                    yield from unpacked(_parsed(text), row, numbered=False)
            except (ValueError, RecursionError) as error:
                reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
                yield Element(row, None, line.decode("utf-8", "replace").rstrip("\r\n"), f"no valid JSON: {reason}")


def unpacked(document: Any, row: int, numbered: bool = True) -> Iterator[Element]:
    """The releases and records inside ``document``, counted from ``row``, or all on ``row`` if not ``numbered``."""
    if isinstance(document, list):
        inside = document
    elif not isinstance(document, dict):
        inside = [document]
    elif isinstance(document.get("records"), list):
        inside = document["records"]
    elif _is_package(document):
        inside = document["releases"]
    else:
        inside = [document]
    for place, item in enumerate(inside):
        yield from _packed(row + place if numbered else row, item)


def _packed(row: int, item: Any) -> Iterator[Element]:
    """``item``, or what it holds if it is a package inside an array; all of it stands on ``row``."""
    if isinstance(item, dict) and _is_package(item):
        yield from (_element(row, release) for release in item["releases"])
    elif isinstance(item, dict) and isinstance(item.get("records"), list):
        yield from (_element(row, record) for record in item["records"])
    else:
        yield _element(row, item)


def _is_package(document: dict[str, Any]) -> bool:
    """A release package, and not a record (which carries its own releases too)."""
    releases = document.get("releases")
    return isinstance(releases, list) and not {"ocid", "compiledRelease", "versionedRelease"} & set(document)


def _element(row: int, item: Any) -> Element:
    if isinstance(item, dict):
        return Element(row, item)
    kind = type(item).__name__
    return Element(row, None, json.dumps(item, default=str), f"a release or record must be a JSON object, not a {kind}")


def _streamed(path: Path) -> Iterator[Element]:
    """Elements of a big file without holding it: the list is found by its first key, then read one by one."""
    prefix = _list_prefix(path)
    if prefix is None:
        yield from unpacked(_parsed(path.read_bytes().decode("utf-8-sig")), 1)
        return
    with path.open("rb") as stream:
        _skip_mark(stream)
        for row, item in enumerate(ijson.items(stream, prefix), start=1):
            yield from _packed(row, item)


def _list_prefix(path: Path) -> str | None:
    """The ijson prefix of the list of releases or records; ``None`` where the file is a single release or record."""
    with path.open("rb") as stream:
        _skip_mark(stream)
        for prefix, event, value in ijson.parse(stream):
            if prefix == "" and event == "start_array":
                return "item"
            if prefix == "" and event == "map_key":
                if value in ("releases", "records"):
                    return f"{value}.item"
                if value in ("ocid", "compiledRelease", "versionedRelease"):
                    return None
    return None


def _skip_mark(stream: Any) -> None:
    if stream.read(3) != b"\xef\xbb\xbf":
        stream.seek(0)
