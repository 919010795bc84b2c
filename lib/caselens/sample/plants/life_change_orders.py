"""Changes after the award eat up what competition saved."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample._city import City
from caselens.sample._time import some_day
from caselens.sample.plants import _market, _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind

#: Changes as (share of the award, days after signing); ``low`` = the award as a share of the ceiling.
_CHANGES = {
    ("easy", 0): ([(0.12, 35), (0.11, 160)], 0.82),
    ("easy", 1): ([(0.17, 50)], 0.86),
    ("hard", 0): ([(0.019, 60), (0.022, 95), (0.018, 130), (0.021, 180), (0.017, 240), (0.016, 300)], 0.84),
    ("hard", 1): ([(0.24, 40), (-0.05, 200), (0.09, 320)], 0.62),
    ("decoy", 0): ([(0.03, 70), (0.035, 150)], 0.83),
    ("decoy", 1): ([(0.09, 60), (-0.08, 140), (0.02, 200)], 0.85),
}


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: 23 % in two changes, the first after five weeks; 17 % at once. Hard: six small ones make 11 %; a very
    low bid and 28 % later. Decoys: 6.5 %; ups and downs that nearly cancel out.
    """
    changes, low = _CHANGES[kind, number]
    owner = city.unit(("水利局", "交通局", "住建局")[("easy", "hard", "decoy").index(kind)], rng)
    head, _ = _shared.leader(city, rng, owner, remit="approval", start=date(2016, 4, 1))
    firm, _ = _shared.quiet_firm(city, rng, "市政")
    ceiling = float(round(rng.uniform(4e6, 3e7), -3))
    rivals = _market.rivals(city, rng, "市政", 3)
    prices = [ceiling * low, *(ceiling * float(rng.uniform(max(low + 0.02, 0.84), 0.97)) for _ in rivals)]
    offers = [_market.Offer(bidder, price) for bidder, price in zip([firm, *rivals], prices, strict=True)]
    opened = some_day(rng, date(2018, 2, 1), date(2024, 3, 1))
    tender, contract = _market.tender(city, rng, owner, "市政", opened, offers, ceiling=ceiling, handler=head)
    row = city.row(contract)
    rows = [
        city.add(
            "contract_changes",
            contract_id=contract,
            amount=round(row["amount"] * share, 2),
            changed_on=row["signed_on"] + timedelta(days=days),
            reason=("地质条件变化", "工程量调整", "设计优化")[place % 3],
            handler_id=head,
        )
        for place, (share, days) in enumerate(changes)
    ]
    total = round(row["amount"] * sum(share for share, _ in changes), 2)
    row["final_amount"] = round(row["amount"] + total, 2) if row["final_amount"] else None
    why = {
        "easy": Text("中标后变更累计超过中标价一成半。", "Changes after the award come to more than 15 % of it."),
        "hard": Text(
            "多次小额变更累计一成以上，或低价中标后大额变更。",
            "Many small changes add up, or a very low bid is followed by large ones.",
        ),
        "decoy": Text("变更不足一成，或增减基本相抵。", "Under a tenth, or ups and downs nearly cancel out."),
    }[kind]
    subjects = ((owner, "owner"), (head, "official"), (firm, "supplier"))
    return Planted(subjects, (contract,), None if kind == "decoy" else total, (tender, contract, *rows), why)


PLANT = Plant("life-change-orders", plant)
