"""Pass-through and chains: hand-made cases, and the compiled kernels against slow, obvious references."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caselens.core.errors import UsageError
from caselens.flows import HubPolicy, MoneyIndex, chains, pass_through

DAY = 86_400


def index_of(*rows: tuple) -> MoneyIndex:
    """An index from (payer, payee, yuan, day) tuples; days count from 2024-01-01 and may be fractions."""
    start = pd.Timestamp("2024-01-01")
    return MoneyIndex.from_frame(
        pd.DataFrame(
            [(a, b, m, start + pd.Timedelta(seconds=round(d * DAY))) for a, b, m, d in rows],
            columns=["payer_account", "payee_account", "amount", "paid_at"],
        )
    )


def to(index: MoneyIndex, *accounts: str) -> np.ndarray:
    """These accounts form beneficiary group 0."""
    return index.groups(dict.fromkeys(accounts, 0))


def test_the_service_fee_passed_on_to_a_relative():
    """株洲, 2024: 250 (万) came, 178 went to a relative's account: 178 / 250 = 0.712, 72 stayed."""
    index = index_of(("company", "agent", 2_500_000, 0), ("agent", "relative", 1_780_000, 4))
    found = pass_through(index, to(index, "relative"), min_amount=50_000)
    hit = found.hits.iloc[0]
    assert len(found.hits) == 1
    assert hit["ratio"] == pytest.approx(0.712)
    assert (hit["matched_fen"], hit["kept_fen"], hit["last_days"]) == (178_000_000, 72_000_000, 4.0)
    assert found.links[["inflow_row", "outflow_row"]].values.tolist() == [[0, 1]]


def test_a_couple_is_one_beneficiary():
    """90 to the spouse and 88 to the child: 178 of 250 together, while either alone stays below one half."""
    index = index_of(("p", "i", 250, 0), ("i", "spouse", 90, 1), ("i", "child", 88, 2))
    assert pass_through(index, to(index, "spouse", "child"), min_amount=100).hits["ratio"].tolist() == [0.712]
    alone = index.groups({"spouse": 0, "child": 1})
    assert pass_through(index, alone, min_amount=100).hits.empty


def test_an_advance_is_counted_and_told():
    index = index_of(("i", "kin", 100, 0), ("p", "i", 250, 6), ("i", "kin", 78, 9))
    hit = pass_through(index, to(index, "kin"), min_amount=100).hits.iloc[0]
    assert (hit["outflows"], hit["advances"], hit["advance_fen"], hit["matched_fen"]) == (2, 1, 10_000, 17_800)
    late = pass_through(index, to(index, "kin"), min_amount=100, advance_days=5)
    assert late.hits.empty  # 78 of 250 alone is below one half


def test_fences_are_inclusive_to_the_second():
    index = index_of(("p", "i", 200, 0), ("i", "kin", 100, 30))
    assert len(pass_through(index, to(index, "kin"), min_amount=200).hits) == 1
    index = index_of(("p", "i", 200, 0), ("i", "kin", 100, 30 + 1 / DAY))
    assert pass_through(index, to(index, "kin"), min_amount=200).hits.empty


def test_the_sum_may_exceed_the_inflow_by_the_tolerance_only():
    index = index_of(("p", "i", 100, 0), ("i", "kin", 101, 1))
    assert pass_through(index, to(index, "kin"), min_amount=1).hits["ratio"].tolist() == [1.01]
    index = index_of(("p", "i", 100, 0), ("i", "kin", 101.01, 1), ("i", "kin", 60, 2))
    assert pass_through(index, to(index, "kin"), min_amount=1).links["outflow_row"].tolist() == [2]


def test_an_outflow_serves_the_earliest_inflow_that_reaches_the_ratio_with_it():
    """The large inflow cannot reach one half with 178, so it gives it back, and the 250 of the next day has it."""
    index = index_of(("p", "i", 1000, 0), ("p", "i", 250, 1), ("q", "i", 260, 2), ("i", "kin", 178, 5))
    found = pass_through(index, to(index, "kin"), min_amount=100)
    assert found.hits["inflow_row"].tolist() == [1]


