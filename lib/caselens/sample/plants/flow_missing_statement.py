"""Statements with a hole: months that the bank did not hand over, or an own account nobody asked for."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _dealing, _desk, _making
from caselens.sample._city import City
from caselens.sample._time import moment
from caselens.sample.plants import _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind

_GAPS = {
    ("easy", 0): (date(2020, 3, 1), date(2020, 9, 1)),
    ("easy", 1): (date(2019, 11, 1), date(2020, 2, 1)),
    ("hard", 0): (date(2021, 4, 9), date(2021, 5, 21)),
}


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: six months missing; three. Hard: six weeks across two months; money comes from a second card of the same
    holder that is not on file. Decoys: an account opened late; a sleeping account
    that nobody declared complete.
    """
    unit = city.unit("人社局", rng)
    holder, _ = _shared.leader(city, rng, unit, remit="payment", start=date(2016, 2, 1))
    account = _dealing.account(city, rng, holder)
    city.lined[account] = _desk.machine(rng)["device_mac"]
    rows: list[int] = []
    if kind == "decoy" and number == 1:
        days = [date(2018, 1, 15), date(2018, 2, 14), date(2021, 6, 1), date(2021, 7, 2), date(2025, 3, 9)]
        city.quiet.add(holder)
    else:
        begin = date(2022, 1, 10) if kind == "decoy" else date(2018, 1, 10)
        city.row(account)["opened_on"] = date(2022, 1, 4) if kind == "decoy" else city.row(account)["opened_on"]
        days = [begin + timedelta(days=31 * month) for month in range(48)]
    if (kind, number) != ("decoy", 1):
        city.sealed[account] = (days[0].replace(day=1), days[-1])
    for day in days:
        rows.append(_dealing.pay(city, rng, unit, holder, day, float(round(rng.uniform(7e3, 9e3), 2)), "工资"))
    if (kind, number) in _GAPS:
        city.gaps[account] = _GAPS[kind, number]
        first, last = _GAPS[kind, number]
        rows += [
            _dealing.pay(city, rng, _making.person(city, rng), holder, first + timedelta(days=gap), 30_000, None)
            for gap in range(8, (last - first).days, 25)
        ]
    if kind == "hard" and number == 1:
        card = city.add(
            "accounts",
            holder_id=holder,
            holder_name=city.row(holder)["name"],
            institution="东屏银行",
            kind="bank",
            opened_on=date(2015, 8, 3),
        )
        rows += [
            city.add(
                "payments",
                paid_at=moment(rng, date(2019, 2, 3) + timedelta(days=47 * turn)),
                payer_account=card,
                payee_account=account,
                amount=float(rng.integers(20, 90)) * 1000,
                currency="CNY",
                channel="transfer",
                memo=None,
            )
            for turn in range(9)
        ]
    why = {
        "easy": Text(
            "完整调取范围内有整月缺失，余额前后不接。",
            "Whole months are missing inside what was declared complete, and balances jump.",
        ),
        "hard": Text(
            "缺口跨月不满整月，或资金来自从未调取的本人账户。",
            "A gap of six weeks, or money from an own card that nobody obtained.",
        ),
        "decoy": Text(
            "账户开立较晚，或长期不动且银行未称完整、余额连续。",
            "Opened late, or asleep, not declared complete, with balances that follow on.",
        ),
    }[kind]
    return Planted(((holder, "holder"),), (account,), None, tuple(rows), why)


PLANT = Plant("flow-missing-statement", plant)
