"""Matters above a line, who decided each by signature, and whether minutes of a collective decision are on record."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd

from caselens.indicators._declare import Inputs

_COLLECTIVE = "collective|committee|board|集体|党委|党组|班子|董事会|办公会|三重一大"
#: Departments that sign side by side: no single hand, but no collective decision either.
_JOINT = "joint|联审|会审|会签"
_HEAD = "^head$|主要领导|一把手|负责人|董事长|总经理|局长|主任|书记|principal|chief"


def _amounts(inputs: Inputs) -> ir.Table:
    """What was decided on: ``of_table, of_id, yuan, supplier, matter_key`` of every matter in yuan."""
    contracts, projects, tenders = (inputs.table(name) for name in ("contracts", "projects", "tenders"))
    financings, disposals, changes = (
        inputs.table(name) for name in ("financings", "asset_disposals", "contract_changes")
    )
    bids = inputs.table("bids").filter(lambda t: t.is_winner.fill_null(False))
    won = bids.group_by(won_tender="tender_id").agg(winner=bids.bidder_id.min())
    awarded = tenders.left_join(won, [("tender_id", "won_tender")])
    nobody = ibis.null("string")

    def part(t: ir.Table, name: str, key: str, yuan: ir.Value, supplier: ir.Value) -> ir.Table:
        t = t.filter(t.currency.isnull() | (t.currency.upper() == "CNY")) if "currency" in t.columns else t
        return t.select(
            of_table=ibis.literal(name), of_id=key, yuan=yuan.cast("float64"), supplier=supplier, matter_key="row_key"
        )

    cost = ibis.coalesce(projects.budget, projects.approved_estimate, projects.estimate)
    return ibis.union(
        part(contracts, "contracts", "contract_id", contracts.amount, contracts.supplier_id),
        part(projects, "projects", "project_id", cost, nobody),
        part(awarded, "tenders", "tender_id", ibis.coalesce(awarded.ceiling_price, awarded.budget), awarded.winner),
        part(financings, "financings", "financing_id", financings.principal, financings.arranger_id),
        part(disposals, "asset_disposals", "disposal_id", disposals.price, disposals.buyer_id),
        part(changes, "contract_changes", "change_id", changes.amount.abs(), nobody),
    )


def decisions_of(inputs: Inputs) -> pd.DataFrame:
    """One row a decision above the line: ``unit, of_table, of_id, decider, day, yuan, supplier, minutes, keys``.

    ``decider`` is empty where only collective steps were signed.
    """
    steps = inputs.table("approvals")
    steps = steps.mutate(
        collective=steps.step.lower().re_search(_COLLECTIVE), by_head=steps.step.lower().re_search(_HEAD),
        numbered=steps.document_no.fill_null("").strip() != "", joint=steps.step.lower().re_search(_JOINT),
    )  # fmt: skip
    large = _amounts(inputs).filter(lambda t: t.yuan >= inputs["threshold"])
    joined = steps.join(large, [("object_table", "of_table"), ("object_id", "of_id")])
    by = ["org_id", "object_table", "object_id"]
    since = joined.decided_at.epoch_seconds()
    joined = joined.mutate(together=joined.collective | joined.joint, turn=joined.by_head.ifelse(since, -since))
    order = ibis.window(group_by=by, order_by=["together", ibis.desc("by_head"), "turn", "row_key"])
    ranked = joined.mutate(nth=ibis.row_number().over(order))
    last = ranked.filter(ranked.nth == 0)
    last = last.select(
        *by, decider=last.together.ifelse("", last.person_id), day=last.decided_at.cast("date"), yuan="yuan",
        supplier="supplier", matter_key="matter_key", step_key="row_key",
    )  # fmt: skip
    others = steps.filter(steps.collective).join(last.select(*by, signed_by="decider"), by)
    minutes = others.group_by(by).agg(
        numbered=others.numbered.any(),
        signatures=others.person_id.nunique(where=others.person_id != others.signed_by),
    )
    # Where nobody recorded numbers, a number cannot be asked for.
    others_needed = 2 if inputs.has("approvals", "document_no") else 1
    votes = inputs.table("review_votes").group_by(voted_id="item_id").agg(voters=lambda t: t.member_id.nunique())
    told = last.left_join(minutes, by, rname="{name}_minutes").left_join(votes, [("object_id", "voted_id")])
    held = (
        (told.numbered.fill_null(False))
        | (told.signatures.fill_null(0) >= others_needed)
        | (told.voters.fill_null(0) >= 2)
    )
    found = told.select(
        unit="org_id", of_table="object_table", of_id="object_id", decider="decider", day="day", yuan="yuan",
        supplier="supplier", minutes=held, matter_key="matter_key", step_key="step_key",
    ).execute()  # fmt: skip
    found["day"] = pd.to_datetime(found["day"])
    return found.sort_values(["unit", "day", "of_table", "of_id"]).reset_index(drop=True)


def covered_by(inputs: Inputs, decisions: pd.DataFrame) -> pd.Series:
    """Key of the coverage row that declares ``approvals`` complete for each decision's unit and day, or ""."""
    coverage = inputs.table("coverage")
    rows = coverage.filter((coverage.table == "approvals") & coverage.is_complete).execute().sort_values("row_key")
    units = inputs.table("organizations")
    region = dict(
        units.filter(units.region.notnull()).select("org_id", "region").execute().itertuples(index=False, name=None)
    )
    found = pd.Series("", index=decisions.index, dtype=object)
    for row in rows.to_dict("records"):
        scope = row["scope"] if isinstance(row["scope"], str) else ""
        inside = decisions["day"].between(pd.Timestamp(row["period_start"]), pd.Timestamp(row["period_end"]))
        if scope:
            inside &= (decisions["unit"] == scope) | (decisions["unit"].map(region) == scope)
        found[inside & (found == "")] = row["row_key"]
    return found
