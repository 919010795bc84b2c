"""Estimate, approved estimate, budget and final cost of a project: each may not exceed the one before.

The approved estimate may exceed the estimate by a margin, budget and final cost theirs by a tolerance; final cost above
budget but within the approved estimate is yellow. An adjustment of another body that covers the overrun excludes.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from caselens.core.text import BETWEEN, Text
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result

#: Each later stage with the earlier ones it is held against, nearest first: where one is missing, the next is used.
_CHAIN = (
    ("approved_estimate", ("estimate",)),
    ("budget", ("approved_estimate",)),
    ("final_cost", ("budget", "approved_estimate")),
)
#: Yuan; sums closer than this are the same sum.
_HALF_FEN = 0.005
_LABELS = {
    "estimate": Text("估算", "estimate"),
    "approved_estimate": Text("概算", "approved estimate"),
    "budget": Text("预算", "budget"),
    "final_cost": Text("决算", "final cost"),
}
_NONE = Text("未见其他机关批准的调整", "no adjustment issued by another body")
_SHORT = Text("其他机关批准的调整不足以覆盖超支", "the adjustments issued by another body do not reach the overrun")


def _overruns(projects: ir.Table, inputs: Inputs) -> ir.Table:
    """Every project and overrun: ``project_id, later, earlier, over`` (a fraction), ``amount`` (yuan), ``severity``."""
    parts = []
    for later, earliers in _CHAIN:
        earlier = ibis.coalesce(*(projects[name] for name in earliers)).cast("float64")
        name = ibis.cases(*((projects[n].notnull(), ibis.literal(n)) for n in earliers), else_=ibis.null("string"))
        value = projects[later].cast("float64")
        limit = inputs["estimate_margin"] if later == "approved_estimate" else inputs["tolerance"]
        # Rounded, so that exactly the margin is within it whatever binary fractions make of it.
        over = (value / earlier - 1).round(9)
        within = projects.approved_estimate.notnull() & (
            value <= projects.approved_estimate.cast("float64") * (1 + inputs["tolerance"]) + _HALF_FEN
        )
        red = (~within) if later == "final_cost" else over > inputs["estimate_margin"]
        parts.append(
            projects.filter((earlier > 0) & (over > limit)).select(
                project_id="project_id",
                owner_id="owner_id",
                row_key="row_key",
                later=ibis.literal(later),
                earlier=name,
                over=over,
                amount=value - earlier,
                severity=red.ifelse("red", "yellow"),
            )
        )
    return ibis.union(*parts)


def _adjusted(inputs: Inputs) -> ir.Table:
    """Projects with an adjustment approved by somebody else: numbered, and issued by a body that is not the owner."""
    events, projects = inputs.table("project_events"), inputs.table("projects")
    adjusted = events.filter(events.stage.isin(["estimate_adjustment", "design_change"]))
    joined = adjusted.join(projects, [("project_id", "project_id")], rname="{name}_of")
    posts = inputs.table("appointments").select(handler="person_id", unit="org_id").distinct()
    joined = joined.anti_join(posts, [("handler_id", "handler"), ("issued_by_id", "unit")])
    issued = joined.issued_by_id.notnull() & (joined.issued_by_id != joined.owner_id) & joined.document_no.notnull()
    approved = joined.filter(issued)
    return approved.group_by("project_id").agg(
        adjusted_amount=approved.amount.cast("float64").sum(), event_key=approved.row_key.min()
    )


def _compute(inputs: Inputs) -> Result:
    projects = inputs.table("projects").filter(lambda t: t.lifecycle == "engineering")
    over = _overruns(projects, inputs)
    worst = over.group_by(["project_id", "owner_id"]).agg(
        over=over.over.max(),
        amount=over.amount.max(),
        severity=(over.severity == "red").any().ifelse("red", "yellow"),
        steps=over.count(),
        row_key=over.row_key.min(),
        later=over.later.argmax(over.over),
        earlier=over.earlier.argmax(over.over),
    )
    told = _answered(worst, inputs)
    if told is None:
        open_cases, excused, counters = worst, None, None
    else:
        excused = told.filter(told.state == "holds").select(excused="lead", why="note")
        open_cases = worst.anti_join(excused, [("project_id", "excused")])
        counters = told.filter(told.state != "holds")
    evidence = open_cases.select(
        lead="project_id", table=ibis.literal("projects"), key="row_key", role=ibis.literal("cost_chain")
    )
    return Result(_assessed(projects, open_cases, excused), _leads(open_cases, inputs), evidence, counters)


def _answered(worst: ir.Table, inputs: Inputs) -> ir.Table | None:
    """Whether an adjustment approved by somebody else covers each overrun; ``None`` where that cannot be looked up."""
    if not inputs.has("project_events", "issued_by_id", "document_no"):
        return None
    joined = worst.left_join(_adjusted(inputs), [("project_id", "project_id")], rname="{name}_adjusted")
    holds = (joined.adjusted_amount >= joined.amount * (1 - inputs["tolerance"])).fill_null(False)
    covers = (
        ibis.literal("其他机关批准的调整:") + joined.event_key + ibis.literal(BETWEEN)
        + ibis.literal("adjustment issued by another body: ") + joined.event_key
    )  # fmt: skip
    note = ibis.cases(
        (joined.event_key.isnull(), _NONE.both()),
        (holds, covers),
        else_=_SHORT.both(),
    )
    state = holds.ifelse("holds", "does_not_hold")
    return joined.select(lead="project_id", innocent=ibis.literal("adjustment"), state=state, note=note)


def _leads(worst: ir.Table, inputs: Inputs) -> ir.Table:
    def label(column: ir.StringValue, language: str) -> ir.StringValue:
        side = {name: text.zh if language == "zh" else text.en for name, text in _LABELS.items()}
        return ibis.cases(*((column == name, ibis.literal(word)) for name, word in side.items()), else_=column)

    # A tenth over is serious already; the score nears 1 at an overrun of a half.
    size = ibis.least(worst.over / 0.5, ibis.literal(1) / 1)
    return worst.select(
        lead="project_id",
        subjects=ibis.array([ibis.struct({"id": worst.owner_id, "role": ibis.literal("unit")})]),
        objects=ibis.array([ibis.struct({"table": ibis.literal("projects"), "id": worst.project_id})]),
        kind=ibis.literal("rule"),
        severity="severity",
        value="over",
        score=(worst.severity == "red").ifelse(6, 3) / 10 + size * 4 / 10,
        p_value=ibis.null("float64"),
        amount="amount",
        period_start=ibis.null("date"),
        period_end=ibis.null("date"),
        fence=ibis.literal(f"estimate +{inputs['estimate_margin']:.0%}; others +{inputs['tolerance']:.1%}"),
        project="project_id",
        over_text=(worst.over * 100).round(1).cast("string") + "%",
        later_zh=label(worst.later, "zh"),
        earlier_zh=label(worst.earlier, "zh"),
        later_en=label(worst.later, "en"),
        earlier_en=label(worst.earlier, "en"),
    )


def _assessed(projects: ir.Table, worst: ir.Table, excused: ir.Table | None) -> ir.Table:
    joined = projects.left_join(worst.select(hit="project_id"), [("project_id", "hit")])
    if excused is not None:
        joined = joined.left_join(excused, [("project_id", "excused")])
    why = joined.why if excused is not None else ibis.null("string")
    missing, missing_zh = ibis.literal(""), ibis.literal("")
    for name, label in _LABELS.items():
        missing = missing + joined[name].isnull().ifelse(f" {name}", "")
        missing_zh = missing_zh + joined[name].isnull().ifelse(f" {label.zh}", "")
    state = ibis.cases(
        (joined.hit.notnull(), "hit"), (why.notnull(), "excluded"), (missing == "", "clean"), else_="not_assessable"
    )
    lacks = ibis.literal("缺") + missing_zh + ibis.literal(f"{BETWEEN}lacks") + missing
    reason = ibis.cases((state == "excluded", why), (state == "not_assessable", lacks), else_="")
    return joined.select(subject_id="project_id", state=state, reason=reason)


INDICATOR = Indicator(
    id="life-cost-chain",
    number=44,
    title=Text("造价逐级超支", "Cost chain exceeded"),
    question=Text(
        "项目概算是否超估算、预算是否超概算、决算是否超预算？",
        "Does a project's approved estimate exceed the estimate, its budget the approved estimate, its final cost the "
        "budget?",
    ),
    summary=Text(
        "{unit}的项目{project}：{later_zh}超{earlier_zh} {over_text}。",
        "Project {project} of {unit}: {later_en} exceeds {earlier_en} by {over_text}.",
    ),
    innocent=(
        Innocent(
            "adjustment",
            Text("经其他机关批准的概算调整。", "An adjustment approved by another body."),
            Text(
                "查找有文号、由业主以外机关签发的调整；业主自批不算。",
                "An adjustment with a number, issued by a body other than the owner, is looked for; the owner's own "
                "approval does not count.",
            ),
        ),
        Innocent("price", Text("合同约定的材料调价。", "A price clause of the contract.")),
        Innocent("scope", Text("经批准增加的建设内容。", "A scope that was enlarged with approval.")),
    ),
    next_steps=(
        Text("逐项核对超支部分的批准文件。", "Check the approval of each overrun."),
        Text("查变更签证的提出人与批准人。", "Look who proposed and who approved the changes."),
    ),
    kinds=("rule",),
    subject="project",
    needs={"projects": ("owner_id", "lifecycle", "estimate", "approved_estimate", "budget", "final_cost")},
    uses=("project_events", "appointments"),
    params=(
        Param("tolerance", 0.005, "fraction", Text("计价尾差。", "Odd sums of pricing."), 0, 0.2),
        Param(
            "estimate_margin",
            0.10,
            "fraction",
            Text(
                "概算超估算百分之十须重新报批。", "An approved estimate more than a tenth above the estimate goes back."
            ),
            0,
            1,
            to_confirm=True,
        ),
    ),
    references=(
        Reference("潜江, 2024: 造价超估算、预算超概算、决算超预算"),
        Reference("株洲, 2024: total investment fell from 6.24亿 to 2.9亿; such a chain is clean"),
        Reference("OCP (2024), Red Flags in Public Procurement: R059, R068"),
    ),
    value_unit=Text("最大超出比例", "largest overrun, as a fraction"),
    engine="expression",
    example=Example(
        tables={
            "organizations": "org_id,name,kind\nU,建设单位,government\n",
            # OVER: 115 / 100 - 1 = 15 % above the budget, and above the approved estimate of 105: red.
            # SCHOOL: 6.24亿 estimated, 2.9亿 final: clean. GAP: no budget on record. EDGE: within 0.5 %.
            "projects": "project_id,name,owner_id,lifecycle,estimate,approved_estimate,budget,final_cost\n"
            "OVER,道路,U,engineering,110,105,100,115\n"
            "SCHOOL,学校,U,engineering,624000000,600000000,429000000,290000000\n"
            "EDGE,桥梁,U,engineering,100,105,105.5,106\nGAP,公园,U,engineering,100,98,,97\n",
        },
        flags=frozenset({"OVER"}),
        leaves=frozenset({"SCHOOL", "EDGE"}),
        others={"GAP": "not_assessable"},
    ),
    compute=_compute,
)
