"""Clusters of payments for a reader: the map of them, and the first of them with the reason to read each."""

from __future__ import annotations

from typing import Any

import pandas as pd

from caselens.core.text import Language, Text
from caselens.reports.sections import drawing
from caselens.views import Fragment, table
from caselens.views import city as pictures

_MAP = Text("异常资金团簇：时间与金额", "Clusters of payments by day and amount")
_WORTH = Text("最值得先看的资金团簇", "Clusters worth reading first")
_LABELS = {
    "typology": Text("形态", "Shape"),
    "name": Text("名称", "Name"),
    "amount": Text("金额", "Amount"),
    "begins": Text("起", "From"),
    "ends": Text("止", "To"),
    "accounts": Text("账户", "Accounts"),
    "payments": Text("笔数", "Payments"),
    "why": Text("理由", "Why"),
}


def clusters_shown(clusters: pd.DataFrame, language: Language, first: int = 20) -> Fragment:
    """The map of all ``clusters`` (``table`` of :func:`caselens.flows.cluster`) and a table of the ``first`` of them."""
    found = clusters.assign(name=clusters[f"name_{language}"], why=clusters[f"why_{language}"])
    chart = drawing(pictures.cluster_map(found, language), _MAP, language)
    kinds = [pictures.TYPOLOGIES.get(name) for name in found["typology"]]
    shapes = [kind[0].get(language) if kind else name for kind, name in zip(kinds, found["typology"], strict=True)]
    shown = found.assign(typology=shapes)[list(_LABELS)]
    how: Any = {"amount": "money", "begins": "date", "ends": "date"}
    listed = table(shown, language, _LABELS, caption=_WORTH.get(language), kinds=how, limit=first)
    return Fragment.join([chart, listed], language)
