"""Cases of one unit: who was investigated there, how closely in time, and what those people had in common."""

from __future__ import annotations

import pandas as pd

from caselens.institutions._read import framed, names_of, need, rows
from caselens.relations import Tables
from caselens.workspace import Workspace

#: A post counts for a record filed up to a year after it ended: people are seldom in post when the case is filed.
_AFTER = pd.Timedelta(days=365)


def case_records(workspace: Workspace, org_id: str = "", *, days: int = 365) -> pd.DataFrame:
    """One row a person and unit on record for discipline, the earliest record of each.

    Args:
        workspace: with ``discipline_records``.
        org_id: one unit, or empty for all.
        days: length of the window that ``in_window`` counts.

    Returns:
        ``org_id, unit, person_id, person, post, is_leadership, filed_on, kind, gap_days`` (since the record before in
        the same unit; missing for the first) and ``in_window`` (people of the unit on record in the ``days`` days that
        end on this day, this one included), in order of unit and day. ``post`` is one held on that day or up to a year
        before, missing where none is on record.

    Raises:
        NotAssessable: nobody delivered discipline records.
    """
    need(workspace, discipline_records=("person_id", "org_id", "filed_on"))
    records = rows(workspace, "discipline_records", "person_id", "org_id", "filed_on", "kind", unit=("org_id", org_id))
    records = records.sort_values(["org_id", "filed_on", "person_id"]).drop_duplicates(["org_id", "person_id"])
    records = records.merge(_posts(workspace, records), on=["org_id", "person_id"], how="left")
    names = names_of(workspace)
    by_unit = records.groupby("org_id")["filed_on"]
    records["gap_days"] = by_unit.diff().dt.days.astype("Int64")
    counts = pd.Series(0, records.index, dtype="int64")
    for _, filed in by_unit:
        since = filed - pd.Timedelta(days=days - 1)
        counts.loc[filed.index] = [
            int(filed.between(start, end).sum()) for start, end in zip(since, filed, strict=True)
        ]
    return records.assign(
        unit=records["org_id"].map(names), person=records["person_id"].map(names), in_window=counts
    ).loc[:, ["org_id", "unit", "person_id", "person", "post", "is_leadership", "filed_on", "kind", "gap_days",
              "in_window"]].reset_index(drop=True)  # fmt: skip


def _posts(workspace: Workspace, records: pd.DataFrame) -> pd.DataFrame:
    """The post of each person at the unit when the record was filed; a leading one before others, then the latest."""
    posts = rows(
        workspace, "appointments", "person_id", "org_id", "post", "is_head", "is_leadership", "start_date", "end_date"
    )
    joined = posts.merge(records[["org_id", "person_id", "filed_on"]], on=["org_id", "person_id"])
    held = (joined["start_date"] <= joined["filed_on"]) & (
        joined["end_date"].isna() | (joined["end_date"] + _AFTER >= joined["filed_on"])
    )
    leads = joined["is_head"].fillna(False) | joined["is_leadership"].fillna(False)
    joined = joined.assign(is_leadership=leads)[held].sort_values(
        ["is_leadership", "start_date", "post"], ascending=[False, False, True]
    )
    first = joined.drop_duplicates(["org_id", "person_id"])
    return first[["org_id", "person_id", "post", "is_leadership"]]


CLUSTER = ("org_id", "unit", "people", "leaders", "densest", "window_start", "window_end", "median_gap_days",
           "headcount", "per_thousand")  # fmt: skip


