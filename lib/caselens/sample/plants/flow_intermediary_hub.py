"""One intermediary, or one bank manager, turns up in the financing deals of several state firms."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _dealing, _making
from caselens.sample._city import NOBODY, City
from caselens.sample._time import some_day
from caselens.sample.plants import _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind

_STATE = ("国企子公司", "城投集团", "国投集团", "高新集团", "交投集团", "水务集团")


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: four borrowers, one arranger, one bank manager; six borrowers. Hard: three with one finance contact behind;
    one manager behind three arrangers. Decoys: a large licensed underwriter; an arranger of two borrowers.
    """
    if kind == "easy":
        return _hub(city, rng, (4, 6)[number], manager=True, fees=True)
    if kind == "hard":
        return (
            _hub(city, rng, 3, contact=True, fees=True)
            if number == 0
            else _hub(city, rng, 3, manager=True, arrangers=3)
        )
    if number == 0:
        return _hub(
            city,
            rng,
            8,
            deals=14,
            innocent=Text(
                "持牌主承销商，经公开比选，经办人各不相同。",
                "A licensed underwriter chosen by comparison; contacts differ.",
            ),
        )
    return _hub(
        city, rng, 2, innocent=Text("只服务两家，且比选产生。", "Serves two borrowers only, chosen by comparison.")
    )


def _hub(
    city: City,
    rng: Generator,
    borrowers: int,
    *,
    deals: int = 0,
    manager: bool = False,
    contact: bool = False,
    arrangers: int = 1,
    fees: bool = False,
    innocent: Text | None = None,
) -> Planted:
    """``deals`` (one for each borrower if 0) arranged for ``borrowers`` state firms."""
    firms = [
        _shared.quiet_firm(
            city, rng, "金融服务", founded=some_day(rng, date(2011, 1, 1), date(2016, 6, 1)), headcount=4
        )[0]
        for _ in range(arrangers)
    ]
    banker = _making.person(city, rng) if manager else NOBODY
    if contact:
        clerk = _making.person(city, rng)
        city.add("directorships", org_id=firms[0], person_id=clerk, role="finance_contact", start_date=date(2014, 1, 6))
    units = [unit for key in _STATE for unit in city.units[key]]
    chosen = [units[int(place)] for place in rng.permutation(len(units))[:borrowers]]
    bank, rows, total = city.unit("银行", rng), [], 0.0
    for place in range(max(deals, borrowers)):
        borrower = chosen[place % borrowers]
        handler, _ = _shared.leader(city, rng, borrower, "副总经理", "financing", start=date(2016, 1, 11))
        if contact:
            city.add(
                "directorships", org_id=borrower, person_id=clerk, role="finance_contact", start_date=date(2017, 3, 1)
            )
        when = some_day(rng, date(2017, 2, 1), date(2021, 12, 31))
        principal = float(round(rng.uniform(5e7, 4e8), -6))
        fee = float(round(principal * 0.006, -2))
        total += fee
        rows.append(
            city.add(
                "financings",
                kind="bond" if innocent and deals else "loan",
                borrower_id=borrower,
                lender_id=bank,
                arranger_id=firms[place % arrangers],
                lender_contact_id=banker if banker != NOBODY else _making.person(city, rng),
                principal=principal,
                annual_rate=round(float(rng.normal(0.052, 0.004)), 4),
                repayment="bullet",
                fees=fee,
                selection_method="比选" if innocent else None,
                start_date=when,
                maturity_date=when + timedelta(days=1095),
                outcome="active",
                handler_id=handler,
            )
        )
        if fees:
            rows.append(
                _dealing.pay(
                    city,
                    rng,
                    borrower,
                    firms[place % arrangers],
                    when + timedelta(days=9),
                    fee,
                    "服务费",
                    reference=rows[-1],
                )
            )
    subjects = [(firm, "intermediary") for firm in firms] + ([(banker, "lender_contact")] if manager else [])
    why = innocent or Text(
        f"{borrowers} 家国企的融资均由同一中介或同一银行经办人撮合。",
        f"The financing of {borrowers} state firms runs through one intermediary or one bank manager.",
    )
    return Planted(tuple(subjects), (rows[0],), None if innocent else total, tuple(rows), why)


PLANT = Plant("flow-intermediary-hub", plant)
