"""Service fees paid by public bodies: which contracts these are, what was paid for them, and seven facts about each.

A fact is true, false, or unknown where the tables cannot tell; an unknown one counts neither way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from caselens.indicators import _receipts
from caselens.indicators._circle import PUBLIC, missing
from caselens.indicators._declare import Inputs
from caselens.indicators._parties import party_payments

#: Who spends public money: public bodies and firms of the state.
PAYERS = (
    *PUBLIC,
    "state_owned",
    "政府",
    "机关",
    "党政机关",
    "事业单位",
    "医院",
    "学校",
    "村集体",
    "国有",
    "国企",
    "国有企业",
)
_FEE = (
    r"金融服务|融资|顾问|咨询|居间|中介|撮合|监管|financial serv|financing serv|consult|advis|intermedia|broker|"
    r"introduc|supervision|supervisory|monitoring"
)
#: Supervision of building works is a trade of its own, whatever it shares with 监管 in English.
_NOT_FEE = r"监理|(construction|engineering|works|site|quality|safety) supervision"
_VAGUE = ("", "服务", "其他", "其它", "service", "services", "other")
_PROFESSION = (
    r"律师|法律|评级|会计|审计|评估|造价|law|legal|attorney|rating|accountant|audit|apprais|valuation|surveyor"
)
_TENDERED = ("open", "invited", "公开招标", "邀请招标")
#: The facts in the order told, with how much each says: about the service and the vendor more than about the purchase.
FACTS = {
    "no_result": 1.0,
    "near_financing": 1.0,
    "young": 0.8,
    "few_staff": 0.7,
    "lump": 0.4,
    "first_time": 0.4,
    "no_tender": 0.4,
}
#: A lead needs one of these: how something was bought says nothing about whether it was delivered.
TELLING = ("no_result", "near_financing", "young", "few_staff")


@dataclass(slots=True)
class Fee:
    """One contract for a service, with the payments for it and the facts. ``row`` is the contract's."""

    row: dict[str, Any]
    payments: pd.DataFrame
    facts: dict[str, bool | None] = field(default_factory=dict)
    financing: list[tuple[str, str]] = field(default_factory=list)
    coverage: list[tuple[str, str]] = field(default_factory=list)

    @property
    def known(self) -> int:
        """How many facts could be assessed."""
        return sum(value is not None for value in self.facts.values())

    @property
    def true(self) -> list[str]:
        """The facts that hold, in the order of ``FACTS``."""
        return [name for name in FACTS if self.facts[name]]

    @property
    def weight(self) -> float:
        """Weight of the facts that hold, as a share of those assessed."""
        known = sum(weight for name, weight in FACTS.items() if self.facts[name] is not None)
        return sum(FACTS[name] for name in self.true) / known if known else 0.0


def fee_contracts(inputs: Inputs) -> ir.Table:
    """Contracts for financing, consulting, brokerage or 监管, by category, or by title where that is vague."""
    contracts = inputs.table("contracts")
    category = contracts.category.fill_null("").strip().lower().replace("_", " ")
    said = (contracts.title.fill_null("") + " " + contracts.purpose.fill_null("")).lower()
    text = category.isin(_VAGUE).ifelse(category + " " + said, category)
    return contracts.filter(text.re_search(_FEE) & ~text.re_search(_NOT_FEE))


def contracts_of(inputs: Inputs) -> pd.DataFrame:
    """Contracts for such services by public payers, with the vendor's registry row and ``cny`` (NaN: no rate)."""
    units = inputs.table("organizations")
    buyers = units.filter(units.kind.lower().isin(PAYERS)).select(payer_unit="org_id").distinct()
    columns = ("name", "kind", "industry", "established_on", "headcount")
    vendors = units.distinct(on="org_id").select(
        vendor="org_id", vendor_row="row_key", **{f"vendor_{name}": name for name in columns}
    )
    bought = fee_contracts(inputs)
    joined = bought.semi_join(buyers, [("buyer_id", "payer_unit")]).left_join(vendors, [("supplier_id", "vendor")])
    found = joined.execute().sort_values(["signed_on", "contract_id"], ignore_index=True)
    found["signed_on"] = pd.to_datetime(found["signed_on"]).dt.date
    money = found.assign(yuan=found["amount"].astype("float64"), paid_on=found["signed_on"])
    money = money.assign(currency=found["currency"].fillna("CNY").str.upper())
    return found.assign(cny=_receipts.to_yuan(inputs, money)["cny"])


