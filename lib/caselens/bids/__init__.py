"""Bids: screens that know the rule of the tender, rings, fingerprints, and a model that abstains where it must.

The public calls are loaded when first asked for, so that importing the package stays free of numba and scikit-learn.
Some of them bear the name of their file: ``caselens.bids.screens`` is the call, in whatever order things are imported;
``from caselens.bids.screens import …`` reads the file.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

_HOME: dict[str, str] = {
    "screens": "caselens.bids.screens",
    "strata": "caselens.bids.strata",
    "fixed_ratios": "caselens.bids.patterns",
    "last_digit": "caselens.bids.digits",
    "benford": "caselens.bids.digits",
    "CollusionModel": "caselens.bids.model",
    "closeness": "caselens.bids.independence",
    "first_gap": "caselens.bids.independence",
    "rings": "caselens.bids.rings",
    "fingerprints": "caselens.bids.fingerprints",
    "mutual_wording": "caselens.bids.wording",
    "ocds_flags": "caselens.bids.ocds_flags",
}

__all__ = sorted(_HOME)  # noqa: PLE0605 - the names live in one place, the table above


class _Room(ModuleType):
    """A package on which importing a file does not hide the public call of the same name."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Room


def __getattr__(name: str) -> Any:
    """Load a public call on first use."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*globals(), *_HOME]
