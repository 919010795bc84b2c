"""An official or close kin holds a share or a job in a firm that the unit serves."""

from __future__ import annotations

from datetime import date

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _dealing, _making
from caselens.sample._city import City
from caselens.sample.plants import _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: the official holds 10 %; the spouse is manager. Hard: the child was hired after the appointment; a sibling
    is a silent director. Decoys: a parent employed there long before; a spouse's firm without business with the unit.
    """
    key, trade = (("卫健局", "医疗"), ("开发区管委会", "制造"))[number]
    unit = city.unit(key, rng)
    official, spouse = _shared.leader(city, rng, unit, remit="approval", start=date(2017, 4, 10))
    firm, _ = _shared.quiet_firm(city, rng, trade)
    served = _shared.permit(city, rng, firm, unit, "经营许可", date(2016, 8, 1))
    if kind == "decoy" and number == 1:
        firm, _ = _shared.quiet_firm(city, rng, "餐饮", spouse)
    rows = [served]
    who, role = spouse, "kin"
    if kind == "easy" and number == 0:
        who, role = official, "official"
        _making.buy_in(city, official, firm, 0.1, date(2018, 1, 15))
    elif kind == "easy":
        city.add("directorships", org_id=firm, person_id=spouse, role="manager", start_date=date(2017, 9, 1))
    elif kind == "hard" and number == 0:
        who = _making.relative(city, rng, official, "child", born=date(1994, 6, 6))
        city.add("employments", person_id=who, org_id=firm, start_date=date(2018, 3, 1))
        rows.append(_dealing.pay(city, rng, firm, who, date(2018, 4, 5), 14_800, "工资"))
    elif kind == "hard":
        who = _making.relative(city, rng, official, "sibling")
        city.add("directorships", org_id=firm, person_id=who, role="director", start_date=date(2016, 2, 1))
    elif number == 0:
        who = _making.relative(city, rng, official, "parent")
        city.add("employments", person_id=who, org_id=firm, start_date=date(2009, 3, 1))
    why = {
        "easy": Text(
            "本人持股，或配偶任经理，单位为其办理许可。",
            "A share of his own, or the spouse as manager; the unit licenses the firm.",
        ),
        "hard": Text(
            "子女任职后入职，或兄弟姐妹任董事。",
            "The child was hired after the appointment, or a sibling is a director.",
        ),
        "decoy": Text(
            "任职前多年的普通受雇，或与单位毫无业务。",
            "Plain employment from years before, or a firm with no business at the unit.",
        ),
    }[kind]
    subjects = [(official, "official"), (firm, "firm")] + ([(who, role)] if who != official else [])
    return Planted(tuple(subjects), (served,), None, tuple(rows), why)


PLANT = Plant("rel-side-business", plant)
