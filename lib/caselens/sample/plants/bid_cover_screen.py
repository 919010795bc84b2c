"""The losers huddle behind the winner."""

from __future__ import annotations

from datetime import date

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample._city import City
from caselens.sample._time import some_day
from caselens.sample.plants import _market
from caselens.sample.plants._declare import Plant, Planted, PlantKind

#: Offers as shares of the ceiling, the winner first.
_SHARES = {
    ("easy", 0): (0.84, 0.962, 0.966, 0.97, 0.973),
    ("easy", 1): (0.81, 0.948, 0.951, 0.957),
    ("hard", 0): (0.86, 0.937, 0.941, 0.948, 0.952, 0.955),
    ("hard", 1): (0.83, 0.915, 0.92, 0.926, 0.93),
    ("decoy", 0): (0.72, 0.79, 0.86, 0.91, 0.97),
    ("decoy", 1): (0.0088, 0.83, 0.87, 0.9, 0.95),
}  # fmt: skip


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: the winner 12 % below four losers within 1 %; five offers in all, then four. Hard: five losers; a smaller
    step. Decoys: one efficient bidder among evenly spread ones; a unit error that was rejected.
    """
    trade = ("市政", "信息", "建筑")[("easy", "hard", "decoy").index(kind)]
    shares = _SHARES[kind, number]
    _market.stratum(city, rng, trade, len(shares))
    ceiling = float(round(rng.lognormal(14.8, 0.5), -3))
    firms = _market.rivals(city, rng, trade, len(shares))
    slip = (kind, number) == ("decoy", 1)
    offers = [
        _market.Offer(
            firm,
            ceiling * share * float(rng.uniform(0.9995, 1.0005)),
            {"status": "rejected"} if slip and place == 0 else {},
        )
        for place, (firm, share) in enumerate(zip(firms, shares, strict=True))
    ]
    buyer = city.unit(("水利局", "教育局", "交通局")[int(rng.integers(3))], rng)
    winner = 1 if slip else 0
    tender, contract = _market.tender(
        city,
        rng,
        buyer,
        trade,
        some_day(rng, date(2018, 1, 5), date(2025, 6, 1)),
        offers,
        ceiling=ceiling,
        winner=winner,
    )
    why = {
        "easy": Text(
            "落标报价紧贴在一起，中标价独低，形似陪标。",
            "The losing offers huddle together far above the winner, as covers do.",
        ),
        "hard": Text("陪标更多或差距较小。", "More covers, or a smaller step."),
        "decoy": Text(
            "报价均匀分布，或低价系单位填错已被否决。",
            "Offers are evenly spread, or the low one was a unit error and rejected.",
        ),
    }[kind]
    subjects = tuple((firm, "winner" if place == winner else "loser") for place, firm in enumerate(firms))
    return Planted(
        subjects, (tender,), None if kind == "decoy" else round(offers[winner].price, 2), (tender, contract), why
    )


PLANT = Plant("bid-cover-screen", plant)
