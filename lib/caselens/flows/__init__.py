"""Following the money: the sorted index, pass-through, tracing, typologies and clusters. Pure: tables in, tables out.

Names are loaded when they are first used, so that importing the package compiles nothing and loads no heavy library.
No module is named like a function in it: a submodule would otherwise hide the function once somebody imports it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .clustering import Clusters, cluster
    from .extract import Extract, around
    from .hubs import HubPolicy
    from .index import MoneyIndex
    from .passing import Chains, PassThrough, chains, pass_through
    from .payment_features import PaymentFeatures, write_payment_features
    from .recognition import Recognition, recognise
    from .tracing import Trace, trace

_HOME = {
    "Chains": "passing",
    "Clusters": "clustering",
    "Extract": "extract",
    "HubPolicy": "hubs",
    "MoneyIndex": "index",
    "PassThrough": "passing",
    "PaymentFeatures": "payment_features",
    "Recognition": "recognition",
    "Trace": "tracing",
    "around": "extract",
    "chains": "passing",
    "cluster": "clustering",
    "pass_through": "passing",
    "recognise": "recognition",
    "trace": "tracing",
    "write_payment_features": "payment_features",
}

__all__ = [
    "Chains",
    "Clusters",
    "Extract",
    "HubPolicy",
    "MoneyIndex",
    "PassThrough",
    "PaymentFeatures",
    "Recognition",
    "Trace",
    "around",
    "chains",
    "cluster",
    "pass_through",
    "recognise",
    "trace",
    "write_payment_features",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
