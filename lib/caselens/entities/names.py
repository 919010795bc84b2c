"""Names as they are compared: one form whatever the script, width, brackets, titles, company form or branch.

Nothing here decides that two parties are one: it only says which part of a printed name is the name itself.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any

from caselens.entities import _name_words as words

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_ALL_HAN = re.compile(r"[\u4e00-\u9fff]+")
_NOT_NAME = re.compile(r"[^\w\u3400-\u9fff]+")
_ALIAS = re.compile(
    r"\s/\s|[(（](?:曾用名|原名|又名|别名|原|FORMERLY|ALIAS|AKA)[::\s]*([^()（）]+)[)）]", re.IGNORECASE
)
#: Marks that stand for characters somebody hid: such a name shows less than a name and proves nothing.
_MASK = re.compile(r"[*＊×●•]|\?{2,}|某某|某(?:公司|有限|企业|单位)")
_MASKED_PERSON = re.compile(_MASK.pattern + "|某")
_NUMERAL = re.compile(r"[0-9]+|[一二三四五六七八九十百零〇]+")


@dataclass(frozen=True, slots=True)
class Name:
    """A name taken apart.

    Attributes:
        key: the name itself in one spelling; "" where nothing is left or characters are hidden.
        tokens: its words, sorted (Latin script); a Han name is one word.
        letters: the letters of its romanised form, sorted: the same for 王小明, Wang Xiaoming and XIAOMING WANG.
        is_han: written in Chinese characters.
        form: class of the company form (``limited``, ``joint_stock``, ``partnership`` …); "" for none or a person.
        branch: what follows the firm's name and makes a branch of it; "" for the firm itself.
        numerals: the numbers in it: 第一 and 第二 are never two spellings of one.
        aliases: keys of further names printed with it.
    """

    key: str
    tokens: tuple[str, ...] = ()
    letters: str = ""
    is_han: bool = False
    form: str = ""
    branch: str = ""
    numerals: str = ""
    aliases: tuple[str, ...] = ()


class _Simplified(dict[int, str]):
    """Character -> its simplified form, looked up when first met."""

    def __missing__(self, code: int) -> str:
        self[code] = _converter().convert(chr(code)) if _HAN.match(chr(code)) else chr(code)
        return self[code]


class _Readings(dict[int, str]):
    """Character -> pinyin without tone, other characters as they are; looked up when first met."""

    def __missing__(self, code: int) -> str:
        from pypinyin import lazy_pinyin

        character = chr(code)
        self[code] = lazy_pinyin(character)[0].upper() if _HAN.match(character) else character
        return self[code]


_SIMPLIFIED, _READINGS = _Simplified(), _Readings()


@cache
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")


def plain(text: str) -> str:
    """``text`` in half width, upper case, simplified characters and without accents; spaces are single."""
    if text.isascii():
        return " ".join(text.upper().split())
    if _ALL_HAN.fullmatch(text):
        return text.translate(_SIMPLIFIED)
    text = unicodedata.normalize("NFKC", text).upper()
    text = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return " ".join(unicodedata.normalize("NFC", text).translate(_SIMPLIFIED).split())


def romanised(key: str, is_surname_first: bool = False) -> str:
    """Pinyin of a Han name, without tones and spaces; a surname is read as surnames are (单 is SHAN)."""
    if is_surname_first:
        for length in (2, 1):
            if key[:length] in words.SURNAME_READINGS:
                return words.SURNAME_READINGS[key[:length]] + key[length:].translate(_READINGS)
    return key.translate(_READINGS)


def _letters(text: str) -> str:
    return "".join(sorted(text if text.isalnum() else (c for c in text if c.isalnum())))


def person(printed: str) -> Name:
    """A person's name without titles and marks; hidden characters leave no name at all.

    >>> person("张　三 局长").key, person("MR. SMITH, John").tokens
    ('张三', ('JOHN', 'SMITH'))
    """
    text = plain(printed)
    if _ALL_HAN.fullmatch(text) and "某" not in text:
        return _han_person(text)
    if not text or _MASKED_PERSON.search(text):
        return Name("")
    text = _ALIAS.sub(" ", text)
    if _HAN.search(text):
        return _han_person(
            re.sub(r"[^\u3400-\u9fff]+", "", re.sub(r"[(（].*?[)）]", "", text)) or _NOT_NAME.sub("", text)
        )
    tokens = [token for token in _NOT_NAME.sub(" ", text).split() if token not in words.TITLES] or text.split()
    return Name(" ".join(tokens), tuple(sorted(tokens)), _letters("".join(tokens)))


def _han_person(han: str) -> Name:
    if len(han) > 3:
        han = words.HAN_TITLE.sub("", han)
    return Name(han, (han,), _letters(romanised(han, True)), True)


def organization(printed: str) -> Name:
    """An organization's name with company form, branch and further names set apart.

    >>> name = organization("云川市華泰建設（集團）有限責任公司")
    >>> name.key, name.form
    ('云川市华泰建设集团', 'limited')
    """
    text = plain(printed)
    if not text or _MASK.search(text):
        return Name("")
    further = [match.group(1) for match in _ALIAS.finditer(text) if match.group(1)]
    main, *slashed = re.split(r"\s/\s", text) if "://" not in text else [text]
    main = _ALIAS.sub(" ", main)
    found = _han_organization(main) if _HAN.search(main) else _latin_organization(main)
    aliases = tuple(dict.fromkeys(organization(alias).key for alias in (*further, *slashed)))
    return Name(found.key, found.tokens, found.letters, found.is_han, found.form, found.branch, found.numerals, aliases)


def _han_organization(text: str) -> Name:
    key = _NOT_NAME.sub("", text)
    branch = ""
    cut = words.HAN_BRANCH.search(key)
    if cut:
        key, branch = key[: cut.start(1)], cut.group(1)
    form = ""
    for ending, kind in words.HAN_FORMS:
        position = key.rfind(ending)
        if position >= 2 and position + len(ending) == len(key):
            key, form = key[:position], kind
            break
    letters = _letters(romanised(without_place_suffixes(key)))
    return Name(key, (key,), letters, True, form, branch, "|".join(_NUMERAL.findall(key)))


def _latin_organization(text: str) -> Name:
    text = text.replace("&", " AND ").replace("+", " AND ")
    # Initials with dots are one word: S.P.A. is SPA.
    text = re.sub(r"\b(?:[A-Z]\.\s?){2,}[A-Z]?\b", lambda m: re.sub(r"[.\s]", "", m.group(0)) + " ", text + " ")
    tokens = _NOT_NAME.sub(" ", text).split()
    forms = [words.FORMS[token] for token in tokens if token in words.FORMS]
    core = [token for token in tokens if token not in words.FORMS and token not in words.EMPTY_WORDS] or tokens
    branch = "BRANCH" if any(token in words.BRANCH_WORDS for token in core) else ""
    numerals = "|".join(_NUMERAL.findall(" ".join(core)))
    form = next((kind for kind in forms if kind), "")
    return Name(" ".join(core), tuple(sorted(set(core))), _letters("".join(core)), False, form, branch, numerals)


def without_place_suffixes(key: str) -> str:
    """A Chinese name without 省, 市, 县 and 区 near its beginning: 云川市华泰 and 云川华泰 are one spelling.

    >>> without_place_suffixes("云川市青石区华泰建设")
    '云川青石华泰建设'
    """
    return re.sub(r"(?<=.)[省市县区]", "", key[:8]) + key[8:]
