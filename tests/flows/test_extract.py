"""The money round some accounts: hops by hand, hubs reached but not passed, against a slow reference."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caselens.core.errors import UsageError
from caselens.flows import HubPolicy, MoneyIndex
from caselens.flows.extract import around


def frame(text: str) -> pd.DataFrame:
    pairs = [pair.split(">") for pair in text.split()]
    return pd.DataFrame(
        [(a, b, 100.0, pd.Timestamp("2024-01-01") + pd.Timedelta(days=k)) for k, (a, b) in enumerate(pairs)],
        columns=["payer_account", "payee_account", "amount", "paid_at"],
    )


def test_two_hops_by_hand() -> None:
    """s pays a, b pays a, c is two steps beyond b: out of reach. The payment between a and b is inside."""
    found = around(MoneyIndex.from_frame(frame("s>a b>a c>b d>c")), ["s", "nobody"])
    assert dict(zip(found.accounts["account_id"], found.accounts["hop"], strict=True)) == {"s": 0, "a": 1, "b": 2}
    assert found.payments["row"].tolist() == [0, 1]
    assert found.unknown == ("nobody",)


def test_a_hub_is_reached_and_not_passed_unless_asked_for() -> None:
    """h has three payers and is a hub from three on: x is only reached where hubs are kept, or where h was asked for."""
    index = MoneyIndex.from_frame(frame("s>h p>h q>h h>x"))
    policy = HubPolicy(degree=3)
    assert set(around(index, ["s"], hubs=policy).accounts["account_id"]) == {"s", "h"}
    assert set(around(index, ["s"], hubs=None).accounts["account_id"]) == {"s", "h", "p", "q", "x"}
    assert set(around(index, ["h"], hops=1, hubs=policy).accounts["account_id"]) == {"s", "h", "p", "q", "x"}


def test_no_hops_are_refused() -> None:
    with pytest.raises(UsageError, match="hops"):
        around(MoneyIndex.from_frame(frame("a>b")), ["a"], hops=0)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=30), st.integers(1, 3))
def test_reach_is_what_walking_step_by_step_finds(pairs: list[tuple[int, int]], hops: int) -> None:
    payer, payee = np.array(pairs).T
    index = MoneyIndex.from_codes(payer, payee, np.arange(payer.size), np.full(payer.size, 100))
    reached = {0}
    for _ in range(hops):
        reached |= {b for a, b in pairs if a in reached} | {a for a, b in pairs if b in reached}
    found = around(index, ["0"], hops=hops, hubs=None)
    known = reached & set(payer.tolist() + payee.tolist()) | {0}
    assert set(found.accounts["account_id"].astype(int)) == known
    assert found.payments["row"].tolist() == [k for k, (a, b) in enumerate(pairs) if {a, b} <= reached]
