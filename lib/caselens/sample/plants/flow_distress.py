"""A spiral of debts and spending beyond means, together with money from a supervised party."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _dealing, _making
from caselens.sample._city import City
from caselens.sample.plants import _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: six lenders in a year and gifts of a contractor; live-stream gifts of half the pay. Hard: eight loans, each
    taken days after a repayment; four lenders and one gift. Decoys: a mortgage and a car loan; debts without any gift.
    """
    one = _shared.client(
        city, rng, ("街道办", "区自然资源局")[number], "拆迁", date(2018, 3, 1), post="综合科科员", remit="land"
    )
    _dealing.account(city, rng, one.official, "wechat")
    start = date(2019, int(rng.integers(2, 11)), 6)
    rows: list[int] = []
    friends = [_making.person(city, rng) for _ in range(8)]
    if kind == "decoy" and number == 0:
        bank = city.units["银行"][0]
        rows += [
            _dealing.pay(city, rng, one.official, bank, start + timedelta(days=30 * turn), 4_200, "房贷")
            for turn in range(18)
        ]
    elif kind == "hard" and number == 0:
        for turn, friend in enumerate(friends):
            when = start + timedelta(days=40 * turn)
            rows.append(_dealing.pay(city, rng, friend, one.official, when, 20_000, "借款", channel="wechat"))
            rows.append(
                _dealing.pay(
                    city, rng, one.official, friend, when + timedelta(days=36), 20_400, "还款", channel="wechat"
                )
            )
    elif kind == "easy" and number == 1:
        stage, _ = _shared.quiet_firm(city, rng, "信息")
        for turn in range(36):
            _dealing.pay(city, rng, one.unit, one.official, start + timedelta(days=30 * (turn // 3)), 2_100, "工资")
            rows.append(
                _dealing.pay(
                    city,
                    rng,
                    one.official,
                    stage,
                    start + timedelta(days=10 * turn),
                    float(rng.integers(8, 16)) * 100,
                    "直播打赏",
                    channel="wechat",
                )
            )
    else:
        for turn, friend in enumerate(friends[: 6 if kind == "easy" else 4]):
            rows.append(
                _dealing.pay(
                    city,
                    rng,
                    friend,
                    one.official,
                    start + timedelta(days=50 * turn),
                    float(rng.integers(8, 40)) * 1000,
                    "借款",
                    channel="wechat",
                )
            )
    gifts: list[int] = []
    if kind != "decoy":
        count = 1 if kind == "hard" and number else 9
        for turn in range(count):
            amount = 12_000.0 if count == 1 else float(rng.integers(6, 40)) * 100
            when = start + timedelta(days=31 * turn + 12)
            gifts.append(
                _dealing.pay(
                    city,
                    rng,
                    one.boss,
                    one.official,
                    when,
                    amount,
                    (None, "辛苦费", "转账")[turn % 3],
                    channel="wechat",
                )
            )
    why = {
        "easy": Text(
            "一年内向多人借钱或大额打赏，同时收受管理服务对象钱款。",
            "Many lenders within a year, or live-stream gifts, and money from a supervised party besides.",
        ),
        "hard": Text("借新还旧，或仅四名出借人而另收一笔。", "New loans repay old ones, or four lenders and one gift."),
        "decoy": Text(
            "正常房贷，或有债务但未收任何管理服务对象的钱。",
            "An ordinary mortgage, or debts without money from anybody supervised.",
        ),
    }[kind]
    subjects = ((one.official, "official"), (one.boss, "payer" if gifts else "context"))
    return Planted(subjects, ((gifts or rows)[0],), None, (*rows, *gifts), why)


PLANT = Plant("flow-distress", plant)
