"""Marks that bids of different bidders have in common: machine, certificate, file, telephone, deposit account, address.

Two independent kinds of marks make a lead, one of them of machine, certificate, file or deposit. A network address or
the minute of upload says nothing alone: hotels, agencies and public networks share them honestly.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import pandas as pd

#: Columns of marks and their kind. Marks of one kind are not independent (one writer has one program), but for the
#: network card and the disk: an address is copied easily, a card and a disk together are one computer.
KINDS: dict[str, str] = {
    "device_mac": "device",
    "disk_serial": "device",
    "ca_serial": "certificate",
    "software_licence": "file",
    "file_author": "file",
    "contact_phone": "contact",
    "deposit_account": "deposit",
    "project_manager_id": "staff",
    "device_ip": "network",
}

#: At least one of these must be among the two kinds.
STRONG: frozenset[str] = frozenset({"device", "certificate", "file", "deposit"})

_COMPUTER: frozenset[str] = frozenset({"device_mac", "disk_serial"})

#: What stands in such columns where nothing was recorded.
BLANKS: frozenset[str] = frozenset(
    {"", "0", "none", "null", "nan", "unknown", "n/a", "无", "未知", "administrator", "user"}
)

#: A mark shared by more bidders than this belongs to a service all of them use (an agency, a shop, a public network).
MOST_SHARERS = 5

UPLOAD_MINUTES = 10


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """Result of ``fingerprints``.

    Attributes:
        pairs: one row a tender and pair of bidders with a common mark: ``tender_id``, ``bidder_id``, ``other_id``,
            ``marks`` (names of the columns), ``kinds``, ``state`` (``hit``, or ``note``: shown, never a lead alone).
        evidence: one row a common mark: ``tender_id``, ``bidder_id``, ``other_id``, ``mark``, ``value``.
        excluded: marks left out by rule: ``mark``, ``value``, ``bidders``, ``rule``.
        missing: columns of marks that the bids do not have, so that nothing could be found in them.
    """

    pairs: pd.DataFrame
    evidence: pd.DataFrame
    excluded: pd.DataFrame
    missing: tuple[str, ...]


def fingerprints(
    bids: pd.DataFrame,
    *,
    public_addresses: Collection[str] = (),
    most_sharers: int = MOST_SHARERS,
    upload_minutes: float = UPLOAD_MINUTES,
    private_addresses: bool = False,
) -> Fingerprints:
    """Common marks of different bidders in one tender.

    Args:
        bids: ``tender_id``, ``bidder_id`` and any of the columns of ``KINDS`` and ``submitted_at``.
        public_addresses: addresses or networks (``203.0.113.0/24``) known as exits of agencies and public networks.
        most_sharers: a value used by more different bidders than this, in whatever tender, is excluded and listed.
        upload_minutes: uploads at most so far apart are the mark ``submitted_at`` of kind ``time``.
        private_addresses: count addresses of private networks too, as a platform within such a network records them.

    Excluded by rule and listed: blanks and placeholders, private and reserved addresses, ``public_addresses``, and
    values of too many bidders. A common mark in *different* tenders does not count here.
    """
    present = [name for name in KINDS if name in bids]
    missing = tuple(name for name in (*KINDS, "submitted_at") if name not in bids)
    found, excluded = [], []
    for name in present:
        marks = _marks(bids, name)
        rule = _rules(marks, name, public_addresses, most_sharers, private_addresses)
        out = marks[rule != ""].assign(rule=rule[rule != ""])
        excluded.append(out.groupby(["mark", "value", "rule"], as_index=False)["bidder_id"].nunique())
        found.append(_shared(marks[rule == ""]))
    if "submitted_at" in bids:
        found.append(_close_uploads(bids, upload_minutes))
    columns = ["tender_id", "bidder_id", "other_id", "mark", "value"]
    evidence = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=columns)
    evidence = evidence.sort_values(columns[:4], ignore_index=True)[columns]
    listed = pd.concat(excluded, ignore_index=True) if excluded else pd.DataFrame(columns=["mark", "value", "rule"])
    listed = listed.rename(columns={"bidder_id": "bidders"})
    return Fingerprints(_pairs(evidence), evidence, listed, missing)


def _marks(bids: pd.DataFrame, name: str) -> pd.DataFrame:
    """Each bidder's value of a mark in each tender, normalised; without the empty ones."""
    frame = bids[["tender_id", "bidder_id"]].assign(mark=name, value=bids[name].map(lambda raw: normal(raw, name)))
    return frame[frame["value"] != ""].drop_duplicates().reset_index(drop=True)


