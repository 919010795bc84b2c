"""What a change of terms saved, which payments could be a fee for it, and whether one equals the other in some unit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from caselens.indicators._circle import missing
from caselens.indicators._declare import Inputs
from caselens.indicators._parties import party_payments
from caselens.indicators._service import fee_contracts

#: What a printed "point" can have meant, and a principal printed in 万 or 亿: name -> factor on the plain saving.
RATE_UNITS = {"%": 1.0, "‰": 0.1, "bp": 0.01}
SUM_UNITS = {"元": 1.0, "万元": 1e4, "亿元": 1e8}
#: The sums as they stand.
PLAIN = "元 %"
_FEE_MEMO = (
    r"服务费|顾问费|咨询费|居间费|监管费|中介费|手续费|佣金|融资费|"
    r"service fee|advisory|consult|commission|arrang|brokerage"
)
#: A contract that is about a financing by its own words.
_FINANCE = r"金融服务|融资|居间|监管|财务顾问|financ|brokerage"
#: Fees of financings spread over at least this many powers of ten, so one unit alone is met that much less by accident.
DECADES = 3.0


class Saving(NamedTuple):
    """What one reduction saves over ``years`` (the whole term or what is left of it), in the financing's currency."""

    change_key: str
    changed_on: date
    years: float
    points: float
    amount: float
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """A payment, or all payments to one payee, that could be the fee; ``tied`` where it names the financing."""

    payee: str
    amount: float
    first_on: date
    keys: tuple[str, ...]
    payments: tuple[str, ...]
    tied: bool
    is_testimony: bool


@dataclass(frozen=True, slots=True)
class Match:
    """The candidate that equals a saving in some unit, with the chance that some would by accident."""

    candidate: Candidate
    saving: Saving
    unit: str
    error: float
    p_value: float


def reductions(inputs: Inputs) -> pd.DataFrame:
    """Reductions of a rate with their financing, one row each; ``rate_before`` or ``maturity_date`` may be missing."""
    loans = inputs.table("financings").select(
        "financing_id", "borrower_id", "lender_id", "principal", "currency", "start_date", "maturity_date",
        loan_handler="handler_id", loan_key="row_key",
    )  # fmt: skip
    terms = inputs.table("financing_terms").rename(loan="financing_id", change_key="row_key")
    down = terms.filter(terms.rate_before.isnull() | (terms.rate_before > terms.rate_after))
    found = down.join(loans, [("loan", "financing_id")]).execute()
    for name in ("changed_on", "start_date", "maturity_date"):
        found[name] = pd.to_datetime(found[name])
    return found.sort_values(["financing_id", "changed_on", "change_key"], ignore_index=True)


def savings(rows: pd.DataFrame) -> list[Saving]:
    """Savings of one financing's reductions over the whole term and, where that differs by 2 %, what is left of it."""
    made = []
    for row in rows.to_dict("records"):
        if missing(row["rate_before"]) or missing(row["maturity_date"]):
            continue
        points = float(row["rate_before"]) - float(row["rate_after"])
        whole = (row["maturity_date"] - row["start_date"]).days / 365.25
        left = (row["maturity_date"] - max(row["changed_on"], row["start_date"])).days / 365.25
        # A term is agreed in months; a day more or less is the calendar's.
        terms = [round(whole * 12) / 12] + ([left] if abs(whole - left) > 0.02 * whole else [])
        for years in terms:
            amount, is_whole = float(row["principal"]) * points * years, years == terms[0]
            if amount > 0:
                made.append(Saving(str(row["change_key"]), row["changed_on"].date(), years, points, amount, is_whole))
    return made


