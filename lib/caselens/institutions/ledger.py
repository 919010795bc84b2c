"""The rectification ledger: open, overdue, reopened; the weekly dispatch and the monthly notice; risks by post."""

from __future__ import annotations

import pandas as pd

from caselens.institutions._read import framed, names_of, need, rows, today
from caselens.workspace import Workspace

LEDGER = ("problem_id", "unit_id", "unit", "category", "advice_no", "found_on", "due_on", "closed_on", "reopened_on",
          "responsible", "measure", "state", "days_over", "is_reopened", "recurs_id", "lacks_proof",
          "lacks_check")  # fmt: skip


def ledger(workspace: Workspace, org_id: str = "", *, as_of: object = None) -> pd.DataFrame:
    """One row a problem as it stood on a day, overdue ones first.

    Args:
        workspace: with ``rectifications``.
        org_id: one unit, or empty for all.
        as_of: the day; by default the day of the data. Problems found later are left out, and what was closed, checked
            or opened again later had not yet happened.

    Returns:
        ``problem_id, unit_id, unit, category, advice_no, found_on, due_on, closed_on, reopened_on, responsible,
        measure, state``: ``closed``, ``overdue`` (open after its term; the day of the term is in time), ``open``
        (within it) or ``no_term`` (open without a term); ``days_over`` (open: since the term; closed: from term to
        closing; 0 in time, missing without a term), ``is_reopened`` (opened again), ``recurs_id`` (the problem that
        came back), ``lacks_proof`` and ``lacks_check`` (closed without evidence, closed without verification).

    Raises:
        NotAssessable: nobody delivered rectifications.
    """
    need(workspace, rectifications=("problem_id", "unit_id", "found_on"))
    day, names = _day(workspace, as_of), names_of(workspace)
    found = rows(workspace, "rectifications", unit=("unit_id", org_id))
    found = found[found["found_on"] <= day].copy()
    for column in ("closed_on", "reopened_on", "verified_on"):
        found[column] = found[column].mask(found[column] > day)
    again = found["reopened_on"].notna() & ~(found["closed_on"] > found["reopened_on"])
    closed = found["closed_on"].notna() & ~again
    over = (found["closed_on"].where(closed, day) - found["due_on"]).dt.days.clip(lower=0)
    state = pd.Series("open", found.index).mask(found["due_on"].isna(), "no_term").mask(over > 0, "overdue")
    found = found.assign(
        unit=found["unit_id"].map(names), responsible=found["responsible_id"].map(names),
        state=state.mask(closed, "closed"), days_over=over.astype("Int64"), is_reopened=found["reopened_on"].notna(),
        lacks_proof=closed & (found["evidence"].fillna("").str.strip() == ""),
        lacks_check=closed & found["verified_on"].isna(),
    )  # fmt: skip
    order = found.assign(_rank=found["state"].map({"overdue": 0, "no_term": 1, "open": 2, "closed": 3})).sort_values(
        ["_rank", "days_over", "due_on", "problem_id"], ascending=[True, False, True, True], ignore_index=True
    )
    return order[list(LEDGER)]


DISPATCH = ("reason", "problem_id", "unit", "category", "responsible", "due_on", "closed_on", "days", "measure")


