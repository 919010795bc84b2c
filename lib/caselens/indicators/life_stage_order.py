"""Steps of a project that came before what they presuppose, or without it.

The order is that of the project's lifecycle and way of delivery (with EPC the tender precedes the design); stages that
merely may overlap are not compared, and two steps of one day are in order. Of a repeated step the first counts, of the
final payment the last. A presupposed stage without any row counts as missing only inside complete coverage of
``project_events`` and where no tender, contract or audit report proves it; a stage that most of at least
``min_projects`` projects lack is not written down here, and its absence proves nothing either. Gravest (red) is work,
a contract or money before the permission, tender or audit that stands for it. A procedure on commitment (告知承诺,
容缺受理) or an emergency order that has a number, is no later than the step and comes from a body other than the owner
and the units of whoever signed the step excludes late permits; what was tendered, contracted, audited or paid it does
not excuse, and a permit that never came neither.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from caselens.core.errors import NotAssessable
from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._cover import regions
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._stages import (
    GRAVE_STEPS,
    Breach,
    breaches,
    coverage_of_steps,
    elsewhere,
    never_recorded,
    steps_of,
)
from caselens.tables.lifecycles import LIFECYCLES

#: What only a body of the state grants; a written commitment may stand in for it for a while.
_PERMITS = ("land", "planning", "survey_design", "quality_supervision", "safety_supervision", "construction_permit",
            "initiation")  # fmt: skip
#: What must not be missing before a step that nothing brings back.
_GRAVE_STAGES = (
    "land",
    "planning",
    "tendering",
    "contract",
    "construction_permit",
    "audit",
    "acceptance",
    "initiation",
)
_EXCUSED = Text(
    "事前已由其他机关行文准予告知承诺或应急办理",
    "another body had granted a commitment or emergency procedure before",
).both()
_CLAIMED = Text("有承诺或应急文件，但不符合条件", "papers are on file, but none meets the conditions")
_PRESUPPOSED = Text("该两环节有先后关系", "one of these presupposes the other")
_NO_PAPER = Text("未见承诺或应急文件", "no such paper is on file")
_EXCUSES = ("commitment_approval", "emergency_order")


def _excuses(inputs: Inputs) -> pd.DataFrame:
    events = inputs.table("project_events").filter(lambda t: t.stage.isin(_EXCUSES))
    found = events.select("project_id", "row_key", "document_no", issuer="issued_by_id", day="happened_on").execute()
    found["day"] = pd.to_datetime(found["day"])
    return found.sort_values(["project_id", "day", "row_key"])


def _compute(inputs: Inputs) -> Result:
    projects = inputs.table("projects").select(
        "project_id", "row_key", "owner_id", "region", "lifecycle", "delivery"
    ).execute().sort_values("project_id")  # fmt: skip
    every = steps_of(inputs)
    found, dark, unknown = _found(inputs, projects, every)
    posts = inputs.table("appointments").select("person_id", "org_id").distinct().execute()
    seats = {person: set(units) for person, units in posts.groupby("person_id")["org_id"]}
    steps, papers = dict(list(every.groupby("project_id"))), _excuses(inputs)
    leads, evidence, counters = [], [], []
    excluded: dict[str, str] = {}
    for project in projects[projects["project_id"].isin(list(found))].to_dict("records"):
        name, mine = project["project_id"], steps[project["project_id"]]
        own = papers[papers["project_id"] == name]
        standing = [(b, _covering(b, project, own, mine, seats)) for b in found[name]]
        open_ones = [b for b, paper in standing if not paper or b.presupposed not in _PERMITS or b.days is None]
        if open_ones:
            leads.append(_lead(project, open_ones, mine, inputs))
            evidence += _evidence(name, project, open_ones)
            evidence += [{"lead": name, "table": "project_events", "key": k, "role": "claimed"} for k in own["row_key"]]
            note = _CLAIMED if len(own) else _NO_PAPER
            known = inputs.has("project_events", "document_no", "issued_by_id")
            counters.append(counter(name, "commitment", False if known else None, note.both()))
            counters.append(counter(name, "overlap", False, _PRESUPPOSED.both()))
        elif standing:
            excluded[name] = _EXCUSED
        elif dark[name]:
            unknown[name] = _incomplete([LIFECYCLES[project["lifecycle"]][stage].label for stage in dark[name]])
    hits = {lead["lead"] for lead in leads}
    states = assessed(hits, projects["project_id"], unknown, excluded)
    return Result(states, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _found(
    inputs: Inputs, projects: pd.DataFrame, every: pd.DataFrame
) -> tuple[dict[str, list[Breach]], dict[str, list[str]], dict[str, str]]:
    """Breaches of each project, stages whose absence proves nothing, and why other projects cannot be judged."""
    covers, known, region = coverage_of_steps(inputs), elsewhere(inputs), regions(inputs)
    steps = dict(list(every.groupby("project_id")))
    found: dict[str, list[Breach]] = {}
    dark: dict[str, list[str]] = {}
    unknown: dict[str, str] = {}
    for project in projects.to_dict("records"):
        name = project["project_id"]
        scopes = [name, *(s for s in (project["owner_id"], project["region"]) if isinstance(s, str))]
        scopes += [region[s] for s in scopes if s in region]
        if name not in steps:
            unknown[name] = Text("无项目事件记录", "no project_events on record").both()
            continue
        try:
            found[name], dark[name] = breaches(project, steps[name], covers, scopes, known, inputs["lead_days"])
        except NotAssessable as error:
            unknown[name] = Text("该类项目或交付方式没有声明环节顺序", str(error)).both()
    kinds = dict(zip(projects["project_id"], projects["lifecycle"], strict=True))
    silent = never_recorded(found, every, kinds, inputs["min_projects"])
    for name, breaches_of in found.items():
        lost = [b for b in breaches_of if b.days is None and (kinds[name], b.presupposed) in silent]
        dark[name] += [b.presupposed for b in lost]
        found[name] = [b for b in breaches_of if b not in lost and (b.days is None or b.days >= inputs["min_days"])]
    return found, dark, unknown


def _incomplete(stages: list[Text]) -> str:
    return Text(
        "缺少环节记录，而该环节未声明完整或此地一般不登记：" + "、".join(label.zh for label in stages),
        "steps without a row that are not declared complete (coverage) or that hardly any project here records: "
        + ", ".join(label.en for label in stages),
    ).both()


def _covering(breach: Breach, project: dict[str, Any], papers: pd.DataFrame, steps: pd.DataFrame,
              seats: dict[str, set[str]]) -> list[str]:  # fmt: skip
    """Papers that have a number, are no later than the step, and come from nobody concerned."""
    hands = set(steps.loc[steps["row_key"].isin(breach.keys), "handler_id"].dropna())
    own = {project["owner_id"]}.union(*(seats.get(hand, set()) for hand in hands))
    good = papers[
        papers["document_no"].notna() & papers["issuer"].notna() & ~papers["issuer"].isin(own)
        & (papers["day"] <= breach.on)
    ]  # fmt: skip
    return list(good["row_key"])


def _grave(breach: Breach) -> bool:
    return breach.step in GRAVE_STEPS and breach.presupposed in _GRAVE_STAGES


def _worst(found: Iterable[Breach]) -> Breach:
    return max(found, key=lambda b: (_grave(b), b.days is None, b.days or 0, b.presupposed))


def _lead(project: dict[str, Any], found: list[Breach], steps: pd.DataFrame, inputs: Inputs) -> dict[str, Any]:
    worst, life = _worst(found), LIFECYCLES[project["lifecycle"]]
    hands = steps.loc[steps["row_key"].isin([b.keys[0] for b in found]), "handler_id"].dropna()
    step, stage = life[worst.step].label, life[worst.presupposed].label
    late = 1.0 if worst.days is None else worst.days / (worst.days + 60)
    others = len(found) - 1
    days = [breach.days for breach in found if breach.days is not None]
    red = _grave(worst)
    return {
        "lead": project["project_id"],
        "subjects": [party(project["owner_id"], "unit")] * isinstance(project["owner_id"], str)
        + [party(name, "official") for name in sorted(set(hands))],
        "objects": [thing("projects", project["project_id"])],
        "kind": "rule",
        "severity": "red" if red else "yellow",
        "value": float(len(found)),
        "score": round((0.5 if red else 0.25) + 0.3 * late + 0.15 * others / (others + 2), 4),
        "p_value": None,
        "amount": None,
        "period_start": min(breach.on for breach in found),
        "period_end": max(breach.on + pd.Timedelta(days=breach.days or 0) for breach in found),
        "fence": f"{project['lifecycle']}, {project['delivery'] or 'usual delivery'}; from {inputs['min_days']} days",
        "project": project["project_id"],
        "most": max(days, default=0),
        "text_zh": f"{step.zh}在先而始终无{stage.zh}"
        if worst.days is None
        else f"{step.zh}早于{stage.zh} {worst.days} 天",
        "text_en": f"{step.en} {'without' if worst.days is None else f'{worst.days} days before'} {stage.en.lower()}",
        "others_zh": f",另有 {others} 处" if others else "",
        "others_en": f", and {others} more" if others else "",
    }


def _evidence(lead: str, project: dict[str, Any], found: list[Breach]) -> list[dict[str, str]]:
    rows = [{"lead": lead, "table": "projects", "key": project["row_key"], "role": "project"}]
    for breach in found:
        roles = ("step", "presupposed")
        rows += [
            {"lead": lead, "table": "project_events", "key": key, "role": role}
            for key, role in zip(breach.keys, roles, strict=False)
        ]
        rows += [{"lead": lead, "table": "coverage", "key": key, "role": "complete"} for key in breach.covered]
    return rows


def _example_steps(project: str, **other: str) -> str:
    """A project in order, with the days of some stages changed, or left out where empty."""
    days = {
        "initiation": "2020-01-03", "land": "2020-01-20", "planning": "2020-01-20", "survey_design": "2020-02-03",
        "tendering": "2020-02-20", "contract": "2020-03-20", "quality_supervision": "2020-04-01",
        "safety_supervision": "2020-04-01", "construction_permit": "2020-04-20", "construction_start": "2020-05-01",
    } | other  # fmt: skip
    return "".join(f"{project}-{stage},{project},{stage},{day},,\n" for stage, day in days.items() if day)


INDICATOR = Indicator(
    id="life-stage-order",
    number=46,
    title=Text("项目环节缺失或倒置", "Steps missing or reversed"),
    question=Text(
        "项目各环节是否有先后倒置，或缺少必经环节？",
        "Did a project take steps before what they presuppose, or without it?",
    ),
    summary=Text(
        "{unit}的项目{project}：{text_zh}{others_zh}。",
        "Project {project} of {unit}: {text_en}{others_en}.",
    ),
    innocent=(
        Innocent(
            "commitment",
            Text("依政策告知承诺、容缺受理，或应急先行。", "A commitment procedure or an emergency, by policy."),
            Text(
                "查找有文号、不晚于该环节、由业主与签批人所在单位以外机关签发的文件；自行出具的不算。",
                "A numbered paper no later than the step, of a body other than the owner and the signer's units, is "
                "looked for; one's own does not count.",
            ),
        ),
        Innocent(
            "overlap",
            Text("法定可并联的环节。", "Steps that may run side by side."),
            Text("只比较声明为先后的环节。", "Only stages declared to presuppose each other are compared."),
        ),
        Innocent("registry", Text("登记日期有误。", "Dates written down wrongly.")),
    ),
    next_steps=(
        Text("查政策依据和许可机关的档案。", "Look at the policy and the file of the permitting body."),
        Text("查谁决定先行、谁签批该环节。", "See who decided to go ahead and who signed the step."),
    ),
    kinds=("rule",),
    subject="project",
    needs={"projects": ("project_id", "lifecycle"), "project_events": ("project_id", "stage", "happened_on")},
    uses=("tenders", "contracts", "applications", "appointments", "coverage", "organizations"),
    params=(
        Param("min_days", 1, "days", Text("同日办理不算倒置。", "Two steps of one day are in order."), 1, 365),
        Param(
            "lead_days",
            365,
            "days",
            Text("首个环节之前须有的完整期。", "Coverage wanted before the first step."),
            0,
            3650,
        ),
        Param(
            "min_projects",
            8,
            "projects",
            Text("多数项目都没有的环节视为不登记。", "What most lack is not recorded."),
            2,
            1000,
        ),
    ),
    references=(
        Reference("潜江, 2024: 项目用地和施工手续不完善; a platform with twelve stages"),
        Reference("中华人民共和国建筑法 (2019), 第七条; 建设工程质量管理条例 (2019), 第五条、第十三条"),
    ),
    value_unit=Text("倒置或缺失的环节数", "steps out of order or missing"),
    engine="kernel",
    example=Example(
        tables={
            "organizations": "org_id,name,kind\nU,建设单位,government\nGOV,市政府,government\n",
            "projects": "project_id,name,owner_id,lifecycle,delivery\nEARLY,路,U,engineering,\nNONE,桥,U,engineering,\n"
            "FINE,校,U,engineering,\nEPC,厂,U,engineering,epc\nPROMISE,馆,U,engineering,\nGAP,园,U,engineering,\n",
            # EARLY: starts on 05-01, the permit is of 07-01: 61 days. NONE: starts without a permit, inside coverage.
            # EPC: tender before design is in order. PROMISE: the permit is 20 days late, but the government had granted
            # the procedure 9 days before. GAP: no planning row, and nothing declared complete.
            "project_events": "event_id,project_id,stage,happened_on,document_no,issued_by_id\n"
            + _example_steps("EARLY", construction_permit="2020-07-01")
            + _example_steps("NONE", construction_permit="")
            + _example_steps("FINE")
            + _example_steps("EPC", survey_design="2020-03-01")
            + _example_steps("PROMISE", construction_permit="2020-05-21")
            + "PROMISE-x,PROMISE,commitment_approval,2020-04-22,许〔2020〕7号,GOV\n"
            + _example_steps("GAP", planning=""),
            "coverage": "table,scope,period_start,period_end,is_complete\n"
            "project_events,NONE,2019-01-01,2020-12-31,true\n",
        },
        flags=frozenset({"EARLY", "NONE"}),
        leaves=frozenset({"FINE", "EPC"}),
        others={"GAP": "not_assessable", "PROMISE": "excluded"},
    ),
    compute=_compute,
)
