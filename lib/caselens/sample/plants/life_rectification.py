"""Promised corrections that are overdue, closed on paper, or come back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample._city import City
from caselens.sample._time import LAST, some_day
from caselens.sample.background.units import unit as new_unit
from caselens.sample.plants import _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind

_CATEGORIES = ("招标采购", "资金支付", "合同管理", "施工管理", "集体决策", "资产处置")


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: six problems open far beyond their term; five closed on the day they were found, without evidence.
    Hard: the same problem came back within the year; closed, then reopened. Decoys: all on time; it came back after
    three years.
    """
    place = ("easy", "hard", "decoy").index(kind) * 2 + number
    name = ("水务", "环卫", "园林", "停车", "供热", "广电")[place]
    unit = new_unit(city, rng, "新设单位", f"云江市{name}管理中心", "public_institution", city.units["市政府"][0])
    head, _ = _shared.leader(city, rng, unit, "主任", "approval", head=True, start=date(2018, 1, 8))
    rows: list[int] = []
    for turn in range((6, 5)[number]):
        found = some_day(rng, date(2023, 2, 1), date(2024, 8, 1))
        row: dict[str, Any] = {
            "unit_id": unit,
            "category": _CATEGORIES[turn],
            "advice_no": f"云监建〔{found.year}〕{41 + place}号",
            "found_on": found,
            "measure": "完善制度并逐项核查",
            "responsible_id": head,
            "due_on": found + timedelta(days=90),
        }
        closed = found + timedelta(days=int(rng.integers(30, 85)))
        if (kind, number) == ("easy", 1):
            row |= {"closed_on": found}
        elif (kind, number) != ("easy", 0):
            row |= {"closed_on": closed, "verified_on": closed + timedelta(days=9), "evidence": "整改报告及佐证材料"}
        if (kind, number) == ("hard", 1) and turn < 3:
            row["reopened_on"] = closed + timedelta(days=70)
        rows.append(city.add("rectifications", **row))
    if number == (0 if kind == "hard" else 1) and kind != "easy":
        first = city.row(rows[0])
        again = first["found_on"] + timedelta(days=250 if kind == "hard" else 640)
        if kind == "decoy":
            first["found_on"] -= timedelta(days=500)
            first["due_on"] -= timedelta(days=500)
            first["closed_on"] -= timedelta(days=500)
            first["verified_on"] -= timedelta(days=500)
        rows.append(
            city.add(
                "rectifications",
                unit_id=unit,
                category=first["category"],
                advice_no=first["advice_no"],
                found_on=again,
                measure="完善制度并逐项核查",
                responsible_id=head,
                due_on=again + timedelta(days=90),
                closed_on=min(LAST, again + timedelta(days=60)),
                evidence="整改报告及佐证材料",
                recurs_id=rows[0],
            )
        )
    why = {
        "easy": Text(
            "整改逾期未结，或当日发现当日销号且无佐证。", "Overdue, or closed on the day it was found without evidence."
        ),
        "hard": Text(
            "同一问题一年内复发，或销号后又被重开。", "The same problem came back within a year, or was reopened."
        ),
        "decoy": Text(
            "均按期整改并有佐证，或三年后才再现。",
            "All on time and with evidence, or it came back only after three years.",
        ),
    }[kind]
    return Planted(((unit, "unit"), (head, "official")), (rows[0],), None, tuple(rows), why)


PLANT = Plant("life-rectification", plant)
