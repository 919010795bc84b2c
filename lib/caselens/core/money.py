"""Amounts of money as a person writes them, without losing a cent."""

from __future__ import annotations

import math
from decimal import Decimal

from caselens.core.text import Language

#: Cents in a hundredth of 亿 and of 万: a sum that divides by it takes at most two decimals of that unit.
_HUNDREDTHS = ((10**8, "亿"), (10**4, "万"))


def money(
    amount: float | Decimal, language: Language, *, exact: bool = False, rounded: bool = False, currency: str = "CNY"
) -> str:
    """An amount with its unit, exact to the cent unless it is ``rounded``.

    Args:
        amount: in whole units of ``currency`` (yuan). A float is taken to the nearest hundredth.
        language: ``zh`` writes 元, and 万元 or 亿元 where the sum takes at most two decimals of that unit
            (``178万元``, ``1.97亿元``), else in full (``1,234,567.89元``); ``en`` writes the number in full.
        exact: always in full and with both decimals, as evidence shows it.
        rounded: for a label in a picture whose exact figures stand beside it: ``zh`` in 万 or 亿 with two decimals, ``en``
            without cents from ten thousand on.
        currency: ISO 4217 code.

    Raises:
        ValueError: ``amount`` is not finite; whoever may hold a missing amount says what it reads as.
    """
    if not math.isfinite(amount):
        raise ValueError(f"an amount of money is a finite number, got {amount}")
    cents = round(Decimal(str(amount)) * 100)
    if rounded:
        cents = _rounded(cents, language)
    full = f"{Decimal(cents) / 100:,.2f}"
    if not exact:
        full = full.removesuffix(".00")
    if language == "en":
        return f"{currency} {full}"
    word = "元" if currency == "CNY" else f" {currency}"
    if not exact:
        for hundredth, unit in _HUNDREDTHS:
            hundredths, rest = divmod(abs(cents), hundredth)
            if rest == 0 and hundredths >= 100:
                sign = "-" if cents < 0 else ""
                return f"{sign}{Decimal(hundredths) / 100:,.2f}".rstrip("0").rstrip(".") + unit + word
    return full + word


def _rounded(cents: int, language: Language) -> int:
    """The nearest sum that is written short; up to 100 million 万 is the unit, beyond 亿."""
    if abs(cents) < 10**6:
        return cents
    step = 100 if language == "en" else 10**8 if abs(cents) >= 10**10 else 10**4
    return round(Decimal(cents) / step) * step
