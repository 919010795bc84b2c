"""Is a pattern more than chance? Shuffles of a candidate's neighbourhood that keep degrees and times, stopped early."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from ..core.errors import UsageError
from ..core.text import Text


@dataclass(frozen=True)
class NullTest:
    """A permutation test.

    Attributes:
        p: the sequential p-value (Besag and Clifford 1991, https://doi.org/10.1093/biomet/78.2.301).
        observed: the statistic of the real payments.
        shuffles: how many shuffles were made.
        reached: in how many the statistic was at least as large.
        smallest: the smallest p that could have come out; where that is above a threshold, the answer is "rank only".
        told: the sentence for the result.
    """

    p: float
    observed: float
    shuffles: int
    reached: int
    smallest: float
    told: Text


def null_test(
    payments: pd.DataFrame,
    statistic: Callable[[pd.DataFrame], float],
    *,
    keep: Literal["times", "links"] = "times",
    shuffles: int = 999,
    stop_after: int = 20,
    seed: int = 0,
) -> NullTest:
    """Compare ``statistic`` of the payments with that of shuffled ones.

    ``keep="times"``: the payees change places among the payments. Every payer keeps the times and amounts of what it
    paid, every payee the number of payments it got: the degrees and the rhythm stay, who pays whom does not (for cycles,
    scatter-gather, gather-scatter). ``keep="links"``: the times change places, who pays whom how much stays (for fans,
    whose degree no shuffle of payees changes, and for awakenings). A shuffle in which somebody pays himself is repaired by
    further exchanges where that is possible.

    Stops as soon as ``stop_after`` shuffles reached the observed value (p = stop_after / shuffles made), else after
    ``shuffles`` (p = (reached + 1) / (shuffles + 1)): clear non-findings cost little, findings the full number.

    Args:
        payments: the neighbourhood of the candidate: ``payer_account``, ``payee_account``, ``amount``, ``paid_at``.
            The choice of the neighbourhood is part of the question; take it before looking at the pattern in it.
        statistic: higher = more of the pattern.
        keep: which of the two nulls.
        shuffles: at most; at least 200.
        stop_after: at least 5.
        seed: for the generator; the same seed gives the same p.

    Raises:
        UsageError: fewer than 200 shuffles, or nothing to shuffle.
    """
    if shuffles < 200 or stop_after < 5:
        raise UsageError(f"A null needs at least 200 shuffles and 5 to stop after; got {shuffles} and {stop_after}.")
    if len(payments) < 2:
        raise UsageError("Fewer than two payments: there is nothing to shuffle.")
    if keep not in ("times", "links"):
        raise UsageError(f"keep must be 'times' or 'links', got {keep!r}.")
    generator = np.random.default_rng(seed)
    observed = statistic(payments)
    reached = made = 0
    while made < shuffles and reached < stop_after:
        made += 1
        shuffled = _other_payees(payments, generator) if keep == "times" else _other_times(payments, generator)
        reached += statistic(shuffled) >= observed
    p = reached / made if reached == stop_after else (reached + 1) / (made + 1)
    kept_zh = "各账户的收付次数与付款时间" if keep == "times" else "谁付给谁、付多少"
    kept_en = "degrees and the payers' times" if keep == "times" else "who pays whom how much"
    told = Text(
        f"保持{kept_zh}不变随机重排 {made} 次，有 {reached} 次达到或超过实际值,p = {p:.3g}。",
        f"In {reached} of {made} shuffles that keep {kept_en} the value was reached: p = {p:.3g}.",
    )
    return NullTest(p, float(observed), made, int(reached), 1 / (shuffles + 1), told)


def _other_times(payments: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    order = generator.permutation(len(payments))
    return payments.assign(paid_at=payments["paid_at"].to_numpy()[order])


def _other_payees(payments: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    payers = payments["payer_account"].to_numpy()
    payees = payments["payee_account"].to_numpy()[generator.permutation(len(payments))].copy()
    for at in np.flatnonzero(payers == payees):  # nobody pays himself: exchange with one for whom it fits both ways
        fits = np.flatnonzero((payees != payers[at]) & (payers != payees[at]))
        if fits.size:
            other = generator.choice(fits)
            payees[at], payees[other] = payees[other], payees[at]
    return payments.assign(payee_account=payees)
