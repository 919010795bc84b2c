"""A loan from somebody whom the official supervises, that is never repaid."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _dealing, _making
from caselens.sample._city import City
from caselens.sample._time import some_day
from caselens.sample.plants import _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: 8万 called a loan, nothing back; 5万 for turnover. Hard: one small repayment; three parts to the spouse.
    Decoys: a loan with a paper, repaid with interest within the year; a loan from an old friend without business.
    """
    if kind == "decoy":
        return _repaid(city, rng) if number == 0 else _friend(city, rng)
    one = _shared.client(
        city,
        rng,
        ("街道办", "应急局", "区住建局", "农业农村局")[number + 2 * (kind == "hard")],
        ("拆迁", "建筑", "监理", "养殖")[number + 2 * (kind == "hard")],
        date(2017, 9, 1),
    )
    when = some_day(rng, date(2018, 3, 1), date(2023, 6, 1))
    rows: list[int] = []
    if kind == "easy":
        total, memo = ((80_000.0, "借款"), (50_000.0, "周转"))[number]
        rows.append(_dealing.pay(city, rng, one.boss, one.official, when, total, memo))
        why = Text(
            "称为借款，三年内分文未还，无借据。",
            "Called a loan; nothing came back in three years, and there is no note.",
        )
    elif number == 0:
        total = 120_000.0
        rows.append(_dealing.pay(city, rng, one.boss, one.official, when, total, "借"))
        rows.append(_dealing.pay(city, rng, one.official, one.boss, when + timedelta(days=200), 12_000, "还款"))
        why = Text("只象征性归还一成。", "Only a token tenth was repaid.")
    else:
        total = 90_000.0
        rows += [
            _dealing.pay(
                city, rng, one.boss, one.spouse, when + timedelta(days=gap), 30_000, "临时周转", channel=channel
            )
            for gap, channel in ((0, "transfer"), (21, "wechat"), (58, "transfer"))
        ]
        why = Text("分三次借给官员配偶，至今未还。", "Lent to the official's spouse in three parts, never repaid.")
    subjects = [(one.official, "official"), (one.boss, "payer"), (one.firm, "firm")]
    subjects += [(one.spouse, "kin")] if kind == "hard" and number == 1 else []
    return Planted(tuple(subjects), (rows[0],), total, (*rows, one.contract), why)


def _repaid(city: City, rng: Generator) -> Planted:
    one = _shared.client(city, rng, "教育局", "教学", date(2018, 3, 1))
    when = some_day(rng, date(2019, 1, 1), date(2022, 1, 1))
    note = city.add(
        "financings",
        kind="private",
        borrower_id=one.official,
        lender_id=one.boss,
        principal=60_000,
        annual_rate=0.045,
        repayment="bullet",
        start_date=when,
        maturity_date=when + timedelta(days=300),
        outcome="repaid",
    )
    rows = (
        _dealing.pay(city, rng, one.boss, one.official, when, 60_000, "借款", reference=note),
        _dealing.pay(city, rng, one.official, one.boss, when + timedelta(days=150), 30_000, "还款", reference=note),
        _dealing.pay(
            city, rng, one.official, one.boss, when + timedelta(days=296), 32_000, "还款及利息", reference=note
        ),
    )
    return Planted(
        ((one.official, "official"), (one.boss, "payer")),
        (rows[0],),
        None,
        (*rows, note),
        Text("有借据，十个月内连本带息还清。", "There is a note; repaid with interest within ten months."),
    )


def _friend(city: City, rng: Generator) -> Planted:
    official, _ = _shared.leader(
        city, rng, city.unit("教育局", rng), "综合科科长", "personnel", leadership=False, start=date(2016, 3, 1)
    )
    friend = _making.person(city, rng)
    city.quiet.add(friend)
    paid = _dealing.pay(city, rng, friend, official, some_day(rng, date(2018, 1, 1), date(2023, 1, 1)), 40_000, "借款")
    return Planted(
        ((official, "official"), (friend, "payer")),
        (paid,),
        None,
        (paid,),
        Text(
            "出借人是同学，与官员的职权毫无业务往来。",
            "The lender is a school friend with no business before the official.",
        ),
    )


PLANT = Plant("flow-loan-from-supervised", plant)
