"""Money goes back to the giver after a shock: a colleague's case, an audit, an inspection."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _dealing
from caselens.sample._city import NOBODY, City
from caselens.sample._time import some_day
from caselens.sample.plants import _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: 4.8万 back twelve days after a colleague was investigated; 5万 a month after an audit began. Hard: 85 % in
    three parts to the firm; the spouse gives it back. Decoys: instalments that began before; a return with no event.
    """
    key, trade = (
        ("街道办", "拆迁"),
        ("医院", "医疗"),
        ("区住建局", "建筑"),
        ("交通局", "市政"),
        ("水利局", "设备"),
        ("学校", "教学"),
    )[("easy", "hard", "decoy").index(kind) * 2 + number]
    one = _shared.client(city, rng, key, trade, date(2017, 2, 1))
    shock = some_day(rng, date(2021, 3, 1), date(2023, 9, 30))
    total = (48_000.0, 50_000.0, 66_000.0, 40_000.0, 24_000.0, 30_000.0)[
        ("easy", "hard", "decoy").index(kind) * 2 + number
    ]
    taker = one.spouse if kind == "hard" and number == 1 else one.official
    got = [
        _dealing.pay(
            city,
            rng,
            one.boss,
            taker,
            shock - timedelta(days=int(rng.integers(150, 900))),
            amount,
            None,
            channel=channel,
        )
        for amount, channel in zip(
            _shared.split(rng, total, 4), ("wechat", "transfer", "wechat", "wechat"), strict=True
        )
    ]
    event = NOBODY
    if kind != "decoy" or number == 0:
        event = _shock(city, rng, one.unit, shock, colleague=number == 0)
    if kind == "decoy" and number == 0:
        parts = [(shock + timedelta(days=30 * turn - 240), total / 10, one.boss) for turn in range(10)]
    elif kind == "hard" and number == 0:
        parts = [
            (shock + timedelta(days=gap), amount, one.firm)
            for gap, amount in zip((9, 27, 55), _shared.split(rng, total * 0.85, 3), strict=True)
        ]
    else:
        parts = [(shock + timedelta(days=12 if number == 0 else 31), total, one.boss)]
    back = [_dealing.pay(city, rng, taker, to, day, amount, "还款") for day, amount, to in parts]
    why = {
        "easy": Text(
            "同事被查（或审计进点）后很快全额退回。", "All of it went back soon after a colleague's case or an audit."
        ),
        "hard": Text(
            "出事后分次、经他人之手退回大部分。", "After the shock most of it went back in parts or by another's hand."
        ),
        "decoy": Text(
            "按月归还早于事件开始，或前后并无事件。",
            "Monthly repayment had begun before, or there was no event at all.",
        ),
    }[kind]
    subjects = [(one.official, "official"), (one.boss, "payer"), (one.firm, "firm")]
    subjects += [(one.spouse, "kin")] if taker == one.spouse else []
    rows = (*back, *got, *((event,) if event != NOBODY else ()))
    return Planted(tuple(subjects), (back[0],), None if kind == "decoy" else total, rows, why)


def _shock(city: City, rng: Generator, unit: int, when: date, *, colleague: bool) -> int:
    if not colleague:
        return city.add(
            "unit_events", org_id=unit, kind="audit", happened_on=when, document_no=f"云审〔{when.year}〕44号"
        )
    fallen, _ = _shared.leader(city, rng, unit, start=date(2016, 5, 1), end=when)
    return city.add("discipline_records", person_id=fallen, org_id=unit, filed_on=when, kind="违反廉洁纪律")


PLANT = Plant("flow-staged-return", plant)
