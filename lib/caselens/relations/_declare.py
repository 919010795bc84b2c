"""How a derived relation is declared, and how it gets its tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import ibis.expr.types as ir

from caselens.core.text import Text
from caselens.entities import resolved
from caselens.tables import Column
from caselens.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Tables:
    """What a relation or an indicator may read: canonical tables with resolved ids, and other relations.

    A table nobody delivered is empty, so an expression over it is too.
    """

    workspace: Workspace

    def table(self, name: str) -> ir.Table:
        """A canonical table with resolved ids and its ``row_key``."""
        return resolved(self.workspace, name)

    def relation(self, name: str) -> ir.Table:
        """Another relation."""
        return relation(self.workspace, name)


@dataclass(frozen=True, slots=True)
class Relation:
    """A derived table.

    Attributes:
        id: its name.
        label: what a report calls it.
        about: what one row says.
        columns: what a row has; ``rows`` is a list of ``{table, key}``, the evidence of the row.
        needs: canonical tables it is built from (absent ones only make it emptier; whether that makes a question
            unanswerable is for the indicator to say).
        build: gives the expression. It must run on every engine, so it is Ibis, never SQL text.
    """

    id: str
    label: Text
    about: Text
    columns: tuple[Column, ...]
    needs: tuple[str, ...]
    build: Callable[[Tables], ir.Table]


def relation(workspace: Workspace, name: str) -> ir.Table:
    """The relation called ``name``, computed once for the state of the workspace."""
    from caselens.relations import RELATIONS  # the registry imports this module

    declared = RELATIONS[name]
    return workspace.derive(f"relation_{name}", lambda: declared.build(Tables(workspace)))
