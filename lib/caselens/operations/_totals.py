"""What the index says of each case, for all cases at once."""

from __future__ import annotations

import pandas as pd

from caselens.api import Desk
from caselens.entities import resolved
from caselens.indicators._declare import UNACCUSED
from caselens.relations import relation

_COUNTED = ("leads", "red", "yellow", "new", "changed", "gone")


def totals(desk: Desk) -> pd.DataFrame:
    """One row a case: ``case_id, title, unit, leads, red, yellow, new, changed, gone, amount``.

    The same figures as ``desk.case(name).findings()`` gives one by one. The tables are read once, whatever the number
    of cases: the work grows with findings and with parties of cases, not with their product. Several findings may
    speak of the same money, so ``amount`` is the largest of one, not a sum; NaN where there is none.
    """
    cases = desk.cases()[["case_id", "title"]]
    units = _units(desk)
    cases = cases.assign(unit=[units.get(name, "") for name in cases["case_id"]])
    findings = desk.findings()[["finding_id", "severity", "change", "amount", "subjects"]]
    whole = not desk.workspace.has("cases")
    pairs = findings.assign(case_id=cases["case_id"].iloc[0]) if whole else _of_cases(desk, findings)
    counted = (
        pairs.assign(
            leads=1,
            red=pairs["severity"] == "red",
            yellow=pairs["severity"] == "yellow",
            **{change: pairs["change"] == change for change in ("new", "changed", "gone")},
            amount=pairs["amount"].astype("float64"),
        )
        .groupby("case_id")
        .agg(**{name: (name, "sum") for name in _COUNTED}, amount=("amount", "max"))
    )
    every = cases.merge(counted, left_on="case_id", right_index=True, how="left")
    return every.assign(**{name: every[name].fillna(0).astype(int) for name in _COUNTED})


def _units(desk: Desk) -> dict[str, str]:
    """Case -> name of the unit it is kept under; a case without one is left out."""
    if not desk.workspace.has("cases", "unit_id"):
        return {}
    cases, units = desk.workspace.table("cases"), desk.workspace.table("organizations")
    named = cases.inner_join(units, [("unit_id", "org_id")]).select("case_id", "name").execute()
    return dict(zip(named["case_id"], named["name"], strict=True))


def _of_cases(desk: Desk, findings: pd.DataFrame) -> pd.DataFrame:
    """A row a finding and case of whose circle (subjects, who is linked to an official among them) it accuses one."""
    if not desk.workspace.has("case_subjects"):
        return findings.iloc[:0].assign(case_id="")
    subjects = resolved(desk.workspace, "case_subjects").select("case_id", "entity_id").distinct().execute()
    links = relation(desk.workspace, "links")
    linked = (
        links.filter(links.official_id.isin(sorted(set(subjects["entity_id"]))))
        .select("official_id", "party_id")
        .distinct()
        .execute()
    )
    of_officials = subjects.merge(linked, left_on="entity_id", right_on="official_id")[["case_id", "party_id"]]
    circle = pd.concat([subjects.set_axis(["case_id", "party_id"], axis=1), of_officials]).drop_duplicates()
    accused = [
        (row.finding_id, named["id"])
        for row in findings[["finding_id", "subjects"]].itertuples()
        for named in row.subjects
        if named["role"] not in UNACCUSED
    ]
    touched = pd.DataFrame(accused, columns=["finding_id", "party_id"]).merge(circle, on="party_id")
    return touched[["finding_id", "case_id"]].drop_duplicates().merge(findings, on="finding_id")
