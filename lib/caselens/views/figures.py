"""Charts of money and time. Each takes data frames and gives a ``plotly.graph_objects.Figure``; none reads anything.

What a chart leaves out or gathers is said in ``figure.layout.meta["notes"]`` (list of sentences), which a page prints
under it. Names are escaped, because plotly reads tags in any text it draws.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from caselens.core.text import Language, Text
from caselens.views._format import count, money, money_scale, plot_text
from caselens.views._money import OTHERS, dated, one_currency, short, span_of_months, with_parties
from caselens.views._style import BLUE, GREY, ORANGE, PALETTE, VERMILION, template

if TYPE_CHECKING:
    import plotly.graph_objects as go

_DATE = Text("日期", "Date")
_MONTH = Text("月份", "Month")
_AMOUNT = Text("金额（{unit}）", "Amount ({unit})")
_IN, _OUT, _ALL = Text("收入", "In"), Text("支出", "Out"), Text("全部往来", "All payments")
_DECISIONS = Text("决策事项", "Decision")
_PAYMENT = Text("资金往来", "Payment")
_GATHERED = Text("金额较小的 {n} 组往来并入“其他”", "{n} smaller flows are gathered as “Others”")
_SUMMED = Text("气泡为每组往来按月合计", "A bubble is the month's sum of one flow")
_SELF = Text("{n} 笔为本人账户间划转，未绘出", "{n} transfers between accounts of one party are not drawn")
NOTHING = Text("没有可绘制的数据", "Nothing to draw")
_STEP = Text("环节", "Step")
_NO_AMOUNT = Text("缺少金额的环节：{names}", "Steps without an amount: {names}")
_SYMBOLS = ("diamond", "square", "triangle-up", "x", "star", "hexagon", "triangle-down", "cross")


def _figure(notes: list[str]) -> go.Figure:
    import plotly.graph_objects as go

    return go.Figure(layout={"template": template(), "meta": {"notes": notes}})


def notes_of(figure: go.Figure) -> list[str]:
    """What the chart left out or gathered, as sentences to print under it."""
    return list((figure.layout.meta or {}).get("notes", []))


def _nothing(language: Language, notes: list[str]) -> go.Figure:
    figure = _figure(notes)
    figure.update_xaxes(visible=False).update_yaxes(visible=False)
    figure.add_annotation(text=NOTHING.get(language), showarrow=False, font={"size": 15})
    return figure


def timeline(payments: pd.DataFrame, events: pd.DataFrame, language: Language, *, lanes: int = 14) -> go.Figure:
    """Payments as bubbles and decisions as marks on one axis of time.

    Args:
        payments: ``paid_at, payer, payee, payer_name, payee_name, amount, currency``.
        events: ``when, kind, label`` (decisions); may be empty.
        language: ``zh`` or ``en``.
        lanes: flows (payer → payee) with a lane of their own, the largest sums first; the rest shares one lane.

    A bubble's area grows with its amount. More than 1,500 payments are summed by flow and month.
    """
    import plotly.graph_objects as go

    money_frame, currency, notes = one_currency(payments, language)
    money_frame, undated = dated(with_parties(money_frame, language), language)
    notes += undated
    what, missing = _events(events, language)
    notes += missing
    if money_frame.empty and what.empty:
        return _nothing(language, notes)
    figure = _figure(notes)
    order: list[str] = []
    if len(money_frame):
        bubbles, order, gathered = _bubbles(money_frame, language, lanes)
        notes += gathered
        largest = float(bubbles["amount"].max()) or 1.0
        figure.add_trace(
            go.Scatter(
                x=bubbles["when"],
                y=bubbles["lane"],
                mode="markers",
                name=_PAYMENT.get(language),
                marker={
                    "size": 6 + 30 * np.sqrt(bubbles["amount"] / largest),
                    "color": BLUE,
                    "opacity": 0.65,
                    "line": {"color": "white", "width": 1},
                },
                customdata=[
                    [money(amount, language, currency=currency), count(times)]
                    for amount, times in zip(bubbles["amount"], bubbles["times"], strict=True)
                ],
                hovertemplate="%{x|%Y-%m-%d}<br>%{y}<br>%{customdata[0]} × %{customdata[1]}<extra></extra>",
            )
        )
    for place, (kind, group) in enumerate(what.groupby("kind", sort=True)):
        lane = plot_text(
            f"{_DECISIONS.get(language)}：{kind}" if language == "zh" else f"{_DECISIONS.get(language)}: {kind}"
        )
        order.append(lane)
        figure.add_trace(
            go.Scatter(
                x=group["when"],
                y=[lane] * len(group),
                mode="markers",
                name=lane,
                marker={"symbol": _SYMBOLS[place % len(_SYMBOLS)], "size": 11, "color": VERMILION},
                customdata=[plot_text(label) for label in group["label"]],
                hovertemplate="%{x|%Y-%m-%d}<br>%{customdata}<extra></extra>",
            )
        )
    figure.update_xaxes(title=_DATE.get(language), type="date", tickformat="%Y-%m-%d")
    figure.update_yaxes(categoryorder="array", categoryarray=order, title=None, showgrid=True)
    return figure.update_layout(height=max(320, 120 + 30 * len(order)), meta={"notes": notes})


def _events(events: pd.DataFrame, language: Language) -> tuple[pd.DataFrame, list[str]]:
    if events.empty:
        return pd.DataFrame(columns=["when", "kind", "label"]), []
    frame = events[["when", "kind", "label"]].rename(columns={"when": "paid_at"})
    frame["label"] = [label.get(language) if isinstance(label, Text) else label for label in frame["label"]]
    frame["kind"] = [kind.get(language) if isinstance(kind, Text) else str(kind) for kind in frame["kind"]]
    frame, notes = dated(frame, language)
    return frame.rename(columns={"paid_at": "when"}).sort_values(["when", "kind", "label"]), notes


def _bubbles(payments: pd.DataFrame, language: Language, lanes: int) -> tuple[pd.DataFrame, list[str], list[str]]:
    frame = payments.assign(flow=list(zip(payments["from_party"], payments["to_party"], strict=True)))
    sums = frame.groupby("flow")["amount"].sum()
    ranked = sorted(sums.index, key=lambda flow: (-sums[flow], flow))
    names = {flow: plot_text(f"{short(flow[0][1])} → {short(flow[1][1])}") for flow in ranked[:lanes]}
    rest, notes = len(ranked) - len(names), []
    if rest > 0:
        notes.append(_GATHERED.get(language).format(n=count(rest)))
    # Two flows of the same names (different parties) keep a lane each: a thin space tells the lanes apart.
    taken: dict[str, int] = {}
    for flow, name in names.items():
        taken[name] = taken.get(name, -1) + 1
        names[flow] = name + "\u2009" * taken[name]
    frame["lane"] = [names.get(flow, OTHERS.get(language)) for flow in frame["flow"]]
    frame["when"] = frame["paid_at"]
    frame["times"] = 1
    if len(frame) > 1500:
        notes.append(_SUMMED.get(language))
        frame["when"] = frame["paid_at"].dt.to_period("M").dt.start_time
        frame = frame.groupby(["lane", "when"], as_index=False).agg(amount=("amount", "sum"), times=("times", "sum"))
    order = ([OTHERS.get(language)] if rest > 0 else []) + list(names.values())[::-1]
    return frame.sort_values(["when", "lane", "amount"]), order, notes


def flows_sankey(payments: pd.DataFrame, language: Language, *, flows: int = 30) -> go.Figure:
    """Who paid whom how much, added up over the whole period; the largest ``flows`` one by one, the rest as "Others".

    ``payments`` has ``payer, payee, payer_name, payee_name, amount, currency``.
    """
    import plotly.graph_objects as go

    frame, currency, notes = one_currency(payments, language)
    frame = with_parties(frame, language)
    own = frame["from_party"] == frame["to_party"]
    if own.any():
        notes.append(_SELF.get(language).format(n=count(own.sum())))
    sums = frame[~own].groupby(["from_party", "to_party"])["amount"].agg(["sum", "size"]).reset_index()
    if sums.empty:
        return _nothing(language, notes)
    sums = sums.sort_values(["sum", "from_party", "to_party"], ascending=[False, True, True])
    if len(sums) > flows:
        notes.append(_GATHERED.get(language).format(n=count(len(sums) - flows)))
        rest = sums.iloc[flows:].copy()
        rest["to_party"] = [("", OTHERS.get(language))] * len(rest)
        kept = set(sums["from_party"].iloc[:flows]) | set(sums["to_party"].iloc[:flows])
        rest["from_party"] = [
            giver if giver in kept else ("", OTHERS.get(language) + " ") for giver in rest["from_party"]
        ]
        rest = rest.groupby(["from_party", "to_party"], as_index=False)[["sum", "size"]].sum()
        sums = pd.concat([sums.iloc[:flows], rest], ignore_index=True)
    parties = list(dict.fromkeys([*sums["from_party"], *sums["to_party"]]))
    place = {name: number for number, name in enumerate(parties)}
    divisor, unit = money_scale(float(sums["sum"].max()), language, currency)
    given, taken = sums.groupby("from_party")["sum"].sum(), sums.groupby("to_party")["sum"].sum()
    through = {party: max(given.get(party, 0.0), taken.get(party, 0.0)) for party in parties}
    shown = partial(money, language=language, rounded=True, currency=currency)
    figure = _figure(notes)
    figure.add_trace(
        go.Sankey(
            valueformat=",.2f",
            valuesuffix=f" {unit}",
            node={
                "label": [plot_text(f"{short(party[1], 18)} {shown(through[party])}") for party in parties],
                "color": [PALETTE[number % len(PALETTE)] for number in range(len(parties))],
                "pad": 14,
                "thickness": 14,
                "line": {"color": "#1a1a1a", "width": 0.5},
            },
            link={
                "source": [place[giver] for giver in sums["from_party"]],
                "target": [place[taker] for taker in sums["to_party"]],
                "value": list(sums["sum"] / divisor),
                "color": "rgba(90,105,120,0.35)",
                "customdata": [count(times) for times in sums["size"]],
                "hovertemplate": "%{source.label} → %{target.label}<br>%{value} × %{customdata}<extra></extra>",
            },
        )
    )
    return figure.update_layout(height=max(360, 26 * len(parties)), meta={"notes": notes})


def money_by_month(payments: pd.DataFrame, language: Language, *, parties: Collection[str] | None = None) -> go.Figure:
    """Sums by calendar month: received above, paid below the line.

    Args:
        payments: ``paid_at, payer, payee, amount, currency``.
        parties: entity ids seen from; a payment between two of them is left out and told. ``None``: all payments,
            without direction.
    """
    import plotly.graph_objects as go

    frame, currency, notes = one_currency(payments, language)
    frame, undated = dated(frame, language)
    notes += undated
    if parties is None:
        parts = [(_ALL, frame, BLUE, 1)]
    else:
        own = frame["payer"].isin(parties) & frame["payee"].isin(parties)
        if own.any():
            notes.append(_SELF.get(language).format(n=count(own.sum())))
        inward = frame[frame["payee"].isin(parties) & ~own]
        outward = frame[frame["payer"].isin(parties) & ~own]
        parts = [(_IN, inward, BLUE, 1), (_OUT, outward, ORANGE, -1)]
    sums = [part.groupby(part["paid_at"].dt.to_period("M"))["amount"].sum() for _, part, _, _ in parts]
    if all(series.empty for series in sums):
        return _nothing(language, notes)
    divisor, unit = money_scale(max(float(series.max()) for series in sums if len(series)), language, currency)
    figure = _figure(notes)
    for (label, _, color, sign), series in zip(parts, sums, strict=True):
        figure.add_trace(
            go.Bar(
                x=series.index.to_timestamp(),
                # Without a period plotly makes a bar as wide as the gap to the next month that has money.
                xperiod="M1",
                y=list(sign * series / divisor),
                name=label.get(language),
                marker={"color": color, "pattern": {"shape": "/" if sign < 0 else ""}},
                customdata=[money(value, language, currency=currency) for value in series],
                hovertemplate="%{x|%Y-%m}<br>%{customdata}<extra>" + label.get(language) + "</extra>",
            )
        )
    figure.update_xaxes(title=_MONTH.get(language), type="date", tickformat="%Y-%m", range=span_of_months(sums))
    figure.update_yaxes(title=_AMOUNT.get(language).format(unit=unit), tickformat=",")
    return figure.update_layout(barmode="relative", height=380, meta={"notes": notes})


def cost_chain(steps: pd.DataFrame, language: Language) -> go.Figure:
    """Estimate, approved estimate, budget, contract, final account as a waterfall: what each step added or saved.

    Args:
        steps: ``label`` (Text or str) and ``amount`` (yuan) in the order of the chain; a step without an amount is
            left out and named.
    """
    import plotly.graph_objects as go

    names = [label.get(language) if isinstance(label, Text) else str(label) for label in steps["label"]]
    amounts = pd.to_numeric(steps["amount"], errors="coerce").astype(float).to_numpy()
    known = ~np.isnan(amounts)
    lacking = [name for name, is_known in zip(names, known, strict=True) if not is_known]
    notes = [_NO_AMOUNT.get(language).format(names=", ".join(lacking))] if lacking else []
    if not known.any():
        return _nothing(language, notes)
    names = [name for name, is_known in zip(names, known, strict=True) if is_known]
    amounts = amounts[known]
    divisor, unit = money_scale(float(np.abs(amounts).max()), language)
    change = np.diff(amounts, prepend=0.0)
    figure = _figure(notes)
    figure.add_trace(
        go.Waterfall(
            x=[plot_text(name) for name in names],
            y=list(change / divisor),
            measure=["absolute", *["relative"] * (len(names) - 1)],
            text=[
                money(total, language, rounded=True) + (f"<br>{step / before:+.1%}" if before else "")
                for total, step, before in zip(amounts, change, [0.0, *amounts[:-1]], strict=True)
            ],
            textposition="outside",
            connector={"line": {"color": GREY}},
            increasing={"marker": {"color": VERMILION}},
            decreasing={"marker": {"color": BLUE}},
            totals={"marker": {"color": GREY}},
            cliponaxis=False,
        )
    )
    figure.update_xaxes(title=_STEP.get(language))
    figure.update_yaxes(title=_AMOUNT.get(language).format(unit=unit), tickformat=",", rangemode="tozero")
    return figure.update_layout(height=400, showlegend=False, meta={"notes": notes})
