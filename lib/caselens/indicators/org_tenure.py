"""Months in one key post at one unit.

A key post has a remit, leads the unit or belongs to its leadership; a chief of a section whose title says money,
personnel, projects, approvals or audit holds one too (where no remits were delivered at all, the title of anybody
tells). Rows of one person at one unit are one tenure where the next begins at most 90 days after the last ended and
the post has the same title or shares a remit; two headships are one whatever their remits, and the same title with
another remit is rotation. Short gaps count as part of the tenure; an open end counts up to the day of the data.
Months are completed calendar months. In a unit too small to rotate, and in a specialist post outside the leadership,
shorter tenures are excluded; from ``severe_months`` on a tiny unit only weakens the lead. Length is a severity, not a
breach, unless a dated rule is set.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis
import pandas as pd

from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result

_KEY_TITLE = (
    "人事|组织|财务|会计|出纳|资金|采购|招标|招投标|审批|许可|审计|基建|工程科|工程部|项目|"
    "personnel|financ|account|payment|procure|tender|approv|permit|audit|project"
)

_SPECIALIST = Text("班子以外的专业技术岗位", "specialist post outside the leadership")
_DECIDES = Text("该岗位有职责权限，或属班子成员", "the post has a remit, or belongs to the leadership")
_BACKWARDS = Text("各任职记录均止于起始日之前", "every post ends before it begins")
_CHIEF_TITLE = "科长|处长|股长|主任|部长|所长|站长|队长|经理|负责人|chief|head|director|manager"


def _today(inputs: Inputs) -> date:
    """The day of the data; where nothing but posts was delivered, the latest day on which one began."""
    latest = inputs.table("appointments").start_date.max().execute()
    return inputs.as_of if pd.isna(latest) else max(inputs.as_of, pd.Timestamp(latest).date())


def _rows(inputs: Inputs) -> pd.DataFrame:
    """Posts of people whose rows at one unit span long enough; ``until`` is the day of the data where open."""
    posts = inputs.table("appointments")
    remit = posts.remit.fill_null("").strip()
    leads = posts.is_head.fill_null(False) | posts.is_leadership.fill_null(False)
    title = posts.post.lower()
    told = title.re_search(_KEY_TITLE)
    if inputs.has("appointments", "remit"):
        told = told & title.re_search(_CHIEF_TITLE)
    key = leads | (remit != "") | told
    until = ibis.coalesce(posts.end_date, ibis.literal(_today(inputs)))
    rows = posts.select(
        "person_id", "org_id", "post", "start_date", "end_date", "row_key", remit=remit.lower(), until=until,
        is_key=key, is_head=posts.is_head.fill_null(False), leads=leads,
    )  # fmt: skip
    rows = rows.filter(rows.until >= rows.start_date)
    spans = rows.group_by(["person_id", "org_id"]).agg(
        first=rows.start_date.min(), last=rows.until.max(), any_key=rows.is_key.any()
    )
    least = ibis.interval(days=int(inputs["yellow_months"] * 30))
    long = spans.filter(spans.any_key & (spans["last"] >= (spans["first"] + least).cast("date")))
    found = rows.semi_join(long, ["person_id", "org_id"]).execute()
    for column in ("start_date", "until"):
        found[column] = pd.to_datetime(found[column]).dt.date
    return found.sort_values(["person_id", "org_id", "start_date", "until", "row_key"])


def _same_post(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two rows at one unit are one post: headships, a shared remit, or one title where a remit is unknown."""
    remits = [{part.strip() for part in row["remit"].split(";") if part.strip()} for row in (one, other)]
    if one["is_head"] and other["is_head"]:
        return True
    if all(remits):
        return bool(remits[0] & remits[1])
    return bool(one["post"] == other["post"])


def _tenures(rows: list[dict[str, Any]], max_gap: int) -> list[list[dict[str, Any]]]:
    """Rows of one person at one unit, in order of their start, gathered into tenures."""
    titles = {row["post"] for row in rows if row["is_key"]}
    found: list[list[dict[str, Any]]] = []
    for row in rows:
        if row["post"] not in titles:
            continue
        for tenure in found:
            ended = max(part["until"] for part in tenure)
            if row["start_date"] <= ended + timedelta(days=max_gap) and _same_post(tenure[-1], row):
                tenure.append(row)
                break
        else:
            found.append([row])
    return found


def months_between(start: date, end: date) -> int:
    """Completed calendar months from ``start`` to the end of the day ``end``."""
    after = end + timedelta(days=1)
    return (after.year - start.year) * 12 + after.month - start.month - (after.day < start.day)


