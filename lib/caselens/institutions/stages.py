"""Steps of projects against their declared lifecycle, and what was paid against the progress certified."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from caselens.core.errors import NotAssessable
from caselens.core.text import Language
from caselens.indicators._cover import regions
from caselens.indicators._paid import certificates_and_audits, certified, changes_of, main_contracts, paid
from caselens.indicators._stages import Breach, breaches, coverage_of_steps, elsewhere, never_recorded, steps_of
from caselens.institutions._read import framed, inputs_of, names_of, need, rows
from caselens.tables.lifecycles import LIFECYCLES
from caselens.workspace import Workspace

_STATES = ("recorded", "elsewhere", "missing", "unproven", "not_needed", "not_reached")
STAGES = ("lifecycle", "stage", "projects", *_STATES, "early")


def stages(workspace: Workspace, org_id: str = "") -> pd.DataFrame:
    """One row a lifecycle and stage: in how many projects it is on record, missing, or came after the next one.

    The rule is that of ``life-stage-order``: an absent stage is missing only where a later one on record presupposes
    it, ``project_events`` is declared complete for that time, and the stage is one that is written down at all.

    Returns:
        ``lifecycle, stage`` in the order of the lifecycle, ``projects`` = ``recorded`` + ``elsewhere`` (a tender, a
        contract or an audit report proves it) + ``missing`` + ``unproven`` (as missing, but the records are not
        declared complete, or nobody records this stage) + ``not_needed`` (optional, or not presupposed under that
        delivery) + ``not_reached`` (nothing that presupposes it is on record); and ``early``: of the recorded, those
        after a step that presupposes them. Projects whose lifecycle or delivery has no declared order are in no row.

    Raises:
        NotAssessable: nobody delivered projects or their events.
    """
    need(workspace, projects=("project_id", "lifecycle"), project_events=("project_id", "stage", "happened_on"))
    inputs = inputs_of(workspace, "life-stage-order")
    works = rows(workspace, "projects", "project_id", "owner_id", "region", "lifecycle", "delivery",
                 unit=("owner_id", org_id))  # fmt: skip
    every, covers, known = steps_of(inputs), coverage_of_steps(inputs), elsewhere(inputs)
    region, by_project = regions(inputs), dict(list(every.groupby("project_id")))
    found: dict[str, list[Breach]] = {}
    dark: dict[str, list[str]] = {}
    for project in works.to_dict("records"):
        name, owner = project["project_id"], project["owner_id"]
        places = [name, owner, region.get(owner, ""), project["region"]]
        scopes = [place for place in places if isinstance(place, str) and place]
        mine = by_project.get(name, every.iloc[:0])
        try:
            found[name], dark[name] = breaches(project, mine, covers, scopes, known, inputs["lead_days"])
        except NotAssessable:
            continue
    kinds = dict(zip(works["project_id"], works["lifecycle"], strict=True))
    silent = never_recorded(found, every[every["project_id"].isin(list(kinds))], kinds, inputs["min_projects"])
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for name, broken in found.items():
        have = set(by_project[name]["stage"]) if name in by_project else set()
        for stage in [stage for stage in LIFECYCLES[kinds[name]].stages if stage.ordered]:
            told = counts.setdefault((kinds[name], stage.id), dict.fromkeys(STAGES[2:], 0))
            mine = [breach for breach in broken if breach.presupposed == stage.id]
            in_dark = stage.id in dark[name] or (kinds[name], stage.id) in silent
            state = _state(stage.id, have, (name, stage.id) in known, mine, in_dark, kinds[name])
            told["projects"] += 1
            told[state] += 1
            told["early"] += any(breach.days is not None for breach in mine)
    order = [(life.id, stage.id) for life in LIFECYCLES.values() for stage in life.stages]
    return framed(({"lifecycle": life, "stage": stage, **counts[life, stage]} for life, stage in order
                   if (life, stage) in counts), STAGES)  # fmt: skip


def _state(stage: str, have: set[str], proven: bool, mine: list[Breach], in_dark: bool, life: str) -> str:
    if stage in have:
        return "recorded"
    if proven:
        return "elsewhere"
    if in_dark:
        return "unproven"
    if mine:
        return "missing"
    order = LIFECYCLES[life].order()
    reached = any(stage in order[later] for later in have if later in order)
    return "not_needed" if reached else "not_reached"


DECLARED = ("lifecycle", "title", "place", "stage", "label", "after", "ordered", "optional")


def lifecycles(language: Language = "zh") -> pd.DataFrame:
    """The declared lifecycles, a stage a row, in order.

    Returns:
        ``lifecycle, title, place`` (from 1), ``stage, label, after`` (labels of the stages that it directly
        presupposes), ``ordered`` (``False``: may happen at any time), ``optional``.
    """
    told: list[dict[str, Any]] = []
    for life in LIFECYCLES.values():
        for place, stage in enumerate(life.stages, start=1):
            told.append({
                "lifecycle": life.id, "title": life.title.get(language), "place": place, "stage": stage.id,
                "label": stage.label.get(language), "after": [life[name].label.get(language) for name in stage.after],
                "ordered": stage.ordered, "optional": stage.optional,
            })  # fmt: skip
    return framed(told, DECLARED)


PROGRESS = ("contract_id", "project_id", "project", "buyer", "supplier", "signed_on", "award", "changes", "final",
            "certified", "paid", "last_paid_on", "audited_on", "paid_share", "certified_share", "gap")  # fmt: skip


def pay_and_progress(workspace: Workspace, org_id: str = "") -> pd.DataFrame:
    """One row a contract under a project: what was paid, and what had been certified, by the last payment.

    Payments are joined to contracts as in ``life-pay-ahead``, which also judges each day; here the state at the last
    payment is shown.

    Returns:
        ``contract_id, project_id, project, buyer, supplier, signed_on, award, changes, final, certified`` (by the last
        payment; missing where the project has no certificate or several contracts), ``paid, last_paid_on`` (missing
        without payments on record), ``audited_on, paid_share`` (paid over award and changes), ``certified_share``
        (certified over the same), ``gap`` (their difference; positive means paid ahead), the largest gap first, then
        the largest share.

    Raises:
        NotAssessable: contracts, payments or accounts were not delivered.
    """
    need(workspace, contracts=("buyer_id", "supplier_id", "amount", "signed_on"), payments=("amount",), accounts=())
    inputs, names = inputs_of(workspace, "life-pay-ahead"), names_of(workspace)
    contracts = main_contracts(inputs)
    contracts = contracts.filter(contracts.project_id.notnull() & (contracts.currency == "CNY"))
    if org_id:
        contracts = contracts.filter(contracts.buyer_id == org_id)
    found = contracts.execute()
    works = contracts.group_by("project_id").agg(number=lambda t: t.count())
    single = set(works.filter(works.number == 1).project_id.execute())
    money = paid(inputs, contracts).filter(lambda t: t.paid_currency == "CNY")
    sums = money.group_by("contract_id").agg(paid=lambda t: t.yuan.sum(), last_paid_on=lambda t: t.paid_on.max())
    found = found.merge(sums.execute(), on="contract_id", how="left")
    for column in ("signed_on", "last_paid_on"):
        found[column] = pd.to_datetime(found[column])
    certificates, audits = certificates_and_audits(inputs)
    changed = changes_of(inputs)
    titles = rows(workspace, "projects", "project_id", "name").set_index("project_id")["name"].to_dict()
    told: list[Mapping[str, Any]] = []
    for row in found.to_dict("records"):
        extra = sum(yuan for _, yuan, code, _ in changed.get(row["contract_id"], []) if code == "CNY")
        project, day = row["project_id"], row["last_paid_on"]
        proof = (
            certified(certificates[project], row["award"]) if project in certificates and project in single else None
        )
        until = proof.until(day) if proof and pd.notna(day) else float("nan")
        due = row["award"] + extra
        told.append({
            **{name: row[name] for name in ("contract_id", "project_id", "signed_on", "award", "final", "paid",
                                            "last_paid_on")},
            "project": titles.get(project, project), "buyer": names.get(row["buyer_id"], row["buyer_id"]),
            "supplier": names.get(row["supplier_id"], row["supplier_id"]), "changes": extra, "certified": until,
            "audited_on": audits.get(project, pd.NaT), "paid_share": row["paid"] / due if due > 0 else float("nan"),
            "certified_share": until / due if due > 0 else float("nan"),
        })  # fmt: skip
    table = framed(told, PROGRESS)
    table["gap"] = table["paid_share"].astype(float) - table["certified_share"].astype(float)
    return table.sort_values(["gap", "paid_share", "contract_id"], ascending=[False, False, True], na_position="last",
                             ignore_index=True)  # fmt: skip
