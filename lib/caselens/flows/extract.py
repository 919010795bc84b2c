"""The money round some accounts: all payments within a few steps of them, not through hubs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..core.errors import UsageError
from ._kernels_hubs import touching
from .hubs import HubPolicy, Hubs, resolve_hubs
from .index import MoneyIndex


@dataclass(frozen=True)
class Extract:
    """Part of the payments.

    Attributes:
        accounts: ``account`` (code), ``account_id``, ``hop`` (steps from the accounts asked for, 0 for themselves),
            nearest first.
        payments: every payment between two of these accounts, in order of time: ``row``, ``payer_account``,
            ``payee_account``, ``paid_at``, ``amount``. What :func:`caselens.flows.trace` and ``cluster`` take.
        hubs: hubs; they are reached, and nothing is followed through them.
        unknown: ids that the payments do not name.
    """

    accounts: pd.DataFrame
    payments: pd.DataFrame
    hubs: Hubs
    unknown: tuple[str, ...]


def around(
    index: MoneyIndex,
    accounts: Iterable[str],
    *,
    hops: int = 2,
    hubs: HubPolicy | Hubs | None = HubPolicy(),  # noqa: B008  a frozen declaration
    currency: str | None = None,
) -> Extract:
    """All accounts within ``hops`` payments of ``accounts`` in either direction, and every payment between them.

    Args:
        index: the payments.
        accounts: ids to begin with; a hub among them is opened like any other.
        hops: how far.
        hubs: through which accounts nothing is followed; ``None``: through all. Three hops without a policy reach most of
            a city.
        currency: needed where the index has several.

    Raises:
        UsageError: ``hops`` below 1.

    Complexity: the payments of the accounts reached.
    """
    if hops < 1:
        raise UsageError(f"hops must be at least 1, got {hops}.")
    ids = [str(account) for account in accounts]
    codes = index.codes(ids, currency)
    found = resolve_hubs(index, hubs)
    hop = np.full(index.n_accounts, -1, np.int32)
    begin = np.unique(codes[codes >= 0]).astype(np.int64)
    hop[begin] = 0
    front = begin
    for step in range(1, hops + 1):
        for side in (index.out, index.in_):
            touching(side.offsets, side.counterpart, front, step, hop)
        front = np.flatnonzero(hop == step)
        front = front[~found.blocked[front]]
    inside = np.flatnonzero(hop >= 0)
    table = pd.DataFrame({"account": inside.astype(np.int32), "account_id": index.ids(inside), "hop": hop[inside]})
    unknown = tuple(name for name, code in zip(ids, codes.tolist(), strict=True) if code < 0)
    return Extract(table.sort_values(["hop", "account"], ignore_index=True), _between(index, hop), found, unknown)


def _between(index: MoneyIndex, hop: np.ndarray) -> pd.DataFrame:
    out, inside = index.out, np.flatnonzero(hop >= 0)
    counts = (out.offsets[inside + 1] - out.offsets[inside]).astype(np.int64)
    at = np.repeat(out.offsets[inside] - np.concatenate(([0], np.cumsum(counts)[:-1])), counts) + np.arange(
        counts.sum()
    )
    payer, payee = np.repeat(inside, counts), out.counterpart[at]
    kept = hop[payee] >= 0
    at, payer, payee = at[kept], payer[kept], payee[kept]
    order, names = np.lexsort((out.row[at], out.time[at])), index.accounts["account_id"]
    at, payer, payee = at[order], payer[order], payee[order]
    return pd.DataFrame(
        {
            "row": out.row[at],
            "payer_account": names.take(payer).array,
            "payee_account": names.take(payee).array,
            "paid_at": pd.to_datetime(out.time[at], unit="s"),
            "amount": out.amount[at] / 100,
        }
    )
