"""What bidders claimed about themselves, held against licences and contracts on file."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import ibis
import pandas as pd

from caselens.indicators._declare import Inputs

_PAST = ("past_contract", "performance", "业绩", "合同业绩", "类似业绩")
_PAPER = ("certificate", "licence", "license", "staff", "证书", "资质", "人员")


@dataclass(slots=True)
class Verdict:
    """What became of one claim: ``state`` ``fits``, ``open`` (cannot be verified) or the name of what is wrong."""

    claim: dict[str, Any]
    state: str
    share: float = 0.0
    rows: list[tuple[str, str]] = field(default_factory=list)
    lag: bool = False
    others: tuple[str, ...] = ()


@dataclass(slots=True)
class Registers:
    """Licences and contracts on file, by number and by supplier, and the period for which each is complete."""

    papers: dict[str, list[dict[str, Any]]]
    by_org: dict[str, list[dict[str, Any]]]
    contracts: dict[str, list[dict[str, Any]]]
    by_supplier: dict[str, list[dict[str, Any]]]
    complete: dict[str, tuple[pd.Timestamp, pd.Timestamp] | None]


def plain(text: object) -> str:
    """A number or name as it is compared: full and half width alike, no case, spaces or punctuation."""
    if text is None or pd.isna(text):
        return ""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", str(text))).lower()


def claims(inputs: Inputs) -> pd.DataFrame:
    """Claims, and the licence number of each bid; ``sort`` is ``past``, ``paper`` or ``other``."""
    rows = inputs.table("bid_claims").select(
        "claim_id", "tender_id", "bidder_id", "kind", "reference", "counterparty_name", "amount", "claimed_on",
        key="row_key", table=ibis.literal("bid_claims"),
    ).execute()  # fmt: skip
    if inputs.has("bids", "licence_no"):
        bids = inputs.table("bids")
        given = bids.filter(bids.licence_no.notnull() & (bids.licence_no.strip() != ""))
        more = given.select(
            "tender_id", "bidder_id", reference="licence_no", key="row_key", kind=ibis.literal("certificate"),
            table=ibis.literal("bids"),
        ).execute()  # fmt: skip
        rows = pd.concat([rows, more.assign(claim_id=more["key"])], ignore_index=True)
    tenders = inputs.table("tenders")
    days = tenders.select(
        "tender_id", opened=ibis.coalesce(tenders.deadline_at.cast("date"), tenders.opened_at.cast("date"),
                                          tenders.awarded_on, tenders.published_on), tender_key="row_key",
    ).execute().drop_duplicates("tender_id")  # fmt: skip
    rows = rows.merge(days, on="tender_id", how="left")
    rows["day"] = pd.to_datetime(rows["opened"].fillna(rows["claimed_on"]))
    rows["sort"] = rows["kind"].map(_sort)
    rows["number"] = rows["reference"].map(plain)
    return rows.sort_values(["bidder_id", "tender_id", "table", "key"], ignore_index=True)


def _sort(kind: object) -> str:
    text = str(kind).strip().lower()
    return "past" if text in _PAST or "业绩" in text else "paper" if text in _PAPER or "证" in text else "other"


def registers(inputs: Inputs) -> Registers:
    """Everything on file that claims can be held against."""
    papers = inputs.table("licences").select(
        "org_id", "kind", "licence_id", "licence_no", "valid_from", "valid_until", "row_key"
    ).execute()  # fmt: skip
    table = inputs.table("contracts")
    contracts = table.select(
        "contract_id", "buyer_id", "supplier_id", "signed_on", "row_key", amount=table.amount.cast("float64"),
        final=table.final_amount.cast("float64"),
    ).execute()  # fmt: skip
    units = inputs.table("organizations").select("org_id", "name").execute()
    contracts["buyer"] = (
        contracts["buyer_id"].map(units.drop_duplicates("org_id").set_index("org_id")["name"]).map(plain)
    )
    by_number: dict[str, list[dict[str, Any]]] = {}
    by_org: dict[str, list[dict[str, Any]]] = {}
    for row in papers.sort_values("row_key").to_dict("records"):
        for number in {plain(row["licence_no"]), plain(row["licence_id"])} - {""}:
            by_number.setdefault(number, []).append(row)
        by_org.setdefault(row["org_id"], []).append(row)
    named: dict[str, list[dict[str, Any]]] = {}
    by_supplier: dict[str, list[dict[str, Any]]] = {}
    for row in contracts.sort_values("row_key").to_dict("records"):
        named.setdefault(plain(row["contract_id"]), []).append(row)
        by_supplier.setdefault(row["supplier_id"], []).append(row)
    complete = {name: _complete(inputs, name) for name in ("licences", "contracts")}
    return Registers(by_number, by_org, named, by_supplier, complete)


def _complete(inputs: Inputs, table: str) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """The period for which a table is declared complete for everybody."""
    coverage = inputs.table("coverage")
    told = coverage.filter(
        (coverage.table == table) & coverage.is_complete & coverage.scope.fill_null("").isin(["", "all"])
    )
    rows = told.select("period_start", "period_end").execute()
    if rows.empty:
        return None
    return pd.Timestamp(rows["period_start"].min()), pd.Timestamp(rows["period_end"].max())


def judge(rows: pd.DataFrame, on_file: Registers, inputs: Inputs) -> list[Verdict]:
    """What became of every claim."""
    papers = rows[(rows["sort"] == "paper") & (rows["number"] != "")]
    users = {str(number): tuple(sorted(set(part["bidder_id"]))) for number, part in papers.groupby("number")}
    out = []
    for claim in rows.to_dict("records"):
        if claim["sort"] == "paper":
            out.append(_paper(claim, on_file, users.get(claim["number"], ()), inputs["lag_days"]))
        elif claim["sort"] == "past":
            out.append(_past(claim, on_file, inputs))
        else:
            out.append(Verdict(claim, "open"))
    return out


def _paper(claim: dict[str, Any], on_file: Registers, users: tuple[str, ...], lag_days: int) -> Verdict:
    """A certificate: on file, the bidder's own, valid on the day, and claimed by nobody else."""
    if not claim["number"]:
        return Verdict(claim, "open")
    known = on_file.papers.get(claim["number"], [])
    own = [row for row in known if row["org_id"] == claim["bidder_id"]]
    rows = [("licences", row["row_key"]) for row in own or known]
    day, others = claim["day"], tuple(name for name in users if name != claim["bidder_id"])
    if not known:
        if others:
            return Verdict(claim, "shared", rows=rows, others=others)
        return Verdict(claim, "unknown_paper" if _inside(on_file.complete["licences"], day) else "open")
    if not own:
        return Verdict(claim, "not_own", rows=rows, others=tuple(sorted({row["org_id"] for row in known})))
    if pd.isna(day) or any(_valid(row, day) for row in own):
        return Verdict(claim, "fits", rows=rows)
    kinds = {row["kind"] for row in own}
    if any(row["kind"] in kinds and _valid(row, day) for row in on_file.by_org[claim["bidder_id"]]):
        return Verdict(claim, "renewed", rows=rows)
    return Verdict(claim, "not_valid", rows=rows, lag=any(_near(row, day, lag_days) for row in own))


