"""Panels drawn from a pool, their scores, priced items and what bidders claim to have done."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from numpy.random import Generator

from caselens.sample import _making
from caselens.sample._city import Array, City, Coded
from caselens.sample._time import FIRST, day, some_day

_SPECIALITIES = ("建筑工程", "市政工程", "信息技术", "货物采购")
_PANEL = 5
_ITEMS = ("主材", "辅材", "人工", "机械", "运输", "措施费")


def add(city: City, rng: Generator) -> None:
    """Panels for tenders judged by points; items and claims for some tenders."""
    pool = _pool(city, rng)
    market = city.market
    judged = np.flatnonzero(market["evaluation"] == 1)[:5000]
    _panels(city, rng, pool, judged)
    _items(city, rng, judged[: max(40, len(judged) // 5)])
    _claims(city, rng, judged)


def _pool(city: City, rng: Generator) -> Array:
    centre = city.units["公共资源交易中心"][0]
    experts = []
    for _ in range(90):
        expert = _making.person(city, rng, born=some_day(rng, date(1964, 1, 1), date(1988, 12, 31)))
        experts.append(expert)
        city.add(
            "reviewer_pools",
            org_id=centre,
            person_id=expert,
            speciality=_SPECIALITIES[int(rng.integers(4))],
            grade="高级" if rng.random() < 0.5 else "中级",
            start_date=some_day(rng, date(2012, 1, 1), FIRST),
        )
    return np.array(experts)


def _bids_of(market: dict[str, Array], tenders: Array) -> tuple[Array, Array]:
    """Rows of the bids of ``tenders``, and for each the place of its tender in ``tenders``."""
    where = np.full(len(market["tender"]), -1)
    where[tenders] = np.arange(len(tenders))
    rows = np.flatnonzero(where[market["row"]] >= 0)
    return rows, where[market["row"][rows]]


def _panels(city: City, rng: Generator, pool: Array, tenders: Array) -> None:
    """Five experts drawn at random for each tender; every one scores every bidder, cheap offers a little higher."""
    market = city.market
    panel = np.argsort(rng.random((len(tenders), len(pool))), axis=1)[:, :_PANEL]
    bid, place = _bids_of(market, tenders)
    row = np.repeat(np.arange(len(bid)), _PANEL)
    expert = pool[panel[place]].ravel()
    quality = np.where(market["winner"][bid], 88, 82) + rng.normal(0, 2.5, len(bid))
    score = (quality[row] + rng.normal(0, 2.2, len(row))).clip(60, 99)
    opened = market["opened"][tenders][place][row]
    witnesses = [entry["person_id"] for entry in city.posts(city.units["纪委监委"][0])]
    witness = rng.choice(np.array(witnesses), len(tenders))[place][row]
    city.add_block(
        "evaluations",
        {
            "tender_id": market["tender"][tenders][place][row],
            "evaluator_id": expert,
            "round": Coded(np.where(rng.random(len(row)) < 0.5, 0, -1), ("original",)),
            "drawn": Coded(np.zeros(len(row), np.int64), ("random",)),
            "drawn_at": day(opened).astype("datetime64[s]") - np.timedelta64(15 * 3600, "s"),
            "draw_witness_id": witness,
            "bidder_id": market["firm"][bid][row],
            "score": np.round(score, 1),
        },
    )


def _items(city: City, rng: Generator, tenders: Array) -> None:
    """A bill of six items that adds up to the offer, cut differently by every bidder."""
    market = city.market
    bid, place = _bids_of(market, tenders)
    count = len(_ITEMS)
    typical = rng.dirichlet([3.0] * count, len(tenders))
    share = typical[place] * rng.lognormal(0, 0.12, (len(bid), count))
    share /= share.sum(axis=1, keepdims=True)
    quantity = rng.integers(1, 400, (len(tenders), count))[place].astype(float)
    row = np.repeat(np.arange(len(bid)), count)
    item = np.tile(np.arange(count), len(bid))
    city.add_block(
        "bid_items",
        {
            "tender_id": market["tender"][tenders][place][row],
            "bidder_id": market["firm"][bid][row],
            "item_no": Coded(item, tuple(str(number + 1) for number in range(count))),
            "description": Coded(item, _ITEMS),
            "quantity": quantity.ravel(),
            "unit_price": np.round((share * market["price"][bid][:, None] / quantity).ravel(), 2),
        },
    )


def _claims(city: City, rng: Generator, tenders: Array) -> None:
    """Past contracts and licences that are on file as claimed."""
    market = city.market
    contract, buyer, firm, amount, signed, *_ = city.bought[0]
    licences = {row["org_id"]: row for row in city.rows["licences"]}
    bid, place = _bids_of(market, tenders)
    for number in rng.permutation(len(bid))[: max(60, len(bid) // 8)]:
        bidder, tender = int(market["firm"][bid[number]]), int(market["tender"][tenders[place[number]]])
        opened = int(market["opened"][tenders[place[number]]])
        past = np.flatnonzero((firm == bidder) & (signed < opened - 30))
        if len(past):
            chosen = past[int(rng.integers(len(past)))]
            city.add(
                "bid_claims",
                tender_id=tender,
                bidder_id=bidder,
                kind="past_contract",
                reference=city.mention(int(contract[chosen])),
                counterparty_name=city.row(int(buyer[chosen]))["name"],
                amount=float(amount[chosen]),
                claimed_on=FIRST + timedelta(days=opened - 3),
            )
        at = FIRST + timedelta(days=opened)
        if bidder in licences and licences[bidder]["valid_from"] <= at <= licences[bidder]["valid_until"]:
            city.add(
                "bid_claims",
                tender_id=tender,
                bidder_id=bidder,
                kind="certificate",
                reference=licences[bidder]["licence_no"],
                claimed_on=FIRST + timedelta(days=opened - 3),
            )
