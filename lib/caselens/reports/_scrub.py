"""Sentences without names: known values are replaced, and what cannot be proven clean is withheld and counted.

A sentence is clean when, after every known value was replaced, each word left in it is one of the package's own words
(texts, labels and codes of this package) or a short number. What a stranger wrote has words of its own; so a name that
no register knows cannot slip through unless the package itself uses it.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path

import caselens
from caselens.core.text import Language, Text
from caselens.views._format import visible

#: Rooms whose texts are made of words, not of names (readers know banks, ``entities`` surnames, the sample people).
_ROOMS = (
    "bids",
    "core",
    "findings",
    "flows",
    "graph",
    "indicators",
    "institutions",
    "relations",
    "reports",
    "tables",
    "views",
)
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]+")
_LATIN = re.compile(r"[^\W\d_\u3400-\u9fff\uf900-\ufaff](?:[\w'’]|(?<=\w)-(?=\w))*")
_SIGNS = re.compile(r"\w+")
#: A number of more digits in one piece may be an identifier. Amounts are written with separators.
_MOST_DIGITS = 6
WITHHELD = Text("〔略〕", "[withheld]")
_JOINING = re.compile(r"[0-9A-Za-z_]")


class Vocabulary:
    """Words that are the package's own: Latin words, and pairs of Chinese characters that stand side by side in it."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.pairs: set[str] = set()
        self.latin: set[str] = set()
        for text in texts:
            for run in _HAN.findall(text):
                self.pairs.update(_pairs(run))
            self.latin.update(word.lower() for word in _LATIN.findall(text))

    def covers(self, text: str) -> bool:
        """Whether each word of ``text`` is one of these words, and each number too short to identify anybody."""
        for run in _HAN.findall(text):
            if not self.pairs.issuperset(_pairs(run)):
                return False
        rest = _HAN.sub(" ", text)
        for token in _SIGNS.findall(rest):
            is_word = all(word.lower() in self.latin for word in _LATIN.findall(token))
            if token.isdigit():
                if len(token) > _MOST_DIGITS:
                    return False
            elif not is_word or (any(c.isdigit() for c in token) and token.lower() not in self.latin):
                return False
        return True


def _pairs(run: str) -> set[str]:
    return {run[i : i + 2] for i in range(len(run) - 1)} or {run}


@cache
def own_texts() -> tuple[str, ...]:
    """Every string that stands in the source of the package's rooms, docstrings and names left out."""
    root = Path(caselens.__file__).parent
    found: set[str] = set()
    for room in _ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
            prose = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
            found.update(
                node.value
                for node in nodes
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose
            )
    return tuple(sorted(found))


class Scrubber:
    """Replaces known values in sentences and withholds what is not clean afterwards.

    Args:
        known: value → its pseudonym, made on demand.
        vocabulary: the words that may stay.
        language: of the mark for what was withheld.
    """

    def __init__(self, known: Mapping[str, Callable[[], str]], vocabulary: Vocabulary, language: Language) -> None:
        self.known, self.vocabulary, self.language = known, vocabulary, language
        self._lengths = sorted({len(value) for value in known}, reverse=True)
        self._starts = {value[:2] for value in known}
        self.withheld: Counter[str] = Counter()

    def sentence(self, text: str, about: str) -> str:
        """``text`` with known values replaced; the mark alone where words are left that are not ours.

        Args:
            about: what is counted in :attr:`withheld` where the sentence cannot be shown.
        """
        shown, rest = self._replaced(visible(text))
        if self.vocabulary.covers(rest):
            return shown
        self.withheld[about] += 1
        return WITHHELD.get(self.language)

    def holds_nothing_known(self, text: str) -> bool:
        """Whether no known value stands in ``text``."""
        return self._replaced(text)[0] == text

    def _replaced(self, text: str) -> tuple[str, str]:
        """The text with pseudonyms, and what is left of it without them."""
        shown, rest, at = [], [], 0
        while at < len(text):
            value = self._value_at(text, at)
            if value:
                shown.append(self.known[value]())
                rest.append("\n")
                at += len(value)
            else:
                shown.append(text[at])
                rest.append(text[at])
                at += 1
        return "".join(shown), "".join(rest)

    def _value_at(self, text: str, at: int) -> str:
        """The longest known value that begins at ``at``; one of Latin signs or digits must be a word of its own."""
        if text[at : at + 2] not in self._starts:
            return ""
        for length in self._lengths:
            value = text[at : at + length]
            if len(value) == length and value in self.known and self._stands_alone(text, at, length):
                return value
        return ""

    @staticmethod
    def _stands_alone(text: str, at: int, length: int) -> bool:
        value = text[at : at + length]
        if len(value) < 2:
            return False
        before, after = text[at - 1 : at], text[at + length : at + length + 1]
        joined_before = bool(_JOINING.fullmatch(before)) and bool(_JOINING.fullmatch(value[0]))
        joined_after = bool(_JOINING.fullmatch(after)) and bool(_JOINING.fullmatch(value[-1]))
        # 1,200,000.00 holds no record called "000".
        goes_on = after in (".", ",") and text[at + length + 1 : at + length + 2].isdigit()
        in_number = value.isdigit() and (before in (".", ",") or goes_on)
        return not (joined_before or joined_after or in_number)
