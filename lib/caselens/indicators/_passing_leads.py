"""What a lead about money passed on says of its sums, its rows, and what speaks against it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from caselens.indicators._answers import counter, thing
from caselens.indicators._declare import Inputs
from caselens.indicators._passing import Passing

_ACCEPTED = ("accepted_on", "deliverable")


def sums_of(lead: str, subjects: list[dict[str, str]], items: list[Passing]) -> dict[str, Any]:
    """What every lead says of its passings."""
    received, passed = sum(item.received for item in items), sum(item.passed for item in items)
    return {
        "lead": lead,
        "subjects": subjects,
        "objects": [thing("accounts", name) for name in sorted({item.account for item in items})],
        "kind": "link",
        "value": passed / received,
        "p_value": None,
        "amount": passed,
        "period_start": min(item.first_on for item in items),
        "period_end": max(item.last_on for item in items),
        "received": received,
        "kept": received - passed,
        "days": max((item.last_on - item.first_on).days for item in items),
        "share": f"{passed / received:.1%}",
        "tie_zh": "公职人员",
        "tie_en": "",
    }


def evidence_of(lead: str, official: str, items: list[Passing], links: pd.DataFrame) -> list[dict[str, str]]:
    rows: dict[tuple[str, str], str] = {}
    for item in items:
        rows[("payments", item.inflow_key)] = "inflow"
        rows |= {("payments", key): "passed_on" for key in item.outflow_keys}
        rows |= {(row["table"], row["key"]): "authority" for row in item.authority_rows}
    names = {name for item in items for name in item.beneficiaries}
    known = links[(links["official_id"] == official) & links["party_id"].isin(names)]
    rows |= {(row["table"], row["key"]): "link" for found in known["rows"] for row in found}
    return [{"lead": lead, "table": table, "key": key, "role": role} for (table, key), role in rows.items()]


def counters_of(lead: str, payer: str, middle: str, items: list[Passing], inputs: Inputs) -> list[dict[str, str]]:
    names = sorted({name for item in items for name in item.beneficiaries})
    begun, passed = min(item.first_on for item in items), sum(item.passed for item in items)
    hired, lent = ("start_date", begun), ("start_date", begun, "principal", passed)
    return [
        counter(lead, "subcontract", _any(inputs, "contracts", _ACCEPTED, buyer_id=[middle], supplier_id=names)),
        counter(lead, "wages", _any(inputs, "employments", hired, org_id=[middle], person_id=names)),
        counter(lead, "loan", _any(inputs, "financings", lent, borrower_id=[middle], lender_id=names)),
        counter(lead, "service", _any(inputs, "contracts", _ACCEPTED, buyer_id=[payer], supplier_id=[middle])),
    ]


def _any(inputs: Inputs, table: str, demand: tuple[Any, ...], **wanted: list[str]) -> bool | None:
    """Whether a row joins these parties and meets the demand; ``None`` where the table is not here.

    ``demand`` is ``_ACCEPTED`` (delivered and accepted) or ``(day column, latest day[, sum column, least sum])``.
    """
    columns = demand if demand is _ACCEPTED else demand[::2]
    if not inputs.has(table, *wanted, *columns):
        return None
    rows = inputs.table(table)
    rows = rows.filter(*(rows[column].isin(values) for column, values in wanted.items()))
    if demand is _ACCEPTED:
        rows = rows.filter(*(rows[column].notnull() for column in _ACCEPTED))
    else:
        rows = rows.filter(rows[demand[0]] < demand[1])
        if len(demand) > 2:
            # A loan explains what it may have brought back: the sum lent and ordinary interest.
            rows = rows.filter(rows[demand[2]].sum() * 1.3 >= demand[3])
    return bool(rows.count().execute() > 0)
