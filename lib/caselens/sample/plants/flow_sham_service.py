"""A state firm pays for a service that nobody rendered."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _dealing
from caselens.sample._city import NOBODY, City
from caselens.sample._time import some_day
from caselens.sample.plants import _market, _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: a firm of two people, four months old, paid at once days after a loan. Hard: an older firm after a change
    of terms; papers of acceptance that look right. Decoys: a small agency chosen by tender and paid in parts; a
    private payer.
    """
    if kind == "easy":
        staff, months, category = ((2, 4, "金融服务"), (3, 7, "监管"))[number]
        return _fee(city, rng, staff, months, category, accepted=False, after=int(rng.integers(3, 12)))
    if kind == "hard":
        if number == 0:
            return _fee(city, rng, 6, 30, "金融服务", accepted=False, after=12, terms=True)
        return _fee(city, rng, 3, 9, "咨询", accepted=True, after=40)
    return _agency(city, rng) if number == 0 else _private(city, rng)


def _fee(
    city: City,
    rng: Generator,
    staff: int,
    months: int,
    category: str,
    *,
    accepted: bool,
    after: int,
    terms: bool = False,
) -> Planted:
    payer = city.unit("国企子公司", rng)
    handler, _ = _shared.leader(city, rng, payer, "副总经理", "financing", start=date(2016, 2, 1))
    when = some_day(rng, date(2018, 1, 1), date(2024, 6, 30))
    firm, _ = _shared.quiet_firm(city, rng, "金融服务", founded=when - timedelta(days=months * 30), headcount=staff)
    start = when - timedelta(days=after) if not terms else when - timedelta(days=400)
    loan = city.add(
        "financings",
        kind="loan",
        borrower_id=payer,
        lender_id=city.unit("银行", rng),
        principal=float(round(rng.uniform(8e7, 4e8), -6)),
        annual_rate=0.0485,
        repayment="bullet",
        start_date=start,
        maturity_date=start + timedelta(days=1095),
        outcome="active",
        handler_id=handler,
    )
    if terms:
        city.add(
            "financing_terms",
            financing_id=loan,
            item="interest",
            rate_before=0.0485,
            rate_after=0.0465,
            changed_on=when - timedelta(days=after),
            handler_id=handler,
        )
    amount = float(round(rng.uniform(3e5, 1.6e6), -3))
    contract = _dealing.contract(
        city,
        rng,
        payer,
        firm,
        amount,
        when - timedelta(days=4),
        f"{category}服务",
        category=category,
        handler=handler,
        accepted=when + timedelta(days=3) if accepted else None,
        deliverable="服务记录" if accepted else None,
    )
    paid = _dealing.pay(city, rng, payer, firm, when, amount, "服务费", reference=contract)
    _shared.other_business(city, rng, firm, 4, when + timedelta(days=20), when + timedelta(days=300))
    why = Text(
        f"新供应商仅 {staff} 人、成立 {months} 个月，一次付清，"
        + ("验收单签在付款之后三日。" if accepted else "无成果无验收。"),
        f"A first-time vendor of {staff} people, {months} months old, paid at once; "
        + ("the acceptance is dated three days after payment." if accepted else "no deliverable, no acceptance."),
    )
    subjects = ((payer, "payer"), (firm, "vendor"), (handler, "official"))
    return Planted(subjects, (contract, paid), amount, (contract, paid, loan), why)


def _agency(city: City, rng: Generator) -> Planted:
    payer = city.unit("国投集团", rng)
    firm, _ = _shared.quiet_firm(city, rng, "咨询", headcount=3)
    when = some_day(rng, date(2019, 1, 1), date(2023, 6, 30))
    rows = []
    for year in range(3):
        signed = when + timedelta(days=365 * year - 20)
        offers = [
            _market.Offer(firm, 240_000),
            *(
                _market.Offer(other, 240_000 + float(rng.integers(2_000, 15_000)))
                for other in _market.rivals(city, rng, "咨询", 3)
            ),
        ]
        tender, _ = _market.tender(
            city,
            rng,
            payer,
            "咨询",
            signed - timedelta(days=20),
            offers,
            ceiling=260_000,
            contract=False,
            title="信用评级服务",
        )
        contract = _dealing.contract(
            city,
            rng,
            payer,
            firm,
            240_000,
            signed,
            "信用评级服务",
            category="咨询",
            method="open",
            tender_id=tender,
            accepted=signed + timedelta(days=90),
        )
        rows.append(contract)
        for share, days in ((0.4, 30), (0.6, 100)):
            rows.append(
                _dealing.pay(
                    city, rng, payer, firm, signed + timedelta(days=days), 240_000 * share, "咨询费", reference=contract
                )
            )
    why = Text(
        "小型评级机构：连年公开选聘，有报告有验收，分期付款。",
        "A small rating agency: chosen by open tender each year, with reports, acceptance and payment by progress.",
    )
    return Planted(((payer, "payer"), (firm, "vendor")), (rows[0],), None, tuple(rows), why)


def _private(city: City, rng: Generator) -> Planted:
    payer, _ = _shared.quiet_firm(city, rng, "房地产")
    when = some_day(rng, date(2018, 1, 1), date(2024, 1, 1))
    firm, _ = _shared.quiet_firm(city, rng, "咨询", headcount=2, founded=when - timedelta(days=150))
    contract = _dealing.contract(
        city,
        rng,
        payer,
        firm,
        380_000,
        when - timedelta(days=3),
        "营销咨询服务",
        category="咨询",
        deliverable=None,
        handler=NOBODY,
    )
    paid = _dealing.pay(city, rng, payer, firm, when, 380_000, "咨询费", reference=contract)
    why = Text("付款方为民营企业，不动用公共资金。", "The payer is a private firm; no public money is involved.")
    return Planted(((payer, "payer"), (firm, "vendor")), (contract,), None, (contract, paid), why)


PLANT = Plant("flow-sham-service", plant)
