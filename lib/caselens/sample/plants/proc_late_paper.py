"""The works began, or were paid, before there was a tender or a contract."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _dealing
from caselens.sample._city import City
from caselens.sample._time import some_day, workday
from caselens.sample.background.projects import milestones
from caselens.sample.plants import _market, _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: on the site 70 days before the notice; paid a fortnight before it. Hard: material ten days before the
    notice; an emergency order that the unit wrote itself, afterwards. Decoys: an order of the city government, before;
    three days before the contract.
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
    notice = opened - timedelta(days=24)
    milestones(city, rng, project, owner, head, signed, tendering=notice, contract=signed)
    mine = {row["stage"]: row for row in city.rows["project_events"] if row["project_id"] == project}
    early = {
        ("easy", 0): notice - timedelta(days=70),
        ("hard", 1): notice - timedelta(days=26),
        ("decoy", 0): notice - timedelta(days=16),
        ("decoy", 1): signed - timedelta(days=3),
    }.get((kind, number))
    if early is not None:
        mine["site_entry"]["happened_on"] = early
    rows: list[int] = [row["event_id"] for row in mine.values()]
    extra: list[tuple[str, date, str | None, int]] = []
    if (kind, number) == ("hard", 0):
        extra.append(("material_delivery", notice - timedelta(days=10), None, owner))
    elif early is not None and (kind, number) == ("hard", 1):
        extra.append(("emergency_order", early + timedelta(days=45), None, owner))
    elif early is not None and (kind, number) == ("decoy", 0):
        extra.append(
            ("emergency_order", early - timedelta(days=2), f"云府令〔{early.year}〕3号", city.units["市政府"][0])
        )
    for stage, when, document, issuer in extra:
        rows.append(
            city.add(
                "project_events",
                project_id=project,
                stage=stage,
                happened_on=when,
                handler_id=head,
                document_no=document,
                issued_by_id=issuer,
            )
        )
    if (kind, number) == ("easy", 1):
        rows.append(
            _dealing.pay(
                city, rng, owner, firm, notice - timedelta(days=15), prices[0] * 0.3, "工程款", reference=contract
            )
        )
    rows.append(
        _dealing.pay(
            city, rng, owner, firm, signed + timedelta(days=150), prices[0] * 0.5, "进度款", reference=contract
        )
    )
    why = {
        "easy": Text(
            "招标公告前七十日已进场，或公告前半月已付款。",
            "On the site seventy days before the notice, or paid a fortnight before it.",
        ),
        "hard": Text(
            "材料先于公告十日进场，或应急令系本单位事后补写。",
            "Material ten days before the notice, or an emergency order that the unit wrote afterwards.",
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
