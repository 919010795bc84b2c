"""Tenders in planted stories, with every column that honest tenders have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from numpy.random import Generator

from caselens.sample import _dealing, _desk, _making, _names
from caselens.sample._city import NOBODY, City
from caselens.sample._time import LAST, moment, some_day, workday
from caselens.sample.background.procurement import TITLES, firms_of


@dataclass(frozen=True, slots=True)
class Offer:
    """A bid: firm, price in yuan, and columns that differ from what the firm's desk gives."""

    firm: int
    price: float
    more: Mapping[str, Any] = field(default_factory=dict)


def rivals(city: City, rng: Generator, trade: str, count: int, without: Sequence[int] = ()) -> list[int]:
    """Different honest firms of a trade."""
    firms = [int(firm) for firm in firms_of(city, trade) if int(firm) not in without]
    return [firms[int(place)] for place in rng.permutation(len(firms))[:count]]


def honest(rng: Generator, ceiling: float, count: int) -> list[float]:
    """Prices of ``count`` independent bidders, lowest first, spread as in the honest market."""
    ratios = float(rng.uniform(0.74, 0.86)) * rng.lognormal(0, 0.085, count)
    return sorted(round(ceiling * float(ratio if ratio < 0.998 else rng.uniform(0.93, 0.998)), 2) for ratio in ratios)


def stratum(city: City, rng: Generator, trade: str, bidders: int, evaluation: str = "lowest_evaluated_price") -> None:
    """Honest tenders of one trade, method and number of bids, enough to compare with; added once for each such kind."""
    key = (trade, bidders, evaluation)
    if key in city.strata:
        return
    city.strata.add(key)
    for _ in range(18):
        ceiling = float(round(rng.lognormal(14.4, 0.8), -3))
        offers = [
            Offer(firm, price)
            for firm, price in zip(rivals(city, rng, trade, bidders), honest(rng, ceiling, bidders), strict=True)
        ]
        buyer = city.unit(("水利局", "交通局", "教育局", "卫健局", "街道办", "区住建局")[int(rng.integers(6))], rng)
        opened = some_day(rng, date(2017, 1, 5), date(2026, 3, 1))
        tender(city, rng, buyer, trade, opened, offers, ceiling=ceiling, evaluation_method=evaluation)


def tender(
    city: City,
    rng: Generator,
    buyer: int,
    trade: str,
    opened: date,
    offers: Sequence[Offer],
    *,
    ceiling: float,
    winner: int = 0,
    handler: int = NOBODY,
    contract: bool = True,
    **more: Any,
) -> tuple[int, int]:
    """A tender opened on ``opened`` with ``offers``, won by the ``winner``-th; answers tender and contract."""
    opened = workday(opened)
    awarded = workday(opened + timedelta(days=int(rng.integers(1, 7))))
    row: dict[str, Any] = {
        "buyer_id": buyer,
        "agent_id": city.unit("招标代理", rng),
        "title": TITLES[trade],
        "method": "open",
        "planned_method": "open",
        "category": trade,
        "budget": round(ceiling * 1.015, -3),
        "ceiling_price": round(ceiling, 2),
        "published_on": opened - timedelta(days=int(rng.integers(22, 38))),
        "deadline_at": datetime.combine(opened, time(9)),
        "opened_at": datetime.combine(opened, time(9, 30)),
        "awarded_on": awarded,
        "status": "awarded" if rng.random() < 0.7 else None,
        "recording": "有" if rng.random() < 0.9 else None,
        "evaluation_method": "lowest_evaluated_price",
    }
    made = city.add("tenders", **(row | more))
    for place, offer in enumerate(offers):
        desk = dict(_desk.desk(city, rng, offer.firm))
        bid: dict[str, Any] = {
            "tender_id": made,
            "bidder_id": offer.firm,
            "price": round(offer.price, 2),
            "submitted_at": moment(rng, opened - timedelta(days=int(rng.integers(1, 4))), 9, 20),
            "status": "valid",
            "is_winner": place == winner,
            "deposit_account": _dealing.account(city, rng, offer.firm),
        }
        city.add("bids", **(bid | desk | dict(offer.more)))
    if not contract:
        return made, NOBODY
    price = round(offers[winner].price, 2)
    signed = min(LAST, workday(awarded + timedelta(days=int(rng.integers(6, 26)))))
    accepted = signed + timedelta(days=int(rng.integers(60, 400)))
    done = accepted <= LAST
    agreed = city.add(
        "contracts",
        tender_id=made,
        project_id=more.get("project_id", NOBODY),
        title=TITLES[trade],
        buyer_id=buyer,
        supplier_id=offers[winner].firm,
        amount=price,
        signed_on=signed,
        published_on=min(LAST, signed + timedelta(days=int(rng.integers(1, 12)))),
        method=row["method"] if "method" not in more else more["method"],
        category=trade,
        deliverable=_names.pick(rng, ["验收单", "成果报告", "到货清单"]),
        accepted_on=accepted if done else None,
        final_amount=round(price * float(rng.uniform(0.95, 1.01)), 2) if done else None,
        handler_id=handler,
    )
    return made, agreed


def experts(city: City, rng: Generator, count: int, born: tuple[int, int] = (1966, 1986)) -> list[int]:
    """New experts in the pool of the city's centre for public resources."""
    made = []
    for _ in range(count):
        birthday = date(int(rng.integers(*born)), int(rng.integers(1, 13)), int(rng.integers(1, 28)))
        made.append(_making.person(city, rng, born=birthday))
        city.add(
            "reviewer_pools",
            org_id=city.units["公共资源交易中心"][0],
            person_id=made[-1],
            speciality=_names.pick(rng, ["建筑工程", "市政工程", "信息技术", "货物采购"]),
            grade="高级" if rng.random() < 0.6 else "中级",
            start_date=date(2014, 3, 1),
        )
    return made


def scores(
    city: City,
    rng: Generator,
    tender: int,
    panel: Sequence[int],
    bidders: Sequence[int],
    bonus: Mapping[tuple[int, int], float],
) -> list[tuple[str, dict[str, Any]]]:
    """Points of every expert for every bidder; ``bonus`` adds to those of (expert, bidder). Answers the rows."""
    opened = city.row(tender)["opened_at"]
    witness = city.posts(city.units["纪委监委"][0])[0]["person_id"]
    made = []
    for place, bidder in enumerate(bidders):
        quality = 85 - place + float(rng.normal(0, 1.2))
        for expert in panel:
            points = quality + float(rng.normal(0, 1.4)) + bonus.get((expert, bidder), 0.0)
            city.add(
                "evaluations",
                tender_id=tender,
                evaluator_id=expert,
                round="original" if rng.random() < 0.5 else None,
                drawn="random",
                drawn_at=opened - timedelta(hours=15),
                draw_witness_id=witness,
                bidder_id=bidder,
                score=round(min(99.0, max(60.0, points)), 1),
            )
            made.append(city.last("evaluations"))
    return made
