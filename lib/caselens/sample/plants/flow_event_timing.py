"""Receipts gather round the official's decisions on the payer."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _dealing, _making
from caselens.sample._city import City
from caselens.sample._time import FIRST, LAST, festivals
from caselens.sample.plants import _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: ten receipts days before ten decisions; eight just after. Hard: nine of twelve are close, the rest
    scattered; two payers of one firm take turns. Decoys: only before festivals; spread evenly over the years.
    """
    unit, trade = city.units["公安局"][0], ("煤矿", "采石")[number]
    official, _ = _shared.leader(city, rng, unit, "治安科科长", "explosives", leadership=False, start=date(2016, 3, 1))
    firm, boss = _shared.quiet_firm(city, rng, trade)
    city.add("oversight", authority_id=unit, subject_id=firm, remit="explosives")
    decisions, gap = [], [int(days) for days in rng.integers(95, 330, 12)]
    day = date(2017, 2, 20)
    for step in gap:
        submitted = day - timedelta(days=int(rng.integers(8, 40)))
        decisions.append(
            (
                day,
                city.add(
                    "applications",
                    applicant_id=firm,
                    authority_id=unit,
                    handler_id=official,
                    kind="explosives",
                    submitted_on=submitted,
                    accepted_on=submitted,
                    decided_on=day,
                    outcome="approved",
                    requested=float(rng.integers(10, 60)),
                    granted=float(rng.integers(5, 10)),
                ),
            )
        )
        day += timedelta(days=step)
    decisions = [(when, row) for when, row in decisions if when < LAST - timedelta(days=40)]
    days = _days(rng, kind, number, [when for when, _ in decisions])
    partner = _making.person(city, rng)
    city.quiet.add(partner)
    city.add("directorships", org_id=firm, person_id=partner, role="manager", start_date=date(2015, 1, 5))
    turns = kind == "hard" and number == 1
    paid = tuple(
        _dealing.pay(
            city,
            rng,
            partner if turns and place % 2 else boss,
            official,
            when,
            float(rng.integers(12, 90)) * 100,
            None,
            channel=("wechat", "transfer")[int(rng.integers(2))],
        )
        for place, when in enumerate(days)
    )
    why = {
        "easy": Text("每次审批前后几天都有进账。", "There is a receipt within days of every decision."),
        "hard": Text(
            "大多数进账贴近审批日，少数散落，付款人轮换。",
            "Most receipts lie close to decisions; some are scattered, payers take turns.",
        ),
        "decoy": Text(
            "进账只随节日或均匀分布，与审批日无关。",
            "Receipts follow festivals or are spread evenly, not the decisions.",
        ),
    }[kind]
    subjects = [(official, "official"), (boss, "payer"), (firm, "firm")] + ([(partner, "payer")] if turns else [])
    return Planted(tuple(subjects), (paid[0],), None, (*paid, *(row for _, row in decisions)), why)


def _days(rng: Generator, kind: PlantKind, number: int, decisions: list[date]) -> list[date]:
    if kind == "decoy":
        if number == 0:
            feasts = [FIRST + timedelta(days=day) for day in festivals()]
            return [feast - timedelta(days=int(rng.integers(1, 6))) for feast in feasts if feast.year >= 2018][::3]
        return [date(2017, 3, 1) + timedelta(days=int(280 * turn + rng.integers(0, 30))) for turn in range(11)]
    if kind == "easy" and number == 0:
        return [when - timedelta(days=int(rng.integers(2, 9))) for when in decisions]
    near = [when + timedelta(days=int(rng.integers(1, 7))) for when in decisions]
    if kind == "easy":
        return near[:8]
    far = [when + timedelta(days=45) for when in decisions[:3]]
    return sorted([*near[1:], *far]) if number == 0 else near


PLANT = Plant("flow-event-timing", plant)
