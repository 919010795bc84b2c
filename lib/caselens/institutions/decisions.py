"""How the bodies of a unit decide: who sits on panels, how they were drawn, what the veto rule says of each item."""

from __future__ import annotations

import itertools
from typing import Any

import pandas as pd

from caselens.indicators._panels import pools_of, register_of
from caselens.indicators._votes import last_sittings, sittings
from caselens.indicators.org_veto_breach import _rules
from caselens.institutions._read import framed, inputs_of, names_of, need, rows
from caselens.relations import Tables
from caselens.workspace import Workspace

PANELS = ("org_id", "unit", "kind", "panels", "members", "seats_each", "drawn_share", "witness_share", "pool",
          "pool_ratio", "overlap", "chance_overlap", "top_member", "top_share")  # fmt: skip


def panels(workspace: Workspace, org_id: str = "") -> pd.DataFrame:
    """One row a body and kind of panel (``review`` of projects, contracts and financings; ``tender`` evaluation).

    Returns:
        ``org_id, unit, kind, panels`` (meetings or tenders), ``members`` (distinct people), ``seats_each`` (mean),
        ``drawn_share`` (seats drawn at random, of those that say how), ``witness_share`` (panels with a witness of the
        draw on record), ``pool`` (people in the register; missing where none is on record) and ``pool_ratio`` (pool
        over seats; under 3 hardly any draw is one), ``overlap`` (mean Jaccard index of successive panels),
        ``chance_overlap`` (about what even draws from the pool would give: s / (2 p - s) for s seats of p people),
        ``top_member`` and ``top_share`` (of all panels); most panels first. The exact test is ``org-committee-fixed``.

    Raises:
        NotAssessable: neither votes nor evaluations were delivered.
    """
    parts = []
    if workspace.has("review_votes"):
        votes = rows(workspace, "review_votes", "org_id", "meeting_id", "member_id", "drawn", "draw_witness_id",
                     "voted_on", unit=("org_id", org_id))  # fmt: skip
        parts.append(votes.rename(columns={"meeting_id": "panel", "member_id": "member", "voted_on": "day"}).assign(
            kind="review"))  # fmt: skip
    if workspace.has("evaluations") and workspace.has("tenders"):
        parts.append(_tender_seats(workspace, org_id))
    if not parts:
        need(workspace, review_votes=("meeting_id", "member_id"))
    seats = pd.concat(parts, ignore_index=True)
    names = names_of(workspace)
    pools = {
        str(keeper): part for keeper, part in pools_of(inputs_of(workspace, "org-committee-fixed")).groupby("keeper")
    }
    told = []
    for (unit, kind), part in seats.groupby(["org_id", "kind"], sort=True):
        register = register_of(pools, str(unit), set(part["member"]))
        size = len(set(register[1]["member"])) if register else None
        told.append({"org_id": unit, "unit": names.get(unit, unit), "kind": kind, **_panel_row(part, size, names)})
    return framed(told, PANELS).sort_values(["panels", "org_id", "kind"], ascending=[False, True, True],
                                            ignore_index=True)  # fmt: skip


def _tender_seats(workspace: Workspace, org_id: str) -> pd.DataFrame:
    columns = ("tender_id", "evaluator_id", "round", "drawn", "drawn_at", "draw_witness_id")
    marks = rows(workspace, "evaluations", *columns).drop_duplicates(["tender_id", "evaluator_id", "round"])
    marks = marks[marks["round"].fillna("original").isin(["", "original"])]
    marks = marks.drop_duplicates(["tender_id", "evaluator_id"])
    buyers = rows(workspace, "tenders", "tender_id", "buyer_id", "awarded_on", unit=("buyer_id", org_id))
    found = marks.merge(buyers, on="tender_id")
    found["day"] = found["drawn_at"].fillna(found["awarded_on"])
    named = {"buyer_id": "org_id", "tender_id": "panel", "evaluator_id": "member"}
    return found.rename(columns=named)[["org_id", "panel", "member", "drawn", "draw_witness_id", "day"]].assign(
        kind="tender"
    )


def _panel_row(part: pd.DataFrame, pool: int | None, names: dict[str, str]) -> dict[str, Any]:
    ordered = part.sort_values(["day", "panel", "member"]).groupby("panel", sort=False)
    sets = [frozenset(group["member"]) for _, group in ordered]
    seats = sum(map(len, sets)) / len(sets)
    likeness = [len(one & two) / len(one | two) for one, two in itertools.pairwise(sets)]
    frequent = part.drop_duplicates(["panel", "member"])["member"].value_counts()
    top = min(frequent.index[frequent == frequent.iloc[0]])
    how = part["drawn"].fillna("")
    witness = part["draw_witness_id"].notna().groupby(part["panel"]).any()
    return {
        "panels": len(sets), "members": part["member"].nunique(), "seats_each": seats,
        "drawn_share": float((how == "random").sum() / (how != "").sum()) if (how != "").any() else float("nan"),
        "witness_share": float(witness.mean()), "pool": pool if pool else pd.NA,
        "pool_ratio": pool / seats if pool else float("nan"),
        "overlap": sum(likeness) / len(likeness) if likeness else float("nan"),
        "chance_overlap": seats / (2 * pool - seats) if pool and pool >= seats else float("nan"),
        "top_member": names.get(str(top), top), "top_share": float(frequent.iloc[0] / len(sets)),
    }  # fmt: skip


