"""Tables out as FollowTheMoney entities, one JSON object a line, for the tools that read them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

from caselens.entities import resolved
from caselens.entities.identity import ROW_KEY
from caselens.workspace import Workspace

Properties = dict[str, Any]
_PUBLIC = ("government", "party_body", "public_institution", "hospital", "school")


def entities_of(workspace: Workspace) -> Iterator[str]:
    """One line an entity: parties by entity id (rows of one party are one), then what connects them.

    Accounts and payments keep their ids. Values are texts in lists, as the model wants them; empty ones are left out.
    """
    for table, write in _TABLES.items():
        if not workspace.has(table):
            continue
        seen: set[str] = set()
        frame = resolved(workspace, table)
        for row in frame.to_pyarrow().to_pylist():
            schema, identifier, properties = write({name: _text(value) for name, value in row.items()})
            identifier = identifier or hashlib.sha256(f"{table}|{row[ROW_KEY]}".encode()).hexdigest()[:24]
            if identifier in seen:
                continue  # another source row of the same party
            seen.add(identifier)
            given = {name: [value] for name, value in properties.items() if value}
            yield json.dumps({"id": identifier, "schema": schema, "properties": given}, ensure_ascii=False)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _person(r: dict[str, str]) -> tuple[str, str, Properties]:
    names = {"name": "name", "idNumber": "id_number", "birthDate": "birth_date", "phone": "phone", "address": "address"}
    return (
        "Person",
        r["person_id"],
        {name: r.get(column, "") for name, column in names.items()} | {"email": r.get("email", "")},
    )


def _organization(r: dict[str, str]) -> tuple[str, str, Properties]:
    kind = r.get("kind", "")
    schema = (
        "PublicBody"
        if kind in _PUBLIC
        else "Company"
        if kind in ("private", "state_owned", "intermediary", "financial")
        else "Organization"
    )
    code = {"registrationNumber": r.get("uscc", "")}
    names = {
        "name": "name",
        "incorporationDate": "established_on",
        "phone": "phone",
        "email": "email",
        "address": "address",
        "status": "status",
    }
    properties = {name: r.get(column, "") for name, column in names.items()} | code
    if schema != "Company":  # the others have no such property of their own
        properties |= {"incorporationDate": r.get("established_on", "")}
    return schema, r["org_id"], properties


def _directorship(r: dict[str, str]) -> tuple[str, str, Properties]:
    return "Directorship", "", {
        "director": r["person_id"], "organization": r["org_id"], "role": r["role"], **_period(r),
    }  # fmt: skip


def _ownership(r: dict[str, str]) -> tuple[str, str, Properties]:
    share = r.get("share", "")
    percentage = format(float(share) * 100, ".10g") if share else ""
    return "Ownership", "", {"owner": r["holder_id"], "asset": r["org_id"], "percentage": percentage, **_period(r)}


def _kinship(r: dict[str, str]) -> tuple[str, str, Properties]:
    if r["relation"] == "associate":
        return "Associate", "", {"person": r["person_id"], "associate": r["relative_id"], **_period(r)}
    relation = {"person": r["person_id"], "relative": r["relative_id"], "relationship": r["relation"]}
    return "Family", "", relation | _period(r)


def _account(r: dict[str, str]) -> tuple[str, str, Properties]:
    number = r.get("account_number") or r["account_id"]
    properties = {
        "accountNumber": number,
        "name": f"{r.get('holder_name', '')} {number}".strip(),
        "owner": r.get("holder_id", ""),
    }
    return (
        "BankAccount",
        r["account_id"],
        properties | {"bankName": r.get("institution", ""), "openingDate": r.get("opened_on", "")},
    )


def _payment(r: dict[str, str]) -> tuple[str, str, Properties]:
    names = {
        "date": "paid_at",
        "amount": "amount",
        "payerAccount": "payer_account",
        "beneficiaryAccount": "payee_account",
        "purpose": "memo",
    }
    properties = {name: r.get(column, "") for name, column in names.items()}
    properties["date"] = properties["date"].replace(" ", "T")
    return "Payment", r["payment_id"], properties | {"currency": r.get("currency", "") or "CNY"}


def _period(r: dict[str, str]) -> Properties:
    return {"startDate": r.get("start_date", ""), "endDate": r.get("end_date", "")}


_TABLES: dict[str, Callable[[dict[str, str]], tuple[str, str, Properties]]] = {
    "persons": _person,
    "organizations": _organization,
    "directorships": _directorship,
    "ownerships": _ownership,
    "kinships": _kinship,
    "accounts": _account,
    "payments": _payment,
}
