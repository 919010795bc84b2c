"""Tenders in planted stories, with every column that honest tenders have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from numpy.random import Generator

from caselens.sample import _desk, _making, _names
from caselens.sample._city import NOBODY, City
from caselens.sample._time import LAST, moment, workday
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
    level = float(rng.uniform(0.8, 0.9))
    return sorted(round(ceiling * min(0.997, level * float(rng.lognormal(0, 0.05))), 2) for _ in range(count))


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
            "deposit_account": _making.account(city, rng, offer.firm),
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
