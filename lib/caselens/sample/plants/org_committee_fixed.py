"""Reviewers who should be drawn at random are always the same."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _making
from caselens.sample._city import City
from caselens.sample._time import workday
from caselens.sample.background.decisions import vote
from caselens.sample.background.units import unit as new_unit
from caselens.sample.plants._declare import Plant, Planted, PlantKind


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: the same seven of a pool of 35 in nine meetings; six of them in ten. Hard: four of seven are fixed; a pool
    of twelve for seven seats. Decoys: true draws; a pool that grew half way.
    """
    name = ("创业担保", "能源投资", "农业发展", "旅游投资", "大数据", "人才服务")[
        ("easy", "hard", "decoy").index(kind) * 2 + number
    ]
    body = new_unit(city, rng, "新设单位", f"云江{name}有限公司", "state_owned", city.units["国投集团"][0])
    size = 12 if (kind, number) == ("hard", 1) else 35
    pool = [_making.person(city, rng) for _ in range(size)]
    late = size // 2 if (kind, number) == ("decoy", 1) else size
    for place, who in enumerate(pool):
        since = date(2018, 1, 1) if place < late else date(2021, 7, 1)
        city.add(
            "reviewer_pools",
            org_id=body,
            person_id=who,
            speciality="投资评审",
            grade="高级" if place % 2 else "中级",
            start_date=since,
        )
    fixed = {("easy", 0): 7, ("easy", 1): 6, ("hard", 0): 4}.get((kind, number), 0)
    when, rows = date(2019, 2, 12), []
    for _ in range((9, 10)[number]):
        free = pool[fixed : late if when < date(2021, 7, 1) else size]
        members = pool[:fixed] + [int(who) for who in rng.choice(free, 7 - fixed, replace=False)]
        refused = rng.random() < 0.2
        votes = ["for"] * 5 + ["against" if refused else "for", "for"]
        rows += vote(city, rng, body, members, votes, workday(when), passed=not refused)
        when += timedelta(days=int(rng.integers(60, 220)))
    why = {
        "easy": Text("九、十次评审几乎是同一批人。", "Nine or ten reviews were sat by nearly the same people."),
        "hard": Text(
            "四席固定，或备选库不足席位三倍。", "Four seats are fixed, or the pool is less than three times the seats."
        ),
        "decoy": Text("确为随机抽取，或评委库中途扩充。", "Truly drawn, or the pool grew half way."),
    }[kind]
    return Planted(((body, "body"),), (body,), None, tuple(rows), why)


PLANT = Plant("org-committee-fixed", plant)
