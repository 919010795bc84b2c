"""How values are written for a reader: money in 万 and 亿 or in millions, dates, shares, and text made harmless."""

from __future__ import annotations

import base64
import datetime
import gzip
import html
import json
import math
import re
from typing import Any

import pandas as pd

from caselens.core.money import money as core_money
from caselens.core.text import Language

#: Shown where a value is missing. Never an empty cell: the reader must see that nothing stood there.
MISSING = "—"
#: Characters of a picture's data from which it is packed.
PACKED_FROM = 400_000

# Line breaks and tabs stay; every other control, zero-width or direction-changing character could hide or reorder
# what a name says ("gpj.exe" for "exe.jpg"), so it is spelled out instead of obeyed.
_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def is_missing(value: Any) -> bool:
    """Whether ``value`` is None, NaN, NaT or ``pd.NA`` (never true of a list or a mapping)."""
    if value is None:
        return True
    if isinstance(value, (list, tuple, set, dict)):
        return False
    return bool(pd.isna(value))


def visible(value: object) -> str:
    """``value`` as text in which each invisible character is spelled ``⟦U+202E⟧``; missing becomes "—"."""
    if is_missing(value):
        return MISSING
    return _INVISIBLE.sub(lambda match: f"⟦U+{ord(match.group()):04X}⟧", str(value))


def escape(value: object) -> str:
    """``value`` as HTML text or attribute value: no character of it can open a tag, an entity or end a quote."""
    return html.escape(visible(value), quote=True)


def plot_text(value: object) -> str:
    """``value`` for a label or hover text of plotly, which reads tags and entities in any string it draws."""
    return html.escape(visible(value), quote=False)


def data_block(value: Any) -> str:
    """``value`` as JSON that may stand between ``<script type="application/json">`` tags.

    ``<``, ``>``, ``&`` and the two Unicode line separators are written as escapes, so no string can end the block.
    Not a number becomes an error instead of a token that browsers refuse.
    """
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def data_script(block: str) -> str:
    """A :func:`data_block` in its script element; a large one is packed (gzip, base64), to a tenth of its size."""
    if len(block) < PACKED_FROM:
        return f'<script type="application/json">{block}</script>'
    packed = base64.b64encode(gzip.compress(block.encode(), 9, mtime=0)).decode()
    return f'<script type="application/gzip">{packed}</script>'


def money(amount: Any, language: Language, *, exact: bool = False, rounded: bool = False, currency: str = "CNY") -> str:
    """An amount with its unit, see ``core.money.money``; a missing one, or what is no finite number, is "—"."""
    if is_missing(amount) or not math.isfinite(amount):
        return MISSING
    return core_money(amount, language, exact=exact, rounded=rounded, currency=currency)


def money_scale(largest: float, language: Language, currency: str = "CNY") -> tuple[float, str]:
    """Divisor and unit for an axis whose largest value is ``largest``: ``(1e4, "万元")``, ``(1e6, "CNY million")``."""
    unit = "元" if currency == "CNY" else currency
    if language == "zh":
        if largest >= 1e8:
            return 1e8, f"亿{unit}"
        return (1e4, f"万{unit}") if largest >= 1e4 else (1.0, unit)
    if largest >= 1e9:
        return 1e9, f"{currency} billion"
    return (1e6, f"{currency} million") if largest >= 1e6 else (1.0, currency)


def count(number: Any) -> str:
    """A whole number with thousands separators."""
    return MISSING if is_missing(number) else f"{int(number):,}"


def share(fraction: Any) -> str:
    """A fraction as per cent with one place: ``0.712`` → ``71.2 %``."""
    return MISSING if is_missing(fraction) else f"{float(fraction) * 100:,.1f} %"


def date(value: Any) -> str:
    """ISO date ``2026-01-31`` of a date, moment or text; a text that is no date is given back as it is."""
    if is_missing(value):
        return MISSING
    if isinstance(value, (datetime.date, datetime.datetime, pd.Timestamp)):
        return value.isoformat()[:10]
    return str(value)


def moment(value: Any) -> str:
    """ISO date and time to the second, ``2026-01-31 08:05:00``; midnight is given as the date alone."""
    if is_missing(value):
        return MISSING
    if isinstance(value, (datetime.datetime, pd.Timestamp)):
        text = value.isoformat(sep=" ", timespec="seconds")
        return text.removesuffix(" 00:00:00")
    return str(value)


def locator(file: Any, sheet: Any, row: Any, language: Language) -> str:
    """Where a row stands in the raw file, as a person would look it up: ``file › sheet › 第 12 行``."""
    parts = [visible(file)]
    if not is_missing(sheet) and str(sheet):
        parts.append(visible(sheet))
    if not is_missing(row):
        parts.append(f"第 {count(row)} 行" if language == "zh" else f"row {count(row)}")
    return " › ".join(parts)
