"""What a financing costs a year, everything included, and what of its paper is lacking."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from caselens.indicators._circle import PUBLIC
from caselens.indicators._declare import Inputs
from caselens.indicators._parties import party_payments

_REPAYMENT = {
    "annuity": "annuity|等额本息",
    "equal_principal": "equal_principal|等额本金",
    "bullet": "^$|bullet|一次|到期",
}
_PRINCIPAL_MEMO = "利息|本金|还款|还本|repay|interest|principal"


def repayment_of(text: object) -> str:
    """The code of a way of repayment, also where it is written out; empty where unknown."""
    word = str(text).strip().lower() if isinstance(text, str) else ""
    return next((code for code, pattern in _REPAYMENT.items() if re.search(pattern, word)), "")


def internal_rate(rate: float, fees: float, months: int, repayment: str) -> float:
    """Internal rate of return of one yuan lent, a year (twelve times the monthly one, as rates are quoted).

    Interest is paid monthly on what is left; fees (a share of the principal, over the whole term) are spread evenly
    over the months, which favours the borrower's side of the story: paid at the start they would weigh more.

    Args:
        rate: nominal rate a year.
        fees: all fees over the term as a share of the principal.
        months: term, at least 1.
        repayment: ``bullet``, ``annuity`` or ``equal_principal``.
    """
    monthly = rate / 12
    if repayment == "annuity":
        each = monthly / (1 - (1 + monthly) ** -months) if monthly else 1 / months
        flows = np.full(months, each)
    elif repayment == "equal_principal":
        left = 1 - np.arange(months) / months
        flows = 1 / months + left * monthly
    else:
        flows = np.full(months, monthly)
        flows[-1] += 1
    flows = flows + fees / months
    times = np.arange(1, months + 1)

    def worth(at: float) -> float:
        return float((flows * (1 + at) ** -times).sum() - 1)

    return 12 * float(brentq(worth, -0.5 / 12, 10.0)) if worth(-0.5 / 12) > 0 > worth(10.0) else float("nan")


def public_borrowers(inputs: Inputs) -> set[str]:
    """State firms and public bodies; of organizations of unknown kind those with officials."""
    units = inputs.table("organizations")
    kinds = units.select("org_id", kind=units.kind.fill_null("").strip().lower()).execute()
    words = kinds["kind"].isin([*PUBLIC, "state_owned"]) | kinds["kind"].str.contains("国有|国企|state|政府|事业")
    staffed = set(inputs.table("appointments").select("org_id").distinct().execute()["org_id"])
    unknown = set(kinds.loc[kinds["kind"] == "", "org_id"]) | (staffed - set(kinds["org_id"]))
    return set(kinds.loc[words, "org_id"]) | (unknown & staffed)


_COST = ["years", "rate", "fees", "simple", "irr", "total", "rows"]


def costs(inputs: Inputs) -> pd.DataFrame:
    """Financings of public borrowers with ``years, rate, fees`` (share of the principal), ``simple, irr, total, rows``.

    ``rate`` is weighted by time where the terms of the interest changed. ``fees`` is the largest of three statements
    of the same thing: the column, the fee rates among the terms, and what the borrower paid to others than the lender
    with the financing as its reference. ``simple`` and ``irr`` are NaN where there are fees and no maturity.
    """
    table = inputs.table("financings")
    found = table.select(
        "financing_id", "row_key", "borrower_id", "lender_id", "arranger_id", "start_date", "maturity_date",
        "handler_id", "selection_method", "repayment", kind=table.kind.fill_null("").strip().lower(),
        guaranteed="is_guaranteed_by_controller", currency=table.currency.fill_null("CNY").upper(),
        principal=table.principal.cast("float64"), nominal=table.annual_rate.cast("float64"),
        stated=table.fees.cast("float64"),
    ).execute().sort_values("financing_id")  # fmt: skip
    found = found[found["borrower_id"].isin(list(public_borrowers(inputs)))].reset_index(drop=True)
    for column in ("start_date", "maturity_date"):
        found[column] = pd.to_datetime(found[column])
    terms = inputs.table("financing_terms").select(
        "financing_id", "item", "rate_before", "rate_after", "changed_on", "row_key"
    ).execute().sort_values(["changed_on", "row_key"])  # fmt: skip
    terms["changed_on"] = pd.to_datetime(terms["changed_on"])
    by_deal = dict(list(terms.groupby("financing_id")))
    others = _paid_to_others(inputs, found)
    told = pd.DataFrame([_cost(row, by_deal, others) for row in found.to_dict("records")], found.index, _COST)
    return pd.concat([found, told], axis=1)


def _paid_to_others(inputs: Inputs, found: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Financing -> the borrower's payments to others than the lender that name it."""
    money = party_payments(inputs)
    wanted = inputs.table("financings").select("financing_id", borrower="borrower_id", lender="lender_id")
    joined = money.join(wanted, [("reference_id", "financing_id"), ("payer", "borrower")])
    kept = joined.filter((joined.payee != joined.lender) & ~joined.is_testimony)
    kept = kept.filter(~kept.memo.fill_null("").lower().re_search(_PRINCIPAL_MEMO))
    rows = kept.select("reference_id", "row_key", "yuan", money=kept.currency.fill_null("CNY").upper()).execute()
    money_of = dict(zip(found["financing_id"], found["currency"], strict=True))
    rows = rows[rows["money"] == rows["reference_id"].map(money_of)].sort_values("row_key")
    return dict(list(rows.groupby("reference_id")))


def _cost(row: dict[str, Any], terms: dict[str, pd.DataFrame], others: dict[str, pd.DataFrame]) -> dict[str, Any]:
    days = (row["maturity_date"] - row["start_date"]).days if pd.notna(row["maturity_date"]) else float("nan")
    years = days / 365.25 if days and days > 0 else float("nan")
    mine = terms.get(row["financing_id"])
    rate, extra = row["nominal"], 0.0
    if mine is not None:
        interest = mine[mine["item"].str.contains("interest|利率|利息", case=False)]
        rate = _weighted(rate, row["start_date"], row["maturity_date"], interest)
        fee_rates = mine.drop(interest.index).drop_duplicates("item", keep="last")["rate_after"].sum()
        extra = float(fee_rates) * years if pd.notna(years) else 0.0
    paid = others.get(row["financing_id"])
    told = [row["stated"] / row["principal"], extra, paid["yuan"].sum() / row["principal"] if paid is not None else 0.0]
    fees = float(np.nanmax([*told, 0.0]))
    months = max(1, round(days / 30.4375)) if pd.notna(years) else 0
    code = repayment_of(row["repayment"])
    simple = rate + fees / years if fees else rate
    irr = internal_rate(rate, fees, months, code) if months and code else simple
    rows = [("financings", row["row_key"])]
    rows += [("financing_terms", key) for key in (mine["row_key"] if mine is not None else ())]
    rows += [("payments", key) for key in (paid["row_key"] if paid is not None else ())]
    return {
        "years": years, "rate": rate, "fees": fees, "simple": simple, "irr": irr, "total": simple * years, "rows": rows,
    }  # fmt: skip


def _weighted(rate: float, start: pd.Timestamp, end: pd.Timestamp, changes: pd.DataFrame) -> float:
    """Mean rate over the term, weighted by the days each applied."""
    inside = changes[changes["changed_on"] > start]
    if pd.isna(end) or inside.empty:
        return rate
    points = [start, *(min(day, end) for day in inside["changed_on"]), end]
    rates = [rate, *inside["rate_after"]]
    spans = [(after - before).days for before, after in pairwise(points)]
    return float(np.average(rates, weights=spans)) if sum(spans) else rate
