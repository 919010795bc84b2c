"""A workspace as an analyst sees it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis.expr.types as ir
import pandas as pd

from caselens.api._deciding import DeskDeciding
from caselens.api.case import Case
from caselens.api.listed import Findings
from caselens.core.errors import UsageError
from caselens.core.text import Language, Text
from caselens.findings import Screening, leads_table, screen, screening
from caselens.indicators import INDICATORS, Indicator
from caselens.workspace import Intake, Workspace
from caselens.workspace.damage import demand_whole

if TYPE_CHECKING:
    from caselens.api.tracing import Traced
    from caselens.api.who import Who
    from caselens.reports.city import City
    from caselens.reports.quality import Quality
    from caselens.reports.redacted import RedactedCase
    from caselens.reports.tenders import Tenders
    from caselens.reports.unit import Unit
    from caselens.reports.works import Works

#: The case of a workspace nobody gave cases to: everything in it.
WHOLE = "all"
#: What a case's report is made as.
EDITIONS = ("full", "redacted")


class Desk(DeskDeciding):
    """What can be done with one workspace.

    >>> import caselens
    >>> desk = caselens.open_workspace("data/demo")       # doctest: +SKIP
    >>> desk.case("C01").findings()                        # doctest: +SKIP
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def __repr__(self) -> str:
        return (
            f"<Caselens workspace {self.workspace.name!r}: {len(self.workspace.tables())} tables, as of {self.as_of}>"
        )

    @property
    def name(self) -> str:
        """Name of its folder."""
        return self.workspace.name

    @property
    def title(self) -> str:
        """Its title."""
        return self.workspace.title

    @property
    def as_of(self) -> date:
        """The day the data stand for."""
        return self.workspace.as_of

    def intake(self, path: str | Path) -> Intake:
        """Take in a file or a folder of files; what was accepted, quarantined and refused is in the result."""
        return self.workspace.intake(path)

    def table(self, name: str) -> ir.Table:
        """A canonical table as an Ibis expression; ``.execute()`` gives pandas.

        Raises:
            AccessDenied: not assigned to all cases, where access is declared.
        """
        self.gate.check("open")
        return self.workspace.table(name)

    def tables(self) -> pd.DataFrame:
        """The tables that have rows: ``table, label_zh, label_en, rows``."""
        from caselens.tables import TABLES

        names = self.workspace.tables()
        rows = [
            (n, TABLES[n].label.zh, TABLES[n].label.en, int(self.workspace.table(n).count().execute())) for n in names
        ]
        return pd.DataFrame(rows, columns=["table", "label_zh", "label_en", "rows"])

    def sources(self) -> pd.DataFrame:
        """One row a file and table: rows in, accepted, quarantined, repeated; why a file was refused."""
        return self.workspace.sources()

    def notes(self) -> pd.DataFrame:
        """What readers told about the files."""
        return self.workspace.notes()

    def quarantine(self) -> pd.DataFrame:
        """Rows that were not accepted, with every reason, as they stood in the file; needs access to all cases."""
        self.gate.check("open")
        return self.workspace.table("quarantine").execute()

    @property
    def who(self) -> Who:
        """Who is who: the merges, their reasons, what is left to decide, and deciding it: ``desk.who.reasons("zh")``."""
        from caselens.api.who import Who

        self.gate.check("open")
        return Who(self.workspace)

    @property
    def quality(self) -> Quality:
        """The sections of the data-quality notebook, each a call: ``desk.quality.files("zh")``."""
        from caselens.reports.quality import Quality

        return Quality(self)

    @property
    def tenders(self) -> Tenders:
        """The sections of the tenders notebook, each a call: ``desk.tenders.strata("zh")``."""
        from caselens.reports.tenders import Tenders

        self.gate.check("open")
        return Tenders(self.workspace)

    def unit(self, org_id: str = "") -> Unit:
        """The views of one unit, each a call: ``desk.unit("O00012").cases("zh")``; without an id, of all side by side.

        Raises:
            UsageError: the unit is not on record.
        """
        from caselens.reports.unit import Unit

        self.gate.check("open")
        return Unit(self.workspace, org_id)

    @property
    def projects(self) -> Works:
        """The views of all projects, each a call: ``desk.projects.savings("zh")``; one unit has its own."""
        from caselens.reports.works import Works

        self.gate.check("open")
        return Works(self.workspace)

    @property
    def city(self) -> City:
        """The sections of the city overview, each a call: ``desk.city.units("zh")``; needs access to all cases."""
        from caselens.reports.city import City

        return City(self)

    def coverage(self) -> pd.DataFrame:
        """What can be assessed at all: one row an indicator, ``indicator, number, title_zh, title_en, lacks``."""
        rows = [
            (i.id, i.number, i.title.zh, i.title.en, ", ".join(self.workspace.lacks(dict(i.needs))))
            for i in sorted(INDICATORS.values(), key=lambda item: item.number)
        ]
        return pd.DataFrame(rows, columns=["indicator", "number", "title_zh", "title_en", "lacks"])

    def indicator(self, slug: str) -> Indicator:
        """The declared indicator called ``slug``.

        Raises:
            UsageError: there is none.
        """
        if slug not in INDICATORS:
            raise UsageError(f"there is no indicator {slug!r}; there are {', '.join(INDICATORS)}")
        return INDICATORS[slug]

    def screen(self, *only: str) -> Screening:
        """Put every indicator's question (or those named) to the data and record what changed.

        Raises:
            DataError: files of the workspace are damaged: see ``caselens repair``.
        """
        demand_whole(self.workspace.catalog)
        store = self.workspace.store
        with store.runs.running("screen", self.gate.who, only=only) as told:
            result = screen(self.workspace, only)
            told["findings"] = len(result.findings)
        store.audit.add("screen", who=self.gate.who, **told)
        return result

    def screening(self) -> Screening:
        """The last screening, or a new one where the data changed since."""
        return screening(self.workspace)

    def findings(self) -> Findings:
        """The findings of the last screening, the highest score first; columns as the table ``findings``.

        A pandas DataFrame; ``desk.findings().head(20).show("zh")`` is the same for reading.

        Raises:
            AccessDenied: not assigned to all cases, where access is declared; one's own: ``desk.case(…).findings()``.
        """
        self.gate.check("open")
        return Findings(self.screening().findings)

    def leads(self) -> pd.DataFrame:
        """The findings gathered into leads, the most pressing first; columns as :func:`caselens.findings.leads_table`."""
        return leads_table(self.findings())

    def assessments(self) -> pd.DataFrame:
        """Every subject that was looked at, and what could not be: columns as the table ``assessments``."""
        self.gate.check("open")
        return self.screening().assessments

    def cases(self) -> pd.DataFrame:
        """The cases: ``case_id, title, status, opened_on``; a workspace without cases is one case of everything."""
        if not self.workspace.has("cases"):
            return pd.DataFrame(
                [(WHOLE, self.title, "open", None)], columns=["case_id", "title", "status", "opened_on"]
            )
        return (
            self.workspace.table("cases")
            .select("case_id", "title", "status", "opened_on")
            .order_by("case_id")
            .execute()
        )

    def case(self, case_id: str = "", purpose: str = "") -> Case:
        """The case called ``case_id``; an empty one means the case of the highest-scored finding, else the first case.

        Opening is checked against roles and assignments where there are any, and logged with its ``purpose``; a colleague
        or kin of a party is warned (:class:`caselens.api.access.ConflictWarning`).

        Raises:
            UsageError: there is none; the sentence lists the cases.
            AccessDenied: not assigned to it.
        """
        cases = self.cases()
        case_id = case_id or self._foremost(cases)
        match = cases[cases["case_id"] == case_id]
        if match.empty:
            known = ", ".join(cases["case_id"].head(20))
            more = f" and {len(cases) - 20} more" if len(cases) > 20 else ""
            raise UsageError(f"there is no case {case_id!r}; there are {known}{more}")
        case = Case(self.workspace, case_id, str(match["title"].iloc[0]), whole=not self.workspace.has("cases"))
        self.gate.open(case_id, lambda: case.circle, purpose)
        return case

    def edition(self, case_id: str, edition: str, language: Language) -> Case | RedactedCase:
        """The case as an edition of its report shows it: ``full``, or ``redacted``, under pseudonyms and in ``language``.

        Raises:
            UsageError: there is no such case or edition.
        """
        from caselens.reports.redacted import RedactedCase

        if edition not in EDITIONS:
            raise UsageError(f"an edition is one of {', '.join(EDITIONS)}, got {edition!r}")
        case = self.case(case_id)
        return RedactedCase(case, language) if edition == "redacted" else case

    def _foremost(self, cases: pd.DataFrame) -> str:
        known = set(cases["case_id"])
        named = [str(name) for name in self.screening().findings["case_id"] if name in known]
        return named[0] if named else str(next(iter(cases["case_id"]), ""))

    def trace(self, source: str, amount: float | str | None = None, until: object = None, **rules: Any) -> Traced:
        """Trace money from an account by four methods side by side, each leg with its row in a file.

        ``rules``: ``payment`` (a ``payment_id``), ``since``, ``direction``, ``opening_balances`` and the others of
        :func:`caselens.flows.trace`; holders and cash accounts are those of the workspace.

        Raises:
            UsageError: no payments, an unknown account or payment, or nothing said to trace.
            AccessDenied: not assigned to all cases; of one's own: ``case.account("…").trace()``.
        """
        from caselens.api.tracing import trace_workspace

        self.gate.check("open")
        return trace_workspace(self.workspace, source, amount, until, **rules)

    def label(self, slug: str) -> Text:
        """The title of an indicator."""
        return self.indicator(slug).title
