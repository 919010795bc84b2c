"""One indicator against one workspace: coverage first, then the question, then the answer in plain frames."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir
import pandas as pd

from caselens.core.errors import NotAssessable
from caselens.indicators._answers import ASSESSED, COUNTERS, EVIDENCE, LEADS
from caselens.indicators._declare import Indicator, Inputs, Result
from caselens.relations import Tables
from caselens.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Answer:
    """An indicator's answer as frames (columns as ``indicators.Result`` says), with the parameters used.

    ``reason`` is why the question could not be put at all, or empty.
    """

    indicator: Indicator
    parameters: Mapping[str, Any]
    assessed: pd.DataFrame
    leads: pd.DataFrame
    evidence: pd.DataFrame
    counters: pd.DataFrame
    reason: str = ""


def evaluate(indicator: Indicator, workspace: Workspace) -> Answer:
    """Put one indicator's question to a workspace.

    What it needs and does not find makes it *not assessable* with the table or column named; nothing is skipped.

    Raises:
        UsageError: ``settings.toml`` sets an unknown parameter or one outside its range.
    """
    parameters = indicator.settings(workspace.settings.parameters.get(indicator.id, {}))
    lacking = workspace.lacks(dict(indicator.needs))
    if lacking:
        return _not_assessable(indicator, parameters, f"lacks {', '.join(lacking)}")
    try:
        result = indicator.compute(Inputs(indicator, Tables(workspace), parameters, workspace.as_of))
    except NotAssessable as error:
        return _not_assessable(indicator, parameters, str(error))
    return Answer(
        indicator,
        parameters,
        _frame(result.assessed, ASSESSED),
        _frame(result.leads, LEADS),
        _frame(result.evidence, EVIDENCE).drop_duplicates(["lead", "table", "key"]),
        _counters(result),
    )


def _not_assessable(indicator: Indicator, parameters: Mapping[str, Any], reason: str) -> Answer:
    assessed = pd.DataFrame([("", "not_assessable", reason)], columns=ASSESSED)
    empty = {
        name: pd.DataFrame(columns=columns)
        for name, columns in (("leads", LEADS), ("evidence", EVIDENCE), ("counters", COUNTERS))
    }
    return Answer(indicator, parameters, assessed, reason=reason, **empty)


def _counters(result: Result) -> pd.DataFrame:
    return pd.DataFrame(columns=COUNTERS) if result.counters is None else _frame(result.counters, COUNTERS)


def _frame(part: ir.Table | pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    frame = part if isinstance(part, pd.DataFrame) else part.execute()
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise ValueError(f"an indicator's answer lacks {', '.join(missing)}")
    return frame.reset_index(drop=True)


def plain(value: Any) -> Any:
    """Lists of structs as plain Python, whatever engine they came from."""
    if value is None or isinstance(value, str):
        return value
    return json.loads(json.dumps([dict(item) for item in value]))
