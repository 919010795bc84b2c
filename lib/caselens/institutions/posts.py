"""Posts of a unit: who has held a key one for how long, and how often they change hands."""

from __future__ import annotations

import itertools
from typing import Any

import pandas as pd

from caselens.indicators.org_tenure import _tenures, months_between
from caselens.institutions._read import framed, inputs_of, names_of, need, rows, today
from caselens.workspace import Workspace

TENURE = ("org_id", "unit", "person_id", "person", "post", "remit", "since", "until", "months", "is_held", "line")
ROTATION = ("org_id", "unit", "posts", "median_months", "longest_months", "yellow", "red", "moves")


def tenures(workspace: Workspace, org_id: str = "") -> pd.DataFrame:
    """Every tenure of a key post (head, leadership, or with a remit), the longest first.

    Rows of one person at one unit are one tenure by the rule of the indicator ``org-tenure``: no gap above its
    ``max_gap_days``, and the same post or a shared remit.

    Returns:
        ``org_id, unit, person_id, person, post, remit, since, until`` (missing while held), ``months`` (completed
        calendar months, up to the day of the data while held), ``is_held``, ``line`` (``red``, ``yellow`` or empty, by
        the indicator's lines; they are severities, not breaches).

    Raises:
        NotAssessable: nobody delivered appointments.
    """
    need(workspace, appointments=("person_id", "org_id", "post", "start_date"))
    inputs, day, names = inputs_of(workspace, "org-tenure"), today(workspace), names_of(workspace)
    posts = rows(
        workspace, "appointments", "person_id", "org_id", "post", "remit", "is_head", "is_leadership", "start_date",
        "end_date", unit=("org_id", org_id),
    )  # fmt: skip
    posts["remit"] = posts["remit"].fillna("").str.strip().str.lower()
    leads = posts["is_head"].fillna(False) | posts["is_leadership"].fillna(False)
    posts = posts.assign(is_key=leads | (posts["remit"] != ""), until=posts["end_date"].fillna(day).clip(upper=day))
    posts = posts.assign(is_head=posts["is_head"].fillna(False).astype(bool))
    posts = posts[(posts["until"] >= posts["start_date"]) & posts["is_key"]]
    told: list[dict[str, Any]] = []
    ordered = posts.sort_values(["org_id", "person_id", "start_date", "until", "post"]).to_dict("records")
    for (unit, person), part in itertools.groupby(ordered, key=lambda row: (row["org_id"], row["person_id"])):
        for tenure in _tenures(list(part), inputs["max_gap_days"]):
            until = max(row["until"] for row in tenure)
            last = tenure[-1]
            held = any(pd.isna(row["end_date"]) or row["end_date"] > day for row in tenure)
            months = months_between(tenure[0]["start_date"], until)
            told.append({
                "org_id": unit, "unit": names.get(unit, unit), "person_id": person, "person": names.get(person, person),
                "post": last["post"], "remit": last["remit"], "since": tenure[0]["start_date"],
                "until": pd.NaT if held else until, "months": months, "is_held": held,
                "line": "red" if months >= inputs["red_months"] else "yellow"
                if months >= inputs["yellow_months"] else "",
            })  # fmt: skip
    found = framed(told, TENURE)
    return found.sort_values(["months", "org_id", "person_id", "since"], ascending=[False, True, True, True],
                             ignore_index=True)  # fmt: skip


def rotation(workspace: Workspace, org_id: str = "", *, months: int = 36) -> pd.DataFrame:
    """One row a unit: key posts held today, how long, and how many changed hands lately.

    Returns:
        ``org_id, unit, posts`` (held today), ``median_months, longest_months, yellow, red`` (posts from the yellow line
        on, red ones not counted twice; and from the red line on), ``moves`` (tenures that began in the last ``months``
        months), the longest first. A unit all of whose posts are vacant has no lengths.
    """
    every = tenures(workspace, org_id)
    since = today(workspace) - pd.DateOffset(months=months)
    told = []
    for unit, part in every.groupby("org_id", sort=True):
        held = part[part["is_held"].astype(bool)]
        lengths = held["months"].astype(float)
        told.append({
            "org_id": unit, "unit": part["unit"].iloc[0], "posts": len(held), "median_months": lengths.median(),
            "longest_months": lengths.max(), "yellow": int((held["line"] == "yellow").sum()),
            "red": int((held["line"] == "red").sum()), "moves": int((part["since"] > since).sum()),
        })  # fmt: skip
    return framed(told, ROTATION).sort_values(["longest_months", "org_id"], ascending=[False, True],
                                              na_position="last", ignore_index=True)  # fmt: skip
