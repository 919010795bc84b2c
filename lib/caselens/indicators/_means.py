"""What a household could pay for an asset, and who paid: declared income, loans, sales, dividends, third parties."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import ibis
import pandas as pd

from caselens.indicators._circle import AUTHORITY, Cited, missing, people
from caselens.indicators._declare import Inputs
from caselens.indicators._parties import party_payments

_BOUGHT = r"房|车|首付|购|置业|flat|house|apartment|car |purchase|down payment"
_SOLD = r"房款|售房|卖房|购房|房屋|车款|卖车|house|flat|apartment|sale of"
_PROFIT = r"分红|股利|股息|利润|dividend|profit"
Row = dict[str, Any]
ADULT_DAYS = round(18 * 365.25)


@dataclass(slots=True)
class Means:
    """What was at hand for one asset, in yuan, and the rows that say so; ``years`` of five are declared."""

    years: int = 0
    income: float = 0.0
    loans: float = 0.0
    sales: float = 0.0
    profits: float = 0.0
    savings: float | None = None
    rows: Cited = field(default_factory=dict)


def assets_near(inputs: Inputs) -> pd.DataFrame:
    """Assets of persons near an official: one row an asset and official, nearest official first.

    Columns: ``asset_id, row_key, owner_id, kind, value, acquired_on, is_declared, funded_by_id, official_id, how,
    degree, link_rows, born``.
    """
    assets = inputs.table("assets")
    for name in ("is_declared", "funded_by_id"):
        if not inputs.has("assets", name):
            assets = assets.mutate(**{name: ibis.null("boolean" if name == "is_declared" else "string")})
    assets = assets.filter((assets.value >= inputs["min_price"]) & ~assets.kind.isin(["deposit", "存款"]))
    near = people(inputs).rename(near_id="person_id")
    persons = inputs.table("persons")
    born = persons.birth_date if inputs.has("persons", "birth_date") else ibis.null("date")
    found = (
        assets.join(near, [("owner_id", "near_id")])
        .left_join(persons.select(who="person_id", born=born), [("owner_id", "who")])
        .select(
            "asset_id", "row_key", "owner_id", "kind", "acquired_on", "is_declared", "funded_by_id", "official_id",
            "how", "degree", "link_rows", "born", value=assets.value.cast("float64"),
        )
    )  # fmt: skip
    frame = found.execute()
    frame["acquired_on"] = pd.to_datetime(frame["acquired_on"]).dt.date
    return frame.sort_values(["asset_id", "degree", "official_id"], ignore_index=True)


def is_household(how: str, born: Any, bought: date) -> bool:
    """The official, the spouse, and children known to be minors that day."""
    if how in ("self", "spouse"):
        return True
    return how == "child" and not missing(born) and (bought - pd.Timestamp(born).date()).days < ADULT_DAYS


class Purses:
    """Declarations, loans and large receipts of everybody near an official, read once."""

    def __init__(self, inputs: Inputs, persons: Collection[str]) -> None:
        self.inputs = inputs
        wanted = ibis.memtable(pd.DataFrame({"wanted": pd.Series(sorted(persons), dtype="string")}))
        told = inputs.table("declarations").semi_join(wanted, [("person_id", "wanted")])
        columns = ["person_id", "year", "household_income", "row_key"]
        has_assets = inputs.has("declarations", "household_assets")
        frame = told.select(*columns, *(["household_assets"] if has_assets else [])).execute()
        self.declared = _by(frame.reindex(columns=[*columns, "household_assets"]), "person_id")
        money = party_payments(inputs)
        money = money.filter(
            (money.currency.isnull() | (money.currency.upper() == "CNY"))
            & ~money.is_testimony
            & (money.yuan >= inputs["min_part"])
        )
        got = money.semi_join(wanted, [("payee", "wanted")])
        receipts = got.select("row_key", "payer", "payee", "paid_on", "yuan", "memo").execute()
        receipts["paid_on"] = pd.to_datetime(receipts["paid_on"]).dt.date
        self.receipts = _by(receipts.sort_values(["paid_on", "row_key"]), "payee")
        self.loans = _by(self._loans(wanted), "borrower_id")
        named = inputs.table("organizations").select("org_id").execute() if inputs.has("organizations") else None
        self.firms = set() if named is None else set(named["org_id"])

    def _loans(self, wanted: Any) -> pd.DataFrame:
        columns = ["row_key", "borrower_id", "lender_id", "principal", "start_date"]
        if not self.inputs.has("financings"):
            return pd.DataFrame(columns=columns)
        rows = self.inputs.table("financings").semi_join(wanted, [("borrower_id", "wanted")]).select(*columns).execute()
        rows["start_date"] = pd.to_datetime(rows["start_date"]).dt.date
        rows["principal"] = rows["principal"].astype("float64")
        return rows

    def means(self, household: Collection[str], bought: date, over: Collection[str], living: float) -> Means:
        """What ``household`` had for a purchase that day; money of parties ``over`` whom there is authority is none.

        Income is the larger declared one of the household for each of five years; missing ones are taken as the mean of
        the others. A loan counts from five years before to three months after.
        """
        made, who, barred = Means(), sorted(set(household)), set(over)
        first, last = date(bought.year - 4, 1, 1), bought + timedelta(days=92)
        best: dict[int, tuple[float, str]] = {}
        saved: list[tuple[int, float]] = []
        for row in (row for name in who for row in self.declared.get(name, ())):
            year = int(row["year"])
            if first.year <= year <= bought.year and not missing(row["household_income"]):
                best[year] = max(best.get(year, (-1.0, "")), (float(row["household_income"]), str(row["row_key"])))
            if year < bought.year and not missing(row["household_assets"]):
                saved.append((year, float(row["household_assets"])))
        made.years = len(best)
        if best:
            made.income = sum(income for income, _ in best.values()) / len(best) * 5 * (1 - living)
            made.rows |= {("declarations", key): "income" for _, key in best.values()}
        made.savings = max(saved)[1] if saved else None
        for row in (row for name in who for row in self.loans.get(name, ())):
            if row["lender_id"] not in barred and first <= row["start_date"] <= last:
                made.loans += row["principal"]
                made.rows[("financings", str(row["row_key"]))] = "loan"
        for row in (row for name in who for row in self.receipts.get(name, ())):
            if row["payer"] in barred or row["payer"] in who or not first <= row["paid_on"] <= last:
                continue
            memo = "" if missing(row["memo"]) else str(row["memo"]).lower()
            if row["payer"] in self.firms and re.search(_PROFIT, memo):
                made.profits += row["yuan"]
                made.rows[("payments", str(row["row_key"]))] = "dividend"
            elif row["payer"] not in self.firms and re.search(_SOLD, memo):
                made.sales += row["yuan"]
                made.rows[("payments", str(row["row_key"]))] = "sale"
        return made

    @property
    def givers(self) -> set[str]:
        """Everybody who paid or lent to one of these persons."""
        paid = {str(row["payer"]) for rows in self.receipts.values() for row in rows}
        return paid | {str(row["lender_id"]) for rows in self.loans.values() for row in rows}

    def received(self, household: Collection[str], payers: Collection[str], first: date, last: date) -> list[Row]:
        """Receipts of ``household`` from ``payers`` in a period."""
        rows = (row for name in sorted(set(household)) for row in self.receipts.get(name, ()))
        return [row for row in rows if row["payer"] in payers and first <= row["paid_on"] <= last]


def _by(frame: pd.DataFrame, column: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in frame.to_dict("records"):
        found.setdefault(str(row[column]), []).append({str(name): value for name, value in row.items()})
    return found


def payments_for(inputs: Inputs, assets: pd.DataFrame) -> pd.DataFrame:
    """Payments for an asset: they name its id (as reference or in the memo), or the owner in a memo about a purchase.

    Columns: ``asset_id, row_key, payer, payee, paid_on, yuan``. A memo that only names a person counts within a year of
    the purchase and up to the price.
    """
    columns = ["asset_id", "row_key", "payer", "payee", "paid_on", "yuan"]
    if assets.empty:
        return pd.DataFrame(columns=columns)
    money = party_payments(inputs)
    money = money.filter(~money.is_testimony & (money.yuan >= inputs["min_part"]))
    ids = sorted({str(name) for name in assets["asset_id"]})
    referred = money.filter(money.reference_id.isin(ids)) if len(ids) <= 5_000 else money.filter(
        money.reference_id.notnull()
    )  # fmt: skip
    said = money.filter(money.memo.fill_null("").lower().re_search(_BOUGHT + "|" + r"as\d"))
    wanted = ["row_key", "payer", "payee", "paid_on", "yuan", "memo", "reference_id"]
    frame = referred.select(*wanted).union(said.select(*wanted), distinct=True).execute()
    frame["paid_on"] = pd.to_datetime(frame["paid_on"]).dt.date
    names = _names(inputs, set(assets["owner_id"]))
    words = sorted([*ids, *names], key=len, reverse=True)
    anything = re.compile("|".join(re.escape(word) for word in words))
    by_id = {str(row["asset_id"]): row for row in assets.drop_duplicates("asset_id").to_dict("records")}
    by_owner: dict[str, list[str]] = {}
    for name, row in by_id.items():
        by_owner.setdefault(str(row["owner_id"]), []).append(name)
    rows = []
    for row in frame.to_dict("records"):
        told = set(anything.findall("" if missing(row["memo"]) else row["memo"]))
        found = {word for word in told if word in by_id}
        if not missing(row["reference_id"]) and row["reference_id"] in by_id:
            found.add(row["reference_id"])
        if not found:
            owned = [one for word in told for who in names.get(word, ()) for one in by_owner.get(who, ())]
            found = {
                one
                for one in owned
                if abs((row["paid_on"] - by_id[one]["acquired_on"]).days) <= 366
                and row["yuan"] <= by_id[one]["value"] * 1.05
                and row["payee"] != by_id[one]["owner_id"]
            }
        rows += [{**{name: row[name] for name in columns[1:]}, "asset_id": one} for one in sorted(found)]
    return pd.DataFrame(rows, columns=columns).sort_values(["asset_id", "paid_on", "row_key"], ignore_index=True)


def _names(inputs: Inputs, persons: Collection[str]) -> dict[str, set[str]]:
    rows = inputs.table("persons").filter(lambda t: t.person_id.isin(sorted(persons)))
    found: dict[str, set[str]] = {}
    for row in rows.select("person_id", "name").execute().to_dict("records"):
        if not missing(row["name"]) and len(str(row["name"])) >= 2:
            found.setdefault(str(row["name"]), set()).add(str(row["person_id"]))
    return found


def authority_over(inputs: Inputs, officials: Collection[str], parties: Collection[str]) -> dict[str, list[Row]]:
    """Official -> authority of at least 0.7 over ``parties``: ``party_id, since, until, strength, rows``."""
    authority = inputs.relation("authority")
    who, whom = (
        ibis.memtable(pd.DataFrame({"wanted": pd.Series(sorted(names), dtype="string")}))
        for names in (officials, parties)
    )
    mine = authority.filter(authority.strength >= AUTHORITY)
    mine = mine.semi_join(who, [("official_id", "wanted")]).semi_join(whom, [("party_id", "wanted")])
    frame = mine.select("official_id", "party_id", "since", "until", "strength", "rows").execute()
    frame["order"] = frame["rows"].map(str)
    ordered = frame.sort_values(["official_id", "party_id", "strength", "order"], ascending=[True, True, False, True])
    return _by(ordered, "official_id")
