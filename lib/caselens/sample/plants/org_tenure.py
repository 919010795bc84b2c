"""One person in one key post for very long."""

from __future__ import annotations

from datetime import date

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _making
from caselens.sample._city import NOBODY, City
from caselens.sample.plants._declare import Plant, Planted, PlantKind

#: Post, remit, from, until (``None`` = still there); unit 0 is the same, 1 another one.
_POSTS: dict[tuple[str, int], list[tuple[str, str, date, date | None, int]]] = {
    ("easy", 0): [("园林绿化科科长", "approval", date(2004, 3, 1), date(2023, 11, 30), 0)],
    ("easy", 1): [("局长", "audit", date(2013, 5, 6), date(2024, 3, 1), 0)],
    # three rows with gaps of under 90 days: 125 months
    ("hard", 0): [("财务科科长", "payment", date(2012, 1, 9), date(2015, 6, 1), 0),
                  ("财务科科长", "payment", date(2015, 8, 20), date(2019, 2, 1), 0),
                  ("财务科科长", "payment", date(2019, 3, 15), date(2022, 6, 20), 0)],
    # the post was renamed, the remit stayed
    ("hard", 1): [("项目审批科科长", "approval", date(2013, 2, 1), date(2018, 4, 30), 0),
                  ("行政许可科科长", "approval", date(2018, 5, 1), None, 0)],
    ("decoy", 0): [("工程科科长", "tendering", date(2013, 3, 1), date(2017, 3, 1), 0),
                   ("副局长", "personnel", date(2017, 7, 1), date(2021, 6, 1), 1),
                   ("副局长", "land", date(2021, 10, 1), date(2025, 5, 1), 0)],
    ("decoy", 1): [("总工程师室工程师", "", date(2008, 3, 1), None, 0)],
}  # fmt: skip


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: 19 years and 9 months; 130 months as head of audit. Hard: three rows with short gaps; a renamed post.
    Decoys: rotation through three remits; a specialist without power.
    """
    # Decoys sit elsewhere: a lead about a colleague in the same unit is none about them.
    places = ("交通局", "水利局") if kind == "decoy" else ("开发区管委会", "自然资源局")
    key = "审计局" if (kind, number) == ("easy", 1) else places[number]
    units = [city.unit(key, rng), city.unit("应急局", rng)]
    who, rows = NOBODY, []
    for post, remit, start, end, place in _POSTS[kind, number]:
        who = _making.official(
            city,
            rng,
            units[place],
            post,
            remit=remit,
            head=post == "局长",
            leadership="局长" in post,
            start=start,
            end=end,
            who=who,
            rotates=False,
        )
        rows.append(city.last("appointments"))
    city.quiet.add(who)
    why = {
        "easy": Text("同一关键岗位长期不轮岗。", "The same key post for far too long."),
        "hard": Text(
            "任职记录分段或岗位改名，实为同一职责。", "The record is split or the post renamed; the remit is one."
        ),
        "decoy": Text(
            "按规定轮岗，或为无审批权的专业岗位。", "Rotated as the rule asks, or a specialist without a remit."
        ),
    }[kind]
    return Planted(((who, "official"), (units[0], "unit")), (units[0],), None, tuple(rows), why)


PLANT = Plant("org-tenure", plant)
