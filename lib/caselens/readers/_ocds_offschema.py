"""Publishers that left the schema, brought back to it: the rest of the reader knows only the standard's shape.

Taiwan's tender awards print one ``awards`` object, whose ``items`` hold the suppliers with their award value and, under
``withoutTenderer``, the losing prices without names; who took part stands in ``tender.tenderers``.
"""

from __future__ import annotations

from typing import Any

from caselens.readers._ocds_values import Told, mapping, objects

Release = dict[str, Any]


def standard(release: Release, told: Told) -> Release:
    """``release`` in the standard's shape; the same object if it is in it already."""
    result = release
    tender = release.get("tender")
    if isinstance(tender, dict) and "tenderPeriod" not in tender and isinstance(tender.get("tederPeriod"), dict):
        told.events["off_schema"] += 1
        result = {**result, "tender": {**tender, "tenderPeriod": tender["tederPeriod"]}}
    awards = objects(release.get("awards"), told, "awards")
    if any(_has_inner_suppliers(award) for award in awards):
        told.events["off_schema"] += 1
        result = {**result, "awards": [inner for award in awards for inner in _split(award, told)]}
        if "bids" not in release:
            result["bids"] = {"details": _bids(mapping(result.get("tender"), told, "tender"), awards, told)}
    return result


def _has_inner_suppliers(award: Release) -> bool:
    items = award.get("items")
    return isinstance(items, list) and any(
        isinstance(item, dict) and ("suppliers" in item or "withoutTenderer" in item) for item in items
    )


def _split(award: Release, told: Told) -> list[Release]:
    """One award a supplier: each has its own value and contract period."""
    found: list[Release] = []
    for item in objects(award.get("items"), told, "awards/items"):
        for supplier in objects(item.get("suppliers"), told, "awards/items/suppliers"):
            found.append(
                {
                    "id": f"{award.get('id') or 'award'}-{item.get('number') or 1}-{supplier.get('number') or 1}",
                    "date": award.get("awardDate") or award.get("date"),
                    "status": award.get("status") or "active",
                    "title": award.get("title"),
                    "value": supplier.get("awardValue"),
                    "contractPeriod": supplier.get("contractPeriod"),
                    "suppliers": [supplier],
                    "items": [item],
                }
            )
    return found


def _key(party: Release) -> str:
    identifier = party.get("identifier")
    body = identifier if isinstance(identifier, dict) else {}
    return str(body.get("id") or body.get("legalName") or party.get("name") or party.get("id") or "")


def _bids(tender: Release, awards: list[Release], told: Told) -> list[Release]:
    """The offers: the suppliers at their award value, the losers at the printed price.

    The losing prices carry no name. Where as many tenderers are left as there are losing prices, they are paired in
    printed order (certain if it is one, else marked ``printed order`` and told); otherwise the bidder stays unnamed.
    """
    items = [item for award in awards for item in objects(award.get("items"), told, "awards/items")]
    tenderers = objects(tender.get("tenderers"), told, "tender/tenderers")
    result: list[Release] = []
    for item in items:
        suppliers = objects(item.get("suppliers"), told, "awards/items/suppliers")
        losers = objects(item.get("withoutTenderer"), told, "awards/items/withoutTenderer")
        winning = {_key(supplier) for supplier in suppliers}
        left = [tenderer for tenderer in tenderers if _key(tenderer) not in winning]
        for supplier in suppliers:
            result.append(_bid(supplier, supplier.get("awardValue"), "award value", item))
        if losers and len(left) == len(losers):
            basis = "only one left" if len(losers) == 1 else "printed order"
            told.events["paired"] += len(losers) if len(losers) > 1 else 0
            for who, loser in zip(left, losers, strict=True):
                result.append(_bid(who, _price(loser, suppliers), basis, item, loser))
        elif losers:
            result += [_bid(None, _price(loser, suppliers), "unnamed", item, loser) for loser in losers]
            told.events["unpaired"] += len(left)
        else:
            result += [_bid(tenderer, None, "tenderers", item) for tenderer in left]
    return result


def _price(loser: Release, suppliers: list[Release]) -> dict[str, Any]:
    """The losing price, in the currency of its row or else of the same item's award."""
    awarded = (supplier.get("awardValue") for supplier in suppliers)
    currencies = [value.get("currency") for value in awarded if isinstance(value, dict) and value.get("currency")]
    return {"amount": loser.get("bidAmount"), "currency": loser.get("currency") or next(iter(currencies), None)}


def _bid(who: Release | None, value: Any, basis: str, item: Release, loser: Release | None = None) -> Release:
    reason = (loser or {}).get("failReason")
    place = (loser or who or {}).get("number")
    return {
        "id": f"{item.get('number') or 1}-{basis.replace(' ', '-')}-{place}",
        "tenderers": [who] if who else [],
        "value": value,
        "x_basis": basis,
        "x_reason": reason,
    }
