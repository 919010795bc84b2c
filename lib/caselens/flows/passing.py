"""Money that does not stay: an inflow, and outflows of the account soon after it (or, as an advance, before it)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..core.errors import UsageError
from ._kernels_chains import count_chains, list_chains
from ._kernels_passing import match_groups
from .hubs import HubPolicy, Hubs, resolve_hubs
from .index import MoneyIndex

DAY = 86_400


@dataclass(frozen=True)
class PassThrough:
    """Inflows of which an intermediary passed a share on to one beneficiary group.

    Attributes:
        hits: one row an (inflow, group): ``inflow_row``, ``payer``, ``intermediary`` (codes), ``group``, ``paid_at``,
            ``amount_fen``, ``matched_fen``, ``ratio`` (matched over inflow, at most 1 + tolerance), ``kept_fen``
            (inflow minus matched, not below 0), ``outflows``, ``advances`` and ``advance_fen`` (how many and how
            much of them left *before* the inflow), ``last_days`` (from the inflow to the last outflow).
        links: one row an outflow used: ``hit`` (position in ``hits``), ``inflow_row``, ``outflow_row``,
            ``beneficiary`` (code), ``paid_at``, ``amount_fen``, ``is_advance``.
        hubs: which accounts were not looked at as intermediaries.
        parameters: the values used.
    """

    hits: pd.DataFrame
    links: pd.DataFrame
    hubs: Hubs
    parameters: dict[str, float]


def pass_through(
    index: MoneyIndex,
    group: np.ndarray,
    *,
    min_amount: float,
    window_days: float = 30,
    advance_days: float = 7,
    tolerance: float = 0.01,
    min_ratio: float = 0.5,
    hubs: HubPolicy | Hubs | None = None,
) -> PassThrough:
    """Inflows of at least ``min_amount`` that went on to one beneficiary group within a window.

    For each inflow to an account, in time order, the account's outflows to one group from ``advance_days`` before to
    ``window_days`` after it are taken in time order as long as their sum stays within the inflow times
    (1 + ``tolerance``); one that would exceed it is passed over, a later smaller one may still fit. An outflow serves
    one inflow, the earliest that reaches ``min_ratio`` with it; one that does not reach it gives its outflows back.
    Not counted: a group that the intermediary or the payer belongs to, and self-payments.

    Args:
        index: the payments.
        group: int32, one an account (see :meth:`MoneyIndex.groups`): which beneficiary group it belongs to, -1 = none.
            ``np.arange(index.n_accounts, dtype=np.int32)`` asks the question of every payee by itself.
        min_amount: in the unit of the currency (yuan), inclusive.
        window_days, advance_days: inclusive, to the second.
        tolerance: by how much the outflows may exceed the inflow (fee, interest), as a share of it.
        min_ratio: matched over inflow, inclusive.
        hubs: accounts that are not looked at as intermediaries; ``None``: all are.

    Complexity: the (inflow, outflow) pairs inside the windows, and one look at each outflow.

    Raises:
        UsageError: ``group`` does not have one entry an account, or a parameter is out of range.
    """
    group = np.ascontiguousarray(group, np.int32)
    if group.size != index.n_accounts:
        raise UsageError(f"group must have one entry for each of {index.n_accounts} accounts, got {group.size}.")
    _in_range("min_amount", min_amount, 0, 1e13)
    _in_range("window_days", window_days, 0, 3660)
    _in_range("advance_days", advance_days, 0, 3660)
    _in_range("tolerance", tolerance, 0, 1)
    _in_range("min_ratio", min_ratio, 0, 1 + tolerance)
    found = resolve_hubs(index, hubs)
    minimum = max(1, int(np.ceil(min_amount * 100 - 1e-6)))
    spans = round(window_days * DAY), round(advance_days * DAY)
    hits, links = _run(index, group, found.blocked, (minimum, *spans, 1.0 + tolerance, float(min_ratio)))
    parameters = {
        "min_amount": min_amount,
        "window_days": window_days,
        "advance_days": advance_days,
        "tolerance": tolerance,
        "min_ratio": min_ratio,
    }
    tables = _tables(index, hits, links)
    return PassThrough(*tables, found, parameters)


def _run(
    index: MoneyIndex, group: np.ndarray, blocked: np.ndarray, limits: tuple[int, int, int, float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Count, then fill: every account writes into its own part of the result, so the order never depends on threads."""
    in_, out = index.in_, index.out
    columns = (in_.offsets, in_.counterpart, in_.time, in_.amount, out.offsets, out.counterpart, out.time, out.amount)
    hit_at = np.zeros(index.n_accounts + 1, np.int64)
    link_at = np.zeros(index.n_accounts + 1, np.int64)
    none = np.empty((0, 5), np.int64), np.empty(0, np.int64)
    match_groups(*columns, group, blocked, *limits, hit_at, link_at, *none, False)
    hit_at, link_at = np.cumsum(hit_at), np.cumsum(link_at)
    hits, links = np.empty((int(hit_at[-1]), 5), np.int64), np.empty(int(link_at[-1]), np.int64)
    match_groups(*columns, group, blocked, *limits, hit_at, link_at, hits, links, True)
    return hits, links


