"""Whose papers are audited first: firms that pay, or that are linked, overtake the rest."""

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
    """Easy: nine jobs in five to nine days for a firm that pays the head; eight for the sibling's firm. Hard: half the
    usual time; others are sent back three times. Decoys: a key-project list of the city government; small jobs.
    """
    unit = city.units["审计局"][0]
    official, spouse = _shared.leader(
        city, rng, unit, "局长", "audit", head=True, start=date(2015, 3, 1), end=date(2024, 9, 1)
    )
    owner = (
        _making.relative(city, rng, official, "sibling") if (kind, number) == ("easy", 1) else _making.person(city, rng)
    )
    firm, boss = _shared.quiet_firm(city, rng, ("建筑", "市政")[number], owner)
    days = {
        ("easy", 0): (5, 10),
        ("easy", 1): (6, 12),
        ("hard", 0): (22, 34),
        ("hard", 1): (14, 22),
        ("decoy", 0): (6, 12),
        ("decoy", 1): (40, 90),
    }[kind, number]
    listed = (kind, number) == ("decoy", 0)
    rows = []
    for _ in range((9, 8)[number]):
        submitted = some_day(rng, date(2017, 2, 1), date(2024, 4, 1))
        value = float(round(rng.lognormal(15.5 if kind != "decoy" else 14.6, 0.7), -2))
        rows.append(
            city.add(
                "applications",
                applicant_id=firm,
                authority_id=unit,
                handler_id=official,
                kind="audit",
                submitted_on=submitted,
                accepted_on=submitted + timedelta(days=1),
                decided_on=submitted + timedelta(days=int(rng.integers(*days))),
                outcome="report_issued",
                value=value,
                priority_document="云政发〔2016〕60号" if listed else None,
                issued_by_id=city.units["市政府"][0] if listed else None,
            )
        )
    if (kind, number) == ("hard", 1):
        rival, _ = _shared.quiet_firm(city, rng, "市政")
        for turn in range(4):
            submitted = date(2020, 3, 2) + timedelta(days=70 * turn)
            rows.append(
                city.add(
                    "applications",
                    applicant_id=rival,
                    authority_id=unit,
                    handler_id=official,
                    kind="audit",
                    submitted_on=submitted,
                    decided_on=submitted + timedelta(days=50),
                    outcome="returned",
                    value=2_600_000,
                )
            )
    if kind != "decoy" and (kind, number) != ("easy", 1):
        for turn in range(3):
            when = some_day(rng, date(2018, 1, 1), date(2023, 6, 1))
            taker = spouse if kind == "hard" else official
            rows.append(
                _dealing.pay(
                    city, rng, boss, taker, when, float(rng.integers(10, 40)) * 1000, (None, "借款", "茶叶")[turn]
                )
            )
    why = {
        "easy": Text(
            "付钱或有亲属关系的企业几天即出审计报告，其他要两个多月。",
            "Who pays or is kin has the report in days; others wait for over two months.",
        ),
        "hard": Text(
            "只快一半，或让别家材料多次退回。", "Only twice as fast, or others' papers are returned again and again."
        ),
        "decoy": Text(
            "列入市政府事先公布的重点项目，或耗时与同类相当。",
            "On a list that the city government had issued, or no faster than others.",
        ),
    }[kind]
    return Planted(((official, "official"), (firm, "firm"), (boss, "payer")), (rows[0],), None, tuple(rows), why)


PLANT = Plant("life-audit-queue", plant)
