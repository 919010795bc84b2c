"""Who a party of an OCDS file is: one id for a buyer or bidder wherever the file names it."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from caselens.readers._ocds_values import Json, Told, Values, first, mapping, objects, text, texts

_REGISTER = re.compile(r"[A-Z]{2}[A-Z0-9]?-[A-Z0-9_]+-\S.*")
_PUBLISHER = re.compile(r"[a-z]+-[a-z0-9]{6}(?=-|$)", re.IGNORECASE)
_NUMBERED = re.compile(
    r"\d{1,4}|(buyer|supplier|tenderer|bidder|procuring[-_ ]?entity|party|org|organi[sz]ation)[-_ #]?\d*", re.IGNORECASE
)

_BARE = frozenset(("id", "name"))
_CONTACTS = {"email": "email", "phone": "telephone", "contact_name": "name"}


class Parties:
    """The parties of one file: every organization is given once, from the first process that names it.

    An id is, in this order: ``SCHEME-number`` of the party's identifier; an id that is already of that form; the
    number without scheme or the publisher's own id, with the publisher's ocid prefix before it; ``NAME-`` and the
    normalised name. The extra column ``id_basis`` says which (``identifier``, ``publisher``, ``name``, ``group``,
    ``unnamed``). Ids that are unique within one process only (``1``, ``buyer``, the ocid itself) are passed over.
    """

    def __init__(self, told: Told) -> None:
        self._told = told
        self._given: set[str] = set()
        self._names: dict[str, str] = {}

    def book(self, release: dict[str, Any], ocid: str) -> Book:
        """The address book of one process."""
        return Book(self, release, ocid, self._told)

    def identity(self, party: dict[str, Any], ocid: str) -> tuple[str, str] | None:
        """``(org_id, id_basis)`` of a party; ``None`` if it has neither id nor name."""
        given = party.get("identifier")
        identifier = given if isinstance(given, dict) else {}
        number = text(identifier.get("id"), self._told, "parties/identifier/id")
        scheme = text(identifier.get("scheme"), self._told, "parties/identifier/scheme")
        own = text(party.get("id"), self._told, "parties/id")
        name = party_name(party, self._told)
        if number and scheme:
            return (number if number.startswith(f"{scheme}-") else f"{scheme}-{number}"), "identifier"
        if own and _REGISTER.fullmatch(own):
            return own, "identifier"
        for candidate in (number, own):
            if candidate and not self._of_process_only(candidate, ocid, bool(name)):
                return self._of_publisher(candidate, name, ocid), "publisher"
        if name:
            return _of_name(name), "name"
        return (f"{ocid}:{own or number}", "publisher") if own or number else None

    def _of_process_only(self, candidate: str, ocid: str, has_name: bool) -> bool:
        return has_name and (ocid in candidate or _NUMBERED.fullmatch(candidate) is not None)

    def _of_publisher(self, candidate: str, name: str | None, ocid: str) -> str:
        """The publisher's own id; where one id carries two names in a file, the name keeps the two parties apart."""
        publisher = _PUBLISHER.match(ocid)
        known = f"{publisher.group(0) if publisher else 'ocds'}:{candidate}"
        if name is None:
            return known
        plain = normal_name(name)
        if self._names.setdefault(known, plain) == plain:
            return known
        self._told.events["two_names"] += 1
        return f"{known}~{_digest(plain)}"

    def new(self, org_id: str) -> bool:
        """Is this the first time the file names ``org_id``?"""
        if org_id in self._given:
            return False
        self._given.add(org_id)
        return True