def fees(inputs: Inputs, bought: pd.DataFrame) -> list[Fee]:
    """A :class:`Fee` for each row of ``bought``, with all seven facts."""
    pairs = bought[["buyer_id", "supplier_id"]].drop_duplicates().astype("string")
    if pairs.empty:
        return []
    wanted = ibis.memtable(pairs)
    money = party_payments(inputs).semi_join(wanted, [("payer", "buyer_id"), ("payee", "supplier_id")])
    paid = money.execute().sort_values(["paid_at", "row_key"], ignore_index=True)
    paid["paid_on"] = pd.to_datetime(paid["paid_on"]).dt.date
    every = inputs.table("contracts").semi_join(wanted, ["buyer_id", "supplier_id"])
    signed = every.select("contract_id", "buyer_id", "supplier_id", "signed_on").execute()
    signed["signed_on"] = pd.to_datetime(signed["signed_on"]).dt.date
    by_pair = dict(iter(paid.groupby(["payer", "payee"])))
    days = dict(iter(signed.groupby(["buyer_id", "supplier_id"])))
    look = _Look(inputs, bought)
    made = []
    for row in bought.to_dict("records"):
        pair = (row["buyer_id"], row["supplier_id"])
        every_payment = by_pair.get(pair, paid.iloc[:0])
        fee = Fee(row, _paid_for(row, every_payment, days[pair]))
        look.at(fee, every_payment, days[pair])
        made.append(fee)
    return made


def _paid_for(row: Mapping[str, Any], paid: pd.DataFrame, signed: pd.DataFrame) -> pd.DataFrame:
    """Payments that name the contract; else those naming none, from a month before it to the pair's next contract."""
    if paid.empty:
        return paid
    key, day = str(row["contract_id"]), row["signed_on"]
    named = (paid["reference_id"] == key) | paid["memo"].fillna("").str.contains(key, regex=False)
    if named.any():
        return paid[named]
    # A payment may name the financing that the service was for; one that names another contract is not for this one.
    free = ~paid["reference_id"].isin(set(signed["contract_id"]))
    later = [other for other in signed["signed_on"] if other > day]
    end = min([day + timedelta(days=730), *(other - timedelta(days=30) for other in later)])
    return paid[free & (paid["paid_on"] >= day - timedelta(days=30)) & (paid["paid_on"] <= max(end, day))]


