"""A fee goes to an intermediary and most of it on to the kin of the official who decides about the payer."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _dealing, _making
from caselens.sample._city import City
from caselens.sample._time import some_day
from caselens.sample.plants import _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: 250万 of which 178万 goes to a sibling; three splits to a spouse. Hard: spouse and child as a group at
    55 %; a firm of the spouse, late in the window, amid other business. Decoys: payroll; a subcontract without power.
    """
    if kind == "easy":
        return _to_kin(city, rng) if number == 0 else _splits(city, rng)
    if kind == "hard":
        return _group(city, rng) if number == 0 else _through_firm(city, rng)
    return _payroll(city, rng) if number == 0 else _subcontract(city, rng)


def _fee(
    city: City,
    rng: Generator,
    official: int,
    payer: int,
    amount: float,
    when: date,
    trade: str = "金融服务",
    *,
    papers: bool = True,
) -> tuple[int, int, int]:
    """A financing that the official handles and a fee for it; answers intermediary, contract and payment.

    ``papers``: the file may hold a deliverable and an acceptance, as shams of some care do.
    """
    bank = city.unit("银行", rng)
    firm, _ = _shared.quiet_firm(city, rng, trade, founded=some_day(rng, date(2010, 1, 1), date(2015, 12, 31)))
    city.add(
        "financings",
        kind="loan",
        borrower_id=payer,
        lender_id=bank,
        lender_contact_id=_making.person(city, rng),
        principal=float(round(amount * rng.uniform(60, 220), -6)),
        annual_rate=round(float(rng.uniform(0.04, 0.065)), 4),
        repayment="bullet",
        fees=amount,
        selection_method="比选" if rng.random() < 0.5 else None,
        start_date=when - timedelta(days=int(rng.integers(20, 60))),
        maturity_date=when + timedelta(days=5 * 365),
        outcome="active",
        handler_id=official,
    )
    contract = _dealing.contract(
        city,
        rng,
        payer,
        firm,
        amount,
        when - timedelta(days=14),
        "融资顾问服务",
        category="金融服务",
        handler=official,
        accepted=when + timedelta(days=10) if papers and rng.random() < 0.6 else None,
        deliverable="服务记录" if papers else None,
    )
    payment = _dealing.pay(city, rng, payer, firm, when, amount, "服务费", reference=contract)
    return firm, contract, payment


def _to_kin(city: City, rng: Generator) -> Planted:
    official, _ = _shared.leader(city, rng, city.unit("区财政局", rng), remit="financing", start=date(2014, 5, 4))
    sibling = _making.relative(city, rng, official, "sibling")
    when = some_day(rng, date(2016, 4, 1), date(2016, 11, 30))
    payer = city.unit("国企子公司", rng)
    firm, contract, fee = _fee(city, rng, official, payer, 2_500_000, when, papers=False)
    out = _dealing.pay(city, rng, firm, sibling, when + timedelta(days=6), 1_780_000, "往来款")
    return Planted(
        ((official, "official"), (sibling, "kin"), (firm, "intermediary")),
        (fee, contract),
        1_780_000,
        (fee, out, contract),
        Text(
            "服务费 250 万元到账后，178 万元转给官员的兄弟姐妹，中间公司留下 72 万元。",
            "Of a fee of 2.5 million, 1.78 million went to the official's sibling; the firm kept 720,000.",
        ),
    )


def _splits(city: City, rng: Generator) -> Planted:
    official, spouse = _shared.leader(city, rng, city.unit("住建局", rng), remit="payment", start=date(2016, 3, 1))
    builder, _ = _shared.quiet_firm(city, rng, "建筑")
    when = some_day(rng, date(2018, 3, 1), date(2022, 9, 30))
    work = _dealing.contract(
        city,
        rng,
        city.units["住建局"][0],
        builder,
        8_640_000,
        when - timedelta(days=200),
        "老旧小区改造工程",
        category="建筑",
        handler=official,
        method="open",
    )
    firm, _ = _shared.quiet_firm(city, rng, "咨询")
    fee = _dealing.pay(city, rng, builder, firm, when, 800_000, "咨询费")
    outs = tuple(
        _dealing.pay(city, rng, firm, spouse, day, amount, "借款" if number == 1 else None)
        for number, (day, amount) in enumerate(
            zip(_shared.days_within(rng, when + timedelta(days=1), 4, 3), _shared.split(rng, 680_000, 3), strict=True)
        )
    )
    return Planted(
        ((official, "official"), (spouse, "kin"), (firm, "intermediary"), (builder, "payer")),
        (fee,),
        680_000,
        (fee, *outs, work),
        Text(
            "施工方付咨询费 80 万元，五日内分三笔共 68 万元转给官员配偶。",
            "Of a consulting fee of 800,000 by a contractor, 680,000 reached the official's spouse in three parts.",
        ),
    )


