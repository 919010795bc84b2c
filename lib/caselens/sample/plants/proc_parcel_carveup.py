"""The packages of one leader's projects are always shared out among the same friends."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample._city import City
from caselens.sample._time import some_day
from caselens.sample.background.projects import milestones
from caselens.sample.background.units import unit as new_unit
from caselens.sample.plants import _market, _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind

_PACKAGES = ("建筑", "绿化", "土方")


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: main works, greening and earthworks always to the same three; in seven projects. Hard: 70 % of the time;
    with a change of leader after which it ends. Decoys: winners as they come; one specialist firm wins one kind only.
    """
    place = ("easy", "hard", "decoy").index(kind) * 2 + number
    name = ("高科", "新城", "滨江", "临港", "空港", "生态")[place]
    buyer = new_unit(city, rng, "新设单位", f"云江{name}建设集团有限公司", "state_owned", city.units["国资委"][0])
    until = date(2021, 3, 1) if (kind, number) == ("hard", 1) else None
    head, _ = _shared.leader(city, rng, buyer, "董事长", "tendering", head=True, start=date(2015, 8, 1), end=until)
    if until:
        _shared.leader(city, rng, buyer, "董事长", "tendering", head=True, start=until + timedelta(days=10))
    friends = {trade: _shared.quiet_firm(city, rng, trade)[0] for trade in _PACKAGES}
    loyal = {"easy": (1.0, 0.95), "hard": (0.72, 1.0), "decoy": (0.0, 0.0)}[kind][number]
    made, total = [], 0.0
    for turn in range((9, 7)[number] + (3 if kind == "hard" else 0)):
        opened = (
            some_day(rng, date(2016, 2, 1), date(2020, 11, 1))
            if not until or turn < 7
            else some_day(rng, until, date(2025, 1, 1))
        )
        project = city.add(
            "projects",
            name=f"{name}片区{turn + 1}号地块工程",
            owner_id=buyer,
            region="云江",
            category="建筑",
            lifecycle="engineering",
            delivery="design_bid_build",
            estimate=float(round(rng.uniform(2e7, 9e7), -4)),
        )
        signed = opened + timedelta(days=30)
        milestones(city, rng, project, buyer, head, opened, tendering=opened - timedelta(days=24), contract=signed)
        for trade in _PACKAGES:
            ceiling = float(round(rng.uniform(1.5e6, 2e7), -3))
            others = _market.rivals(city, rng, trade, 3)
            friendly = rng.random() < loyal and not (until and opened > until)
            if (kind, number) == ("decoy", 1) and trade == "绿化":
                friendly = True
            bidders = [friends[trade], *others] if friendly else [*others[:1], friends[trade], *others[1:]]
            prices = _market.honest(rng, ceiling, 4)
            tender, contract = _market.tender(
                city,
                rng,
                buyer,
                trade,
                opened,
                [_market.Offer(f, p) for f, p in zip(bidders, prices, strict=True)],
                ceiling=ceiling,
                handler=head,
                project_id=project,
                lot=trade,
            )
            if friendly:
                made += [tender, contract]
                total += prices[0]
            elif not made:
                made.append(tender)
    why = {
        "easy": Text(
            "主体、绿化、土方历次均归固定三家。", "Main works, greening and earthworks always go to the same three."
        ),
        "hard": Text("多数如此，或只在某任负责人任内如此。", "Mostly so, or only in one leader's term."),
        "decoy": Text(
            "中标人分散，或仅一个专业由专门企业承担。", "Winners vary, or only one trade lies with a specialist."
        ),
    }[kind]
    subjects = ((head, "official"), (buyer, "buyer"), *((firm, "winner") for firm in friends.values()))
    return Planted(subjects, (made[0],), None if kind == "decoy" else round(total, 2), tuple(made), why)


PLANT = Plant("proc-parcel-carveup", plant)
