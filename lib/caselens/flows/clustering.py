"""Schemes: surprising patterns that share payments or accounts, as one group with a name, a rank and a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from ..core.errors import UsageError
from ..core.text import Text
from ._cluster_groups import by_components, by_density, overlap
from ._cluster_words import describe
from .circles import circles
from .fans import fans, uniform_fans
from .features import account_features
from .hubs import HubPolicy, Hubs, resolve_hubs
from .index import MoneyIndex
from .patterns import Patterns, joined
from .typologies import gather_scatters, pass_throughs, scatter_gathers

_FOREST_SAMPLE = 50_000
_SEEDS = (0, 1, 2)
_OTHER_SETTINGS = ((0.5, 0.0), (2.0, 0.0), (1.0, 1.0))  # window times, threshold plus


@dataclass(frozen=True)
class Clusters:
    """Groups of payments that look like one scheme each, the most surprising first.

    Attributes:
        table: one row a cluster: ``cluster`` (from 0), ``typology``, ``name_zh``, ``name_en``, ``parties`` (holders, or account
            ids where no holder is known; those that move most first), ``accounts``, ``payments``, ``amount``, ``begins``,
            ``ends``, ``strength`` (of its strongest pattern: -log10 of how many chance would bring into these payments),
            ``anomaly`` (0 to 1: how unusual its accounts are among all, mean rank by isolation forest over three seeds),
            ``stability`` (0 to 1: how well the cluster is found again with half and twice the window and another
            threshold, mean best overlap of payments), ``why_zh``, ``why_en``.
        members: one row a payment of a cluster: ``cluster``, ``row``, ``payer_account``, ``payee_account``, ``paid_at``,
            ``amount``.
        labels: for every row of the payments its cluster, -1 = in none. In none does not mean innocent.
        patterns: the patterns the clusters were made of.
        hubs: accounts that connect nothing, because everybody pays them.
        told: what was done, in words.
    """

    table: pd.DataFrame
    members: pd.DataFrame
    labels: np.ndarray
    patterns: Patterns
    hubs: Hubs
    told: Text


def cluster(
    payments: pd.DataFrame | MoneyIndex,
    *,
    window_days: float = 30,
    min_strength: float = 3.0,
    method: Literal["components", "hdbscan"] = "components",
    candidates: Literal["patterns", "all"] = "patterns",
    holders: Mapping[str, str] | None = None,
    hubs: HubPolicy | Hubs | None = None,
    until: object = None,
    check_stability: bool = True,
) -> Clusters:
    """Group payments, accounts and parties that seem to belong to one scheme.

    1. **Candidates**: patterns of any typology of which chance would bring fewer than 10^-``min_strength`` into these
       payments (``candidates="patterns"``); or, for a case already chosen by hand, all payments (``"all"``).
    2. **Groups**: ``components``: patterns that share a payment or two accounts (with ``"all"``: payments within the
       window that share an account) belong together; near linear, for any size. ``hdbscan``: HDBSCAN over the patterns'
       distance in accounts, time and amount; quadratic, up to 5,000 patterns.
    3. **Rank, anomaly, stability, name**: see :class:`Clusters`. Nothing after ``until`` is read.

    Args:
        payments: a DataFrame (``payer_account``, ``payee_account``, ``amount``, ``paid_at``), or a money index.
        window_days: how far apart in time patterns may spread.
        min_strength: 3 = one in a thousand such data sets would by chance have one such pattern, for each search.
        method: how patterns become groups.
        candidates: what is grouped.
        holders: ``{account: holder}``, to name the parties.
        hubs: default ``HubPolicy()``.
        until: the last moment seen; only for a DataFrame (build the index up to that day otherwise).
        check_stability: three more searches; without them ``stability`` is empty.

    Raises:
        UsageError: an unknown method; too many patterns for HDBSCAN; ``until`` with an index.
    """
    if method not in ("components", "hdbscan") or candidates not in ("patterns", "all"):
        raise UsageError("method is 'components' or 'hdbscan', candidates is 'patterns' or 'all'.")
    if isinstance(payments, MoneyIndex):
        if until is not None:
            raise UsageError("An index holds all its payments; build one up to that day, or give a DataFrame.")
        index, n_rows = payments, int(payments.meta["rows_read"])
    else:
        n_rows = len(payments)
        index = MoneyIndex.from_frame(_up_to(payments, until))
    found_hubs = resolve_hubs(index, HubPolicy() if hubs is None else hubs)
    patterns = search(index, window_days, min_strength, found_hubs)
    group = by_components if method == "components" else by_density
    everything = candidates == "all"
    members = group(index, patterns, found_hubs, window_days, everything)
    others = _OTHER_SETTINGS if check_stability else ()
    alternatives = [
        group(
            index,
            search(index, window_days * factor, min_strength + more, found_hubs),
            found_hubs,
            window_days * factor,
            everything,
        )
        for factor, more in others
    ]
    anomaly = _anomaly(index, members)
    stability = overlap(members, alternatives)
    table, members = describe(index, members, patterns, holders or {}, anomaly, stability)
    labels = np.full(n_rows, -1, np.int64)
    rows = members["row"].to_numpy()
    order = np.argsort(-members["cluster"].to_numpy(), kind="stable")  # a payment in two clusters: the stronger one's
    labels[rows[order]] = members["cluster"].to_numpy()[order]
    return Clusters(table, members, labels, patterns, found_hubs, _told(table, patterns, min_strength, candidates))


def search(index: MoneyIndex, window_days: float, min_strength: float, hubs: Hubs) -> Patterns:
    """Every search whose ``strength`` counts what chance would bring, at one threshold; the rest is left to the caller."""
    window: dict[str, Any] = {"window_days": window_days, "min_strength": min_strength, "hubs": hubs}
    found = [
        circles(index, **window),
        *(uniform_fans(index, side, min_strength=min_strength, hubs=hubs) for side in ("in", "out")),
        scatter_gathers(index, **window),
        gather_scatters(index, **window),
        *(fans(index, side, **window) for side in ("in", "out")),
        pass_throughs(index, **{**window, "window_days": window_days / 10}),
    ]
    return joined(found, hubs)


def _up_to(payments: pd.DataFrame, until: object) -> pd.DataFrame:
    if until is None:
        return payments
    last = pd.Timestamp(until)
    if last == last.normalize():
        last += pd.Timedelta(days=1) - pd.Timedelta(seconds=1)
    paid_at = pd.to_datetime(payments["paid_at"], errors="coerce", format="ISO8601")
    # Rows keep their number: what comes later loses its time, and the index leaves out what has none. Its accounts go
    # too, for how many accounts there are counts in what chance would bring.
    seen = paid_at <= last
    sides = {side: payments[side].where(seen) for side in ("payer_account", "payee_account")}
    return payments.assign(paid_at=paid_at.where(seen), **sides)


def _anomaly(index: MoneyIndex, members: pd.DataFrame) -> pd.Series:
    """For every account of a cluster its rank among all (1 = most unusual), by isolation forest, mean over the seeds."""
    accounts = np.unique(members[["payer", "payee"]].to_numpy())
    if not accounts.size:
        return pd.Series(dtype=np.float64)
    from sklearn.ensemble import IsolationForest

    numbers = np.log1p(account_features(index).clip(lower=0)).to_numpy()
    generator = np.random.default_rng(0)
    size = min(_FOREST_SAMPLE, len(numbers))
    sample = numbers[generator.choice(len(numbers), size, replace=False)]
    ranks = []
    for seed in _SEEDS:
        forest = IsolationForest(n_estimators=100, random_state=seed).fit(sample)
        usual = np.sort(-forest.score_samples(sample))
        ranks.append(np.searchsorted(usual, -forest.score_samples(numbers[accounts])) / size)
    return pd.Series(np.mean(ranks, axis=0), index=accounts)


def _told(table: pd.DataFrame, patterns: Patterns, min_strength: float, candidates: str) -> Text:
    if candidates == "all":
        return Text(
            f"全部资金往来归为 {len(table)} 组。",
            f"All payments fall into {len(table)} group(s).",
        )
    zh = f"发现 {len(patterns.table)} 个异常结构(每类检索偶然出现的期望不超过 10^-{min_strength:g} 个),归为 {len(table)} 组。"
    en = (
        f"{len(patterns.table)} pattern(s) of which chance would bring fewer than 10^-{min_strength:g} for each search, in "
        f"{len(table)} group(s)."
    )
    return Text(zh + "未列入的往来不等于没有问题。", en + " What is in no group has not been cleared.")
