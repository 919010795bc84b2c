"""A purchase of 60万 or more is cut into several below the line, after the rule took effect at the unit."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _dealing, _making
from caselens.sample._city import City
from caselens.sample._time import some_day
from caselens.sample.plants import _market, _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind

#: The line at which the invented groups must tender, and since when (also a row of ``unit_events``).
LINE = 600_000.0
SINCE = date(2019, 3, 1)
_GROUPS = ("城投集团", "高新集团", "交投集团")


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: three parts on one request; two just below the line. Hard: two firms of one owner over 85 days; five parts
    and three linked firms. Decoys: before the rule took effect; call-offs of a framework that was tendered openly.
    """
    if kind == "easy":
        if number == 0:
            return _parts(city, rng, [214_000, 226_500, 198_000], ["办公家具采购"] * 3, 20, 1)
        return _parts(city, rng, [596_000, 588_800], ["服务器采购（一）", "服务器采购（二）"], 40, 1)
    if kind == "hard":
        if number == 0:
            titles = ["监控设备采购一期", "监控设备采购二期", "监控设备采购三期", "监控设备采购补充"]
            return _parts(city, rng, [182_300, 159_700, 203_900, 141_200], titles, 85, 2)
        titles = [f"{site}路灯维修材料采购" for site in ("东片区", "西片区", "南片区", "北片区", "中心区")]
        return _parts(city, rng, [131_600, 127_400, 138_900, 122_500, 134_200], titles, 78, 3)
    return _before_rule(city, rng) if number == 0 else _framework(city, rng)


def _parts(
    city: City,
    rng: Generator,
    amounts: list[float],
    titles: list[str],
    days: int,
    firms: int,
    first: date | None = None,
) -> Planted:
    """Direct purchases within ``days`` from ``firms`` firms of one owner, on the word of one official."""
    group = city.unit(_GROUPS[int(rng.integers(len(_GROUPS)))], rng)
    handler, _ = _shared.leader(city, rng, group, "副总经理", "tendering", start=date(2016, 2, 1))
    trade = "信息" if "服务器" in titles[0] or "监控" in titles[0] else "设备" if "路灯" in titles[0] else "办公"
    year = int(rng.integers(SINCE.year + 1, 2025))
    first = first or some_day(rng, date(year, 3, 1), date(year, 8, 31))
    owner = _making.person(city, rng)
    suppliers = [_shared.quiet_firm(city, rng, trade, owner, share=0.8)[0] for _ in range(firms)]
    gaps = [0, *sorted(int(gap) for gap in rng.integers(1, days - 2, len(amounts) - 2)), days - 3]
    request = f"采{first.year}-{int(rng.integers(1, 9000)):04d}"
    rows, paid = [], []
    for place, (amount, title, gap) in enumerate(zip(amounts, titles, gaps, strict=True)):
        signed = first + timedelta(days=gap)
        more = {"request_no": request} if firms < 3 else {}
        contract = _dealing.contract(
            city,
            rng,
            group,
            suppliers[place % firms],
            amount,
            signed,
            title,
            category=trade,
            handler=handler,
            accepted=signed + timedelta(days=int(rng.integers(15, 40))),
            **more,
        )
        rows.append(contract)
        paid.append(
            _dealing.pay(
                city,
                rng,
                group,
                suppliers[place % firms],
                signed + timedelta(days=45),
                amount,
                "货款",
                reference=contract,
            )
        )
    why = Text(
        f"{len(amounts)} 笔均低于 60 万元，{days} 日内合计 {sum(amounts) / 1e4:.2f} 万元，未经集团招标。",
        f"{len(amounts)} purchases below 600,000 each, together {sum(amounts):,.0f} yuan in {days} days, not tendered.",
    )
    subjects = ((group, "buyer"), (handler, "official"), *((firm, "supplier") for firm in suppliers))
    return Planted(subjects, tuple(rows), sum(amounts), (*rows, *paid), why)


def _before_rule(city: City, rng: Generator) -> Planted:
    first = some_day(rng, date(2017, 3, 1), date(2017, 9, 30))
    made = _parts(city, rng, [352_000, 341_500], ["会议设备采购", "会议设备采购"], 30, 1, first)
    why = Text("规定尚未生效，当时可以直接采购。", "The rule was not yet in force; direct purchase was allowed then.")
    return Planted(made.subjects, made.objects, None, made.rows, why)


def _framework(city: City, rng: Generator) -> Planted:
    group = city.unit("高新集团", rng)
    handler, _ = _shared.leader(city, rng, group, "副总经理", "tendering", start=date(2017, 2, 1))
    supplier, _ = _shared.quiet_firm(city, rng, "食材")
    year = int(rng.integers(2020, 2025))
    rivals = [supplier, *_market.rivals(city, rng, "食材", 3)]
    offers = [
        _market.Offer(rival, 1_380_000 + 31_000 * place + float(rng.integers(0, 9_000)))
        for place, rival in enumerate(rivals)
    ]
    tender, _ = _market.tender(
        city,
        rng,
        group,
        "食材",
        date(year, 1, 15),
        offers,
        ceiling=1_500_000,
        contract=False,
        title="食堂食材年度框架采购",
    )
    rows = []
    for month, amount in ((3, 212_400), (4, 236_800), (5, 224_100)):
        rows.append(
            _dealing.contract(
                city,
                rng,
                group,
                supplier,
                amount,
                date(year, month, 6),
                "食材框架订单",
                category="食材",
                handler=handler,
                tender_id=tender,
                method="open",
                accepted=date(year, month, 28),
            )
        )
    why = Text("公开招标后按年度框架分批下单。", "Call-offs under a framework contract that was tendered openly.")
    return Planted(
        ((group, "buyer"), (handler, "official"), (supplier, "supplier")), tuple(rows), None, (tender, *rows), why
    )


PLANT = Plant("proc-split-60w", plant)
