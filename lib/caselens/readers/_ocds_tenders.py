"""Tenders, bids and bid items of one OCDS contracting process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from caselens.readers._declare import Refused, Row
from caselens.readers._ocds_process import Award, Process
from caselens.readers._ocds_values import Values, first, mapping, money, objects, text

Given = Iterator[Row | Refused]

_CANCELLED = ("cancelled", "unsuccessful", "withdrawn")
_TENDER_STATUS = {"planning": "planned", "planned": "planned", "active": "open", "complete": "awarded"}
#: Prozorro prints ``active`` for a bid that stands.
_BID_STATUS = {
    "valid": "valid",
    "active": "valid",
    "disqualified": "rejected",
    "rejected": "rejected",
    "invalid": "rejected",
    "withdrawn": "withdrawn",
}
_EVALUATION = {
    "priceOnly": "lowest_evaluated_price",
    "lowestCost": "lowest_evaluated_price",
    "costOnly": "lowest_evaluated_price",
    "qualityOnly": "comprehensive",
    "ratedCriteria": "comprehensive",
    "bestProposal": "comprehensive",
    "bestValueToGovernment": "comprehensive",
    "最低標": "lowest_evaluated_price",
    "最有利標": "comprehensive",
    "準用最有利標": "comprehensive",
    "參考最有利標精神": "comprehensive",
}


def tender_rows(process: Process, whole_is_named: bool) -> Given:
    """One tender a lot, or one for the process; with lots also one for the whole if a bid or contract refers to it."""
    if not process.tender:
        process.told.events["no_tender"] += 1
        return
    if process.lots:
        for lot_id, lot in process.lots.items():
            yield from process.give("tenders", _tender(process, lot_id, lot), {"ocid": process.ocid, "lot": lot})
        if not whole_is_named:
            return
    yield from process.give("tenders", _tender(process, None, {}), process.tender)


def _tender(process: Process, lot_id: str | None, lot: dict[str, Any]) -> Values:
    told, tender, clock = process.told, process.tender, process.clock
    planning = mapping(process.body.get("planning"), told, "planning")
    planned = money(
        mapping(planning.get("budget"), told, "planning/budget").get("amount"), told, "planning/budget/amount"
    )
    own = money(tender.get("value"), told, "tender/value")
    inner = money(mapping(tender.get("budget"), told, "tender/budget").get("value"), told, "tender/budget/value")
    of_lot = money(lot.get("value"), told, "tender/lots/value")
    # The money of the whole process is no lot's budget.
    worth, currency = next((pair for pair in ((of_lot,) if lot_id else (own, inner, planned)) if pair[0]), (None, None))
    period = mapping(tender.get("tenderPeriod"), told, "tender/tenderPeriod")
    deadline, offset = clock.moment(period.get("endDate"), "tender/tenderPeriod/endDate")
    opening = mapping(tender.get("bidOpening"), told, "tender/bidOpening")
    opened, opened_offset = clock.moment(opening.get("date"), "tender/bidOpening/date")
    awards = [award for award in process.awards if award.active and _for_lot(award, lot_id)]
    days = [day for award in awards if (day := clock.day(award.body.get("date"), "awards/date"))]
    status = text((lot if lot_id and lot.get("status") else tender).get("status"), told, "tender/status")
    criteria = text(tender.get("awardCriteria"), told, "tender/awardCriteria")
    ceiling, _ = money(tender.get("maxValue"), told, "tender/maxValue")
    agents = process.book.roles.get("procurementAgent", ())
    return {
        "tender_id": f"{process.ocid}#{lot_id}" if lot_id else process.ocid,
        "project_id": process.project_id(),
        "lot": lot_id,
        "buyer_id": process.buyer_id,
        "agent_id": process.book.org_id(agents[0]) if agents else None,
        "title": first(
            text(lot.get("title"), told, "tender/lots/title"),
            text(tender.get("title"), told, "tender/title"),
            text(process.body.get("name"), told, "name"),
            text(lot.get("description"), told, "tender/lots/description"),
            text(tender.get("description"), told, "tender/description"),
        ),
        "method": process.method(),
        "category": text(tender.get("mainProcurementCategory"), told, "tender/mainProcurementCategory"),
        "budget": worth,
        "ceiling_price": ceiling,
        "published_on": first(
            clock.day(tender.get("datePublished"), "tender/datePublished"),
            clock.day(period.get("startDate"), "tender/tenderPeriod/startDate"),
        ),
        "deadline_at": deadline,
        "deadline_at_offset": offset,
        "opened_at": opened,
        "opened_at_offset": opened_offset,
        "awarded_on": min(days, default=None),
        "status": _status(process, status, bool(awards)),
        "evaluation_method": _evaluation(process, criteria),
        "currency": currency,
        "ocds_status": status,
        "ocds_method": text(tender.get("procurementMethod"), told, "tender/procurementMethod"),
        "ocds_method_details": text(tender.get("procurementMethodDetails"), told, "tender/procurementMethodDetails"),
        "ocds_award_criteria": criteria,
        "ocds_level": "lot" if lot_id else "process",
        "procuring_entity_id": process.entity_id,
        "number_of_tenderers": text(tender.get("numberOfTenderers"), told, "tender/numberOfTenderers")
        or text(tender.get("numberOfBids"), told, "tender/numberOfBids"),
        "planning_budget": planned[0],
        "classification": _classification(process, lot_id),
    }


def _for_lot(award: Award, lot_id: str | None) -> bool:
    return lot_id is None or not award.lots or lot_id in award.lots


def _classification(process: Process, lot_id: str | None) -> str | None:
    """``scheme:code`` of the first item (of the lot)."""
    for item in objects(process.tender.get("items"), process.told, "tender/items"):
        if lot_id is None or item.get("relatedLot") in (None, lot_id):
            body = mapping(item.get("classification"), process.told, "tender/items/classification")
            code = text(body.get("id"), process.told, "tender/items/classification/id")
            scheme = text(body.get("scheme"), process.told, "tender/items/classification/scheme")
            if code:
                return f"{scheme}:{code}" if scheme else code
    return None


def _status(process: Process, printed: str | None, has_award: bool) -> str:
    """Our status, never empty: an empty one would mean awarded."""
    if printed in _CANCELLED:
        return "cancelled"
    if has_award:
        return "awarded"
    if printed is not None and printed not in _TENDER_STATUS:
        process.told.codes[f"tender/status={printed}"] += 1
    return _TENDER_STATUS.get(printed or "", "open")


def _evaluation(process: Process, printed: str | None) -> str | None:
    if printed is None or printed in _EVALUATION:
        return _EVALUATION.get(printed or "")
    process.told.codes[f"awardCriteria={printed}"] += 1
    return printed


def bid_rows(process: Process) -> Given:
    """Bids of the bids extension, else the tenderers as bids without price."""
    told = process.told
    bids = objects(mapping(process.body.get("bids"), told, "bids").get("details"), told, "bids/details")
    if not bids:
        tenderers = objects(process.tender.get("tenderers"), told, "tender/tenderers")
        told.events["unpriced"] += len(tenderers)
        bids = [{"tenderers": [tenderer], "x_basis": "tenderers"} for tenderer in tenderers]
    for number, bid in enumerate(bids, start=1):
        status = text(bid.get("status"), told, "bids/details/status")
        if status == "invited":
            told.events["invited"] += 1
            continue
        yield from _bid(process, bid, status, number)


def _bid(process: Process, bid: dict[str, Any], status: str | None, number: int) -> Given:
    told = process.told
    tenderers = objects(bid.get("tenderers"), told, "bids/details/tenderers")
    bidder_id, members = process.book.group(tenderers, "bids/details/tenderers")
    lots = process.lots_of(bid, "bids/details")
    price, currency = money(bid.get("value"), told, "bids/details/value")
    submitted, offset = process.clock.moment(bid.get("date"), "bids/details/date")
    name, phone = process.book.contact(tenderers[0]) if len(tenderers) == 1 else (None, None)
    bid_id = text(bid.get("id"), told, "bids/details/id")
    if status is not None and status not in _BID_STATUS:
        told.codes[f"bids/details/status={status}"] += 1
    told.events["many_lots"] += len(lots) > 1
    for tender_id, lot_id in process.tenders_of(lots):
        # One price for several lots is the price of none of them.
        alone = len(lots) < 2
        values: Values = {
            "tender_id": tender_id,
            "bidder_id": bidder_id or process.book.unnamed(tender_id, str(number)),
            "price": price if alone else None,
            "price_of_all_lots": None if alone else price,
            "submitted_at": submitted,
            "submitted_at_offset": offset,
            "status": _BID_STATUS.get(status or ""),
            "is_winner": _wins(process, bid_id, frozenset(members), lot_id),
            "contact_name": name,
            "contact_phone": phone,
            "currency": currency,
            "bid_id": bid_id,
            "ocds_status": status,
            "member_ids": ";".join(members) if len(members) > 1 else None,
            "bidder_basis": text(bid.get("x_basis"), told, "bids/details"),
            "reason_lost": text(bid.get("x_reason"), told, "bids/details"),
        }
        yield from process.give("bids", values, bid)
        yield from _items(process, bid, values, lot_id)


def _wins(process: Process, bid_id: str | None, members: frozenset[str], lot_id: str | None) -> str | None:
    """Is the bidder a supplier of a standing award of this tender? Empty where the process has no award yet."""
    awards = [award for award in process.awards if _for_lot(award, lot_id)]
    if not awards:
        return None
    standing = [award for award in awards if award.active]
    for award in standing:
        if award.bid_ids and bid_id is not None:
            if bid_id in award.bid_ids:
                return "true"
        elif members and members <= award.members:
            return "true"
    return "false"


def _items(process: Process, bid: dict[str, Any], values: Values, lot_id: str | None) -> Given:
    told = process.told
    for number, item in enumerate(objects(bid.get("items"), told, "bids/details/items"), start=1):
        unit = mapping(item.get("unit"), told, "bids/details/items/unit")
        price, currency = money(unit.get("value"), told, "bids/details/items/unit/value")
        row: Values = {
            "tender_id": values["tender_id"],
            "bidder_id": values["bidder_id"],
            "item_no": text(item.get("id"), told, "bids/details/items/id") or str(number),
            "description": text(item.get("description"), told, "bids/details/items/description"),
            "quantity": text(item.get("quantity"), told, "bids/details/items/quantity"),
            "unit": text(unit.get("name"), told, "bids/details/items/unit/name"),
            "unit_price": price,
            "currency": currency,
        }
        lot = text(item.get("relatedLot"), told, "bids/details/items/relatedLot")
        if lot_id is None or lot in (None, lot_id):
            yield from process.give("bid_items", row, item)
