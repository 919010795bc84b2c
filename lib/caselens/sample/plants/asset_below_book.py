"""Public property sold under its value."""

from __future__ import annotations

from datetime import date

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _dealing
from caselens.sample._city import NOBODY, City
from caselens.sample._time import some_day
from caselens.sample.plants import _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind

#: Appraisal and price as shares of the book value, method, bidders, rounds, approved?
_SALES = {
    ("easy", 0): (1.1, 0.62, "agreement", 1, 1, False),
    ("easy", 1): (0.95, 0.71, "exchange_listing", 1, 2, False),
    ("hard", 0): (0.9, 0.79, "public_auction", 1, 4, False),
    ("hard", 1): (0.8, 0.7, "agreement", 2, 1, False),
    ("decoy", 0): (0.108, 0.112, "exchange_listing", 4, 1, True),
    ("decoy", 1): (1.05, 0.9, "exchange_listing", 2, 3, True),
}


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: 56 % of the appraisal by agreement to the spouse's firm; 75 % to one bidder. Hard: 88 % after three
    cuts and 87 % by agreement, none approved. Decoys: a tenth of the book, as appraised; 86 % after an approved
    failed auction.
    """
    seller = city.unit(("城投集团", "村", "国企子公司")[("easy", "hard", "decoy").index(kind)], rng)
    official, spouse = _shared.leader(city, rng, seller, "副总经理", "approval", start=date(2016, 3, 1))
    own = (kind, number) == ("easy", 0)
    buyer, _ = _shared.quiet_firm(city, rng, "商贸", spouse if own else NOBODY, share=0.8)
    appraisal, price, method, bidders, rounds, approved = _SALES[kind, number]
    book = float(round(rng.lognormal(15.6, 0.6), -3))
    when = some_day(rng, date(2018, 2, 1), date(2025, 9, 1))
    sale = city.add(
        "asset_disposals",
        seller_id=seller,
        description=("闲置厂房", "沿街门面")[number],
        book_value=book,
        appraised_value=round(book * appraisal, 2),
        appraiser_id=city.unit("评估机构", rng),
        price=round(book * price, 2),
        buyer_id=buyer,
        method=method,
        approval_no=f"云国资批〔{when.year}〕{int(rng.integers(1, 99))}号" if approved else None,
        bidder_count=bidders,
        rounds=rounds,
        area=float(rng.integers(300, 5000)),
        disposed_on=when,
    )
    paid = _dealing.pay(city, rng, buyer, seller, when, book * price, "资产转让款", reference=sale)
    why = {
        "easy": Text(
            "成交价不足评估价八成，无批准文号。", "Sold for less than eight tenths of the appraisal without approval."
        ),
        "hard": Text("多次降价后低于九成，未经批准。", "Below nine tenths after repeated cuts, not approved."),
        "decoy": Text(
            "账面虽高但评估价即如此；或流拍后经批准降价。",
            "Far below book but as appraised; or lowered with approval after a failed auction.",
        ),
    }[kind]
    loss = round(book * (appraisal - price), 2)
    subjects = ((seller, "seller"), (buyer, "buyer"), (official, "official"))
    return Planted(subjects, (sale,), None if kind == "decoy" else loss, (sale, paid), why)


PLANT = Plant("asset-below-book", plant)
