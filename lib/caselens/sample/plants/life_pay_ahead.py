"""Paid beyond the contract, the certified progress or before the audit."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _dealing
from caselens.sample._city import City
from caselens.sample._time import some_day
from caselens.sample.background.projects import milestones
from caselens.sample.plants import _market, _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind

#: Payments as (day after signing, share of the contract); progress certified as (day, share); day of the audit.
_COURSE = {
    ("easy", 0): ([(60, 0.5), (150, 0.5), (260, 0.28)], [(55, 0.5), (145, 0.98)], 400),
    ("easy", 1): ([(40, 0.45), (70, 0.35)], [(35, 0.15), (68, 0.4)], 400),
    ("hard", 0): ([(60, 0.4), (160, 0.5), (300, 0.1)], [(55, 0.45), (155, 0.95)], 390),
    ("hard", 1): ([(60, 0.52), (120, 0.4), (210, 0.12)], [(55, 0.55), (118, 0.95), (200, 1.0)], 205),
    ("decoy", 0): ([(60, 0.5), (160, 0.5), (420, 0.06)], [(55, 0.5), (150, 1.0)], 400),
    ("decoy", 1): ([(60, 0.42), (160, 0.52), (420, 0.06)], [(55, 0.4), (150, 0.9)], 400),
}


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: 128 % of the contract; 80 % paid at 40 % progress. Hard: the last tenth 90 days before the audit; 4 % too
    much. Decoys: an approved change covers it; within five per cent of progress.
    """
    owner = city.unit(("开发区管委会", "城管局", "水利局")[("easy", "hard", "decoy").index(kind)], rng)
    head, _ = _shared.leader(city, rng, owner, remit="payment", start=date(2016, 4, 1))
    firm, _ = _shared.quiet_firm(city, rng, "建筑" if number else "市政")
    ceiling = float(round(rng.uniform(3e6, 2e7), -3))
    trade = "建筑" if number else "市政"
    project = city.add(
        "projects",
        name="片区配套工程",
        owner_id=owner,
        region="云江",
        category=trade,
        lifecycle="engineering",
        delivery="design_bid_build",
        estimate=ceiling * 1.15,
        approved_estimate=ceiling * 1.1,
        budget=ceiling * 1.05,
    )
    offers = [
        _market.Offer(bidder, price)
        for bidder, price in zip(
            [firm, *_market.rivals(city, rng, trade, 3)], _market.honest(rng, ceiling, 4), strict=True
        )
    ]
    tender, contract = _market.tender(
        city,
        rng,
        owner,
        trade,
        some_day(rng, date(2018, 1, 8), date(2023, 6, 1)),
        offers,
        ceiling=ceiling,
        handler=head,
        project_id=project,
    )
    row = city.row(contract)
    signed, amount = row["signed_on"], row["amount"]
    payments, progress, audit = _COURSE[kind, number]
    row["accepted_on"], row["final_amount"] = signed + timedelta(days=min(audit - 15, 280)), amount
    rows = [tender, contract]
    for days, share in progress:
        rows.append(
            city.add(
                "project_events",
                project_id=project,
                stage="progress_certified",
                happened_on=signed + timedelta(days=days),
                handler_id=head,
                amount=round(amount * share, 2),
            )
        )
    milestones(city, rng, project, owner, head, signed, tendering=city.row(tender)["published_on"], contract=signed)
    mine = {event["stage"]: event for event in city.rows["project_events"] if event["project_id"] == project}
    for stage, days in (("acceptance", min(audit - 15, 280)), ("audit", audit), ("payment", audit + 20)):
        mine[stage]["happened_on"] = signed + timedelta(days=days)
    rows += [mine["acceptance"]["event_id"], mine["audit"]["event_id"]]
    if (kind, number) == ("decoy", 0):
        rows.append(
            city.add(
                "contract_changes",
                contract_id=contract,
                amount=round(amount * 0.07, 2),
                changed_on=signed + timedelta(days=130),
                reason="工程量调整",
                handler_id=head,
            )
        )
    for days, share in payments:
        rows.append(
            _dealing.pay(
                city, rng, owner, firm, signed + timedelta(days=days), amount * share, "进度款", reference=contract
            )
        )
    why = {
        "easy": Text(
            "付款超过合同价，或远超已确认进度。", "Paid beyond the contract, or far beyond certified progress."
        ),
        "hard": Text("尾款先于审计，或多付 4%。", "The last part came before the audit, or 4 % too much was paid."),
        "decoy": Text(
            "有批准的变更，或在进度百分之五以内。",
            "An approved change covers it, or it stays within five per cent of progress.",
        ),
    }[kind]
    over = amount * max(0.0, sum(share for _, share in payments) - 1)
    subjects = ((owner, "owner"), (firm, "supplier"), (head, "official"))
    return Planted(subjects, (contract,), None if kind == "decoy" else round(over, 2) or None, tuple(rows), why)


PLANT = Plant("life-pay-ahead", plant)
