"""Officials with their posts and kin, and the ordinary people of the city."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.sample import _making
from caselens.sample._city import NOBODY, City
from caselens.sample._time import FIRST, LAST, some_day

_STAFFED = (
    "财政局",
    "住建局",
    "交通局",
    "水利局",
    "公安局",
    "自然资源局",
    "审计局",
    "教育局",
    "卫健局",
    "人社局",
    "市场监管局",
    "城管局",
    "农业农村局",
    "国资委",
    "纪委监委",
    "运政处",
    "应急局",
    "文旅局",
    "开发区管委会",
    "区财政局",
    "区住建局",
    "区自然资源局",
    "街道办",
    "城投集团",
    "国投集团",
    "高新集团",
    "交投集团",
    "水务集团",
    "国企子公司",
    "学校",
    "医院",
    "村",
)
_REMITS = ("tendering", "financing", "audit", "approval", "payment", "land", "personnel")
_SECTIONS = ("办公室", "规划科", "财务科", "审批科", "工程科", "政策科", "综合科")


def add(city: City, rng: Generator) -> None:
    """Staff every unit, give officials their families, and fill the city up to its number of people."""
    wanted = city.people * 0.11
    units = [(key, unit) for key in _STAFFED for unit in city.units[key]]
    each = max(3, round(wanted / len(units)))
    for key, unit in units:
        size = max(2, each // 2) if key in ("学校", "医院", "村") else each + 1
        for place in range(size):
            who = _career(city, rng, key, unit, place)
            if place < 3 or rng.random() < 0.4:
                family(city, rng, who)
            if rng.random() < 0.5:
                declare(city, rng, who)
    _strangers(city, rng)


def _post(key: str, place: int, rng: Generator) -> tuple[str, str, bool, bool]:
    """Post, remit, head, leadership of the ``place``-th person of a unit."""
    word = (
        "总经理"
        if "集团" in key or key == "国企子公司"
        else {"学校": "校长", "医院": "院长", "村": "主任"}.get(key, "局长")
    )
    if place == 0:
        return word, ";".join(sorted(rng.choice(_REMITS, 2, replace=False))), True, True
    if place <= 2:
        return f"副{word}", str(rng.choice(_REMITS)), False, True
    section = str(rng.choice(_SECTIONS))
    if place == 3:
        return f"{section}科长", str(rng.choice(_REMITS[:5])), False, False
    return f"{section}科员", "", False, False


def _career(city: City, rng: Generator, key: str, unit: int, place: int) -> int:
    """One to three posts in a row, each two to under five years; very few stay longer."""
    who, start = NOBODY, some_day(rng, date(2013, 1, 1), date(2019, 12, 31))
    while True:
        post, remit, head, leadership = _post(key, place, rng)
        months = int(rng.integers(64, 90)) if rng.random() < 0.004 else int(rng.integers(20, 59))
        end = start + timedelta(days=months * 30)
        last = end >= LAST or rng.random() < 0.25
        open_end = end if not last or end < LAST else None
        who = _making.official(
            city, rng, unit, post, remit=remit, head=head, leadership=leadership, start=start, end=open_end, who=who,
            rotates=False,
        )  # fmt: skip
        if last:
            return who
        start, place = end + timedelta(days=int(rng.integers(95, 140))), max(0, place - int(rng.integers(0, 2)))
        if start >= LAST:
            return who


def family(city: City, rng: Generator, who: int) -> None:
    """A spouse always; child, siblings, in-laws and a parent as it happens."""
    spouse = _making.relative(city, rng, who, "spouse")
    if rng.random() < 0.8:
        child = _making.relative(city, rng, who, "child")
        if rng.random() < 0.3:
            _making.kinship(city, rng, spouse, child, "child")
    if rng.random() < 0.5:
        _making.relative(city, rng, who, "sibling")
    if rng.random() < 0.3:
        _making.relative(city, rng, spouse, "sibling")
    if rng.random() < 0.35:
        _making.relative(city, rng, who, "parent")


def declare(city: City, rng: Generator, who: int) -> None:
    """Yearly declarations that agree with a salary, and mostly a declared flat."""
    income = float(round(rng.lognormal(12.1, 0.3), -2))
    wealth = float(round(rng.lognormal(14.2, 0.5), -3))
    for year in range(int(rng.integers(2016, 2019)), LAST.year):
        city.add("declarations", person_id=who, year=year, household_income=income, household_assets=wealth)
        income, wealth = round(income * rng.uniform(1.0, 1.08), 2), round(wealth * rng.uniform(1.0, 1.12), 2)
    if rng.random() < 0.6:
        city.add(
            "assets",
            owner_id=who,
            kind="real_estate",
            value=float(round(income * rng.uniform(1.8, 3.4), -4)),
            acquired_on=some_day(rng, date(2008, 1, 1), date(2024, 12, 31)),
            region="云江",
            is_declared=True,
        )


def _strangers(city: City, rng: Generator) -> None:
    """Everybody else; some of them work for a school or a hospital, which pays their insurance."""
    employers = city.units["学校"] + city.units["医院"]
    until = max(city.people * 0.65, city.counts["persons"] + 250)
    while city.counts["persons"] < until:
        who = _making.person(city, rng)
        city.units["居民"].append(who)
        if rng.random() < 0.25:
            employer = employers[int(rng.integers(len(employers)))]
            city.add("employments", person_id=who, org_id=employer, start_date=some_day(rng, FIRST, date(2024, 1, 1)))
        if rng.random() < 0.12:
            _making.relative(city, rng, who, "spouse")