class _Look:
    """The tables that the facts are read from, fetched once for all contracts."""

    def __init__(self, inputs: Inputs, bought: pd.DataFrame) -> None:
        self.inputs = inputs
        self.financed = _financed(inputs, sorted(set(bought["buyer_id"])))
        self.knows_financing = inputs.has("financings")
        tenders = sorted({str(name) for name in bought["tender_id"].dropna()})
        bids = inputs.table("bids").filter(lambda t: t.tender_id.isin(tenders)).select("tender_id", "bidder_id")
        self.bidders = {name: set(rows["bidder_id"]) for name, rows in bids.execute().groupby("tender_id")}
        told = inputs.table("coverage").filter(lambda t: (t.table == "contracts") & t.is_complete)
        self.complete = told.select("row_key", "scope", "period_start", "period_end").execute().sort_values("row_key")

    def at(self, fee: Fee, every_payment: pd.DataFrame, signed: pd.DataFrame) -> None:
        """Fill in the facts of one fee."""
        row, facts = fee.row, fee.facts
        first = fee.payments["paid_on"].min() if len(fee.payments) else row["signed_on"]
        begun = min(first, row["signed_on"])
        facts["no_result"] = self._no_result(row, fee.payments)
        facts["near_financing"] = self._near(fee)
        established = None if missing(row["vendor_established_on"]) else pd.Timestamp(row["vendor_established_on"])
        year = self.inputs["young_months"]
        facts["young"] = established and bool(pd.Timestamp(begun) < established + pd.DateOffset(months=year))
        staff = row["vendor_headcount"]
        facts["few_staff"] = None if missing(staff) else bool(float(staff) <= self.inputs["max_staff"])
        facts["lump"] = self._lump(fee)
        facts["first_time"] = self._first(fee, begun, every_payment, signed)
        facts["no_tender"] = self._no_tender(row)

    def _no_result(self, row: Mapping[str, Any], paid: pd.DataFrame) -> bool | None:
        """Nothing was accepted; or nothing is named as delivered and the acceptance is later than the payments."""
        has = self.inputs.has
        named = not missing(row["deliverable"]) and bool(str(row["deliverable"]).strip())
        if not has("contracts", "accepted_on"):
            return not named if has("contracts", "deliverable") else None
        if missing(row["accepted_on"]):
            return True
        late = len(paid) > 0 and pd.Timestamp(row["accepted_on"]).date() > paid["paid_on"].max()
        return bool(late and not named)

    def _near(self, fee: Fee) -> bool | None:
        """Paid within the days allowed of a financing of the payer, or of a change of its terms."""
        if not self.knows_financing or fee.payments.empty:
            return None
        days = self.financed.get(fee.row["buyer_id"], [])
        near = self.inputs["near_days"]
        fee.financing = [
            (table, key)
            for on, table, key in days
            if any(abs((paid - on).days) <= near for paid in fee.payments["paid_on"])
        ]
        return bool(fee.financing)

    def _lump(self, fee: Fee) -> bool | None:
        """One day brought (nearly) the whole price; a bank's limit may cut one payment into several of a day."""
        if fee.payments.empty:
            return None
        largest = fee.payments.groupby("paid_on")["yuan"].sum().max()
        return bool(largest >= 0.95 * float(fee.row["amount"]))

    def _first(self, fee: Fee, begun: date, paid: pd.DataFrame, signed: pd.DataFrame) -> bool | None:
        """No earlier contract or payment between the two; from absence only where contracts are declared complete."""
        row = fee.row
        earlier = (signed["signed_on"] < row["signed_on"]).any()
        if earlier or (len(paid) and bool((paid["paid_on"] < begun).any())):
            return False
        year, told = pd.Timestamp(begun) - pd.DateOffset(years=1), self.complete
        scope = told["scope"].isna() | told["scope"].isin([row["buyer_id"], row["supplier_id"]])
        spans = told[scope]
        whole = (pd.to_datetime(spans["period_start"]) <= year) & (
            pd.to_datetime(spans["period_end"]) >= pd.Timestamp(row["signed_on"])
        )
        fee.coverage = [("coverage", str(key)) for key in spans.loc[whole, "row_key"][:1]]
        return True if fee.coverage else None

    def _no_tender(self, row: Mapping[str, Any]) -> bool | None:
        """Bought without a tender, or from somebody who did not bid in it."""
        tender, method = row["tender_id"], row["method"]
        if not missing(tender):
            bidders = self.bidders.get(str(tender))
            return bool(bidders) and row["supplier_id"] not in (bidders or set())
        if not missing(method):
            return str(method).strip().lower() not in _TENDERED
        return True if self.inputs.has("contracts", "tender_id") else None


def _financed(inputs: Inputs, payers: list[str]) -> dict[str, list[tuple[date, str, str]]]:
    """Payer -> days on which a financing of it began or changed its terms, with the row that says so."""
    loans = inputs.table("financings").filter(lambda t: t.borrower_id.isin(payers))
    begun = loans.select("borrower_id", "row_key", on="start_date", name=ibis.literal("financings"))
    terms = inputs.table("financing_terms").join(
        loans.select(loan="financing_id", borrower_id="borrower_id"), [("financing_id", "loan")]
    )
    changed = terms.select("borrower_id", "row_key", on="changed_on", name=ibis.literal("financing_terms"))
    found: dict[str, list[tuple[date, str, str]]] = {}
    for row in begun.union(changed).execute().sort_values(["name", "row_key"]).to_dict("records"):
        if not missing(row["on"]):
            found.setdefault(row["borrower_id"], []).append(
                (pd.Timestamp(row["on"]).date(), row["name"], row["row_key"])
            )
    return found


def is_unusual(fee: Fee, min_facts: int, min_share: float) -> bool:
    """Enough facts hold, and one of them is about the service or the vendor."""
    true = set(fee.true)
    return len(true) >= max(min_facts, fee.known * min_share) and bool(true & set(TELLING))


def professional(row: Mapping[str, Any], licensed: set[str]) -> bool:
    """Whether the vendor is of a profession that works in small offices (law, rating, audit), by trade or licence."""
    said = " ".join(str(row[name]) for name in ("vendor_name", "vendor_industry") if not missing(row[name]))
    return bool(pd.Series([said.lower()]).str.contains(_PROFESSION).iloc[0]) or row["supplier_id"] in licensed
