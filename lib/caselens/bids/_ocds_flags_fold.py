"""What one contracting process says to each red flag: a result at once, or a number kept for the fences."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from caselens.bids._ocds_flags_bids import Bid, ids_of, is_after, sole_winner, submitted, whole_days
from caselens.bids._ocds_flags_prepare import Release, bids_of, dicts, inner, org_id
from caselens.bids._ocds_flags_settings import Settings

Flags = dict[str, dict[str, dict[str, float]]]

_CLOSED = ("active", "cancelled", "unsuccessful")


@dataclass
class Kept:
    """What the processes left behind for the end. Prices are kept by currency, for the main one is known last."""

    results: Flags = field(default_factory=dict)
    #: currency → ocid → (difference, winner, lowest other tenderer)
    differences: dict[str, dict[str, tuple[float, str, str]]] = field(default_factory=lambda: defaultdict(dict))
    #: currency → ocid → tenderers with the same price
    identical: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=lambda: defaultdict(dict))
    #: currency → ocids whose lowest bid was disqualified
    lowest: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    #: tenderer → [processes won, processes with a valid bid]
    wins: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    #: party → [disqualified, submitted, processes]
    buyers: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0]))
    entities: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0]))
    tenderers: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0]))
    #: tenderer → classes of items awarded, and → processes they were awarded in
    classes: dict[str, set[tuple[Any, str]]] = field(default_factory=lambda: defaultdict(set))
    awarded: Counter[str] = field(default_factory=Counter)
    first_currency: str | None = None
    assessed: Counter[str] = field(default_factory=Counter)

    def flag(self, group: str, identifier: str, code: str, value: float) -> None:
        """Write one result."""
        self.results.setdefault(group, {}).setdefault(identifier, {})[code] = value


class Fold:
    """Looks at one release after the other and fills ``kept``. Linear in the number of bids of a process."""

    def __init__(self, settings: Settings) -> None:
        self.kept = Kept()
        self._on = settings.enabled
        self._get = settings.get

    def add(self, release: Release, ocid: str) -> None:
        """Take in one process that is not cancelled and not excluded."""
        on, tender = self._on, inner(release, "tender")
        bids = [bid for body in bids_of(release) if (bid := submitted(body)) is not None]
        awards = dicts(release.get("awards"))
        active = [award for award in awards if award.get("status") == "active"]
        settled = bool(awards) and all(award.get("status") in _CLOSED for award in awards)
        if self.kept.first_currency is None:
            self.kept.first_currency = next((bid.currency for bid in bids if bid.currency is not None), None)
        if "R003" in on:
            self._short_period(tender, ocid)
        if "R018" in on:
            self._single_bid(tender, ocid)
        if "R030" in on:
            self._late_bid(tender, bids, active, ocid)
        if "R035" in on and settled:
            self._all_but_one(bids, active, ocid)
        if bids and "R038" in on:
            self._disqualified(release, bids)
        if active and "R048" in on:
            self._classes(active)
        winner = sole_winner(active, bids) if settled else None
        if winner is not None and "R025" in on:
            self._wins(bids, winner)
        if bids and self._prices_compare(tender):
            if winner is not None and ("R024" in on or "R058" in on):
                self._difference(bids, winner, ocid)
            if "R028" in on:
                self._identical(bids, ocid)
            if active and "R036" in on:
                self._lowest(bids, ocid)

    def _prices_compare(self, tender: dict[str, Any]) -> bool:
        """Does the procedure let bidders set their prices?"""
        details = _word(tender, "procurementMethodDetails")
        without = self._get("no_price_comparison_procurement_methods", ())
        only = self._get("price_comparison_procurement_methods")
        return details not in without and (only is None or details in only)

    def _short_period(self, tender: dict[str, Any], ocid: str) -> None:
        """R003: fewer whole days between start and end than the threshold."""
        methods = self._get("R003.procurement_methods")
        if methods is not None and _word(tender, "procurementMethod") not in methods:
            return
        period = inner(tender, "tenderPeriod")
        days = whole_days(period.get("startDate"), period.get("endDate"))
        if days is None:
            return
        self.kept.assessed["R003"] += 1
        by_details = self._get("R003.procurement_method_details", {})
        threshold = by_details.get(_word(tender, "procurementMethodDetails"), self._get("R003.threshold", 15))
        if days < threshold:
            self.kept.flag("OCID", ocid, "R003", 1.0)

    def _single_bid(self, tender: dict[str, Any], ocid: str) -> None:
        """R018: one tenderer in a competitive procedure."""
        number = tender.get("numberOfTenderers")
        if isinstance(number, bool) or not isinstance(number, int | float | Decimal):
            return
        if _word(tender, "procurementMethod") in self._get("R018.procurement_methods", ("open", "selective")):
            self.kept.assessed["R018"] += 1
            if number == 1:
                self.kept.flag("OCID", ocid, "R018", 1.0)

    def _late_bid(self, tender: dict[str, Any], bids: list[Bid], active: list[Any], ocid: str) -> None:
        """R030: a valid bid after the deadline, by a supplier of an active award."""
        deadline = inner(tender, "tenderPeriod").get("endDate")
        suppliers = {found for award in active for found in ids_of(award.get("suppliers"))}
        if not suppliers or is_after(deadline, deadline) is None:
            return
        for bid in bids:
            winners = [found for found in bid.ids if found in suppliers]
            if bid.status != "valid" or not winners:
                continue
            late = is_after(bid.date, deadline)
            self.kept.assessed["R030"] += late is not None
            if late:
                self.kept.flag("OCID", ocid, "R030", 1.0)
                for found in winners:
                    self.kept.flag("Tenderer", found, "R030", 1.0)

    def _all_but_one(self, bids: list[Bid], active: list[Any], ocid: str) -> None:
        """R035: the only tenderer with valid bids has all active awards, and others were disqualified."""
        valid = {found for bid in bids if bid.status == "valid" for found in bid.ids}
        suppliers = {found for award in active for found in ids_of(award.get("suppliers"))}
        if not valid or not suppliers:
            return
        self.kept.assessed["R035"] += 1
        others = {found for bid in bids if bid.status == "disqualified" for found in bid.ids} - valid
        if len(valid) == 1 and valid == suppliers and len(others) >= self._get("R035.threshold", 1):
            self.kept.flag("OCID", ocid, "R035", float(len(others)))
            self.kept.flag("Tenderer", next(iter(valid)), "R035", 0.0)

    def _disqualified(self, release: Release, bids: list[Bid]) -> None:
        """R038: disqualified and submitted bids by buyer, procuring entity and tenderer."""
        disqualified = sum(bid.status == "disqualified" for bid in bids)
        for reference, totals in (
            (release.get("buyer"), self.kept.buyers),
            (inner(release, "tender").get("procuringEntity"), self.kept.entities),
        ):
            found = org_id(reference)
            if found is not None:
                _add(totals[found], disqualified, len(bids))
        for bid in bids:
            for found in bid.ids:
                _add(self.kept.tenderers[found], int(bid.status == "disqualified"), 1)

    def _classes(self, active: list[Any]) -> None:
        """R048: the classes of the items awarded to one supplier alone."""
        digits = self._get("R048.digits", 2)
        awarded: set[str] = set()
        for award in active:
            suppliers = ids_of(award.get("suppliers"))
            if len(suppliers) != 1 or len(dicts(award.get("suppliers"))) != 1:
                continue
            for item in dicts(award.get("items")):
                classification = inner(item, "classification")
                code = org_id(classification)
                if code is not None and len(code) >= digits:
                    scheme = classification.get("scheme")
                    key = scheme if isinstance(scheme, str) else None
                    self.kept.classes[suppliers[0]].add((key, code[:digits]))
                    awarded.add(suppliers[0])
        self.kept.awarded.update(awarded)

    def _wins(self, bids: list[Bid], winner: str) -> None:
        """R025: a process counts once a tenderer, however many bids he made in it."""
        for found in {bid.ids[0] for bid in bids if bid.status == "valid" and bid.ids}:
            totals = self.kept.wins[found]
            totals[0] += found == winner
            totals[1] += 1

    def _difference(self, bids: list[Bid], winner: str, ocid: str) -> None:
        """R024 and R058: the winner's lowest valid bid against the lowest of the others."""
        own: dict[str, float] = {}
        other: dict[str, tuple[float, str]] = {}
        for bid in bids:
            if bid.status != "valid" or not bid.ids or bid.amount is None or bid.currency is None:
                continue
            if bid.ids[0] == winner:
                own[bid.currency] = min(bid.amount, own.get(bid.currency, bid.amount))
            elif bid.currency not in other or bid.amount < other[bid.currency][0]:
                other[bid.currency] = (bid.amount, bid.ids[0])
        for currency, won in own.items():
            if currency in other and 0 < won <= other[currency][0]:
                amount, second = other[currency]
                self.kept.differences[currency][ocid] = ((amount - won) / won, winner, second)

    def _identical(self, bids: list[Bid], ocid: str) -> None:
        """R028: one price, different tenderers. The order of a consortium's members does not make it another."""
        groups: dict[tuple[str, float], set[frozenset[str]]] = {}
        for bid in bids:
            if bid.ids and bid.amount is not None and bid.currency is not None:
                groups.setdefault((bid.currency, bid.amount), set()).add(frozenset(bid.ids))
        for (currency, _), tenderers in groups.items():
            same = self.kept.identical[currency].get(ocid, ())
            if len(tenderers) > 1:
                same = tuple(sorted({*same, *(found for group in tenderers for found in group)}))
            self.kept.identical[currency][ocid] = same

    def _lowest(self, bids: list[Bid], ocid: str) -> None:
        """R036: the lowest submitted bid is a disqualified one, and a valid bid has a price."""
        lowest: dict[str, dict[str, float]] = {}
        for bid in bids:
            if bid.amount is not None and bid.currency is not None:
                by_status = lowest.setdefault(bid.currency, {})
                by_status[bid.status] = min(bid.amount, by_status.get(bid.status, bid.amount))
        for currency, by_status in lowest.items():
            if "valid" in by_status:
                rejected = by_status.pop("disqualified", math.inf)
                self.kept.lowest[currency].append(ocid if rejected < min(by_status.values()) else "")


def _add(totals: list[int], disqualified: int, submitted: int) -> None:
    totals[0] += disqualified
    totals[1] += submitted
    totals[2] += 1


def _word(body: dict[str, Any], name: str) -> str | None:
    value = body.get(name)
    return value if isinstance(value, str) else None
