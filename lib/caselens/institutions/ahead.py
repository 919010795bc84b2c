"""Supervision before the award: open tenders with the flags they raise, and a spot-check plan that can be redrawn."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from caselens.core.errors import NotAssessable, UsageError
from caselens.core.text import Text
from caselens.findings.leads import parsed
from caselens.institutions._read import framed, names_of, need, rows, today
from caselens.workspace import Workspace

OPEN = ("tender_id", "title", "buyer_id", "buyer", "method", "status", "budget", "published_on", "deadline_at",
        "opened_at", "act_before", "days_left", "next_step", "bidders", "flags", "titles", "weight")  # fmt: skip
_RANK = {"red": 3.0, "yellow": 2.0, "note": 1.0}


def open_tenders(workspace: Workspace, findings: pd.DataFrame, org_id: str = "") -> pd.DataFrame:
    """Tenders that are planned or open on the day of the data, with the findings that already name them.

    Args:
        workspace: with ``tenders``.
        findings: of the last screening, columns as the table ``findings``; closed ones are left out.
        org_id: one buyer, or empty for all.

    Returns:
        ``tender_id, title, buyer_id, buyer, method, status`` (``planned`` or ``open``; a tender without status counts
        as awarded, as the table says), ``budget, published_on, deadline_at, opened_at, act_before`` (the next date
        after which less can be done: publication, deadline for bids or opening, whichever is still to come; missing
        where none is), ``days_left, next_step`` (``publication``, ``deadline``, ``opening``, ``award``: nothing is
        left but the award), ``bidders`` (so far), ``flags`` (findings), ``titles`` (slugs of their indicators),
        ``weight`` (how heavy the heaviest is: severity, then score); those with flags and little time first.

    Raises:
        NotAssessable: nobody delivered tenders with a status.
    """
    need(workspace, tenders=("tender_id", "buyer_id", "status"))
    found = rows(workspace, "tenders", "tender_id", "title", "buyer_id", "method", "status", "budget", "published_on",
                 "deadline_at", "opened_at", unit=("buyer_id", org_id))  # fmt: skip
    found = found[found["status"].isin(["planned", "open"])]
    day, names = today(workspace), names_of(workspace)
    steps = [_next_step(row, day) for row in found.to_dict("records")]
    flags = flags_of(findings, "tenders")
    bidders = pd.Series(dtype="int64")
    if workspace.has("bids"):
        bidders = rows(workspace, "bids", "tender_id", "bidder_id").groupby("tender_id")["bidder_id"].nunique()
    mine = [flags.get(str(name), []) for name in found["tender_id"]]
    found = found.assign(
        buyer=found["buyer_id"].map(names), act_before=pd.to_datetime(pd.Series([on for on, _ in steps], found.index)),
        next_step=[step for _, step in steps],
        bidders=found["tender_id"].map(bidders).fillna(0).astype("int64"), flags=[len(part) for part in mine],
        titles=[sorted({slug for slug, _ in part}) for part in mine],
        weight=[max((weight for _, weight in part), default=0.0) for part in mine],
    )  # fmt: skip
    found["days_left"] = (found["act_before"].dt.normalize() - day).dt.days.astype("Int64")
    order = found.assign(_calm=found["flags"] == 0).sort_values(
        ["_calm", "act_before", "weight", "tender_id"], ascending=[True, True, False, True], ignore_index=True
    )
    return order[list(OPEN)]


def _next_step(row: Mapping[str, object], day: pd.Timestamp) -> tuple[object, str]:
    for name, column in (("publication", "published_on"), ("deadline", "deadline_at"), ("opening", "opened_at")):
        when = row[column]
        if pd.notna(when) and pd.Timestamp(str(when)) > day:
            return when, name
    return pd.NaT, "award"


def flags_of(findings: pd.DataFrame, table: str) -> dict[str, list[tuple[str, float]]]:
    """Id of an object of ``table`` -> the open findings that name it: slug and weight (severity 1 to 3, plus score)."""
    told: dict[str, list[tuple[str, float]]] = {}
    for row in findings.to_dict("records"):
        if row["status"] in ("dismissed", "cleared", "self_reported"):
            continue
        weight = _RANK.get(str(row["severity"]), 1.0) + float(row["score"])
        for item in parsed(row["objects"]):
            if item["table"] == table:
                told.setdefault(str(item["id"]), []).append((str(row["indicator"]), weight))
    return told


PLAN = ("place", "id", "name", "unit", "when", "flags", "weight", "probability", "is_certain")


@dataclass(frozen=True, slots=True)
class Plan:
    """A spot-check plan: what was drawn, and all that is needed to draw it again.

    Attributes:
        drawn: a row a drawn object: ``place`` (order of checking), ``id, name, unit, when, flags, weight, probability``
            (that this object was drawn, exactly), ``is_certain`` (its weight alone makes it certain).
        table: what was drawn from.
        population: how many there were.
        size: how many were asked for.
        seed: of the draw.
        digest: SHA-256 of ids and weights in order; the same digest, size and seed give the same plan.
    """

    drawn: pd.DataFrame
    table: str
    population: int
    size: int
    seed: int
    digest: str


_SORTS = {
    "tenders": ("tender_id", "title", "buyer_id", "awarded_on"),
    "projects": ("project_id", "name", "owner_id", ""),
    "contracts": ("contract_id", "title", "buyer_id", "signed_on"),
}


def spot_check(workspace: Workspace, findings: pd.DataFrame, *, table: str = "projects", size: int = 10, seed: int = 1,
               org_id: str = "", since: str = "", until: str = "") -> Plan:  # fmt: skip
    """Draw ``size`` projects, tenders or contracts at random without replacement, those with flags with more weight.

    Each weighs 1, plus the weights (severity and score, see :func:`flags_of`) of the findings that name it: nobody is
    safe, and nobody is chosen by hand. Probabilities of selection are exact (see :func:`inclusion`).

    Args:
        workspace: where from.
        findings: of the last screening.
        table: ``projects``, ``tenders`` or ``contracts``.
        size: how many; all where there are fewer.
        seed: of the draw; record it in the minutes before the draw.
        org_id: only of this owner or buyer.
        since, until: only awarded or signed between these days, inclusive (projects have no such day).

    Raises:
        NotAssessable: the table was not delivered, or nothing is left to draw from.
        UsageError: another table, a size below 1, or days for projects.
    """
    if table not in _SORTS:
        raise UsageError(f"table must be one of {', '.join(_SORTS)}, got {table!r}")
    if size < 1:
        raise UsageError(f"size must be at least 1, got {size}")
    key, name, owner, when = _SORTS[table]
    if (since or until) and not when:
        raise UsageError(f"{table} have no day to choose by; leave since and until empty")
    need(workspace, **{table: (key, owner)})
    columns = [column for column in (key, name, owner, when) if column]
    found = (
        rows(workspace, table, *columns, unit=(owner, org_id)).drop_duplicates(key).sort_values(key, ignore_index=True)
    )
    if since or until:
        found = found[found[when].between(pd.Timestamp(since or "1900-01-01"), pd.Timestamp(until or "2200-01-01"))]
        found = found.reset_index(drop=True)
    if found.empty:
        raise NotAssessable(Text("抽样范围内没有对象", "there is nothing to draw from").both())
    flags, names = flags_of(findings, table), names_of(workspace)
    mine = [flags.get(str(identifier), []) for identifier in found[key]]
    weights = [1.0 + sum(weight for _, weight in part) for part in mine]
    chances = inclusion(weights, size)
    places = draw(chances, seed)
    drawn = framed(
        ({"place": place, "id": found.at[at, key], "name": found.at[at, name],
          "unit": names.get(found.at[at, owner], found.at[at, owner]), "when": found.at[at, when] if when else pd.NaT,
          "flags": len(mine[at]), "weight": weights[at], "probability": chances[at],
          "is_certain": chances[at] >= 1.0} for place, at in enumerate(places, start=1)),
        PLAN,
    )  # fmt: skip
    listed = "\n".join(f"{name}\t{weight:.6f}" for name, weight in zip(found[key], weights, strict=True))
    return Plan(drawn, table, len(found), size, seed, hashlib.sha256(listed.encode()).hexdigest())


def inclusion(weights: Sequence[float], size: int) -> list[float]:
    """Probability of selection of each: ``size`` times its share of the weights, at most 1.

    What would exceed 1 is certain, and the rest is shared among the others, until none exceeds it. They add up to
    ``size``, or to the number of weights where there are fewer.

    Raises:
        UsageError: a weight that is not above nought.
    """
    if any(weight <= 0 for weight in weights):
        raise UsageError("every weight must be above nought, or its object could never be drawn")
    if size >= len(weights):
        return [1.0] * len(weights)
    chances = [0.0] * len(weights)
    certain: set[int] = set()
    while True:
        left = size - len(certain)
        total = sum(weight for at, weight in enumerate(weights) if at not in certain)
        over = {at for at, weight in enumerate(weights) if at not in certain and left * weight >= total}
        if not over:
            break
        certain |= over
    for at, weight in enumerate(weights):
        chances[at] = 1.0 if at in certain else left * weight / total
    return chances


def draw(chances: Sequence[float], seed: int) -> list[int]:
    """Places drawn by systematic sampling in random order (Madow 1949, Annals of Mathematical Statistics 20: 333-354).

    Each place is drawn with exactly its chance, none twice, and as many as the chances add up to (a whole number). The
    order of the result is random too. Only ``random.Random(seed).random()`` is used, whose values are the same in every
    version of Python.
    """
    source = random.Random(seed)
    order = sorted(range(len(chances)), key=lambda at: (source.random(), at))
    start, reached, picked = source.random(), 0.0, []
    for at in order:
        before, reached = reached, reached + chances[at]
        # A mark start + k lies in (before, reached]; chances are at most 1, so at most one does. The last sum is whole.
        crossed = round(reached - start, 9) // 1 - round(before - start, 9) // 1
        if crossed >= 1:
            picked.append(at)
    return picked


def said(plan: Plan) -> Text:
    """One sentence about the draw, for the minutes."""
    return Text(
        f"从 {plan.population} 个中抽取 {len(plan.drawn)} 个（应抽 {plan.size} 个），随机种子 {plan.seed}，"
        f"抽样框校验值 {plan.digest[:16]}；按相同的抽样框、数量和种子可重现。",
        f"{len(plan.drawn)} of {plan.population} drawn ({plan.size} asked for), seed {plan.seed}, frame "
        f"{plan.digest[:16]}; the same frame, size and seed give the same plan.",
    )
