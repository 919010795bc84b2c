"""Financing that costs too much, or debts that cash does not cover."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _dealing
from caselens.sample._city import City
from caselens.sample._time import some_day
from caselens.sample.background.units import unit as new_unit
from caselens.sample.plants import _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind

#: Rate a year, fees over the term as a share of the principal, years, repayment.
_TERMS = {
    ("easy", 0): (0.068, 0.12, 2, "bullet"),
    ("easy", 1): (0.085, 0.06, 1, "bullet"),
    # simple cost 9.3 % a year, but the principal is repaid all along: the internal rate is above 11 %
    ("hard", 0): (0.063, 0.06, 2, "annuity"),
    ("hard", 1): (0.07, 0.02, 3, "bullet"),
    ("decoy", 0): (0.064, 0.06, 2, "bullet"),
    ("decoy", 1): (0.024, 0.01, 5, "bullet"),
}


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: 12.8 % a year with fees; 14.5 %, factoring without the controller's guarantee or comparison. Hard: an
    annuity whose fees push the internal rate over the line; cash far below short-term debt. Decoys: 9.4 %; 13 %
    over five years.
    """
    place = ("easy", "hard", "decoy").index(kind) * 2 + number
    name = ("金源", "银河", "东城", "西城", "南湖", "北辰")[place]
    group = new_unit(city, rng, "新设单位", f"云江{name}城市运营有限公司", "state_owned", city.units["国资委"][0])
    handler, _ = _shared.leader(city, rng, group, "副总经理", "financing", start=date(2016, 2, 1))
    rate, fees, years, repayment = _TERMS[kind, number]
    start = some_day(rng, date(2019, 1, 8), date(2023, 9, 1))
    principal = float(round(rng.uniform(4e7, 3e8), -6))
    factoring = (kind, number) == ("easy", 1)
    loan = city.add(
        "financings",
        kind="factoring" if factoring else "lease" if kind == "hard" else "loan",
        borrower_id=group,
        lender_id=city.unit("银行", rng),
        principal=principal,
        annual_rate=rate,
        repayment=repayment,
        fees=round(principal * fees, 2),
        selection_method=None if factoring else "比选",
        is_guaranteed_by_controller=not factoring,
        start_date=start,
        maturity_date=start + timedelta(days=365 * years),
        outcome="active",
        handler_id=handler,
    )
    firm, _ = _shared.quiet_firm(city, rng, "金融服务", headcount=9)
    rows = [
        loan,
        _dealing.pay(city, rng, group, firm, start + timedelta(days=20), principal * fees, "服务费", reference=loan),
    ]
    assets = float(rng.lognormal(21, 0.5))
    poor = (kind, number) == ("hard", 1)
    sheets = []
    for year in range(2018, 2026):
        city.add(
            "financial_statements",
            org_id=group,
            period_end=date(year, 12, 31),
            total_assets=round(assets, 2),
            total_liabilities=round(assets * (0.83 if poor else 0.57), 2),
            cash=round(assets * (0.02 if poor else 0.11), 2),
            short_term_debt=round(assets * (0.09 if poor else 0.07), 2),
        )
        sheets.append(city.last("financial_statements"))
    why = {
        "easy": Text(
            "综合融资成本超过 10%，或无担保、无比选。",
            "All-in cost above 10 % a year, or no guarantee and no comparison.",
        ),
        "hard": Text(
            "分期还本使内部收益率超过 10%；或现金短债比仅两成。",
            "Repayment by instalments lifts the internal rate over 10 %; or cash covers a fifth of short-term debt.",
        ),
        "decoy": Text(
            "每年 9.4%，低于红线；或五年合计才到 13%。",
            "9.4 % a year stays below the line; or 13 % only over five years.",
        ),
    }[kind]
    return Planted(
        ((group, "borrower"), (handler, "official")),
        (loan,),
        None if kind == "decoy" else principal * fees,
        (*rows, *sheets),
        why,
    )


PLANT = Plant("fin-cost-and-debt", plant)