def normal(raw: Any, name: str) -> str:
    """The mark as it is compared: no case, no separators in numbers; empty where nothing was recorded."""
    if pd.isna(raw):
        return ""
    text = str(raw).strip().lower()
    if name in ("device_mac", "disk_serial", "ca_serial"):
        text = "".join(char for char in text if char.isalnum())
        if (text and set(text) <= {"0"}) or set(text) == {"f"}:
            return ""
    if name == "contact_phone":
        digits = "".join(char for char in text if char.isdigit())
        text = digits.removeprefix("0086") if digits.startswith("0086") else digits
        text = text[2:] if len(text) == 13 and text.startswith("86") else text
    return "" if text in BLANKS else text


def _rules(marks: pd.DataFrame, name: str, public: Collection[str], most: int, private: bool) -> pd.Series:
    """By which rule each mark is excluded; empty where it counts."""
    sharers = marks.groupby("value")["bidder_id"].transform("nunique")
    rule = pd.Series("", index=marks.index, dtype=object).mask(sharers > most, f"used by more than {most} bidders")
    if name == "device_ip":
        networks = [ipaddress.ip_network(one, strict=False) for one in public]
        told = {value: _address_rule(value, networks, private) for value in marks["value"].unique()}
        by_address = marks["value"].map(told)
        rule = rule.mask(by_address != "", by_address)
    return rule


def _address_rule(value: str, networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network], private: bool) -> str:
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return "not an address"
    if any(address in network for network in networks):
        return "exit of an agency or public network"
    if private and address.is_private and not (address.is_loopback or address.is_link_local or address.is_unspecified):
        return ""
    # Documentation networks are reserved too but stand for public ones in examples.
    return "private or reserved address" if address.is_private and not _is_example(address) else ""


def _is_example(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    examples = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
    return any(address in ipaddress.ip_network(one) for one in examples)


def _shared(marks: pd.DataFrame) -> pd.DataFrame:
    """Pairs of bidders of one tender with the same value."""
    pairs = marks.merge(marks[["tender_id", "value", "bidder_id"]], on=["tender_id", "value"], suffixes=("", "_other"))
    pairs = pairs[pairs["bidder_id"] < pairs["bidder_id_other"]]
    return pairs.rename(columns={"bidder_id_other": "other_id"})


def _close_uploads(bids: pd.DataFrame, minutes: float) -> pd.DataFrame:
    """Neighbouring uploads of different bidders at most ``minutes`` apart; the value is the distance in seconds."""
    frame = bids[["tender_id", "bidder_id"]].assign(at=pd.to_datetime(bids["submitted_at"], errors="coerce")).dropna()
    frame = frame.sort_values(["tender_id", "at", "bidder_id"])
    after = frame.groupby("tender_id")[["bidder_id", "at"]].shift(-1)
    gap = (after["at"] - frame["at"]).dt.total_seconds()
    close = (gap <= minutes * 60) & (after["bidder_id"] != frame["bidder_id"])
    ends = pd.DataFrame({"one": frame["bidder_id"][close], "two": after["bidder_id"][close]}).astype(str)
    value = gap[close].astype(int).astype(str) + " s"
    out = pd.DataFrame({"tender_id": frame["tender_id"][close], "mark": "submitted_at", "value": value})
    return out.assign(bidder_id=ends.min(axis=1), other_id=ends.max(axis=1))


def _pairs(evidence: pd.DataFrame) -> pd.DataFrame:
    """Tender and pair with all their common marks, and whether they make a lead."""
    grouped = evidence.groupby(["tender_id", "bidder_id", "other_id"])["mark"]
    pairs = grouped.agg(lambda marks: tuple(sorted(set(marks)))).rename("marks").reset_index()
    kinds = [tuple(sorted({KINDS.get(mark, "time") for mark in marks})) for marks in pairs["marks"]]
    pairs["kinds"] = pd.Series(kinds, dtype=object)
    is_hit = [
        (len(one) >= 2 and bool(STRONG & set(one))) or _COMPUTER.issubset(marks)
        for one, marks in zip(kinds, pairs["marks"], strict=True)
    ]
    pairs["state"] = pd.Series(["hit" if hit else "note" for hit in is_hit], dtype=object)
    return pairs
