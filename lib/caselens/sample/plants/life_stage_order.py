"""Steps of a project are missing or come in the wrong order."""

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
    """Easy: work began two months before the permit; no permit at all. Hard: the land came after the start; paid in
    full before the audit. Decoys: EPC, where the tender precedes the design; a written commitment procedure.
    """
    owner = city.unit(("教育局", "卫健局", "开发区管委会")[("easy", "hard", "decoy").index(kind)], rng)
    head, _ = _shared.leader(city, rng, owner, remit="approval", start=date(2015, 9, 1))
    estimate = float(round(rng.lognormal(17, 0.5), -4))
    epc = (kind, number) == ("decoy", 0)
    project = city.add(
        "projects",
        name=("实验楼新建工程", "住院楼改造工程")[number],
        owner_id=owner,
        region="云江",
        category="建筑",
        lifecycle="engineering",
        delivery="epc" if epc else "design_bid_build",
        estimate=estimate,
        approved_estimate=round(estimate * 0.97, -3),
        budget=round(estimate * 0.94, -3),
        final_cost=round(estimate * 0.9, 2),
    )
    milestones(city, rng, project, owner, head, some_day(rng, date(2017, 2, 1), date(2019, 12, 1)))
    mine = {row["stage"]: row for row in city.rows["project_events"] if row["project_id"] == project}
    if (kind, number) == ("easy", 0):
        for stage in ("site_entry", "construction_start"):
            mine[stage]["happened_on"] = mine["construction_permit"]["happened_on"] - timedelta(days=60)
    elif (kind, number) == ("easy", 1):
        _drop(city, mine.pop("construction_permit"))
    elif (kind, number) == ("hard", 0):
        mine["land"]["happened_on"] = mine["construction_start"]["happened_on"] + timedelta(days=45)
    elif (kind, number) == ("hard", 1):
        mine["payment"]["happened_on"] = mine["audit"]["happened_on"] - timedelta(days=15)
    elif epc:
        tendering = mine["tendering"]["happened_on"]
        mine["survey_design"]["happened_on"] = tendering + timedelta(days=70)
    else:
        start = mine["construction_start"]["happened_on"]
        mine["construction_permit"]["happened_on"] = start + timedelta(days=20)
        city.add(
            "project_events",
            project_id=project,
            stage="commitment_approval",
            happened_on=start - timedelta(days=9),
            handler_id=head,
            document_no=f"云建许〔{start.year}〕7号",
            issued_by_id=city.units["市政府"][0],
        )
    why = {
        "easy": Text(
            "未取得施工许可先行开工，或始终没有施工许可。", "Work began before the permit, or there never was one."
        ),
        "hard": Text(
            "开工后才办用地，或审计前已付清尾款。",
            "The land was dealt with after the start, or the final payment preceded the audit.",
        ),
        "decoy": Text(
            "工程总承包可先招标后设计，或有事前的告知承诺批文。",
            "EPC tenders before design, or a commitment procedure was granted before.",
        ),
    }[kind]
    rows = tuple(row["event_id"] for row in mine.values())
    return Planted(((owner, "owner"), (head, "official")), (project,), None, (project, *rows), why)


def _drop(city: City, row: dict[str, object]) -> None:
    """Take a row out again, and with it the last handle, so that numbers stay without a hole."""
    rows = city.rows["project_events"]
    last = rows[-1]
    place = next(spot for spot, each in enumerate(rows) if each is row)
    rows[place] = {**last, "event_id": row["event_id"]}
    rows.pop()
    city.counts["project_events"] -= 1


PLANT = Plant("life-stage-order", plant)
