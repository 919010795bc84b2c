"""What winners paid to third parties soon after an award."""

from __future__ import annotations

from collections.abc import Iterable

import ibis
import ibis.expr.types as ir
import pandas as pd

from caselens.indicators._circle import PUBLIC
from caselens.indicators._declare import Inputs
from caselens.indicators._parties import party_payments
from caselens.indicators._receipts import tidy, to_yuan

#: Memos of payments that are no fee, whoever gets them; and further ones of payments to firms.
_ORDINARY = (
    "工资|薪|社保|公积金|报销|分红|股利|退款|退还|保证金|租金|房租|税|wage|salar|dividend|refund|deposit|rent|tax"
)
_TRADE = (
    "货款|材料|设备|采购|购货|工程款|进度款|运费|水费|电费|燃气|话费|保险|还款|贷款|借款|利息|加工|分包|结算|备用金|"
    "goods|material|equipment|purchase|freight|insurance|loan|interest|subcontract"
)


def names_table(names: Iterable[str]) -> ir.Table:
    """``wanted``: ids as a table to join with; a list of thousands inside an expression takes seconds to compile."""
    return ibis.memtable(pd.DataFrame({"wanted": sorted(set(names))}), schema=ibis.schema({"wanted": "string"}))


def awards(inputs: Inputs) -> ir.Table:
    """``winner, award, buyer, won_on, value, table, award_key`` of tenders, and of contracts without one."""
    tenders = inputs.table("tenders").filter(lambda t: t.status.fill_null("awarded") == "awarded")
    bids = inputs.table("bids").filter(lambda t: t.is_winner.fill_null(False))
    won = bids.select(won="tender_id", winner="bidder_id", price=bids.price.cast("float64"))
    joined = tenders.join(won, [("tender_id", "won")])
    told = joined.select(
        "winner", award="tender_id", buyer="buyer_id", value="price", table=ibis.literal("tenders"),
        award_key="row_key",
        won_on=ibis.coalesce(joined.awarded_on, joined.opened_at.cast("date"), joined.published_on),
    )  # fmt: skip
    contracts = inputs.table("contracts").filter(lambda t: t.parent_contract_id.isnull())
    contracts = contracts.anti_join(won, [("tender_id", "won")])
    units = inputs.table("organizations").filter(lambda t: t.kind.isin([*PUBLIC, "state_owned"]))
    direct = contracts.semi_join(units, [("buyer_id", "org_id")]).select(
        winner="supplier_id", award="contract_id", buyer="buyer_id", value=contracts.amount.cast("float64"),
        table=ibis.literal("contracts"), award_key="row_key", won_on="signed_on",
    ).select(*told.columns)  # fmt: skip
    every = told.union(direct)
    return every.filter(every.won_on.notnull() & (every.value > 0)).distinct(on=["winner", "award"])


def fees(inputs: Inputs) -> pd.DataFrame:
    """Payments of a winner within ``window_days`` of an award that may be fees, one row a payment and award.

    Not to public bodies, banks and state firms, nor to parties that many pay (``max_payers``), and not where the memo
    says wages, rent, refunds and the like; to firms not where it says trade either. In yuan at the rate of the day
    (``cny``; missing where there is none).
    """
    won = awards(inputs)
    units = inputs.table("organizations").select(org="org_id", kind="kind").distinct(on="org")
    paid = party_payments(inputs).semi_join(won, [("payer", "winner")])
    paid = paid.left_join(units, [("payee", "org")])
    memo = paid.memo.fill_null("").lower()
    is_firm = paid.org.notnull()
    fit = ~memo.re_search(_ORDINARY) & ~(is_firm & memo.re_search(_TRADE))
    paid = paid.filter(fit & ~paid.kind.fill_null("private").isin([*PUBLIC, "state_owned", "financial"]))
    every = party_payments(inputs)
    busy = every.group_by(hub="payee").agg(payers=every.payer.nunique())
    paid = paid.anti_join(busy.filter(busy.payers > inputs["max_payers"]), [("payee", "hub")])
    # Who is paid by one winner alone stays: kin may be paid by another.
    # Months of thirty days as part of the key: pairs of all payments and all awards of a firm would be many times more.
    first = ibis.date(1970, 1, 1)
    reach = (29 + inputs["window_days"]) // 30
    won = won.mutate(month=won.won_on.delta(first, unit="day") // 30)
    spread = ibis.union(*(won.mutate(month=won.month + later) for later in range(reach + 1)))
    paid = paid.mutate(paid_month=paid.paid_on.delta(first, unit="day") // 30)
    joined = paid.join(spread, [("payer", "winner"), ("paid_month", "month")])
    days = joined.paid_on.delta(joined.won_on, unit="day")
    near = joined.filter((days >= 0) & (days <= inputs["window_days"]))
    found = near.select(
        "payer", "payee", "paid_on", "paid_at", "yuan", "currency", "memo", "row_key", "is_testimony", "award", "buyer",
        "value", "table", "award_key", "won_on", is_firm=near.org.notnull(),
    ).execute()  # fmt: skip
    found["official_id"] = ""  # `tidy` orders by it
    return to_yuan(inputs, tidy(found)).drop(columns="official_id")


def received(inputs: Inputs, payees: set[str]) -> dict[str, float]:
    """What organizations paid each payee in all, less wages, rent, refunds and the like; currencies as they are."""
    paid = party_payments(inputs).semi_join(names_table(payees), [("payee", "wanted")])
    firms = inputs.table("organizations").select("org_id").distinct()
    paid = paid.filter(~paid.memo.fill_null("").lower().re_search(_ORDINARY)).semi_join(firms, [("payer", "org_id")])
    found = paid.group_by("payee").agg(total=paid.yuan.sum()).execute()
    return dict(zip(found["payee"], found["total"], strict=True))


def explained(inputs: Inputs, found: pd.DataFrame) -> pd.Series:
    """Why a payment is no fee: agent, contract, licence, job or holding with the payer; "" where nothing says so."""
    why = pd.Series("", index=found.index, dtype="object")
    payees = names_table(found["payee"])

    def of(table: str, column: str) -> set[str]:
        if not inputs.has(table, column):
            return set()
        rows = inputs.table(table)
        return set(rows.semi_join(payees, [(column, "wanted")]).select(column).distinct().execute()[column])

    pairs = set(zip(found["payee"], found["payer"], strict=True))
    jobs: set[tuple[str, str]] = set()
    if inputs.has("employments"):
        rows = inputs.table("employments").semi_join(payees, [("person_id", "wanted")])
        told = rows.select("person_id", "org_id").distinct().execute()
        jobs |= set(zip(told["person_id"], told["org_id"], strict=True)) & pairs
    control = inputs.relation("control").semi_join(payees, [("person_id", "wanted")]).select("person_id", "org_id")
    held = control.distinct().execute()
    jobs |= set(zip(held["person_id"], held["org_id"], strict=True)) & pairs
    own = [pair in jobs for pair in zip(found["payee"], found["payer"], strict=True)]
    why[pd.Series(own, index=found.index)] = "own"
    why[found["payee"].isin(of("contracts", "supplier_id") | of("contracts", "buyer_id"))] = "contract"
    why[found["payee"].isin(of("licences", "org_id"))] = "licence"
    why[found["payee"].isin(of("tenders", "agent_id"))] = "agent"
    return why
