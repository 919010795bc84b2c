"""What of two rows is compared: one file a comparison."""

import sys

from caselens.core.discovery import discover
from caselens.entities.comparisons._declare import Comparison, Level

COMPARISONS: dict[str, Comparison] = discover(sys.modules[__name__], "COMPARISON", Comparison)

__all__ = ["COMPARISONS", "Comparison", "Level"]
