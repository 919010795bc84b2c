"""Offers lie too close together."""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample._city import City
from caselens.sample._time import some_day
from caselens.sample.plants import _market
from caselens.sample.plants._declare import Plant, Planted, PlantKind

_TRADES = {"easy": ("市政", "绿化"), "hard": ("市政", "物业"), "decoy": ("办公", "绿化")}
_BIDS = {"easy": (5, 4), "hard": (6, 5), "decoy": (5, 4)}
#: Spread of the offers of those who agreed, as a share of the mean.
_SPREAD = {"easy": (0.006, 0.008), "hard": (0.006, 0.017), "decoy": (0.008, 0.075)}


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: five offers within 2 %; four. Hard: four of six agreed, two are honest; a spread of 1.7 %. Decoys: a method
    that rewards the mean, where all offers are close; an ordinary spread.
    """
    trade, count, spread = _TRADES[kind][number], _BIDS[kind][number], _SPREAD[kind][number]
    average = (kind, number) == ("decoy", 0)
    method = "average_price" if average else "lowest_evaluated_price"
    if average:
        _close(city, rng, trade, count)
    else:
        _market.stratum(city, rng, trade, count)
    ceiling = float(round(rng.lognormal(14.6, 0.5), -3))
    firms = _market.rivals(city, rng, trade, count)
    agreed = 4 if (kind, number) == ("hard", 0) else count
    level = 0.9 if kind != "decoy" else 0.84
    offset = (np.arange(agreed) - (agreed - 1) / 2) / max(1.0, (agreed - 1) / 2)
    prices = [ceiling * level * (1 + spread * 1.25 * float(step) + float(rng.normal(0, spread / 8))) for step in offset]
    prices += [ceiling * ratio for ratio in (0.97, 0.8)][: count - agreed]
    if prices[-1] < prices[0]:
        prices[-1] = prices[0] * 1.06
    offers = [_market.Offer(firm, price) for firm, price in zip(firms, prices, strict=True)]
    buyer = city.unit(("城管局", "住建局", "学校")[int(rng.integers(3))], rng)
    tender, contract = _market.tender(
        city,
        rng,
        buyer,
        trade,
        some_day(rng, date(2018, 1, 5), date(2025, 6, 1)),
        offers,
        ceiling=ceiling,
        evaluation_method=method,
    )
    why = {
        "easy": Text("各家报价几乎相同。", "The offers are almost the same."),
        "hard": Text(
            "部分投标人串通，混有真实报价；或离散度仅略低。",
            "Some agreed among honest offers, or the spread is only a little too small.",
        ),
        "decoy": Text(
            "以平均价为基准的评标方法使报价自然接近，或离散度正常。",
            "A method built on the mean draws offers together, or the spread is ordinary.",
        ),
    }[kind]
    subjects = tuple((firm, "bidder") for firm in firms[:agreed])
    return Planted(subjects, (tender,), None if kind == "decoy" else round(prices[0], 2), (tender, contract), why)


def _close(city: City, rng: Generator, trade: str, count: int) -> None:
    """The stratum of the mean-price method: everybody aims at the expected mean."""
    for _ in range(14):
        ceiling = float(round(rng.lognormal(14.2, 0.6), -3))
        prices = sorted(ceiling * 0.93 * float(rng.lognormal(0, 0.009)) for _ in range(count))
        offers = [
            _market.Offer(firm, price)
            for firm, price in zip(_market.rivals(city, rng, trade, count), prices, strict=True)
        ]
        _market.tender(
            city,
            rng,
            city.unit("教育局", rng),
            trade,
            some_day(rng, date(2018, 1, 5), date(2026, 1, 5)),
            offers,
            ceiling=ceiling,
            evaluation_method="average_price",
        )


PLANT = Plant("bid-variance-screen", plant)
