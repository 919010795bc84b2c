"""A short chain leads from an official over kin, a colleague, a telephone or an address to a supplier."""

from __future__ import annotations

from datetime import date

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _making
from caselens.sample._city import City
from caselens.sample._time import some_day
from caselens.sample.plants import _market, _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: a sibling holds 30 % of the winner; a former colleague runs it. Hard: the spouse's telephone is that of the
    winner's boss; a firm of the child holds 40 %. Decoys: an ordered liaison; an agent's address with sixty firms.
    """
    key, trade = (("城管局", "绿化"), ("教育局", "信息"))[number]
    unit = city.unit(key, rng)
    official, spouse = _shared.leader(city, rng, unit, remit="tendering", start=date(2016, 5, 3))
    firm, boss = _shared.quiet_firm(city, rng, trade)
    link = (official, "official")
    if kind == "easy" and number == 0:
        link = (_making.relative(city, rng, official, "sibling"), "kin")
        _making.buy_in(city, link[0], firm, 0.3, date(2015, 5, 5))
    elif kind == "easy":
        _making.official(city, rng, unit, "财务科科长", start=date(2014, 1, 6), end=date(2017, 12, 29), who=boss)
        link = (boss, "colleague")
    elif kind == "hard" and number == 0:
        city.row(spouse)["phone"] = city.row(boss)["phone"] = city.row(boss)["phone"] or "10071550236"
        link = (spouse, "kin")
    elif kind == "hard":
        link = (_making.relative(city, rng, official, "child"), "kin")
        between, _ = _shared.quiet_firm(city, rng, "商贸", link[0], share=0.9)
        _making.buy_in(city, between, firm, 0.4, date(2016, 2, 2))
    elif number == 0:
        city.add(
            "liaisons",
            person_id=official,
            org_id=firm,
            basis="包保联系",
            issued_by_id=city.units["市政府"][0],
            document_no="云政办〔2016〕31号",
            start_date=date(2016, 6, 1),
        )
    else:
        address = "云江市创业街66号孵化中心集群注册点"
        for name in ("商贸", "制造", "餐饮", "汽车", "酒店", "养殖"):
            for other in city.firms[name]:
                city.row(other)["address"] = address
        city.row(firm)["address"] = city.row(spouse)["address"] = address
    rows: list[int] = []
    total = 0.0
    for year in (2018, 2020, 2022):
        ceiling = float(round(rng.uniform(6e5, 3e6), -3))
        prices = _market.honest(rng, ceiling, 4)
        offers = [
            _market.Offer(bidder, price)
            for bidder, price in zip([firm, *_market.rivals(city, rng, trade, 3)], prices, strict=True)
        ]
        opened = some_day(rng, date(year, 2, 1), date(year, 11, 1))
        made = _market.tender(city, rng, unit, trade, opened, offers, ceiling=ceiling, handler=official)
        rows += made
        total += prices[0]
    why = {
        "easy": Text(
            "官员的亲属或旧同事就在中标供应商里。",
            "Kin or a former colleague of the official sits in the winning supplier.",
        ),
        "hard": Text(
            "链条隐藏在同一电话或中间公司里。", "The chain is hidden in a shared telephone or a firm between."
        ),
        "decoy": Text(
            "联系为组织指派，或地址为集群注册点。",
            "The contact was ordered, or the address is that of a registration agent.",
        ),
    }[kind]
    subjects = ((official, "official"), (firm, "supplier"), *((link,) if link[0] != official else ()))
    return Planted(subjects, (rows[0],), None if kind == "decoy" else round(total, 2), tuple(rows), why)


PLANT = Plant("rel-official-supplier-path", plant)
