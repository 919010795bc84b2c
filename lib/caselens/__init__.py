"""Caselens (镜鉴): raw files in, leads with their rows out.

``caselens.open_workspace(path)`` is the way in; ``caselens.flows`` and ``caselens.bids`` take plain DataFrames.
Importing the package only defines: nothing is read or opened, and no room is loaded before it is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["bids", "flows", "open_workspace"]

if TYPE_CHECKING:
    from caselens import bids, flows
    from caselens.api import open_workspace


def __getattr__(name: str) -> Any:
    """Load a public room or the façade when it is first asked for."""
    if name in ("bids", "flows"):
        return import_module(f"caselens.{name}")
    if name == "open_workspace":
        return import_module("caselens.api").open_workspace
    raise AttributeError(f"module 'caselens' has no attribute {name!r}")
