"""Plain breaches in a tender: too little time, a late winner, the lowest thrown out, a debarred winner, no notice."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample._city import City
from caselens.sample._time import some_day, workday
from caselens.sample.plants import _market
from caselens.sample.plants._declare import Plant, Planted, PlantKind


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: nine days from notice to deadline; the winner came in two hours late. Hard: the lowest bid was rejected and
    the dearest won; the contract was never published. Decoys: a single bid; 21 days and a rejected dear bid.
    """
    trade = ("医疗", "印刷", "办公")[("easy", "hard", "decoy").index(kind)]
    opened = workday(some_day(rng, date(2018, 3, 1), date(2025, 9, 1)))
    ceiling = float(round(rng.uniform(4e5, 4e6), -3))
    count = 1 if (kind, number) == ("decoy", 0) else 4
    prices, firms = _market.honest(rng, ceiling, count), _market.rivals(city, rng, trade, count)
    marks: list[dict[str, Any]] = [{} for _ in range(count)]
    row: dict[str, Any] = {"published_on": opened - timedelta(days=26)}
    winner = 0
    if (kind, number) == ("easy", 0):
        row["published_on"] = opened - timedelta(days=9)
    elif (kind, number) == ("easy", 1):
        marks[0]["submitted_at"] = datetime.combine(opened, time(11, 4))
    elif (kind, number) == ("hard", 0):
        marks[0]["status"], winner = "rejected", 3
    elif (kind, number) == ("decoy", 1):
        marks[3]["status"], row["published_on"] = "rejected", opened - timedelta(days=21)
    offers = [_market.Offer(*offer) for offer in zip(firms, prices, marks, strict=True)]
    tender, contract = _market.tender(
        city,
        rng,
        city.unit("医院" if number else "卫健局", rng),
        trade,
        opened,
        offers,
        ceiling=ceiling,
        winner=winner,
        **row,
    )
    if (kind, number) == ("hard", 1):
        city.row(contract)["published_on"] = None
    why = {
        "easy": Text(
            "公告到截标仅九日，或截标后两小时才递交的投标中标。",
            "Nine days from notice to deadline, or a bid two hours late that won.",
        ),
        "hard": Text(
            "最低价被否、最高价中标，或合同未公开。",
            "The lowest was rejected and the dearest won, or the contract was never published.",
        ),
        "decoy": Text(
            "仅有一家投标本身不违规；公告二十一日且被否的是高价。",
            "A single bid is no breach by itself; 21 days and a dear bid rejected are none either.",
        ),
    }[kind]
    subjects = ((firms[winner], "winner"), (city.row(tender)["buyer_id"], "buyer"))
    return Planted(subjects, (tender,), None if kind == "decoy" else prices[winner], (tender, contract), why)


PLANT = Plant("proc-basic-flags", plant)
