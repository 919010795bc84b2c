"""A release made ready for the flags: structure, ids, defaults, code lists, redactions and lots, as settings say."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from caselens.bids._ocds_flags_settings import Settings

Release = dict[str, Any]


def dicts(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; one object where a list is due counts as a list of one."""
    if isinstance(value, dict):
        return [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def inner(release: Release, *path: str) -> dict[str, Any]:
    """The object at ``path``, empty where there is none."""
    value: Any = release
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def bids_of(release: Release) -> list[dict[str, Any]]:
    """``bids/details``."""
    return dicts(inner(release, "bids").get("details"))


def org_id(reference: Any) -> str | None:
    """The id of an organization reference as text; a number counts, an empty text does not."""
    found = reference.get("id") if isinstance(reference, dict) else None
    if isinstance(found, bool) or not isinstance(found, str | int):
        return None
    return str(found) or None


class Preparation:
    """What the settings change in a release before the flags look at it. Releases are changed in place."""

    def __init__(self, settings: Settings) -> None:
        get = settings.get
        self._bid_status: str | None = get("defaults.bid_status")
        self._award_status: str | None = get("defaults.award_status")
        self._currency: str | None = get("defaults.currency")
        self._scheme: str | None = get("defaults.item_classification_scheme")
        self._bid_codes: dict[str, str] = get("codelists.bid_status", {})
        self._award_codes: dict[str, str] = get("codelists.award_status", {})
        self._amounts = frozenset(_number(text) for text in get("redactions.amount", ()))
        self._ids: frozenset[str] = get("redactions.organization_id", frozenset())
        self._buyer_prefix: str = get("modifications.prefix_buyer_or_procuring_entity_id", "")
        self._tenderer_prefix: str = get("modifications.prefix_tenderer_or_supplier_id", "")
        self._separator: str = get("modifications.split_procurement_method_details", "")
        self._auctions: bool = get("modifications.move_auctions", False)
        self._by_contracts: bool = get("corrections.award_status_by_contract_status", False)
        self._needed = any(name.startswith(_PREPARING) for name in settings.values)

    def apply(self, release: Release) -> None:
        """Change ``release`` as the settings say; nothing happens where they say nothing."""
        if not self._needed:
            return
        if self._auctions and "bids" not in release:
            self._move_auctions(release)
        for holder in (release.get("buyer"), inner(release, "tender").get("procuringEntity")):
            self._organization(holder, self._buyer_prefix)
        for bid in bids_of(release):
            self._bid(bid)
        for award in dicts(release.get("awards")):
            self._award(award)
        if self._by_contracts:
            _follow_contracts(release)
        tender = release.get("tender")
        if self._separator and isinstance(tender, dict):
            details = tender.get("procurementMethodDetails")
            if isinstance(details, str):
                tender["procurementMethodDetails"] = details.split(self._separator)[0].strip()

    def _bid(self, bid: dict[str, Any]) -> None:
        if self._bid_status and bid.get("status") is None:
            bid["status"] = self._bid_status
        bid["status"] = _mapped(self._bid_codes, bid.get("status"))
        value = bid.get("value")
        if isinstance(value, dict):
            if self._currency and value.get("currency") is None:
                value["currency"] = self._currency
            if self._amounts and _number(value.get("amount")) in self._amounts:
                del value["amount"]
        for tenderer in dicts(bid.get("tenderers")):
            self._organization(tenderer, self._tenderer_prefix)

    def _award(self, award: dict[str, Any]) -> None:
        if self._award_status and award.get("status") is None:
            award["status"] = self._award_status
        award["status"] = _mapped(self._award_codes, award.get("status"))
        for supplier in dicts(award.get("suppliers")):
            self._organization(supplier, self._tenderer_prefix)
        for item in dicts(award.get("items")):
            classification = item.get("classification")
            if self._scheme and isinstance(classification, dict) and classification.get("scheme") is None:
                classification["scheme"] = self._scheme

    def _organization(self, reference: Any, prefix: str) -> None:
        found = org_id(reference)
        if found is None:
            return
        if found in self._ids:
            del reference["id"]
        elif prefix and not found.startswith(prefix):
            reference["id"] = prefix + found

    def _move_auctions(self, release: Release) -> None:
        stages = [stage for auction in dicts(release.get("auctions")) for stage in dicts(auction.get("stages"))]
        release["bids"] = {"details": [bid for stage in stages for bid in dicts(stage.get("bids"))]}


_PREPARING = ("defaults.", "codelists.", "redactions.", "modifications.", "corrections.")


def _mapped(codes: dict[str, str], status: Any) -> Any:
    return codes.get(status, status) if isinstance(status, str) else status


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def _follow_contracts(release: Release) -> None:
    """An award whose contracts are all cancelled is cancelled."""
    statuses: dict[str, set[str]] = {}
    for contract in dicts(release.get("contracts")):
        statuses.setdefault(str(contract.get("awardID")), set()).add(str(contract.get("status")))
    for award in dicts(release.get("awards")):
        if statuses.get(str(award.get("id"))) == {"cancelled"}:
            award["status"] = "cancelled"


def lots_of(release: Release, ocid: str) -> Iterator[tuple[str, Release]]:
    """Each lot as a process of its own, ``ocid#lot``; a release without lots as it is.

    A bid or award belongs to a lot if it names it; with one lot, if it names none. A bid for several lots takes part
    in each without its price, which is the price of none of them. The number of tenderers is known for the whole only.
    """
    tender = inner(release, "tender")
    lots = [lot for lot in dicts(tender.get("lots")) if org_id(lot) is not None]
    if not lots:
        yield ocid, release
        return
    bids = [(bid, _lots_named(bid)) for bid in bids_of(release)]
    awards = [(award, _lots_named(award)) for award in dicts(release.get("awards"))]
    for lot in lots:
        lot_id = str(org_id(lot))
        of_lot = {**tender, "status": lot.get("status") or tender.get("status"), "numberOfTenderers": None}
        if len(lots) == 1:
            of_lot["numberOfTenderers"] = tender.get("numberOfTenderers")
        mine = [
            bid if len(named) < 2 else {**bid, "value": None}
            for bid, named in bids
            if lot_id in named or (not named and len(lots) == 1)
        ]
        given = [award for award, named in awards if lot_id in named or (not named and len(lots) == 1)]
        yield f"{ocid}#{lot_id}", {**release, "tender": of_lot, "bids": {"details": mine}, "awards": given}


def _lots_named(body: dict[str, Any]) -> set[str]:
    names: list[Any] = [body.get("relatedLot"), body.get("lotID")]
    related = body.get("relatedLots")
    names += related if isinstance(related, list) else [related]
    names += [item.get("relatedLot") for item in dicts(body.get("items"))]
    return {str(name) for name in names if isinstance(name, str | int)}
