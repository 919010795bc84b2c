"""Beneficial ownership data, BODS 0.4: persons, entities and relationships as statements.

Of the statements about one record the latest counts, as the standard says; the others are counted and told. A share that is
printed as a range stays a range: no middle is invented. A relationship without a known holder is told, not dropped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from caselens.core.errors import DataError
from caselens.core.text import Text
from caselens.readers._declare import Item, Note, Reader, Refused, Row
from caselens.readers._json_objects import dicts_of, head_of, objects, text_of

_TYPES = ("person", "entity", "relationship")
#: Interests that are an office and not a share in the firm.
_OFFICES = {
    "boardMember": "director",
    "boardChair": "chair",
    "seniorManagingOfficial": "manager",
    "appointmentOfBoard": "appoints_board",
    "nominee": "nominee",
    "nominator": "nominator",
}


def recognise(path: Path) -> float:
    """How sure it is that the file holds BODS 0.4 statements: their keys in the first kilobytes."""
    head = head_of(path)
    keys = (b'"recordType"', b'"recordDetails"', b'"recordId"')
    return 0.96 if head and sum(key in head for key in keys) >= 2 and b'"statementId"' in head else 0.0


def read(path: Path) -> Iterator[Item]:
    """The rows of ``persons``, ``organizations``, ``ownerships`` and ``directorships``, with refusals and notes.

    The file is read twice: first to learn which statement about each record is the latest. Memory is one id a record.

    Raises:
        DataError: no JSON, or no statement in it.
    """
    latest: dict[str, tuple[str, int]] = {}
    total = 0
    for place, body, _ in objects(path):
        if body is not None and body.get("recordType") in _TYPES and text_of(body.get("recordId")):
            total += 1
            record, day = text_of(body["recordId"]), text_of(body.get("statementDate"))
            # The later statement of one day is the one that stands later in the file.
            if record not in latest or (day, place) >= latest[record]:
                latest[record] = (day, place)
    if not total:
        raise DataError(f"{path.name} holds no BODS 0.4 statement.")
    current = {place for _, place in latest.values()}
    counted: Counter[str] = Counter()
    for place, body, raw in objects(path):
        if body is None:
            yield Refused("ownerships", raw[:2000], ("no JSON object 不是 JSON 对象",), place)
        elif place in current:
            yield from _statement(body, place, counted)
        else:
            counted["superseded" if body.get("recordType") in _TYPES else "other"] += 1
    yield from _told(counted)


def _told(counted: Counter[str]) -> Iterator[Note]:
    words = {
        "superseded": (
            "info",
            "{n} 条陈述已被同一记录的较新陈述取代",
            "{n} statements were replaced by a later one about the same record",
        ),
        "other": (
            "warning",
            "{n} 条不是 BODS 0.4 陈述，未读取",
            "{n} elements are no BODS 0.4 statements and were not read",
        ),
        "unknown holder": (
            "warning",
            "{n} 条关系未载明持有人（仅有理由）",
            "{n} relationships name no holder, only a reason",
        ),
        "range": (
            "info",
            "{n} 处持股比例只给出范围，未填比例",
            "{n} shares are given as a range; the share is left empty",
        ),
        "closed": ("info", "{n} 条关系已终止", "{n} relationships have ended"),
    }
    for name, (kind, zh, en) in words.items():
        if counted[name]:
            yield Note(Text(zh.format(n=counted[name]), en.format(n=counted[name])), kind)


def _statement(body: dict[str, Any], place: int, counted: Counter[str]) -> Iterator[Row | Refused]:
    details = body.get("recordDetails")
    details = details if isinstance(details, dict) else {}
    kind, record = body["recordType"], text_of(body["recordId"])
    if kind == "relationship":
        yield from _relationship(body, details, place, counted)
        return
    names = [text_of(name.get("fullName")) for name in dicts_of(details.get("names"))]
    name = next((found for found in (text_of(details.get("name")), *names) if found), "")
    if not name:
        yield Refused(
            "persons" if kind == "person" else "organizations", str(body)[:2000], ("no name 没有名称",), place
        )
        return
    identifiers = [
        (text_of(item.get("scheme")) or text_of(item.get("schemeName")), text_of(item.get("id")))
        for item in dicts_of(details.get("identifiers"))
    ]
    address = next((text_of(item.get("address")) for item in dicts_of(details.get("addresses"))), "")
    extra = {
        "address": address,
        "identifiers": "; ".join(f"{scheme}:{number}" for scheme, number in identifiers if number),
    }
    if kind == "person":
        number = next(
            (found for scheme, found in identifiers if "CHN" in scheme.upper() and len(found) in (15, 18)), ""
        )
        paper = next((found for _, found in identifiers if found and found != number), "")
        content = {
            "person_id": f"bods:{record}",
            "name": name,
            "id_number": number,
            "birth_date": _day(details.get("birthDate")),
        }
        yield _row("persons", content | extra | {"document_number": paper}, place)
        return
    code = next((found for scheme, found in identifiers if "CN" in scheme.upper() and len(found) == 18), "")
    type_of = details.get("entityType")
    content = {
        "org_id": f"bods:{record}",
        "name": name,
        "uscc": code,
        "kind": {"state": "government", "stateBody": "government"}.get(
            text_of(type_of.get("type")) if isinstance(type_of, dict) else "", ""
        ),
        "established_on": _day(details.get("foundingDate")),
        "region": text_of((details.get("jurisdiction") or {}).get("name"))
        if isinstance(details.get("jurisdiction"), dict)
        else "",
    }
    yield _row("organizations", content | extra, place)


def _relationship(
    body: dict[str, Any], details: dict[str, Any], place: int, counted: Counter[str]
) -> Iterator[Row | Refused]:
    subject, holder = details.get("subject"), details.get("interestedParty")
    if not isinstance(subject, str) or not isinstance(holder, str):
        counted["unknown holder"] += 1
        yield Refused(
            "ownerships", str(body)[:2000], ("subject or holder is not a known record 未载明主体或持有人",), place
        )
        return
    closed = text_of(body.get("recordStatus")) == "closed"
    counted["closed"] += closed
    for interest in dicts_of(details.get("interests")) or [{}]:
        kind = text_of(interest.get("type")) or "unknownInterest"
        end = _day(interest.get("endDate")) or (_day(body.get("statementDate")) if closed else "")
        common = {
            "org_id": f"bods:{subject}",
            "start_date": _day(interest.get("startDate")),
            "end_date": end,
            "interest": kind,
            "direct_or_indirect": text_of(interest.get("directOrIndirect")),
            "is_beneficial_owner": str(interest.get("beneficialOwnershipOrControl", "")).lower(),
        }
        if kind in _OFFICES:
            yield _row("directorships", common | {"person_id": f"bods:{holder}", "role": _OFFICES[kind]}, place)
            continue
        share = interest.get("share")
        share = share if isinstance(share, dict) else {}
        exact = text_of(share.get("exact"))
        bounds = {
            f"share_{name}": text_of(share.get(name))
            for name in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
        }
        counted["range"] += bool(not exact and any(bounds.values()))
        yield _row("ownerships", common | {"holder_id": f"bods:{holder}", "share": _fraction(exact)} | bounds, place)


def _fraction(percent: str) -> str:
    from decimal import Decimal, InvalidOperation

    try:
        return format((Decimal(percent) / 100).normalize(), "f") if percent else ""
    except InvalidOperation:
        return percent  # the workspace refuses it with the value


def _day(value: Any) -> str:
    """A date as ISO; a year or a month alone is no day and is left empty."""
    text = text_of(value)[:10]
    return text if len(text) == 10 else ""


def _row(table: str, content: dict[str, str], place: int) -> Row:
    return Row(table, {name: value or None for name, value in content.items()}, place)


READER = Reader(
    id="bods",
    title=Text("受益所有权数据（BODS 0.4）", "Beneficial ownership data (BODS 0.4)"),
    tables=("persons", "organizations", "ownerships", "directorships"),
    recognise=recognise,
    read=read,
    references=("https://standard.openownership.org/en/0.4.0/",),
)