def _compute(inputs: Inputs) -> Result:
    rows, staff = _rows(inputs), _headcounts(inputs)
    exempt = [word for word in inputs["exempt_posts"].lower().split(";") if word.strip()]
    leads, evidence, counters = [], [], []
    excluded: dict[str, str] = {}
    for (person, unit), group in rows.groupby(["person_id", "org_id"], sort=True):
        tenures = _tenures(group.to_dict("records"), inputs["max_gap_days"])
        lengths = [months_between(t[0]["start_date"], max(part["until"] for part in t)) for t in tenures]
        if not lengths or max(lengths) < inputs["yellow_months"]:
            continue
        place = lengths.index(max(lengths))
        months, tenure = lengths[place], tenures[place]
        specialist = not any(part["leads"] for part in tenure) and any(
            word in tenure[-1]["post"].lower() for word in exempt
        )
        tiny = staff.get(str(unit), float("nan")) <= inputs["tiny_unit"]
        if specialist:
            excluded[str(person)] = _SPECIALIST.both()
            continue
        if tiny and months < inputs["severe_months"]:
            most = inputs["tiny_unit"]
            excluded[str(person)] = Text(f"单位职工不超过 {most} 人", f"the unit has at most {most} staff").both()
            continue
        lead = f"{person}|{unit}"
        leads.append(_lead(lead, tenure, months, inputs))
        evidence += [{"lead": lead, "table": "appointments", "key": r["row_key"], "role": "tenure"} for r in tenure]
        known = str(unit) in staff
        number = Text(f"职工 {staff[str(unit)]:.0f} 人", f"staff: {staff[str(unit)]:.0f}").both() if known else ""
        counters += [
            counter(lead, "specialist", False, _DECIDES.both()),
            counter(lead, "tiny_unit", tiny if known else None, number),
        ]
    hits = {lead["subjects"][0]["id"] for lead in leads}
    seen, dark = _assessable(inputs)
    excluded = {person: why for person, why in excluded.items() if person not in hits}
    return Result(
        assessed(hits, seen, dark, excluded), frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS)
    )


def _assessable(inputs: Inputs) -> tuple[set[str], dict[str, str]]:
    """Everybody with a post, and those all of whose posts end before they begin."""
    posts = inputs.table("appointments")
    usable = posts.end_date.isnull() | (posts.end_date >= posts.start_date)
    told = posts.group_by("person_id").agg(usable=usable.any()).execute()
    dark = told.loc[~told["usable"], "person_id"]
    return set(told.loc[told["usable"], "person_id"]), dict.fromkeys(dark, _BACKWARDS.both())


def _headcounts(inputs: Inputs) -> dict[str, float]:
    units = inputs.table("organizations")
    known = units.filter(units.headcount.notnull()).group_by("org_id").agg(staff=units.headcount.max().cast("float64"))
    found = known.execute()
    return dict(zip(found["org_id"], found["staff"], strict=True))


def _lead(lead: str, tenure: list[dict[str, Any]], months: int, inputs: Inputs) -> dict[str, Any]:
    until, rule_from = max(part["until"] for part in tenure), inputs["rule_from"].strip()
    breach = bool(rule_from) and until >= date.fromisoformat(rule_from) and months >= inputs["rule_months"]
    severe = months >= inputs["severe_months"]
    fence = f"yellow {inputs['yellow_months']}, red {inputs['red_months']}, severe {inputs['severe_months']} months"
    return {
        "lead": lead,
        "subjects": [party(tenure[0]["person_id"], "official"), party(tenure[0]["org_id"], "context")],
        "objects": [thing("organizations", tenure[0]["org_id"])],
        "kind": "rule",
        "severity": "red" if breach or months >= inputs["red_months"] else "yellow",
        "value": float(months),
        "score": round(months / (months + 90), 4),
        "p_value": None,
        "amount": None,
        "period_start": tenure[0]["start_date"],
        "period_end": until,
        "fence": fence + (f"; rule from {rule_from}: {inputs['rule_months']} months" if breach else ""),
        "post": tenure[-1]["post"],
        "grade_zh": ",时间特别长" if severe else "",
        "grade_en": ", an exceptionally long time" if severe else "",
    }


