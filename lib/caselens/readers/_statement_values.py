"""Values as statements print them: money, dates, times, directions, account numbers, states. Nothing is guessed.

Each function gives the canonical text (or ``Decimal``) or ``None`` where the value cannot be read for certain.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import Decimal, InvalidOperation
from functools import lru_cache

_SPACE = re.compile(r"[\s\u200b\u200c\u200d\u2060\ufeff\u00a0\u3000]+")
_PLACEHOLDER = re.compile(r"[-—–_=/\\.]*|n/?a|null|none|nil|无|\\n|nan|空", re.IGNORECASE)
_EXCEL_TEXT = re.compile(r'="(.*)"', re.DOTALL)
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+?\d{2}")


def clean(cell: str) -> str:
    """The cell without padding (spaces, tabs, zero-width marks) and without the tricks that keep digits as text."""
    return _clean(cell) if len(cell) <= _CACHED else _clean.__wrapped__(cell)


def value(cell: str) -> str:
    """``clean`` with the signs for "nothing here" (dashes, ``/``, ``N/A``, 无) made empty."""
    return (_value(cell) if len(cell) <= _CACHED else _value.__wrapped__(cell)) if cell else ""


#: Cells up to this length are remembered: a statement's cells repeat, and each is looked at several times.
_CACHED = 100


@lru_cache(maxsize=65_536)
def _clean(cell: str) -> str:
    text = cell.strip(" \t\r\n\u00a0\u3000\ufeff\u200b")
    if text.startswith('="'):
        text = _EXCEL_TEXT.sub(r"\1", text).strip()
    if text.startswith("'") and text[1:].strip("0123456789*") == "":
        text = text[1:]
    return _SPACE.sub(" ", text) if not text.isalnum() else text


@lru_cache(maxsize=65_536)
def _value(cell: str) -> str:
    text = clean(cell)
    return "" if not text or _PLACEHOLDER.fullmatch(text) else text


# --- money -----------------------------------------------------------------------------------------------------------

_CURRENCY_MARKS = re.compile(r"^(?:[¥￥$€£]|CNY|RMB|人民币)|(?:元|CNY|RMB)$", re.IGNORECASE)
_PLAIN = re.compile(r"\d+(?:\.\d*)?|\.\d+")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d*)?")


def money(text: str) -> Decimal | None:
    """A signed amount, or ``None``.

    Read: thousands separators in threes, ``¥`` and ``元``, a sign before or behind, brackets for negative, ``CR`` and
    ``DR`` behind, full-width figures. Not read: groups that are no thousands, several points, letters.
    """
    return _money(text) if text and len(text) <= _CACHED else None


@lru_cache(maxsize=65_536)
def _money(text: str) -> Decimal | None:
    body = unicodedata.normalize("NFKC", value(text)).replace("−", "-").replace(" ", "")
    if not body or len(body) > 40:
        return None
    sign = 1
    if body[:1] == "(" and body[-1:] == ")":
        sign, body = -1, body[1:-1]
    upper = body.upper()
    if upper.endswith(("CR", "DR")):
        sign, body = (sign if upper.endswith("CR") else -sign), body[:-2]
    for _ in range(2):  # the sign may stand on either side of the currency mark
        if body[:1] in "+-" and body:
            sign, body = (-sign if body[0] == "-" else sign), body[1:]
        body = _CURRENCY_MARKS.sub("", body)
    if body[-1:] == "-":
        sign, body = -sign, body[:-1]
    if not (_PLAIN.fullmatch(body) or _GROUPED.fullmatch(body)):
        return None
    try:
        return sign * Decimal(body.replace(",", ""))
    except InvalidOperation:
        return None


def cents(amount: Decimal) -> str | None:
    """The amount with two places as text, or ``None`` where it has more (it is never rounded) or 17 digits and more."""
    rounded = amount.quantize(Decimal("0.01")) if abs(amount) < 10**16 else None
    return format(rounded, "f") if rounded is not None and rounded == amount else None


# --- dates and times ---------------------------------------------------------------------------------------------------

_YMD = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
_ENGLISH = re.compile(r"(\d{1,2})[ -]([A-Za-z]{3,9})[ -,]+(\d{4})|([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})")
_SLASHED = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_TIME = re.compile(
    r"(\d{1,2})[:：.时](\d{1,2})(?:[:：.分](\d{1,2})秒?)?(?:[.,]\d+)?\s*(AM|PM)?(?:Z|[+-]\d{2}:?\d{2})?", re.I
)
_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}


def moment(text: str, order: str = "") -> tuple[str, str] | None:
    """``(YYYY-MM-DD, HH:MM:SS or "")`` of a date with or without a time, or ``None``.

    ``order`` (``dmy`` or ``mdy``) says how a date with the year last is read; without it such a date is not read.
    """
    return _moment(text, order) if text and len(text) <= _CACHED else None


@lru_cache(maxsize=65_536)
def _moment(text: str, order: str) -> tuple[str, str] | None:
    body = unicodedata.normalize("NFKC", value(text))
    if not body or len(body) > 40:
        return None
    date: dt.date | None = None
    rest = ""
    if (match := _YMD.match(body)) or (match := _COMPACT.match(body)):
        date, rest = _date(int(match[1]), int(match[2]), int(match[3])), body[match.end() :]
    elif match := _ENGLISH.match(body):
        day, name, year = (match[1], match[2], match[3]) if match[1] else (match[5], match[4], match[6])
        date, rest = _date(int(year), _MONTHS.get(name[:3].lower(), 0), int(day)), body[match.end() :]
    elif order and (match := _SLASHED.match(body)):
        day, month = (match[1], match[2]) if order == "dmy" else (match[2], match[1])
        date, rest = _date(int(match[3]), int(month), int(day)), body[match.end() :]
    if date is None:
        return None
    rest = rest.strip(" \tT-,:")
    if not rest:
        return date.isoformat(), ""
    clock = time(rest)
    return None if clock is None else (date.isoformat(), clock)


def _date(year: int, month: int, day: int) -> dt.date | None:
    try:
        found = dt.date(year, month, day)
    except ValueError:
        return None
    return found if 1950 <= found.year <= 2100 else None


def time(text: str) -> str | None:
    """``HH:MM:SS`` of ``18:53:19``, ``18.53.19``, ``18:53``, ``123456``, ``93605`` (a lost leading zero), or ``None``."""
    return _time(text) if text and len(text) <= _CACHED else None


@lru_cache(maxsize=65_536)
def _time(text: str) -> str | None:
    body = unicodedata.normalize("NFKC", value(text))
    if match := _TIME.fullmatch(body):
        hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
        if match[4]:
            hour = hour % 12 + (12 if match[4].upper() == "PM" else 0)
    elif body.isascii() and body.isdigit() and len(body) in (5, 6, 8, 9, 12):
        body = body.zfill(6)
        hour, minute, second = int(body[:2]), int(body[2:4]), int(body[4:6])
    elif body.isascii() and body.isdigit() and len(body) == 4:
        hour, minute, second = int(body[:2]), int(body[2:]), 0
    else:
        return None
    return f"{hour:02d}:{minute:02d}:{second:02d}" if hour < 24 and minute < 60 and second < 60 else None


def year_last(text: str) -> tuple[int, int] | None:
    """The first two figures of a date with the year last (``03/12/2024`` → ``(3, 12)``), else ``None``."""
    match = _SLASHED.match(unicodedata.normalize("NFKC", value(text)))
    return (int(match[1]), int(match[2])) if match else None


# --- direction ---------------------------------------------------------------------------------------------------------

_IN = "收入 收 入 进 贷 贷方 贷记 贷记卡入账 c cr credit 存 存入 转入 in 入账 进账 + 汇入 收款 已收入 来账 收方 入金 credited deposit"
_OUT = (
    "支出 支 出 借 借方 借记 d dr debit 取 支取 转出 out 出账 - 汇出 付 付款 已支出 往账 付方 出金 debited withdrawal"
)
FLAGS: dict[str, str] = {**dict.fromkeys(_IN.split(), "in"), **dict.fromkeys(_OUT.split(), "out")}
NEUTRAL = frozenset({"", "/", "不计收支", "其他", "中性", "中性交易", "不计", "资金转移"})


def direction(text: str) -> str | None:
    """``in`` or ``out`` of a debit/credit or income/expenditure flag, seen from the statement's account; else ``None``.

    A bank's statement shows its customer's account in the bank's books: debit (借) is money out, credit (贷) money in.
    """
    body = unicodedata.normalize("NFKC", clean(text)).lower()
    if (whole := FLAGS.get(body.replace(" ", ""))) is not None:
        return whole
    parts = {FLAGS.get(part) for part in re.split(r"[\s/()]+", body) if part}  # 借 Dr, 贷(C)
    return parts.pop() if len(parts) == 1 else None


# --- accounts ----------------------------------------------------------------------------------------------------------

_ACCOUNT = re.compile(r"(?=.*[\d*])[0-9A-Za-z*＊xX.@_+-]{4,64}")
_LONG_NUMBER = re.compile(r"(?<![\d*])(?=[\d*]*\d)[\d*]{7,32}(?![\d*])")
_MASK = re.compile(r"[*＊xX•]{2,}")


def account(text: str) -> str:
    """An account or card number without the blanks and dashes that group its figures; other text as it stands."""
    body = value(text).replace("＊", "*")
    packed = body.replace(" ", "").replace("-", "")
    return packed if packed and packed.strip("0123456789*") == "" else body


def is_rounded(text: str) -> bool:
    """Whether a number was saved as ``6.22202E+18``: its last figures are lost."""
    return bool(_SCIENTIFIC.fullmatch(value(text)))


def is_masked(number: str) -> bool:
    """Whether figures of the number are hidden, or only its last ones are given."""
    return bool(_MASK.search(number)) or (number.isdigit() and len(number) < 7)


def looks_like_account(text: str) -> bool:
    """Whether a cell holds an account number and no name."""
    body = account(text)
    return bool(_ACCOUNT.fullmatch(body)) and sum(c.isdigit() or c == "*" for c in body) >= max(4, len(body) // 2)


_SEPARATED = re.compile(r"(?:^|[\s/|(（_-])[\d*]{7,32}(?=$|[\s/|)）])")


def holds_number(text: str) -> bool:
    """Whether a number as long as an account's stands apart in a name (``周乙 6222…``, ``周乙/6222…``)."""
    return bool(_SEPARATED.search(value(text)))


def split_party(text: str) -> tuple[str, str]:
    """``(name, account)`` of a cell that may hold either or both (``张某/6222…``, ``2088…(张某)``)."""
    body = value(text)
    if looks_like_account(body):
        return "", account(body)
    match = _LONG_NUMBER.search(body)
    if match is None:
        return body, ""
    name = (body[: match.start()] + " " + body[match.end() :]).strip(" /|,，、:：;；()（）[]-_")
    return name, match[0]


def ip_address(text: str) -> bool:
    """Whether the value has the shape of an IPv4 or IPv6 address."""
    return bool(re.fullmatch(r"\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?|[0-9A-Fa-f:]{6,39}", text)) and (
        "." in text or ":" in text
    )


def mac_address(text: str) -> bool:
    """Whether the value has the shape of a hardware address."""
    return bool(re.fullmatch(r"[0-9A-Fa-f]{12}|[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}", text))
