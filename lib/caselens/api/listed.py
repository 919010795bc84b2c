"""Findings as pandas has them, and as a person reads them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from caselens.core.text import Language, Text
from caselens.indicators import INDICATORS
from caselens.views import Fragment, labels_of, readable_codes, table

#: What a reader needs at first sight, in this order; the other columns are there for pandas.
_SHOWN = ("title", "severity", "kind", "score", "amount", "period_start", "period_end", "summary", "status")
_TITLE, _SUMMARY = Text("问题", "Question"), Text("发现", "Finding")
_CAPTION = Text("发现", "Findings")


class Findings(pd.DataFrame):
    """Findings: a pandas DataFrame with the columns of the table ``findings``, and :meth:`show`.

    What pandas makes of it (``query``, ``head``, a selection of rows) can be shown as well.
    """

    @property
    def _constructor(self) -> Any:
        return Findings

    def show(self, language: Language = "zh", limit: int = 50) -> Fragment:
        """The findings for reading: question, severity, score, amount, period and the sentence, codes by their names.

        Args:
            language: ``zh`` or ``en``.
            limit: findings listed; the others are counted in the caption.

        Columns that a selection has dropped are left out; nothing else is changed.
        """
        frame = readable_codes(pd.DataFrame(self), "findings", language)
        frame["title"] = (
            [INDICATORS[slug].title.get(language) for slug in self["indicator"]] if "indicator" in self else ""
        )
        frame = frame.rename(columns={f"summary_{language}": "summary"})
        listed = frame[[name for name in _SHOWN if name in frame.columns]]
        labels = {**labels_of("findings"), "title": _TITLE, "summary": _SUMMARY}
        return table(listed, language, labels, caption=_CAPTION.get(language), kinds={"amount": "money"}, limit=limit)
