"""Capital that an official's side paid into firms, and the means it had: income, loans on file, other receipts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import ibis
import pandas as pd

from caselens.indicators._circle import Cited, cite, people
from caselens.indicators._declare import Inputs
from caselens.indicators._parties import party_payments
from caselens.indicators._receipts import supervisors, tidy, to_yuan

#: Memo of a payment that brings capital into a firm.
CAPITAL = "投资|出资|入股|股本|股金|股权|资本金|注资|验资|capital|invest|equity|share"


def injections(inputs: Inputs, merge_days: int) -> pd.DataFrame:
    """Capital by person of a circle.

    Columns: ``official_id, holder, how, firm, paid_on, first_on, yuan, is_paid, keys, link_rows``. What was paid in
    (``is_paid``), else the person's payments to the firm around the day with a memo of capital, else the share of the
    registered capital. Payments at most ``merge_days`` apart by one holder into one firm are one.
    """
    held = inputs.table("ownerships")
    firms = inputs.table("organizations").select(firm="org_id", registered="registered_capital").distinct(on="firm")
    joined = people(inputs).join(held, [("person_id", "holder_id")]).left_join(firms, [("org_id", "firm")])
    on = ibis.coalesce(joined.paid_on, joined.start_date)
    subscribed = joined.share.cast("float64") * joined.registered.cast("float64")
    rows = joined.filter(on.notnull()).select(
        "official_id", "how", "link_rows", holder="person_id", firm="org_id", paid_on=on, key="row_key",
        paid=joined.paid_in.cast("float64"), subscribed=subscribed,
    ).execute()  # fmt: skip
    rows["paid_on"] = pd.to_datetime(rows["paid_on"]).dt.date
    rows = _by_transfer(inputs, rows)
    rows = rows[rows["yuan"] > 0].sort_values(["official_id", "holder", "firm", "paid_on", "key"])
    apart = pd.to_datetime(rows["paid_on"]).groupby([rows["official_id"], rows["holder"], rows["firm"]]).diff().dt.days
    batch = (apart.isna() | (apart > merge_days)).cumsum()
    return rows.groupby(batch, sort=False).agg(
        official_id=("official_id", "first"), holder=("holder", "first"), how=("how", "first"), firm=("firm", "first"),
        first_on=("paid_on", "first"), paid_on=("paid_on", "last"), yuan=("yuan", "sum"), is_paid=("is_paid", "all"),
        keys=("key", list), link_rows=("link_rows", "first"),
    ).reset_index(drop=True)  # fmt: skip


def _by_transfer(inputs: Inputs, rows: pd.DataFrame) -> pd.DataFrame:
    """``rows`` with ``yuan`` and whether that was paid."""
    yuan, is_paid = rows["paid"].copy(), rows["paid"].notna()
    blank = rows[~is_paid]
    if len(blank):
        moved = party_payments(inputs)
        moved = moved.filter(moved.payer.isin(sorted(set(blank["holder"]))) & moved.memo.lower().re_search(CAPITAL))
        sent = tidy(moved.filter(moved.payee.isin(sorted(set(blank["firm"]))))
                    .mutate(official_id=moved.payer).execute())  # fmt: skip
        sent = to_yuan(inputs, sent)
        for place, row in blank.iterrows():
            near = (pd.to_datetime(sent["paid_on"]) - pd.Timestamp(row["paid_on"])).dt.days.between(-180, 180)
            mine = sent[(sent["payer"] == row["holder"]) & (sent["payee"] == row["firm"]) & near]
            yuan[place], is_paid[place] = (mine["cny"].sum(), True) if len(mine) else (row["subscribed"], False)
    return rows.assign(yuan=yuan.astype("float64"), is_paid=is_paid.astype(bool))


def incomes(inputs: Inputs, who: set[str]) -> dict[str, dict[int, tuple[float, str]]]:
    """Person -> year -> declared household income and the row that says so."""
    if not inputs.has("declarations", "household_income"):
        return {}
    rows = inputs.table("declarations").filter(lambda t: t.person_id.isin(sorted(who)) & t.household_income.notnull())
    found = rows.select("person_id", "year", "row_key", income=rows.household_income.cast("float64")).execute()
    told: dict[str, dict[int, tuple[float, str]]] = {}
    for row in found.to_dict("records"):
        told.setdefault(row["person_id"], {})[int(row["year"])] = (float(row["income"]), row["row_key"])
    return told


def earned(years: dict[int, tuple[float, str]], since: date, until: date) -> tuple[float, list[str]]:
    """Income between two days by months, a year without a declaration taken as the mean of those told; and the rows.

    Where none of the years from ``since`` to ``until`` is told, the nearest told year stands for all of them.
    """
    wanted = range(since.year, until.year + 1)
    known = [year for year in wanted if year in years] or sorted(years, key=lambda year: abs(year - until.year))[:1]
    mean = sum(years[year][0] for year in known) / len(known)
    total = 0.0
    for year in wanted:
        first, last = max(since, date(year, 1, 1)), min(until, date(year, 12, 31))
        total += years.get(year, (mean, ""))[0] * ((last - first).days + 1) / 365.25
    return total, [years[year][1] for year in known]


def loans(inputs: Inputs, who: set[str]) -> pd.DataFrame:
    """Loans on file, in yuan only: ``borrower_id, lender_id, start_date, yuan, row_key``."""
    columns = ["borrower_id", "lender_id", "start_date", "yuan", "row_key"]
    if not inputs.has("financings"):
        return pd.DataFrame(columns=columns)
    rows = inputs.table("financings").filter(lambda t: t.borrower_id.isin(sorted(who)) & t.start_date.notnull())
    rows = rows.filter(rows.currency.isnull() | (rows.currency.upper() == "CNY"))
    found = rows.select(
        "borrower_id", "lender_id", "start_date", "row_key", yuan=rows.principal.cast("float64")
    ).execute()
    found["start_date"] = pd.to_datetime(found["start_date"]).dt.date
    return found[columns].sort_values("row_key", ignore_index=True)


def supervised_credits(inputs: Inputs, officials: set[str]) -> pd.DataFrame:
    """What parties under an official's authority paid to persons of the circle or, as capital, to firms.

    Unlike receipts for the official's own side, dividends of a supervised firm in which kin hold shares count too:
    that is how one stake pays for the next. Wages of the unit and transfers within the circle do not.
    """
    over = supervisors(inputs)
    over = over.filter(over.official_id.isin(sorted(officials)))
    inside = people(inputs).filter(lambda t: t.official_id.isin(sorted(officials)))
    inside = inside.select("official_id", insider="person_id")
    over = over.anti_join(inside, [("official_id", "official_id"), ("party_id", "insider")])
    posts = inputs.table("appointments").select("person_id", "org_id").distinct()
    employers = inside.join(posts, [("insider", "person_id")]).select("official_id", "org_id").distinct()
    over = over.anti_join(employers, [("official_id", "official_id"), ("party_id", "org_id")])
    over = over.rename(of="official_id")
    money = party_payments(inputs)
    firms = inputs.table("ownerships").select("org_id", "holder_id")
    theirs = inside.join(firms, [("insider", "holder_id")]).select("official_id", stake="org_id").distinct()
    # Payees first: they are few, and authority over payers is wide.
    taken = (
        money.join(inside, [("payee", "insider")]).select("official_id", *money.columns),
        money.filter(money.memo.lower().re_search(CAPITAL)).join(theirs, [("payee", "stake")])
        .select("official_id", *money.columns),
    )  # fmt: skip
    joined = taken[0].union(taken[1]).join(over, [("official_id", "of"), ("payer", "party_id")])
    joined = joined.filter(
        (joined.begins.isnull() | (joined.begins <= joined.paid_on))
        & (joined.ends.isnull() | (joined.paid_on <= joined.ends))
    )
    columns = ("official_id", "payer", "payee", "paid_on", "paid_at", "yuan", "currency", "row_key", "strength",
               "firm", "rows", "is_testimony")  # fmt: skip
    every = joined.select(*columns)
    best = ibis.window(
        group_by=["official_id", "row_key"], order_by=[every.strength.desc(), every.firm, every.rows.cast("string")]
    )
    first = every.mutate(nth=ibis.row_number().over(best))
    return to_yuan(inputs, tidy(first.filter(first.nth == 0).drop("nth").execute()))


def passed_on(inputs: Inputs, officials: set[str]) -> pd.DataFrame:
    """Payments between persons of one circle: ``official_id, payer, payee, paid_on, cny, row_key``."""
    inside = people(inputs).filter(lambda t: t.official_id.isin(sorted(officials)))
    giver = inside.select("official_id", giver="person_id")
    taker = inside.select(of="official_id", taker="person_id")
    money = party_payments(inputs)
    moved = money.join(giver, [("payer", "giver")]).join(taker, [("official_id", "of"), ("payee", "taker")])
    columns = ("official_id", "payer", "payee", "paid_on", "paid_at", "yuan", "currency", "row_key")
    return to_yuan(inputs, tidy(moved.select(*columns).distinct().execute()))


@dataclass(slots=True)
class Stake:
    """One injection with what was found about its means. Money in yuan."""

    row: dict[str, Any]
    income: float | None
    income_rows: list[str]
    lent: float
    loan_rows: list[str]
    tainted: float = 0.0
    strength: float = 0.0
    payers: list[str] = field(default_factory=list)
    rows: Cited = field(default_factory=dict)
    first_on: date | None = None
    is_testimony: bool = False

    @property
    def capital(self) -> float:
        """What was paid in."""
        return float(self.row["yuan"])

    @property
    def gap(self) -> float:
        """Share of the capital that lawful means do not cover; 1 less loans where no income is known."""
        return max(0.0, 1 - ((self.income or 0.0) + self.lent) / self.capital)


def window_of(row: dict[str, Any], months: int) -> tuple[date, date]:
    """From so many months before an injection to the day of its first part."""
    since = (pd.Timestamp(row["first_on"]) - pd.DateOffset(months=months)).date()
    return since, row["first_on"]


def fund(stake: Stake, credits: pd.DataFrame, moved: pd.DataFrame, months: int) -> None:
    """Put the supervised parties' money that could have paid for a stake into it."""
    since, _ = window_of(stake.row, months)
    holder, firm = stake.row["holder"], stake.row["firm"]
    last = stake.row["paid_on"] + timedelta(days=30)
    mine = credits[(credits["paid_on"] >= since) & (credits["paid_on"] <= last) & (credits["payer"] != firm)]
    # The official and the spouse have one purse: what either had may have paid for it.
    spouse = [stake.row["official_id"]] if stake.row["how"] == "spouse" else []
    used = mine[mine["payee"].isin([holder, firm, *spouse])]
    total = float(used["cny"].sum())
    for other, got in mine[~mine["payee"].isin([holder, firm, *spouse])].groupby("payee", sort=True):
        sent = moved[(moved["payer"] == other) & (moved["payee"] == holder)]
        sent = sent[(sent["paid_on"] >= got["paid_on"].min()) & (sent["paid_on"] <= last)]
        if len(sent):
            total += min(float(got["cny"].sum()), float(sent["cny"].sum()))
            used = pd.concat([used, got])
            stake.rows |= {("payments", key): "passed_on" for key in sent["row_key"]}
    stake.tainted = total
    if used.empty:
        return
    stake.payers, stake.strength = sorted(set(used["payer"])), float(used["strength"].max())
    stake.first_on, stake.is_testimony = used["paid_on"].min(), bool(used["is_testimony"].all())
    stake.rows |= {("payments", key): "receipt" for key in used["row_key"]}
    for rows in used["rows"]:
        cite(stake.rows, rows, "authority")
