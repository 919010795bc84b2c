"""Many small one-way transfers over a long time from somebody whom the official supervises."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _dealing, _making
from caselens.sample._city import City
from caselens.sample._time import some_day
from caselens.sample.plants import _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind

_MEMOS = (None, None, "转账", "微信转账", "茶叶", "新年快乐", "红包", "还款")


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: 32 WeChat transfers, 73,300 yuan, March 2017 to January 2024; 14 over two years. Hard: one large new-year
    transfer among them, two channels; eleven to the spouse with a small sum back. Decoys: shared meals; a loan repaid.
    """
    if kind == "easy":
        return _long(city, rng) if number == 0 else _drip(city, rng, 14, 25_600, date(2019, 2, 1), 760, "easy")
    if kind == "hard":
        return _with_peak(city, rng) if number == 0 else _to_spouse(city, rng)
    return _meals(city, rng) if number == 0 else _repaid(city, rng)


def _supervised(city: City, rng: Generator, start: date) -> tuple[int, int, int, int, int]:
    """An official who approved a demolition contract; answers official, spouse, firm, its boss and the contract."""
    unit = city.unit("街道办", rng)
    official, spouse = _shared.leader(
        city, rng, unit, "国土所雇员", "land", leadership=False, start=start - timedelta(days=500)
    )
    firm, boss = _shared.quiet_firm(city, rng, "拆迁")
    contract = _dealing.contract(
        city,
        rng,
        unit,
        firm,
        float(round(rng.uniform(2e5, 9e5), -3)),
        start + timedelta(days=20),
        "旧村拆除工程",
        category="拆迁",
        handler=official,
        accepted=start + timedelta(days=150),
    )
    for year in range(start.year + 2, 2024, 2):
        _dealing.contract(
            city,
            rng,
            unit,
            firm,
            float(round(rng.uniform(1e5, 5e5), -3)),
            some_day(rng, date(year, 2, 1), date(year, 11, 30)),
            "违建拆除",
            category="拆迁",
            handler=official,
        )
    return official, spouse, firm, boss, contract


def _sums(rng: Generator, count: int, total: float, top: float = 10_000) -> list[float]:
    """``count`` sums from a few hundred to ``top`` that add up to ``total`` exactly."""
    while True:
        raw = rng.lognormal(0, 0.85, count)
        sums = [max(300.0, float(round(total * value / raw.sum(), -2))) for value in raw]
        sums[0] += total - sum(sums)
        if 300 <= sums[0] <= top and max(sums) <= top:
            return sums


def _long(city: City, rng: Generator) -> Planted:
    official, _, firm, boss, contract = _supervised(city, rng, date(2017, 1, 10))
    middle = _shared.days_within(rng, date(2017, 4, 10), 2440, 30)
    days = [date(2017, 3, 8), *middle, date(2024, 1, 19)]
    paid = tuple(
        _dealing.pay(city, rng, boss, official, day, amount, _MEMOS[int(rng.integers(8))], channel="wechat")
        for day, amount in zip(days, _sums(rng, 32, 73_300), strict=True)
    )
    return _story(
        official,
        boss,
        firm,
        contract,
        paid,
        73_300,
        Text(
            "32 次微信转账共 7.33 万元，2017 年 3 月至 2024 年 1 月，付款人承接其经手的拆除工程。",
            "32 WeChat transfers, 73,300 yuan, March 2017 to January 2024, by a contractor he approved.",
        ),
    )


def _drip(city: City, rng: Generator, count: int, total: float, first: date, span: int, _: str) -> Planted:
    official, _spouse, firm, boss, contract = _supervised(city, rng, first)
    days = [
        first,
        *_shared.days_within(rng, first + timedelta(days=10), span - 20, count - 2),
        first + timedelta(days=span),
    ]
    paid = tuple(
        _dealing.pay(city, rng, boss, official, day, amount, _MEMOS[int(rng.integers(8))], channel=channel)
        for day, amount, channel in zip(
            days, _sums(rng, count, total), rng.choice(["wechat", "alipay"], count, p=[0.6, 0.4]), strict=True
        )
    )
    return _story(
        official,
        boss,
        firm,
        contract,
        paid,
        total,
        Text(f"两年内 {count} 笔小额转账，只进不出。", f"{count} small transfers in two years, all one way."),
    )


