"""A linked firm gets scarce permits sooner and in full while its peers wait."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _making
from caselens.sample._city import City
from caselens.sample._time import some_day
from caselens.sample.background.decisions import explosives
from caselens.sample.plants import _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: sixteen applications decided in one to three days, all in full; twelve. Hard: only the larger half is fast;
    no faster but never cut. Decoys: a linked mine treated like its peers; a priority list of the city government.
    """
    unit = city.units["公安局"][0]
    official, _ = _shared.leader(city, rng, unit, "副局长", "explosives", start=date(2016, 1, 18))
    sibling = _making.relative(city, rng, official, "sibling")
    mine, _ = _shared.quiet_firm(city, rng, "煤矿", _making.person(city, rng), share=0.65, founded=date(2010, 3, 3))
    if not (kind == "decoy" and number == 1):
        _making.buy_in(city, sibling, mine, 0.3, date(2016, 10, 8))
    city.add("oversight", authority_id=unit, subject_id=mine, remit="explosives")
    if kind == "decoy" and number == 0:
        rows = explosives(city, rng, mine, 10)
    else:
        rows = [_application(city, rng, mine, unit, official, kind, number, turn) for turn in range((16, 12)[number])]
    why = {
        "easy": Text(
            "亲属参股的煤矿申请一至三日即全额批准，同行要等数周且常被削减。",
            "The relative's mine is decided in one to three days in full; peers wait for weeks and are cut.",
        ),
        "hard": Text("只在大额申请上快，或从不被削减。", "Fast only for the larger applications, or merely never cut."),
        "decoy": Text(
            "与同行无异，或有市政府事先发文的保供名单。",
            "Treated like its peers, or on a list that the city government issued before.",
        ),
    }[kind]
    subjects = ((official, "official"), (sibling, "kin"), (mine, "firm"))
    return Planted(subjects, (rows[0],), None, tuple(rows), why)


def _application(
    city: City, rng: Generator, mine: int, unit: int, official: int, kind: PlantKind, number: int, turn: int
) -> int:
    submitted = some_day(rng, date(2017, 1, 1), date(2026, 4, 1))
    asked = float(rng.integers(30, 60) if turn % 2 else rng.integers(4, 25))
    slow = kind == "hard" and (number == 1 or turn % 2 == 0)
    days = int(rng.integers(8, 40)) if slow else int(rng.integers(1, 4))
    listed = kind == "decoy"
    return city.add(
        "applications",
        applicant_id=mine,
        authority_id=unit,
        handler_id=official,
        kind="explosives",
        submitted_on=submitted,
        accepted_on=submitted,
        decided_on=submitted + timedelta(days=days),
        outcome="approved",
        requested=asked,
        granted=asked,
        priority_document="云政函〔2016〕88号" if listed else None,
        issued_by_id=city.units["市政府"][0] if listed else None,
    )


PLANT = Plant("rel-permit-advantage", plant)
