"""The fee paid to a third party equals the saving that somebody negotiated with the lender."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _dealing
from caselens.sample._city import City
from caselens.sample._time import some_day
from caselens.sample.plants import _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: 5亿 from 4 to 3 over five years, fee 250万 (per mille); 2亿, half a point, three years, 300万. Hard: 1.3 %
    off and a year and a half later; one fee among eight. Decoys: a fee that is no such sum; one paid to the lender.
    """
    if kind == "easy":
        if number == 0:
            return _deal(
                city,
                rng,
                5e8,
                0.04,
                0.03,
                5,
                2_500_000,
                45,
                "250 万元恰等于 5 亿元按千分之一计五年的节约。",
                "2.5 million is what 500 million save in five years at one per mille.",
            )
        return _deal(
            city,
            rng,
            2e8,
            0.042,
            0.037,
            3,
            3_000_000,
            25,
            "300 万元等于 2 亿元降 0.5 个百分点三年的节约。",
            "3 million is what 200 million save in three years at half a percentage point.",
        )
    if kind == "hard":
        if number == 0:
            return _deal(
                city,
                rng,
                1.6e8,
                0.045,
                0.041,
                4,
                2_526_700,
                530,
                "与节约额 256 万元只差 1.3%，一年半后才付。",
                "Within 1.3 % of the 2.56 million saved, paid a year and a half later.",
            )
        return _deal(
            city,
            rng,
            3.2e8,
            0.048,
            0.0465,
            2,
            960_000,
            120,
            "八笔费用中的一笔等于节约额 96 万元。",
            "One of eight fees equals the saving of 960,000.",
            others=7,
        )
    if number == 0:
        return _deal(
            city,
            rng,
            2.4e8,
            0.046,
            0.042,
            3,
            735_000,
            60,
            "费用与节约额 288 万元无关。",
            "The fee has nothing to do with the 2.88 million saved.",
            guilty=False,
        )
    return _deal(
        city,
        rng,
        1.5e8,
        0.044,
        0.04,
        3,
        1_800_000,
        60,
        "付给贷款银行自己的费用。",
        "Paid to the lending bank itself.",
        guilty=False,
        lender=True,
    )


def _deal(
    city: City,
    rng: Generator,
    principal: float,
    before: float,
    after: float,
    years: int,
    fee: float,
    days: int,
    zh: str,
    en: str,
    *,
    others: int = 0,
    guilty: bool = True,
    lender: bool = False,
) -> Planted:
    """A loan whose rate is cut, and a fee ``days`` after the cut."""
    payer = city.unit("国企子公司", rng)
    handler, _ = _shared.leader(city, rng, city.unit("区财政局", rng), remit="financing", start=date(2015, 6, 1))
    start = some_day(rng, date(2016, 3, 1), date(2020, 6, 30))
    bank = city.unit("银行", rng)
    loan = city.add(
        "financings",
        kind="loan",
        borrower_id=payer,
        lender_id=bank,
        principal=principal,
        annual_rate=after + 0.012,
        repayment="bullet",
        selection_method="比选",
        start_date=start,
        maturity_date=start + timedelta(days=365 * years + 1),
        outcome="active",
        handler_id=handler,
    )
    changed = start + timedelta(days=int(rng.integers(5, 40)))
    city.add(
        "financing_terms",
        financing_id=loan,
        item="supervision_fee",
        rate_before=before,
        rate_after=after,
        changed_on=changed,
        handler_id=handler,
    )
    firm, _ = _shared.quiet_firm(city, rng, "咨询" if others else "金融服务")
    payee = bank if lender else firm
    when = changed + timedelta(days=days)
    paid = _dealing.pay(city, rng, payer, payee, when, fee, f"融资服务费 {city.mention(loan)}", reference=loan)
    for _ in range(others):
        other = float(round(rng.lognormal(12.6, 0.7), -2))
        _dealing.pay(
            city, rng, payer, firm, when + timedelta(days=int(rng.integers(5, 200))), other, "服务费", reference=loan
        )
    _shared.other_business(city, rng, firm, 12, when - timedelta(days=90), when + timedelta(days=400))
    subjects = ((payer, "payer"), (payee, "payee"), (handler, "official"))
    return Planted(subjects, (paid, loan), fee if guilty else None, (paid, loan), Text(zh, en))


PLANT = Plant("flow-fee-equals-saving", plant)
