"""One indicator against one workspace: coverage first, then the question, then the answer in plain frames."""

from __future__ import annotations

import json
import traceback
from collections.abc import Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pandas as pd

from caselens.core.errors import CaselensError, NotAssessable
from caselens.core.text import Text
from caselens.findings.answer import Answer
from caselens.findings.scopes import scopes_of, stitched
from caselens.indicators._answers import ASSESSED, COUNTERS, EVIDENCE, LEADS
from caselens.indicators._declare import Indicator, Inputs, Result
from caselens.relations import Tables
from caselens.workspace import Workspace

__all__ = ["DEFECT", "Answer", "evaluate", "evaluate_safely", "plain"]

#: Beginning of the reason of an indicator that failed for no fault of the data.
DEFECT = Text("程序缺陷，未能评估", "defect in the program, not assessed")


class _Asked(Inputs):
    """Inputs that look the as-of day up when it is asked for: who never asks does not depend on it."""

    __slots__ = ()
    as_of = property(lambda self: self.tables.workspace.as_of, lambda self, day: None)


def evaluate(indicator: Indicator, workspace: Workspace) -> Answer:
    """Put one indicator's question to a workspace.

    What it needs and does not find makes it *not assessable* with the table or column named; nothing is skipped.

    Raises:
        UsageError: ``settings.toml`` sets an unknown parameter or one outside its range.
    """
    parameters, scopes = scopes_of(indicator, workspace)
    lacking = workspace.lacks(dict(indicator.needs))
    if lacking:
        return _not_assessable(indicator, parameters, f"lacks {', '.join(lacking)}")
    ask = partial(_asked, indicator, workspace)
    return stitched(workspace, ask(parameters), scopes, ask)


def _asked(indicator: Indicator, workspace: Workspace, parameters: Mapping[str, Any]) -> Answer:
    try:
        result = indicator.compute(_Asked(indicator, Tables(workspace), parameters, date.min))
    except NotAssessable as error:
        return _not_assessable(indicator, parameters, str(error))
    leads = _frame(result.leads, LEADS)
    evidence = _frame(result.evidence, EVIDENCE).drop_duplicates(["lead", "table", "key"])
    if not set(leads["lead"]) <= set(evidence["lead"]):
        raise ValueError(f"{indicator.id} gave a lead without evidence")
    return Answer(indicator, parameters, _frame(result.assessed, ASSESSED), leads, evidence, _counters(result))


def evaluate_safely(indicator: Indicator, workspace: Workspace) -> Answer:
    """As :func:`evaluate`, but a defect of one indicator does not take the answers of the others away.

    It becomes *not assessable*; the reason begins with :data:`DEFECT` and says where in the code it failed, without the
    error's text, which may carry what stands in the data.
    """
    try:
        return evaluate(indicator, workspace)
    except CaselensError:
        raise
    except Exception as error:  # noqa: BLE001 - told in the answer, and by `caselens screen` with exit status 1
        frames = traceback.extract_tb(error.__traceback__)
        ours = [frame for frame in frames if "caselens" in Path(frame.filename).parts] or frames
        place = f"{Path(ours[-1].filename).name} line {ours[-1].lineno}"
        reason = f"{DEFECT.en}: {type(error).__name__} ({place})"
        return _not_assessable(
            indicator,
            scopes_of(indicator, workspace)[0],
            Text(f"{DEFECT.zh}：{type(error).__name__}（{place}）", reason).both(),
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
