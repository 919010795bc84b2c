"""Offers of different firms come from one machine, file or account."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _dealing, _desk
from caselens.sample._city import City
from caselens.sample._time import some_day, workday
from caselens.sample.plants import _market
from caselens.sample.plants._declare import Plant, Planted, PlantKind


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: three offers of one computer and author; two deposits of one account. Hard: one author, one address,
    minutes apart; one certificate and telephone. Decoys: the public hall's address minutes apart; a bid writer's name.
    """
    trade = ("物业", "教学")[number]
    ceiling = float(round(rng.lognormal(14.0, 0.5), -3))
    firms = _market.rivals(city, rng, trade, 5)
    opened = workday(some_day(rng, date(2019, 1, 5), date(2025, 9, 1)))
    desk = dict(_desk.desk(city, rng, firms[0]))
    marks = {
        ("easy", 0): ("device_mac", "disk_serial", "file_author"),
        ("easy", 1): ("contact_phone", "contact_name"),
        ("hard", 0): ("file_author", "device_ip"),
        ("hard", 1): ("ca_serial", "contact_phone"),
        ("decoy", 0): (),
        ("decoy", 1): ("file_author",),
    }[kind, number]
    same = 3 if (kind, number) == ("easy", 0) else 2
    offers = []
    for place, (firm, price) in enumerate(zip(firms, _market.honest(rng, ceiling, 5), strict=True)):
        more: dict[str, Any] = {}
        if place < same:
            more |= {name: desk[name] for name in marks}
            if (kind, number) == ("easy", 1):
                more["deposit_account"] = _dealing.account(city, rng, firms[0])
            if (kind, number) == ("decoy", 0):
                more["device_ip"] = "10.8.8.8"
            if number == 0 and kind != "easy":
                at = datetime.combine(opened - timedelta(days=1), time(16, 10)) + timedelta(minutes=3 * place + 1)
                more["submitted_at"] = at
        offers.append(_market.Offer(firm, price, more))
    tender, contract = _market.tender(
        city, rng, city.unit("学校" if number else "街道办", rng), trade, opened, offers, ceiling=ceiling
    )
    why = {
        "easy": Text(
            "不同投标人共用电脑、文件作者或保证金账户。",
            "Different bidders share a computer, an author or the account of the deposit.",
        ),
        "hard": Text(
            "文件作者相同且同址先后几分钟上传；或共用 CA 证书与电话。",
            "One author and address, uploaded minutes apart; or one certificate and telephone.",
        ),
        "decoy": Text(
            "公共大厅网络先后上传，或仅代写标书者同名。",
            "Uploaded one after the other in the public hall, or only the bid writer's name is shared.",
        ),
    }[kind]
    subjects = tuple((firm, "bidder") for firm in firms[:same])
    return Planted(subjects, (tender,), None if kind == "decoy" else round(offers[0].price, 2), (tender, contract), why)


PLANT = Plant("bid-digital-fingerprint", plant)
