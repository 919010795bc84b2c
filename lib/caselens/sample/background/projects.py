"""Engineering projects with their cost chain and their steps in the order that the rules presuppose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from numpy.random import Generator

from caselens.sample import _names
from caselens.sample._city import City
from caselens.sample._time import LAST, some_day, workday

_OWNERS = (
    "住建局",
    "水利局",
    "交通局",
    "教育局",
    "卫健局",
    "开发区管委会",
    "街道办",
    "国企子公司",
    "城投集团",
    "交投集团",
)
_WORKS = (
    "道路改造工程",
    "学校新建工程",
    "管网改造工程",
    "河道整治工程",
    "厂房建设工程",
    "公园绿化工程",
    "保障房工程",
    "桥梁加固工程",
)
#: Stage and its day after the initiation, in the order of the rules.
_STAGES = (
    ("initiation", 0),
    ("land", 25),
    ("planning", 40),
    ("estimate_approval", 75),
    ("survey_design", 100),
    ("fiscal_review", 130),
    ("tendering", 150),
    ("contract", 200),
    ("contract_filing", 208),
    ("quality_supervision", 213),
    ("safety_supervision", 214),
    ("construction_permit", 225),
    ("site_entry", 228),
    ("construction_start", 235),
)


@dataclass(frozen=True, slots=True)
class Works:
    """What procurement must know of a project to buy its works in step with its events."""

    project: int
    owner: int
    handler: int
    tendering: date
    contract: date
    acceptance: date
    payment: date
    budget: float


def milestones(
    city: City,
    rng: Generator,
    project: int,
    owner: int,
    handler: int,
    start: date,
    *,
    tendering: date | None = None,
    contract: date | None = None,
) -> Works:
    """The steps of an honest project from its initiation on ``start``, as far as the data reach.

    With ``tendering`` and ``contract`` the project is built round a contract that is there already, ``start`` does not
    count and procurement buys nothing for it.
    """
    row = city.row(project)
    stretch = float(rng.uniform(0.8, 1.6))
    if contract is not None:
        start = contract - timedelta(days=round(200 * stretch))
    days = {stage: workday(start + timedelta(days=round(after * stretch))) for stage, after in _STAGES}
    if rng.random() < 0.04:
        days["site_entry"] = days["contract"] - timedelta(days=int(rng.integers(1, 5)))
    days |= {"tendering": tendering or days["tendering"], "contract": contract or days["contract"]}
    done = days["construction_start"] + timedelta(days=int(rng.integers(180, 500)))
    days |= {"acceptance": done, "audit": done + timedelta(days=int(rng.integers(40, 120)))}
    days["payment"] = days["audit"] + timedelta(days=int(rng.integers(10, 60)))
    for stage, when in days.items():
        if when > LAST:
            continue
        city.add(
            "project_events",
            project_id=project,
            stage=stage,
            happened_on=when,
            handler_id=handler if rng.random() < 0.8 else None,
            document_no=f"云建〔{when.year}〕{int(rng.integers(1, 800))}号" if rng.random() < 0.7 else None,
            issued_by_id=owner if stage in ("site_entry", "construction_start") else None,
        )
    budget = row.get("budget") or row.get("approved_estimate") or row["estimate"]
    works = Works(project, owner, handler, days["tendering"], days["contract"], done, days["payment"], budget * 0.86)
    if contract is None:
        city.works.append(works)
    return works


def add(city: City, rng: Generator) -> None:
    """Projects of all kinds of owners; a few honest ones exceed their budget with a prior, numbered approval."""
    for _ in range(max(20, city.tenders // 8)):
        owner = city.unit(_OWNERS[int(rng.integers(len(_OWNERS)))], rng)
        head = city.officials[owner][int(rng.integers(len(city.officials[owner])))]
        start = some_day(rng, date(2016, 3, 1), date(2025, 3, 1))
        estimate = float(round(rng.lognormal(16.6, 1.0), -4))
        approved = round(estimate * float(rng.uniform(0.9, 1.0)), -3)
        budget = round(approved * float(rng.uniform(0.92, 1.0)), -3)
        final = round(budget * float(rng.triangular(0.72, 0.97, 1.0)), 2)
        adjusted = rng.random() < 0.05
        if adjusted:
            final = round(budget * float(rng.uniform(1.02, 1.08)), 2)
        elif rng.random() < 0.04:
            final = round(budget * 1.003, 2)
        late = start > date(2023, 6, 1)
        name = f"{_names.pick(rng, _names._PLACES)}{_names.pick(rng, _WORKS)}"
        project = city.add(
            "projects",
            name=name,
            owner_id=owner,
            region="云江",
            category="建筑",
            lifecycle="engineering",
            delivery="design_bid_build" if rng.random() < 0.7 else None,
            estimate=estimate,
            approved_estimate=approved,
            budget=budget if rng.random() < 0.95 else None,
            final_cost=None if late or rng.random() < 0.1 else final,
        )
        works = milestones(city, rng, project, owner, head, start)
        if adjusted and not late:
            when = works.acceptance - timedelta(days=int(rng.integers(60, 160)))
            if when <= LAST:
                city.add(
                    "project_events",
                    project_id=project,
                    stage="estimate_adjustment",
                    happened_on=when,
                    handler_id=head,
                    document_no=f"云发改〔{when.year}〕{int(rng.integers(1, 200))}号",
                    issued_by_id=city.units["市政府"][0],
                    amount=round(budget * 0.1, 2),
                )