class Book:
    """The parties of one process: references are resolved against ``parties``, inline objects stand for themselves."""

    def __init__(self, parties: Parties, release: dict[str, Any], ocid: str, told: Told) -> None:
        self._parties = parties
        self._ocid = ocid
        self._told = told
        self._by_id: dict[str, dict[str, Any]] = {}
        self._by_name: dict[str, dict[str, Any]] = {}
        self._rows: dict[str, Values] = {}
        self._resolved: dict[str, str] = {}
        self.roles: dict[str, list[dict[str, Any]]] = {}
        for party in objects(release.get("parties"), told, "parties"):
            if key := text(party.get("id"), told, "parties/id"):
                self._by_id[key] = party
            if name := party_name(party, told):
                self._by_name.setdefault(normal_name(name), party)
            for role in texts(party.get("roles"), told, "parties/roles"):
                self.roles.setdefault(role, []).append(party)
        for party in objects(release.get("parties"), told, "parties"):
            self.org_id(party)

    def full(self, reference: dict[str, Any]) -> dict[str, Any]:
        """The reference with what ``parties`` says about it."""
        key = text(reference.get("id"), self._told, "parties/id")
        name = party_name(reference, self._told)
        party = self._by_id.get(key or "") or self._by_name.get(normal_name(name or ""))
        return {**reference, **{field: value for field, value in party.items() if value}} if party else reference

    def org_id(self, reference: Json, path: str = "organization") -> str | None:
        """The id of a party, noting it for ``organizations``; ``None`` if nothing names it."""
        body = mapping(reference, self._told, path)
        key = body.get("id") if body.keys() <= _BARE else None
        if isinstance(key, str) and key in self._resolved:
            return self._resolved[key]  # a bare reference says nothing that its entry in parties did not say
        party = self.full(body)
        found = self._parties.identity(party, self._ocid)
        if found is None:
            return None
        org_id, basis = found
        if isinstance(key, str) and key in self._by_id:
            self._resolved[key] = org_id
        fresh = self._described(party, org_id, basis)
        known = self._rows.setdefault(org_id, fresh)
        known.update({column: value for column, value in fresh.items() if value and not known.get(column)})
        return org_id

    def group(self, references: Sequence[dict[str, Any]], path: str) -> tuple[str | None, tuple[str, ...]]:
        """One id for parties that act together (a consortium) and the ids of its members.

        A consortium is an organization of its own, else one price would stand as several offers.
        """
        members = tuple(sorted({found for item in references if (found := self.org_id(item, path))}))
        if len(members) < 2:
            return (members[0] if members else None), members
        group_id = "GROUP-" + "+".join(members)
        names = [self._rows[member].get("name") or member for member in members]
        self._rows.setdefault(
            group_id,
            {"org_id": group_id, "name": " + ".join(names), "id_basis": "group", "member_ids": ";".join(members)},
        )
        self._told.events["groups"] += 1
        return group_id, members

    def unnamed(self, tender_id: str, place: str) -> str:
        """An id for a bidder whom the file does not name; good within its tender only."""
        org_id = f"{tender_id}:unnamed-{place}"
        name = f"未具名投标人 unnamed bidder {place}"
        self._rows.setdefault(org_id, {"org_id": org_id, "name": name, "id_basis": "unnamed"})
        self._told.events["unnamed"] += 1
        return org_id

    def contact(self, reference: dict[str, Any]) -> tuple[str | None, str | None]:
        """``(name, telephone)`` of the party's contact point."""
        point = mapping(self.full(reference).get("contactPoint"), self._told, "parties/contactPoint")
        return (
            text(point.get("name"), self._told, "parties/contactPoint/name"),
            text(point.get("telephone"), self._told, "parties/contactPoint/telephone"),
        )

    def rows(self) -> Iterator[Values]:
        """The organizations of this process that the file has not named before."""
        for org_id, values in self._rows.items():
            if self._parties.new(org_id):
                yield values

    def _described(self, party: dict[str, Any], org_id: str, basis: str) -> Values:
        told = self._told
        name = party_name(party, told)
        if name is None:
            told.events["nameless"] += 1
        given = party.get("identifier")
        identifier = given if isinstance(given, dict) else {}
        scheme = text(identifier.get("scheme"), told, "parties/identifier/scheme")
        number = text(identifier.get("id"), told, "parties/identifier/id")
        address = mapping(party.get("address"), told, "parties/address")
        parts = {part: text(address.get(part), told, f"parties/address/{part}") for part in _ADDRESS}
        point = mapping(party.get("contactPoint"), told, "parties/contactPoint")
        contact = {to: text(point.get(of), told, f"parties/contactPoint/{of}") for to, of in _CONTACTS.items()}
        return {
            "org_id": org_id,
            "name": name or org_id,
            "uscc": number if scheme and scheme.upper() in ("CN-USCC", "CN-SAIC") and len(number or "") == 18 else None,
            "region": first(parts["region"], parts["locality"]),
            "address": ", ".join(value for value in parts.values() if value) or None,
            **contact,
            "country": parts["countryName"],
            "id_basis": basis,
            "ocds_party_id": text(party.get("id"), told, "parties/id"),
            "ocds_roles": ";".join(texts(party.get("roles"), told, "parties/roles")) or None,
            "organization_type": text(party.get("organizationType"), told, "parties/organizationType"),
        }


_ADDRESS = ("streetAddress", "locality", "region", "postalCode", "countryName")


def party_name(party: dict[str, Any], told: Told) -> str | None:
    """A party's name, else the legal name in its identifier."""
    identifier = party.get("identifier")
    legal = identifier.get("legalName") if isinstance(identifier, dict) else None
    return first(text(party.get("name"), told, "parties/name"), text(legal, told, "parties/identifier/legalName"))


def normal_name(name: str) -> str:
    """A name as it is compared: width, case and spaces do not matter."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _of_name(name: str) -> str:
    """A stable id from a name alone; a long name is cut and told apart by a digest of the whole."""
    plain = normal_name(name)
    return f"NAME-{plain}" if len(plain) <= 80 else f"NAME-{plain[:64]}~{_digest(plain)}"


def _digest(plain: str) -> str:
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()[:12]
