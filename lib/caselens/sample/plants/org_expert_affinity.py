"""An expert lifts one bidder above what the rest of the panel gives."""

from __future__ import annotations

from datetime import date

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample._city import City
from caselens.sample._time import some_day
from caselens.sample.plants import _market, _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: nine points more in eight tenders, all won; in six. Hard: four points in seven; an expert of 69. Decoys:
    four tenders are too few; a strong bidder whom the whole panel likes.
    """
    trade = ("设计", "信息")[number]
    firm, _ = _shared.quiet_firm(city, rng, trade)
    old = (kind, number) == ("hard", 1)
    expert = _market.experts(city, rng, 1, (1952, 1954) if old else (1966, 1982))[0]
    pool = _market.experts(city, rng, 14)
    lift = {
        ("easy", 0): 9.0,
        ("easy", 1): 9.0,
        ("hard", 0): 4.5,
        ("hard", 1): 5.0,
        ("decoy", 0): 6.0,
        ("decoy", 1): 0.0,
    }[kind, number]
    count = {"easy": (8, 6), "hard": (7, 6), "decoy": (4, 7)}[kind][number]
    tenders, rows = [], []
    for _ in range(count):
        buyer = city.unit(("水利局", "交通局", "教育局", "卫健局", "学校")[int(rng.integers(5))], rng)
        ceiling = float(round(rng.uniform(5e5, 3e6), -3))
        firms = [firm, *_market.rivals(city, rng, trade, 3)]
        prices = _market.honest(rng, ceiling, 4)[::-1]
        opened = some_day(rng, date(2021, 2, 1), date(2025, 10, 1))
        tender, _ = _market.tender(
            city,
            rng,
            buyer,
            trade,
            opened,
            [_market.Offer(f, p) for f, p in zip(firms, prices, strict=True)],
            ceiling=ceiling,
            evaluation_method="comprehensive",
        )
        panel = [expert, *(pool[int(place)] for place in rng.permutation(len(pool))[:4])]
        bonus = {(expert, firm): lift} if lift else {(one, firm): 7.0 for one in panel}
        tenders.append(tender)
        rows += _market.scores(city, rng, tender, panel, firms, bonus)
    why = {
        "easy": Text(
            "该专家每次给该公司的分都远高于其他评委，且次次中标。",
            "The expert's points for the firm are far above the panel's, and it always wins.",
        ),
        "hard": Text(
            "高出不多但次次如此，或专家年近七旬。", "Not by much but every time, or an expert of nearly seventy."
        ),
        "decoy": Text(
            "共同参与仅四次，或全体评委一致给高分。",
            "Only four joint tenders, or the whole panel scores the firm high.",
        ),
    }[kind]
    return Planted(((expert, "expert"), (firm, "winner")), tuple(tenders), None, tuple(rows), why)


PLANT = Plant("org-expert-affinity", plant)