def test_own_group_payers_group_and_self_payments_do_not_count():
    index = index_of(
        ("p", "i", 100, 0), ("i", "kin", 90, 1), ("i", "i", 90, 2), ("kin", "i", 100, 3), ("i", "kin", 90, 4)
    )
    group = index.groups({"kin": 0, "p": 0})
    assert pass_through(index, group, min_amount=1).hits.empty  # both payers belong to the beneficiaries
    group = index.groups({"kin": 0, "i": 0})
    assert pass_through(index, group, min_amount=1).hits.empty  # the intermediary is one of them
    group = index.groups({"i": 1})
    assert pass_through(index, group, min_amount=1).hits.empty  # a payment to oneself passes nothing on


def test_a_hub_is_left_out_and_the_result_says_so():
    rows = [(f"p{k}", "hub", 100, 0) for k in range(4)] + [("hub", "kin", 90, 1)]
    index = index_of(*rows)
    policy = HubPolicy(degree=4, kinds=())
    found = pass_through(index, to(index, "kin"), min_amount=1, hubs=policy)
    assert found.hits.empty
    assert index.ids(found.hubs.table["account"]).tolist() == ["hub"]
    keep = HubPolicy(degree=4, kinds=(), treatment="keep")
    assert len(pass_through(index, to(index, "kin"), min_amount=1, hubs=keep).hits) == 1


@pytest.mark.parametrize(
    ("bad", "message"),
    [({"min_ratio": 3}, "min_ratio"), ({"window_days": -1}, "window_days"), ({"min_amount": -5}, "min_amount")],
)
def test_a_parameter_out_of_range_is_named(bad, message):
    index = index_of(("p", "i", 1, 0))
    with pytest.raises(UsageError, match=message):
        pass_through(index, to(index), **{"min_amount": 1, **bad})
    with pytest.raises(UsageError, match="one entry for each"):
        pass_through(index, np.zeros(1, np.int32), min_amount=1)


def reference_pass_through(rows, groups, minimum, window, advance, tolerance, min_ratio):
    """(inflow, group) → outflows, by looking at everything. Amounts in fen, times in seconds, shares as fractions."""
    hits = {}
    order = sorted(range(len(rows)), key=lambda k: (rows[k][3], k))
    for middle in {r[1] for r in rows}:
        for group in set(groups.values()) - {groups.get(middle)}:
            used = set()
            for f in order:
                payer, payee, amount, t = rows[f]
                if payee != middle or payer == middle or groups.get(payer) == group or amount < minimum:
                    continue
                taken = []
                for o in order:
                    source, target, money, when = rows[o]
                    if source != middle or target == middle or groups.get(target) != group or o in used:
                        continue
                    total = sum(rows[k][2] for k in taken) + money
                    if -advance <= when - t <= window and total <= amount * (1 + tolerance):
                        taken.append(o)
                if taken and sum(rows[k][2] for k in taken) >= min_ratio * amount:
                    used.update(taken)
                    hits[f, group] = taken
    return hits


rows_strategy = st.lists(
    st.tuples(st.sampled_from("abcde"), st.sampled_from("abcde"), st.integers(1, 40), st.integers(0, 25)),
    min_size=1,
    max_size=40,
)


def check_pass_through(rows, groups, window, advance, min_ratio):
    expected = reference_pass_through(
        [(a, b, m * 100, d * DAY) for a, b, m, d in rows],
        groups, 300, window * DAY, advance * DAY, Fraction(1, 100), Fraction(min_ratio, 10),
    )  # fmt: skip
    index = (
        index_of(*rows)
        if rows
        else MoneyIndex.from_frame(pd.DataFrame(columns=["payer_account", "payee_account", "amount", "paid_at"]))
    )
    found = pass_through(
        index, index.groups(groups), min_amount=3, window_days=window, advance_days=advance, min_ratio=min_ratio / 10
    )
    got = {}
    for position, hit in found.hits.iterrows():
        links = found.links[found.links["hit"] == position]
        assert links["amount_fen"].sum() == hit["matched_fen"]
        got[hit["inflow_row"], hit["group"]] = links["outflow_row"].tolist()
    assert got == expected


