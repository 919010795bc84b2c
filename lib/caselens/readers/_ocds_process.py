"""One contracting process prepared for reading: its parties, clock, lots, method and awards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from caselens.readers._declare import Refused, Row
from caselens.readers._ocds_parties import Book
from caselens.readers._ocds_values import Clock, Json, Told, Values, first, mapping, objects, raw, text, texts
from caselens.tables import TABLES

#: OCDS procurement methods and words of publishers, to the workbench's codes. What is not here is kept as printed.
METHODS = {
    "open": "open",
    "selective": "invited",
    "limited": "negotiation",
    "direct": "direct",
    "公開招標": "open",
    "選擇性招標": "invited",
    "限制性招標(經公開評選或公開徵求)": "negotiation",
    "限制性招標(未經公開評選或公開徵求)": "single_source",
    "公開取得報價單或企劃書": "inquiry",
}
#: The code of a tender whose publisher does not state a method: the row is kept and says that it is not known.
UNSTATED = "unstated"
FAILED_AWARDS = ("pending", "cancelled", "unsuccessful", "invalid", "disqualified")


@dataclass(frozen=True, slots=True)
class Award:
    """An award with its supplier (a group if several), lots and whether it stands."""

    id: str | None
    body: dict[str, Json]
    active: bool
    supplier_id: str | None
    members: frozenset[str]
    lots: tuple[str, ...]
    bid_ids: frozenset[str]


@dataclass
class Process:
    """A contracting process and what its rows share."""

    ocid: str
    body: dict[str, Any]
    row: int
    book: Book
    told: Told
    tender: dict[str, Any] = field(init=False)
    clock: Clock = field(init=False)
    lots: dict[str, dict[str, Any]] = field(init=False)
    awards: list[Award] = field(init=False)
    buyer_id: str | None = field(init=False)
    entity_id: str | None = field(init=False)

    def __post_init__(self) -> None:
        told = self.told
        self.tender = mapping(self.body.get("tender"), told, "tender")
        self.clock = Clock(_printed_moments(self.body), told)
        named = ((text(lot.get("id"), told, "tender/lots/id"), lot) for lot in self._lots())
        self.lots = {lot_id: lot for lot_id, lot in named if lot_id}
        self.entity_id = self._role("procuringEntity", self.tender.get("procuringEntity"), "tender/procuringEntity")
        self.buyer_id = self._role("buyer", self.body.get("buyer"), "buyer") or self.entity_id
        self.awards = [self._award(award) for award in objects(self.body.get("awards"), told, "awards")]

    def _lots(self) -> list[dict[str, Any]]:
        return objects(self.tender.get("lots"), self.told, "tender/lots")

    def _role(self, role: str, reference: Json, path: str) -> str | None:
        """The party in a role, named directly or by its role in ``parties``."""
        found = self.book.org_id(reference, path)
        with_role = self.book.roles.get(role, ())
        return found or (self.book.org_id(with_role[0]) if len(with_role) == 1 else None)

    def _award(self, body: dict[str, Json]) -> Award:
        told = self.told
        status = text(body.get("status"), told, "awards/status")
        suppliers = objects(body.get("suppliers"), told, "awards/suppliers")
        supplier_id, members = self.book.group(suppliers, "awards/suppliers")
        related = [*texts(body.get("relatedBids"), told, "awards/relatedBids")]
        related += texts(body.get("relatedBid"), told, "awards/relatedBid")
        return Award(
            id=text(body.get("id"), told, "awards/id"),
            body=body,
            active=status not in FAILED_AWARDS,
            supplier_id=supplier_id,
            members=frozenset(members),
            lots=self.lots_of(body, "awards"),
            bid_ids=frozenset(related),
        )

    def lots_of(self, body: dict[str, Json], path: str) -> tuple[str, ...]:
        """The lots a bid, award or contract is for, in printed order; empty where it says nothing."""
        told = self.told
        found = texts(body.get("relatedLots"), told, f"{path}/relatedLots")
        found += texts(body.get("relatedLot"), told, f"{path}/relatedLot")
        found += texts(body.get("lotID"), told, f"{path}/lotID")
        for lot in objects(body.get("lots"), told, f"{path}/lots"):
            found += texts(lot.get("id"), told, f"{path}/lots/id")
        for item in objects(body.get("items"), told, f"{path}/items"):
            found += texts(item.get("relatedLot"), told, f"{path}/items/relatedLot")
        return tuple(lot for lot in dict.fromkeys(found) if lot in self.lots)

    def tenders_of(self, lots: tuple[str, ...]) -> tuple[tuple[str, str | None], ...]:
        """``(tender_id, lot)`` of these lots; where none is named, of the only lot or else of the whole process."""
        chosen = lots or (tuple(self.lots) if len(self.lots) == 1 else ())
        return tuple((f"{self.ocid}#{lot}", lot) for lot in chosen) or ((self.ocid, None),)

    def tender_of(self, lots: tuple[str, ...]) -> str:
        """The one tender of these lots; the process as a whole where they are several."""
        found = self.tenders_of(lots)
        return found[0][0] if len(found) == 1 else self.ocid

    def project_id(self) -> str | None:
        """The id of the project that ``planning`` names, as printed; its title where it has no id."""
        told = self.told
        planning = mapping(self.body.get("planning"), told, "planning")
        budget = mapping(planning.get("budget"), told, "planning/budget")
        project = planning.get("project")
        if isinstance(project, dict):
            found = text(project.get("id"), told, "planning/project/id")
            return first(found, text(project.get("title"), told, "planning/project/title"))
        return first(
            text(budget.get("projectID"), told, "planning/budget/projectID"),
            text(project, told, "planning/project"),
            text(budget.get("project"), told, "planning/budget/project"),
        )

    def method(self) -> str:
        """The workbench's code for the procurement method; a publisher's own word is kept as it is."""
        printed = text(self.tender.get("procurementMethod"), self.told, "tender/procurementMethod")
        if printed is None:
            self.told.events["no_method"] += bool(self.tender)
            return UNSTATED
        known = METHODS.get(printed) or METHODS.get(printed.split("(")[0])
        if known is None:
            self.told.codes[f"procurementMethod={printed}"] += 1
        return known or printed

    def contract_method(self) -> str | None:
        """The method as a contract carries it: empty where the tender states none."""
        stated = bool(self.tender.get("procurementMethod"))
        return self.method() if stated else None

    def give(self, table: str, values: Values, source: Json) -> Iterator[Row | Refused]:
        """The row, or its refusal with each required column that the publisher left empty."""
        filled = {column: value for column, value in values.items() if value is not None}
        declared = TABLES.get(table)
        lacking = [name for name in (declared.required if declared else ()) if not filled.get(name)]
        if lacking:
            reasons = tuple(f"{name}: not stated by the publisher for {self.ocid}" for name in lacking)
            yield Refused(table, raw(source), reasons, self.row)
        else:
            yield Row(table, filled, self.row)


def _printed_moments(body: dict[str, Any]) -> Iterator[Json]:
    """Every moment of the process that a column may take, for its clock."""
    yield body.get("date")
    stack: list[tuple[Json, int]] = [(body.get(key), 0) for key in ("tender", "bids", "awards", "contracts")]
    while stack:
        value, depth = stack.pop()
        if isinstance(value, dict):
            for key, inner in value.items():
                if isinstance(inner, str):
                    if key in _MOMENTS:
                        yield inner
                elif key in _CARRIERS:
                    stack.append((inner, depth + 1))
        elif isinstance(value, list):
            stack.extend((inner, depth + 1) for inner in value)


_MOMENTS = frozenset(("date", "dateSigned", "startDate", "endDate", "dateMet", "datePublished"))
_CARRIERS = frozenset(
    ("tenderPeriod", "awardPeriod", "details", "implementation", "transactions", "period", "amendments", "bidOpening")
)