def _group(city: City, rng: Generator) -> Planted:
    official, spouse = _shared.leader(city, rng, city.unit("财政局", rng), remit="financing", start=date(2017, 1, 9))
    child = _making.relative(city, rng, official, "child")
    when = some_day(rng, date(2018, 6, 1), date(2023, 6, 30))
    payer = city.unit("城投集团", rng)
    firm, contract, fee = _fee(city, rng, official, payer, 960_000, when)
    _shared.other_business(city, rng, firm, 40, when - timedelta(days=300), when + timedelta(days=300))
    advance = _dealing.pay(city, rng, firm, spouse, when - timedelta(days=5), 120_000, "往来")
    rest = [
        _dealing.pay(city, rng, firm, spouse, when + timedelta(days=11), 180_000, None),
        _dealing.pay(city, rng, firm, child, when + timedelta(days=27), 230_000, "货款"),
    ]
    return Planted(
        ((official, "official"), (spouse, "kin"), (child, "kin"), (firm, "intermediary")),
        (fee, contract),
        530_000,
        (fee, advance, *rest, contract),
        Text(
            "配偶、子女合计得 53 万元（55%），其中 12 万元在到账前五日先付。",
            "Spouse and child together received 530,000 (55 %), of which 120,000 five days before the fee came in.",
        ),
    )


def _through_firm(city: City, rng: Generator) -> Planted:
    official, spouse = _shared.leader(
        city, rng, city.unit("高新集团", rng), "副总经理", "financing", start=date(2017, 6, 1)
    )
    own, _ = _shared.quiet_firm(city, rng, "商贸", spouse, share=0.6, founded=date(2014, 3, 20))
    when = some_day(rng, date(2019, 1, 1), date(2024, 3, 31))
    firm, contract, fee = _fee(city, rng, official, city.units["高新集团"][0], 1_350_000, when, "咨询")
    _shared.other_business(city, rng, firm, 60, when - timedelta(days=400), when + timedelta(days=400))
    _shared.other_business(city, rng, own, 30, when - timedelta(days=400), when + timedelta(days=400))
    days = [when + timedelta(days=shift) for shift in (3, 9, 16, 23, 29)]
    outs = tuple(
        _dealing.pay(city, rng, firm, own, day, amount, "货款")
        for day, amount in zip(days, _shared.split(rng, 837_000, 5), strict=True)
    )
    return Planted(
        ((official, "official"), (spouse, "kin"), (own, "kin_firm"), (firm, "intermediary")),
        (fee, contract),
        837_000,
        (fee, *outs, contract),
        Text(
            "62% 分五笔在 29 日内以货款名义转入配偶控股的公司。",
            "62 % went in five parts over 29 days, called payment for goods, to a firm that the spouse controls.",
        ),
    )


def _payroll(city: City, rng: Generator) -> Planted:
    unit = city.units["城管局"][0]
    official, _ = _shared.leader(city, rng, unit, remit="payment", start=date(2017, 2, 1))
    sibling = _making.relative(city, rng, official, "sibling")
    agent, _ = _shared.quiet_firm(city, rng, "劳务", headcount=60)
    city.add("employments", person_id=sibling, org_id=agent, start_date=date(2015, 7, 1))
    when = some_day(rng, date(2018, 1, 1), date(2024, 12, 1))
    contract = _dealing.contract(
        city,
        rng,
        unit,
        agent,
        1_190_000,
        when - timedelta(days=30),
        "环卫劳务派遣",
        category="劳务",
        handler=official,
        method="open",
        accepted=when,
    )
    fee = _dealing.pay(city, rng, unit, agent, when, 1_190_000, "劳务费", reference=contract)
    workers = [sibling, *(_making.person(city, rng) for _ in range(18))]
    outs = [
        _dealing.pay(city, rng, agent, worker, when + timedelta(days=int(rng.integers(1, 4))), amount, "代发工资")
        for worker, amount in zip(workers, _shared.split(rng, 1_154_000, 19, 10), strict=True)
    ]
    return Planted(
        ((official, "official"), (sibling, "kin"), (agent, "intermediary")),
        (fee,),
        None,
        (fee, *outs),
        Text(
            "代发工资：97% 发给十九名工人，官员的亲属只领自己的一份。",
            "A payroll agent: 97 % went to nineteen workers, and the official's kin got one worker's pay.",
        ),
    )


def _subcontract(city: City, rng: Generator) -> Planted:
    teacher, _ = _shared.leader(
        city, rng, city.unit("学校", rng), "教务处干事", leadership=False, start=date(2014, 9, 1)
    )
    sibling = _making.relative(city, rng, teacher, "sibling")
    own, _ = _shared.quiet_firm(city, rng, "土方", sibling, founded=date(2009, 5, 5), share=0.8)
    when = some_day(rng, date(2018, 1, 1), date(2023, 12, 1))
    buyer = city.unit("交投集团", rng)
    main, _ = _shared.quiet_firm(city, rng, "市政")
    work = _dealing.contract(
        city,
        rng,
        buyer,
        main,
        1_500_000,
        when - timedelta(days=60),
        "路基土方工程",
        category="市政",
        method="open",
        accepted=when,
    )
    part = _dealing.contract(
        city,
        rng,
        main,
        own,
        1_290_000,
        when - timedelta(days=40),
        "土方分包",
        category="土方",
        parent_contract_id=work,
        accepted=when,
    )
    fee = _dealing.pay(city, rng, buyer, main, when, 1_500_000, "工程款", reference=work)
    out = _dealing.pay(city, rng, main, own, when + timedelta(days=12), 1_290_000, "分包工程款", reference=part)
    return Planted(
        ((teacher, "official"), (own, "kin_firm"), (main, "intermediary")),
        (fee,),
        None,
        (fee, out, work, part),
        Text(
            "真实分包：有分包合同和验收，公司成立多年，其亲属是对付款方毫无权力的教师。",
            "A real subcontract: contract, acceptance, an old firm; the kin is a teacher with no say over the payer.",
        ),
    )


PLANT = Plant("flow-pass-through", plant)