def _valid(row: dict[str, Any], day: pd.Timestamp, slack: int = 0) -> bool:
    more = pd.Timedelta(days=slack)
    begins, ends = pd.to_datetime(row["valid_from"]), pd.to_datetime(row["valid_until"])
    return (pd.isna(begins) or begins - more <= day) and (pd.isna(ends) or day <= ends + more)


def _near(row: dict[str, Any], day: pd.Timestamp, lag_days: int) -> bool:
    """Whether the day misses the validity by so little that a late entry may explain it."""
    return _valid(row, day, lag_days)


def _past(claim: dict[str, Any], on_file: Registers, inputs: Inputs) -> Verdict:
    """A past contract: on file, the bidder's own, of that owner, not larger than on file, signed before the bid."""
    named = on_file.contracts.get(claim["number"], []) if claim["number"] else []
    own = [row for row in named if row["supplier_id"] == claim["bidder_id"]]
    if named and not own:
        return Verdict(claim, "not_own", rows=[("contracts", row["row_key"]) for row in named],
                       others=tuple(sorted({row["supplier_id"] for row in named})))  # fmt: skip
    amount = None if pd.isna(claim["amount"]) else float(claim["amount"])
    owner = plain(claim["counterparty_name"])
    if own:
        row, rows = own[0], [("contracts", own[0]["row_key"])]
        if owner and row["buyer"] and not _same_name(owner, row["buyer"]):
            return Verdict(claim, "other_owner", rows=rows)
        largest = max(value for value in (row["amount"], row["final"]) if not pd.isna(value))
        if amount is not None and amount > largest * (1 + inputs["tolerance"]):
            return Verdict(claim, "inflated", amount / largest, rows)
        if not pd.isna(claim["day"]) and pd.Timestamp(row["signed_on"]) > claim["day"]:
            return Verdict(claim, "later", rows=rows)
        return Verdict(claim, "fits", rows=rows)
    alike = [row for row in on_file.by_supplier.get(claim["bidder_id"], []) if _alike(row, owner, amount, inputs)]
    if alike:
        return Verdict(claim, "fits", rows=[("contracts", alike[0]["row_key"])])
    since = claim["day"] - pd.DateOffset(years=int(inputs["lookback_years"])) if not pd.isna(claim["day"]) else pd.NaT
    period = on_file.complete["contracts"]
    inside = _inside(period, claim["day"]) and period is not None and period[0] <= since
    return Verdict(claim, "unknown_contract" if inside and (claim["number"] or owner) else "open")


def _alike(row: dict[str, Any], owner: str, amount: float | None, inputs: Inputs) -> bool:
    """Whether a contract on file is the one claimed under another number: the same owner, and nearly the sum."""
    if not owner or not _same_name(owner, row["buyer"]):
        return False
    sums = [value for value in (row["amount"], row["final"]) if not pd.isna(value)]
    return amount is None or any(abs(amount - value) <= inputs["tolerance"] * value for value in sums)


def _same_name(one: str, other: str) -> bool:
    """Whether two names of units are alike; a shorter one is part of the longer."""
    return bool(one and other) and (one in other or other in one)


def _inside(period: tuple[pd.Timestamp, pd.Timestamp] | None, day: Any) -> bool:
    return period is not None and not pd.isna(day) and period[0] <= day <= period[1]


def by_bidder(verdicts: Iterable[Verdict]) -> dict[str, list[Verdict]]:
    """Verdicts of each bidder."""
    out: dict[str, list[Verdict]] = {}
    for item in verdicts:
        out.setdefault(item.claim["bidder_id"], []).append(item)
    return out