def _tables(index: MoneyIndex, hits: np.ndarray, links: np.ndarray) -> tuple[pd.DataFrame, pd.DataFrame]:
    in_, out = index.in_, index.out
    inflow, amount, matched, used = hits[:, 0], in_.amount[hits[:, 0]], hits[:, 2], hits[:, 4]
    owner = np.repeat(np.arange(len(hits)), used)
    before = (out.time[links] < in_.time[inflow[owner]]) | (
        (out.time[links] == in_.time[inflow[owner]]) & (out.row[links] < in_.row[inflow[owner]])
    )
    link_table = pd.DataFrame(
        {
            "hit": owner,
            "inflow_row": in_.row[inflow[owner]],
            "outflow_row": out.row[links],
            "beneficiary": out.counterpart[links],
            "paid_at": pd.to_datetime(out.time[links], unit="s"),
            "amount_fen": out.amount[links],
            "is_advance": before,
        }
    )
    lag = out.time[links] - in_.time[inflow[owner]]
    last = np.full(len(hits), np.iinfo(np.int64).min)
    np.maximum.at(last, owner, lag)
    hit_table = pd.DataFrame(
        {
            "inflow_row": in_.row[inflow],
            "payer": in_.counterpart[inflow],
            "intermediary": np.searchsorted(in_.offsets, inflow, side="right").astype(np.int32) - 1,
            "group": hits[:, 1].astype(np.int32),
            "paid_at": pd.to_datetime(in_.time[inflow], unit="s"),
            "amount_fen": amount,
            "matched_fen": matched,
            "ratio": matched / amount if len(hits) else np.empty(0),
            "kept_fen": np.maximum(0, amount - matched),
            "outflows": used,
            "advances": np.bincount(owner, weights=before, minlength=len(hits)).astype(np.int64),
            "advance_fen": np.bincount(owner, np.where(before, out.amount[links], 0), len(hits)).astype(np.int64),
            "last_days": last / DAY if len(hits) else np.empty(0),
        }
    )
    return hit_table, link_table


@dataclass(frozen=True)
class Chains:
    """Chains A→B→C of one inflow and one later outflow of B.

    Attributes:
        count: how many there are; exact, also at hubs that are kept.
        by_account: how many have account B in the middle (int64, one an account).
        hubs: which accounts were not looked at as B.
    """

    count: int
    by_account: np.ndarray
    hubs: Hubs
    _index: MoneyIndex
    _limits: tuple[int, float, float]

    def pairs(self, limit: int = 20_000_000) -> pd.DataFrame:
        """The chains themselves, by middle account and time of the inflow.

        Returns:
            ``inflow_row``, ``outflow_row``, ``payer``, ``middle``, ``payee`` (codes), ``lag_seconds``, ``ratio``
            (outflow over inflow), ``returns`` (payer and payee are one account).

        Raises:
            UsageError: there are more than ``limit``. The list is never cut; narrow the question or leave out hubs.
        """
        in_, out = self._index.in_, self._index.out
        found = self.positions(limit)
        first, second, middle = (found[name].to_numpy() for name in ("first", "second", "middle"))
        payer, payee = in_.counterpart[first], out.counterpart[second]
        return pd.DataFrame(
            {
                "inflow_row": in_.row[first],
                "outflow_row": out.row[second],
                "payer": payer,
                "middle": middle,
                "payee": payee,
                "lag_seconds": out.time[second] - in_.time[first],
                "ratio": out.amount[second] / in_.amount[first] if self.count else np.empty(0),
                "returns": payer == payee,
            }
        )

    def positions(self, limit: int = 20_000_000) -> pd.DataFrame:
        """The chains as positions: ``first`` in ``index.in_``, ``second`` in ``index.out``, and ``middle`` (code).

        Raises:
            UsageError: there are more than ``limit``.
        """
        if self.count > limit:
            raise UsageError(
                f"There are {self.count:,} chains, more than the limit of {limit:,}. Consider a HubPolicy, a shorter "
                "window or a narrower share, or raise limit."
            )
        first, second = np.empty(self.count, np.int64), np.empty(self.count, np.int64)
        middle = np.empty(self.count, np.int32)
        starts = np.concatenate(([0], np.cumsum(self.by_account)))
        arguments = (*_columns(self._index), starts, *self._limits, first, second, middle)
        list_chains(*arguments)
        return pd.DataFrame({"first": first, "second": second, "middle": middle})


def chains(
    index: MoneyIndex,
    *,
    window_days: float = 7,
    low: float = 0.5,
    high: float = 1.0,
    hubs: HubPolicy | Hubs | None = None,
) -> Chains:
    """Count A→B, then B→C within ``window_days``, the second amount being ``low`` to ``high`` of the first.

    "Then" means later in (time, row number). Fences are inclusive. Self-payments are passed over; C may be A (told in
    ``pairs``). A crowded account is counted with a tree over amounts, so that even ten million rows on one account cost
    O(n log n).

    Raises:
        UsageError: a parameter is out of range.
    """
    _in_range("window_days", window_days, 0, 3660)
    _in_range("low", low, 0, 1000)
    _in_range("high", high, low, 1000)
    found = resolve_hubs(index, hubs)
    limits = (round(window_days * DAY), float(low), float(high))
    arguments = (*_columns(index), found.blocked, *limits)
    counts = count_chains(*arguments)
    return Chains(int(counts.sum()), counts, found, index, limits)


def _columns(index: MoneyIndex) -> tuple[Any, ...]:
    return tuple(
        getattr(side, name)
        for side in (index.in_, index.out)
        for name in ("offsets", "counterpart", "time", "amount", "row")
    )


def _in_range(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise UsageError(f"{name} must be from {low:g} to {high:g}, got {value!r}.")
