"""The objects of a JSON array or of JSON lines, one by one, whatever the size of the file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from caselens.core.errors import DataError

#: Looked at to recognise a format.
HEAD_BYTES = 65_536
#: A line longer than this is no statement (bytes).
MAX_LINE = 50_000_000


def head_of(path: Path) -> bytes:
    """The first bytes of a JSON file without mark and blanks; empty where it is none."""
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES).removeprefix(b"\xef\xbb\xbf").lstrip()
    except OSError:
        return b""
    return head if head.startswith((b"[", b"{")) else b""


def objects(path: Path) -> Iterator[tuple[int, dict[str, Any] | None, str]]:
    """``(place, object, raw)`` of each element: the line's number, or the element's place in the array, from 1.

    Where an element is no object or a line no JSON, the object is ``None`` and ``raw`` says what stood there.

    Raises:
        DataError: the array is broken off or no JSON, or a line is longer than 50 MB.
    """
    if head_of(path).startswith(b"["):
        yield from _array(path)
        return
    with path.open("rb") as stream:
        number = 0
        while line := stream.readline(MAX_LINE + 1):
            number += 1
            if len(line) > MAX_LINE:
                raise DataError(f"{path.name}: line {number} is longer than {MAX_LINE:,} bytes and is not read.")
            text = line.decode("utf-8-sig" if number == 1 else "utf-8", "replace").strip()
            if not text:
                continue
            try:
                found = json.loads(text, parse_float=Decimal, parse_constant=str)
            except (ValueError, RecursionError):
                found = None
            yield number, found if isinstance(found, dict) else None, text


def _array(path: Path) -> Iterator[tuple[int, dict[str, Any] | None, str]]:
    import ijson

    try:
        with path.open("rb") as stream:
            if stream.read(3) != b"\xef\xbb\xbf":
                stream.seek(0)
            for place, item in enumerate(ijson.items(stream, "item"), start=1):
                known = isinstance(item, dict)
                yield place, item if known else None, "" if known else str(item)
    except (ijson.JSONError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(f"{path.name} is no complete JSON: {error}. Ask for the file again.") from None


def text_of(value: Any) -> str:
    """A scalar as text, "" for anything else."""
    return str(value).strip() if isinstance(value, str | int | float | Decimal) and not isinstance(value, bool) else ""


def dicts_of(value: Any) -> list[dict[str, Any]]:
    """The objects in a list; an object alone counts as a list of one."""
    found = value if isinstance(value, list) else [value]
    return [item for item in found if isinstance(item, dict)]
