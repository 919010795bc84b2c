"""Private firms, their owners, staff and licences; kin of officials own some of them, elsewhere."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.sample import _making, _names
from caselens.sample._city import City
from caselens.sample._time import some_day
from caselens.sample.background.units import REGULATORS


def add(city: City, rng: Generator) -> None:
    """Firms of every trade; the trades that sell to the public sector have at least a dozen each."""
    size = max(1.0, city.people / 2000)
    trades = list(_making.TRADES)
    for trade in trades:
        base = 14 if trade in _making.PROCURED else 9
        for _ in range(round(base * size)):
            handle = _making.firm(city, rng, trade)
            _staff(city, rng, handle)
            _licence(city, rng, handle, trade)
    for _ in range(round(40 * size)):
        trade = _names.pick(rng, ["餐饮", "商贸", "制造", "养殖", "汽车", "劳务", "信息", "咨询", "金融服务"])
        young = _making.firm(city, rng, trade, founded=some_day(rng, date(2016, 1, 1), date(2024, 6, 30)))
        _licence(city, rng, young, trade)
        city.quiet |= {young} if trade in _making.PROCURED else set()
    _overseen(city, rng)
    _kin_firms(city, rng)
    _liaisons(city, rng)


def _staff(city: City, rng: Generator, firm: int) -> None:
    residents = city.units["居民"]
    for _ in range(int(rng.integers(0, 3))):
        since = some_day(rng, max(date(2016, 1, 1), city.row(firm)["established_on"]), date(2025, 6, 30))
        who = residents[int(rng.integers(len(residents)))]
        city.add("employments", person_id=who, org_id=firm, start_date=since)


def _licence(city: City, rng: Generator, firm: int, trade: str) -> None:
    """A licence by the bureau that decides over the trade, or a grade of the building trade."""
    for bureau, (_, trades) in REGULATORS.items():
        if trade in trades:
            permit(city, rng, firm, city.units[bureau][0], "经营许可")
    if trade in ("建筑", "市政", "监理", "设计", "绿化"):
        permit(
            city, rng, firm, city.units["住建局"][0], "施工资质" if trade in ("建筑", "市政", "绿化") else "行业资质"
        )


def permit(
    city: City,
    rng: Generator,
    firm: int,
    authority: int,
    kind: str,
    since: date | None = None,
    until: date | None = None,
) -> int:
    """A licence of ``firm`` issued by ``authority``, from its founding (or ``since``) for long."""
    founded = city.row(firm)["established_on"]
    since = since or min(founded + timedelta(days=int(rng.integers(10, 3600))), max(founded, date(2021, 6, 1)))
    return city.add(
        "licences",
        org_id=firm,
        kind=kind,
        grade=_names.pick(rng, ["一级", "二级", "三级"]),
        licence_no=f"云许{since.year}{int(rng.integers(10**7)):07d}",
        authority_id=authority,
        valid_from=since,
        valid_until=until or date(2028, 12, 31),
    )


def _overseen(city: City, rng: Generator) -> None:
    """Bureaus decide over the trades they regulate; most of that is on file, for mines and quarries all of it."""
    for bureau, (remit, trades) in REGULATORS.items():
        for trade in trades:
            for firm in city.firms[trade]:
                if remit == "explosives" or rng.random() < 0.7:
                    city.add("oversight", authority_id=city.units[bureau][0], subject_id=firm, remit=remit)


def _kin_firms(city: City, rng: Generator) -> None:
    """Kin of officials own shops, restaurants and small factories over which the official's unit has no say."""
    kin = [row for row in city.rows["kinships"] if row["relation"] in ("spouse", "sibling", "child")]
    posts = {row["person_id"]: row["org_id"] for row in city.rows["appointments"]}
    regulated = {unit for bureau in REGULATORS for unit in city.units[bureau]}
    for row in kin:
        unit = posts.get(row["person_id"])
        if unit is None or unit in regulated or row["relative_id"] in posts or rng.random() > 0.09:
            continue
        trade = _names.pick(rng, ["餐饮", "商贸", "制造", "酒店", "养殖", "汽车"])
        city.kin_firms.add(_making.firm(city, rng, trade, row["relative_id"]))


def _liaisons(city: City, rng: Generator) -> None:
    """Ordered contact: leaders are assigned to firms, with a numbered document of the city government."""
    leaders = [row for row in city.rows["appointments"] if row["is_leadership"]]
    trades = ("制造", "煤矿", "建筑", "运输", "养殖")
    for row in leaders[:: max(1, len(leaders) // 40)]:
        firms = city.firms[_names.pick(rng, trades)]
        start = row["start_date"] + timedelta(days=60)
        city.add(
            "liaisons",
            person_id=row["person_id"],
            org_id=firms[int(rng.integers(len(firms)))],
            basis="包保联系",
            issued_by_id=city.units["市政府"][0],
            document_no=f"云政办〔{start.year}〕{int(rng.integers(1, 90))}号",
            start_date=start,
            end_date=row["end_date"],
        )
