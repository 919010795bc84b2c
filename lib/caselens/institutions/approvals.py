"""Who approves in a unit, how often anybody refuses, how long applicants wait, and where what was approved was lost."""

from __future__ import annotations

import pandas as pd

from caselens.core.errors import NotAssessable
from caselens.core.text import Text
from caselens.indicators._queue import waiting
from caselens.institutions._read import framed, inputs_of, names_of, need, rows
from caselens.workspace import Workspace

#: Tables in which a matter that is approved can have an amount, with its key and the column.
_AMOUNTS = (("contracts", "contract_id", "amount"), ("financings", "financing_id", "principal"),
            ("contract_changes", "change_id", "amount"))  # fmt: skip
APPROVERS = ("org_id", "unit", "person_id", "person", "decisions", "approved", "rejected", "returned", "other",
             "refusal_rate", "share", "amount", "without_amount", "first_on", "last_on")  # fmt: skip


def approvers(workspace: Workspace, org_id: str = "") -> pd.DataFrame:
    """One row an approver and unit: how many matters, how many refused, and how much money.

    Returns:
        ``org_id, unit, person_id, person, decisions`` = ``approved`` + ``rejected`` + ``returned`` + ``other`` (an
        opinion that is none of the three), ``refusal_rate`` (rejected or returned, of all), ``share`` (of the unit's
        matters that passed this hand, each matter counted once), ``amount`` (yuan of those matters, each once; CNY
        only), ``without_amount`` (matters whose amount is not on record or in another currency), ``first_on,
        last_on``; most decisions first. A rate of nought is a question only where there were many decisions
        (``org-rubber-stamp``).

    Raises:
        NotAssessable: nobody delivered approvals.
    """
    need(workspace, approvals=("object_id", "person_id", "org_id", "opinion", "decided_at"))
    signed = rows(workspace, "approvals", "object_table", "object_id", "person_id", "org_id", "opinion", "decided_at",
                  unit=("org_id", org_id))  # fmt: skip
    if signed.empty:
        return framed([], APPROVERS)
    names, amounts = names_of(workspace), _amounts(workspace)
    signed = signed.merge(amounts, on=["object_table", "object_id"], how="left")
    by, matter = ["org_id", "person_id"], ["object_table", "object_id"]
    for code, column in (("approve", "approved"), ("reject", "rejected"), ("return", "returned")):
        signed[column] = (signed["opinion"] == code).astype("int64")
    found = signed.groupby(by).agg(
        decisions=("opinion", "size"), approved=("approved", "sum"), rejected=("rejected", "sum"),
        returned=("returned", "sum"), first_on=("decided_at", "min"), last_on=("decided_at", "max"),
    )  # fmt: skip
    each = signed.drop_duplicates([*by, *matter]).groupby(by)["amount"]
    matters = signed.drop_duplicates(["org_id", *matter]).groupby("org_id").size()
    found = found.assign(amount=each.sum(), without_amount=each.size() - each.count(), own=each.size()).reset_index()
    found = found.assign(
        unit=found["org_id"].map(names).fillna(found["org_id"]),
        person=found["person_id"].map(names).fillna(found["person_id"]),
        other=found["decisions"] - found[["approved", "rejected", "returned"]].sum(axis=1),
        refusal_rate=(found["rejected"] + found["returned"]) / found["decisions"],
        share=found["own"] / found["org_id"].map(matters),
    )  # fmt: skip
    return found.sort_values(["decisions", *by], ascending=[False, True, True], ignore_index=True)[list(APPROVERS)]


def _amounts(workspace: Workspace) -> pd.DataFrame:
    parts = [pd.DataFrame({"object_table": [], "object_id": [], "amount": []}).astype(
        {"object_table": "str", "object_id": "str", "amount": "float64"})]  # fmt: skip
    for table, key, column in _AMOUNTS:
        if workspace.has(table):
            found = rows(workspace, table, key, column, "currency")
            found = found[found["currency"].fillna("CNY").str.upper() == "CNY"]
            found = found.rename(columns={key: "object_id", column: "amount"}).drop(columns="currency")
            parts.append(found.drop_duplicates("object_id").assign(object_table=table))
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


QUEUE = ("application_id", "authority_id", "authority", "applicant", "handler", "kind", "submitted_on", "decided_on",
         "days", "state", "is_listed", "overtaken")  # fmt: skip


