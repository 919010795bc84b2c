"""Public units of the invented city, who stands above whom and who decides over which trade."""

from __future__ import annotations

from datetime import date

from numpy.random import Generator

from caselens.sample import _dealing, _names
from caselens.sample._city import NOBODY, City
from caselens.sample._time import some_day

_BUREAUS = (
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
)
_GROUPS = ("城投集团", "国投集团", "高新集团", "交投集团", "水务集团")
_DISTRICTS = ("澜溪区", "松岭区", "青屏县", "禾川县")
_HUBS = (
    "税务局",
    "社保中心",
    "供电公司",
    "自来水公司",
    "燃气公司",
    "通信公司",
    "支付平台",
    "住房公积金中心",
    "结算中心",
    "公共资源交易中心",
)

#: Which bureau decides about which trades, and what the post that does so is called in ``remit``.
REGULATORS: dict[str, tuple[str, tuple[str, ...]]] = {
    "公安局": ("explosives", ("煤矿", "采石")),
    "市场监管局": ("approval", ("餐饮", "食材")),
    "运政处": ("approval", ("运输",)),
    "卫健局": ("approval", ("医疗", "药品")),
    "农业农村局": ("approval", ("养殖",)),
    "文旅局": ("approval", ("酒店",)),
    "住建局": ("approval", ("监理",)),
}


def unit(city: City, rng: Generator, key: str, name: str, kind: str, parent: int = NOBODY) -> int:
    """A public unit called ``name``, to be found as ``city.units[key]``."""
    handle = city.add(
        "organizations",
        name=name,
        uscc=_names.credit_code(rng, public=kind not in ("state_owned", "intermediary", "financial")),
        kind=kind,
        parent_org_id=parent,
        region=_names.CITY,
        established_on=some_day(rng, date(1985, 1, 1), date(2012, 12, 31)),
        headcount=int(rng.integers(20, 260)),
        status="active",
        address=_names.address(rng),
    )
    city.names.add(name)
    city.units[key].append(handle)
    _dealing.account(city, rng, handle, "bank")
    return handle


def add(city: City, rng: Generator) -> None:
    """Government, party bodies, state firms, hospitals, schools, villages, intermediaries, banks and hubs."""
    top = unit(city, rng, "市政府", f"{_names.CITY}市人民政府", "government")
    for key in _BUREAUS:
        kind = "party_body" if key == "纪委监委" else "government"
        unit(city, rng, key, f"{_names.CITY}市{key}", kind, top)
    for district in _DISTRICTS:
        above = unit(city, rng, "区政府", f"{district}人民政府", "government", top)
        for key in ("财政局", "住建局", "自然资源局"):
            unit(city, rng, f"区{key}", f"{district}{key}", "government", above)
        for number, place in enumerate(("城关", "河东")):
            town = unit(city, rng, "街道办", f"{district}{place}街道办事处", "government", above)
            unit(city, rng, "村", f"{district}{'桃李'[number]}源村经济合作社", "village_collective", town)
        unit(city, rng, "学校", f"{district}实验学校", "school", above)
        unit(city, rng, "医院", f"{district}人民医院", "hospital", above)
    zone = unit(city, rng, "开发区管委会", f"{_names.CITY}经济开发区管理委员会", "government", top)
    unit(city, rng, "开发区管委会", f"{_names.CITY}高新区管理委员会", "government", top)
    for place in ("第一", "第二", "第三", "滨江", "学府"):
        unit(city, rng, "学校", f"{_names.CITY}市{place}中学", "school", city.units["教育局"][0])
    for place in ("第一人民", "中", "妇幼保健"):
        unit(city, rng, "医院", f"{_names.CITY}市{place}医院", "hospital", city.units["卫健局"][0])
    for name in _GROUPS:
        group = unit(city, rng, name, f"{_names.CITY}{name}有限公司", "state_owned", city.units["国资委"][0])
        for branch in ("建设", "资产经营"):
            unit(city, rng, "国企子公司", f"{_names.CITY}{name[:2]}{branch}有限公司", "state_owned", group)
    unit(city, rng, "国企子公司", f"{_names.CITY}园区开发有限公司", "state_owned", zone)
    for key, suffix, count in (
        ("招标代理", "招标代理有限公司", 6),
        ("造价咨询", "造价咨询事务所", 5),
        ("评估机构", "资产评估有限公司", 3),
    ):
        for _ in range(count):
            unit(city, rng, key, _names.firm_name(rng, "", suffix), "intermediary")
    for bank in ("云江银行", "云江农商行", "江南商业银行", "华澜银行", "东屏银行"):
        unit(city, rng, "银行", f"{bank}股份有限公司", "financial")
    for key in _HUBS:
        public = key in ("税务局", "社保中心", "住房公积金中心", "结算中心", "公共资源交易中心")
        unit(city, rng, key, f"{_names.CITY}市{key}", "public_institution" if public else "state_owned")
    city.counter = city.add("accounts", kind="cash")
    _oversight(city)


def _oversight(city: City) -> None:
    for group in _GROUPS:
        for subject in city.units[group]:
            city.add("oversight", authority_id=city.units["国资委"][0], subject_id=subject, remit="personnel")
    for school in city.units["学校"]:
        city.add("oversight", authority_id=city.units["教育局"][0], subject_id=school, remit="personnel")
