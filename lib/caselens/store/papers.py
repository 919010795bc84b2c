"""Papers of a case that the office itself writes: requests for records, referrals, and where a file lies in the dossier."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import sqlalchemy as sa

from caselens.core.errors import UsageError
from caselens.store.audit import AuditLog
from caselens.store.engine import Database
from caselens.store.schema import DOSSIER, EVIDENCE_REQUESTS, REFERRALS


class Papers:
    """What was sent and answered, handed on and accepted, in one workspace; each step is in the audit log."""

    def __init__(self, database: Database, audit: AuditLog) -> None:
        self._database, self._audit = database, audit

    def send_request(
        self,
        case_id: str,
        addressee: str,
        asks_for: str,
        *,
        reason: str = "",
        approved_by: str,
        sent_on: date,
        due_on: date | None = None,
    ) -> str:
        """Note that a request for records was sent (补调); gives its id.

        Raises:
            UsageError: no addressee, nothing asked for, no name of who approved it, or due before it was sent.
        """
        if not (addressee.strip() and asks_for.strip() and approved_by.strip()):
            raise UsageError(
                "a request needs an addressee, what it asks for and who approved it 须写明对象、内容和批准人"
            )
        if due_on is not None and due_on < sent_on:
            raise UsageError("a request is due on the day it is sent or later 应反馈日期不得早于发出日期")
        values: dict[str, Any] = {
            "request_id": str(uuid.uuid4()),
            "case_id": case_id,
            "addressee": addressee,
            "asks_for": asks_for,
            "reason": reason,
            "approved_by": approved_by,
            "sent_on": sent_on,
            "due_on": due_on,
        }
        self._write(sa.insert(EVIDENCE_REQUESTS).values(values), "request", values["request_id"], approved_by, case_id)
        return str(values["request_id"])

    def answer_request(self, request_id: str, received_file: str, answered_on: date, who: str) -> None:
        """Note that a request was answered with a file (its path as taken in, empty: a refusal).

        Raises:
            UsageError: there is no such request, or it was answered already.
        """
        table = EVIDENCE_REQUESTS
        this = (table.c.request_id == request_id) & table.c.answered_on.is_(None)
        values = {"received_file": received_file, "answered_on": answered_on}
        self._write(sa.update(table).where(this).values(values), "answer", request_id, who)

    def requests(self, case_id: str = "") -> list[dict[str, Any]]:
        """The requests sent, of one case or of all, by the day they were sent; columns of the table and ``answered_on``."""
        return self._rows(EVIDENCE_REQUESTS, case_id, "sent_on", "request_id")

    def refer(self, case_id: str, from_unit: str, to_unit: str, items: str, handed_on: date, who: str) -> str:
        """Note that material of a case was handed to another unit (移送), ``items`` with their hashes; gives its id.

        Raises:
            UsageError: a unit is missing, or nothing was handed over.
        """
        if not (from_unit.strip() and to_unit.strip() and items.strip()):
            raise UsageError(
                "a referral needs the unit it comes from, the unit it goes to and its items 须写明移送、接收单位和材料"
            )
        values: dict[str, Any] = {
            "referral_id": str(uuid.uuid4()),
            "case_id": case_id,
            "from_unit": from_unit,
            "to_unit": to_unit,
            "items": items,
            "handed_on": handed_on,
        }
        self._write(sa.insert(REFERRALS).values(values), "refer", values["referral_id"], who, case_id)
        return str(values["referral_id"])

    def accept_referral(self, referral_id: str, accepted_by: str, accepted_on: date) -> None:
        """Note that the other unit accepted a referral.

        Raises:
            UsageError: there is no such referral, or it was accepted already.
        """
        this = (REFERRALS.c.referral_id == referral_id) & REFERRALS.c.accepted_on.is_(None)
        values = {"accepted_by": accepted_by, "accepted_on": accepted_on}
        self._write(sa.update(REFERRALS).where(this).values(values), "accept", referral_id, accepted_by)

    def referrals(self, case_id: str = "") -> list[dict[str, Any]]:
        """The referrals, of one case or of all, by the day they were handed on."""
        return self._rows(REFERRALS, case_id, "handed_on", "referral_id")

    def file_under(self, source_file: str, dossier: str, page_from: int | None, page_to: int | None, who: str) -> None:
        """Note in which volume (卷) and on which pages a source file lies; a later note replaces an earlier one.

        Raises:
            UsageError: no volume, or pages that do not run forward from 1.
        """
        last = page_to if page_to is not None else page_from
        if (
            not dossier.strip()
            or (page_from is None) != (last is None)
            or (page_from or 1) < 1
            or (last or 1) < (page_from or 1)
        ):
            raise UsageError("a file lies in a volume, on pages counted from 1 须写明卷号，页码自 1 起")

        def work(connection: sa.Connection) -> Any:
            connection.execute(sa.delete(DOSSIER).where(DOSSIER.c.source_file == source_file))
            values = {"source_file": source_file, "dossier": dossier, "page_from": page_from, "page_to": last}
            connection.execute(sa.insert(DOSSIER).values(values))
            return self._audit.write_in(connection, "file", source_file, who, volume=dossier, pages=[page_from, last])

        self._audit.keep_head(self._database.write(work))

    def filed(self) -> dict[str, tuple[str, int | None, int | None]]:
        """Source file -> volume, first and last page, for those that were noted."""
        rows = self._database.read(lambda connection: connection.execute(sa.select(DOSSIER)).all())
        return {row.source_file: (row.dossier, row.page_from, row.page_to) for row in rows}

    def _rows(self, table: sa.Table, case_id: str, *order: str) -> list[dict[str, Any]]:
        query = sa.select(table).order_by(*(table.c[name] for name in order))
        if case_id:
            query = query.where(table.c.case_id == case_id)
        return [dict(row) for row in self._database.read(lambda connection: connection.execute(query).mappings().all())]

    def _write(self, statement: sa.Insert | sa.Update, action: str, what: str, who: str, case_id: str = "") -> None:
        def work(connection: sa.Connection) -> Any:
            done = connection.execute(statement)
            if isinstance(statement, sa.Update) and done.rowcount != 1:
                raise UsageError(f"there is nothing open under {what!r} 没有此编号或已办结")
            return self._audit.write_in(connection, action, what, who, **({"case_id": case_id} if case_id else {}))

        self._audit.keep_head(self._database.write(work))
