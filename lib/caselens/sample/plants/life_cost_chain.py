"""Estimate, approved estimate, budget and final cost of a project: each must hold what the one before allowed."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample._city import City
from caselens.sample._time import some_day
from caselens.sample.background.projects import milestones
from caselens.sample.plants import _shared
from caselens.sample.plants._declare import Plant, Planted, PlantKind


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: final cost 18 % above budget; approved estimate 13 % above the estimate. Hard: three small overruns that
    add up; no budget on file and an adjustment that the owner wrote itself. Decoys: 6.24亿 to 2.9亿; an adjustment
    approved by a higher body.
    """
    if kind == "easy":
        if number == 0:
            return _project(
                city,
                rng,
                "学府中学新建工程",
                88e6,
                84e6,
                83e6,
                97.94e6,
                Text("决算超预算 18%。", "The final cost is 18 % above the budget."),
            )
        return _project(
            city,
            rng,
            "滨江路改造工程",
            40e6,
            45.2e6,
            44.8e6,
            44.1e6,
            Text("概算超估算 13%。", "The approved estimate is 13 % above the estimate."),
        )
    if kind == "hard":
        if number == 0:
            return _project(
                city,
                rng,
                "松岭污水处理厂扩建工程",
                120e6,
                123.4e6,
                125.2e6,
                128.9e6,
                Text(
                    "三个环节各超一点，预算超概算 1.5%，决算超预算 3%。",
                    "Small overruns at each stage: budget 1.5 % above the approved estimate, final 3 % above budget.",
                ),
            )
        made = _project(
            city,
            rng,
            "青屏产业园道路工程",
            62e6,
            60e6,
            None,
            64.3e6,
            Text(
                "无预算资料，决算超概算 7%；调整批文系建设单位自行出具。",
                "No budget on file; final 7 % above the approved estimate, with an adjustment the owner wrote itself.",
            ),
        )
        return _adjusted(city, made, city.row(made.objects[0])["owner_id"], 4.3e6, after=True)
    if number == 0:
        return _project(
            city,
            rng,
            "白鹭洲学校新建工程",
            624e6,
            598e6,
            520e6,
            290e6,
            Text(
                "由估算 6.24 亿元降至 2.9 亿元，节约而非超支。",
                "From an estimate of 624 million down to 290 million: saved, not overrun.",
            ),
        )
    made = _project(
        city,
        rng,
        "禾川河堤加固工程",
        50e6,
        48e6,
        47e6,
        51.7e6,
        Text(
            "决算超预算 10%，但事前已有上级文号批准调整。",
            "Final 10 % above budget, but a higher body had approved the adjustment with a number before.",
        ),
    )
    return _adjusted(city, made, city.units["市政府"][0], 5e6, after=False)


def _project(
    city: City,
    rng: Generator,
    name: str,
    estimate: float,
    approved: float,
    budget: float | None,
    final: float,
    why: Text,
) -> Planted:
    owner = city.unit(("住建局", "水利局", "交通局", "教育局", "开发区管委会")[int(rng.integers(5))], rng)
    head, _ = _shared.leader(city, rng, owner, remit="approval", start=date(2016, 1, 4))
    project = city.add(
        "projects",
        name=name,
        owner_id=owner,
        region="云江",
        category="建筑",
        lifecycle="engineering",
        delivery="design_bid_build",
        estimate=estimate,
        approved_estimate=approved,
        budget=budget,
        final_cost=final,
    )
    milestones(city, rng, project, owner, head, some_day(rng, date(2017, 3, 1), date(2020, 6, 30)))
    over = final - (budget or approved)
    return Planted(((owner, "owner"), (head, "official")), (project,), over if over > 0 else None, (project,), why)


def _adjusted(city: City, made: Planted, issuer: int, amount: float, *, after: bool) -> Planted:
    """Add an adjustment of the approved estimate issued by ``issuer``, before or after the final cost was known."""
    project = made.objects[0]
    events = [row for row in city.rows["project_events"] if row["project_id"] == project]
    last = max(row["happened_on"] for row in events if row["stage"] in ("acceptance", "audit"))
    when = last + timedelta(days=25) if after else last - timedelta(days=260)
    event = city.add(
        "project_events",
        project_id=project,
        stage="estimate_adjustment",
        happened_on=when,
        handler_id=made.subjects[1][0],
        document_no=f"云发改〔{when.year}〕{37 if after else 112}号",
        issued_by_id=issuer,
        amount=amount,
    )
    return Planted(made.subjects, made.objects, None if not after else made.amount, (project, event), made.why)


PLANT = Plant("life-cost-chain", plant)