def weekly_dispatch(workspace: Workspace, org_id: str = "", *, as_of: object = None, ahead: int = 7) -> pd.DataFrame:
    """What the weekly dispatch (周调度) calls up, the most pressing first; a problem stands once, by its first reason.

    Returns:
        ``reason``: ``overdue``; ``reopened`` (opened again and still open within its term); ``due_soon`` (due within
        ``ahead`` days, the day itself included); ``no_term`` (open without a term); ``to_verify`` (closed, not
        verified); then ``problem_id, unit, category, responsible, due_on, closed_on, days`` (over the term, left until
        it, or since the closing; missing without a term) and ``measure``.
    """
    day, found = _day(workspace, as_of), ledger(workspace, org_id, as_of=as_of)
    left = (found["due_on"] - day).dt.days
    is_open = found["state"].isin(["open", "no_term", "overdue"])
    reason = (
        pd.Series("", found.index).mask(found["lacks_check"], "to_verify").mask(found["state"] == "no_term", "no_term")
    )
    reason = reason.mask((found["state"] == "open") & (left <= ahead), "due_soon")
    reason = reason.mask(is_open & found["is_reopened"], "reopened").mask(found["state"] == "overdue", "overdue")
    since = (day - found["closed_on"]).dt.days
    days = left.where(is_open, since).mask(reason == "overdue", found["days_over"].astype("float64"))
    found = found.assign(reason=reason, days=days.astype("Int64"))
    ranks = {"overdue": 0, "reopened": 1, "due_soon": 2, "no_term": 3, "to_verify": 4}
    picked = found[found["reason"] != ""].assign(_rank=lambda t: t["reason"].map(ranks))
    picked = picked.sort_values(["_rank", "due_on", "problem_id"], ignore_index=True)
    return picked[list(DISPATCH)]


NOTICE = ("unit_id", "unit", "carried", "found", "reopened", "closed", "open", "overdue", "closed_late", "lacks_proof",
          "closing_rate")  # fmt: skip


def monthly_notice(workspace: Workspace, org_id: str = "", *, month: str = "", as_of: object = None) -> pd.DataFrame:
    """The monthly notice (月通报), one row a unit: how its problems moved in a month.

    Args:
        workspace: with ``rectifications``.
        org_id: one unit, or empty for all.
        month: as ``2026-05``; by default the last month that was over on the day ``as_of`` (by default of the data).
        as_of: see ``month``.

    Returns:
        ``unit_id, unit, carried`` (open at its start), ``found`` and ``reopened`` (in the month), ``closed`` (in the
        month and still closed at its end; one found and closed in the month is in both), ``open`` (at its end =
        carried + found + reopened − closed), ``overdue`` (of those), ``closed_late`` (of those closed),
        ``lacks_proof`` (of those closed), ``closing_rate`` (closed over carried + found + reopened; missing where there
        were none), most overdue first. ``reopened`` counts problems that were closed at the start of the month.
    """
    start, end = _month(workspace, month, as_of)
    before = ledger(workspace, org_id, as_of=start - pd.Timedelta(days=1))
    after = ledger(workspace, org_id, as_of=end)
    was_closed = dict(zip(before["problem_id"], before["state"] == "closed", strict=True))
    had = after["problem_id"].map(was_closed).astype("boolean")
    shut = after["state"] == "closed"
    after = after.assign(
        carried=(~had).fillna(False), is_found=had.isna(),
        back=(had & (after["reopened_on"] >= start)).fillna(False),
    )  # fmt: skip
    after["moved"] = after["carried"] | after["is_found"] | after["back"]
    told = []
    for unit, part in after.groupby("unit_id", sort=True):
        done = shut[part.index] & part["moved"]
        pool = int(part["moved"].sum())
        told.append({
            "unit_id": unit, "unit": part["unit"].iloc[0], "carried": int(part["carried"].sum()),
            "found": int(part["is_found"].sum()), "reopened": int(part["back"].sum()), "closed": int(done.sum()),
            "open": int((~shut[part.index]).sum()), "overdue": int((part["state"] == "overdue").sum()),
            "closed_late": int((done & (part["days_over"].fillna(0) > 0)).sum()),
            "lacks_proof": int((done & part["lacks_proof"]).sum()),
            "closing_rate": int(done.sum()) / pool if pool else float("nan"),
        })  # fmt: skip
    return framed(told, NOTICE).sort_values(["overdue", "open", "unit_id"], ascending=[False, False, True],
                                            ignore_index=True)  # fmt: skip


RISKS = ("unit_id", "unit", "post", "category", "level", "measure", "holders", "problems", "open_problems", "state")


