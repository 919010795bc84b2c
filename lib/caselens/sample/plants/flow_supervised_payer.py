"""Money from somebody about whose business the official's unit decides."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _dealing
from caselens.sample._city import City
from caselens.sample._time import some_day
from caselens.sample.plants import _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: one payment of 5万 by a tenant of the village; 80万 in cash and 4,000 dollars. Hard: three of 4,200 to the
    spouse; cash drawn and paid in on the same day. Decoys: business that ended years before the post; a refund.
    """
    if kind == "easy":
        return _tenant(city, rng) if number == 0 else _cash(city, rng)
    if kind == "hard":
        return _to_spouse(city, rng) if number == 0 else _same_day(city, rng)
    return _long_ago(city, rng) if number == 0 else _refund(city, rng)


def _told(
    one: _shared.Client, rows: tuple[int, ...], amount: float | None, why: Text, *more: tuple[int, str]
) -> Planted:
    subjects = ((one.official, "official"), (one.boss, "payer"), (one.firm, "firm"), *more)
    return Planted(subjects, (rows[0],), amount, (*rows, one.contract), why)


def _tenant(city: City, rng: Generator) -> Planted:
    village = city.unit("村", rng)
    official, _ = _shared.leader(city, rng, village, "主任", "land", head=True, start=date(2018, 1, 10))
    firm, boss = _shared.quiet_firm(city, rng, "汽车")
    lease = city.add(
        "asset_disposals",
        seller_id=village,
        description="场地出租",
        book_value=900_000,
        appraised_value=880_000,
        price=46_000,
        buyer_id=firm,
        method="lease",
        bidder_count=2,
        rounds=1,
        term_months=60,
        area=1800,
        disposed_on=date(2021, 3, 2),
    )
    paid = _dealing.pay(city, rng, boss, official, some_day(rng, date(2022, 1, 10), date(2022, 11, 30)), 50_000, None)
    return Planted(
        ((official, "official"), (boss, "payer"), (firm, "firm")),
        (paid,),
        50_000,
        (paid, lease),
        Text(
            "承租村场地的公司负责人一次转账 5 万元。", "The boss of a firm that rents village land paid 50,000 at once."
        ),
    )


def _cash(city: City, rng: Generator) -> Planted:
    one = _shared.client(city, rng, "自然资源局", "土方", date(2017, 3, 1), post="局长", remit="land")
    rows = [
        _dealing.pay(
            city,
            rng,
            one.boss,
            one.official,
            some_day(rng, date(2017, 6, 1), date(2022, 12, 30)),
            amount,
            None,
            channel="cash",
            basis="testimony" if place else None,
        )
        for place, amount in enumerate((300_000.0, 200_000.0, 200_000.0, 100_000.0))
    ]
    dollars = _dealing.pay(city, rng, one.boss, one.official, date(2019, 10, 3), 4_000, None, channel="cash")
    city.row(dollars)["currency"] = "USD"
    return _told(
        one,
        (*rows, dollars),
        800_000,
        Text(
            "承包人现金四次共 80 万元，另 4000 美元。",
            "A contractor paid 800,000 in cash in four parts, and 4,000 dollars.",
        ),
    )


def _to_spouse(city: City, rng: Generator) -> Planted:
    one = _shared.client(city, rng, "交通局", "监理", date(2018, 2, 1))
    first = some_day(rng, date(2019, 1, 1), date(2021, 3, 1))
    rows = tuple(
        _dealing.pay(city, rng, one.boss, one.spouse, first + timedelta(days=gap), 4_200, memo, channel="wechat")
        for gap, memo in ((0, None), (170, "代购"), (360, None))
    )
    return _told(
        one,
        rows,
        12_600,
        Text("三笔各 4200 元转给官员配偶。", "Three payments of 4,200 to the official's spouse."),
        (one.spouse, "kin"),
    )


def _same_day(city: City, rng: Generator) -> Planted:
    one = _shared.client(city, rng, "水利局", "市政", date(2017, 5, 1))
    when = some_day(rng, date(2019, 1, 1), date(2023, 6, 30))
    counter = city.counter
    rows = []
    for hour, source, target in (
        (10, _dealing.account(city, rng, one.boss), counter),
        (15, counter, _dealing.account(city, rng, one.official)),
    ):
        rows.append(
            city.add(
                "payments",
                paid_at=datetime.combine(when, time(hour, int(rng.integers(60)), int(rng.integers(60)))),
                payer_account=source,
                payee_account=target,
                amount=60_000,
                currency="CNY",
                channel="cash",
                memo="取现" if target == counter else "存现",
            )
        )
    return _told(
        one,
        tuple(rows),
        60_000,
        Text(
            "承包人取现 6 万元，当日官员存现 6 万元。",
            "A contractor drew 60,000 in cash; the official paid in 60,000 the same day.",
        ),
    )


def _long_ago(city: City, rng: Generator) -> Planted:
    unit = city.unit("城管局", rng)
    firm, boss = _shared.quiet_firm(city, rng, "绿化")
    old = _dealing.contract(
        city, rng, unit, firm, 310_000, date(2016, 4, 11), "绿化养护", category="绿化", accepted=date(2016, 12, 1)
    )
    official, _ = _shared.leader(city, rng, unit, remit="payment", start=date(2021, 9, 1))
    paid = _dealing.pay(city, rng, boss, official, some_day(rng, date(2022, 6, 1), date(2023, 6, 1)), 12_000, "还款")
    return Planted(
        ((official, "official"), (boss, "payer"), (firm, "firm")),
        (paid,),
        None,
        (paid, old),
        Text(
            "该公司与单位的业务在官员到任五年前已结束。",
            "The firm's business with the unit ended five years before the official came.",
        ),
    )


def _refund(city: City, rng: Generator) -> Planted:
    one = _shared.client(city, rng, "街道办", "汽车", date(2018, 4, 1))
    when = some_day(rng, date(2019, 1, 1), date(2023, 1, 1))
    out = _dealing.pay(city, rng, one.official, one.firm, when, 16_800, "定金")
    back = _dealing.pay(city, rng, one.firm, one.official, when + timedelta(days=13), 16_800, "退款")
    return _told(one, (back, out), None, Text("购车定金原额退回。", "The deposit for a car was paid back in full."))


PLANT = Plant("flow-supervised-payer", plant)
