"""People, families, posts and firms, one at a time: the same makers serve background and plants.

What is planted must look like what is not, so nobody makes rows of these kinds in another way.
"""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.sample import _dealing, _names
from caselens.sample._city import NOBODY, City
from caselens.sample._time import LAST, some_day

TRADES: dict[str, str] = {
    "建筑": "建筑工程",
    "市政": "市政工程",
    "绿化": "园林绿化",
    "土方": "土石方工程",
    "设计": "工程设计",
    "监理": "工程监理",
    "设备": "机电设备",
    "信息": "信息科技",
    "物业": "物业服务",
    "办公": "办公用品",
    "医疗": "医疗器械",
    "教学": "教学装备",
    "食材": "食品配送",
    "印刷": "印务",
    "咨询": "管理咨询",
    "金融服务": "金融服务",
    "煤矿": "煤业",
    "采石": "石料",
    "餐饮": "餐饮管理",
    "商贸": "商贸",
    "运输": "物流",
    "汽车": "汽车销售服务",
    "房地产": "房地产开发",
    "小贷": "小额贷款",
    "劳务": "人力资源服务",
    "制造": "精密制造",
    "酒店": "酒店管理",
    "拆迁": "房屋拆除工程",
    "药品": "医药",
    "养殖": "生态农业",
}
#: Trades whose firms sell to the public sector, hence may appear as bidders.
PROCURED = (
    "建筑",
    "市政",
    "绿化",
    "土方",
    "设计",
    "监理",
    "设备",
    "信息",
    "物业",
    "办公",
    "医疗",
    "教学",
    "食材",
    "印刷",
    "咨询",
)


def person(
    city: City, rng: Generator, *, surname: str = "", female: bool | None = None, born: date | None = None
) -> int:
    """A new person with a bank account and, mostly, a WeChat wallet."""
    female = bool(rng.random() < 0.5) if female is None else female
    born = born or some_day(rng, date(1955, 1, 1), date(1999, 12, 31))
    handle = city.add(
        "persons",
        name=(surname or _names.surname(rng)) + _names.given_name(rng, female),
        id_number=_names.identity_number(rng, born, female) if rng.random() < 0.94 else None,
        birth_date=born,
        phone=_names.phone(rng) if rng.random() < 0.8 else None,
        address=_names.address(rng) if rng.random() < 0.7 else None,
    )
    _dealing.account(city, rng, handle, "bank")
    if rng.random() < 0.85:
        _dealing.account(city, rng, handle, "wechat")
    if rng.random() < 0.3:
        _dealing.account(city, rng, handle, "alipay")
    return handle


_AGE = {"spouse": (-4, 4), "child": (23, 30), "parent": (-30, -23), "sibling": (-8, 8)}


def relative(city: City, rng: Generator, of: int, relation: str, *, born: date | None = None) -> int:
    """A new person who is ``relation`` to ``of``, with the row that says so (given in either direction)."""
    own = city.row(of)
    low, high = _AGE.get(relation, (-10, 10))
    born = born or own["birth_date"] + timedelta(days=int(rng.integers(low * 365, high * 365 + 1)))
    same_surname = relation in ("child", "sibling", "parent") and rng.random() < 0.92
    compound = own["name"][:2] in ("欧阳", "上官", "司马")
    surname = (own["name"][:2] if compound else own["name"][:1]) if same_surname else ""
    handle = person(city, rng, surname=surname, born=born)
    kinship(city, rng, of, handle, relation)
    return handle


_INVERSE = {"child": "parent", "parent": "child"}


def kinship(city: City, rng: Generator, of: int, other: int, relation: str) -> None:
    """``other`` is ``relation`` to ``of``; three times in ten the row is written from the other side."""
    since = some_day(rng, date(1980, 1, 1), date(2010, 12, 31)) if relation == "spouse" and rng.random() < 0.6 else None
    if rng.random() < 0.3 and relation in ("spouse", "child", "parent", "sibling"):
        of, other, relation = other, of, _INVERSE.get(relation, relation)
    city.add("kinships", person_id=of, relative_id=other, relation=relation, start_date=since)


#: Days of a turn in one's own post and of one in between; the longest time that stays one row.
_TURNS = (1600, 900)
_LONGEST = 1760


def _other_task(post: str, remit: str, leadership: bool) -> tuple[str, str, bool]:
    """Post, remit and headship of the turn in between: another title, another remit, never the head."""
    title = "党组成员" if leadership else "综合科科长"
    if post == title:
        title = "工会主席" if leadership else "规划科科长"
    return title, ("land" if remit == "personnel" else "personnel") if remit else "", False


