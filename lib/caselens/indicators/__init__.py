"""The catalogue: one file an indicator, one declared object each. Adding a file adds an indicator, everywhere."""

import sys

from caselens.core.discovery import discover
from caselens.indicators._declare import Indicator

INDICATORS: dict[str, Indicator] = discover(sys.modules[__name__], "INDICATOR", Indicator)

__all__ = ["INDICATORS", "Indicator"]
