"""Several cases in one unit within a short time."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _making
from caselens.sample._city import City
from caselens.sample.background.units import unit as new_unit
from caselens.sample.plants._declare import Plant, Planted, PlantKind

#: (in the leadership?, days after the first case) of each case, and the staff of the unit.
_CASES = {
    ("easy", 0): ([(True, 0), (True, 60), (True, 150), (False, 200)], 150),
    ("easy", 1): ([(False, 0), (False, 40), (False, 170), (False, 300), (False, 330)], 90),
    ("hard", 0): ([(True, 0), (True, 330), (True, 690)], 120),
    ("hard", 1): ([(False, 0), (False, 35), (True, 70)], 60),
    ("decoy", 0): ([(False, 0), (False, 320), (False, 800), (False, 1250)], 4200),
    ("decoy", 1): ([(True, 0), (False, 1100)], 160),
}
_NAMES = ("园林绿化中心", "市政养护中心", "土地储备中心", "建设工程管理站", "公共交通总站", "地质勘查中心")


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: three deputies and a section chief in seven months; five of a staff of 90. Hard: three deputies over 23
    months; three of sixty in ten weeks. Decoys: four of 4,200 over years; two, three years apart.
    """
    cases, staff = _CASES[kind, number]
    place = ("easy", "hard", "decoy").index(kind) * 2 + number
    unit = new_unit(city, rng, "新设单位", f"云江市{_NAMES[place]}", "public_institution", city.units["市政府"][0])
    city.row(unit)["headcount"] = staff
    first = date(int(rng.integers(2019, 2022)), int(rng.integers(1, 12)), 11)
    subjects, rows = [(unit, "unit")], []
    for _ in range(6):
        _making.official(city, rng, unit, "综合科科员", start=date(2014, 5, 1))
    for leading, days in cases:
        when = first + timedelta(days=days)
        who = _making.official(
            city,
            rng,
            unit,
            "副主任" if leading else "业务科科长",
            remit="approval",
            leadership=leading,
            start=date(2014, 2, 1),
            end=when + timedelta(days=5),
        )
        subjects.append((who, "context"))
        rows.append(city.add("discipline_records", person_id=who, org_id=unit, filed_on=when, kind="违反廉洁纪律"))
    why = {
        "easy": Text("同一单位短期内多人被查。", "Several people of one unit were investigated within months."),
        "hard": Text(
            "三名班子成员先后被查，跨度近两年；或小单位十周三人。",
            "Three leaders over almost two years, or three of sixty in ten weeks.",
        ),
        "decoy": Text("单位人数众多或案件相隔数年。", "A very large unit, or cases that lie years apart."),
    }[kind]
    return Planted(tuple(subjects), (unit,), None, tuple(rows), why)


PLANT = Plant("org-case-cluster", plant)
