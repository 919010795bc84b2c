"""Thresholds that hold in one place, for one unit or in one period: ``settings.toml`` may change them for each apart.

    [parameters.proc-split-60w]
    line = 600000
    [[parameters.proc-split-60w.where]]
    unit = "O00012"            # or jurisdiction = "CN-HN", or from / until, or several of them together
    from = 2018-06-01
    until = 2020-12-31
    line = 400000
    reason = "市级限额标准"

The question is put once with the thresholds of the workspace and once with those of each ``where``. A lead under the
thresholds of a ``where`` counts if a day of it lies there; one that lies there as a whole is judged by nothing else (by
the last of several). It is with a unit if the unit is one of its parties or stands in the row of one of its objects.
A ``where`` of another jurisdiction than the workspace's (or than a part of it) is not applied.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd

from caselens.core.errors import UsageError
from caselens.findings.answer import Answer
from caselens.indicators._declare import Indicator
from caselens.tables import TABLES
from caselens.workspace import Workspace

WHERE = "where"
_KEYS = {"unit": str, "jurisdiction": str, "from": date, "until": date, "reason": str}


@dataclass(frozen=True, slots=True)
class Scope:
    """One ``where``: which leads it is for, and all parameters there."""

    parameters: Mapping[str, Any]
    unit: str = ""
    since: date | None = None
    until: date | None = None

    def meets(self, days: Sequence[date]) -> bool:
        """Whether something of these first and last days lies in the period; what has no day lies in none."""
        if self.since is None and self.until is None:
            return True
        last, first = self.until or date.max, self.since or date.min
        return bool(days) and min(days) <= last and max(days) >= first

    def holds(self, days: Sequence[date]) -> bool:
        """Whether all of it does."""
        inside = all((self.since or date.min) <= day <= (self.until or date.max) for day in days)
        return self.meets(days) and inside

    def text(self) -> str:
        """As it stands in a lead's fence."""
        parts = [f"unit {self.unit}"] if self.unit else []
        parts += [f"from {self.since}"] if self.since else []
        parts += [f"until {self.until}"] if self.until else []
        return f"settings.toml, where {' '.join(parts)}"


def scopes_of(indicator: Indicator, workspace: Workspace) -> tuple[dict[str, Any], list[Scope]]:
    """The parameters of an indicator for the whole workspace, and each ``where`` that applies, in order.

    Raises:
        UsageError: an unknown key or parameter, a value of the wrong type or outside its range.
    """
    changed = dict(workspace.settings.parameters.get(indicator.id, {}))
    listed = changed.pop(WHERE, [])
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise UsageError(f"settings.toml: [[parameters.{indicator.id}.where]] must be a list of tables")
    found = []
    for item in listed:
        for key, kind in _KEYS.items():
            if key in item and not isinstance(item[key], kind):
                raise UsageError(
                    f"settings.toml: {indicator.id}, where: {key} must be a {kind.__name__}, got {item[key]!r}"
                )
        if not {"unit", "jurisdiction", "from", "until"} & set(item):
            raise UsageError(f"settings.toml: {indicator.id}, where: name a unit, a jurisdiction, from or until")
        own = {name: value for name, value in item.items() if name not in _KEYS}
        if not _applies(str(item.get("jurisdiction", "")), workspace.settings.jurisdiction):
            indicator.settings(own)
        elif {"unit", "from", "until"} & set(item):
            found.append((item, own))
        else:
            changed |= own
    return indicator.settings(changed), [
        Scope(indicator.settings(changed | own), str(item.get("unit", "")), item.get("from"), item.get("until"))
        for item, own in found
    ]


def _applies(wanted: str, here: str) -> bool:
    """``CN`` covers ``CN-HN``; a rule of ``CN-HN`` says nothing about a workspace of all of ``CN``."""
    return not wanted or here == wanted or here.startswith(f"{wanted}-")


