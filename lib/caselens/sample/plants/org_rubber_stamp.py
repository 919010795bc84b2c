"""A committee that never refuses, while its peers do."""

from __future__ import annotations

from datetime import date

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _making
from caselens.sample._city import City
from caselens.sample._time import some_day, workday
from caselens.sample.background.decisions import vote
from caselens.sample.background.units import unit as new_unit
from caselens.sample.plants._declare import Plant, Planted, PlantKind


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: 60 of 60 passed; 45 of 45. Hard: 28 of 28; 22 of 22 with abstentions. Decoys: eight of eight, too few to
    say; 40 decided, seven refused.
    """
    name = ("产业基金", "融资担保", "金融控股", "保理", "小额贷款", "股权投资")[
        ("easy", "hard", "decoy").index(kind) * 2 + number
    ]
    body = new_unit(city, rng, "新设单位", f"云江{name}有限公司", "state_owned", city.units["国投集团"][0])
    count = {"easy": (60, 45), "hard": (28, 22), "decoy": (8, 40)}[kind][number]
    pool = [
        _making.official(city, rng, body, "评审委员", leadership=place < 2, start=date(2016, 6, 1))
        for place in range(11)
    ]
    rows = []
    for turn in range(count):
        votes = ["for"] * 7
        refused = kind == "decoy" and number == 1 and turn % 6 == 0
        if refused:
            votes[2] = "against"
        elif kind == "hard" and number == 1 and turn % 5 == 0:
            votes[4] = "abstain"
        members = [int(who) for who in rng.choice(pool, 7, replace=False)]
        rows += vote(
            city,
            rng,
            body,
            members,
            votes,
            workday(some_day(rng, date(2018, 1, 1), date(2026, 5, 1))),
            passed=not refused,
        )
    why = {
        "easy": Text(
            "审议项目无一否决，同类机构约两成被否。", "Nothing was ever refused; peers refuse about one in five."
        ),
        "hard": Text(
            "数量较少，偶有弃权，仍无一否决。", "Fewer items, an abstention now and then, still nothing refused."
        ),
        "decoy": Text("项目太少不足以判断，或确有否决。", "Too few to say, or some were refused."),
    }[kind]
    return Planted(((body, "body"),), (body,), None, tuple(rows), why)


PLANT = Plant("org-rubber-stamp", plant)
