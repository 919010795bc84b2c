"""A spiral of debts and spending in one person's own accounts: lenders, loans that repay loans, live tips and games."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import pandas as pd

from caselens.indicators import _receipts
from caselens.indicators._declare import Inputs
from caselens.indicators._parties import party_payments

_LOAN = r"借|周转|贷款|放款|loan|lend|lent|borrow"
_BACK = r"还|归还|偿|清偿|repay|return|settle"
_HOUSE = r"房贷|按揭|住房|购房|首付|公积金|mortgage|down payment"
_SPEND = (
    r"直播|打赏|游戏|电竞|彩票|博彩|赌|点券|金币|虚拟礼物|充值|live.?stream|livestream|tipping|\btip|gaming|\bgame|casino|gambl|\bbet|"
    r"lottery|top.?up|recharge"
)
_NOT_SPEND = r"话费|手机|电费|水费|燃气|公交|地铁|加油|etc|校园卡|饭卡|phone|utilit|fuel|transit"
_WAGE = r"工资|薪|津贴|补贴|奖金|salary|wage|payroll|bonus"
#: A month, for counting the months in which wages came in.
_MONTHS_OF_WAGES = 9


@dataclass(frozen=True, slots=True)
class Mark:
    """One sign of distress: ``ratio`` is how many times the threshold, ``rows`` what is behind it."""

    name: str
    ratio: float
    count: float
    first_on: date
    last_on: date
    rows: tuple[tuple[str, str], ...]


def marks_of(inputs: Inputs, officials: list[str]) -> dict[str, tuple[list[Mark], pd.DataFrame]]:
    """Official -> the signs that reach their threshold, and the official's loans (``on, lender, sum, table, key``)."""
    if not officials:
        return {}
    money = party_payments(inputs)
    money = money.filter((money.payee.isin(officials) | money.payer.isin(officials)) & (money.yuan > 0))
    known = _spent_by_category(inputs)
    said = money.memo.fill_null("").lower()
    words = f"{_LOAN}|{_BACK}|{_SPEND}|{_WAGE}"
    wanted = said.re_search(words)
    if known:
        wanted = wanted | money.payment_id.isin(known)
    found = money.filter(wanted).execute()
    found = _receipts.to_yuan(inputs, _receipts.tidy(found.assign(official_id="")))
    found = found[found["cny"].notna()]
    found = found.assign(said=found["memo"].fillna("").str.lower(), by_category=found["payment_id"].isin(known))
    papers, incomes = _papers(inputs, officials), _declared(inputs, officials)
    answer = {}
    for official in officials:
        into, out = found[found["payee"] == official], found[found["payer"] == official]
        loans = _loans(into, papers[papers["official"] == official], inputs["min_loan"])
        marks = [
            _lenders(loans, inputs["min_lenders"]),
            _revolving(loans, _repayments(out, loans, inputs["min_loan"]), inputs),
            _spending(out, into, incomes.get(official, {}), inputs),
        ]
        answer[official] = ([mark for mark in marks if mark is not None], loans)
    return answer


def _spent_by_category(inputs: Inputs) -> set[str]:
    """Payments whose statement line has a merchant category of that kind."""
    if not inputs.has("statement_lines", "merchant_category", "payment_id"):
        return set()
    lines = inputs.table("statement_lines")
    some = lines.filter(lines.merchant_category.lower().re_search(_SPEND) & lines.payment_id.notnull())
    return set(some.select("payment_id").distinct().execute()["payment_id"])


def _papers(inputs: Inputs, officials: list[str]) -> pd.DataFrame:
    """Financings of the officials: ``official, on, lender, sum, table, key``; a mortgage is none of the spiral."""
    loans = inputs.table("financings").filter(lambda t: t.borrower_id.isin(officials))
    kind = loans.kind.fill_null("").lower()
    rows = loans.filter(~kind.re_search("mortgage|按揭|房")).select(
        official="borrower_id", on="start_date", lender="lender_id", sum=loans.principal.cast("float64"),
        table=ibis.literal("financings"), key="row_key",
    ).execute()  # fmt: skip
    return rows.assign(on=pd.to_datetime(rows["on"]).dt.date)


def _loans(into: pd.DataFrame, papers: pd.DataFrame, least: float) -> pd.DataFrame:
    """Loans taken: payments called so, and financings on record that no such payment shows (same lender, 10 days)."""
    said = into["said"]
    called = into[
        said.str.contains(_LOAN) & ~said.str.contains(_BACK) & ~said.str.contains(_HOUSE) & (into["cny"] >= least)
    ]
    paid = pd.DataFrame(
        {"on": called["paid_on"], "lender": called["payer"], "sum": called["cny"], "key": called["row_key"]}
    )
    paid["table"] = "payments"
    shown = [
        bool(
            (
                (paid["lender"] == row["lender"])
                & ((pd.to_datetime(paid["on"]) - pd.Timestamp(row["on"])).dt.days.abs() <= 10)
            ).any()
        )
        for row in papers.to_dict("records")
    ]
    rest = papers[[not some for some in shown]] if len(papers) else papers
    rest = rest[rest["sum"] >= least]
    made = pd.concat([paid, rest[["on", "lender", "sum", "table", "key"]]], ignore_index=True)
    return made.sort_values(["on", "key"], ignore_index=True)


def _lenders(loans: pd.DataFrame, least: int) -> Mark | None:
    """The twelve months with the most distinct lenders, if enough."""
    best: pd.DataFrame | None = None
    for on in sorted(set(loans["on"])):
        some = loans[(loans["on"] >= on) & (loans["on"] < on + timedelta(days=365))]
        if best is None or some["lender"].nunique() > best["lender"].nunique():
            best = some
    if best is None or best["lender"].nunique() < least:
        return None
    return _mark("lenders", best["lender"].nunique() / least, best["lender"].nunique(), best)


