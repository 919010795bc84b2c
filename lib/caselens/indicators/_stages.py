"""Steps of projects held against the order of their lifecycle: which came too early, and which never came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

from caselens.core.errors import NotAssessable
from caselens.indicators._cover import Coverage, coverage_of
from caselens.indicators._declare import Inputs
from caselens.tables.lifecycles import LIFECYCLES

_EPC = ("epc", "工程总承包", "设计施工总承包", "设计采购施工总承包", "design_build")


@dataclass(frozen=True, slots=True)
class Breach:
    """A step that was taken ``days`` before one it presupposes; ``days`` is ``None`` where that one never came."""

    step: str
    presupposed: str
    days: int | None
    on: pd.Timestamp
    keys: tuple[str, ...]
    covered: tuple[str, ...] = ()


@cache
def _order(lifecycle: str, delivery: str) -> Mapping[str, frozenset[str]]:
    return LIFECYCLES[lifecycle].order(delivery)


def delivery_of(text: object) -> str:
    """The code of ``projects.delivery``, also where somebody wrote it out."""
    word = str(text).strip().lower() if isinstance(text, str) else ""
    return "epc" if word in _EPC else word


def steps_of(inputs: Inputs) -> pd.DataFrame:
    """Events of projects: ``project_id, stage, day, row_key, handler_id``, in order of time."""
    events = inputs.table("project_events")
    found = events.select("project_id", "stage", "row_key", "handler_id", day="happened_on").execute()
    found["day"] = pd.to_datetime(found["day"])
    return found.sort_values(["project_id", "day", "stage", "row_key"], ignore_index=True)


def elsewhere(inputs: Inputs) -> set[tuple[str, str]]:
    """(project, stage) that other tables prove to have happened: a tender, a contract, an audit report."""
    found: set[tuple[str, str]] = set()
    for table, stage in (("tenders", "tendering"), ("contracts", "contract")):
        rows = inputs.table(table).filter(lambda t: t.project_id.notnull()).select("project_id").distinct().execute()
        found |= {(name, stage) for name in rows["project_id"]}
    audits = inputs.table("applications").filter(lambda t: (t.kind == "audit") & (t.outcome == "report_issued"))
    rows = audits.filter(audits.project_id.notnull()).select("project_id").distinct().execute()
    return found | {(name, "audit") for name in rows["project_id"]}


#: Steps that nothing brings back.
GRAVE_STEPS = ("construction_start", "contract", "acceptance", "payment", "award", "delivery")


def breaches(project: Mapping[str, Any], steps: pd.DataFrame, covers: Coverage, scopes: list[str],
             known: set[tuple[str, str]], lead_days: int) -> tuple[list[Breach], list[str]]:  # fmt: skip
    """Breaches of the order in one project, and the presupposed stages whose absence proves nothing.

    Of a repeated step the first counts, of the final payment the last. For each presupposed stage one step that did
    not wait for it is named: the first that nothing brings back, else the first. With EPC the design goes on while
    parts are built, so only the tender is held against it. Absence counts only inside complete coverage of
    ``project_events`` from the first step on; a stage that may lie before the first recorded step needs ``lead_days``
    of coverage before it.

    Raises:
        NotAssessable: no lifecycle of that name, or no order for that way of delivery.
    """
    if project["lifecycle"] not in LIFECYCLES:
        raise NotAssessable(f"no order of stages for projects.lifecycle {project['lifecycle']!r}")
    life = LIFECYCLES[project["lifecycle"]]
    delivery = delivery_of(project["delivery"])
    order = _order(project["lifecycle"], delivery)
    when: dict[str, tuple[pd.Timestamp, str]] = {}
    for row in steps.itertuples():
        if row.stage in order and (row.stage not in when or row.stage == "payment"):
            when[row.stage] = (row.day, row.row_key)
    found, dark = [], []
    for stage in order:
        later = sorted((step not in GRAVE_STEPS, when[step], step) for step in when if stage in order[step])
        if stage in when:
            later = [entry for entry in later if entry[1][0] < when[stage][0]]
        if not later or (delivery == "epc" and stage == "survey_design"):
            continue
        _, (day, key), step = later[0]
        if stage in when:
            found.append(Breach(step, stage, (when[stage][0] - day).days, day, (key, when[stage][1])))
        elif (project["project_id"], stage) not in known and not life[stage].optional:
            first = min(value[0] for value in when.values())
            between = any(name in when for name in order[stage])
            since = first if between else first - pd.Timedelta(days=lead_days)
            covered = covers.keys(["project_events"], scopes, since, day)
            if covered:
                found.append(Breach(step, stage, None, day, (key,), tuple(covered)))
            else:
                dark.append(stage)
    return found, dark


def never_recorded(found: Mapping[str, list[Breach]], steps: pd.DataFrame, kinds: Mapping[str, str],
                   least: int) -> set[tuple[str, str]]:  # fmt: skip
    """(lifecycle, stage) that most of at least ``least`` projects lack: nobody writes that stage down here."""
    have = steps[["project_id", "stage"]].drop_duplicates()
    have = have.assign(kind=have["project_id"].map(kinds)).groupby(["kind", "stage"]).size().to_dict()
    lack: dict[tuple[str, str], int] = {}
    for project, breaches_of in found.items():
        for breach in breaches_of:
            if breach.days is None:
                key = (kinds[project], breach.presupposed)
                lack[key] = lack.get(key, 0) + 1
    return {key for key, number in lack.items() if number + have.get(key, 0) >= least and number > have.get(key, 0)}


def coverage_of_steps(inputs: Inputs) -> Coverage:
    """Where ``project_events`` is declared complete."""
    return coverage_of(inputs, "project_events")
