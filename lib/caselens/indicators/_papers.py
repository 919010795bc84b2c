"""When a project's papers were made, and what shows that work had begun."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from caselens.indicators._declare import Inputs
from caselens.indicators._parties import party_payments

#: Steps of a project that show work, in the codes of the engineering lifecycle or in words.
_WORK = (
    "^(site_entry|construction_start|supervision_log|material_delivery|construction_permit|progress_certified|"
    "progress_payment|site_management|acceptance|payment)$|进场|开工|监理日志|材料|到货|送货|照片|施工许可|进度款|计量|发票|"
    "photo|invoice|site.?entry|deliver|groundbreak"
)
_NOT_WORK = "设计|勘察|监理|咨询|造价|检测|评估|design|survey|supervis|consult|apprais"
_MEMO_WORKS = "工程款|进度款|预付款|施工款|合同款|progress payment|advance payment"
_MEMO_OTHER = "保证金|押金|退|deposit|refund|bond"


def _contracts(inputs: Inputs) -> ir.Table:
    """Contracts with ``matter`` (project, else the contract itself) and whether they are for works."""
    rows = inputs.table("contracts").filter(lambda t: t.parent_contract_id.isnull())
    words = rows.category.fill_null("") + rows.title.fill_null("")
    return rows.mutate(
        matter=ibis.coalesce(rows.project_id, rows.contract_id), is_work=~words.lower().re_search(_NOT_WORK)
    )


def papers(inputs: Inputs) -> ir.Table:
    """``matter, what (notice, award, contract), on, table, key, buyer, supplier, handler, yuan``; works if any are."""
    contracts = _contracts(inputs)
    none = ibis.null("string")
    signed = contracts.select(
        "matter", "is_work", what=ibis.literal("contract"), on="signed_on", table=ibis.literal("contracts"),
        key="row_key", buyer="buyer_id", supplier="supplier_id", handler="handler_id",
        yuan=contracts.amount.cast("float64"),
    )  # fmt: skip
    tenders = inputs.table("tenders")
    of_contract = contracts.filter(contracts.tender_id.notnull()).group_by(named="tender_id").agg(
        contract=contracts.contract_id.min()
    )  # fmt: skip
    joined = tenders.left_join(of_contract, [("tender_id", "named")])
    words = joined.category.fill_null("") + joined.title.fill_null("") + joined.lot.fill_null("")
    joined = joined.mutate(
        matter=ibis.coalesce(joined.project_id, joined.contract), is_work=~words.lower().re_search(_NOT_WORK)
    )
    joined = joined.filter(joined.matter.notnull() & (joined.status.fill_null("awarded") != "cancelled"))
    told = [
        joined.filter(joined[day].notnull()).select(
            "matter", "is_work", what=ibis.literal(what), on=day, table=ibis.literal("tenders"), key="row_key",
            buyer="buyer_id", supplier=none, handler=none, yuan=ibis.null("float64"),
        )
        for what, day in (("notice", "published_on"), ("award", "awarded_on"))
    ]  # fmt: skip
    events = inputs.table("project_events")
    steps = events.filter(events.stage.isin(["tendering", "contract", "招标", "签订合同"]))
    what = steps.stage.isin(["tendering", "招标"]).ifelse("notice", "contract")
    told.append(steps.select(
        matter="project_id", is_work=ibis.literal(True), what=what, on="happened_on",
        table=ibis.literal("project_events"), key="row_key", buyer=none, supplier=none, handler="handler_id",
        yuan=ibis.null("float64"),
    ))  # fmt: skip
    every = ibis.union(signed, *told)
    some = every.mutate(any_work=every.is_work.any().over(ibis.window(group_by="matter")))
    return some.filter(some.is_work | ~some.any_work).drop("is_work", "any_work")


def signs(inputs: Inputs) -> ir.Table:
    """``matter, begun, stage, table, key, handler`` of everything that shows work, delivery or payment."""
    none = ibis.null("string")
    events = inputs.table("project_events")
    work = events.filter(events.stage.lower().re_search(_WORK))
    contracts = _contracts(inputs).filter(ibis._.is_work)
    taken = contracts.filter(contracts.accepted_on.notnull())
    parts = [
        work.select(matter="project_id", begun="happened_on", stage="stage", table=ibis.literal("project_events"),
                    key="row_key", handler="handler_id"),
        taken.select("matter", begun="accepted_on", stage=ibis.literal("accepted"), table=ibis.literal("contracts"),
                     key="row_key", handler="handler_id"),
    ]  # fmt: skip
    if inputs.has("payments") and inputs.has("accounts"):
        parts += [paid.select("matter", begun="paid_on", stage=ibis.literal("payment"), table=ibis.literal("payments"),
                              key="row_key", handler=none) for paid in _payments(inputs, contracts)]  # fmt: skip
    return ibis.union(*parts)


def _payments(inputs: Inputs, contracts: ir.Table) -> list[ir.Table]:
    """Payments for a contract: by what they name, or by memo where they precede the first contract of the pair."""
    paid = party_payments(inputs)
    paid = paid.filter(~paid.is_testimony & ~paid.memo.fill_null("").lower().re_search(_MEMO_OTHER))
    named = paid.filter(paid.reference_id.notnull())
    by_name = []
    for reference in ("contract_id", "tender_id", "project_id"):
        of = (
            contracts.filter(contracts[reference].notnull())
            .select("matter", seller="supplier_id", named=reference)
            .distinct()
        )
        by_name.append(
            named.join(of, [("reference_id", "named"), ("payee", "seller")]).select("matter", "paid_on", "row_key")
        )
    every = inputs.table("contracts")
    first = every.group_by(buying="buyer_id", selling="supplier_id").agg(
        opens=every.signed_on.min(), first=every.contract_id.first(order_by=[every.signed_on, every.contract_id])
    )
    of_first = first.join(contracts.select("contract_id", "matter"), [("first", "contract_id")])
    blank = paid.filter(paid.reference_id.isnull() & paid.memo.lower().re_search(_MEMO_WORKS))
    before = blank.join(of_first, [("payer", "buying"), ("payee", "selling")])
    days = before.opens.delta(before.paid_on, unit="day")
    return [*by_name, before.filter((days > 0) & (days <= 365)).select("matter", "paid_on", "row_key")]
