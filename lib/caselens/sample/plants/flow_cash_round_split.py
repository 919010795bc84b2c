"""Cash paid in again and again just under the line at which banks report."""

from __future__ import annotations

from datetime import date

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _dealing, _making
from caselens.sample._city import City
from caselens.sample._time import moment, some_day
from caselens.sample.plants import _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: fourteen deposits from 4.6 to 4.99万 in four months; ten in two. Hard: nine over a year among others;
    drawn instead of paid in. Decoys: a shop's takings on both sides of the line; a machine's limit of 2万.
    """
    count, span = {"easy": ((14, 120), (10, 60)), "hard": ((9, 365), (11, 500)), "decoy": ((16, 700), (14, 600))}[kind][
        number
    ]
    if kind == "decoy" and number == 0:
        holder = _making.person(city, rng)
    else:
        holder, _ = _shared.leader(city, rng, city.unit("应急局", rng), remit="approval", start=date(2016, 9, 1))
    first = some_day(rng, date(2018, 1, 1), date(2023, 12, 1))
    days = _shared.days_within(rng, first, span, count)
    sums = [float(rng.integers(4_580, 4_998)) * 10 for _ in days]
    if kind == "decoy":
        sums = [float(rng.integers(4_100, 5_900)) * 10 for _ in days] if number == 0 else [20_000.0 for _ in days]
    if kind == "hard" and number == 0:
        days += _shared.days_within(rng, first, span, 8)
        sums += [float(rng.integers(20, 300)) * 100 for _ in range(8)]
    out = (kind, number) in (("hard", 1), ("decoy", 1))
    bank, desk = _dealing.account(city, rng, holder), city.counter
    rows = tuple(
        city.add(
            "payments",
            paid_at=moment(rng, day, 9, 17),
            payer_account=bank if out else desk,
            payee_account=desk if out else bank,
            amount=amount,
            currency="CNY",
            channel="cash",
            memo="取现" if out else "存现",
        )
        for day, amount in zip(days, sums, strict=True)
    )
    city.watched.add(bank)
    why = {
        "easy": Text("多笔现金恰在 5 万元以下。", "Many cash deposits lie just below 50,000."),
        "hard": Text("一年间分散进行，或改为支取。", "Spread over a year among others, or drawn instead of paid in."),
        "decoy": Text(
            "店铺营业款在线上下均有，或为取款机限额。",
            "A shop's takings on both sides of the line, or a machine's limit.",
        ),
    }[kind]
    total = sum(amount for amount in sums if amount >= 45_000)
    return Planted(((holder, "holder"),), (bank,), None if kind == "decoy" else total, rows[:count], why)


PLANT = Plant("flow-cash-round-split", plant)