def payments_by(inputs: Inputs, rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Borrower -> its payments of at least ``min_fee`` with ``is_fee`` (by memo or contract) and ``names``."""
    payers = sorted(set(rows["borrower_id"]))
    money = party_payments(inputs)
    paid = money.filter(money.payer.isin(payers) & (money.yuan >= inputs["min_fee"])).execute()
    paid = paid.sort_values(["paid_at", "row_key"], ignore_index=True)
    paid["day"] = pd.to_datetime(paid["paid_on"])
    paid["paid_on"] = paid["day"].dt.date
    paid["currency"] = paid["currency"].fillna("CNY").str.upper()
    bought = fee_contracts(inputs).select("contract_id", "category", "title", "purpose").execute()
    words = bought["category"].fillna("") + " " + bought["title"].fillna("") + " " + bought["purpose"].fillna("")
    said = dict(zip(bought["contract_id"], words, strict=True))
    memo = paid["memo"].fillna("").str.lower()
    reference = paid["reference_id"].fillna("")
    is_fee = reference.isin(set(said)) | ((reference == "") & memo.str.contains(_FEE_MEMO))
    contract = reference.map(said).astype("string").fillna("")
    for_finance = contract.str.lower().str.contains(_FINANCE)
    paid = paid.assign(
        is_fee=is_fee, for_finance=for_finance, names=reference + " " + contract + " " + paid["memo"].fillna("")
    )
    return dict(iter(paid.groupby("payer")))


def candidates(
    paid: pd.DataFrame, rows: pd.DataFrame, others: Sequence[str], windows: tuple[int, int]
) -> list[Candidate]:
    """Payments to somebody else than the lender round a reduction that name the financing or read like a fee.

    Tied to it is what names it, or pays a contract for a service of financing; unless it names another financing.

    Args:
        paid: the borrower's payments.
        rows: the reductions of one financing.
        others: ids of the borrower's other financings; a payment that names one of them is for that.
        windows: days before and after a reduction.
    """
    loan, currency = str(rows["financing_id"].iloc[0]), rows["currency"].iloc[0]
    currency = "CNY" if missing(currency) else str(currency).upper()
    near = np.zeros(len(paid), dtype=bool)
    days = paid["day"].to_numpy()
    for on in rows["changed_on"].dt.normalize():
        first, last = on - timedelta(days=windows[0]), on + timedelta(days=windows[1])
        near |= (days >= first.to_datetime64()) & (days <= last.to_datetime64())
    kept = paid[near & (paid["currency"] == currency) & ~paid["payee"].isin(set(rows["lender_id"]))]
    found: list[dict[str, Any]] = []
    for row in kept.to_dict("records"):
        elsewhere = any(name in row["names"] for name in others)
        tied = loan in row["names"] or (row["for_finance"] and not elsewhere)
        if tied or (row["is_fee"] and not elsewhere):
            found.append({**row, "tied": tied})
    groups: dict[tuple[str, bool], list[dict[str, Any]]] = {}
    for row in found:
        if not missing(row["payee"]):
            groups.setdefault((row["payee"], row["tied"]), []).append(row)
    return [_candidate([row]) for row in found] + [_candidate(some) for _, some in sorted(groups.items()) if some[1:]]


def _candidate(some: list[dict[str, Any]]) -> Candidate:
    return Candidate(
        str(some[0]["payee"]),
        float(sum(row["yuan"] for row in some)),
        min(row["paid_on"] for row in some),
        tuple(row["row_key"] for row in some),
        tuple(row["payment_id"] for row in some),
        bool(some[0]["tied"]),
        all(row["is_testimony"] for row in some),
    )


def judge(offered: Sequence[Candidate], saved: Sequence[Saving], tolerance: float) -> tuple[Match | None, float]:
    """The best match, and the p-value of the hypothesis (also where nothing matches).

    Null: the leading digits of a fee fall anywhere on the logarithmic scale (Benford), so one fee equals one saving in
    some power of ten within 2 % with chance lg(1.02/0.98) = 1.7 %, one of fifty with 58 %; as the sums stand with a
    third of that (``DECADES``). Asked in a fixed order, each question including those before it: does one payment tied
    to the financing equal the saving over the whole term as the sums stand; with any term or all payments to one payee;
    in some other unit; then the same of candidates that only read like a fee, over the whole term and otherwise.
    """
    whole = [item for item in saved if item.is_whole]
    ways = len({round(item.amount, 2) for item in saved})
    accident = math.log10((1 + tolerance) / (1 - tolerance))
    one, plain = min(1.0, ways * accident), min(1.0, ways * accident / DECADES)
    tied, loose = sum(item.tied for item in offered), sum(not item.tied for item in offered)
    single = sum(item.tied and len(item.keys) == 1 for item in offered)
    first = _some(min(1.0, len({round(item.amount, 2) for item in whole}) * accident / DECADES), single)
    strict, every = _some(one, tied), _some(one, tied + loose)
    share = len({round(item.amount, 2) for item in whole}) / ways

    def besides(each: float) -> float:
        return 1 - (1 - strict) * (1 - _some(each, loose))

    def chance(item: Candidate, saving: Saving, unit: str) -> float:
        if item.tied:
            if len(item.keys) == 1 and saving.is_whole and unit == PLAIN:
                return first
            return _some(plain, tied) if unit == PLAIN else strict
        if saving.is_whole:
            return besides(share * (plain if unit == PLAIN else one))
        return every

    found = [
        Match(item, saving, unit, error, chance(item, saving, unit))
        for item in offered
        for saving in saved
        for unit, error in _units(item.amount, saving.amount)
        if error <= tolerance
    ]
    if found:
        best = min(
            found, key=lambda match: (match.p_value, match.error, match.candidate.first_on, match.candidate.keys)
        )
        return best, best.p_value
    nearest = min(abs(_turn(math.log10(item.amount / saving.amount))) for item in offered for saving in saved)
    return None, max(_some(min(1.0, ways * 2 * nearest), tied + loose), every)


def _units(fee: float, saving: float) -> list[tuple[str, float]]:
    """Every reading with its relative error ``|fee - saving in that unit| / fee``, the plain one first."""
    return [
        (f"{total} {rate}", abs(fee - saving * SUM_UNITS[total] * RATE_UNITS[rate]) / fee)
        for total in SUM_UNITS
        for rate in RATE_UNITS
    ]


def _some(chance: float, count: int) -> float:
    """Chance that at least one of ``count`` independent tries succeeds."""
    return 1.0 - (1.0 - chance) ** count


def _turn(decimals: float) -> float:
    """Distance on the circle of leading digits, from -0.5 to 0.5."""
    return decimals - round(decimals)


def handler_of(row: dict[str, Any]) -> str | None:
    """Who negotiated the change, else who arranged the financing."""
    for name in ("handler_id", "loan_handler"):
        if not missing(row[name]):
            return str(row[name])
    return None