def case_clusters(workspace: Workspace, org_id: str = "", *, days: int = 365) -> pd.DataFrame:
    """One row a unit with people on record: how many, and how many within ``days``.

    Returns:
        ``org_id, unit, people, leaders`` (in the unit's leadership then), ``densest`` (most people within ``days``),
        ``window_start, window_end`` (first and last day of that window's records; the earliest such window),
        ``median_gap_days`` (missing for one person), ``headcount`` and ``per_thousand`` (people per 1,000 staff,
        missing where the staff is not on record); densest first. Whether a cluster is more than chance is the
        indicator's question (``org-case-cluster``), not this table's.
    """
    records = case_records(workspace, org_id, days=days)
    # Several source rows can be one organization after resolution.
    staff = rows(workspace, "organizations", "org_id", "headcount").groupby("org_id")["headcount"].max()
    told = []
    for unit, part in records.groupby("org_id", sort=True):
        place = part["in_window"].idxmax()
        end = part.loc[place, "filed_on"]
        inside = part["filed_on"].between(end - pd.Timedelta(days=days - 1), end)
        size = staff.get(unit)
        known = pd.notna(size) and size > 0
        told.append({
            "org_id": unit, "unit": part["unit"].iloc[0], "people": len(part),
            "leaders": int(part["is_leadership"].fillna(False).astype(bool).sum()),
            "densest": int(part.loc[place, "in_window"]), "window_start": part.loc[inside, "filed_on"].min(),
            "window_end": end, "median_gap_days": part["gap_days"].dropna().astype(float).median(),
            "headcount": int(size) if known else pd.NA,
            "per_thousand": 1000 * len(part) / size if known else float("nan"),
        })  # fmt: skip
    return framed(told, CLUSTER).sort_values(["densest", "people", "org_id"], ascending=[False, False, True],
                                             ignore_index=True)  # fmt: skip


COMMON = ("org_id", "unit", "party_id", "party", "people", "matters", "first_on", "last_on", "who")


def common_suppliers(workspace: Workspace, org_id: str = "", *, least: int = 2) -> pd.DataFrame:
    """Parties on whose matters at least ``least`` of the unit's people on record acted (handled, approved or voted).

    Returns:
        ``org_id, unit, party_id, party, people`` (how many of those on record), ``matters`` (distinct ones),
        ``first_on, last_on``, ``who`` (their names); most people first. The unit itself, which owns its projects, is
        left out.
    """
    acts = _acts_of_those_on_record(workspace, org_id)
    return _common(workspace, acts[acts["party_id"] != acts["org_id"]], least)


def common_approvers(workspace: Workspace, org_id: str = "", *, least: int = 2) -> pd.DataFrame:
    """Other officials who acted on the same matters as at least ``least`` of the unit's people on record.

    Returns:
        columns as of :func:`common_suppliers`; ``party_id`` is the other official.
    """
    acts = _acts_of_those_on_record(workspace, org_id)
    matter = ["matter_table", "matter_id"]
    table = Tables(workspace).relation("acts")
    others = table.filter(table.matter_id.isin(sorted(set(acts["matter_id"])) or [""]))
    found = others.select(*matter, other="official_id").distinct().execute().merge(acts, on=matter)
    own = acts[["org_id", "official_id"]].drop_duplicates().rename(columns={"official_id": "other"}).assign(is_own=True)
    found = found.merge(own, on=["org_id", "other"], how="left")
    found = found[found["is_own"].isna()].drop(columns=["party_id", "is_own"])
    return _common(workspace, found.rename(columns={"other": "party_id"}), least)


def _acts_of_those_on_record(workspace: Workspace, org_id: str) -> pd.DataFrame:
    """Acts of everybody on record, with the unit they are on record in."""
    mine = case_records(workspace, org_id)[["org_id", "person_id"]].rename(columns={"person_id": "official_id"})
    acts = Tables(workspace).relation("acts")
    acts = acts.filter(acts.official_id.isin(sorted(set(mine["official_id"])) or [""]))
    found = acts.select("official_id", "party_id", "happened_on", "matter_table", "matter_id").distinct().execute()
    return found.assign(happened_on=pd.to_datetime(found["happened_on"])).merge(mine, on="official_id")


def _common(workspace: Workspace, acts: pd.DataFrame, least: int) -> pd.DataFrame:
    names = names_of(workspace)
    told = []
    for (unit, party), part in acts.groupby(["org_id", "party_id"], sort=True):
        people = sorted(set(part["official_id"]))
        if len(people) >= least:
            told.append({
                "org_id": unit, "unit": names.get(unit, unit), "party_id": party, "party": names.get(party, party),
                "people": len(people), "matters": len(part[["matter_table", "matter_id"]].drop_duplicates()),
                "first_on": part["happened_on"].min(), "last_on": part["happened_on"].max(),
                "who": [names.get(name, name) for name in people],
            })  # fmt: skip
    found = framed(told, COMMON)
    order = ["people", "matters", "org_id", "party_id"]
    return found.sort_values(order, ascending=[False, False, True, True], ignore_index=True)
