"""The last look at a redacted edition: no known value may stand anywhere in what is handed over.

Everything that a person with an editor could read is read here too: text, attributes, the title, JSON blocks, packed
blocks, sheets of a workbook and names of files. The libraries in a page and the package's own words are the same in
every page and are not searched for.
"""

from __future__ import annotations

import base64
import gzip
import html
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from caselens.reports._scrub import own_texts

_PIECE = 3
#: A number of fewer digits stands in every report (an amount, a row, a day).
_SHORTEST_NUMBER = 6
_SHORTEST = 2
_XML_TEXT = re.compile(r">([^<]+)<|\"([^\"<>]+)\"")
_JOINING = re.compile(r"[0-9A-Za-z_]")
_WORD = re.compile(r"[0-9A-Za-z_]+")


class _Strings(HTMLParser):
    """Every text and attribute of a page, data blocks unpacked; scripts that are code are left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._script: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("script", "style"):
            self._script = given.get("type") or "code"
        self.found += [value for name, value in attrs if value and name != "content"]

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._script = None

    def handle_comment(self, data: str) -> None:
        self.found.append(data)

    def handle_data(self, data: str) -> None:
        match self._script:
            case None:
                self.found.append(data)
            case "application/json":
                self.found += _of_json(json.loads(data))
            case "application/gzip":
                self.found += _of_json(json.loads(gzip.decompress(base64.b64decode(data))))


def _of_json(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        # A picture's labels are escaped once more than the page.
        yield html.unescape(value)
    elif isinstance(value, list):
        for item in value:
            yield from _of_json(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield str(name)
            yield from _of_json(item)


def strings_of_page(page: str) -> list[str]:
    """Every string in a page that is not code: texts, attributes, and what its data blocks hold, unpacked.

    The parser may hand out a long text in parts; a data block is always one.
    """
    reader = _Strings()
    reader.feed(page)
    reader.close()
    return reader.found


def strings_of_workbook(path: Path) -> list[str]:
    """Every text and attribute of a workbook's parts, and the names of the parts."""
    found: list[str] = []
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            found.append(name)
            xml = package.read(name).decode("utf-8")
            found += [html.unescape(text or value) for text, value in _XML_TEXT.findall(xml)]
    return found


class Gate:
    """Looks for known values.

    Args:
        values: what must not be shown. Those that no search could tell from ordinary text are left out: single
            characters, numbers of fewer than 6 digits, and what the package itself writes.
    """

    def __init__(self, values: Iterable[str]) -> None:
        ours = "\n".join(own_texts())
        pieces = {ours[i : i + _PIECE] for i in range(len(ours))}
        self.values = [
            value
            for value in sorted({value.strip() for value in values})
            if len(value) >= _SHORTEST
            and not (value.isdigit() and len(value) < _SHORTEST_NUMBER)
            and not (_may_hold(value, pieces) and value in ours)
        ]

    def leaks(self, strings: Iterable[str]) -> list[str]:
        """The known values that stand in ``strings``, sorted; one of letters and digits only as a word of its own.

        Linear in the text, and in the number of values for those of which all pieces are there.
        """
        text = "\n".join(strings)
        pieces, words = {text[i : i + _PIECE] for i in range(len(text))}, set(_WORD.findall(text))
        return [
            value
            for value in self.values
            if (value in words if _WORD.fullmatch(value) else _may_hold(value, pieces) and _stands_in(text, value))
        ]


def leaks_in(files: Iterable[Path], gate: Gate) -> list[str]:
    """The known values that stand in a page, a workbook or a text file among ``files``, or in its name.

    Raises:
        OSError, ValueError: what cannot be read cannot be called clean.
    """
    strings: list[str] = []
    for path in files:
        strings.append(path.name)
        match path.suffix:
            case ".html":
                strings += strings_of_page(path.read_text(encoding="utf-8"))
            case ".xlsx":
                strings += strings_of_workbook(path)
            case ".json":
                strings += _of_json(json.loads(path.read_text(encoding="utf-8")))
            case _:
                strings.append(path.read_text(encoding="utf-8"))
    return gate.leaks(strings)


def _may_hold(value: str, pieces: set[str]) -> bool:
    return len(value) < _PIECE or all(value[i : i + _PIECE] in pieces for i in range(len(value) - _PIECE + 1))


def _stands_in(text: str, value: str) -> bool:
    at = text.find(value)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(value) : at + len(value) + 1]
        if not (_joined(before, value[0]) or _joined(value[-1], after)):
            return True
        at = text.find(value, at + 1)
    return False


def _joined(left: str, right: str) -> bool:
    return bool(_JOINING.fullmatch(left) and _JOINING.fullmatch(right))
