"""From patterns to groups: by what they share, or by density."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

from ..core.errors import UsageError
from .hubs import Hubs
from .index import MoneyIndex
from .passing import DAY
from .patterns import Patterns

_MAX_DENSE = 5_000


def by_components(
    index: MoneyIndex, patterns: Patterns, hubs: Hubs, window_days: float, everything: bool
) -> pd.DataFrame:
    """Members with ``group``: patterns that share a payment or two accounts; or payments close in time that share one."""
    if everything:
        return _all_payments(index, hubs, round(window_days * DAY))
    members = _with_seconds(patterns.members)
    n = len(patterns.table)
    if not n:
        return members.assign(group=np.empty(0, np.int64))
    rows = _incidence(members["pattern"], members["row"], n)
    accounts = _account_incidence(members, hubs, n)
    linked = (rows @ rows.T).astype(bool) + ((accounts @ accounts.T) >= 2)
    return members.assign(group=connected_components(linked, directed=False)[1][members["pattern"]])


def by_density(index: MoneyIndex, patterns: Patterns, hubs: Hubs, window_days: float, everything: bool) -> pd.DataFrame:
    """Members with ``group`` by HDBSCAN over patterns; a pattern that belongs to no dense group is one of its own.

    Distance: 1 - Jaccard overlap of accounts, plus the gap in time over the window (at most 1), plus the difference of
    the mean amounts' logarithms (at most 1). Patterns that no shared account connects never form one group.
    """
    if everything:
        raise UsageError("hdbscan groups patterns; with candidates='all' use method='components'.")
    members = _with_seconds(patterns.members)
    n = len(patterns.table)
    if n > _MAX_DENSE:
        raise UsageError(f"{n:,} patterns are too many for HDBSCAN (at most {_MAX_DENSE:,}); use method='components'.")
    if n < 3:
        return members.assign(group=members["pattern"].to_numpy())
    from sklearn.cluster import HDBSCAN

    accounts = _account_incidence(members, hubs, n)
    shared = (accounts @ accounts.T).toarray()
    size = np.asarray(accounts.sum(axis=1)).ravel()
    overlap_part = 1 - shared / np.maximum(1, size[:, None] + size[None, :] - shared)
    begin, end = (getattr(members.groupby("pattern")["time"], name)().to_numpy() for name in ("min", "max"))
    gap = np.maximum(0, np.maximum(begin[:, None], begin[None, :]) - np.minimum(end[:, None], end[None, :]))
    amount = np.log(members.groupby("pattern")["amount_fen"].mean().to_numpy())
    distance = overlap_part + np.minimum(1, gap / (window_days * DAY)) + np.minimum(1, np.abs(amount[:, None] - amount))
    np.fill_diagonal(distance, 0)
    labels = HDBSCAN(min_cluster_size=2, metric="precomputed", copy=True).fit_predict(distance)
    alone = labels < 0
    labels[alone] = labels.max() + 1 + np.arange(alone.sum())
    connected = connected_components(csr_matrix(shared), directed=False)[1]  # alike is not enough: they must meet
    groups = pd.factorize(pd.MultiIndex.from_arrays([labels, connected]))[0]
    return members.assign(group=groups[members["pattern"]])


def overlap(members: pd.DataFrame, alternatives: list[pd.DataFrame]) -> pd.Series:
    """For each group: mean over the alternatives of its best Jaccard overlap (payments) with a group there; else empty."""
    own = members[["group", "row"]].drop_duplicates()
    sizes = own.groupby("group").size()
    scores = []
    for other in alternatives:
        theirs = other[["group", "row"]].drop_duplicates()
        both = own.merge(theirs, on="row", suffixes=("", "_other")).groupby(["group", "group_other"]).size()
        shared = both.rename("shared").reset_index()
        other_size = shared["group_other"].map(theirs.groupby("group").size())
        shared["jaccard"] = shared["shared"] / (shared["group"].map(sizes) + other_size - shared["shared"])
        scores.append(shared.groupby("group")["jaccard"].max().reindex(sizes.index, fill_value=0.0))
    return pd.concat(scores, axis=1).mean(axis=1) if scores else pd.Series(np.nan, index=sizes.index)


def _all_payments(index: MoneyIndex, hubs: Hubs, window: int) -> pd.DataFrame:
    """Every payment; two follow each other into one group if an account (no hub) has them next to each other in time."""
    out = index.out
    payer = np.repeat(np.arange(index.n_accounts, dtype=np.int32), np.diff(out.offsets))
    frame = pd.DataFrame(
        {"row": out.row, "payer": payer, "payee": out.counterpart, "time": out.time, "amount_fen": out.amount}
    )
    frame = frame[frame["payer"] != frame["payee"]].sort_values(["time", "row"], ignore_index=True)
    at = np.arange(len(frame))
    blocked = hubs.blocked
    touches = pd.concat(
        [pd.DataFrame({"account": frame[side], "at": at, "time": frame["time"]}) for side in ("payer", "payee")]
    )
    touches = touches[~blocked[touches["account"].to_numpy()]].sort_values(["account", "at"], kind="stable")
    near = (touches["account"].diff() == 0) & (touches["time"].diff() <= window)
    here = touches["at"].to_numpy()
    first, second = np.roll(here, 1)[near], here[near]
    graph = coo_matrix((np.ones(len(first), np.int8), (first, second)), shape=(len(frame), len(frame)))
    group = connected_components(graph, directed=False)[1] if len(frame) else np.empty(0, np.int64)
    return frame.assign(pattern=-1, group=group)


def _with_seconds(members: pd.DataFrame) -> pd.DataFrame:
    return members.assign(time=members["paid_at"].to_numpy("datetime64[s]").astype(np.int64)).drop(columns="paid_at")


def _incidence(pattern: pd.Series, item: pd.Series, n: int) -> csr_matrix:
    pairs = pd.DataFrame({"pattern": pattern.to_numpy(), "item": pd.factorize(item)[0]}).drop_duplicates()
    width = int(pairs["item"].max()) + 1 if len(pairs) else 1
    return csr_matrix((np.ones(len(pairs), np.int32), (pairs["pattern"], pairs["item"])), shape=(n, width))


def _account_incidence(members: pd.DataFrame, hubs: Hubs, n: int) -> csr_matrix:
    """Which accounts each pattern touches; hubs connect nothing."""
    both = pd.concat([members[["pattern", side]].rename(columns={side: "account"}) for side in ("payer", "payee")])
    both = both[~hubs.blocked[both["account"].to_numpy()]]
    return _incidence(both["pattern"], both["account"], n)
