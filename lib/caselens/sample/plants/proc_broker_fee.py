"""A broker who is party to no contract is paid by several winners after the award."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _dealing, _making
from caselens.sample._city import City
from caselens.sample._time import moment, some_day
from caselens.sample.plants import _market, _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: 3 % from four winners to one man who telephones the official; his firm. Hard: 1.2 % after 80 days; split
    between broker and spouse. Decoys: the tender agent's fee; a consultant with a contract and a report.
    """
    buyer = city.unit(("城投集团", "交投集团", "水务集团")[("easy", "hard", "decoy").index(kind)], rng)
    official, _ = _shared.leader(city, rng, buyer, "副总经理", "tendering", start=date(2016, 3, 1))
    broker = _making.person(city, rng)
    city.quiet.add(broker)
    payee = broker
    if kind == "easy" and number:
        payee, _ = _shared.quiet_firm(city, rng, "咨询", broker, share=1.0)
    elif kind == "decoy":
        payee = city.units["招标代理"][0] if number == 0 else _shared.quiet_firm(city, rng, "咨询", broker)[0]
    spouse = _making.relative(city, rng, broker, "spouse") if (kind, number) == ("hard", 1) else -1
    share, wait = {"easy": (0.03, 20), "hard": (0.013, 80), "decoy": (0.012, 15)}[kind]
    rows: list[int] = []
    winners, total = [], 0.0
    for turn in range(4 if kind == "easy" else 3):
        trade = ("市政", "绿化", "设备", "建筑")[turn]
        winner, _ = _shared.quiet_firm(city, rng, trade)
        winners.append(winner)
        ceiling = float(round(rng.uniform(2e6, 1.5e7), -3))
        prices = _market.honest(rng, ceiling, 4)
        offers = [
            _market.Offer(bidder, price)
            for bidder, price in zip([winner, *_market.rivals(city, rng, trade, 3)], prices, strict=True)
        ]
        opened = some_day(rng, date(2018, 2, 1), date(2024, 6, 1))
        tender, contract = _market.tender(city, rng, buyer, trade, opened, offers, ceiling=ceiling, handler=official)
        fee = round(prices[0] * share, -2)
        when = city.row(tender)["awarded_on"] + timedelta(days=wait)
        rows += [tender, contract]
        if (kind, number) == ("decoy", 1):
            rows.append(
                _dealing.contract(
                    city, rng, winner, payee, fee, when - timedelta(days=10), "造价咨询", category="咨询", accepted=when
                )
            )
        if kind == "decoy" and number == 0:
            city.row(tender)["agent_id"] = payee
        memo = "代理费" if kind == "decoy" and number == 0 else "咨询费"
        if spouse != -1:
            rows.append(_dealing.pay(city, rng, winner, spouse, when + timedelta(days=4), fee * 0.4, "劳务费"))
            fee = round(fee * 0.6, 2)
        rows.append(_dealing.pay(city, rng, winner, payee, when, fee, memo))
        total += fee
        if kind != "decoy":
            for days in (9, 3):
                rows.append(
                    city.add(
                        "contacts",
                        kind="call",
                        person_id=official,
                        other_id=broker,
                        happened_at=moment(rng, opened - timedelta(days=days), 19, 22),
                        seconds=int(rng.integers(60, 700)),
                    )
                )
    why = {
        "easy": Text(
            "与合同无关的中间人从四家中标人处各收 3%。", "A man in no contract took 3 % from each of four winners."
        ),
        "hard": Text("比例较低、间隔较久，或由配偶分收。", "A smaller share, later, or shared with the spouse."),
        "decoy": Text(
            "持证代理机构的代理费，或有合同有成果的咨询费。",
            "The agent's tariff fee, or a consultant with contract and report.",
        ),
    }[kind]
    subjects = [(payee, "broker"), *((firm, "payer") for firm in winners), (official, "official")]
    subjects += [(spouse, "kin")] if spouse != -1 else []
    return Planted(tuple(subjects), (rows[0],), None if kind == "decoy" else round(total, 2), tuple(rows), why)


PLANT = Plant("proc-broker-fee", plant)