INDICATOR = Indicator(
    id="org-tenure",
    number=24,
    title=Text("关键岗位长期未轮岗", "Long tenure without rotation"),
    question=Text(
        "是否有人在同一单位的人、财、物、项目、审批、审计等关键岗位上任职过久而未轮岗？",
        "Has somebody held one key post (personnel, money, projects, approvals, audit) at one unit for very long?",
    ),
    summary=Text(
        "{official}在{context}任{post}，同一关键岗位已满 {value} 个月{grade_zh}。",
        "{official} has held one key post ({post}) at {context} for {value} months{grade_en}.",
    ),
    innocent=(
        Innocent(
            "specialist",
            Text("按规定可不轮岗的专业技术岗位。", "A specialist post that is exempt from rotation."),
            Text(
                "职务名称为专业技术类且不属班子成员的，予以排除。",
                "A technical title outside the leadership is excluded.",
            ),
        ),
        Innocent(
            "tiny_unit",
            Text("单位人数太少，无人可换。", "The unit is too small to rotate."),
            Text(
                "查单位在职人数；特别长的任期仅作为减弱因素。",
                "The unit's staff is looked up; for an exceptionally long tenure this only weakens the lead.",
            ),
        ),
        Innocent("approved", Text("经组织批准的延期交流。", "A postponed rotation that was approved.")),
    ),
    next_steps=(
        Text("查单位轮岗计划和执行情况。", "Compare the unit's rotation plan with what was done."),
        Text("梳理其任内经手的审批、采购和付款。", "List the approvals, purchases and payments of the tenure."),
    ),
    kinds=("rule",),
    subject="person",
    needs={"appointments": ("person_id", "org_id", "post", "start_date")},
    uses=("organizations",),
    params=(
        Param("yellow_months", 60, "months", Text("五年为一届。", "Five years are one term."), 12, 600),
        Param(
            "red_months",
            120,
            "months",
            Text(
                "同一职位满十年必须交流(《党政领导干部交流工作规定》)。",
                "Ten years in one post call for a transfer (provisions on the exchange of leading officials).",
            ),
            12,
            600,
            to_confirm=True,
        ),
        Param("severe_months", 180, "months", Text("十五年以上特别突出。", "Fifteen years stand out."), 12, 600),
        Param("max_gap_days", 90, "days", Text("短暂空档不中断任期。", "A short gap does not end a tenure."), 0, 730),
        Param(
            "tiny_unit", 10, "staff", Text("人数不多于此，难以轮岗。", "With no more staff, nobody can rotate."), 0, 100
        ),
        Param(
            "exempt_posts",
            "工程师;技师;技术员;医师;护士;教师;研究员;法医;engineer;technician;physician;nurse;teacher;researcher;specialist",
            "words",
            Text("专业技术类职务用词，以分号分隔。", "Words of technical titles, separated by semicolons."),
        ),
        Param(
            "rule_from",
            "",
            "date",
            Text(
                "设定生效日期后，超期即为违反规定。", "Once a date is set, staying too long is a breach from then on."
            ),
        ),
        Param("rule_months", 120, "months", Text("该规定的最长期限。", "The limit of that rule."), 12, 600),
    ),
    references=(
        Reference("长春, 2021: a section chief in one post for almost twenty years; 47 posts rotated afterwards"),
        Reference("曲靖, 2022: an audit chief at one bureau for almost ten years"),
        Reference("中共中央办公厅 (2006), 党政领导干部交流工作规定"),
    ),
    value_unit=Text("月数，越高任期越长", "months; higher means longer"),
    engine="kernel",
    example=Example(
        tables={
            "persons": "person_id,name\nLONG,甲\nSPLIT,乙\nROTATE,丙\nGAP,丁\nTECH,戊\nTINY,己\n",
            "organizations": "org_id,name,kind,headcount\nU,建设局,government,80\nV,文化站,public_institution,4\n",
            # LONG: 2004-03-01 to 2023-11-30 = 237 months. SPLIT: a renamed post with one remit and a gap of 30 days,
            # 2013-02-01 to 2018-03-31 = 62 months in all. ROTATE: the same title, another remit. GAP: 122 days between
            # two terms of 48 and 47 months. TECH: 120 months as an engineer. TINY: 72 months in a station of four.
            "appointments": "person_id,org_id,post,remit,is_leadership,start_date,end_date\n"
            "LONG,U,绿化科科长,approval,false,2004-03-01,2023-11-30\n"
            "SPLIT,U,审批科科长,approval,false,2013-02-01,2015-12-31\nSPLIT,U,许可科科长,approval;land,false,2016-01-30,2018-03-31\n"
            "ROTATE,U,副局长,approval,true,2013-01-01,2016-12-31\nROTATE,U,副局长,personnel,true,2017-01-01,2020-12-31\n"
            "GAP,U,财务科科长,payment,false,2010-01-01,2013-12-31\nGAP,U,财务科科长,payment,false,2014-05-03,2018-04-30\n"
            "TECH,U,检测室工程师,audit,false,2010-01-01,2019-12-31\nTINY,V,站长,payment,true,2015-01-01,2020-12-31\n",
        },
        flags=frozenset({"LONG", "SPLIT"}),
        leaves=frozenset({"ROTATE", "GAP"}),
        others={"TECH": "excluded", "TINY": "excluded"},
    ),
    compute=_compute,
)
