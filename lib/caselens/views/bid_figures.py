"""Charts of tenders: each tender in its stratum, the bids of one on a line, and who won when within a group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go

from caselens.core.text import Language, Text
from caselens.tables import code_label
from caselens.views._format import count, money_scale, plot_text
from caselens.views._style import BLUE, GREY, VERMILION, template

_STRATUM = Text(
    "分层（评标办法、类别、是否公布控制价、投标家数）", "Stratum (method, category, ceiling, number of bids)"
)
_PRICE = Text("报价（{unit}）", "Price ({unit})")
_CEILING = Text("最高限价", "Ceiling")
_WINNER, _OTHER, _OUT = (
    Text("中标", "Winner"),
    Text("未中标", "Not awarded"),
    Text("无效或撤回", "Disqualified or withdrawn"),
)
_CLEAN, _BEYOND = Text("界限以内", "Inside the fence"), Text("超出本层界限", "Beyond the fence of its stratum")
_DAY = Text("开标日期", "Day of opening")
_BIDDER = Text("投标人", "Bidder")
_LOST, _WON = Text("参加未中", "Bid"), Text("中标", "Won")
_REST = Text("另有 {n} 个分层未绘出", "{n} further strata are not drawn")
_OPEN = Text("{n} 个标段没有开标日期，未绘出", "{n} tenders without a day of opening are not drawn")
_METHOD_UNKNOWN = Text("评标办法不明", "method unknown")
_CEILINGS = {"ceiling": Text("有限价", "ceiling"), "no ceiling": Text("无限价", "no ceiling")}
_BIDDERS, _RULE = Text(" 家", " bids"), Text("规则", "rule")
#: Strata drawn, the largest first.
_STRATA = 12


def strata_plot(judged: pd.DataFrame, screen: str, label: Text, language: Language) -> go.Figure:
    """One screen's value of every tender, stratum by stratum, with those beyond their own fence marked.

    Args:
        judged: ``tender_id, screen, value, stratum, state`` (:func:`caselens.bids.strata`).
        screen: which screen.
        label: its name for the axis.
        language: of the labels.
    """
    mine = judged[(judged["screen"] == screen) & judged["value"].notna() & judged["state"].isin(["hit", "clean"])]
    order = mine["stratum"].value_counts()
    kept = list(order.index[:_STRATA])
    notes = [_REST.get(language).format(n=count(len(order) - _STRATA))] if len(order) > _STRATA else []
    figure = _figure(notes)
    for state, name, colour, symbol in (
        ("clean", _CLEAN, GREY, "circle-open"),
        ("hit", _BEYOND, VERMILION, "diamond"),
    ):
        part = mine[(mine["state"] == state) & mine["stratum"].isin(kept)]
        figure.add_trace(
            go.Scatter(
                x=part["value"],
                y=[plot_text(stratum_words(text, language)) for text in part["stratum"]],
                mode="markers",
                name=name.get(language),
                text=[plot_text(text) for text in part["tender_id"]],
                hovertemplate="%{text}<br>%{x:.3f}<extra></extra>",
                marker={"color": colour, "symbol": symbol, "size": 8},
            )
        )
    figure.update_xaxes(title=label.get(language), rangemode="tozero")
    figure.update_yaxes(title=_STRATUM.get(language), automargin=True)
    return figure.update_layout(height=160 + 34 * max(len(kept), 1), meta={"notes": notes})


def stratum_words(stratum: str, language: Language) -> str:
    """What a stratum of ``caselens.bids.strata`` (method | category | ceiling | bids | rule) is called; else as it is."""
    parts = stratum.split(" | ")
    if len(parts) < 5:
        return stratum
    method, *category, ceiling, bids, rule = parts
    told = [
        _METHOD_UNKNOWN.get(language)
        if method == "?"
        else code_label("tenders", "evaluation_method", method).get(language),
        " | ".join(category),
        _CEILINGS[ceiling].get(language) if ceiling in _CEILINGS else ceiling,
        bids.replace(" bids", _BIDDERS.get(language)),
        # Where the rule never changed there is nothing to tell apart.
        "" if rule == "one rule" else rule.replace("rule", _RULE.get(language)),
    ]
    return ("，" if language == "zh" else ", ").join(part for part in told if part and part != "?")


def bid_strip(bids: pd.DataFrame, names: Mapping[str, str], language: Language) -> go.Figure:
    """The bids of one tender on a line: who, how much, the winner, and the ceiling where there is one.

    Args:
        bids: ``bidder_id, price, is_winner, status, ceiling_price`` of one tender.
        names: bidder -> name.
        language: of the labels.
    """
    priced = bids[bids["price"].notna()].assign(price=bids["price"].astype("float64")).sort_values("price")
    figure = _figure([])
    if priced.empty:
        return figure
    divisor, unit = money_scale(float(priced["price"].max()), language)
    won = priced["is_winner"].astype("boolean").fillna(False).astype(bool)
    invalid = priced["status"].fillna("").isin(["disqualified", "withdrawn"]) & ~won
    groups = (
        (won, _WINNER, VERMILION, "star"),
        (~won & ~invalid, _OTHER, BLUE, "circle"),
        (invalid, _OUT, GREY, "x"),
    )
    for mask, name, colour, symbol in groups:
        part = priced[mask]
        if len(part):
            figure.add_trace(
                go.Scatter(
                    x=part["price"] / divisor,
                    y=[plot_text(names.get(str(bidder), str(bidder))) for bidder in part["bidder_id"]],
                    mode="markers",
                    name=name.get(language),
                    marker={"color": colour, "symbol": symbol, "size": 13},
                    hovertemplate="%{y}<br>%{x:,.2f} " + plot_text(unit) + "<extra></extra>",
                )
            )
    ceiling = pd.to_numeric(priced["ceiling_price"]).dropna()
    if len(ceiling):
        figure.add_vline(x=float(ceiling.iloc[0]) / divisor, line_dash="dash", annotation_text=_CEILING.get(language))
    order = [plot_text(names.get(str(bidder), str(bidder))) for bidder in priced["bidder_id"]]
    figure.update_yaxes(categoryorder="array", categoryarray=order[::-1], automargin=True)
    figure.update_xaxes(title=_PRICE.get(language).format(unit=unit), tickformat=",")
    return figure.update_layout(height=150 + 34 * len(priced))


def turns(bids: pd.DataFrame, members: Sequence[str], names: Mapping[str, str], language: Language) -> go.Figure:
    """When each member of a group bid, and when it won.

    Args:
        bids: ``tender_id, bidder_id, is_winner, opened_at`` of the group's common tenders.
        members: in the order of the rows.
        names: bidder -> name.
        language: of the labels.
    """
    mine = bids[bids["bidder_id"].isin(list(members))]
    dated = mine[mine["opened_at"].notna()]
    missing = mine.loc[mine["opened_at"].isna(), "tender_id"].nunique()
    notes = [_OPEN.get(language).format(n=count(missing))] if missing else []
    figure = _figure(notes)
    won = dated["is_winner"].astype("boolean").fillna(False).astype(bool)
    for mask, name, colour, symbol in ((~won, _LOST, GREY, "circle-open"), (won, _WON, VERMILION, "star")):
        part = dated[mask]
        figure.add_trace(
            go.Scatter(
                x=pd.to_datetime(part["opened_at"]),
                y=[plot_text(names.get(str(bidder), str(bidder))) for bidder in part["bidder_id"]],
                mode="markers",
                name=name.get(language),
                text=[plot_text(tender) for tender in part["tender_id"]],
                hovertemplate="%{y}<br>%{text}<br>%{x|%Y-%m-%d}<extra></extra>",
                marker={"color": colour, "symbol": symbol, "size": 12},
            )
        )
    figure.update_xaxes(title=_DAY.get(language))
    figure.update_yaxes(title=_BIDDER.get(language), automargin=True)
    return figure.update_layout(height=150 + 34 * max(len(members), 1), meta={"notes": notes})


def _figure(notes: list[str]) -> go.Figure:
    return go.Figure(layout={"template": template(), "meta": {"notes": notes}})
