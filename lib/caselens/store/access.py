"""Who may see which case: roles and assignments.

Against what this protects: opening, by mistake or out of curiosity, a case that one was not assigned; and doing it
without a trace, for every opening is in the audit log with its purpose. Against what it does not: somebody who may read
the files of the workspace can read them without Caselens, and the name somebody goes by is told, not proven
(:func:`caselens.store.audit.current_user`). Teams that must not see each other's data need a workspace each, under users
of the operating system and keys of their own.

While nobody was granted anything, nothing is checked: a team of one needs no permission of itself.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from caselens.core.errors import UsageError
from caselens.store.audit import AuditLog
from caselens.store.engine import Database
from caselens.store.schema import ACCESS

#: Role -> what it may do. Whoever may do something with all cases has it under the case :data:`EVERY`.
ROLES: Mapping[str, frozenset[str]] = {
    "reader": frozenset({"open"}),
    "analyst": frozenset({"open", "decide"}),
    "supervisor": frozenset({"open", "decide", "dispose", "grant"}),
    "auditor": frozenset({"audit"}),
}
EVERY = "*"


@dataclass(frozen=True, slots=True)
class Grant:
    """One assignment; ``grant_id`` is empty where it came as a row of the table ``access``."""

    grant_id: str
    case_id: str
    user: str
    role: str
    granted_by: str
    until: date | None = None
    purpose: str = ""


class Access:
    """The assignments of one workspace that were made in the store."""

    def __init__(self, database: Database, audit: AuditLog) -> None:
        self._database, self._audit = database, audit

    def grant(
        self, case_id: str, user: str, role: str, granted_by: str, until: date | None = None, purpose: str = ""
    ) -> str:
        """Assign ``user`` to a case (``*``: to all) in a role; gives the id of the grant.

        From the first grant on, access is checked for everybody. The first must therefore be of a supervisor of all
        cases, or nobody could grant the next.

        Raises:
            UsageError: an unknown role, no name, or a first grant that would lock everybody out.
        """
        if role not in ROLES:
            raise UsageError(f"there is no role {role!r}; there are {', '.join(ROLES)}")
        if not (case_id.strip() and user.strip() and granted_by.strip()):
            raise UsageError("a grant needs a case (or *), a user and who grants it 须写明案件、用户和授权人")
        identifier = str(uuid.uuid4())

        def work(connection: sa.Connection) -> Any:
            if (case_id, role) != (EVERY, "supervisor") and not _rows(connection):
                raise UsageError(
                    "the first grant must be a supervisor of all cases (*), or nobody could grant the next "
                    "首项授权须为全部案件（*）的 supervisor"
                )
            values = {
                "grant_id": identifier,
                "case_id": case_id,
                "user": user,
                "role": role,
                "granted_by": granted_by,
                "granted_at": datetime.now(),
                "until": until,
                "purpose": purpose,
            }
            connection.execute(sa.insert(ACCESS).values(values))
            about = {"case_id": case_id, "user": user, "role": role, "until": until and until.isoformat()}
            return self._audit.write_in(connection, "grant", identifier, granted_by, purpose, **about)

        self._audit.keep_head(self._database.write(work))
        return identifier

    def revoke(self, grant_id: str, who: str, why: str) -> None:
        """End a grant; it stays written.

        Raises:
            UsageError: there is no such grant in force.
        """

        def work(connection: sa.Connection) -> Any:
            this = (ACCESS.c.grant_id == grant_id) & ACCESS.c.revoked_at.is_(None)
            ended = sa.update(ACCESS).where(this).values(revoked_by=who, revoked_at=datetime.now())
            if connection.execute(ended).rowcount != 1:
                raise UsageError(f"there is no grant {grant_id!r} in force 没有这项有效授权")
            return self._audit.write_in(connection, "revoke", grant_id, who, why)

        self._audit.keep_head(self._database.write(work))

    def grants(self) -> list[Grant]:
        """The grants that nobody revoked, expired ones among them, by case and user."""
        return [
            Grant(r["grant_id"], r["case_id"], r["user"], r["role"], r["granted_by"], r["until"], r["purpose"])
            for r in self._database.read(_rows)
        ]


def may(grants: Iterable[Grant], user: str, act: str, case_id: str, on: date) -> bool:
    """Whether ``user`` may ``act`` (``open``, ``decide``, ``dispose``, ``grant``, ``audit``) on a case on a day.

    ``case_id`` ``*`` asks for all cases at once. Without any grant everybody may. A role that this version does not know
    (a row of the table ``access`` may hold any word) allows opening and nothing else.
    """
    every = list(grants)
    if not every:
        return True
    return any(
        act in ROLES.get(item.role, ROLES["reader"])
        for item in every
        if item.user == user and item.case_id in (EVERY, case_id) and (item.until is None or item.until >= on)
    )


def _rows(connection: sa.Connection) -> list[sa.RowMapping]:
    query = (
        sa.select(ACCESS)
        .where(ACCESS.c.revoked_at.is_(None))
        .order_by(ACCESS.c.case_id, ACCESS.c.user, ACCESS.c.grant_id)
    )
    return list(connection.execute(query).mappings().all())
