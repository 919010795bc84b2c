"""The works began, or were paid, before there was a tender or a contract."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _making
from caselens.sample._city import City
from caselens.sample._time import some_day, workday
from caselens.sample.plants import _market, _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: on the site 70 days before the notice; paid 40 days before the contract. Hard: material ten days before the
    contract; an emergency order that the leader wrote himself, afterwards. Decoys: an order of the city government,
    before; three days early.
    """
    owner = city.unit(("开发区管委会", "住建局", "街道办")[("easy", "hard", "decoy").index(kind)], rng)
    head, _ = _shared.leader(city, rng, owner, "副主任", "approval", start=date(2016, 1, 10))
    firm, _ = _shared.quiet_firm(city, rng, "绿化" if number else "市政")
    opened = workday(some_day(rng, date(2018, 6, 1), date(2024, 6, 1)))
    ceiling = float(round(rng.uniform(9e5, 9e6), -3))
    project = city.add(
        "projects",
        name=("景观提升工程", "应急排涝工程")[number],
        owner_id=owner,
        region="云江",
        category="市政",
        lifecycle="engineering",
        delivery="design_bid_build",
        estimate=ceiling * 1.2,
        approved_estimate=ceiling * 1.12,
        budget=ceiling * 1.03,
    )
    trade = "绿化" if number else "市政"
    prices = _market.honest(rng, ceiling, 3)
    offers = [
        _market.Offer(bidder, price)
        for bidder, price in zip([firm, *_market.rivals(city, rng, trade, 2)], prices, strict=True)
    ]
    tender, contract = _market.tender(
        city,
        rng,
        owner,
        trade,
        opened,
        offers,
        ceiling=ceiling,
        handler=head,
        project_id=project,
        published_on=opened - timedelta(days=24),
    )
    signed = city.row(contract)["signed_on"]
    stage, when = {
        ("easy", 0): ("site_entry", opened - timedelta(days=94)),
        ("easy", 1): ("tendering", opened - timedelta(days=24)),
        ("hard", 0): ("material_delivery", signed - timedelta(days=10)),
        ("hard", 1): ("site_entry", opened - timedelta(days=50)),
        ("decoy", 0): ("site_entry", opened - timedelta(days=40)),
        ("decoy", 1): ("site_entry", signed - timedelta(days=3)),
    }[kind, number]
    events: list[tuple[str, date, str | None, int | None]] = [(stage, when, None, None)]
    if (kind, number) == ("hard", 1):
        events.append(("emergency_order", when + timedelta(days=45), None, owner))
    elif (kind, number) == ("decoy", 0):
        events.append(
            ("emergency_order", when - timedelta(days=2), f"云府令〔{when.year}〕3号", city.units["市政府"][0])
        )
    events += [
        ("construction_permit", signed + timedelta(days=12), None, None),
        ("construction_start", signed + timedelta(days=15), None, None),
    ]
    rows = [
        city.add(
            "project_events",
            project_id=project,
            stage=name,
            happened_on=at,
            handler_id=head,
            document_no=document,
            issued_by_id=issuer,
        )
        for name, at, document, issuer in events
    ]
    if (kind, number) == ("easy", 1):
        rows.append(
            _making.pay(
                city, rng, owner, firm, signed - timedelta(days=40), prices[0] * 0.3, "工程款", reference=contract
            )
        )
    rows.append(
        _making.pay(city, rng, owner, firm, signed + timedelta(days=90), prices[0] * 0.5, "进度款", reference=contract)
    )
    why = {
        "easy": Text(
            "招标公告前七十日已进场，或签约前四十日已付款。",
            "On the site seventy days before the notice, or paid forty days before the contract.",
        ),
        "hard": Text(
            "材料先于合同进场，或应急令系本单位事后补写。",
            "Material before the contract, or an emergency order that the unit wrote afterwards.",
        ),
        "decoy": Text(
            "市政府事前有应急文号，或仅早三日。",
            "A numbered order of the city government came first, or it was three days early.",
        ),
    }[kind]
    subjects = ((owner, "owner"), (head, "official"), (firm, "supplier"))
    return Planted(
        subjects,
        (project, tender),
        None if kind == "decoy" else round(prices[0], 2),
        (project, tender, contract, *rows),
        why,
    )


PLANT = Plant("proc-late-paper", plant)
