"""The award saves next to nothing against the ceiling."""

from __future__ import annotations

from datetime import date

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample._city import City
from caselens.sample._time import some_day
from caselens.sample.plants import _market
from caselens.sample.plants._declare import Plant, Planted, PlantKind

_SAVED = {"easy": (0.003, 0.006), "hard": (0.012, 0.018), "decoy": (0.2216, 0.13)}


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: 0.3 and 0.6 % saved where 20 % is usual. Hard: 1.2 and 1.8 %. Decoys: 22.16 %; 13 %."""
    trade, count = ("市政", "建筑")[number], 4
    _market.stratum(city, rng, trade, count)
    ceiling = float(round(rng.lognormal(14.9, 0.5), -3))
    low = ceiling * (1 - _SAVED[kind][number])
    step = (ceiling - low) / 5
    firms = _market.rivals(city, rng, trade, count)
    prices = [round(low + step * place * float(rng.uniform(0.8, 1.1)), 2) for place in range(count)]
    offers = [_market.Offer(firm, price) for firm, price in zip(firms, prices, strict=True)]
    buyer = city.unit(("交通局", "水利局", "教育局")[int(rng.integers(3))], rng)
    opened = some_day(rng, date(2018, 2, 1), date(2025, 8, 1))
    tender, contract = _market.tender(city, rng, buyer, trade, opened, offers, ceiling=ceiling)
    why = {
        "easy": Text("中标价几乎等于控制价。", "The award is almost the ceiling itself."),
        "hard": Text("节资率不足 2%，同类约两成。", "Less than 2 % was saved where about a fifth is usual."),
        "decoy": Text("节资率正常。", "The saving is ordinary."),
    }[kind]
    subjects = ((firms[0], "winner"), (buyer, "buyer"))
    return Planted(subjects, (tender,), None if kind == "decoy" else prices[0], (tender, contract), why)


PLANT = Plant("proc-low-saving", plant)
