"""Charts of a whole city: findings by question, units against families of questions, clusters of payments.

Each takes a frame and gives a figure, as the other charts do; what it leaves out is said in ``layout.meta["notes"]``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from caselens.core.text import Language, Text
from caselens.views._format import count, money, money_scale, plot_text
from caselens.views._money import short
from caselens.views._style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILION, YELLOW
from caselens.views.figures import _figure, _nothing

if TYPE_CHECKING:
    import plotly.graph_objects as go

_SEVERITIES = {
    "red": (Text("红", "red"), VERMILION, ""),
    "yellow": (Text("黄", "yellow"), ORANGE, "/"),
    "note": (Text("提示", "note"), GREY, "."),
}
_FOUND, _FAMILY = Text("线索数（条）", "Findings"), Text("问题类别", "Family of questions")
_MORE = Text("另有 {n} 个单位未绘出，见表", "{n} more units are not drawn; see the table")
_MONTH, _SUM = Text("起始日期", "Begins on"), Text("金额（{unit}，对数刻度）", "Amount ({unit}, log scale)")
_SIZE = Text("点的大小为涉及账户数", "A point's size is its number of accounts")
_DETAIL = Text("{accounts} 个账户、{payments} 笔", "{accounts} accounts, {payments} payments")
TYPOLOGIES = {
    "fan-in": (Text("多方归集", "fan-in"), BLUE, "triangle-up"),
    "fan-out": (Text("分散转出", "fan-out"), SKY, "triangle-down"),
    "pass-through": (Text("快进快出", "pass-through"), VERMILION, "diamond"),
    "cycle": (Text("循环回流", "cycle"), GREEN, "circle-open"),
    "scatter-gather": (Text("先散后集", "scatter-gather"), PURPLE, "star"),
    "gather-scatter": (Text("先集后散", "gather-scatter"), ORANGE, "square"),
    "bipartite": (Text("多对多", "bipartite"), BLACK, "x"),
}
_OTHER = (Text("其他形态", "other"), YELLOW, "cross")


def findings_by_question(frame: pd.DataFrame, language: Language) -> go.Figure:
    """How many findings each question gave, by severity: ``title, severity, found``; drawn in the order of the sums."""
    import plotly.graph_objects as go

    if frame.empty:
        return _nothing(language, [])
    table = frame.pivot_table(index="title", columns="severity", values="found", aggfunc="sum", fill_value=0)
    table = table.loc[sorted(table.index, key=lambda title: (int(table.loc[title].sum()), title))]
    figure = _figure([])
    for severity, (label, color, pattern) in _SEVERITIES.items():
        if severity in table:
            figure.add_trace(
                go.Bar(
                    x=table[severity],
                    y=[plot_text(title) for title in table.index],
                    orientation="h",
                    name=label.get(language),
                    marker={"color": color, "pattern": {"shape": pattern}},
                    hovertemplate="%{y}: %{x}<extra>" + label.get(language) + "</extra>",
                )
            )
    figure.update_xaxes(title=_FOUND.get(language), tickformat=",d")
    figure.update_yaxes(tickfont={"size": 11}, dtick=1)
    return figure.update_layout(barmode="stack", height=140 + 17 * len(table))


def units_by_family(frame: pd.DataFrame, language: Language, *, units: int = 25) -> go.Figure:
    """Findings of units by family of questions: ``unit, family, found``; units in the order of the frame."""
    import plotly.graph_objects as go

    if frame.empty:
        return _nothing(language, [])
    table = frame.pivot_table(index="unit", columns="family", values="found", aggfunc="sum", fill_value=0, sort=False)
    table = table[sorted(table.columns, key=lambda family: (-int(table[family].sum()), family))]
    drawn = table.head(units).iloc[::-1]
    left = len(table) - len(drawn)
    figure = _figure([_MORE.get(language).format(n=count(left))] if left else [])
    # A few families give most findings; the root keeps single ones of the others to be seen.
    figure.add_trace(
        go.Heatmap(
            x=[plot_text(family) for family in drawn.columns],
            y=[plot_text(short(unit, 18)) for unit in drawn.index],
            z=np.sqrt(drawn.to_numpy()),
            text=[[str(value) if value else "" for value in row] for row in drawn.to_numpy()],
            texttemplate="%{text}",
            colorscale=[[0, "#ffffff"], [0.5, SKY], [1, BLUE]],
            xgap=2,
            ygap=2,
            showscale=False,
            hovertemplate="%{y}<br>%{x}: %{text}<extra></extra>",
        )
    )
    figure.update_xaxes(title=_FAMILY.get(language), side="top", tickangle=-30 if language == "en" else 0)
    return figure.update_layout(height=190 + 24 * len(drawn))


def cluster_map(clusters: pd.DataFrame, language: Language) -> go.Figure:
    """Clusters of payments by day and amount: ``typology, name, amount, begins, accounts, payments``."""
    import plotly.graph_objects as go

    drawn = clusters[clusters["amount"] > 0]
    if drawn.empty:
        return _nothing(language, [])
    divisor, unit = money_scale(float(drawn["amount"].max()), language)
    figure = _figure([_SIZE.get(language)])
    for typology, part in drawn.groupby("typology", sort=True):
        label, color, symbol = TYPOLOGIES.get(str(typology), _OTHER)
        figure.add_trace(
            go.Scatter(
                x=part["begins"],
                y=part["amount"] / divisor,
                mode="markers",
                name=label.get(language),
                marker={
                    "color": color,
                    "symbol": symbol,
                    "size": 8 + 3 * np.log2(part["accounts"].clip(lower=1)),
                    "opacity": 0.8,
                    "line": {"color": BLACK, "width": 1},
                },
                customdata=[
                    [
                        plot_text(short(str(row.name), 60)),
                        money(row.amount, language),
                        _DETAIL.get(language).format(accounts=count(row.accounts), payments=count(row.payments)),
                    ]
                    for row in part.itertuples(index=False)
                ],
                hovertemplate="%{customdata[0]}<br>%{customdata[1]}<br>%{customdata[2]}<extra></extra>",
            )
        )
    figure.update_xaxes(title=_MONTH.get(language), type="date", tickformat="%Y-%m")
    figure.update_yaxes(title=_SUM.get(language).format(unit=unit), type="log", tickformat=",", dtick=1)
    return figure.update_layout(height=440)