def stitched(
    workspace: Workspace, base: Answer, scopes: Sequence[Scope], ask: Callable[[Mapping[str, Any]], Answer]
) -> Answer:
    """One answer out of the general one and those under the parameters of each scope.

    A subject is hit where a lead of it was taken; one that only a lead not taken had hit is clean.
    """
    answers = [base, *(_apart(ask(scope.parameters), number) for number, scope in enumerate(scopes, 1))]
    refused = next((answer for answer in answers if answer.reason), None)
    if refused is not None or not scopes:
        return refused or base
    taken = [_taken(workspace, answer, place, scopes) for place, answer in enumerate(answers)]
    # One about the same parties under the thresholds of a later scope says it better.
    about = [{row["lead"]: _parties(row) for row in answer.leads.to_dict("records")} for answer in answers]
    for place in range(len(answers)):
        later = {about[n][lead] for n in range(place + 1, len(answers)) for lead in taken[n]}
        taken[place] = {lead for lead in taken[place] if about[place][lead] not in later}
    leads, hits = [], set[str]()
    states = _together([answer.assessed for answer in answers])
    for answer, mine, place in zip(answers, taken, range(-1, len(scopes)), strict=True):
        named = answer.leads[answer.leads["lead"].isin(mine)]
        if place >= 0:
            named = named.assign(fence=named["fence"].map(lambda fence, n=place: f"{fence} ({scopes[n].text()})"))
        leads.append(named)
        met = {item["id"] for column in ("subjects", "objects") for items in named[column] for item in items}
        hits |= met & set(answer.assessed.loc[answer.assessed["state"] == "hit", "subject_id"])
    # The first word about a subject is the general one; "hit" counts only where its lead was taken.
    order = states.assign(is_hit=states["state"] == "hit", taken=states["subject_id"].isin(hits))
    order = order[order["is_hit"] == order["taken"]].drop_duplicates("subject_id").drop(columns=["is_hit", "taken"])
    lost = states[~states["subject_id"].isin(order["subject_id"])].drop_duplicates("subject_id")
    assessed = _together([order, lost.assign(state="clean", reason="")])
    parts = {
        name: _together(
            [getattr(a, name)[getattr(a, name)["lead"].isin(mine)] for a, mine in zip(answers, taken, strict=True)]
        )
        for name in ("evidence", "counters")
    }
    return Answer(base.indicator, base.parameters, assessed, _together(leads), **parts)


def _apart(answer: Answer, number: int) -> Answer:
    """The answer of a scope, its leads named so that they differ from those of the others."""
    parts = {name: getattr(answer, name) for name in ("leads", "evidence", "counters")}
    return replace(
        answer, **{name: part.assign(lead=part["lead"].astype(str) + f"#{number}") for name, part in parts.items()}
    )


def _parties(lead: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    return frozenset((item["id"], item["role"]) for item in lead["subjects"])


def _together(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """All rows; an empty frame has no types to give."""
    return pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)


def _taken(workspace: Workspace, answer: Answer, place: int, scopes: Sequence[Scope]) -> set[str]:
    """Leads of the answer at ``place`` (0: the general one) for which its parameters are the right ones."""
    near = [_in_unit(workspace, answer.leads, scope.unit) for scope in scopes]
    taken = set()
    for row in answer.leads.to_dict("records"):
        days = [pd.Timestamp(row[name]).date() for name in ("period_start", "period_end") if not pd.isna(row[name])]
        here = [not scope.unit or row["lead"] in mine for scope, mine in zip(scopes, near, strict=True)]
        meets = place == 0 or (here[place - 1] and scopes[place - 1].meets(days))
        if meets and not any(here[n] and scopes[n].holds(days) for n in range(place, len(scopes))):
            taken.add(str(row["lead"]))
    return taken


def _in_unit(workspace: Workspace, leads: pd.DataFrame, unit: str) -> set[str]:
    """Leads of which the unit is a party, or an object's row names it."""
    if not unit or leads.empty:
        return set()
    wanted: dict[str, set[str]] = {}
    for items in leads["objects"]:
        for item in items:
            wanted.setdefault(item["table"], set()).add(str(item["id"]))
    rows: set[tuple[str, str]] = set()
    for table, ids in wanted.items():
        columns = [column.name for column in TABLES[table].columns if "organizations" in column.references]
        given = [name for name in columns if workspace.has(table, name)]
        key = TABLES[table].key[0]
        if given and workspace.has(table, key):
            found = workspace.table(table).select(*{key, *given}).execute()
            named = found[(found[given] == unit).any(axis=1)][key].astype(str)
            rows |= {(table, name) for name in set(named) & ids}
    return {
        str(row["lead"])
        for row in leads.to_dict("records")
        if any(item["id"] == unit for item in row["subjects"])
        or any((item["table"], str(item["id"])) in rows for item in row["objects"])
    }
