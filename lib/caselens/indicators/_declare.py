"""How an indicator is declared, what it may look at, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import ibis.expr.types as ir
import pandas as pd

from caselens.core.errors import UsageError
from caselens.core.text import Text
from caselens.relations import Tables
from caselens.tables import TABLES

FindingKind = Literal["rule", "statistical", "link"]
State = Literal["hit", "clean", "not_assessable", "excluded"]

#: Roles that name a party for comparison only; a lead does not accuse them, and its id does not depend on them.
UNACCUSED = ("peer", "context", "witness")


@dataclass(frozen=True, slots=True)
class Param:
    """A threshold: its default, unit, allowed range (inclusive) and the reason for it.

    A text or list parameter has no range. ``to_confirm`` marks a legal limit that was recalled, not read at its source.
    """

    name: str
    default: Any
    unit: str
    why: Text
    low: float | None = None
    high: float | None = None
    to_confirm: bool = False

    def check(self, value: Any) -> Any:
        """``value`` if it is allowed.

        Raises:
            UsageError: naming the parameter, what is allowed and what was given.
        """
        if isinstance(self.default, bool) or not isinstance(self.default, int | float):
            if not isinstance(value, type(self.default)):
                raise UsageError(f"{self.name} must be a {type(self.default).__name__}, got {value!r}")
            return value
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if (
            not is_number
            or (self.low is not None and value < self.low)
            or (self.high is not None and value > self.high)
        ):
            raise UsageError(f"{self.name} must be from {self.low} to {self.high} {self.unit}, got {value!r}")
        return value


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a definition, limit or pattern comes from: a paper, a standard, a law, or a published case pattern."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Innocent:
    """An honest explanation of the same pattern, and how it is tested.

    Attributes:
        id: short name, unique within the indicator; counter-evidence refers to it.
        text: the explanation.
        test: how the tables can confirm it; ``None`` where they cannot, and a person has to ask.
    """

    id: str
    text: Text
    test: Text | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """Tiny tables (CSV text) of which the indicator must flag exactly ``flags`` and find nothing in ``leaves``.

    ``flags`` and ``leaves`` are ids of the indicator's subjects; every subject in neither must be not assessable or
    excluded as ``others`` says (subject -> state).
    """

    tables: Mapping[str, str]
    flags: frozenset[str]
    leaves: frozenset[str]
    others: Mapping[str, State] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """An indicator's answer, as lazy tables or small frames.

    Attributes:
        assessed: every subject the question was put to: ``subject_id, state, reason``. ``reason`` is empty for a clean
            or hit subject, else it says why.
        leads: one row a lead. ``lead`` (any text, unique), ``subjects`` (list of ``{id, role}``), ``objects`` (list of
            ``{table, id}``, the anchor first), ``kind``, ``severity``, ``value`` (in the indicator's unit), ``score``
            (0 to 1), ``p_value``, ``amount`` (yuan), ``period_start``, ``period_end``, ``fence`` (the threshold or
            peer group used, as text), and whatever the indicator's ``summary`` names.
        evidence: ``lead, table, key, role``.
        counters: what speaks against each lead: ``lead, innocent, state, note``; ``state`` is ``holds``,
            ``does_not_hold`` or ``not_testable``.
    """

    assessed: ir.Table | pd.DataFrame
    leads: ir.Table | pd.DataFrame
    evidence: ir.Table | pd.DataFrame
    counters: ir.Table | pd.DataFrame | None = None


@dataclass(frozen=True, slots=True)
class Inputs:
    """What an indicator may look at: exactly the tables and relations it declared, its parameters, and the as-of day.

    Raises:
        KeyError: when it asks for something it did not declare.
    """

    indicator: Indicator
    tables: Tables
    parameters: Mapping[str, Any]
    as_of: date

    def table(self, name: str) -> ir.Table:
        """A declared canonical table with resolved ids; ``row_key`` is the key of each row."""
        if name not in self.indicator.needs and name not in self.indicator.uses:
            raise KeyError(f"{self.indicator.id} did not declare table {name!r}")
        return self.tables.table(name)

    def relation(self, name: str) -> ir.Table:
        """A declared derived relation."""
        if name not in self.indicator.relations:
            raise KeyError(f"{self.indicator.id} did not declare relation {name!r}")
        return self.tables.relation(name)

    def has(self, table: str, *columns: str) -> bool:
        """Whether a table that is used where present is here, with these columns."""
        return self.tables.workspace.has(table, *columns)

    def __getitem__(self, name: str) -> Any:
        """The value of a parameter."""
        return self.parameters[name]


@dataclass(frozen=True, slots=True)
class Indicator:
    """One question put to the data.

    Attributes:
        id: the slug.
        number: its place in the catalogue.
        title: at most five words, neutral.
        question: what it asks; a hit means yes, so look, never that somebody is guilty.
        summary: the sentence of a lead; places in braces are columns of ``leads`` or roles of its subjects.
        innocent: honest explanations of the same pattern.
        next_steps: what a person would check next.
        kinds: the kinds of finding it can give.
        subject: what it judges (``person``, ``organization``, ``project``, ``tender``, ``account``).
        needs: table -> columns without which it cannot be put at all.
        uses: further tables it looks at where they are present (to test explanations).
        relations: derived relations it stands on.
        params: thresholds.
        references: sources.
        value_unit: unit of ``value`` and what a high one means.
        engine: ``expression`` (Ibis, the same on every engine) or ``kernel`` (runs on the driver over extracts).
        example: tiny tables with the answer.
        compute: the calculation.
        dependent: its hypotheses share rows in ways that need not be positive (overlapping windows, subgroups of one
            whole), so that false discoveries are counted after Benjamini and Yekutieli.
    """

    id: str
    number: int
    title: Text
    question: Text
    summary: Text
    innocent: tuple[Innocent, ...]
    next_steps: tuple[Text, ...]
    kinds: tuple[FindingKind, ...]
    subject: str
    needs: Mapping[str, tuple[str, ...]]
    params: tuple[Param, ...]
    references: tuple[Reference, ...]
    value_unit: Text
    engine: Literal["expression", "kernel"]
    example: Example
    compute: Callable[[Inputs], Result]
    uses: tuple[str, ...] = ()
    relations: tuple[str, ...] = ()
    dependent: bool = False

    def __post_init__(self) -> None:
        for required in ("innocent", "next_steps", "kinds", "needs", "references"):
            if not getattr(self, required):
                raise ValueError(f"indicator {self.id} declares no {required}")
        for table, columns in self.needs.items():
            for column in columns:
                TABLES[table][column]  # a KeyError names what the table has

    def settings(self, changed: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters with ``changed`` applied.

        Raises:
            UsageError: an unknown parameter, or a value outside its range.
        """
        known = {param.name: param for param in self.params}
        unknown = sorted(set(changed) - set(known))
        if unknown:
            raise UsageError(f"{self.id} has no parameter {', '.join(unknown)}; it has {', '.join(known) or 'none'}")
        return {name: param.check(changed.get(name, param.default)) for name, param in known.items()}
