"""How a view of an institution reads its tables: resolved ids, plain types, and what is lacking is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from caselens.core.errors import NotAssessable
from caselens.entities import entities
from caselens.indicators import INDICATORS
from caselens.indicators._declare import Inputs
from caselens.relations import Tables
from caselens.tables import TABLES
from caselens.workspace import Workspace

_DAYS = frozenset({"date", "moment"})
_SUMS = frozenset({"money", "number", "share"})


def need(workspace: Workspace, **columns: tuple[str, ...]) -> None:
    """Make sure that tables with these columns were delivered.

    Raises:
        NotAssessable: ``lacks TABLE.column, …``, every lacking one named.
    """
    lacking = workspace.lacks(dict(columns))
    if lacking:
        raise NotAssessable(f"lacks {', '.join(lacking)}")


def rows(workspace: Workspace, table: str, *columns: str, unit: tuple[str, str] = ("", "")) -> pd.DataFrame:
    """Rows of a canonical table with resolved ids: days as timestamps, sums as floats, flags as booleans or missing.

    Args:
        workspace: where from.
        table: its name.
        columns: which; all declared ones where none is named.
        unit: column and value that rows must have; an empty value means all rows.
    """
    declared = {column.name: column.kind for column in TABLES[table].columns}
    expression = Tables(workspace).table(table)
    if unit[1]:
        expression = expression.filter(expression[unit[0]] == unit[1])
    frame = expression.select(*(columns or tuple(declared))).execute()
    for name in frame.columns:
        kind = declared.get(name)
        if kind in _DAYS:
            frame[name] = pd.to_datetime(frame[name])
        elif kind in _SUMS:
            frame[name] = pd.to_numeric(frame[name]).astype("float64")
        elif kind == "boolean":
            frame[name] = frame[name].astype("boolean")
    return frame


def inputs_of(workspace: Workspace, slug: str) -> Inputs:
    """What the indicator ``slug`` may look at, with the settings of this workspace: views and findings use one rule."""
    indicator = INDICATORS[slug]
    parameters = indicator.settings(workspace.settings.parameters.get(slug, {}))
    return Inputs(indicator, Tables(workspace), parameters, workspace.as_of)


def today(workspace: Workspace) -> pd.Timestamp:
    """The day the data stand for."""
    return pd.Timestamp(workspace.as_of)


def names_of(workspace: Workspace) -> dict[str, str]:
    """Entity id -> name, of persons and organizations."""
    members = entities(workspace).select("entity_id", "name").execute()
    return dict(zip(members["entity_id"], members["name"], strict=True))


def declared_complete(workspace: Workspace, table: str) -> bool:
    """Whether ``table`` is declared complete for everybody, for some period at least."""
    if not workspace.has("coverage"):
        return False
    told = rows(workspace, "coverage", "table", "scope", "is_complete")
    everybody = told["scope"].fillna("") == ""
    return bool(((told["table"] == table) & everybody & told["is_complete"].fillna(False)).any())


def framed(records: Iterable[Mapping[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    """Records as a frame with exactly these columns, also when there are none."""
    return pd.DataFrame(list(records), columns=list(columns))
