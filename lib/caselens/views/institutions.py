"""Charts of institutions: cases by unit and year, queues, debts falling due, tenures, refusals, pay against progress.

Each takes a frame of ``caselens.institutions`` and gives a figure, as the other charts do; what it leaves out is said
in ``figure.layout.meta["notes"]``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from caselens.core.text import Language, Text
from caselens.views._format import count, money, money_scale, plot_text, share
from caselens.views._money import short
from caselens.views._style import BLUE, GREY, ORANGE, SKY, VERMILION
from caselens.views.figures import _figure, _nothing, cost_chain

if TYPE_CHECKING:
    import plotly.graph_objects as go

_YEAR, _UNIT = Text("立案年份", "Year filed"), Text("单位", "Unit")
_PEOPLE = Text("人数（人）", "People")
_MORE = Text("另有 {n} 个未绘出，见表", "{n} more are not drawn; see the table")
_SUBMITTED, _WAITED = Text("提交日期", "Submitted on"), Text("等待（天，对数刻度）", "Days waited (log scale)")
_STATES = {
    "decided": (Text("已办结", "Decided"), BLUE, "circle"),
    "returned": (Text("已退回", "Returned"), ORANGE, "square"),
    "pending": (Text("未办结", "Pending"), VERMILION, "x"),
}
_LISTED = Text("有优先依据", "Put first by a document")
_DUE = Text("{months} 个月内到期", "Due within {months} months")
_CASH, _SUM = Text("货币资金", "Cash"), Text("金额（{unit}）", "Amount ({unit})")
_TENURE = Text("任职（月）", "Months in post")
_HELD, _LEFT = Text("现任", "Held today"), Text("已离任", "Left")
_DECISIONS, _REFUSED = Text("审批次数（次）", "Decisions"), Text("否决或退回比例（%）", "Refused or returned (%)")
_PROGRESS, _PAID = Text("已确认进度占合同（%）", "Progress certified (%)"), Text("已付占合同（%）", "Paid (%)")
_EVEN = Text("付款等于进度", "Paid as certified")
_NO_PROOF = Text(
    "{n} 个合同没有进度确认或付款记录，未绘出", "{n} contracts without certificate or payment are not drawn"
)
_WHOLE = Text(
    "{n} 个项目各环节金额齐全，计入本图；{left} 个缺数，未计入",
    "{n} projects with every sum; {left} lack one and are left out",
)


def _notes(figure: go.Figure, *notes: str) -> go.Figure:
    return figure.update_layout(meta={"notes": [note for note in notes if note]})


def _left(shown: int, all_of_them: int, language: Language) -> str:
    return _MORE.get(language).format(n=count(all_of_them - shown)) if all_of_them > shown else ""


def unit_heat(records: pd.DataFrame, language: Language, *, units: int = 25) -> go.Figure:
    """People on record by unit and year: ``unit, filed_on``, a row a person; the ``units`` with most are drawn."""
    import plotly.graph_objects as go

    if records.empty:
        return _nothing(language, [])
    years = records["filed_on"].dt.year
    table = records.groupby(["unit", years]).size().unstack(fill_value=0)
    table = table.reindex(columns=range(int(years.min()), int(years.max()) + 1), fill_value=0)
    order = sorted(table.index, key=lambda name: (-int(table.loc[name].max()), -int(table.loc[name].sum()), name))
    drawn = table.loc[order[:units][::-1]]
    figure = _figure([])
    figure.add_trace(
        go.Heatmap(
            x=[str(year) for year in drawn.columns],
            y=[plot_text(short(name, 18)) for name in drawn.index],
            z=drawn.to_numpy(),
            text=[[str(value) if value else "" for value in row] for row in drawn.to_numpy()],
            texttemplate="%{text}",
            colorscale=[[0, "#ffffff"], [0.34, SKY], [1, BLUE]],
            xgap=2,
            ygap=2,
            zmin=0,
            colorbar={"title": _PEOPLE.get(language), "dtick": max(1, int(drawn.to_numpy().max()) // 5)},
            hovertemplate="%{y}<br>%{x}: %{z}<extra></extra>",
        )
    )
    figure.update_xaxes(title=_YEAR.get(language), type="category")
    return _notes(figure.update_layout(height=140 + 24 * len(drawn)), _left(len(drawn), len(table), language))


def queue(applications: pd.DataFrame, language: Language) -> go.Figure:
    """Waiting times against the day of submission: ``submitted_on, days, state, is_listed, applicant, authority``."""
    import plotly.graph_objects as go

    if applications.empty:
        return _nothing(language, [])
    figure = _figure([])
    for state, (label, color, symbol) in _STATES.items():
        part = applications[applications["state"] == state]
        if part.empty:
            continue
        rings = [2 if listed else 0 for listed in part["is_listed"]]
        figure.add_trace(
            go.Scatter(
                x=part["submitted_on"],
                # A logarithm has no nought: what was decided on the day itself is drawn at one day.
                y=part["days"].clip(lower=1),
                mode="markers",
                name=label.get(language),
                marker={
                    "color": color,
                    "symbol": symbol,
                    "size": 8,
                    "opacity": 0.75,
                    "line": {"color": "#1a1a1a", "width": rings},
                },
                customdata=[
                    [plot_text(who), plot_text(where), count(days), _LISTED.get(language) if listed else ""]
                    for who, where, days, listed in zip(
                        part["applicant"], part["authority"], part["days"], part["is_listed"], strict=True
                    )
                ],
                hovertemplate="%{customdata[0]} → %{customdata[1]}<br>%{x|%Y-%m-%d}: %{customdata[2]}<br>"
                "%{customdata[3]}<extra></extra>",
            )
        )
    figure.update_xaxes(title=_SUBMITTED.get(language), type="date", tickformat="%Y-%m")
    figure.update_yaxes(title=_WAITED.get(language), type="log", dtick=1, tickformat=",")
    return figure.update_layout(height=420)


def debt_ladder(ladder: pd.DataFrame, language: Language, *, units: int = 15) -> go.Figure:
    """What falls due within 12, 6 and 1 months beside the cash: ``borrower, months, due, cash``, a row a step."""
    import plotly.graph_objects as go

    if ladder.empty:
        return _nothing(language, [])
    order = list(dict.fromkeys(ladder["borrower_id"]))
    mine = ladder[ladder["borrower_id"].isin(order[:units])]
    divisor, unit = money_scale(float(mine[["due", "cash"]].max().max()), language)
    figure = _figure([])
    looks = {12: (SKY, ""), 6: (BLUE, "/"), 1: (VERMILION, "x")}
    for months, part in mine.groupby("months", sort=False):
        color, pattern = looks.get(int(str(months)), (GREY, ""))
        figure.add_trace(
            go.Bar(
                x=[plot_text(short(name)) for name in part["borrower"]],
                y=list(part["due"] / divisor),
                name=_DUE.get(language).format(months=months),
                marker={"color": color, "pattern": {"shape": pattern}},
                customdata=[money(value, language) for value in part["due"]],
                hovertemplate="%{x}<br>%{customdata}<extra></extra>",
            )
        )
    cash = mine.drop_duplicates("borrower_id")
    figure.add_trace(
        go.Scatter(
            x=[plot_text(short(name)) for name in cash["borrower"]],
            y=list(cash["cash"] / divisor),
            mode="markers",
            name=_CASH.get(language),
            marker={"symbol": "line-ew-open", "size": 26, "color": "#1a1a1a", "line": {"width": 3}},
            customdata=[money(value, language) for value in cash["cash"]],
            hovertemplate="%{x}<br>%{customdata}<extra></extra>",
        )
    )
    figure.update_xaxes(title=_UNIT.get(language))
    figure.update_yaxes(title=_SUM.get(language).format(unit=unit), tickformat=",", rangemode="tozero")
    return _notes(figure.update_layout(barmode="group", height=420), _left(units, len(order), language))


def tenures(rows: pd.DataFrame, language: Language, *, people: int = 25) -> go.Figure:
    """The longest tenures as bars: ``person, post, unit, months, is_held``."""
    import plotly.graph_objects as go

    if rows.empty:
        return _nothing(language, [])
    drawn = rows.head(people).iloc[::-1]
    places = [f"{place}" for place in range(len(drawn))]
    figure = _figure([])
    for held, label, color, pattern in ((True, _HELD, BLUE, ""), (False, _LEFT, GREY, "/")):
        mine = [bool(value) == held for value in drawn["is_held"]]
        if any(mine):
            part = drawn[mine]
            figure.add_trace(
                go.Bar(
                    y=[place for place, own in zip(places, mine, strict=True) if own],
                    x=part["months"],
                    orientation="h",
                    name=label.get(language),
                    marker={"color": color, "pattern": {"shape": pattern}},
                    customdata=[plot_text(name) for name in part["unit"]],
                    hovertemplate="%{customdata}: %{x}<extra></extra>",
                )
            )
    names = [plot_text(short(f"{who} · {post}", 22)) for who, post in zip(drawn["person"], drawn["post"], strict=True)]
    figure.update_yaxes(categoryorder="array", categoryarray=places, tickvals=places, ticktext=names)
    figure.update_xaxes(title=_TENURE.get(language), rangemode="tozero")
    return _notes(figure.update_layout(height=140 + 22 * len(drawn)), _left(len(drawn), len(rows), language))


def refusals(rows: pd.DataFrame, language: Language) -> go.Figure:
    """Refusals of each approver against how often he decided: ``person, unit, decisions, refusal_rate``."""
    import plotly.graph_objects as go

    if rows.empty:
        return _nothing(language, [])
    figure = _figure([])
    figure.add_trace(
        go.Scatter(
            x=rows["decisions"],
            y=rows["refusal_rate"].astype(float) * 100,
            mode="markers",
            marker={"color": BLUE, "size": 9, "opacity": 0.6},
            customdata=[
                [plot_text(who), plot_text(unit)] for who, unit in zip(rows["person"], rows["unit"], strict=True)
            ],
            hovertemplate="%{customdata[0]} · %{customdata[1]}<br>%{x}: %{y:.1f} %<extra></extra>",
        )
    )
    figure.update_xaxes(title=_DECISIONS.get(language), rangemode="tozero", tickformat=",")
    figure.update_yaxes(title=_REFUSED.get(language), range=[-2, max(10.0, float(rows["refusal_rate"].max()) * 110)])
    return figure.update_layout(height=380, showlegend=False)


def pay_and_progress(rows: pd.DataFrame, language: Language) -> go.Figure:
    """What was paid against what had been certified: ``contract_id, project, paid_share, certified_share``."""
    import plotly.graph_objects as go

    known = rows[rows["paid_share"].notna() & rows["certified_share"].notna()]
    note = _NO_PROOF.get(language).format(n=count(len(rows) - len(known))) if len(known) < len(rows) else ""
    if known.empty:
        return _nothing(language, [note] if note else [])
    figure = _figure([])
    top = 105 * max(1.0, float(known[["paid_share", "certified_share"]].max().max()))
    even: dict[str, Any] = {"x": [0, top], "y": [0, top], "mode": "lines", "name": _EVEN.get(language)}
    figure.add_trace(go.Scatter(**even, line={"color": GREY, "dash": "dash"}, hoverinfo="skip"))
    ahead = known["paid_share"].astype(float) > known["certified_share"].astype(float) + 1e-9
    figure.add_trace(
        go.Scatter(
            x=known["certified_share"].astype(float) * 100,
            y=known["paid_share"].astype(float) * 100,
            mode="markers",
            showlegend=False,
            marker={
                "size": 11,
                "color": [VERMILION if over else BLUE for over in ahead],
                "symbol": ["triangle-up" if over else "circle" for over in ahead],
            },
            customdata=[
                [plot_text(name), plot_text(key), share(gap)]
                for name, key, gap in zip(
                    known["project"], known["contract_id"], known["paid_share"] - known["certified_share"], strict=True
                )
            ],
            hovertemplate="%{customdata[0]} · %{customdata[1]}<br>%{x:.1f} → %{y:.1f} (%{customdata[2]})"
            "<extra></extra>",
        )
    )
    figure.update_xaxes(title=_PROGRESS.get(language), rangemode="tozero")
    figure.update_yaxes(title=_PAID.get(language), rangemode="tozero")
    return _notes(figure.update_layout(height=420), note)


def whole_chain(chain: pd.DataFrame, steps: dict[str, Text], language: Language) -> go.Figure:
    """The chain of all projects that have every one of ``steps`` (column -> label), added up, as a waterfall."""
    known = chain.dropna(subset=list(steps))
    # To ten thousand yuan: sums of many projects are read, not checked, in a picture.
    totals = pd.DataFrame(
        {"label": list(steps.values()), "amount": [known[name].sum(min_count=1).round(-4) for name in steps]}
    )
    figure = cost_chain(totals, language)
    return _notes(figure, _WHOLE.get(language).format(n=count(len(known)), left=count(len(chain) - len(known))))