def _with_peak(city: City, rng: Generator) -> Planted:
    official, _, firm, boss, contract = _supervised(city, rng, date(2018, 1, 5))
    days = [*_shared.days_within(rng, date(2018, 3, 1), 1500, 11), date(2020, 1, 20)]
    sums = [*_sums(rng, 11, 33_000), 28_000.0]
    paid = tuple(
        _dealing.pay(city, rng, boss, official, day, amount, memo, channel=channel)
        for day, amount, memo, channel in zip(
            days,
            sums,
            rng.choice(["", "代购", "过年", "茶叶"], 12),
            rng.choice(["wechat", "transfer"], 12),
            strict=True,
        )
    )
    return _story(
        official,
        boss,
        firm,
        contract,
        paid,
        61_000,
        Text(
            "十二笔中有一笔春节大额，且分微信、银行两条路。",
            "Twelve transfers over two channels, one of them a large one before the Spring Festival.",
        ),
    )


def _to_spouse(city: City, rng: Generator) -> Planted:
    official, spouse, firm, _, contract = _supervised(city, rng, date(2020, 1, 15))
    manager = _making.person(city, rng)
    city.quiet.add(manager)
    city.add("directorships", org_id=firm, person_id=manager, role="manager", start_date=date(2018, 5, 2))
    first = some_day(rng, date(2020, 4, 1), date(2021, 3, 1))
    days = [first, *_shared.days_within(rng, first + timedelta(days=20), 170, 9), first + timedelta(days=214)]
    paid = tuple(
        _dealing.pay(city, rng, manager, spouse, day, amount, None, channel="wechat")
        for day, amount in zip(days, _sums(rng, 11, 19_800), strict=True)
    )
    _dealing.pay(city, rng, spouse, manager, first + timedelta(days=90), 200, "代购", channel="wechat")
    planted = _story(
        official,
        manager,
        firm,
        contract,
        paid,
        19_800,
        Text(
            "十一笔转给官员配偶，付款人是公司经理，其间回转 200 元。",
            "Eleven transfers to the official's spouse by the firm's manager, with 200 yuan going back.",
        ),
    )
    return replace(planted, subjects=(*planted.subjects, (spouse, "kin")))


def _story(
    official: int, boss: int, firm: int, contract: int, paid: tuple[int, ...], total: float | None, why: Text
) -> Planted:
    return Planted(((official, "official"), (boss, "payer"), (firm, "firm")), (paid[0],), total, (*paid, contract), why)


def _meals(city: City, rng: Generator) -> Planted:
    official, _, firm, boss, contract = _supervised(city, rng, date(2018, 2, 1))
    days = _shared.days_within(rng, date(2018, 5, 1), 1300, 26)
    paid = []
    for place, day in enumerate(days):
        payer, payee = (boss, official) if place % 2 else (official, boss)
        amount = float(round(rng.uniform(80, 420), 2))
        paid.append(_dealing.pay(city, rng, payer, payee, day, amount, "AA", channel="wechat"))
    return _story(
        official,
        boss,
        firm,
        contract,
        tuple(paid),
        None,
        Text("同学聚餐轮流付账，往来相当。", "Old classmates take turns paying for meals; it goes both ways."),
    )


def _repaid(city: City, rng: Generator) -> Planted:
    official, _, firm, boss, contract = _supervised(city, rng, date(2017, 6, 1))
    start = date(2019, 3, 5)
    loan = city.add(
        "financings",
        kind="private",
        borrower_id=boss,
        lender_id=official,
        principal=9_600,
        annual_rate=0.0,
        repayment="equal_principal",
        start_date=start,
        maturity_date=date(2021, 3, 5),
        outcome="repaid",
    )
    out = _dealing.pay(city, rng, official, boss, start, 9_600, "借款", reference=loan)
    paid = tuple(
        _dealing.pay(
            city, rng, boss, official, start + timedelta(days=31 * month), 400, "还款", channel="wechat", reference=loan
        )
        for month in range(1, 25)
    )
    return _story(
        official,
        boss,
        firm,
        contract,
        (out, *paid),
        None,
        Text(
            "有借据的借款按月等额归还，本金先从官员账户转出。",
            "A documented loan repaid in equal months; the principal had gone out of the official's account first.",
        ),
    )


PLANT = Plant("flow-drip", plant)
