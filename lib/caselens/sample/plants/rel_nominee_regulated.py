"""A relative holds shares in a firm that the official's unit licenses."""

from __future__ import annotations

from datetime import date

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _making
from caselens.sample._city import NOBODY, City
from caselens.sample._time import some_day
from caselens.sample.background.decisions import explosives
from caselens.sample.background.units import REGULATORS
from caselens.sample.plants import _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: a brother's coal mine under explosives approval; the spouse's restaurants. Hard: the spouse's sibling with
    8 %; a nominee with the official's telephone and address. Decoys: an old, declared holding; a same-name stranger.
    """
    if kind == "easy":
        return _brother(city, rng) if number == 0 else _restaurant(city, rng)
    if kind == "hard":
        return _in_law(city, rng) if number == 0 else _same_phone(city, rng)
    return _declared(city, rng) if number == 0 else _namesake(city, rng)


def _regulated(
    city: City, rng: Generator, bureau: str, trade: str, owner: int, founded: date, share: float = 0.0
) -> tuple[int, int]:
    """A firm that ``bureau`` licenses (and, for mines, gives explosives to); answers firm and licence."""
    unit, remit = city.units[bureau][0], REGULATORS[bureau][0]
    firm, _ = _shared.quiet_firm(city, rng, trade, owner, founded=founded, share=share)
    licence = _shared.permit(city, rng, firm, unit, "经营许可", founded)
    city.add("oversight", authority_id=unit, subject_id=firm, remit=remit)
    if remit == "explosives":
        explosives(city, rng, firm, int(rng.integers(4, 9)))
    return firm, licence


def _told(official: int, kin: int, firm: int, licence: int, why: Text, role: str = "kin") -> Planted:
    return Planted(((official, "official"), (kin, role), (firm, "firm")), (licence,), None, (licence,), why)


def _brother(city: City, rng: Generator) -> Planted:
    official, _ = _shared.leader(city, rng, city.units["公安局"][0], remit="explosives", start=date(2013, 4, 8))
    brother = _making.relative(city, rng, official, "sibling")
    mine, licence = _regulated(city, rng, "公安局", "煤矿", _making.person(city, rng), date(2009, 6, 1), 0.7)
    _making.buy_in(city, brother, mine, 0.25, date(2016, 9, 12))
    return _told(
        official,
        brother,
        mine,
        licence,
        Text(
            "弟弟持有煤矿 25% 股份，单位审批该矿炸药。",
            "A brother holds 25 % of a mine whose explosives the unit approves.",
        ),
    )


def _restaurant(city: City, rng: Generator) -> Planted:
    official, spouse = _shared.leader(
        city, rng, city.units["市场监管局"][0], "审批科科长", "approval", leadership=False, start=date(2017, 3, 1)
    )
    firm, licence = _regulated(
        city, rng, "市场监管局", "餐饮", spouse, some_day(rng, date(2018, 1, 1), date(2021, 1, 1)), 1.0
    )
    return _told(
        official,
        spouse,
        firm,
        licence,
        Text(
            "配偶独资的餐饮公司由本单位许可，且成立于任职之后。",
            "The spouse's restaurant firm, founded after the appointment, is licensed by the unit.",
        ),
    )


def _in_law(city: City, rng: Generator) -> Planted:
    official, spouse = _shared.leader(
        city, rng, city.units["公安局"][0], remit="explosives", head=True, start=date(2016, 8, 1)
    )
    brother = _making.relative(city, rng, spouse, "sibling")
    quarry, licence = _regulated(city, rng, "公安局", "采石", _making.person(city, rng), date(2012, 2, 2), 0.62)
    _making.buy_in(city, brother, quarry, 0.08, date(2018, 5, 10))
    return _told(
        official,
        brother,
        quarry,
        licence,
        Text("配偶的兄弟隐在股东中，只占 8%。", "The spouse's sibling is among the shareholders with only 8 %."),
    )


def _same_phone(city: City, rng: Generator) -> Planted:
    official, _ = _shared.leader(city, rng, city.units["文旅局"][0], remit="approval", start=date(2018, 2, 6))
    nominee = _making.person(city, rng)
    own, other = city.row(official), city.row(nominee)
    own["phone"] = other["phone"] = own["phone"] or other["phone"] or "10055018820"
    own["address"] = other["address"] = own["address"] or other["address"] or "云江市望江路8号2栋601室"
    hotel, licence = _regulated(
        city, rng, "文旅局", "酒店", nominee, some_day(rng, date(2019, 1, 1), date(2021, 6, 30)), 0.9
    )
    return _told(
        official,
        nominee,
        hotel,
        licence,
        Text(
            "名义股东与官员同电话、同住址，并无登记的亲属关系。",
            "The shareholder shares telephone and address with the official; no kinship is on file.",
        ),
        "nominee",
    )


def _declared(city: City, rng: Generator) -> Planted:
    official, _ = _shared.leader(
        city, rng, city.units["运政处"][0], "处长", "approval", head=True, start=date(2019, 5, 1)
    )
    sibling = _making.relative(city, rng, official, "sibling")
    firm, licence = _regulated(city, rng, "运政处", "运输", sibling, date(2008, 4, 18), 0.7)
    holding = city.add(
        "assets",
        owner_id=sibling,
        kind="equity",
        value=city.row(firm)["registered_capital"] * 0.7,
        acquired_on=date(2008, 4, 18),
        region="云江",
        is_declared=True,
    )
    for year in range(2019, 2026):
        city.add("declarations", person_id=sibling, year=year, household_income=260_000, household_assets=2_400_000)
    told = _told(
        official,
        sibling,
        firm,
        licence,
        Text("持股早于任职十一年，并已申报。", "The holding is eleven years older than the post and was declared."),
    )
    return Planted(told.subjects, told.objects, None, (licence, holding), told.why)


def _namesake(city: City, rng: Generator) -> Planted:
    official, _ = _shared.leader(city, rng, city.units["卫健局"][0], remit="approval", start=date(2017, 7, 3))
    sibling = _making.relative(city, rng, official, "sibling")
    stranger = _making.person(city, rng, born=city.row(sibling)["birth_date"].replace(year=1987, day=9))
    name = city.row(sibling)["name"]
    city.row(stranger)["name"] = name
    for kind in ("bank", "wechat", "alipay"):
        if (handle := city.account_of.get((stranger, kind), NOBODY)) != NOBODY:
            city.row(handle)["holder_name"] = name
    firm, licence = _regulated(city, rng, "卫健局", "药品", stranger, date(2018, 10, 10), 0.8)
    return _told(
        official,
        stranger,
        firm,
        licence,
        Text(
            "股东只是与官员的亲属同名，身份证号和出生日期都不同。",
            "The shareholder only has the name of the official's kin; number and birth date differ.",
        ),
        "namesake",
    )


PLANT = Plant("rel-nominee-regulated", plant)
