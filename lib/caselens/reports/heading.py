"""What stands at the head of every report: secrecy mark, copy number, reader and date, as the office set them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from caselens.core.errors import UsageError
from caselens.core.text import Language, Text
from caselens.views import date as written

#: Keys of ``[report]`` in ``settings.toml``, and how each is headed. The secrecy mark stands by itself.
PARTS: dict[str, Text | None] = {
    "secrecy": None,
    "copy_number": Text("份号：{value}", "Copy: {value}"),
    "reader": Text("阅件人：{value}", "Reader: {value}"),
    "date": Text("日期：{value}", "Date: {value}"),
}
_REDACTED = Text("脱敏版", "Redacted edition")


def head(report: Mapping[str, Any], language: Language, *, redacted: bool = False) -> str:
    """The top line: ``内部资料 · 份号：3 · 阅件人：… · 日期：2026-07-01``; what is not configured is left out.

    Args:
        report: the table ``[report]`` of the settings.
        redacted: the edition is told; the reader, a name, is left out of it.

    Raises:
        UsageError: the table has another key, or a value that is neither text, whole number nor day.
    """
    unknown = sorted(set(report) - set(PARTS))
    if unknown:
        raise UsageError(f"settings.toml: [report] has no {', '.join(unknown)}; there are {', '.join(PARTS)}")
    parts = []
    for name, text in PARTS.items():
        value = report.get(name, "")
        if isinstance(value, bool) or not isinstance(value, (str, int, date)):
            raise UsageError(f"settings.toml: [report] {name} must be a text, a whole number or a day, got {value!r}")
        shown = written(value) if isinstance(value, date) else str(value).strip()
        if shown and not (redacted and name == "reader"):
            parts.append(text.get(language).format(value=shown) if text else shown)
    if redacted:
        parts.insert(1 if report.get("secrecy") else 0, _REDACTED.get(language))
    return " · ".join(parts)
