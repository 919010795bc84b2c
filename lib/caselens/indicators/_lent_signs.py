"""What else speaks for a lent licence, and the subcontract that would explain the payments."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from caselens.core.text import Text
from caselens.indicators._declare import Inputs
from caselens.indicators._lent import Lent


@dataclass(slots=True)
class Signs:
    """Signs that were found, those that could not be tested, and the rows of the former."""

    found: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    rows: list[tuple[str, str]] = field(default_factory=list)

    def add(self, name: str, holds: bool | None, rows: list[tuple[str, str]]) -> None:
        """Note one sign; ``None``: it could not be tested."""
        if holds is None:
            self.unknown.append(name)
        elif holds:
            self.found.append(name)
            self.rows += rows


@dataclass(slots=True)
class Subcontracts:
    """Whether subcontracts cover the payments (``holds``), whether the firm is licensed, and their rows."""

    licensed: bool
    holds: bool | None
    note: str
    rows: list[tuple[str, str]]


def signs_of(inputs: Inputs, item: Lent, contracts: pd.DataFrame, shared: set[str]) -> Signs:
    """The signs of one winner and group."""
    signs = Signs()
    bids = inputs.table("bids")
    won = bids.filter(
        bids.tender_id.isin(sorted(set(contracts["tender_id"].dropna()))) & (bids.bidder_id == item.winner)
    )
    rows = won.select("row_key", "tender_id", "deposit_account", "project_manager_id").execute()
    signs.add("deposit", *_deposit(inputs, item, rows))
    signs.add("manager", *_manager(inputs, item, rows, contracts))
    signs.add("several", bool(shared & set(item.group)), [])
    signs.add("unlicensed", *_unlicensed(inputs, item))
    return signs


def _deposit(inputs: Inputs, item: Lent, bids: pd.DataFrame) -> tuple[bool | None, list[tuple[str, str]]]:
    """Whether the deposit of the bid came from an account of the group."""
    given = bids.dropna(subset=["deposit_account"])
    if given.empty:
        return None, []
    accounts = inputs.table("accounts")
    held = accounts.filter(accounts.account_id.isin(sorted(set(given["deposit_account"]))))
    theirs = held.filter(held.holder_id.isin(item.group)).select("account_id", "row_key").execute()
    own = given[given["deposit_account"].isin(theirs["account_id"])]
    return bool(len(own)), [("bids", key) for key in own["row_key"]] + [("accounts", key) for key in theirs["row_key"]]


def _manager(
    inputs: Inputs, item: Lent, bids: pd.DataFrame, contracts: pd.DataFrame
) -> tuple[bool | None, list[tuple[str, str]]]:
    """Whether a project manager of the bids was insured at another employer, and not at the winner, at that time."""
    given = bids.dropna(subset=["project_manager_id"])
    if given.empty:
        return None, []
    jobs = inputs.table("employments")
    rows = jobs.filter(jobs.person_id.isin(sorted(set(given["project_manager_id"])))).execute()
    if rows.empty:
        return None, []
    signed = pd.to_datetime(contracts.set_index("tender_id")["signed_on"].groupby(level=0).min())
    found: list[tuple[str, str]] = []
    for bid in given.itertuples():
        day = signed[bid.tender_id]
        begun, ended = pd.to_datetime(rows["start_date"]), pd.to_datetime(rows["end_date"])
        then = rows[(rows["person_id"] == bid.project_manager_id) & (begun <= day) & (ended.isna() | (ended >= day))]
        if len(then) and item.winner not in set(then["org_id"]):
            found += [("bids", str(bid.row_key)), *(("employments", key) for key in then["row_key"])]
    return bool(found), found


def _unlicensed(inputs: Inputs, item: Lent) -> tuple[bool | None, list[tuple[str, str]]]:
    """Whether the winner holds a licence and no firm of the group does, inside complete coverage of licences."""
    licences, coverage = inputs.table("licences"), inputs.table("coverage")
    told = coverage.filter((coverage.table == "licences") & coverage.is_complete & coverage.scope.isnull())
    if not told.count().execute():
        return None, []
    known = licences.filter(licences.org_id.isin([item.winner, *item.group])).select("org_id", "row_key").execute()
    own = known[known["org_id"] == item.winner]
    rows = [("licences", key) for key in own["row_key"]]
    return bool(len(own)) and len(own) == len(known), rows


def subcontracts(inputs: Inputs, item: Lent, contracts: pd.DataFrame) -> Subcontracts:
    """Contracts of the winner with the group under the ones won, signed before the first payment to it."""
    table = inputs.table("contracts")
    made = table.filter((table.buyer_id == item.winner) & table.supplier_id.isin(item.group)).execute()
    if made.empty:
        return Subcontracts(False, False, "", [])
    first = pd.Timestamp(min(part.first_on for part in item.parts))
    under = made["parent_contract_id"].isin(item.contracts)
    same = made["project_id"].notna() & made["project_id"].isin(set(contracts["project_id"].dropna()))
    older = made[(under | same) & (pd.to_datetime(made["signed_on"]) <= first)]
    rows = [("contracts", key) for key in made["row_key"]]
    if older.empty:
        late = Text(
            "分包合同晚于付款或不在该合同项下", "subcontracts are younger than the payments or not under these"
        ).both()
        return Subcontracts(False, False, late, rows)
    covers = float(older["amount"].astype(float).sum()) >= 0.9 * item.passed
    licences = inputs.table("licences")
    licensed = bool(licences.filter(licences.org_id.isin(list(older["supplier_id"]))).count().execute())
    note = Text(
        f"在先分包合同合计 {older['amount'].astype(float).sum():,.2f} 元，分包方{'有' if licensed else '未见'}资质",
        f"older subcontracts over {older['amount'].astype(float).sum():,.2f} yuan; the firm is "
        f"{'licensed' if licensed else 'not known to be licensed'}",
    ).both()
    return Subcontracts(licensed, covers, note, rows)
