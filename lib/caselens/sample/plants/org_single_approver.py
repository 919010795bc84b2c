"""One person approves everything above the line, and the minutes of collective decisions are missing."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _making
from caselens.sample._city import City
from caselens.sample._time import FIRST, LAST, moment, some_day
from caselens.sample.background.units import unit as new_unit
from caselens.sample.plants import _market
from caselens.sample.plants._declare import Plant, Planted, PlantKind


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: fourteen projects above 200万, all by one hand, no minutes; twelve. Hard: minutes for two thirds; minutes
    for all, but friends win. Decoys: minutes for all and many winners; three signatories share the work.
    """
    group = city.units["高新集团" if number else "城投集团"][0]
    name = ("园区置业", "城建资产", "文旅发展", "公用事业", "科创投资", "水利建设")[
        ("easy", "hard", "decoy").index(kind) * 2 + number
    ]
    unit = new_unit(city, rng, "新设单位", f"云江{name}有限公司", "state_owned", group)
    heads = [
        _making.official(
            city,
            rng,
            unit,
            "董事长" if place == 0 else "副总经理",
            remit="approval",
            head=place == 0,
            leadership=True,
            start=date(2015, 3, 1),
        )
        for place in range(3)
    ]
    city.quiet |= set(heads)
    city.add(
        "coverage",
        table="approvals",
        scope=city.mention(unit),
        period_start=FIRST,
        period_end=LAST,
        is_complete=True,
        basis="移交清单",
    )
    lacking = {("easy", 0): 1.0, ("easy", 1): 0.8, ("hard", 0): 0.36, ("hard", 1): 0.0}.get((kind, number), 0.0)
    count = (14, 12)[number]
    friends = _market.rivals(city, rng, "市政", 2)
    rows, total = [], 0.0
    for turn in range(count):
        ceiling = float(round(rng.uniform(2.6e6, 2e7), -3))
        prices = _market.honest(rng, ceiling, 4)
        firms = _market.rivals(city, rng, "市政", 4)
        if kind != "decoy":
            friend = friends[turn % 2]
            firms = [friend, *(firm for firm in firms if firm != friend)][:4]
        opened = some_day(rng, date(2017, 2, 1), date(2024, 6, 1))
        tender, contract = _market.tender(
            city,
            rng,
            unit,
            "市政",
            opened,
            [_market.Offer(f, p) for f, p in zip(firms, prices, strict=True)],
            ceiling=ceiling,
            handler=heads[0],
        )
        total += prices[0]
        signer = heads[turn % 3] if kind == "decoy" and number == 1 else heads[0]
        steps: list[tuple[str, int, str | None]] = [("head", signer, None)]
        if turn >= lacking * count:
            steps.insert(0, ("collective", heads[1], f"党委会纪要〔{opened.year}〕{int(rng.integers(1, 40))}号"))
        for place, (step, who, document) in enumerate(steps):
            rows.append(
                city.add(
                    "approvals",
                    object_table="contracts",
                    object_id=contract,
                    step=step,
                    person_id=who,
                    org_id=unit,
                    opinion="approve",
                    decided_at=moment(rng, opened - timedelta(days=9 - place), 9, 18),
                    document_no=document,
                )
            )
        rows += [tender, contract]
    why = {
        "easy": Text(
            "200 万元以上项目均由一人签批，没有集体研究记录。",
            "Everything above two million is signed by one hand without minutes.",
        ),
        "hard": Text(
            "部分缺少会议纪要，或纪要齐全但总是同两家中标。",
            "Minutes are partly missing, or complete while the same two firms win.",
        ),
        "decoy": Text("均有集体研究纪要，或由三人分别签批。", "Minutes for all, or three signatories share the work."),
    }[kind]
    return Planted(
        ((heads[0], "official"), (unit, "unit")),
        (unit,),
        None if kind == "decoy" else round(total, 2),
        tuple(rows),
        why,
    )


PLANT = Plant("org-single-approver", plant)
