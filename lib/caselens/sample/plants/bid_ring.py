"""A stable group of bidders who take turns, or lose for one another."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample._city import City
from caselens.sample._time import some_day
from caselens.sample.plants import _market, _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: four firms in twelve tenders, each wins three; three firms, one wins all nine. Hard: four of five come each
    time, with two honest ones; turns over several buyers. Decoys: a trade with four firms only; three tenders together.
    """
    place = ("easy", "hard", "decoy").index(kind) * 2 + number
    trade = ("绿化", "监理", "设计", "印刷", "土方", "物业")[place]
    count, tenders = ((4, 12), (3, 9), (5, 12), (4, 10), (4, 12), (3, 3))[place]
    thin = (kind, number) == ("decoy", 0)
    ring = [_shared.quiet_firm(city, rng, trade)[0] for _ in range(count)]
    made, total = [], 0.0
    buyers = [city.unit(key, rng) for key in ("住建局", "水利局", "城管局", "开发区管委会", "学校")]
    start = some_day(rng, date(2018, 1, 5), date(2019, 6, 1))
    for turn in range(tenders):
        ceiling = float(round(rng.lognormal(14.0, 0.5), -3))
        members = [firm for spot, firm in enumerate(ring) if (kind, number) != ("hard", 0) or spot != turn % count]
        first = ring[0] if (kind, number) == ("easy", 1) else members[turn % len(members)]
        others = [] if thin else _market.rivals(city, rng, trade, 2 if kind == "hard" else 1)
        if kind == "decoy":
            firms = [*members, *others]
            firms = [firms[int(spot)] for spot in rng.permutation(len(firms))]
            prices = _market.honest(rng, ceiling, len(firms))
        else:
            losers = [firm for firm in members if firm != first]
            firms = [first, *losers, *others]
            prices = [
                ceiling * 0.9,
                *(ceiling * float(rng.uniform(0.93, 0.975)) for _ in losers),
                *(ceiling * float(rng.uniform(0.91, 0.99)) for _ in others),
            ]
        offers = [_market.Offer(firm, price) for firm, price in zip(firms, prices, strict=True)]
        opened = start + timedelta(days=int(turn * 1900 / tenders + rng.integers(0, 60)))
        buyer = buyers[turn % 5] if kind != "easy" else buyers[number]
        category: dict[str, Any] = {"category": "特种检测", "title": "特种设备检测"} if thin else {}
        tender, _ = _market.tender(city, rng, buyer, trade, opened, offers, ceiling=ceiling, **category)
        made.append(tender)
        total += prices[0]
    why = {
        "easy": Text(
            "固定几家反复同场，轮流中标或总由一家中标。",
            "The same few meet again and again and take turns, or one always wins.",
        ),
        "hard": Text(
            "成员轮换缺席、夹杂陌生人，或分散在多个采购人。",
            "Members skip turns among strangers, or the tenders lie with several buyers.",
        ),
        "decoy": Text(
            "该专业本地仅四家有资质，凭报价取胜；或仅同场三次。",
            "Only four firms are qualified and win by price; or they met three times only.",
        ),
    }[kind]
    return Planted(
        tuple((firm, "bidder") for firm in ring),
        tuple(made),
        None if kind == "decoy" else round(total, 2),
        tuple(made),
        why,
    )


PLANT = Plant("bid-ring", plant)
