"""A person, a firm or an account of a case, as an analyst asks about it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from caselens.core.errors import UsageError
from caselens.entities import resolved
from caselens.relations import relation

if TYPE_CHECKING:
    from caselens.api.case import Case
    from caselens.api.tracing import Traced

#: Names listed where a name fits several parties.
_TOLD = 10


class Party:
    """A person or an organization of a case; every call gives a pandas table."""

    def __init__(self, case: Case, entity_id: str) -> None:
        self.case, self.id = case, entity_id

    def __repr__(self) -> str:
        return f"<{self.name} ({self.id})>"

    def _repr_html_(self) -> str:
        row = self._row
        return f"<b>{escape(self.name)}</b> <code>{escape(self.id)}</code> {escape(str(row['role']))}"

    @property
    def _row(self) -> pd.Series:
        parties = self.case.parties
        return parties[parties["entity_id"] == self.id].iloc[0]

    @property
    def name(self) -> str:
        """Name of the party."""
        return self.case.name(self.id)

    def payments(self) -> pd.DataFrame:
        """Its payments in the case, in and out, by time; columns as :meth:`Case.payments`."""
        every = self.case.payments()
        return every[(every["payer"] == self.id) | (every["payee"] == self.id)].reset_index(drop=True)

    def accounts(self) -> pd.DataFrame:
        """Its accounts: columns of the table ``accounts``."""
        return self._mine("accounts", "holder_id")

    def posts(self) -> pd.DataFrame:
        """Posts of a person, or posts in an organization: columns of the table ``appointments``."""
        return self._mine("appointments", "person_id", "org_id")

    def firms(self) -> pd.DataFrame:
        """Firms held or run by it: ``org_id, name, how, since, until, rows``."""
        control = relation(self.case.workspace, "control")
        found = control.filter(control.person_id == self.id).execute()
        return found.assign(name=found["org_id"].map(self.case.name))

    def relatives(self) -> pd.DataFrame:
        """Kin of a person: columns of the relation ``kin``, and ``name``."""
        kin = relation(self.case.workspace, "kin")
        found = kin.filter(kin.person_id == self.id).execute()
        return found.assign(name=found["relative_id"].map(self.case.name))

    def bids(self) -> pd.DataFrame:
        """Its bids, with the tenders' columns, by opening; columns as :meth:`Case.tenders`."""
        from caselens.api import _frames

        every = _frames.tenders(self.case.workspace, [self.id], [], self.case.labels)
        return every[every["bidder_id"] == self.id].reset_index(drop=True)

    def findings(self) -> pd.DataFrame:
        """Findings that name it, in any role; columns as :meth:`Case.findings`."""
        every = self.case.findings()
        mine = every["subjects"].map(lambda found: any(item["id"] == self.id for item in found))
        return every[mine.astype(bool)].reset_index(drop=True)

    def path(self, other: Party | str, **limits: Any) -> pd.DataFrame:
        """Ways to another party; see :meth:`Case.path`."""
        return self.case.path(self.id, other.id if isinstance(other, Party) else other, **limits)

    def _mine(self, table: str, *columns: str) -> pd.DataFrame:
        rows = resolved(self.case.workspace, table)
        condition = rows[columns[0]] == self.id
        for column in columns[1:]:
            condition = condition | (rows[column] == self.id)
        return rows.filter(condition).execute()


class Account:
    """An account, whose money can be followed."""

    def __init__(self, case: Case, account_id: str) -> None:
        self.case, self.id = case, account_id

    def __repr__(self) -> str:
        return f"<account {self.id}>"

    def _repr_html_(self) -> str:
        mine = self.payments()
        paid = mine["payer_account"] == self.id
        told = f"支出 out {int(paid.sum()):,} · 收入 in {int((~paid).sum()):,}"
        return f"<code>{escape(self.id)}</code> {told}"

    def payments(self) -> pd.DataFrame:
        """Its payments in the case, by time; columns as :meth:`Case.payments`."""
        every = self.case.payments()
        return every[(every["payer_account"] == self.id) | (every["payee_account"] == self.id)].reset_index(drop=True)

    def trace(self, amount: float | str | None = None, until: object = None, **rules: Any) -> Traced:
        """Follow its money by four methods side by side, each leg with its row; a notebook shows the answer as tables.

        Args:
            amount: yuan, or a decimal as text; with ``payment=ID`` the sum of that payment.
            until: last day looked at.
            **rules: ``payment, since, direction`` and the others of :func:`caselens.flows.trace`.

        Raises:
            UsageError: the account or payment is not known, or nothing was said to trace.
        """
        from caselens.api.tracing import trace_workspace

        return trace_workspace(self.case.workspace, self.id, amount, until, **rules)


def party_of(case: Case, name: str, kind: str) -> Party:
    """The party of the case with this entity id, or this name.

    Raises:
        UsageError: there is none, or several have the name; the sentence lists their ids.
    """
    parties = case.parties
    if kind:
        parties = parties[parties["kind"] == kind]
    found = parties[parties["entity_id"] == name]
    found = found if len(found) else parties[parties["name"] == name]
    if found.empty:
        raise UsageError(f"nobody in case {case.id} is called {name!r}; case.parties lists them 案件中没有此人或单位")
    if len(found) > 1:
        ids = ", ".join(found["entity_id"].head(_TOLD))
        raise UsageError(f"{len(found)} parties are called {name!r}: {ids}; give the id 重名，请用编号")
    return Party(case, str(found["entity_id"].iloc[0]))
