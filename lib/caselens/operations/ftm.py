"""Tables out as FollowTheMoney entities, one JSON object a line, for the tools that read them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from caselens.entities import resolved
from caselens.entities.identity import ROW_KEY
from caselens.workspace import Workspace

Properties = dict[str, Any]
_PUBLIC = ("government", "party_body", "public_institution", "hospital", "school")


def entities_of(workspace: Workspace) -> Iterator[str]:
    """One line an entity: parties by entity id (rows of one party are one), then what connects them.

    Accounts and payments keep their ids; who holds an account is an ``Ownership`` of it, for the model knows no holder.
    Values are texts in lists, as the model wants them; empty ones are left out. A telephone number that cannot be
    written in the international form the model demands stands among the notes.
    """
    for table, write in _WRITERS:
        if not workspace.has(table):
            continue
        seen: set[str] = set()
        frame = resolved(workspace, table)
        for row in frame.to_pyarrow().to_pylist():
            written = write({name: _text(value) for name, value in row.items()})
            if written is None:
                continue
            schema, identifier, properties = written
            identifier = identifier or hashlib.sha256(f"{table}|{row[ROW_KEY]}".encode()).hexdigest()[:24]
            if identifier in seen:
                continue  # another source row of the same party
            seen.add(identifier)
            given = {name: [value] for name, value in properties.items() if value}
            yield json.dumps({"id": identifier, "schema": schema, "properties": given}, ensure_ascii=False)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _person(r: dict[str, str]) -> tuple[str, str, Properties]:
    names = {"name": "name", "idNumber": "id_number", "birthDate": "birth_date", "address": "address", "email": "email"}
    return "Person", r["person_id"], {name: r.get(column, "") for name, column in names.items()} | _phone(r)


def _phone(r: dict[str, str]) -> Properties:
    """A number of the mainland, mobile or with its area code, or one that says its country, as ITU-T E.164 writes it."""
    printed = r.get("phone", "")
    digits = re.sub(r"[\s()（）.－-]", "", printed)
    if re.fullmatch(r"\+[1-9]\d{7,14}", digits):
        return {"phone": digits}
    national = re.fullmatch(r"(?:0086|86)?(1[3-9]\d{9}|0?(?:10|2\d|[3-9]\d{2})[2-8]\d{6,7})", digits)
    is_whole = national and (national[1].startswith(("0", "1")) or digits.startswith(("0086", "86")))
    if national and is_whole:
        return {"phone": f"+86{national[1].removeprefix('0')}"}
    return {"notes": f"电话 phone: {printed}"} if printed else {}


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
        "email": "email",
        "address": "address",
        "status": "status",
    }
    properties = {name: r.get(column, "") for name, column in names.items()} | code | _phone(r)
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
    }
    return (
        "BankAccount",
        r["account_id"],
        properties | {"bankName": r.get("institution", ""), "openingDate": r.get("opened_on", "")},
    )


def _holding(r: dict[str, str]) -> tuple[str, str, Properties] | None:
    holder = r.get("holder_id", "")
    held = {"owner": holder, "asset": r["account_id"], "startDate": r.get("opened_on", "")}
    return ("Ownership", "", held) if holder else None


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


_WRITERS: tuple[tuple[str, Callable[[dict[str, str]], tuple[str, str, Properties] | None]], ...] = (
    ("persons", _person),
    ("organizations", _organization),
    ("directorships", _directorship),
    ("ownerships", _ownership),
    ("kinships", _kinship),
    ("accounts", _account),
    ("accounts", _holding),
    ("payments", _payment),
)