graph_and_groups = (
    rows_strategy,
    st.dictionaries(st.sampled_from("abcde"), st.integers(0, 2)),
    st.integers(0, 12),
    st.integers(0, 5),
    st.integers(1, 10),
)


@given(*graph_and_groups)
@settings(max_examples=150, deadline=None)
def test_pass_through_agrees_with_the_reference(rows, groups, window, advance, min_ratio):
    check_pass_through(rows, groups, window, advance, min_ratio)


@pytest.mark.long
@given(*graph_and_groups)
@settings(max_examples=3000, deadline=None)
def test_pass_through_agrees_with_the_reference_thousands_of_times(rows, groups, window, advance, min_ratio):
    check_pass_through(rows, groups, window, advance, min_ratio)


def reference_chains(rows, window, low, high):
    """Every pair of rows, tried."""
    return {
        (f, o)
        for f, (a, b, m, t) in enumerate(rows)
        for o, (b2, c, n, u) in enumerate(rows)
        if b == b2 and b not in (a, c) and (u, o) > (t, f) and u - t <= window and low * m <= n <= high * m
    }


def check_chains(rows, window, low, high):
    index = index_of(*rows)
    expected = reference_chains(
        [(a, b, m, d * DAY) for a, b, m, d in rows], window * DAY, Fraction(low, 10), Fraction(high, 10)
    )
    found = chains(index, window_days=window, low=low / 10, high=high / 10)
    pairs = found.pairs()
    assert found.count == len(expected)
    assert set(zip(pairs["inflow_row"], pairs["outflow_row"], strict=True)) == expected


@given(rows_strategy, st.integers(0, 12), st.integers(0, 10), st.integers(0, 10))
@settings(max_examples=150, deadline=None)
def test_chains_agree_with_the_reference(rows, window, low, span):
    check_chains(rows, window, low, low + span)


@pytest.mark.long
@given(rows_strategy, st.integers(0, 12), st.integers(0, 10), st.integers(0, 10))
@settings(max_examples=3000, deadline=None)
def test_chains_agree_with_the_reference_thousands_of_times(rows, window, low, span):
    check_chains(rows, window, low, low + span)


def test_a_crowded_account_is_counted_by_the_tree_and_listed_alike():
    """600 in, 600 out within the window: the count comes from the Fenwick tree, the list from plain looking."""
    rng = np.random.default_rng(3)
    rows = [(f"p{k % 50}", "hub", int(m), int(d)) for k, (m, d) in enumerate(rng.integers(1, 60, (600, 2)))]
    rows += [("hub", f"q{k % 40}", int(m), int(d)) for k, (m, d) in enumerate(rng.integers(1, 60, (600, 2)))]
    rows += [("hub", "hub", 5, 10)] * 5
    index = index_of(*rows)
    found = chains(index, window_days=20, low=0.5, high=1.0)
    assert found.count == len(
        reference_chains([(a, b, m, d * DAY) for a, b, m, d in rows], 20 * DAY, Fraction(1, 2), 1)
    )
    assert found.count == len(found.pairs().drop_duplicates(["inflow_row", "outflow_row"]))


def test_a_list_that_is_too_long_is_refused_never_cut():
    index = index_of(("a", "b", 10, 0), ("b", "c", 10, 1), ("b", "d", 9, 1))
    with pytest.raises(UsageError, match="2 chains"):
        chains(index).pairs(limit=1)


def test_a_chain_back_to_the_payer_is_marked():
    index = index_of(("a", "b", 10, 0), ("b", "a", 10, 1))
    assert chains(index).pairs()["returns"].tolist() == [True]


def test_two_currencies_do_not_make_a_chain():
    rows = pd.DataFrame(
        {
            "payer_account": ["a", "b"],
            "payee_account": ["b", "c"],
            "amount": [10, 10],
            "paid_at": ["2024-01-01", "2024-01-02"],
            "currency": ["USD", "CNY"],
        }
    )
    assert chains(MoneyIndex.from_frame(rows)).count == 0
    assert chains(MoneyIndex.from_frame(rows.assign(currency="CNY"))).count == 1
