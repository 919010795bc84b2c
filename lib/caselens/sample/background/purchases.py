"""The many purchases without a tender."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from caselens.sample import _making
from caselens.sample._city import City, Coded
from caselens.sample._time import DAYS, day
from caselens.sample.background.procurement import BUYERS, TITLES, firms_of, handlers


def add(city: City, rng: Generator) -> None:
    """Small purchases; some hundreds of thousands, a few honestly just below a line. At most one each as large as
    that from the same firm within a season, for the firms take turns.
    """
    buyers = np.array([unit for key in BUYERS for unit in city.units[key]])
    count = max(120, round(city.tenders * 0.9))
    trade = rng.choice([7, 9, 13, 12, 6, 8], count)
    buyer = rng.choice(buyers, count)
    signed = rng.integers(20, DAYS - 10, count)
    amount = np.exp(rng.normal(10.3, 1.0, count)).clip(900, 480_000)
    near = rng.random(count) < 0.012
    amount = np.round(np.where(near, rng.uniform(520_000, 599_000, count), amount), 2)
    firm = np.empty(count, dtype=np.int64)
    for number in np.unique(trade):
        firms = firms_of(city, _making.PROCURED[int(number)])
        mine = trade == number
        firm[mine] = rng.choice(firms, int(mine.sum()))
    requests = Coded(
        np.arange(count),
        tuple(
            f"采{2016 + int(s) // 366}-{int(n):04d}" for s, n in zip(signed, rng.integers(1, 9000, count), strict=True)
        ),
    )
    accepted = np.minimum(signed + rng.integers(5, 60, count), DAYS - 1)
    titles = tuple(TITLES[name] for name in _making.PROCURED)
    contract = city.add_block(
        "contracts",
        {
            "title": Coded(trade, titles),
            "buyer_id": buyer,
            "supplier_id": firm,
            "amount": amount,
            "signed_on": day(signed),
            "published_on": np.where(
                (amount > 1e5) | (rng.random(count) < 0.8),
                day(np.minimum(signed + 5, DAYS - 1)),
                np.datetime64("NaT", "D"),
            ),
            "method": Coded(
                np.where(amount < 2e5, 0, rng.integers(0, 3, count)), ("direct", "inquiry", "single_source")
            ),
            "category": Coded(trade, _making.PROCURED),
            "request_no": requests,
            "purpose": Coded(trade, titles),
            "deliverable": Coded(rng.integers(0, 3, count), ("验收单", "到货清单", "服务记录")),
            "accepted_on": day(accepted),
            "handler_id": handlers(city, rng, buyer, signed),
        },
    )
    city.bought.append((contract, buyer, firm, amount, signed, accepted, np.full(count, -1)))
