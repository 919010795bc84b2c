"""Firms that are another firm in all but name: what two of them share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from caselens.indicators._declare import Inputs

#: Mark -> rows that show it, of one pair of firms.
Marks = dict[str, list[tuple[str, str]]]
_LEGAL = "legal_representative"


def _frame(inputs: Inputs, table: str, columns: tuple[str, ...]) -> pd.DataFrame:
    """``columns`` and ``row_key`` of a table, empty where it was not delivered."""
    if not inputs.has(table):
        return pd.DataFrame(columns=[*columns, "row_key"])
    return inputs.table(table).select(*columns, "row_key").execute()


def marks(inputs: Inputs, listed: Iterable[str]) -> dict[tuple[str, str], Marks]:
    """(listed firm, other firm) -> what they share.

    ``legal_representative``; ``controller`` (legal representative or largest holder of the listed firm who is the
    largest holder of the other; or the listed firm itself holds it); ``phone`` (of the firm or of its bids) and
    ``address`` of few users; ``account`` (one pays deposits from an account that the other holds or uses); ``staff``
    (another role, a project manager, a certificate, or two insured people in both). Few listed firms; O(rows) a table.
    """
    old = set(listed)
    found: dict[tuple[str, str], Marks] = {}

    def add(one: str, other: str, mark: str, *rows: tuple[str, str]) -> None:
        if one != other:
            found.setdefault((one, other), {}).setdefault(mark, []).extend(rows)

    _people(inputs, old, add)
    _contacts(inputs, old, add)
    _bids(inputs, old, add)
    _staff(inputs, old, add)
    return found


def _shared(rows: pd.DataFrame, old: set[str], firm: str, on: str) -> Iterable[dict[str, Any]]:
    """Rows of listed firms beside those of other firms with the same value."""
    usable = rows[rows[on].notna() & rows[firm].notna()]
    pairs = usable[usable[firm].isin(old)].merge(usable, on=on, suffixes=("", "_other"))
    return pairs[pairs[firm] != pairs[f"{firm}_other"]].to_dict("records")


def _people(inputs: Inputs, old: set[str], add: Any) -> None:
    posts = _frame(inputs, "directorships", ("org_id", "person_id", "role"))
    for row in _shared(posts, old, "org_id", "person_id"):
        both = row["role"] == _LEGAL and row["role_other"] == _LEGAL
        keys = (("directorships", row["row_key"]), ("directorships", row["row_key_other"]))
        add(row["org_id"], row["org_id_other"], _LEGAL if both else "staff", *keys)
    held = _frame(inputs, "ownerships", ("org_id", "holder_id", "share"))
    share = held["share"].astype("float64").fillna(1.0)
    major = held[(share >= 0.5) | (share == share.groupby(held["org_id"]).transform("max"))]
    heads = posts[posts["role"] == _LEGAL].rename(columns={"person_id": "holder_id"})
    of_old = pd.concat([
        major[major["org_id"].isin(old)].assign(table="ownerships"),
        heads[heads["org_id"].isin(old)].assign(table="directorships"),
    ])  # fmt: skip
    for row in of_old.merge(major, on="holder_id", suffixes=("", "_other")).to_dict("records"):
        keys = ((row["table"], row["row_key"]), ("ownerships", row["row_key_other"]))
        add(row["org_id"], row["org_id_other"], "controller", *keys)
    for row in major[major["holder_id"].isin(old)].to_dict("records"):
        add(row["holder_id"], row["org_id"], "controller", ("ownerships", row["row_key"]))


def _contacts(inputs: Inputs, old: set[str], add: Any) -> None:
    firms = _frame(inputs, "organizations", ("org_id", "phone", "address"))
    for column in ("phone", "address"):
        value = firms[column].str.strip()
        value = value.str.replace(r"\D", "", regex=True) if column == "phone" else value
        users = value.groupby(value).transform("size")
        few = firms.assign(value=value)[(value.str.len() >= 4) & (users <= inputs["max_shared_contact"])]
        for row in _shared(few, old, "org_id", "value"):
            keys = (("organizations", row["row_key"]), ("organizations", row["row_key_other"]))
            add(row["org_id"], row["org_id_other"], column, *keys)


def _bids(inputs: Inputs, old: set[str], add: Any) -> None:
    bids = _frame(inputs, "bids", ("bidder_id", "deposit_account", "contact_phone", "project_manager_id"))
    for column, mark in (("deposit_account", "account"), ("contact_phone", "phone"), ("project_manager_id", "staff")):
        once = bids[bids[column].notna()].drop_duplicates(["bidder_id", column])
        users = once.groupby(column)["bidder_id"].transform("nunique")
        for row in _shared(once[users <= inputs["max_shared_contact"]], old, "bidder_id", column):
            add(
                row["bidder_id"], row["bidder_id_other"], mark, ("bids", row["row_key"]), ("bids", row["row_key_other"])
            )
    held = _frame(inputs, "accounts", ("account_id", "holder_id"))
    used = bids.drop_duplicates(["bidder_id", "deposit_account"]).merge(
        held, left_on="deposit_account", right_on="account_id", suffixes=("", "_account")
    )
    for row in used[used["bidder_id"] != used["holder_id"]].to_dict("records"):
        keys = (("bids", row["row_key"]), ("accounts", row["row_key_account"]))
        if row["holder_id"] in old:
            add(row["holder_id"], row["bidder_id"], "account", *keys)
        if row["bidder_id"] in old:
            add(row["bidder_id"], row["holder_id"], "account", *keys)


def _staff(inputs: Inputs, old: set[str], add: Any) -> None:
    for row in _shared(_frame(inputs, "licences", ("org_id", "holder_person_id")), old, "org_id", "holder_person_id"):
        add(
            row["org_id"],
            row["org_id_other"],
            "staff",
            ("licences", row["row_key"]),
            ("licences", row["row_key_other"]),
        )
    jobs = _frame(inputs, "employments", ("org_id", "person_id"))
    pairs = pd.DataFrame(_shared(jobs, old, "org_id", "person_id"))
    if len(pairs):
        for (one, other), part in pairs.groupby(["org_id", "org_id_other"]):
            if part["person_id"].nunique() >= 2:
                keys = [("employments", key) for key in (*part["row_key"], *part["row_key_other"])]
                add(str(one), str(other), "staff", *keys)
