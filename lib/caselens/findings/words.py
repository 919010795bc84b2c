"""The sentence of a lead, in both languages: names for ids, amounts as people write them."""

from __future__ import annotations

import string
from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from caselens.core.money import money
from caselens.core.text import LANGUAGES, Language, Text

_UNKNOWN = Text("(未知)", "(unknown)")


class _Words(string.Formatter):
    """``{name}`` and ``{name:money}``; a value is inserted as it is and never read as a template again."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        """One value."""
        if format_spec == "money":
            return _UNKNOWN.get(self.language) if pd.isna(value) else money(value, self.language)
        if isinstance(value, pd.Timestamp | date):
            return value.strftime("%Y-%m-%d")
        if isinstance(value, float) and value.is_integer() and not format_spec:
            return str(int(value))
        return format(value, format_spec)


def sentence(template: Text, lead: Mapping[str, Any], names: Mapping[str, str]) -> Text:
    """``template`` with the lead's columns and the names of its subjects by role.

    Several parties of one role are joined; a party without a name shows its id.
    """
    sides = {}
    for language in LANGUAGES:
        joiner = "、" if language == "zh" else ", "
        roles: dict[str, list[str]] = {}
        for subject in lead["subjects"]:
            roles.setdefault(subject["role"], []).append(names.get(subject["id"]) or subject["id"])
        values = {**lead, **{role: joiner.join(found) for role, found in roles.items()}}
        sides[language] = _Words(language).vformat(template.get(language), (), _Known(values, language))
    return Text(sides["zh"], sides["en"])


class _Known(dict[str, Any]):
    """Values by name; a role nobody has in this lead reads as "unknown" instead of failing the whole refresh."""

    def __init__(self, values: Mapping[str, Any], language: Language) -> None:
        super().__init__(values)
        self.language = language

    def __missing__(self, name: str) -> str:
        return _UNKNOWN.get(self.language)
