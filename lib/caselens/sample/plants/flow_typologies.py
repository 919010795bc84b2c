"""Shapes of money: cycles, fans, scatter and gather."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _dealing, _making
from caselens.sample._city import City
from caselens.sample._time import moment, some_day
from caselens.sample.plants import _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: a cycle of five firms in four days; one firm to six persons to one. Hard: a cycle of nine over 27 days,
    losing 8 % a hop amid trade; seven in, six out. Decoys: a group treasury; a payroll.
    """
    when = some_day(rng, date(2018, 1, 1), date(2024, 12, 1))
    if kind == "decoy":
        return _treasury(city, rng, when) if number == 0 else _payroll(city, rng, when)
    if number == 0:
        return _cycle(city, rng, when, 5, 4, 0.02) if kind == "easy" else _cycle(city, rng, when, 9, 27, 0.08)
    return _scatter(city, rng, when) if kind == "easy" else _gather(city, rng, when)


def _firms(city: City, rng: Generator, count: int) -> list[int]:
    trades = ("商贸", "咨询", "制造", "信息", "运输")
    return [_shared.quiet_firm(city, rng, trades[place % len(trades)])[0] for place in range(count)]


def _told(firms: list[int], rows: list[int], amount: float | None, zh: str, en: str) -> Planted:
    return Planted(tuple((firm, "party") for firm in firms), (rows[0],), amount, tuple(rows), Text(zh, en))


def _steps(rng: Generator, when: date, count: int, days: int) -> list[datetime]:
    start = moment(rng, when, 9, 11)
    return [start + timedelta(seconds=int(days * 86400 * place / count)) for place in range(count)]


def _cycle(city: City, rng: Generator, when: date, count: int, days: int, loss: float) -> Planted:
    firms, amount, rows = _firms(city, rng, count), float(round(rng.uniform(4e5, 1.2e6), -2)), []
    first = amount
    for place, at in enumerate(_steps(rng, when, count, days)):
        rows.append(
            _dealing.pay(
                city, rng, firms[place], firms[(place + 1) % count], at, amount, ("货款", "往来款", None)[place % 3]
            )
        )
        amount = round(amount * (1 - loss * float(rng.uniform(0.6, 1))), 2)
    for firm in firms[: 4 if days > 10 else 0]:
        _shared.other_business(city, rng, firm, 8, when - timedelta(days=60), when + timedelta(days=90))
    return _told(
        firms,
        rows,
        first,
        f"{count} 家公司 {days} 日内资金回到起点。",
        f"Money returns to its start over {count} firms in {days} days.",
    )


def _scatter(city: City, rng: Generator, when: date) -> Planted:
    first, last = _firms(city, rng, 2)
    people, rows = [_making.person(city, rng) for _ in range(6)], []
    for who, amount in zip(people, _shared.split(rng, 498_000, 6), strict=True):
        rows.append(
            _dealing.pay(city, rng, first, who, when + timedelta(days=int(rng.integers(0, 2))), amount, "劳务费")
        )
        rows.append(
            _dealing.pay(
                city, rng, who, last, when + timedelta(days=int(rng.integers(2, 5))), round(amount * 0.97, 2), None
            )
        )
    return _told(
        [first, last, *people],
        rows,
        498_000,
        "一家拆给六人，五日内汇入另一家。",
        "One firm to six persons and on to one firm within five days.",
    )


def _gather(city: City, rng: Generator, when: date) -> Planted:
    middle, *firms = _firms(city, rng, 14)
    rows = [
        _dealing.pay(city, rng, firm, middle, when + timedelta(days=int(rng.integers(0, 9))), amount, "货款")
        for firm, amount in zip(firms[:7], _shared.split(rng, 1_400_000, 7), strict=True)
    ]
    rows += [
        _dealing.pay(city, rng, middle, firm, when + timedelta(days=int(rng.integers(10, 26))), amount, "往来款")
        for firm, amount in zip(firms[7:], _shared.split(rng, 1_310_000, 6), strict=True)
    ]
    _shared.other_business(city, rng, middle, 30, when - timedelta(days=200), when + timedelta(days=200))
    return _told(
        [middle, *firms],
        rows,
        1_400_000,
        "七家汇入、六家分出，掺在日常往来中。",
        "Seven pay in and six are paid out, amid other business.",
    )


def _treasury(city: City, rng: Generator, when: date) -> Planted:
    parent, _ = _shared.quiet_firm(city, rng, "制造")
    subs = [
        _shared.quiet_firm(city, rng, "商贸", parent, share=1.0, manager=_making.person(city, rng))[0] for _ in range(4)
    ]
    rows = []
    for day in range(6):
        for sub in subs:
            amount = float(round(rng.uniform(2e4, 2e5), 2))
            rows.append(_dealing.pay(city, rng, sub, parent, when + timedelta(days=day), amount, "资金归集"))
            rows.append(
                _dealing.pay(
                    city, rng, parent, sub, when + timedelta(days=day + 1), round(amount * 0.96, 2), "资金下拨"
                )
            )
    return _told(
        [parent, *subs],
        rows,
        None,
        "集团资金池每日归集与下拨，母公司全资控股。",
        "A group treasury sweeps and funds wholly owned firms daily.",
    )


def _payroll(city: City, rng: Generator, when: date) -> Planted:
    agent, _ = _shared.quiet_firm(city, rng, "劳务", headcount=80)
    workers = [_making.person(city, rng) for _ in range(15)]
    for worker in workers:
        city.add("employments", person_id=worker, org_id=agent, start_date=date(2016, 5, 1))
    rows = [
        _dealing.pay(
            city,
            rng,
            agent,
            worker,
            when + timedelta(days=30 * month),
            float(round(rng.uniform(4_000, 8_000), 2)),
            "代发工资",
        )
        for month in range(3)
        for worker in workers
    ]
    return _told(
        [agent], rows, None, "代发工资，每人按月领取并有社保。", "A payroll: every worker is insured and paid monthly."
    )


PLANT = Plant("flow-typologies", plant)
