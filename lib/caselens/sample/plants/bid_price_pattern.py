"""Offers that are equal, climb by equal steps, or are a fixed multiple of each other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample._city import City
from caselens.sample._time import some_day
from caselens.sample.plants import _market
from caselens.sample.plants._declare import Plant, Planted, PlantKind

_ITEMS = ("主材", "辅材", "人工", "机械", "运输", "措施费", "管理费", "利润", "规费", "检测费")


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: two equal totals; five offers in steps of 12,600. Hard: one bid 1.037 times the other in three tenders;
    half of the items priced the same. Decoys: a fee set by tariff; round sums with uneven steps.
    """
    trade = ("设备", "咨询")[number] if kind != "hard" else ("教学", "建筑")[number]
    ceiling = float(round(rng.lognormal(14.3, 0.4), -4))
    firms = _market.rivals(city, rng, trade, 5)
    base, method, turns = ceiling * 0.87, "lowest_evaluated_price", 1
    prices = _market.honest(rng, ceiling, 5)
    if kind == "easy":
        prices = (
            [*prices[:3], prices[3], prices[3]]
            if number == 0
            else [round(base + 12_600 * step, 2) for step in range(5)]
        )
    elif kind == "hard" and number == 0:
        turns = 3
    elif kind == "decoy" and number == 0:
        prices, method = [round(ceiling, 2)] * 5, "fixed_fee"
    elif kind == "decoy":
        prices = [float(round(ceiling * share, -3)) for share in (0.87, 0.88, 0.913, 0.926, 0.961)]
    made: list[int] = []
    rows: list[int | tuple[str, dict[str, object]]] = []
    for turn in range(turns):
        if turns > 1:
            ceiling = float(round(rng.lognormal(14.3, 0.4), -4))
            prices = _market.honest(rng, ceiling, 5)
            prices[1] = round(prices[0] * 1.037, 2)
        offers = [_market.Offer(firm, price) for firm, price in zip(firms, prices, strict=True)]
        opened = some_day(rng, date(2019, 1, 5), date(2022, 1, 1)) + timedelta(days=400 * turn)
        tender, _ = _market.tender(
            city, rng, city.unit("教育局", rng), trade, opened, offers, ceiling=ceiling, evaluation_method=method
        )
        made.append(tender)
    if (kind, number) == ("hard", 1):
        rows += _items(city, rng, made[0], firms, prices)
    why = {
        "easy": Text(
            "两家总价完全相同，或五家等差递增。", "Two totals are equal, or five offers climb by equal steps."
        ),
        "hard": Text(
            "两家报价三次均成 1.037 倍，或半数清单单价相同。",
            "One bid is 1.037 times the other three times, or half of the items cost the same.",
        ),
        "decoy": Text(
            "收费由标准规定，或只是取整的不等差报价。",
            "The fee is set by tariff, or the sums are round with uneven steps.",
        ),
    }[kind]
    subjects = tuple(
        (firm, "bidder")
        for firm in (firms[3:] if (kind, number) == ("easy", 0) else firms[:2] if kind == "hard" else firms)
    )
    return Planted(subjects, tuple(made), None if kind == "decoy" else round(prices[0], 2), (*made, *rows), why)


def _items(
    city: City, rng: Generator, tender: int, firms: Sequence[int], prices: Sequence[float]
) -> list[tuple[str, dict[str, object]]]:
    """A bill of ten items; the first two bidders price five of them the same to the fen."""
    made = []
    quantity = [float(rng.integers(2, 200)) for _ in _ITEMS]
    shared = [round(prices[0] * 0.1 / amount, 2) for amount in quantity]
    for place, (firm, price) in enumerate(zip(firms, prices, strict=True)):
        raw = rng.dirichlet([6.0] * len(_ITEMS))
        for item, name in enumerate(_ITEMS):
            unit = shared[item] if place < 2 and item % 2 == 0 else round(price * float(raw[item]) / quantity[item], 2)
            city.add(
                "bid_items",
                tender_id=tender,
                bidder_id=firm,
                item_no=str(item + 1),
                description=name,
                quantity=quantity[item],
                unit_price=unit,
            )
            made.append(city.last("bid_items"))
    return made


PLANT = Plant("bid-price-pattern", plant)
