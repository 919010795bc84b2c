"""A relative's loan company lends mainly to firms over which the official decides."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _dealing, _making
from caselens.sample._city import NOBODY, City
from caselens.sample._time import some_day, within
from caselens.sample.background.decisions import explosives
from caselens.sample.plants import _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: seven of eight borrowers are mines; five of five. Hard: four of nine but two thirds of the interest; the
    stake is held by the spouse's sibling. Decoys: a lender of strangers in mining; one mine among nine borrowers.
    """
    unit = city.units["公安局"][0]
    official, spouse = _shared.leader(city, rng, unit, "治安支队长", "explosives", start=date(2015, 11, 2))
    kin = _making.relative(city, rng, spouse if kind == "hard" and number else official, "sibling")
    owner = _making.person(city, rng) if kind == "decoy" and number == 0 else kin
    lender, _ = _shared.quiet_firm(city, rng, "小贷", owner, share=0.7, founded=date(2015, 6, 9))
    mines, others = {"easy": ((7, 1), (5, 0)), "hard": ((4, 5), (6, 2)), "decoy": ((6, 1), (1, 8))}[kind][number]
    rows: list[int] = []
    interest = 0.0
    for place in range(mines + others):
        regulated = place < mines
        borrower = (
            _mine(city, rng, unit)
            if regulated
            else _shared.quiet_firm(city, rng, ("餐饮", "制造", "商贸")[place % 3])[0]
        )
        scale = 2.4 if kind == "hard" and number == 0 and regulated else 1.0
        loan, paid, got = _loan(city, rng, lender, borrower, scale)
        rows += [loan, *paid]
        interest += got if regulated else 0.0
    why = {
        "easy": Text(
            "亲属的小贷公司借款人几乎都是受其审批的矿山，利息流回。",
            "Nearly all borrowers of the relative's firm are mines that he decides about.",
        ),
        "hard": Text(
            "矿山借款只占一部分却贡献多数利息，或由配偶的兄弟出面。",
            "Mines are some of the borrowers but pay most interest, or an in-law holds the stake.",
        ),
        "decoy": Text(
            "贷款公司与官员无亲属关系，或借款人中只有一家矿山。",
            "The lender is no kin of the official, or only one borrower is a mine.",
        ),
    }[kind]
    subjects = ((official, "official"), (owner, "kin" if owner == kin else "owner"), (lender, "lender"))
    return Planted(subjects, (rows[0],), None if kind == "decoy" else round(interest, 2), tuple(rows), why)


def _mine(city: City, rng: Generator, unit: int) -> int:
    mine, _ = _shared.quiet_firm(city, rng, "煤矿")
    city.add("oversight", authority_id=unit, subject_id=mine, remit="explosives")
    explosives(city, rng, mine, 4)
    return mine


def _loan(city: City, rng: Generator, lender: int, borrower: int, scale: float) -> tuple[int, list[int], float]:
    """Principal goes out, interest comes back each quarter, the principal at the end.

    Answers the loan, its payments and the interest.
    """
    start = some_day(rng, date(2017, 1, 1), date(2022, 6, 30))
    principal = float(round(rng.uniform(3e5, 9e5) * scale, -4))
    rate = 0.18 if scale > 1 else round(float(rng.uniform(0.12, 0.2)), 3)
    loan = city.add(
        "financings",
        kind="private",
        borrower_id=borrower,
        lender_id=lender,
        principal=principal,
        annual_rate=rate,
        repayment="bullet",
        start_date=start,
        maturity_date=start + timedelta(days=730),
        outcome="repaid",
        lender_contact_id=NOBODY,
    )
    quarter = round(principal * rate / 4, 2)
    paid = [_dealing.pay(city, rng, lender, borrower, start, principal, "借款", reference=loan)]
    paid += [
        _dealing.pay(
            city, rng, borrower, lender, within(start + timedelta(days=91 * turn)), quarter, "利息", reference=loan
        )
        for turn in range(1, 9)
    ]
    paid.append(
        _dealing.pay(
            city, rng, borrower, lender, within(start + timedelta(days=731)), principal, "还款", reference=loan
        )
    )
    return loan, paid, quarter * 8


PLANT = Plant("rel-captive-borrowers", plant)