def _repayments(out: pd.DataFrame, loans: pd.DataFrame, least: float) -> pd.DataFrame:
    """Payments called a repayment, or to somebody who had lent; not of a mortgage."""
    said = out["said"]
    to_lender = out["payee"].isin(set(loans["lender"]))
    back = out[(said.str.contains(_BACK) | to_lender) & ~said.str.contains(_HOUSE) & (out["cny"] >= least)]
    return pd.DataFrame({"on": back["paid_on"], "key": back["row_key"], "table": "payments"})


def _revolving(loans: pd.DataFrame, back: pd.DataFrame, inputs: Inputs) -> Mark | None:
    """Loans with a repayment of their own within a few days, each repayment used once, the nearest first in time."""
    free = list(back.sort_values(["on", "key"]).itertuples(index=False))
    pairs: list[dict[str, Any]] = []
    for loan in loans.to_dict("records"):
        near = [item for item in free if abs((loan["on"] - item.on).days) <= inputs["revolve_days"]]
        if near:
            nearest = min(near, key=lambda item: (abs((loan["on"] - item.on).days), item.on, item.key))
            free.remove(nearest)
            pairs += [loan, {"on": nearest.on, "table": "payments", "key": nearest.key}]
    times = len(pairs) // 2
    if times < inputs["min_revolving"]:
        return None
    return _mark("revolving", times / inputs["min_revolving"], times, pd.DataFrame(pairs))


def _spending(out: pd.DataFrame, into: pd.DataFrame, declared: dict[int, float], inputs: Inputs) -> Mark | None:
    """The twelve months in which live tips, games and top-ups took the largest share of the income.

    Income: the wages that came in, where they did in nine months of the twelve; else the declared household income of
    the year. Neither known: it cannot be said.
    """
    said = out["said"]
    spent = out[(said.str.contains(_SPEND) | out["by_category"]) & ~said.str.contains(_NOT_SPEND)]
    wages = into[into["said"].str.contains(_WAGE)]
    best: tuple[float, pd.DataFrame] | None = None
    for on in sorted({day.replace(day=1) for day in spent["paid_on"]}):
        end = on + timedelta(days=365)
        some = spent[(spent["paid_on"] >= on) & (spent["paid_on"] < end)]
        income = _income(wages[(wages["paid_on"] >= on) & (wages["paid_on"] < end)], declared.get(on.year))
        if income and some["cny"].sum() >= inputs["min_spending"]:
            share = float(some["cny"].sum()) / income
            best = (share, some) if best is None or share > best[0] else best
    if best is None or best[0] <= inputs["max_share"]:
        return None
    rows = pd.DataFrame({"on": best[1]["paid_on"], "table": "payments", "key": best[1]["row_key"]})
    return _mark("spending", best[0] / inputs["max_share"], best[0], rows)


def _income(wages: pd.DataFrame, declared: float | None) -> float | None:
    months = {(day.year, day.month) for day in wages["paid_on"]}
    return float(wages["cny"].sum()) if len(months) >= _MONTHS_OF_WAGES else declared


def _declared(inputs: Inputs, officials: list[str]) -> dict[str, dict[int, float]]:
    """Official -> year -> declared household income."""
    rows = inputs.table("declarations").filter(lambda t: t.person_id.isin(officials) & t.household_income.notnull())
    found: dict[str, dict[int, float]] = {}
    for row in rows.select("person_id", "year", "household_income").execute().to_dict("records"):
        found.setdefault(str(row["person_id"]), {})[int(row["year"])] = float(row["household_income"])
    return found


def _mark(name: str, ratio: float, count: float, rows: pd.DataFrame) -> Mark:
    keys = tuple(dict.fromkeys(zip(rows["table"], rows["key"].astype(str), strict=True)))
    return Mark(name, float(ratio), float(count), min(rows["on"]), max(rows["on"]), keys)


def explained(inputs: Inputs, official: str, loans: pd.DataFrame) -> str:
    """``illness`` or ``bridge`` where half of what was borrowed went to hospitals, or into a home, within 90 days.

    A home: payments to a property firm, or real estate of the official acquired in that time.
    """
    if loans.empty:
        return ""
    half = 0.5 * float(loans["sum"].sum())

    def soon(days: pd.Series) -> pd.Series:
        plain = pd.to_datetime(days).dt.date
        return plain.map(lambda day: any(on <= day <= on + timedelta(days=90) for on in loans["on"])).astype(bool)

    units = inputs.table("organizations")
    kind, trade = units.kind.fill_null("").lower(), (units.industry.fill_null("") + " " + units.name).lower()
    what = ibis.cases(
        (kind.isin(["hospital", "医院"]) | trade.re_search("医院|hospital"), "illness"),
        (trade.re_search("房地产|置业|real estate|property develop"), "bridge"),
    )
    named = units.mutate(what=what).filter(lambda t: t.what.notnull()).select("what", taker="org_id")
    money = party_payments(inputs)
    paid = money.filter(money.payer == official).join(named.distinct(on="taker"), [("payee", "taker")])
    rows = paid.select("what", "paid_on", "yuan").execute()
    used = rows[soon(rows["paid_on"])].groupby("what")["yuan"].sum()
    homes = inputs.table("assets").filter(lambda t: (t.owner_id == official) & (t.kind == "real_estate"))
    bought = homes.select("acquired_on", value=homes.value.cast("float64")).execute()
    if used.get("illness", 0.0) >= half:
        return "illness"
    home = float(used.get("bridge", 0.0)) + float(bought.loc[soon(bought["acquired_on"]), "value"].sum())
    return "bridge" if home >= half else ""
