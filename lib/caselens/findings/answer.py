"""What one indicator answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from caselens.indicators._declare import Indicator


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
