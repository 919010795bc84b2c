"""Numbers that describe an account's money up to a day, and nothing after it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..core.text import Text
from ._kernels_hubs import counterparties
from .index import Direction, MoneyIndex
from .passing import DAY


@dataclass(frozen=True, slots=True)
class Feature:
    """One number about an account: its name, what it says, and its unit."""

    id: str
    title: Text
    unit: str


FEATURES: tuple[Feature, ...] = (
    Feature("payments_in", Text("收款笔数", "payments received"), "payments"),
    Feature("payments_out", Text("付款笔数", "payments made"), "payments"),
    Feature("payers", Text("付款方个数", "distinct payers"), "accounts"),
    Feature("payees", Text("收款方个数", "distinct payees"), "accounts"),
    Feature("amount_in", Text("收款总额", "sum received"), "currency"),
    Feature("amount_out", Text("付款总额", "sum paid"), "currency"),
    Feature("mean_in", Text("平均每笔收款", "mean amount received"), "currency"),
    Feature("mean_out", Text("平均每笔付款", "mean amount paid"), "currency"),
    Feature("largest_in", Text("最大一笔收款", "largest amount received"), "currency"),
    Feature("largest_out", Text("最大一笔付款", "largest amount paid"), "currency"),
    Feature("kept", Text("留存比例:(收-付)/(收+付)", "(in - out) / (in + out); 0 = all passed on"), "ratio"),
    Feature("days_active", Text("首末笔间隔天数", "days from the first payment to the last"), "days"),
    Feature("per_day", Text("每日笔数", "payments a day between the first and the last"), "payments/day"),
    Feature("round_share", Text("整千元笔数占比", "share of payments in multiples of 1,000"), "ratio"),
    Feature("repeat_in", Text("每个付款方平均笔数", "payments received for each payer"), "payments"),
    Feature("repeat_out", Text("每个收款方平均笔数", "payments made for each payee"), "payments"),
)


def account_features(index: MoneyIndex, until: object = None) -> pd.DataFrame:
    """The ``FEATURES`` of every account (one row a code), from payments up to ``until`` and none after it.

    Args:
        index: the payments.
        until: the last moment seen, inclusive; ``None`` = all.

    Returns:
        One column a feature, float64; 0 where there is nothing to count. Self-payments are in the counts of payments, for
        they are entries of the account, but not in its counterparties.

    Complexity: O(payments), no sorting.
    """
    last = 2**62 if until is None else int(pd.Timestamp(until).timestamp())
    into, out = _one_side(index.in_, last), _one_side(index.out, last)
    first = np.minimum(into["first"], out["first"])
    days = np.where(into["n"] + out["n"] > 0, (np.maximum(into["last"], out["last"]) - first) / DAY, 0.0)
    total_in, total_out = into["sum"], out["sum"]
    both = into["n"] + out["n"]
    columns = {
        "payments_in": into["n"],
        "payments_out": out["n"],
        "payers": into["parties"],
        "payees": out["parties"],
        "amount_in": total_in,
        "amount_out": total_out,
        "mean_in": _ratio(total_in, into["n"]),
        "mean_out": _ratio(total_out, out["n"]),
        "largest_in": into["max"],
        "largest_out": out["max"],
        "kept": _ratio(total_in - total_out, total_in + total_out),
        "days_active": days,
        "per_day": _ratio(both, np.maximum(1.0, days)),
        "round_share": _ratio(into["round"] + out["round"], both),
        "repeat_in": _ratio(into["n"], into["parties"]),
        "repeat_out": _ratio(out["n"], out["parties"]),
    }
    return pd.DataFrame({feature.id: columns[feature.id].astype(np.float64) for feature in FEATURES})


def _one_side(side: Direction, last: int) -> dict[str, np.ndarray]:
    """Counts and sums by account over the entries up to ``last``; they are sorted by time, so they come first."""
    n_accounts = side.offsets.size - 1
    owner = np.repeat(np.arange(n_accounts), np.diff(side.offsets))
    seen = side.time <= last
    owner, amount, party = owner[seen], side.amount[seen] / 100, side.counterpart[seen]
    offsets = np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=n_accounts)))).astype(np.int64)
    n = np.diff(offsets).astype(np.float64)
    some = n > 0
    result = {
        "n": n,
        "sum": np.bincount(owner, amount, n_accounts),
        "round": np.bincount(owner, (side.amount[seen] % 100_000 == 0).astype(np.float64), n_accounts),
        "parties": counterparties(offsets, party, np.arange(n_accounts)).astype(np.float64),
        "max": np.zeros(n_accounts),
        "first": np.full(n_accounts, np.inf),
        "last": np.full(n_accounts, -np.inf),
    }
    if some.any():
        result["max"][some] = np.maximum.reduceat(amount, offsets[:-1][some])
        times = side.time[seen].astype(np.float64)
        result["first"][some], result["last"][some] = times[offsets[:-1][some]], times[offsets[1:][some] - 1]
    return result


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros_like(part, np.float64), where=whole != 0)