def risk_points(workspace: Workspace, org_id: str = "") -> pd.DataFrame:
    """Risk points with their measures by post, beside what the ledger says of the same unit and category.

    Returns:
        ``unit_id, unit, post, category, level, measure, holders`` (names of those in that post today; empty where no
        appointment bears that title), ``problems`` and ``open_problems`` (of that unit and category in the ledger),
        ``state``: ``no_measure`` (a risk without a measure), ``not_working`` (problems in spite of the measure),
        ``in_place``; and ``no_risk_point``, one row for each unit that has risk points at all and a category of
        problems with none. Where no ledger was delivered, ``problems`` is missing.

    Raises:
        NotAssessable: nobody delivered risk points.
    """
    need(workspace, risk_points=("unit_id", "category"))
    points, names = rows(workspace, "risk_points", unit=("unit_id", org_id)), names_of(workspace)
    points = points.assign(unit=points["unit_id"].map(names), measure=points["measure"].fillna("").str.strip())
    points["holders"] = _holders(workspace, points, names)
    if not workspace.has("rectifications"):
        state = pd.Series("in_place", points.index).mask(points["measure"] == "", "no_measure")
        return points.assign(problems=pd.NA, open_problems=pd.NA, state=state)[list(RISKS)]
    problems = ledger(workspace, org_id)
    problems = problems[problems["unit_id"].isin(set(points["unit_id"]))]
    sums = problems.assign(is_open=problems["state"] != "closed").groupby(["unit_id", "unit", "category"]).agg(
        problems=("problem_id", "size"), open_problems=("is_open", "sum")).reset_index()  # fmt: skip
    found = points.merge(sums.drop(columns="unit"), on=["unit_id", "category"], how="left")
    known = set(zip(points["unit_id"], points["category"], strict=True))
    alone = pd.Series(
        [pair not in known for pair in zip(sums["unit_id"], sums["category"], strict=True)], sums.index, dtype=bool
    )
    for column in ("problems", "open_problems"):
        found[column] = found[column].fillna(0).astype("int64")
    state = pd.Series("in_place", found.index).mask(found["problems"] > 0, "not_working")
    found["state"] = state.mask(found["measure"] == "", "no_measure")
    extra = sums[alone].assign(state="no_risk_point", holders=[[] for _ in range(int(alone.sum()))])
    ranks = {"no_measure": 0, "no_risk_point": 1, "not_working": 2, "in_place": 3}
    every = pd.concat([found, extra], ignore_index=True) if len(extra) else found
    return every.assign(_rank=every["state"].map(ranks)).sort_values(
        ["_rank", "unit_id", "post", "category"], ignore_index=True)[list(RISKS)]  # fmt: skip


def _holders(workspace: Workspace, points: pd.DataFrame, names: dict[str, str]) -> list[list[str]]:
    """Names of those who hold a post of that title in that unit today."""
    day = today(workspace)
    posts = rows(workspace, "appointments", "person_id", "org_id", "post", "start_date", "end_date")
    posts = posts[(posts["start_date"] <= day) & (posts["end_date"].isna() | (posts["end_date"] > day))]
    held = {pair: sorted({names.get(name, name) for name in part["person_id"]})
            for pair, part in posts.groupby(["org_id", "post"])}  # fmt: skip
    return [held.get(pair, []) for pair in zip(points["unit_id"], points["post"], strict=True)]


def _day(workspace: Workspace, as_of: object) -> pd.Timestamp:
    return today(workspace) if as_of in (None, "") else pd.Timestamp(str(as_of))


def _month(workspace: Workspace, month: str, as_of: object) -> tuple[pd.Timestamp, pd.Timestamp]:
    if month:
        period = pd.Period(month, "M")
    else:
        day = _day(workspace, as_of)
        period = day.to_period("M")
        # A month is over on its last day.
        period = period if day == period.end_time.normalize() else period - 1
    return period.start_time, period.end_time.normalize()
