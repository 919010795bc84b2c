"""What a desk and a case have in common when somebody decides: who may, what was decided, what stands in the register."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from caselens.api.access import Gate
from caselens.workspace import Workspace

if TYPE_CHECKING:
    from caselens.api.register import Register
    from caselens.core.text import Language
    from caselens.reports.dossier import Dossier
    from caselens.views import Fragment


class Deciding(ABC):
    """Deciding in a notebook: ``desk.decide("F…", "dismiss", reason="租金", by="某甲")``."""

    workspace: Workspace

    @abstractmethod
    def findings(self) -> pd.DataFrame:
        """The findings of the last screening, as far as they are this one's."""

    @cached_property
    def gate(self) -> Gate:
        """Who works here and what he may do; see :mod:`caselens.api.access`."""
        return Gate(self.workspace)

    def decide(self, ids: str | Sequence[str], kind: str, *, reason: str, by: str = "") -> str:
        """Write down a decision about findings, a lead or parties; gives its id, by which it can be undone.

        Args:
            ids: one id or several: of findings, of a lead (all its findings are meant), of persons or organizations.
            kind: ``confirm``, ``dismiss``, ``clear``, ``self_reported``; ``same``, ``different``, ``unsure``; or a
                disposition of a lead (:meth:`dispose`). 确认, 排除, 澄清, 本人已报告 … are understood.
            reason: why.
            by: who decides; empty: whoever runs it.

        A cleared matter is not raised again on the same evidence; new evidence is told, and reopened only by a person.

        Raises:
            UsageError: an id that is not there, a kind that does not fit it, no reason.
            AccessDenied: not assigned to the case.
        """
        from caselens.api import decisions

        several = [ids] if isinstance(ids, str) else list(ids)
        made = decisions.decide(self.workspace, self.gate, several, kind, reason, by or self.gate.who)
        self._forget()
        return made

    def dispose(self, lead_id: str, disposition: str, *, reason: str, by: str = "") -> str:
        """Decide what becomes of a lead: 谈话函询, 初步核实, 暂存待查, 了结 or 立案 (or its code); gives the decision's id.

        Raises:
            UsageError: there is no such lead or disposition, or no reason.
            AccessDenied: not assigned to dispose of leads of the case.
        """
        from caselens.api import decisions

        return decisions.dispose(self.workspace, self.gate, lead_id, disposition, reason, by or self.gate.who)

    def undo(self, decision_id: str, *, reason: str, by: str = "") -> str:
        """Undo a decision of any kind; both stay written. Gives the id of the undoing, which can itself be undone.

        Raises:
            UsageError: there is no such decision in force, or no reason.
            AccessDenied: not assigned to what it was about.
        """
        from caselens.api import decisions

        made = decisions.undo(self.workspace, self.gate, decision_id, reason, by or self.gate.who)
        self._forget()
        return made

    def decisions(self, *tables: str) -> pd.DataFrame:
        """The decisions in force, oldest first: ``decision_id, kind, object_table, object_ids, reason, decided_by, decided_at``.

        ``tables`` (``findings``, ``leads``, ``persons``, ``organizations``) leaves the others out.
        """
        rows = [
            (d.decision_id, d.kind, d.object_table, list(d.object_ids), d.reason, d.decided_by, d.decided_at)
            for d in self.workspace.store.decisions(*tables)
        ]
        columns = ["decision_id", "kind", "object_table", "object_ids", "reason", "decided_by", "decided_at"]
        return pd.DataFrame(rows, columns=columns)

    def decided(self, language: Language = "zh") -> Fragment:
        """The same, the latest first, for a reader."""
        from caselens.api import decisions

        return decisions.decided(self.workspace, language)

    def _forget(self) -> None:  # noqa: B027  a desk keeps nothing to forget
        """What was computed before the decision is computed anew when asked for."""


class DeskDeciding(Deciding):
    """What a desk adds."""

    def register(self, on: date | None = None) -> Register:
        """The lead register of the whole workspace with dispositions and clocks, as of today or the day ``on``."""
        from caselens.api.decisions import register_of

        return register_of(self.workspace, self.findings(), on=on)


class CaseDeciding(Deciding):
    """What a case adds."""

    id: str

    def register(self, on: date | None = None) -> Register:
        """The lead register of this case with dispositions and clocks, as of today or the day ``on``."""
        from caselens.api.decisions import register_of

        return register_of(self.workspace, self.findings(), self.id, on)

    def dossier(self) -> Dossier:
        """Every evidence item of the case's leads with its place: volume and page (卷–页) where they are known, else file,
        sheet and row. ``case.dossier().page("zh")`` is a page to print.
        """
        from caselens.reports.dossier import dossier

        return dossier(self, self.workspace.store.papers.filed())  # type: ignore[arg-type]

    def _forget(self) -> None:
        for name in ("_screening", "_findings", "_evidence"):
            self.__dict__.pop(name, None)
