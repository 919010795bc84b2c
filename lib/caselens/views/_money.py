"""Payments prepared for a picture: one currency at a time, small parties gathered under "others", nothing unsaid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from caselens.core.text import Language, Text
from caselens.views._format import count, is_missing, visible

_OTHER_CURRENCIES = Text(
    "另有 {n} 笔其他币种（{codes}）未计入", "{n} payments in other currencies ({codes}) are not in it"
)
_UNDATED = Text("{n} 笔无日期未计入", "{n} without a date are not in it")
UNNAMED = Text("（无户名）", "(unnamed)")
OTHERS = Text("其他", "Others")


def one_currency(payments: pd.DataFrame, language: Language) -> tuple[pd.DataFrame, str, list[str]]:
    """The payments of the most frequent currency, with float ``amount``; that currency; what was left out, as text.

    Amounts of different currencies are never added. An empty currency means CNY.
    """
    frame = payments.copy()
    frame["amount"] = pd.to_numeric(frame["amount"], errors="coerce").astype(float)
    currency = frame["currency"] if "currency" in frame else pd.Series("CNY", index=frame.index)
    frame["currency"] = currency.astype(object).fillna("CNY").replace("", "CNY").astype(str)
    counts = frame["currency"].value_counts()
    if counts.empty:
        return frame, "CNY", []
    # CNY wins a tie; then the alphabet, so that the same payments give the same picture.
    main = sorted(counts.index, key=lambda code: (-int(counts[code]), code != "CNY", code))[0]
    left = frame[frame["currency"] != main]
    notes = []
    if len(left):
        codes = (
            "、".join(sorted(left["currency"].unique()))
            if language == "zh"
            else ", ".join(sorted(left["currency"].unique()))
        )
        notes.append(_OTHER_CURRENCIES.get(language).format(n=count(len(left)), codes=codes))
    return frame[frame["currency"] == main].copy(), main, notes


def dated(payments: pd.DataFrame, language: Language) -> tuple[pd.DataFrame, list[str]]:
    """Payments with a usable ``paid_at`` (as Timestamp), and what was left out."""
    frame = payments.copy()
    frame["paid_at"] = pd.to_datetime(frame["paid_at"], errors="coerce")
    missing = int(frame["paid_at"].isna().sum())
    notes = [_UNDATED.get(language).format(n=count(missing))] if missing else []
    return frame.dropna(subset=["paid_at"]), notes


def party(name: Any, fallback: Any, language: Language) -> str:
    """What a party is called: its name, else the account, else "(unnamed)"."""
    for value in (name, fallback):
        if not is_missing(value) and str(value).strip():
            return visible(value)
    return UNNAMED.get(language)


def with_parties(payments: pd.DataFrame, language: Language) -> pd.DataFrame:
    """The payments with columns ``from_party`` and ``to_party``: (id, name) by which flows are added up.

    Parties of the same name but different ids stay apart.
    """
    frame = payments.copy()
    for side, end in (("from_party", "payer"), ("to_party", "payee")):
        ids = frame[end] if end in frame else frame[f"{end}_account"]
        ids = ids.where(ids.notna(), frame[f"{end}_account"] if f"{end}_account" in frame else None)
        names = frame[f"{end}_name"] if f"{end}_name" in frame else ids
        frame[side] = [
            (visible(identifier), party(name, identifier, language))
            for identifier, name in zip(ids, names, strict=True)
        ]
    return frame


def short(name: str, longest: int = 14) -> str:
    """``name`` cut to ``longest`` characters, the last of them an ellipsis."""
    return name if len(name) <= longest else name[: longest - 1] + "…"


def span_of_months(sums: Sequence[pd.Series]) -> list[pd.Timestamp] | None:
    """A year round the months where they are fewer (one bar would fill the picture); None leaves it to plotly."""
    months = sorted({month for series in sums for month in series.index})
    lacking = 12 - (months[-1] - months[0]).n - 1
    if lacking <= 0:
        return None
    before = lacking // 2
    return [(months[0] - before).start_time, (months[-1] + (lacking - before)).end_time]
