"""The winner only lends its licence: nearly all of the money goes on to another."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _dealing, _making
from caselens.sample._city import City
from caselens.sample._time import some_day
from caselens.sample.plants import _market, _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: 97 % of each instalment goes to the same unlicensed firm, which paid the deposit; 96 % to a person. Hard: A
    keeps 9 % and B stands behind two winners; the money is split between B and his spouse. Decoys: half goes to a
    subcontractor on file; a parent company's treasury.
    """
    trade = ("建筑", "市政")[number]
    keep = {"easy": (0.03, 0.04), "hard": (0.09, 0.05), "decoy": (0.5, 0.02)}[kind][number]
    boss = _making.person(city, rng)
    spouse = _making.relative(city, rng, boss, "spouse")
    city.quiet |= {boss, spouse}
    behind, _ = _shared.quiet_firm(city, rng, "土方" if kind != "decoy" or number == 0 else "房地产", boss, share=0.9)
    group = (kind, number) == ("decoy", 1)
    lenders = []
    for _ in range(2 if (kind, number) == ("hard", 0) else 1):
        owner: dict[str, Any] = (
            {} if not group else {"owner": behind, "share": 1.0, "manager": _making.person(city, rng)}
        )
        firm, _ = _shared.quiet_firm(city, rng, trade, **owner)
        _shared.permit(city, rng, firm, city.units["住建局"][0], "施工资质", date(2014, 5, 5))
        lenders.append(firm)
    manager = _making.person(city, rng)
    city.add(
        "employments", person_id=manager, org_id=lenders[0] if kind == "decoy" else behind, start_date=date(2016, 3, 1)
    )
    objects, rows, total = [], [], 0.0
    for firm in lenders:
        buyer = city.unit(("自然资源局", "水利局", "区住建局")[int(rng.integers(3))], rng)
        ceiling = float(round(rng.uniform(3e6, 1.2e7), -3))
        prices = _market.honest(rng, ceiling, 4)
        more = {"project_manager_id": manager}
        if kind != "decoy":
            more["deposit_account"] = _dealing.account(city, rng, behind)
        offers = [
            _market.Offer(bidder, price, more if place == 0 else {})
            for place, (bidder, price) in enumerate(
                zip([firm, *_market.rivals(city, rng, trade, 3)], prices, strict=True)
            )
        ]
        opened = some_day(rng, date(2018, 2, 1), date(2023, 6, 1))
        tender, contract = _market.tender(city, rng, buyer, trade, opened, offers, ceiling=ceiling)
        objects += [tender, contract]
        if kind == "decoy" and number == 0:
            rows.append(
                _dealing.contract(
                    city,
                    rng,
                    firm,
                    behind,
                    prices[0] * 0.5,
                    opened + timedelta(days=50),
                    "土方分包",
                    category="土方",
                    parent_contract_id=contract,
                )
            )
        for turn, share in enumerate((0.3, 0.4, 0.3)):
            when = opened + timedelta(days=120 + 150 * turn)
            amount = round(prices[0] * share, 2)
            rows.append(_dealing.pay(city, rng, buyer, firm, when, amount, "进度款", reference=contract))
            rows += _pass_on(city, rng, kind, number, firm, behind, boss, spouse, when, round(amount * (1 - keep), 2))
            total += amount * (1 - keep)
    why = {
        "easy": Text(
            "进度款到账后九成以上转给无资质的实际施工人，保证金也由其缴纳。",
            "Over nine tenths of each instalment go to an unlicensed firm, which also paid the deposit.",
        ),
        "hard": Text(
            "留存 9% 且同时借用两家资质，或拆给实际施工人及其配偶。",
            "The lender keeps 9 % and a second one serves too, or the money is split within a couple.",
        ),
        "decoy": Text(
            "有备案的专业分包，或母公司资金池归集。", "A subcontract on file, or the treasury of the parent company."
        ),
    }[kind]
    subjects = (*((firm, "winner") for firm in lenders), (behind, "behind"))
    return Planted(subjects, tuple(objects), None if kind == "decoy" else round(total, 2), (*objects, *rows), why)


def _pass_on(
    city: City,
    rng: Generator,
    kind: PlantKind,
    number: int,
    firm: int,
    behind: int,
    boss: int,
    spouse: int,
    when: date,
    amount: float,
) -> list[int]:
    """What leaves the winner after an instalment."""
    gap = timedelta(days=int(rng.integers(2, 24)))
    if kind == "easy" and number == 1:
        return [_dealing.pay(city, rng, firm, boss, when + gap, amount, "劳务费")]
    if kind == "hard" and number == 1:
        half = round(amount * 0.55, 2)
        return [
            _dealing.pay(city, rng, firm, behind, when + gap, half, "材料款"),
            _dealing.pay(city, rng, firm, spouse, when + gap + timedelta(days=3), round(amount - half, 2), "劳务费"),
        ]
    return [_dealing.pay(city, rng, firm, behind, when + gap, amount, "分包工程款" if kind == "decoy" else "材料款")]


PLANT = Plant("bid-borrowed-qualification", plant)
