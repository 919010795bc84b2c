"""Costs of projects from estimate to final account, and what was saved against which base."""

from __future__ import annotations

import pandas as pd

from caselens.institutions._read import framed, names_of, need, rows
from caselens.workspace import Workspace

#: The chain of sums, in order; each later one should not exceed the one before.
SUMS = ("estimate", "approved_estimate", "budget", "ceiling", "award", "final_cost")
CHAIN = ("project_id", "name", "owner_id", "owner", "lifecycle", *SUMS, "lacks")


def cost_chain(workspace: Workspace, org_id: str = "") -> pd.DataFrame:
    """One row a project: every sum of its chain in yuan, missing where it is not on record.

    Returns:
        ``project_id, name, owner_id, owner, lifecycle, estimate, approved_estimate, budget, ceiling`` (of all its
        tenders with a contract; missing unless each has one), ``award`` (its contracts that are no subcontracts, CNY),
        ``final_cost``, ``lacks`` (names of the sums that are missing); the dearest first.

    Raises:
        NotAssessable: nobody delivered projects.
    """
    need(workspace, projects=("project_id", "owner_id"))
    found = rows(workspace, "projects", "project_id", "name", "owner_id", "lifecycle", "estimate", "approved_estimate",
                 "budget", "final_cost", unit=("owner_id", org_id))  # fmt: skip
    found = found.merge(_awards(workspace), on="project_id", how="left")
    found["owner"] = found["owner_id"].map(names_of(workspace))
    found["lacks"] = [[name for name in SUMS if pd.isna(row[name])] for row in found[list(SUMS)].to_dict("records")]
    size = found[list(SUMS)].max(axis=1)
    return found.assign(_size=size).sort_values(["_size", "project_id"], ascending=[False, True], na_position="last",
                                                ignore_index=True)[list(CHAIN)]  # fmt: skip


def _awards(workspace: Workspace) -> pd.DataFrame:
    """Ceilings and contract sums of each project."""
    empty = pd.DataFrame({"project_id": pd.Series(dtype="str"), "ceiling": pd.Series(dtype="float64"),
                          "award": pd.Series(dtype="float64")})  # fmt: skip
    if not workspace.has("contracts", "project_id"):
        return empty
    signed = rows(workspace, "contracts", "contract_id", "tender_id", "project_id", "parent_contract_id", "amount",
                  "currency")  # fmt: skip
    yuan = signed["currency"].fillna("CNY").str.upper() == "CNY"
    signed = signed[signed["parent_contract_id"].isna() & signed["project_id"].notna() & yuan]
    if signed.empty:
        return empty
    tenders = rows(workspace, "tenders", "tender_id", "ceiling_price").drop_duplicates("tender_id")
    signed = signed.merge(tenders, on="tender_id", how="left")
    # Two contracts of one tender share its ceiling.
    limits = signed.drop_duplicates(["project_id", "tender_id"]).groupby("project_id")["ceiling_price"]
    return pd.DataFrame({
        "ceiling": limits.sum(min_count=1).where(limits.count() == limits.size()),
        "award": signed.groupby("project_id")["amount"].sum(),
    }).reset_index()  # fmt: skip


#: What a saving is taken from and what it is the difference to. A rate means nothing without its base. The contracts on
#: record need not be all of a project, so their sum is held against their own ceilings only, never against a budget.
BASES = (("ceiling", "award"), ("estimate", "approved_estimate"), ("approved_estimate", "budget"),
         ("budget", "final_cost"), ("estimate", "final_cost"))  # fmt: skip
SAVING = ("base", "against", "projects", "left_out", "base_sum", "against_sum", "saved", "rate", "over")


def saving(workspace: Workspace, org_id: str = "") -> pd.DataFrame:
    """The saving rate over all projects, once for each base.

    Returns:
        No row where there is no project, else ``base, against`` (columns of the chain), ``projects`` (those with both
        sums), ``left_out`` (those without), ``base_sum, against_sum, saved`` (yuan over those projects; negative where
        more was spent), ``rate`` (saved over base_sum; missing where there is no base), ``over`` (projects where the
        later sum is the larger).

    Raises:
        NotAssessable: nobody delivered projects.
    """
    chain, told = cost_chain(workspace, org_id), []
    for base, against in BASES if len(chain) else ():
        both = chain[chain[base].notna() & chain[against].notna()]
        before, after = float(both[base].sum()), float(both[against].sum())
        told.append({
            "base": base, "against": against, "projects": len(both), "left_out": len(chain) - len(both),
            "base_sum": before, "against_sum": after, "saved": before - after,
            "rate": (before - after) / before if before else float("nan"),
            "over": int((both[against] > both[base] + 0.005).sum()),
        })  # fmt: skip
    return framed(told, SAVING)
