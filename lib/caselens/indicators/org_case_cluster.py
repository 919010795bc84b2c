"""Several people of one unit investigated within a short time.

Leadership (who led or belonged to the leadership when filed, or in the year before) and other staff are judged
separately. Counted are discipline records and the cases opened on a unit: each person investigated in one (a case that
names none is one more, unless a record of the unit lies within 60 days of it); what was found unfounded is left out.
Under the null the cases of a unit are negative binomial with the rate of all other units of the city per head and year
(0.5 added to their cases; its spread is the uncertainty of that rate), or Poisson with ``base_rate`` where the city has
fewer than ``min_units`` units of known size, and fall on any day of the period with equal chance. The p-value counts
every window of twelve months in the period and both levels; a lead also counts every unit of the scan. Most units have
no two cases, so most p-values are 1: the family is conservative. Whatever p: three of one leadership in 24 months, or
four of one unit in twelve, is a note. Shown with and without a campaign: people filed within ``campaign_days`` of one
another then count as one case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from caselens.core.errors import NotAssessable
from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._chance import rng_of, smallest_of, surprise
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._scan import largest_window, merged, scan_p

_YEAR = 365
#: A case that names nobody is the matter of a record this near.
_SAME_MATTER_DAYS = 60


@dataclass(frozen=True, slots=True)
class _City:
    """What one unit is compared with: people and cases of each level, and the length of the period in days."""

    size: dict[str, dict[str, float]]
    cases: dict[str, dict[str, int]]
    days: int

    def p_value(self, unit: str, level: str, count: int, inputs: Inputs) -> float:
        """Chance of ``count`` cases of this level within twelve months somewhere in the period."""
        size = self.size[level].get(unit, 0.0)
        if count < inputs["min_cases"] or size <= 0:
            return 1.0
        years, shape = self.days / 365.25, None
        mean = size * years * inputs["base_rate"]
        if len(self.size[level]) >= inputs["min_units"]:
            others = sum(people for name, people in self.size[level].items() if name != unit) * years
            shape = sum(found for name, found in self.cases[level].items() if name != unit) + 0.5
            mean = shape * size * years / others
        return scan_p(count, _YEAR / self.days, mean, shape, rng_of("org-case-cluster", unit, level))


def _filed(inputs: Inputs) -> ir.Table:
    """``person_id, org_id, filed_on, table, row_key`` of records, and of the persons whom cases on a unit are about."""
    columns = ("person_id", "org_id", "filed_on", "table", "row_key")
    records = inputs.table("discipline_records").mutate(table=ibis.literal("discipline_records")).select(*columns)
    cases = inputs.table("cases").filter(lambda t: t.unit_id.notnull() & (t.status.fill_null("") != "closed_unfounded"))
    subjects, persons = inputs.table("case_subjects"), inputs.table("persons").select(known="person_id")
    about = subjects.filter(subjects.role == "subject").semi_join(persons, [("entity_id", "known")])
    about = about.select(of_case="case_id", person_id="entity_id").distinct()
    named = cases.join(about, [("case_id", "of_case")])
    silent = cases.anti_join(about, [("case_id", "of_case")])
    near = silent.join(records.select("org_id", "filed_on"), [("unit_id", "org_id")])
    near = near.filter(near.opened_on.delta(near.filed_on, unit="day").abs() <= _SAME_MATTER_DAYS)
    alone = silent.anti_join(near, ["case_id"]).mutate(person_id=ibis._.case_id)
    parts = [
        rows.select("person_id", org_id="unit_id", filed_on="opened_on", table=ibis.literal("cases"), row_key="row_key")
        for rows in (named, alone)
    ]
    return ibis.union(records, *(part.select(*columns) for part in parts))


def _records(inputs: Inputs) -> pd.DataFrame:
    """First record of each person at each unit: ``unit, person, day, table, row_key, level, post_key``."""
    records, posts = _filed(inputs), inputs.table("appointments")
    leading = posts.filter(posts.is_head.fill_null(False) | posts.is_leadership.fill_null(False))
    joined = records.left_join(
        leading.select(
            leader="person_id", led="org_id", since="start_date", until=leading.end_date, post_key="row_key"
        ),
        [("person_id", "leader"), ("org_id", "led")],
    )
    left = (joined.until + ibis.interval(days=_YEAR)).cast("date")
    led = (joined.since <= joined.filed_on) & (joined.until.isnull() | (left >= joined.filed_on))
    found = joined.select(
        unit="org_id",
        person="person_id",
        filed="filed_on",
        table="table",
        row_key="row_key",
        led=led.fill_null(False),
        post_key="post_key",
    ).execute()
    found["post_key"] = found["post_key"].astype(object).where(found["led"], "")
    found["day"] = (pd.to_datetime(found["filed"]) - pd.Timestamp(0)).dt.days
    found["level"] = np.where(found["led"], "leadership", "staff")
    # Of several rows of one person and unit the earliest counts, as a leader if any of them was one.
    found = found.sort_values(
        ["unit", "person", "day", "led", "table", "row_key", "post_key"],
        ascending=[True, True, True, False, False, True, True],
    )
    return found.drop_duplicates(["unit", "person"]).sort_values(["unit", "day", "person"]).reset_index(drop=True)


def _city(inputs: Inputs, records: pd.DataFrame) -> tuple[_City, set[str]]:
    """People and cases of every unit with a known number of staff, and all units that are asked about."""
    first, last = int(records["day"].min()), int(records["day"].max())
    last = max(last, (pd.Timestamp(inputs.as_of) - pd.Timestamp(0)).days)
    days = max(last - first + 1, _YEAR)
    posts, units = inputs.table("appointments"), inputs.table("organizations")
    begin, end = (ibis.literal((pd.Timestamp(0) + pd.Timedelta(days=day)).date()) for day in (first, last))
    held = ibis.least(ibis.coalesce(posts.end_date, end), end).delta(ibis.greatest(posts.start_date, begin), unit="day")
    leading = posts.is_head.fill_null(False) | posts.is_leadership.fill_null(False)
    held_days = leading.ifelse(ibis.greatest(held + 1, 0), 0)
    public = posts.mutate(held_days=held_days).group_by("org_id").agg(leader_days=lambda t: t.held_days.sum()).execute()
    leaders = {unit: float(total) / days for unit, total in zip(public["org_id"], public["leader_days"], strict=True)}
    known = units.filter(units.headcount > 0).group_by("org_id").agg(staff=lambda t: t.headcount.max().cast("float64"))
    staff = known.execute().set_index("org_id")["staff"].to_dict()
    asked = set(leaders) | set(records["unit"])
    size: dict[str, dict[str, float]] = {
        "leadership": {unit: number for unit, number in leaders.items() if number > 0},
        "staff": {unit: max(staff[unit] - leaders.get(unit, 0.0), 0.0) for unit in asked if unit in staff},
    }
    cases: dict[str, dict[str, int]] = {
        level: {u: int(n) for u, n in part.groupby("unit").size().items() if u in size[str(level)]}
        for level, part in records.groupby("level")
    }
    return _City(size, {level: cases.get(level, {}) for level in size}, days), asked


def _judge(city: _City, unit: str, group: pd.DataFrame, inputs: Inputs, merge: int = -1) -> tuple[float, bool]:
    """p-value of the unit over both levels, and whether the counts alone are worth a note."""
    parts = {level: group.loc[group["level"] == level, "day"].to_numpy() for level in ("leadership", "staff")}
    parts["all"] = group["day"].to_numpy()
    if merge >= 0:
        parts = {level: merged(days, merge) for level, days in parts.items()}
    p_values = [
        city.p_value(unit, level, largest_window(parts[level], _YEAR)[0], inputs)
        for level in ("leadership", "staff")
        if city.size[level].get(unit, 0.0) > 0
    ]
    led = largest_window(parts["leadership"], 2 * _YEAR)[0] >= inputs["note_leaders"]
    return smallest_of(np.array(p_values)), led or largest_window(parts["all"], _YEAR)[0] >= inputs["note_cases"]


def _compute(inputs: Inputs) -> Result:
    records = _records(inputs)
    if records.empty:
        raise NotAssessable("lacks discipline_records, cases.unit_id")
    city, asked = _city(inputs, records)
    measured = {unit for unit in asked if any(city.size[level].get(unit, 0.0) > 0 for level in city.size)}
    leads, evidence, counters, p_of = [], [], [], dict.fromkeys(measured, 1.0)
    for name, group in records.groupby("unit", sort=True):
        unit = str(name)
        p_value, noted = _judge(city, unit, group, inputs)
        if unit in measured:
            p_of[unit] = p_value
        unlikely = -np.expm1(len(measured) * np.log1p(-min(p_value, 1 - 1e-15))) <= inputs["max_p"]
        if not (unlikely or noted):
            continue
        leads.append(_lead(unit, group, p_value, bool(unlikely), noted, len(measured)))
        evidence += _evidence(unit, group, inputs)
        counters += _counters(city, unit, group, bool(unlikely), len(measured), inputs)
    hits = {lead["lead"] for lead in leads}
    reason = Text("该单位职工人数与班子成员均无记录", "neither staff nor leadership of the unit is on record").both()
    told = assessed(hits, measured, dict.fromkeys(asked - measured, reason))
    told["p_value"] = told["subject_id"].map(p_of)
    return Result(told, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _lead(unit: str, group: pd.DataFrame, p_value: float, unlikely: bool, noted: bool, units: int) -> dict[str, Any]:
    days = group["day"].to_numpy()
    in_year, place = largest_window(days, _YEAR)
    in_two, place_two = largest_window(days, 2 * _YEAR)
    shown = (
        group.iloc[place : place + in_year] if unlikely and in_year >= 2 else group.iloc[place_two : place_two + in_two]
    )
    led = int((shown["level"] == "leadership").sum())
    return {
        "lead": unit,
        "subjects": [
            party(unit, "unit"),
            *(party(name, "context") for name in sorted(set(shown["person"]) - set(shown["row_key"]))),
        ],
        "objects": [thing("organizations", unit)],
        "kind": "statistical" if unlikely else "rule",
        "severity": "note" if not unlikely else "red" if noted else "yellow",
        "value": float(in_year),
        "score": round(surprise(p_value) if unlikely else 0.2 + 0.1 * surprise(p_value), 4),
        "p_value": p_value if unlikely else None,
        "amount": None,
        "period_start": shown["filed"].iloc[0],
        "period_end": shown["filed"].iloc[-1],
        "fence": f"p {p_value:.2g}, windows counted; {units} units in the scan",
        "cases": float(len(shown)),
        "led": float(led),
    }


def _evidence(unit: str, group: pd.DataFrame, inputs: Inputs) -> list[dict[str, str]]:
    rows = [(table, key, "case") for table, key in zip(group["table"], group["row_key"], strict=True)]
    rows += [("appointments", key, "leadership") for key in group["post_key"] if key]
    units = inputs.table("organizations")
    rows += [("organizations", key, "staff") for key in units.filter(units.org_id == unit).row_key.execute()]
    return [{"lead": unit, "table": table, "key": key, "role": role} for table, key, role in rows]


def _counters(
    city: _City, unit: str, group: pd.DataFrame, unlikely: bool, units: int, inputs: Inputs
) -> list[dict[str, str]]:
    p_value, noted = _judge(city, unit, group, inputs, inputs["campaign_days"])
    still = noted or -np.expm1(units * np.log1p(-min(p_value, 1 - 1e-15))) <= inputs["max_p"]
    once = Text(f"同批立案合并计算后 p = {p_value:.2g}", f"cases filed together counted once: p {p_value:.2g}")
    per_head = Text("已按人数与其他单位比较", "compared with the rate of the other units per head")
    return [
        counter(unit, "campaign", not still, once.both()),
        counter(unit, "large_unit", not unlikely, per_head.both()),
    ]


INDICATOR = Indicator(
    id="org-case-cluster",
    number=25,
    title=Text("一单位短期多人被查", "Several cases in one unit"),
    question=Text(
        "同一单位是否在短时间内有异常多的人被立案审查？",
        "Were unusually many people of one unit investigated within a short time?",
    ),
    summary=Text(
        "{unit}短期内 {cases} 人被立案审查，其中班子成员 {led} 人。",
        "{cases} people of {unit} were investigated within a short time, {led} of them in its leadership.",
    ),
    innocent=(
        Innocent(
            "campaign",
            Text("一案带出多人或专项行动集中立案。", "One lead exposed many, or a campaign filed them together."),
            Text(
                "把相近日期立案的合并为一件后重新计算。",
                "Cases filed close together count as one, and p is computed again.",
            ),
        ),
        Innocent(
            "large_unit",
            Text("单位人数众多。", "The unit is large."),
            Text("按人数与全市其他单位的立案率比较。", "Compared with the rate of the city's other units per head."),
        ),
    ),
    next_steps=(
        Text("查这些人共同的供应商和项目。", "Look for suppliers and projects that these people had in common."),
        Text("查共同的审批人和制度漏洞。", "Look for a common approver, and for what the rules left open."),
    ),
    kinds=("statistical", "rule"),
    subject="organization",
    needs={"organizations": ("org_id",)},
    uses=("discipline_records", "cases", "case_subjects", "persons", "appointments"),
    params=(
        Param(
            "base_rate",
            0.002,
            "cases per head and year",
            Text("单位太少时的默认立案率。", "Where the city has too few units."),
            0.0001,
            0.1,
        ),
        Param(
            "min_units", 20, "units", Text("少于此则用默认立案率。", "With fewer, the default rate is used."), 2, 10_000
        ),
        Param("min_cases", 2, "cases", Text("一人不成集中。", "One case is no cluster."), 2, 100),
        Param(
            "max_p",
            0.05,
            "probability",
            Text("计入全部窗口和单位之后。", "After all windows and units were counted."),
            0.0001,
            0.5,
        ),
        Param(
            "note_leaders",
            3,
            "people",
            Text("两年内班子成员三人即须关注。", "Three of one leadership in 24 months, whatever p."),
            2,
            100,
        ),
        Param(
            "note_cases",
            4,
            "people",
            Text("一年内四人即须关注。", "Four of one unit in 12 months, whatever p."),
            2,
            100,
        ),
        Param(
            "campaign_days",
            30,
            "days",
            Text("相隔不超过此视为同批立案。", "Filed no further apart: one batch."),
            0,
            365,
        ),
    ),
    references=(
        Reference("长春, 2021: three deputy directors and a section chief of one zone within a year"),
        Reference("Naus (1965), The distribution of the size of the maximum cluster of points on a line"),
        Reference("Kulldorff (1997), A spatial scan statistic", "https://doi.org/10.1080/03610929708831995"),
    ),
    value_unit=Text("十二个月内立案人数，越多越集中", "people within twelve months; higher means denser"),
    engine="kernel",
    example=Example(
        tables={
            "organizations": "org_id,name,kind,headcount\nZONE,开发区,government,150\nCITY,医院,hospital,4000\n"
            "CALM,学校,school,90\n"
            "DARK,某站,public_institution,\n",
            # ZONE: 4 people within 200 days. Rate 2 per mille (fewer than 20 units): one window alone would give
            # P(X >= 4 | 0.3) = 2.7e-4. CITY: 2 cases of 4,000 staff, expected 8 a year. DARK: one case, staff unknown.
            "discipline_records": "record_id,person_id,org_id,filed_on\nr1,A,ZONE,2020-02-01\nr2,B,ZONE,2020-04-01\n"
            "r3,C,ZONE,2020-07-01\nr4,D,ZONE,2020-08-19\nr5,E,CITY,2018-01-05\nr6,F,CITY,2020-01-05\nr7,G,DARK,2021-01-05\n"
            "r8,H,CALM,2019-05-05\n",
            "persons": "person_id,name\nA,甲\nB,乙\nC,丙\nD,丁\nE,戊\nF,己\nG,庚\nH,辛\n",
        },
        flags=frozenset({"ZONE"}),
        leaves=frozenset({"CITY", "CALM"}),
        others={"DARK": "not_assessable"},
    ),
    compute=_compute,
)
