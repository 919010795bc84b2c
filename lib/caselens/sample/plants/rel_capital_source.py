"""A relative's stake was paid in with money that lawful income does not explain."""

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
    """Easy: 150万 paid in on an income of 6万, after 120万 from a contractor; a loan company's capital. Hard: half of
    it explained; it came in six parts by the spouse. Decoys: a documented bank loan; a declared income that suffices.
    """
    key, trade = (("住建局", "建筑"), ("水利局", "市政"), ("交通局", "土方"))[("easy", "hard", "decoy").index(kind)]
    one = _shared.client(city, rng, key, trade, date(2016, 9, 1))
    sibling = _making.relative(city, rng, one.official, "sibling")
    paid_on = some_day(rng, date(2020, 3, 1), date(2022, 6, 30))
    capital = (1_500_000.0, 3_000_000.0)[number] if kind == "easy" else 900_000.0
    income = 260_000.0 if kind == "decoy" and number == 1 else 90_000.0 if kind == "hard" else 62_000.0
    for year in range(2016, 2023):
        city.add("declarations", person_id=sibling, year=year, household_income=income, household_assets=income * 4)
    firm, _ = _shared.quiet_firm(
        city,
        rng,
        "小贷" if number else "煤矿",
        _making.person(city, rng),
        share=0.6,
        founded=paid_on - timedelta(days=40),
    )
    city.row(firm)["registered_capital"] = round(capital / 0.35, 2)
    _making.buy_in(city, sibling, firm, 0.35, paid_on)
    rows: list[int] = []
    if kind != "decoy":
        total = capital * (0.8 if kind == "easy" else 0.55)
        taker = one.spouse if kind == "hard" and number else sibling
        for amount in _shared.split(rng, total, 2 if kind == "easy" else 6):
            when = paid_on - timedelta(days=int(rng.integers(20, 600)))
            rows.append(
                _dealing.pay(city, rng, one.boss, taker, when, amount, ("借款", None, "往来")[int(rng.integers(3))])
            )
            if taker != sibling:
                rows.append(_dealing.pay(city, rng, taker, sibling, when + timedelta(days=3), amount, None))
    loan = NOBODY
    if kind == "decoy" and number == 0:
        bank = city.unit("银行", rng)
        loan = city.add(
            "financings",
            kind="loan",
            borrower_id=sibling,
            lender_id=bank,
            principal=700_000,
            annual_rate=0.056,
            repayment="annuity",
            start_date=paid_on - timedelta(days=30),
            maturity_date=paid_on + timedelta(days=1800),
            outcome="active",
        )
        rows.append(
            _dealing.pay(city, rng, bank, sibling, paid_on - timedelta(days=29), 700_000, "贷款发放", reference=loan)
        )
    rows.append(_dealing.pay(city, rng, sibling, firm, paid_on, capital, "投资款"))
    why = {
        "easy": Text(
            "出资远超亲属收入，出资前收到管理服务对象大额款项。",
            "The capital is far beyond the relative's income and follows large sums from a supervised party.",
        ),
        "hard": Text(
            "约半数来自管理服务对象，分六次或经配偶转手。",
            "About half came from a supervised party, in six parts or by the spouse.",
        ),
        "decoy": Text(
            "出资来自有合同的银行贷款，或申报收入足以负担。",
            "The capital came from a bank loan on file, or the declared income covers it.",
        ),
    }[kind]
    subjects = ((one.official, "official"), (sibling, "kin"), (firm, "firm"), (one.boss, "payer"))
    more = (loan,) if loan != NOBODY else ()
    return Planted(subjects, (rows[-1],), None if kind == "decoy" else capital, (*rows, *more), why)


PLANT = Plant("rel-capital-source", plant)
