"""FollowTheMoney entities, as JSON lines or an array: the schemata that have a canonical table, the others counted and told.

The mapping is this file; the library that defines the model is not needed. ``operations.ftm`` writes the same way back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from caselens.core.errors import DataError
from caselens.core.text import Text
from caselens.readers._declare import Item, Note, Reader, Refused, Row
from caselens.readers._json_objects import head_of, objects, text_of

_PERSONS = ("Person",)
_ORGANIZATIONS = ("Organization", "Company", "PublicBody", "LegalEntity")
_RELATIONS = {
    "parent": ("parent", "father", "mother", "父", "母"),
    "child": ("child", "son", "daughter", "子", "女"),
    "spouse": ("spouse", "husband", "wife", "partner", "配偶", "夫", "妻"),
    "sibling": ("sibling", "brother", "sister", "兄", "弟", "姐", "妹"),
}


def recognise(path: Path) -> float:
    """How sure it is that the file holds FollowTheMoney entities: ``schema`` and ``properties`` in the first kilobytes."""
    head = head_of(path)
    has = b'"schema"' in head and b'"properties"' in head and b'"id"' in head
    return 0.94 if has and b'"ocid"' not in head and b'"$schema"' not in head else 0.0


def read(path: Path) -> Iterator[Item]:
    """The rows of canonical tables, with refusals and notes. Several values of a property: the first, the others told.

    Who owns a bank account is its holder; the file is read twice, because owner and account come in any order.

    Raises:
        DataError: no JSON, or no entity in it.
    """
    counted: Counter[str] = Counter()
    several: Counter[str] = Counter()
    accounts = {f"ftm:{text_of(body.get('id'))}" for _, body, _ in objects(path) if body and _is_account(body)}
    holders: dict[str, str] = {}
    held: list[Row] = []
    for place, body, raw in objects(path):
        if body is None or not isinstance(body.get("properties"), dict) or not text_of(body.get("id")):
            yield Refused(
                "persons", raw[:2000] or str(body)[:2000], ("no FollowTheMoney entity 不是 FollowTheMoney 实体",), place
            )
            counted["(broken)"] += 1
            continue
        schema = text_of(body.get("schema"))
        counted[schema] += 1
        if schema not in _WRITERS:
            continue
        entity = _Entity(text_of(body["id"]), schema, body["properties"], several)
        row = _WRITERS[schema](entity)
        if schema == "Ownership" and row and row["org_id"] in accounts:
            if holders.setdefault(row["org_id"], row["holder_id"]) != row["holder_id"]:
                several["Ownership.asset"] += 1
            continue
        if row is None:
            yield Refused(
                _TABLE[schema], str(body)[:2000], ("a required end or value is missing 缺少必需的主体或数值",), place
            )
        else:
            made = Row(_TABLE[schema], {name: value or None for name, value in row.items()}, place)
            if schema != "BankAccount":
                yield made
            else:
                held.append(made)
    for made in held:
        holder = made.values["holder_id"] or holders.get(str(made.values["account_id"]))
        yield Row(made.table, {**made.values, "holder_id": holder}, made.row, made.sheet)
    if not counted:
        raise DataError(f"{path.name} holds no FollowTheMoney entity.")
    for schema in sorted(set(counted) - set(_WRITERS) - {"(broken)"}):
        text = Text(
            f"{counted[schema]} 个 {schema} 实体没有对应的表，未读取",
            f"{counted[schema]} entities of {schema} have no table and were not read",
        )
        yield Note(text, "warning")
    for name, count in sorted(several.items()):
        yield Note(
            Text(
                f"{name} 有 {count} 处多个值，取第一个",
                f"{name} has several values in {count} places; the first is used",
            ),
            "info",
        )


def _is_account(body: dict[str, Any]) -> bool:
    return body.get("schema") == "BankAccount" and isinstance(body.get("properties"), dict)


class _Entity:
    """An entity with its properties as text."""

    def __init__(self, identifier: str, schema: str, properties: dict[str, Any], several: Counter[str]) -> None:
        self.id, self.schema, self._properties, self._several = f"ftm:{identifier}", schema, properties, several

    def get(self, *names: str) -> str:
        """The first value of the first of these properties that has one."""
        for name in names:
            value = self._properties.get(name)
            values = [found for item in (value if isinstance(value, list) else [value]) if (found := _plain(item))]
            if values:
                if len(values) > 1:
                    self._several[f"{self.schema}.{name}"] += 1
                return values[0]
        return ""

    def end(self, *names: str) -> str:
        """The id of the entity at the end of a relation."""
        found = self.get(*names)
        return f"ftm:{found}" if found else ""

    def day(self, name: str) -> str:
        """A day; a year or a month alone is none."""
        text = self.get(name)[:10]
        return text if len(text) == 10 else ""


def _plain(item: Any) -> str:
    # An entity written inside another stands for its id.
    return text_of(item.get("id")) if isinstance(item, dict) else text_of(item)


def _person(e: _Entity) -> dict[str, str] | None:
    name = e.get("name")
    number = e.get("idNumber")
    column = "id_number" if len(number) in (15, 18) else "document_number"
    return {
        "person_id": e.id, "name": name, column: number or e.get("passportNumber"), "birth_date": e.day("birthDate"),
        "phone": e.get("phone"), "email": e.get("email"), "address": e.get("address"), "gender": e.get("gender"),
    } if name else None  # fmt: skip


def _organization(e: _Entity) -> dict[str, str] | None:
    name = e.get("name")
    code = e.get("uscCode", "registrationNumber", "idNumber")
    return {
        "org_id": e.id, "name": name, "uscc": code if len(code) == 18 else "", "registration_no": code,
        "kind": "government" if e.schema == "PublicBody" else "", "established_on": e.day("incorporationDate"),
        "phone": e.get("phone"), "email": e.get("email"), "address": e.get("address"), "status": e.get("status"),
        "region": e.get("jurisdiction", "country"), "document_number": code if len(code) != 18 else "",
    } if name else None  # fmt: skip


def _directorship(e: _Entity) -> dict[str, str] | None:
    person, org = e.end("director"), e.end("organization")
    content = {"org_id": org, "person_id": person, "role": e.get("role") or "director"}
    return content | {"start_date": e.day("startDate"), "end_date": e.day("endDate")} if person and org else None


def _ownership(e: _Entity) -> dict[str, str] | None:
    holder, org = e.end("owner"), e.end("asset")
    return {
        "org_id": org, "holder_id": holder, "share": _share(e.get("percentage")), "start_date": e.day("startDate"),
        "end_date": e.day("endDate"), "printed_share": e.get("percentage"),
    } if holder and org else None  # fmt: skip


def _share(printed: str) -> str:
    from decimal import Decimal, InvalidOperation

    try:
        number = Decimal(printed.rstrip("%").strip())
    except InvalidOperation:
        return ""  # a range or a word: kept as printed beside it
    return format((number / 100).normalize(), "f") if 0 <= number <= 100 else ""


def _family(e: _Entity) -> dict[str, str] | None:
    person, relative, said = e.end("person"), e.end("relative"), e.get("relationship")
    known = (code for code, words in _RELATIONS.items() if any(word in said.lower() for word in words))
    content = {"person_id": person, "relative_id": relative, "relation": next(known, "") or said or "other_kin"}
    return content | {"start_date": e.day("startDate"), "end_date": e.day("endDate")} if person and relative else None


def _associate(e: _Entity) -> dict[str, str] | None:
    person, other = e.end("person"), e.end("associate")
    return {"person_id": person, "relative_id": other, "relation": "associate"} if person and other else None


def _account(e: _Entity) -> dict[str, str] | None:
    number = e.get("accountNumber", "iban")
    return {
        "account_id": e.id, "holder_id": e.end("owner", "holder"), "institution": e.get("bankName"), "account_number": number,
        "kind": "bank", "opened_on": e.day("openingDate"), "holder_name": e.get("holderName"),
    }  # fmt: skip


def _payment(e: _Entity) -> dict[str, str] | None:
    payer, payee = e.end("payerAccount"), e.end("beneficiaryAccount")
    amount, day = e.get("amount"), e.get("date")
    return {
        "payment_id": e.id, "paid_at": day, "payer_account": payer, "payee_account": payee, "amount": amount,
        "currency": e.get("currency").upper(), "memo": e.get("purpose", "description"),
    } if payer and payee and amount and len(day) >= 10 else None  # fmt: skip


_WRITERS = {
    **dict.fromkeys(_PERSONS, _person),
    **dict.fromkeys(_ORGANIZATIONS, _organization),
    "Directorship": _directorship,
    "Ownership": _ownership,
    "Family": _family,
    "Associate": _associate,
    "BankAccount": _account,
    "Payment": _payment,
}
_TABLE = {
    **dict.fromkeys(_PERSONS, "persons"),
    **dict.fromkeys(_ORGANIZATIONS, "organizations"),
    "Directorship": "directorships",
    "Ownership": "ownerships",
    "Family": "kinships",
    "Associate": "kinships",
    "BankAccount": "accounts",
    "Payment": "payments",
}

READER = Reader(
    id="ftm",
    title=Text("FollowTheMoney 实体（JSON）", "FollowTheMoney entities (JSON)"),
    tables=tuple(sorted(set(_TABLE.values()))),
    recognise=recognise,
    read=read,
    references=("https://followthemoney.tech/",),
)
