"""How long applications waited, those still waiting included, and which applicants have a tie to the authority."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from scipy.stats import norm

from caselens.indicators._chance import rng_of
from caselens.indicators._circle import people
from caselens.indicators._declare import Inputs
from caselens.indicators._parties import party_payments

#: Days before the first and after the last application within which money counts.
_AROUND = 730
_DRAWS = 999
#: Draws at or beyond the observed mean below which the tail is fitted instead of counted.
_FEW = 10


def waiting(inputs: Inputs) -> pd.DataFrame:
    """One row an application: ``days`` waited, ``ended`` (decided; else still open or returned), ``listed`` as urgent.

    Pending ones wait until the day of the data; returned ones until they came back. ``listed`` needs a document of a
    body that is neither the authority nor a unit of the handler, and not dated after the year of the application.
    """
    table = inputs.table("applications")
    found = table.select(
        "application_id", "row_key", "applicant_id", "authority_id", "handler_id", "submitted_on", "decided_on",
        "issued_by_id", kind=table.kind.strip().lower(), outcome=table.outcome.fill_null("").strip().lower(),
        value=table.value.cast("float64"), document=table.priority_document.fill_null(""),
    ).execute().sort_values("application_id", ignore_index=True)  # fmt: skip
    for column in ("submitted_on", "decided_on"):
        found[column] = pd.to_datetime(found[column])
    back = found["outcome"].str.contains("return|withdr|退回|退件|撤回", regex=True)
    found["ended"] = found["decided_on"].notna() & ~back
    until = found["decided_on"].fillna(pd.Timestamp(inputs.as_of))
    found["days"] = (until - found["submitted_on"]).dt.days.clip(lower=0).astype("float64")
    posts = inputs.table("appointments").select("person_id", "org_id").distinct().execute()
    seats = {person: set(units) for person, units in posts.groupby("person_id")["org_id"]}
    own = [
        issuer == authority or issuer in seats.get(handler, set())
        for issuer, authority, handler in zip(
            found["issued_by_id"], found["authority_id"], found["handler_id"], strict=True
        )
    ]
    year = pd.to_numeric(found["document"].str.extract(r"((?:19|20)\d\d)", expand=False))
    timely = year.isna() | (year <= found["submitted_on"].dt.year)
    given = (found["document"] != "") & found["issued_by_id"].notna()
    found["listed"] = given & timely & ~pd.Series(own, index=found.index)
    found["claimed"] = (found["document"] != "") & ~found["listed"]
    return found


def scores(part: pd.DataFrame) -> np.ndarray:
    """Savage scores for censored waiting times, freed from size and time: positive means sooner than the others.

    A decided application scores 1 - H(t), a censored one -H(t), with H the Nelson–Aalen estimate of its queue; of
    this the part that log(value) and the day of submission explain (least squares) is taken off. O(n log n).
    """
    order = part["days"].to_numpy().argsort(kind="stable")
    days, ended = part["days"].to_numpy()[order], part["ended"].to_numpy()[order].astype(float)
    firsts = np.searchsorted(days, days, side="left")
    lasts = np.searchsorted(days, days, side="right")
    decided = np.concatenate([[0.0], np.cumsum(ended)])
    starts = np.unique(firsts)
    ends = lasts[starts]
    steps = (decided[ends] - decided[starts]) / (len(days) - starts)
    hazard = np.cumsum(steps)[np.searchsorted(starts, firsts)]
    raw = np.empty(len(days))
    raw[order] = ended - hazard
    value = np.log(part["value"].where(part["value"] > 0))
    known = value.notna().to_numpy().astype(float)
    filled = value.fillna(value.mean() if known.any() else 0.0).to_numpy()
    time = (part["submitted_on"] - part["submitted_on"].min()).dt.days.to_numpy() / 365.25
    design = np.column_stack([np.ones(len(raw)), filled, known, time])
    return np.asarray(raw - design @ np.linalg.lstsq(design, raw, rcond=None)[0])


def sooner(values: np.ndarray, mine: np.ndarray, name: str) -> float:
    """Chance that as many applications drawn at random from the queue score as high on average as ``mine``.

    Null: who applied does not matter; 999 draws without replacement, seeded by ``name``. With fewer than ten draws at
    least as high the normal distribution with the exact mean and variance of such a draw gives the tail (floor 1e-12).
    """
    count, total = int(mine.sum()), len(values)
    seen = float(values[mine].mean())
    generator = rng_of("life-audit-queue", name)
    draws = generator.permuted(np.tile(np.arange(total), (_DRAWS, 1)), axis=1)[:, :count] if total <= 2000 else (
        generator.integers(0, total, (_DRAWS, count))
    )  # fmt: skip
    above = int((values[draws].mean(axis=1) >= seen - 1e-12).sum())
    if above >= _FEW:
        return (above + 1) / (_DRAWS + 1)
    spread = values.std(ddof=1) * np.sqrt((total - count) / (total * count))
    fitted = float(norm.sf((seen - values.mean()) / spread)) if spread > 0 else 1.0
    return max(min(fitted, (_FEW + 1) / (_DRAWS + 1)), 1e-12)


@dataclass(frozen=True, slots=True)
class Ties:
    """Why an applicant is asked about: links and payments between its side and people of the authority.

    ``links``: ``authority_id, applicant_id, official_id, rows``; ``money``: those and ``payer, payee, paid_on, yuan,
    currency, row_key, is_testimony``.
    """

    links: pd.DataFrame
    money: pd.DataFrame


def ties_of(inputs: Inputs) -> Ties:
    """Links and payments between applicants and people with a post at the authority that they apply to."""
    asked = inputs.table("applications")
    asked = asked.group_by(["applicant_id", "authority_id"]).agg(
        first=asked.submitted_on.min(), last=ibis.coalesce(asked.decided_on.max(), asked.submitted_on.max())
    )
    posts = inputs.table("appointments").select(official="person_id", unit="org_id").distinct()
    handled = inputs.table("applications").filter(lambda t: t.handler_id.notnull())
    posts = posts.union(handled.select(official="handler_id", unit="authority_id"), distinct=True)
    near = people(inputs).join(posts, [("official_id", "official")])
    control = inputs.relation("control").select("person_id", "org_id", rows="rows")
    direct = asked.join(near, [("authority_id", "unit"), ("applicant_id", "person_id")])
    through = asked.join(control, [("applicant_id", "org_id")]).join(
        near, [("authority_id", "unit"), ("person_id", "person_id")], rname="{name}_near"
    )
    links = through.select(
        "authority_id", "applicant_id", "official_id", rows=through.rows.concat(through.link_rows)
    ).union(direct.select("authority_id", "applicant_id", "official_id", rows="link_rows"))
    side = asked.select("applicant_id", "authority_id", "first", "last", party="applicant_id").union(
        asked.join(control, [("applicant_id", "org_id")]).select(
            "applicant_id", "authority_id", "first", "last", party="person_id"
        ),
        distinct=True,
    )
    money = party_payments(inputs).join(side, [("payer", "party")]).join(
        near.select("official_id", "unit", near_person="person_id", link_rows="link_rows"),
        [("authority_id", "unit"), ("payee", "near_person")],
    )  # fmt: skip
    around = ibis.interval(days=_AROUND)
    inside = (money.paid_on >= (money["first"] - around).cast("date")) & (
        money.paid_on <= (money["last"] + around).cast("date")
    )
    paid = money.filter(inside).select(
        "authority_id", "applicant_id", "official_id", "payer", "payee", "paid_on", "yuan", "currency", "row_key",
        "is_testimony", rows="link_rows",
    )  # fmt: skip
    linked, moved = links.execute(), paid.execute()
    by = ["authority_id", "applicant_id", "official_id"]
    moved = moved.drop_duplicates([*by, "row_key"]).sort_values([*by, "paid_on", "row_key"], ignore_index=True)
    return Ties(linked.sort_values(by, kind="stable", ignore_index=True), moved)