def queue(workspace: Workspace, org_id: str = "") -> pd.DataFrame:
    """Every application with how long it waited and how many overtook it, the longest waits first.

    Returns:
        ``application_id, authority_id, authority, applicant, handler, kind, submitted_on, decided_on, days`` (to the
        decision; to the day of the data while pending), ``state`` (``decided``, ``returned``, ``pending``),
        ``is_listed`` (put first by a document of another body), ``overtaken`` (applications of the same authority and
        kind that came later and were decided earlier, listed ones left out). O(n²) within one authority and kind.

    Raises:
        NotAssessable: nobody delivered applications.
    """
    need(workspace, applications=("applicant_id", "authority_id", "submitted_on"))
    found, names = waiting(inputs_of(workspace, "life-audit-queue")), names_of(workspace)
    if org_id:
        found = found[found["authority_id"] == org_id]
    state = (
        pd.Series("pending", found.index).mask(found["decided_on"].notna(), "returned").mask(found["ended"], "decided")
    )
    found = found.assign(state=state, overtaken=0)
    for _, part in found.groupby(["authority_id", "kind"]):
        others = part[(part["state"] == "decided") & ~part["listed"]]
        came, went = others["submitted_on"].to_numpy(), others["decided_on"].to_numpy()
        until = part["decided_on"].fillna(pd.Timestamp("2200-01-01"))
        found.loc[part.index, "overtaken"] = [
            int(((came > start) & (went < end)).sum())
            for start, end in zip(part["submitted_on"].to_numpy(), until.to_numpy(), strict=True)
        ]
    people = {side: found[f"{side}_id"].map(names).fillna(found[f"{side}_id"])
              for side in ("authority", "applicant", "handler")}  # fmt: skip
    found = found.assign(**people, is_listed=found["listed"], days=found["days"].astype("int64"))
    return found.sort_values(["days", "application_id"], ascending=[False, True], ignore_index=True)[list(QUEUE)]


LOSSES = ("by", "id", "name", "financings", "lost", "principal", "loss", "loss_rate", "unknown")


def losses(workspace: Workspace, org_id: str = "") -> pd.DataFrame:
    """Losses of the unit's financings, by everybody who handled, approved or voted for them, and by the body that did.

    A loss counts in full for each who had a hand in it, so rows do not add up. Refusals and votes against do not count.

    Returns:
        ``by`` (``handler``, ``approver``, ``member``, ``panel``), ``id, name, financings`` (how many), ``lost`` (how
        many with a loss), ``principal, loss`` (yuan), ``loss_rate`` (loss over the principal of those whose loss is
        known), ``unknown`` (financings without a figure for the loss, nought included), the largest loss first.

    Raises:
        NotAssessable: no financing has a figure for its loss, nought included: that none was lost does not follow.
    """
    need(workspace, financings=("borrower_id", "principal", "loss_amount"))
    deals = rows(workspace, "financings", "financing_id", "borrower_id", "principal", "loss_amount", "handler_id",
                 "currency", unit=("borrower_id", org_id))  # fmt: skip
    deals = deals[deals["currency"].fillna("CNY").str.upper() == "CNY"]
    if deals.empty:
        return framed([], LOSSES)
    if deals["loss_amount"].isna().all():
        raise NotAssessable(
            Text("融资表中没有一笔填写损失金额", "no financing on record has a figure for its loss").both()
        )
    hands = [deals[["financing_id", "handler_id"]].rename(columns={"handler_id": "id"}).dropna().assign(by="handler")]
    if workspace.has("approvals"):
        signed = rows(workspace, "approvals", "object_id", "object_table", "person_id", "opinion")
        signed = signed[(signed["object_table"] == "financings") & (signed["opinion"] == "approve")]
        hands.append(signed.rename(columns={"object_id": "financing_id", "person_id": "id"}).assign(by="approver"))
    if workspace.has("review_votes"):
        votes = rows(workspace, "review_votes", "item_id", "org_id", "member_id", "vote").rename(
            columns={"item_id": "financing_id"})  # fmt: skip
        hands.append(votes[votes["vote"] == "for"].rename(columns={"member_id": "id"}).assign(by="member"))
        hands.append(votes.rename(columns={"org_id": "id"}).assign(by="panel"))
    every = pd.concat([part[["financing_id", "id", "by"]] for part in hands]).drop_duplicates().merge(
        deals, on="financing_id")  # fmt: skip
    names, told = names_of(workspace), []
    for (by, who), part in every.groupby(["by", "id"], sort=True):
        known = part[part["loss_amount"].notna()]
        lost, lent = float(known["loss_amount"].sum()), float(known["principal"].sum())
        told.append({
            "by": by, "id": who, "name": names.get(who, who), "financings": len(part),
            "lost": int((known["loss_amount"] > 0).sum()), "principal": float(part["principal"].sum()), "loss": lost,
            "loss_rate": lost / lent if lent else float("nan"), "unknown": len(part) - len(known),
        })  # fmt: skip
    return framed(told, LOSSES).sort_values(["loss", "by", "id"], ascending=[False, True, True], ignore_index=True)
