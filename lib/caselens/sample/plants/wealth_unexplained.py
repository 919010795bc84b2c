"""A flat beyond means, or paid for by somebody else."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _dealing, _making
from caselens.sample._city import NOBODY, City
from caselens.sample._time import some_day
from caselens.sample.plants import _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: the daughter's flat of 1,720万 paid by the uncle's mine; 480万 on an income of 21万. Hard: a third paid by
    a supervised firm; a loan explains some of it. Decoys: the old flat was sold; a mortgage and savings suffice.
    """
    unit = city.units["公安局"][0]
    official, _ = _shared.leader(city, rng, unit, remit="explosives", start=date(2013, 9, 2), declared=False)
    for year in range(2015, 2026):
        city.add("declarations", person_id=official, year=year, household_income=210_000, household_assets=1_300_000)
    bought = some_day(rng, date(2021, 2, 1), date(2023, 10, 1))
    seller, _ = _shared.quiet_firm(city, rng, "房地产")
    price = (
        {"easy": (17_200_000.0, 4_800_000.0), "hard": (2_400_000.0, 2_600_000.0), "decoy": (2_200_000.0, 1_500_000.0)}
    )[kind][number]
    buyer, payer, own = official, official, price
    subjects = [(official, "official")]
    mine = NOBODY
    if kind != "decoy" and number == 0:
        uncle = _making.relative(city, rng, official, "sibling")
        mine, _ = _shared.quiet_firm(
            city, rng, "煤矿", uncle if kind == "easy" else _making.person(city, rng), share=0.6
        )
        city.add("oversight", authority_id=unit, subject_id=mine, remit="explosives")
        buyer = _making.relative(city, rng, official, "child", born=date(1993, 5, 20)) if kind == "easy" else official
        own = 0.0 if kind == "easy" else price * 0.66
        subjects += [(buyer, "owner"), (mine, "payer")] if kind == "easy" else [(mine, "payer")]
    asset = city.add(
        "assets",
        owner_id=buyer,
        kind="real_estate",
        value=price,
        acquired_on=bought,
        region="外省" if price > 1e7 else "云江",
        is_declared=kind == "decoy",
        funded_by_id=mine if kind == "easy" else NOBODY,
    )
    rows = []
    if own < price:
        rows.append(
            _dealing.pay(
                city, rng, mine, seller, bought - timedelta(days=9), price - own, f"代付房款 {city.mention(asset)}"
            )
        )
    loan = 0.0
    if (kind == "hard" and number == 1) or kind == "decoy":
        loan = 500_000.0 if kind == "hard" else (0.0, 900_000.0)[number]
        if loan:
            rows.append(
                city.add(
                    "financings",
                    kind="loan",
                    borrower_id=official,
                    lender_id=city.unit("银行", rng),
                    principal=loan,
                    annual_rate=0.045,
                    repayment="annuity",
                    start_date=bought - timedelta(days=15),
                    maturity_date=bought + timedelta(days=7300),
                    outcome="active",
                )
            )
    if kind == "decoy" and number == 0:
        stranger = _making.person(city, rng)
        rows.append(_dealing.pay(city, rng, stranger, official, bought - timedelta(days=70), 1_900_000, "购房款"))
        city.add(
            "assets",
            owner_id=official,
            kind="real_estate",
            value=1_900_000,
            acquired_on=date(2009, 6, 1),
            region="云江",
            is_declared=True,
        )
    if own:
        rows.append(_dealing.pay(city, rng, payer, seller, bought, own - loan, f"购房款 {city.mention(asset)}"))
    why = {
        "easy": Text(
            "房款由亲属的矿山代付，或远超家庭收入。",
            "Paid by the relative's mine, or far beyond the household's income.",
        ),
        "hard": Text(
            "三分之一由受审批的企业支付，或贷款之外仍有过半缺口。",
            "A third was paid by a firm he decides about, or over half is unexplained after the loan.",
        ),
        "decoy": Text(
            "旧房出售所得，或按揭与积蓄足以解释。", "The old flat was sold, or mortgage and savings explain it."
        ),
    }[kind]
    return Planted(tuple(subjects), (asset,), None if kind == "decoy" else price, (asset, *rows), why)


PLANT = Plant("wealth-unexplained", plant)
