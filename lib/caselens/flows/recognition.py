"""Naming the family of one pattern of payments, by the definitions of the families and nothing else.

Each family is a shape (AMLSim and AMLworld: Altman et al. 2023, "Realistic Synthetic Financial Transactions for
Anti-Money Laundering Models", https://doi.org/10.48550/arXiv.2306.16424, section 3). The score of a family is the share
of the distinct payer–payee pairs that the shape explains, from 0 to 1; where a shape has an order in time, pairs in the
wrong order count half. Nothing is learned from data.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from ..core.errors import UsageError

FAMILIES = (
    "fan-in",
    "fan-out",
    "gather-scatter",
    "scatter-gather",
    "cycle",
    "bipartite",
    "stack",
    "random",
)
TOO_SMALL = "too-small"
_SEARCH_STEPS = 50_000  # a pattern is small; this bounds the search for a long cycle in a dense one


@dataclass(frozen=True)
class Recognition:
    """The family of a pattern.

    Attributes:
        label: one of the eight families, or ``too-small``: fewer than three payments, or none but between one payer and
            one payee. Two payments can be the beginning of anything; a name would be a guess.
        scores: how much of the pattern each family's shape explains, 0 to 1. Several can be high: a fan-in is also most
            of a gather-scatter.
    """

    label: str
    scores: dict[str, float]


def recognise(payments: pd.DataFrame) -> Recognition:
    """Name the family of one pattern.

    * **fan-in**, **fan-out**: many payers of one account; many payees of one.
    * **gather-scatter**: a fan-in, then a fan-out, at one account.
    * **scatter-gather**: one source, several intermediaries, one sink (which may be the source).
    * **cycle**: money comes back to where it began, each account once.
    * **bipartite**: several payers and several payees, nobody both.
    * **stack**: bipartite with a layer in between: sources, several intermediaries, sinks; more than one source or sink.
    * **random**: a walk from account to account that does not come back to its beginning.

    Self-payments (a currency conversion often is one) and repeated payments between the same two accounts change nothing.
    The pattern need not be connected (a bipartite or a stack may be a set of parallel payments).

    Args:
        payments: ``payer_account``, ``payee_account``, ``paid_at`` (``amount`` is not needed for the shape).

    Raises:
        UsageError: a column is missing.
    """
    missing = [name for name in ("payer_account", "payee_account", "paid_at") if name not in payments]
    if missing:
        raise UsageError(f"The payments lack {', '.join(missing)}.")
    pattern = _Pattern(payments)
    if len(payments) < 3 or len(pattern.pairs) < 2:
        return Recognition(TOO_SMALL, dict.fromkeys(FAMILIES, 0.0))
    scores = {family: round(_SCORES[family](pattern), 6) for family in FAMILIES}
    best = max(scores.values())
    label = next(family for family in _MOST_SPECIFIC_FIRST if scores[family] == best)
    return Recognition(label, scores)


class _Pattern:
    """Distinct payer–payee pairs with the ranks in time of their first and last payment, and who pays whom."""

    def __init__(self, payments: pd.DataFrame) -> None:
        ordered = payments.assign(_at=pd.to_datetime(payments["paid_at"], errors="coerce", format="mixed"))
        ordered = ordered.sort_values("_at", kind="stable", na_position="last")
        named = ordered.dropna(subset=["payer_account", "payee_account"])
        walk = zip(named["payer_account"].astype(str), named["payee_account"].astype(str), named["_at"], strict=True)
        self.walk = [(payer, payee, at) for payer, payee, at in walk if payer != payee]
        self.first: dict[tuple[str, str], pd.Timestamp] = {}
        self.last: dict[tuple[str, str], pd.Timestamp] = {}
        for payer, payee, at in self.walk:
            self.first.setdefault((payer, payee), at)
            self.last[payer, payee] = at
        self.pairs = list(self.first)
        self.payees: dict[str, list[str]] = defaultdict(list)
        self.payers: dict[str, list[str]] = defaultdict(list)
        for payer, payee in self.pairs:
            self.payees[payer].append(payee)
            self.payers[payee].append(payer)
        self.accounts = list(dict.fromkeys([*self.payees, *self.payers]))

    def paid(self, account: str) -> int:
        """To how many accounts it paid."""
        return len(self.payees.get(account, ()))

    def received(self, account: str) -> int:
        """From how many accounts it received."""
        return len(self.payers.get(account, ()))

    def first_in(self, account: str) -> pd.Timestamp:
        """When it first received."""
        return min(self.first[payer, account] for payer in self.payers[account])

    def first_out(self, account: str) -> pd.Timestamp:
        """When it first paid."""
        return min(self.first[account, payee] for payee in self.payees[account])


def _fan(count: Callable[[_Pattern, str], int]) -> Callable[[_Pattern], float]:
    def score(pattern: _Pattern) -> float:
        most = max(count(pattern, account) for account in pattern.accounts)
        return most / len(pattern.pairs) if most >= 2 else 0.0

    return score


def _gather_scatter(pattern: _Pattern) -> float:
    """Best single account: pairs that end or begin there, in-payments before out-payments."""
    best = 0.0
    for hub in pattern.accounts:
        payers, payees = pattern.payers.get(hub, []), pattern.payees.get(hub, [])
        if not payers or not payees or len(payers) + len(payees) < 3:
            continue
        ordered = sum(pattern.first[p, hub] <= pattern.last[hub, q] for p in payers for q in payees)
        in_order = ordered / (len(payers) * len(payees))
        best = max(best, (len(payers) + len(payees)) / len(pattern.pairs) * (0.5 + 0.5 * in_order))
    return best


def _scatter_gather(pattern: _Pattern) -> float:
    """Best source and sink: pairs over an intermediary that the source pays and that then pays the sink."""
    over: dict[tuple[str, str], list[str]] = defaultdict(list)
    for middle in pattern.accounts:
        for source in pattern.payers.get(middle, ()):
            for sink in pattern.payees.get(middle, ()):
                over[source, sink].append(middle)
    best = 0.0
    for (source, sink), middles in over.items():
        through = [middle for middle in middles if middle not in (source, sink)]
        if len(through) < 2:
            continue
        in_order = sum(pattern.first[source, m] <= pattern.last[m, sink] for m in through)
        best = max(best, (len(through) + in_order) / len(pattern.pairs))
    return best


def _cycle(pattern: _Pattern) -> float:
    """Longest way through different accounts back to its beginning."""
    longest, steps = 0, 0
    for start in pattern.accounts:
        stack = [(start, iter(pattern.payees.get(start, ())))]
        on_way = {start}
        while stack and steps < _SEARCH_STEPS:
            steps += 1
            payee = next(stack[-1][1], None)
            if payee is None:
                on_way.discard(stack.pop()[0])
            elif payee == start:
                longest = max(longest, len(stack))
            elif payee not in on_way:
                on_way.add(payee)
                stack.append((payee, iter(pattern.payees.get(payee, ()))))
    return longest / len(pattern.pairs)


def _bipartite(pattern: _Pattern) -> float:
    """Pairs from an account that only pays to one that only receives."""
    pure = [(p, q) for p, q in pattern.pairs if not pattern.received(p) and not pattern.paid(q)]
    if len({p for p, _ in pure}) < 2 or len({q for _, q in pure}) < 2:
        return 0.0
    return len(pure) / len(pattern.pairs)


def _stack(pattern: _Pattern) -> float:
    """Pairs with exactly one end in the middle layer.

    The middle layer is who both receives and pays. Where that leaves two such accounts side by side (a sink that also is
    a source), who received first is in the middle.
    """
    both = {a for a in pattern.accounts if pattern.received(a) and pattern.paid(a)}
    received_first = {a for a in both if pattern.first_in(a) <= pattern.first_out(a)}
    return max(_layered(pattern, both), _layered(pattern, received_first))


def _layered(pattern: _Pattern, middle: set[str]) -> float:
    into = [(p, q) for p, q in pattern.pairs if p not in middle and q in middle]
    out = [(p, q) for p, q in pattern.pairs if p in middle and q not in middle]
    linked = {q for _, q in into} & {p for p, _ in out}
    sources = {p for p, q in into if q in linked}
    sinks = {q for p, q in out if p in linked}
    if len(linked) < 2 or (len(sources) < 2 and len(sinks) < 2):
        return 0.0
    explained = sum(q in linked for _, q in into) + sum(p in linked for p, _ in out)
    return explained / len(pattern.pairs)


def _random(pattern: _Pattern) -> float:
    """How nearly all pairs are one walk: few separate walks are needed to cover them, and accounts seldom recur.

    A directed graph is covered by as many trails as its accounts pay more often than they receive, at least one for each
    connected part (Euler). A walk whose payments follow each other in time may pass an account twice.
    """
    n = len(pattern.pairs)
    surplus = sum(max(0, pattern.paid(a) - pattern.received(a)) for a in pattern.accounts)
    trails = max(surplus, _parts(pattern))
    in_turn = sum(a[1] == b[0] for a, b in zip(pattern.walk, pattern.walk[1:], strict=False)) == len(pattern.walk) - 1
    comes_back = surplus == 0 or (in_turn and pattern.walk[0][0] == pattern.walk[-1][1])
    fresh = 1.0 if in_turn and not comes_back else min(1.0, len(pattern.accounts) / (n + 1))
    return max(0.0, 1 - (trails - 1) / (n - 1)) * fresh


def _parts(pattern: _Pattern) -> int:
    """Connected parts, whatever the direction of payment."""
    seen: set[str] = set()
    parts = 0
    for account in pattern.accounts:
        if account in seen:
            continue
        parts += 1
        queue = [account]
        while queue:
            here = queue.pop()
            if here not in seen:
                seen.add(here)
                queue += [*pattern.payees.get(here, ()), *pattern.payers.get(here, ())]
    return parts


_SCORES: dict[str, Callable[[_Pattern], float]] = {
    "fan-in": _fan(_Pattern.received),
    "fan-out": _fan(_Pattern.paid),
    "gather-scatter": _gather_scatter,
    "scatter-gather": _scatter_gather,
    "cycle": _cycle,
    "bipartite": _bipartite,
    "stack": _stack,
    "random": _random,
}
# Where two shapes explain equally much, the one that says more about the money wins.
_MOST_SPECIFIC_FIRST = (
    "cycle",
    "scatter-gather",
    "gather-scatter",
    "stack",
    "fan-in",
    "fan-out",
    "bipartite",
    "random",
)
