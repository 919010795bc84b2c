"""Loans of a city, on file or told by payments, and what came back for them."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd

from caselens.indicators._declare import Inputs
from caselens.indicators._parties import party_payments

_LOAN = "借款|贷款|放款|出借|借给|loan|lend"
_INTEREST = "利息|付息|息费|interest"
_BACK = "还款|本金|还本|归还|repay|principal"


def loans_of(inputs: Inputs) -> ir.Table:
    """All loans to firms or their owners: ``lender, borrower, began, ends, principal, rate, loan`` and the row."""
    known = inputs.table("financings").filter(lambda t: t.start_date.notnull() & (t.lender_id != t.borrower_id))
    none = ibis.null("string")
    given = known.select(
        lender="lender_id", borrower="borrower_id", began="start_date", ends="maturity_date",
        principal=known.principal.cast("float64"), rate=known.annual_rate.cast("float64"), loan="financing_id",
        loan_table=ibis.literal("financings"), loan_key="row_key",
    )  # fmt: skip
    paid = party_payments(inputs)
    memo = paid.memo.lower()
    back = paid.filter(memo.re_search(_INTEREST)).select(debtor="payer", creditor="payee").distinct()
    out = paid.filter(memo.re_search(_LOAN) & ~memo.re_search(f"{_INTEREST}|{_BACK}"))
    lent = out.group_by(lender="payer", borrower="payee").agg(
        began=out.paid_on.min(), principal=out.yuan.sum(), loan_key=out.row_key.min()
    )
    lent = lent.semi_join(back, [("lender", "creditor"), ("borrower", "debtor")])
    lent = lent.anti_join(given, ["lender", "borrower"])
    by_hand = lent.select(
        "lender", "borrower", "began", "principal", "loan_key", ends=ibis.null("date"), rate=ibis.null("float64"),
        loan=none, loan_table=ibis.literal("payments"),
    ).select(*given.columns)  # fmt: skip
    every = given.union(by_hand)
    firms = inputs.table("organizations").select(who="org_id")
    owners = inputs.relation("control").select(who="person_id")
    return every.semi_join(firms.union(owners).distinct(), [("borrower", "who")])


def moved_of(inputs: Inputs, lenders: set[str]) -> pd.DataFrame:
    """Payments between the lenders and their borrowers that name the loan or say so in the memo."""
    paid = party_payments(inputs)
    told = paid.reference_id.notnull() | paid.memo.lower().re_search(f"{_LOAN}|{_INTEREST}|{_BACK}")
    wanted = sorted(lenders)
    found = paid.filter(told & (paid.payer.isin(wanted) | paid.payee.isin(wanted))).execute()
    found["paid_on"] = pd.to_datetime(found["paid_on"])
    return found.assign(memo=found["memo"].fillna("").str.lower()).sort_values(["paid_on", "row_key"])


def judged_of(mine: pd.DataFrame, moved: pd.DataFrame) -> pd.DataFrame:
    """Loans of one lender with ``interest``, ``keys`` of payments, and ``is_reversed`` (money went the other way)."""
    rows = []
    for row in mine.to_dict("records"):
        out = moved[(moved["payer"] == row["lender"]) & (moved["payee"] == row["borrower"])]
        back = moved[(moved["payer"] == row["borrower"]) & (moved["payee"] == row["lender"])]
        began, principal = pd.Timestamp(row["began"]), row["principal"]
        first = back[back["paid_on"] <= began + pd.Timedelta(days=60)]
        own = back[(back["reference_id"] == row["loan"]) | back["memo"].str.contains(_INTEREST)]
        own = own[~own["memo"].str.contains(_BACK) & (own["yuan"] < principal / 2)]
        if len(own):
            # Several loans of one pair share their unnamed payments.
            share = max(int((mine["borrower"] == row["borrower"]).sum()), 1)
            named = own["reference_id"] == row["loan"]
            interest = float(own.loc[named, "yuan"].sum() + own.loc[own["reference_id"].isna(), "yuan"].sum() / share)
        else:
            ends = pd.Timestamp(row["ends"]) if not pd.isna(row["ends"]) else began + pd.Timedelta(days=365)
            rate = 0.0 if pd.isna(row["rate"]) else row["rate"]
            interest = principal * rate * max((ends - began).days, 1) / 365
        keys = [*out["row_key"], *own["row_key"]]
        is_reversed = out.empty and float(first["yuan"].sum()) >= principal / 2
        rows.append({**row, "interest": interest, "keys": keys, "is_reversed": is_reversed})
    return pd.DataFrame(rows)