ITEMS = ("org_id", "unit", "item_id", "item_kind", "voted_on", "amount", "cast", "vetoes", "chair_against", "abstained",
         "recused", "absent", "outcome", "fails_rule", "rule", "is_breach")  # fmt: skip


def voted_items(workspace: Workspace, org_id: str = "") -> pd.DataFrame:
    """One row a body and item, by its last vote, held against the veto rule of ``org-veto-breach``.

    Returns:
        ``org_id, unit, item_id, item_kind, voted_on, amount, cast`` (votes cast), ``vetoes`` (against, by members other
        than the chair), ``chair_against`` (an ordinary vote, no veto), ``abstained, recused, absent``, ``outcome``
        (``passed``, ``refused``, missing where the code says neither), ``fails_rule`` (too many vetoes or abstentions,
        or no quorum), ``rule`` (``in_force``: one on voting or reviews bound the body that day; ``not_on_record``:
        whether one did is not known) and ``is_breach`` (passed although the rule in force says fail); the latest first.

    Raises:
        NotAssessable: nobody delivered votes.
    """
    need(workspace, review_votes=("item_id", "member_id", "vote", "item_outcome"))
    inputs, names = inputs_of(workspace, "org-veto-breach"), names_of(workspace)
    votes = Tables(workspace).table("review_votes")
    if org_id:
        votes = votes.filter(votes.org_id == org_id)
    found = last_sittings(sittings(votes)).execute()
    since = _rules(inputs).group_by("ruled").agg(since=lambda t: t.since.min()).execute()
    found = found.merge(since.rename(columns={"ruled": "org_id"}), on="org_id", how="left")
    for column in ("voted_on", "since"):
        found[column] = pd.to_datetime(found[column])
    # Where no chair is on record, one of the votes against may be the chair's, which is no veto.
    vetoes = found["vetoes"] - (found["chairs"] == 0)
    quorum = inputs["quorum_share"] * (found["listed"] - found["recused"]) - 1e-9
    found["fails_rule"] = (
        (vetoes > inputs["max_vetoes"]) | (found["abstained"] > inputs["max_abstentions"]) | (found["cast"] < quorum)
    )
    bound = (found["since"] <= found["voted_on"]).fillna(False)
    found = found.assign(
        unit=found["org_id"].map(names), absent=found["listed"] - found["cast"] - found["recused"],
        rule=bound.map({True: "in_force", False: "not_on_record"}),
        is_breach=found["fails_rule"] & bound & (found["outcome"] == "passed"),
    )  # fmt: skip
    return found.sort_values(["voted_on", "org_id", "item_id"], ascending=[False, True, True], ignore_index=True)[
        list(ITEMS)
    ]


BODIES = ("org_id", "unit", "items", "passed", "refused", "undecided", "refusal_rate", "fails_rule", "breaches",
          "refused_amount")  # fmt: skip


def bodies(workspace: Workspace, org_id: str = "") -> pd.DataFrame:
    """One row a body: its items and how they ended.

    Returns:
        ``org_id, unit, items`` = ``passed`` + ``refused`` + ``undecided`` (no outcome on record), ``refusal_rate`` (of
        those with an outcome), ``fails_rule, breaches`` (items, see :func:`voted_items`), ``refused_amount`` (yuan kept
        from being spent); most items first.
    """
    told = []
    for unit, part in voted_items(workspace, org_id).groupby("org_id", sort=True):
        passed, refused = int((part["outcome"] == "passed").sum()), int((part["outcome"] == "refused").sum())
        told.append({
            "org_id": unit, "unit": part["unit"].iloc[0], "items": len(part), "passed": passed, "refused": refused,
            "undecided": len(part) - passed - refused,
            "refusal_rate": refused / (passed + refused) if passed + refused else float("nan"),
            "fails_rule": int(part["fails_rule"].sum()), "breaches": int(part["is_breach"].sum()),
            "refused_amount": float(part.loc[part["outcome"] == "refused", "amount"].sum()),
        })  # fmt: skip
    return framed(told, BODIES).sort_values(["items", "org_id"], ascending=[False, True], ignore_index=True)
