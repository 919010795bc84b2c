"""Where traced money went (or came from): each hop a band as wide as what one method of tracing carries over it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from caselens.core.text import Language, Text
from caselens.views._format import money, money_scale, plot_text
from caselens.views._money import short
from caselens.views._style import BLACK, BLUE, GREY, ORANGE
from caselens.views.figures import _figure, _nothing

if TYPE_CHECKING:
    import plotly.graph_objects as go

_BY = Text(
    "宽度按“{method}”；指向一条带可见各方法的数额，差异及原因见下表",
    "Widths by {method}; point at a band for what each method says, and see below where they differ",
)
_GATHERED = Text(
    "金额较小的 {n} 个环节未绘出，见逐笔流转表", "{n} smaller hops are not drawn; see the table leg by leg"
)


def traced_sankey(
    legs: pd.DataFrame,
    ends: pd.DataFrame,
    methods: Mapping[str, Text],
    language: Language,
    *,
    forward: bool = True,
    hops: int = 40,
) -> go.Figure:
    """A Sankey diagram of a trace.

    Args:
        legs: ``payer, payee`` (what accounts are called) and one column a method: yuan that it carries over the leg.
        ends: ``account, reason`` and one column a method: where the money lies, or where it came from.
        methods: column -> its name; the first sets the widths.
        language: of the labels.
        forward: whether ``ends`` are destinations (else origins).
        hops: bands drawn, the widest first; how many are left out is said.

    Legs between the same two accounts are one band. An account's own ends are drawn as bands to what became of it.
    """
    import plotly.graph_objects as go

    names = list(methods)
    first = names[0]
    flows = legs.groupby(["payer", "payee"], sort=False)[names].sum().reset_index()
    stays = ends.assign(state=[f"{reason} " for reason in ends["reason"]])
    sides = ("account", "state") if forward else ("state", "account")
    stays = stays.rename(columns=dict(zip(sides, ("payer", "payee"), strict=True)))[["payer", "payee", *names]]
    bands = pd.concat([flows.assign(end=False), stays.assign(end=True)], ignore_index=True)
    bands = bands[bands[first] > 0].sort_values([first, "payer", "payee"], ascending=[False, True, True])
    notes = [_BY.get(language).format(method=methods[first].get(language))]
    if bands.empty:
        return _nothing(language, notes)
    if len(bands) > hops:
        notes.append(_GATHERED.get(language).format(n=len(bands) - hops))
        bands = bands.head(hops)
    parties = list(dict.fromkeys([*bands["payer"], *bands["payee"]]))
    place = {name: number for number, name in enumerate(parties)}
    last = set(bands.loc[bands["end"], "payee" if forward else "payer"])
    divisor, unit = money_scale(float(bands[first].max()), language)
    figure = _figure(notes)
    figure.add_trace(
        go.Sankey(
            valueformat=",.2f",
            valuesuffix=f" {unit}",
            node={
                "label": _labels(parties, bands, first, language),
                "color": [
                    GREY if name in last else ORANGE if not number else BLUE for number, name in enumerate(parties)
                ],
                "pad": 16,
                "thickness": 14,
                "line": {"color": BLACK, "width": 0.5},
            },
            link={
                "source": [place[name] for name in bands["payer"]],
                "target": [place[name] for name in bands["payee"]],
                "value": list(bands[first] / divisor),
                "color": ["rgba(118,118,118,0.25)" if end else "rgba(0,114,178,0.3)" for end in bands["end"]],
                "customdata": [
                    "<br>".join(f"{methods[m].get(language)}: {money(row[m], language)}" for m in names)
                    for row in bands.to_dict("records")
                ],
                "hovertemplate": "%{source.label} → %{target.label}<br>%{customdata}<extra></extra>",
            },
        )
    )
    return figure.update_layout(height=max(300, 120 + 26 * len(parties)), meta={"notes": notes})


def _labels(parties: list[str], bands: pd.DataFrame, method: str, language: Language) -> list[str]:
    """Name and sum; the account is left out where its holder has only one in the picture."""
    given, taken = bands.groupby("payer")[method].sum(), bands.groupby("payee")[method].sum()
    holders = [name.rsplit(" (", 1)[0] for name in parties]
    labels = []
    for name, holder in zip(parties, holders, strict=True):
        called = short(holder, 14) if holders.count(holder) == 1 else name
        through = max(float(given.get(name, 0.0)), float(taken.get(name, 0.0)))
        labels.append(plot_text(f"{called.strip()} {money(through, language, rounded=True)}"))
    return labels
