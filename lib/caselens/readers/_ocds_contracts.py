"""Contracts, their changes and payments, and the project of one OCDS contracting process."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from caselens.readers._declare import Refused, Row
from caselens.readers._ocds_process import Award, Process
from caselens.readers._ocds_values import Json, Values, first, mapping, money, objects, text

Given = Iterator[Row | Refused]
History = dict[str, list[tuple[str, Json, Json]]]


def contract_rows(process: Process, history: History, accounts: set[str]) -> Given:
    """Contracts with changes and payments; for a standing award that no contract follows, the award as a purchase.

    ``history`` holds the values that earlier releases state, ``accounts`` the accounts that the file has given.
    """
    told = process.told
    awards = {award.id: award for award in process.awards if award.id is not None}
    only = process.awards[0] if len(process.awards) == 1 else None
    followed: set[str | None] = set()
    for number, contract in enumerate(objects(process.body.get("contracts"), told, "contracts"), start=1):
        award_id = text(contract.get("awardID"), told, "contracts/awardID")
        award = only if award_id is None else awards.get(award_id)
        followed.add(award.id if award else award_id)
        local = text(contract.get("id"), told, "contracts/id") or str(number)
        contract_id = _full_id(process.ocid, local)
        values = _contract(process, contract, award, contract_id)
        yield from process.give("contracts", values, contract)
        yield from _changes(process, contract, contract_id, history.get(local, []))
        yield from _payments(process, contract, values, accounts)
    for number, award in enumerate(process.awards, start=1):
        if award.active and award.id not in followed:
            told.events["award_as_contract"] += 1
            yield from process.give("contracts", _awarded(process, award, number), award.body)


def _full_id(ocid: str, local: str) -> str:
    """Ids inside a process are unique there only: the ocid goes before them unless it does already."""
    return local if local.startswith(ocid) else f"{ocid}/{local}"


def _contract(process: Process, contract: dict[str, Any], award: Award | None, contract_id: str) -> Values:
    told, clock = process.told, process.clock
    amount, currency = money(contract.get("value"), told, "contracts/value")
    final, _ = money(contract.get("finalValue"), told, "contracts/finalValue")
    own, _ = process.book.group(objects(contract.get("suppliers"), told, "contracts/suppliers"), "contracts/suppliers")
    lots = process.lots_of(contract, "contracts") or (award.lots if award else ())
    title = text(contract.get("title"), told, "contracts/title")
    period = mapping(contract.get("period"), told, "contracts/period")
    buyers = objects(contract.get("buyer"), told, "contracts/buyer") if contract.get("buyer") else []
    return {
        "contract_id": contract_id,
        "tender_id": process.tender_of(lots),
        "project_id": process.project_id(),
        "title": first(title, _title(process, award)),
        "buyer_id": (process.book.org_id(buyers[0]) if buyers else None) or process.buyer_id,
        "supplier_id": own or (award.supplier_id if award else None),
        "amount": amount,
        "signed_on": clock.day(contract.get("dateSigned"), "contracts/dateSigned"),
        "method": process.contract_method(),
        "category": text(process.tender.get("mainProcurementCategory"), told, "tender/mainProcurementCategory"),
        "purpose": text(contract.get("description"), told, "contracts/description"),
        "accepted_on": _accepted(process, contract),
        "final_amount": final,
        "currency": currency,
        "contract_basis": "contract",
        "award_id": award.id if award else text(contract.get("awardID"), told, "contracts/awardID"),
        "ocds_status": text(contract.get("status"), told, "contracts/status"),
        "starts_on": clock.day(period.get("startDate"), "contracts/period/startDate"),
        "ends_on": clock.day(period.get("endDate"), "contracts/period/endDate"),
        "extends_contract": text(contract.get("extendsContractID"), told, "contracts/extendsContractID"),
    }


def _title(process: Process, award: Award | None) -> str | None:
    told = process.told
    return first(
        text(award.body.get("title"), told, "awards/title") if award else None,
        text(process.tender.get("title"), told, "tender/title"),
        text(process.body.get("name"), told, "name"),
    )


def _accepted(process: Process, contract: dict[str, Any]) -> str | None:
    """The day the last delivery milestone was met."""
    told = process.told
    implementation = mapping(contract.get("implementation"), told, "contracts/implementation")
    milestones = objects(contract.get("milestones"), told, "contracts/milestones")
    milestones += objects(implementation.get("milestones"), told, "contracts/implementation/milestones")
    days = [
        day
        for milestone in milestones
        if milestone.get("type") == "delivery" and milestone.get("status") == "met"
        if (day := process.clock.day(milestone.get("dateMet"), "contracts/milestones/dateMet"))
    ]
    return max(days, default=None)


def _awarded(process: Process, award: Award, number: int) -> Values:
    """An award without contract: many publishers stop there, and who was bought from must not be lost."""
    told, clock = process.told, process.clock
    amount, currency = money(award.body.get("value"), told, "awards/value")
    period = mapping(award.body.get("contractPeriod"), told, "awards/contractPeriod")
    return {
        "contract_id": _full_id(process.ocid, f"award-{award.id or number}"),
        "tender_id": process.tender_of(award.lots),
        "project_id": process.project_id(),
        "title": _title(process, award),
        "buyer_id": process.buyer_id,
        "supplier_id": award.supplier_id,
        "amount": amount,
        "signed_on": clock.day(award.body.get("date"), "awards/date"),
        "method": process.contract_method(),
        "category": text(process.tender.get("mainProcurementCategory"), told, "tender/mainProcurementCategory"),
        "purpose": text(award.body.get("description"), told, "awards/description"),
        "currency": currency,
        "contract_basis": "award",
        "award_id": award.id,
        "ocds_status": text(award.body.get("status"), told, "awards/status"),
        "starts_on": clock.day(period.get("startDate"), "awards/contractPeriod/startDate"),
        "ends_on": clock.day(period.get("endDate"), "awards/contractPeriod/endDate"),
    }


def _changes(
    process: Process, contract: dict[str, Any], contract_id: str, history: list[tuple[str, Json, Json]]
) -> Given:
    """Amendments. The difference in value comes from the releases; where none states it, the change is refused."""
    told, clock = process.told, process.clock
    amendments = objects(contract.get("amendments"), told, "contracts/amendments")
    amendments += objects(contract.get("amendment"), told, "contracts/amendment") if contract.get("amendment") else []
    steps = list(_steps(history))
    for number, amendment in enumerate(amendments, start=1):
        release_id = amendment.get("releaseID")
        step = next((step for step in steps if release_id is not None and step[1] == release_id), None)
        if step is None and len(steps) == 1 == len(amendments):
            step = steps[0]
        if step is not None:
            steps.remove(step)
        local = text(amendment.get("id"), told, "contracts/amendments/id") or str(number)
        values: Values = {
            "change_id": f"{contract_id}/amendment-{local}",
            "contract_id": contract_id,
            "amount": format(step[2], "f") if step else _former(contract, amendment),
            "changed_on": clock.day(amendment.get("date"), "contracts/amendments/date")
            or (clock.day(step[0], "date") if step else None),
            "reason": first(
                text(amendment.get("rationale"), told, "contracts/amendments/rationale"),
                text(amendment.get("description"), told, "contracts/amendments/description"),
            ),
        }
        yield from process.give("contract_changes", values, amendment)
    for number, (day, release_id, difference) in enumerate(steps, start=1):
        values = {
            "change_id": f"{contract_id}/value-{number}",
            "contract_id": contract_id,
            "amount": format(difference, "f"),
            "changed_on": clock.day(day, "date"),
            "release_id": text(release_id, told, "id"),
        }
        yield from process.give("contract_changes", values, {"contract": contract_id, "release": release_id})


def _steps(history: list[tuple[str, Json, Json]]) -> Iterator[tuple[str, Json, Decimal]]:
    """``(date, release id, difference)`` wherever the value of a contract differs from the release before."""
    last: tuple[Decimal, Json] | None = None
    for day, release_id, value in history:
        amount = _decimal(value.get("amount"))
        if amount is None:
            continue
        if last is not None and last[1] == value.get("currency") and amount != last[0]:
            yield day, release_id, amount - last[0]
        last = (amount, value.get("currency"))


def _former(contract: dict[str, Any], amendment: dict[str, Any]) -> str | None:
    """OCDS 1.0: the difference between the value now and the one that ``changes`` says it replaced."""
    now = contract.get("value")
    changes = amendment.get("changes")
    for change in changes if isinstance(changes, list) else ():
        if isinstance(change, dict) and str(change.get("property")).replace("/", ".").endswith("value.amount"):
            before = _decimal(change.get("former_value"))
            after = _decimal(now.get("amount")) if isinstance(now, dict) else None
            if before is not None and after is not None:
                return format(after - before, "f")
    return None


def _decimal(value: Json) -> Decimal | None:
    try:
        number = None if value is None or isinstance(value, bool) else Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() and abs(number.adjusted()) <= 30 else None


def _payments(process: Process, contract: dict[str, Any], values: Values, accounts: set[str]) -> Given:
    """Published transactions: ledger entries between the parties, for OCDS names no account."""
    told = process.told
    implementation = mapping(contract.get("implementation"), told, "contracts/implementation")
    path = "contracts/implementation/transactions"
    for number, transaction in enumerate(objects(implementation.get("transactions"), told, path), start=1):
        payer = _party(process, transaction, ("payer", "providerOrganization")) or values.get("buyer_id")
        payee = _party(process, transaction, ("payee", "receiverOrganization")) or values.get("supplier_id")
        amount, currency = money(first_of(transaction, ("value", "amount")), told, f"{path}/value")
        paid_at, offset = process.clock.moment(transaction.get("date"), f"{path}/date")
        for party in (payer, payee):
            if party and party not in accounts:
                accounts.add(party)
                account: Values = {"account_id": _account(party), "holder_id": party, "kind": "other"}
                yield from process.give("accounts", account, transaction)
        local = text(transaction.get("id"), told, f"{path}/id") or str(number)
        row: Values = {
            "payment_id": f"{values['contract_id']}/payment-{local}",
            "paid_at": paid_at,
            "paid_at_offset": offset,
            "payer_account": _account(payer) if payer else None,
            "payee_account": _account(payee) if payee else None,
            "amount": amount,
            "currency": currency,
            "basis": "ledger",
            "reference_id": values["contract_id"],
            "source": text(transaction.get("source"), told, f"{path}/source"),
        }
        yield from process.give("payments", row, transaction)


def first_of(body: dict[str, Any], names: tuple[str, ...]) -> Json:
    """The first of these fields that is not null."""
    return next((body[name] for name in names if body.get(name) is not None), None)


def _party(process: Process, transaction: dict[str, Any], names: tuple[str, ...]) -> str | None:
    """The payer or payee; OCDS 1.0 prints a bare identifier there."""
    body = mapping(first_of(transaction, names), process.told, f"contracts/implementation/transactions/{names[0]}")
    if body.get("scheme") and "identifier" not in body:
        body = {"identifier": body, "name": body.get("legalName")}
    return process.book.org_id(body) if body else None


def _account(org_id: str) -> str:
    return f"OCDS-ACCOUNT-{org_id}"


def project_row(process: Process, projects: set[str]) -> Given:
    """The project that ``planning`` names, once a file."""
    told = process.told
    project_id = process.project_id()
    if project_id is None or project_id in projects:
        return
    projects.add(project_id)
    planning = mapping(process.body.get("planning"), told, "planning")
    budget = mapping(planning.get("budget"), told, "planning/budget")
    printed = planning.get("project")
    project = printed if isinstance(printed, dict) else {}
    total = first_of(project, ("totalValue", "value"))
    amount, currency = money(total, told, "planning/project/totalValue")
    values: Values = {
        "project_id": project_id,
        "name": first(
            text(project.get("title"), told, "planning/project/title"),
            None if project else text(printed, told, "planning/project"),
            text(budget.get("project"), told, "planning/budget/project"),
            project_id,
        ),
        "owner_id": process.buyer_id,
        "category": text(project.get("sector"), told, "planning/project/sector") if project else None,
        "lifecycle": "procurement",
        "budget": amount,
        "currency": currency,
        "ocds_uri": text(first_of(project, ("uri",)) or budget.get("uri"), told, "planning/project/uri"),
    }
    yield from process.give("projects", values, planning)
