"""The frames of a case: payments, tenders and decisions, gathered by the engine and named for a reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import ibis
import ibis.expr.types as ir
import pandas as pd

from caselens.entities import resolved
from caselens.relations import relation
from caselens.workspace import Workspace

_ORIGIN = ("source_file", "source_sheet", "source_row")
_PAID = ("payment_id", "paid_at", "payer_account", "payee_account", "amount", "currency", "channel", "memo")
_BID = ("bidder_id", "price", "is_winner", "status")
_TENDER = ("tender_id", "title", "lot", "buyer_id", "method", "ceiling_price", "opened_at", "awarded_on")


def _list(values: Iterable[str], column: str) -> ir.Table:
    """Values as a table to join with: thousands of literals inside a query take longer to write than to run."""
    return ibis.memtable(pd.DataFrame({column: sorted(values)}, dtype="string"))


def holders(workspace: Workspace, inside: Iterable[str], names: Mapping[str, str]) -> dict[str, str]:
    """Account → name of its holder, for the accounts that parties ``inside`` hold."""
    if not workspace.has("accounts"):
        return {}
    accounts = resolved(workspace, "accounts")
    mine = accounts.semi_join(_list(inside, "entity"), [("holder_id", "entity")]).select("account_id", "holder_id")
    frame = mine.execute()
    return {row.account_id: names.get(row.holder_id, row.holder_id) for row in frame.itertuples()}


def payments(
    workspace: Workspace, inside: Iterable[str], core: Iterable[str], names: Mapping[str, str]
) -> pd.DataFrame:
    """Payments between parties ``inside``, and every one from or to a party of ``core``; by time."""
    table, accounts = resolved(workspace, "payments"), resolved(workspace, "accounts")
    # An account whose holder nobody knows stands for itself, as in the flows.
    party = ibis.coalesce(accounts.holder_id, accounts.account_id)
    held = accounts.select(account="account_id", party=party, holder_name="holder_name")
    known = held.semi_join(_list(inside, "entity"), [("party", "entity")]).select("account")
    close = held.semi_join(_list(core, "entity"), [("party", "entity")]).select("account")
    between = table.semi_join(known, [("payer_account", "account")]).semi_join(known, [("payee_account", "account")])
    touching = [table.semi_join(close, [(side, "account")]) for side in ("payer_account", "payee_account")]
    mine = ibis.union(*(part.select("payment_id") for part in (between, *touching)), distinct=True)
    joined = table.semi_join(mine, "payment_id").left_join(held, [("payer_account", "account")])
    to = held.rename(account_to="account", party_to="party", name_to="holder_name")
    joined = joined.left_join(to, [("payee_account", "account_to")])
    frame = (
        joined.select(
            *_PAID,
            *_ORIGIN,
            payer=ibis.coalesce(joined.party, joined.payer_account),
            payee=ibis.coalesce(joined.party_to, joined.payee_account),
            payer_held="holder_name",
            payee_held="name_to",
        )
        .order_by(["paid_at", "payment_id"])
        .execute()
    )
    for side in ("payer", "payee"):
        frame[f"{side}_name"] = frame[side].map(names).fillna(frame[f"{side}_held"]).fillna(frame[side])
    frame["amount"] = frame["amount"].astype("float64")
    return frame[[*_PAID[:4], "payer", "payee", "payer_name", "payee_name", *_PAID[4:], *_ORIGIN]]


def loose_accounts(workspace: Workspace) -> dict[str, tuple[str, str]]:
    """Accounts whose holder is nobody in the tables: id -> (the name printed for it, or the id; ``account``)."""
    if not workspace.has("accounts"):
        return {}
    accounts = resolved(workspace, "accounts").filter(lambda t: t.holder_id.isnull())
    frame = accounts.select("account_id", "holder_name").execute().sort_values("account_id")
    called = frame["holder_name"].fillna(frame["account_id"])
    return {account: (name, "account") for account, name in zip(frame["account_id"], called, strict=True)}


def tenders(workspace: Workspace, firms: Iterable[str], named: Iterable[str], names: Mapping[str, str]) -> pd.DataFrame:
    """Every bid of the tenders that one of ``firms`` bid for, and of those ``named``; with the tender's columns."""
    bids, table = resolved(workspace, "bids"), resolved(workspace, "tenders")
    theirs = bids.semi_join(_list(firms, "firm"), [("bidder_id", "firm")]).select("tender_id")
    mine = theirs.union(_list(named, "tender_id").cast({"tender_id": "string"})).distinct()
    every = bids.semi_join(mine, "tender_id").join(
        table.select(*_TENDER), [("tender_id", "tender_id")], rname="{name}_of_tender"
    )
    columns = [*_TENDER, *_BID, *_ORIGIN]
    frame = every.select(*columns).order_by(["opened_at", "tender_id", "price"]).execute()
    for side in ("buyer", "bidder"):
        frame[f"{side}_name"] = frame[f"{side}_id"].map(names).fillna(frame[f"{side}_id"])
    return frame


def events(workspace: Workspace, inside: Iterable[str], names: Mapping[str, str]) -> pd.DataFrame:
    """What officials ``inside`` decided about parties ``inside``: ``when, kind, label, parties, table, key``; by day."""
    here = _list(inside, "entity")
    acts = relation(workspace, "acts").semi_join(here, [("official_id", "entity")])
    mine = acts.semi_join(here, [("party_id", "entity")]).execute()
    rows = [
        (
            row.happened_on,
            row.act,
            f"{names.get(row.official_id, row.official_id)} → {names.get(row.party_id, row.party_id)}",
            [row.official_id, row.party_id],
            row.rows[0]["table"],
            row.rows[0]["key"],
        )
        for row in mine.itertuples()
    ]
    frame = pd.DataFrame(rows, columns=["when", "kind", "label", "parties", "table", "key"])
    return frame.sort_values(["when", "table", "key"]).reset_index(drop=True)
