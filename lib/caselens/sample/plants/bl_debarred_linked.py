"""A listed briber, or a firm that is the same in all but name, wins again."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _dealing, _making
from caselens.sample._city import City
from caselens.sample.plants import _market, _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: the listed firm itself; a new firm with the same boss, telephone and address. Hard: same address and
    telephone, another boss; the owner's new firm pays deposits from the old account. Decoys: the listing had expired;
    a neighbour at the same address only.
    """
    trade = ("建筑", "设备")[number]
    listed_on = date(2019, int(rng.integers(2, 11)), 6)
    old, boss = _shared.quiet_firm(city, rng, trade, founded=date(2011, 4, 1))
    expired = kind == "decoy" and number == 0
    city.add(
        "watchlist",
        entity_id=old,
        reason="bribery_blacklist",
        listed_on=listed_on,
        until=listed_on + timedelta(days=365 if expired else 1825),
    )
    firm, more = old, {}
    one = city.row(old)
    one["phone"] = one["phone"] or "10044120987"
    if (kind, number) not in (("easy", 0), ("decoy", 0)):
        owner = boss if (kind, number) in (("easy", 1), ("hard", 1)) else _making.person(city, rng)
        firm, _ = _shared.quiet_firm(
            city, rng, trade, owner, founded=listed_on + timedelta(days=int(rng.integers(60, 500)))
        )
        other = city.row(firm)
        if (kind, number) != ("hard", 1):
            other["address"] = one["address"]
        if kind != "decoy" and (kind, number) != ("hard", 1):
            other["phone"] = one["phone"]
        if (kind, number) == ("hard", 1):
            more = {"deposit_account": _dealing.account(city, rng, old)}
    buyer = city.unit(("教育局", "医院")[number], rng)
    ceiling = float(round(rng.uniform(8e5, 4e6), -3))
    prices = _market.honest(rng, ceiling, 4)
    firms = [firm, *_market.rivals(city, rng, trade, 3)]
    offers = [
        _market.Offer(bidder, price, more if place == 0 else {})
        for place, (bidder, price) in enumerate(zip(firms, prices, strict=True))
    ]
    tender, contract = _market.tender(city, rng, buyer, trade, listed_on + timedelta(days=760), offers, ceiling=ceiling)
    why = {
        "easy": Text("列入行贿黑名单的企业或其替身再次中标。", "A firm on the bribery list, or its double, won again."),
        "hard": Text(
            "新公司换了法人，仍用旧电话、地址或账户。",
            "The new firm has another boss but the old telephone, address or account.",
        ),
        "decoy": Text(
            "列入期限已满，或只是同址的邻居。",
            "The listing had expired, or it is only a neighbour at the same address.",
        ),
    }[kind]
    subjects = ((firm, "winner"), *(((old, "listed"),) if old != firm else ()))
    return Planted(subjects, (tender,), None if kind == "decoy" else prices[0], (tender, contract), why)


PLANT = Plant("bl-debarred-linked", plant)
