"""A certificate or a past contract that a bidder claims is not real."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _dealing
from caselens.sample._city import City
from caselens.sample._time import some_day
from caselens.sample.plants import _market, _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: a past contract that is nowhere; a certificate that had expired. Hard: a real contract with three times its
    amount; one certificate claimed by two bidders. Decoys: a licence issued shortly before; a true claim, rounded.
    """
    trade = ("建筑", "监理")[number]
    firm, _ = _shared.quiet_firm(city, rng, trade)
    opened = some_day(rng, date(2019, 6, 1), date(2025, 6, 1))
    grants = city.units["住建局"][0]
    expired = (kind, number) == ("easy", 1)
    licence = _shared.permit(
        city, rng, firm, grants, "施工资质", opened - timedelta(days=12 if kind == "decoy" else 900)
    )
    if expired:
        city.row(licence)["valid_until"] = opened - timedelta(days=70)
    number_of = city.row(licence)["licence_no"]
    owner = city.unit("水利局", rng)
    past = _dealing.contract(
        city,
        rng,
        owner,
        firm,
        2_340_600,
        opened - timedelta(days=700),
        "堤防加固施工",
        category=trade,
        accepted=opened - timedelta(days=300),
    )
    ceiling = float(round(rng.uniform(1.5e6, 8e6), -3))
    rival, *others = _market.rivals(city, rng, trade, 3)
    offers = [
        _market.Offer(bidder, price)
        for bidder, price in zip([firm, rival, *others], _market.honest(rng, ceiling, 4), strict=True)
    ]
    tender, _ = _market.tender(city, rng, city.unit("交通局", rng), trade, opened, offers, ceiling=ceiling)
    claims = [_claim(city, tender, firm, "certificate", number_of, opened)]
    name = city.row(owner)["name"]
    if kind == "easy" and number == 0:
        claims.append(
            _claim(city, tender, firm, "past_contract", f"HT{opened.year - 2}0417", opened, "禾川县人民医院", 5_200_000)
        )
    elif kind == "hard" and number == 0:
        claims.append(_claim(city, tender, firm, "past_contract", city.mention(past), opened, name, 7_021_800))
    elif kind == "hard":
        claims.append(_claim(city, tender, rival, "certificate", number_of, opened))
    else:
        claims.append(_claim(city, tender, firm, "past_contract", city.mention(past), opened, name, 2_340_600))
    why = {
        "easy": Text(
            "业绩合同查无此项，或资质证书开标时已过期。",
            "The past contract is nowhere on file, or the certificate had expired.",
        ),
        "hard": Text(
            "真合同夸大三倍金额，或两家共用一本证书。",
            "A real contract at three times its amount, or one certificate for two bidders.",
        ),
        "decoy": Text("证书开标前刚核发，或业绩属实。", "The licence was issued shortly before, or the claim is true."),
    }[kind]
    subjects = ((firm, "bidder"), *(((rival, "bidder"),) if (kind, number) == ("hard", 1) else ()))
    return Planted(subjects, (tender,), None, (tender, *claims, licence, past), why)


def _claim(
    city: City,
    tender: int,
    firm: int,
    kind: str,
    reference: str,
    opened: date,
    owner: str | None = None,
    amount: float | None = None,
) -> int:
    return city.add(
        "bid_claims",
        tender_id=tender,
        bidder_id=firm,
        kind=kind,
        reference=reference,
        counterparty_name=owner,
        amount=amount,
        claimed_on=opened - timedelta(days=3),
    )


PLANT = Plant("bid-fake-credential", plant)