def official(
    city: City,
    rng: Generator,
    unit: int,
    post: str,
    *,
    remit: str = "",
    head: bool = False,
    leadership: bool = False,
    start: date,
    end: date | None = None,
    who: int = NOBODY,
    rotates: bool = True,
) -> int:
    """Appoint ``who`` (a new person if nobody is named) to ``post`` in ``unit``.

    As the rules of the invented city ask, nobody stays in one deciding post for five years: a longer time becomes
    several rows, every second one a shorter turn with another task at the same unit. ``rotates=False`` writes one row.
    """
    if who == NOBODY:
        who = person(city, rng, born=some_day(rng, date(1964, 1, 1), date(1984, 12, 31)))
        city.officials[unit].append(who)
        city.add("employments", person_id=who, org_id=unit, start_date=start)
        city.jobs[who] = city.last("employments")[1]
    if who in city.jobs:
        city.jobs[who]["end_date"] = end
    deciding = bool(remit) or head or leadership or "科长" in post
    since, turn = start, 0
    while True:
        until = since + timedelta(days=_TURNS[turn % 2])
        last = not (rotates and deciding) or ((end or LAST) - since).days <= _LONGEST
        task = (post, remit, head) if turn % 2 == 0 else _other_task(post, remit, leadership)
        city.add(
            "appointments",
            person_id=who,
            org_id=unit,
            post=task[0],
            rank=("正处级" if task[2] else "副处级") if leadership else ("科级" if "科" in post else "科员"),
            remit=task[1] or None,
            is_head=task[2],
            is_leadership=leadership,
            start_date=since,
            end_date=end if last else until,
        )
        if last:
            break
        since, turn = until + timedelta(days=1), turn + 1
    return who


def firm(
    city: City,
    rng: Generator,
    trade: str,
    owner: int = NOBODY,
    *,
    founded: date | None = None,
    headcount: int | None = None,
    manager: int = NOBODY,
    share: float = 0.0,
) -> int:
    """A new private firm of ``trade`` with owners, a legal representative and an account.

    ``owner`` (a new person if nobody is named) holds ``share`` (0 = drawn from 51 to 100 %); others hold the rest.
    """
    name = _names.firm_name(rng, TRADES[trade])
    while name in city.names:
        name = _names.firm_name(rng, TRADES[trade])
    city.names.add(name)
    founded = founded or some_day(rng, date(2001, 1, 1), date(2015, 9, 30))
    capital = float(round(10 ** rng.uniform(5.3, 7.6), -4))
    handle = city.add(
        "organizations",
        name=name,
        uscc=_names.credit_code(rng, public=False) if rng.random() < 0.96 else None,
        kind="private",
        region=_names.CITY,
        industry=trade,
        established_on=founded,
        registered_capital=capital,
        headcount=headcount if headcount is not None else int(rng.lognormal(2.6, 1.1)) + 1,
        status="active",
        phone=_names.phone(rng) if rng.random() < 0.7 else None,
        address=_names.address(rng),
    )
    city.firms[trade].append(handle)
    _dealing.account(city, rng, handle, "bank")
    owner = owner if owner != NOBODY else person(city, rng, born=some_day(rng, date(1960, 1, 1), date(1990, 12, 31)))
    share = share or float(rng.choice([0.51, 0.6, 0.7, 0.8, 0.9, 1.0]))
    hold(city, owner, handle, share, founded, capital)
    if share < 1:
        hold(city, person(city, rng), handle, round(1 - share, 4), founded, capital)
    city.add(
        "directorships",
        org_id=handle,
        person_id=manager if manager != NOBODY else owner,
        role="legal_representative",
        start_date=founded,
    )
    if rng.random() < 0.4:
        city.add(
            "directorships", org_id=handle, person_id=person(city, rng), role="finance_contact", start_date=founded
        )
    return handle


def hold(
    city: City, holder: int, org: int, share: float, since: date, capital: float, until: date | None = None
) -> None:
    """``holder`` holds ``share`` of ``org``, whose registered capital is ``capital`` yuan, since ``since``."""
    city.add(
        "ownerships",
        org_id=org,
        holder_id=holder,
        share=share,
        paid_in=round(capital * share, 2),
        paid_on=since,
        start_date=since,
        end_date=until,
    )


def buy_in(city: City, holder: int, org: int, share: float, since: date) -> None:
    """``holder`` takes over ``share`` of ``org`` from its largest holders, whose own rows end and go on smaller."""
    held = [row for row in city.rows["ownerships"] if row["org_id"] == org and row["end_date"] is None]
    capital, left = city.row(org)["registered_capital"], share
    for row in sorted(held, key=lambda row: -row["share"]):
        taken = min(left, row["share"])
        if taken <= 0:
            break
        row["end_date"] = since
        if row["share"] > taken:
            hold(city, row["holder_id"], org, round(row["share"] - taken, 4), since, capital)
        left = round(left - taken, 4)
    hold(city, holder, org, share, since, capital)
