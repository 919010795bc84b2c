"""Searches for typologies: each kernel against a slow, obvious reference on random graphs, and definitions by hand."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caselens.core.errors import UsageError
from caselens.flows import MoneyIndex, cluster
from caselens.flows import _kernels_circles as circle_kernels
from caselens.flows import _kernels_fans as fan_kernels
from caselens.flows import _kernels_habits as habit_kernels
from caselens.flows.null import null_test
from caselens.flows.typologies import (
    awakenings,
    cycles,
    fans,
    gather_scatters,
    pass_throughs,
    round_trips,
    scatter_gathers,
    structurings,
)

DAY = 86_400
Row = tuple[int, int, int, int]  # payer, payee, second, fen


def index_of(rows: list[Row]) -> MoneyIndex:
    payer, payee, second, fen = np.array(rows, np.int64).reshape(-1, 4).T
    return MoneyIndex.from_codes(payer, payee, second, fen)


def days(*rows: tuple[int, int, float, float]) -> MoneyIndex:
    """Payments from (payer, payee, day, yuan)."""
    return index_of([(u, v, round(d * DAY), round(yuan * 100)) for u, v, d, yuan in rows])


@st.composite
def graphs(draw: st.DrawFn) -> list[Row]:
    accounts = draw(st.integers(2, 7))
    span = draw(st.sampled_from([8, 60, 400]))
    amounts = st.one_of(st.sampled_from([1_000, 9_000, 10_000]), st.integers(8_000, 12_000))
    one = st.tuples(st.integers(0, accounts - 1), st.integers(0, accounts - 1), st.integers(0, span), amounts)
    return draw(st.lists(one, min_size=3, max_size=30))


def ordered(rows: list[Row]) -> list[tuple[int, Row]]:
    return sorted(enumerate(rows), key=lambda item: (item[1][2], item[0]))


@settings(max_examples=150, deadline=None)
@given(graphs(), st.integers(2, 5))
def test_temporal_cycles_are_all_and_only_those_of_the_definition(rows: list[Row], longest: int) -> None:
    window = 100 / DAY
    found = cycles(index_of(rows), longest=longest, shortest=2, window_days=window, decay=0.15, growth=0.01, hubs=None)
    got = {tuple(found.of(p)["row"]) for p in found.table["pattern"]}
    expected = set()

    def follow(way: list[int]) -> None:
        first, last = rows[way[0]], rows[way[-1]]
        for k, row in ordered(rows):
            if (row[2], k) <= (last[2], way[-1]) or row[2] - first[2] > 100 or row[0] != last[1]:
                continue
            if not math.ceil(0.85 * last[3] - 1e-6) <= row[3] <= math.floor(1.01 * last[3] + 1e-6):
                continue
            if row[1] == first[0]:
                expected.add((*way, k))
            elif len(way) + 1 < longest and row[1] not in {rows[w][0] for w in way} | {row[0]}:
                follow([*way, k])

    for k, row in enumerate(rows):
        if row[0] != row[1]:
            follow([k])
    assert got == expected


@settings(max_examples=100, deadline=None)
@given(graphs(), st.integers(3, 5))
def test_circles_without_order_are_all_rings_within_their_band_and_span(rows: list[Row], longest: int) -> None:
    index = index_of(rows)
    out, blocked = index.out, np.zeros(index.n_accounts, np.bool_)
    window = np.full(out.row.size, 50, np.int64)
    arguments = (out.offsets, out.counterpart, out.time, out.amount, out.row, blocked, longest, window, 1.2)
    counts = circle_kernels.count_circles(*arguments)
    sizes, places = np.empty(int(counts[:, 0].sum()), np.int64), np.empty(int(counts[:, 1].sum()), np.int64)
    circle_kernels.list_circles(*arguments, counts, sizes, places)
    got = (
        {frozenset(out.row[ring].tolist()) for ring in np.split(places, np.cumsum(sizes)[:-1])} if sizes.size else set()
    )
    expected = set()
    for length in range(3, longest + 1):
        for ring in itertools.permutations(range(len(rows)), length) if len(rows) <= 8 else ():
            payments = [rows[k] for k in ring]
            if len({p[0] for p in payments}) < length or any(
                a[1] != b[0] for a, b in itertools.pairwise([*payments, payments[0]])
            ):
                continue
            least = min(range(length), key=lambda at: (payments[at][3], ring[at]))
            near = all(abs(p[2] - payments[least][2]) <= 50 for p in payments)
            if near and max(p[3] for p in payments) <= int(payments[least][3] * 1.2 + 1e-6):
                expected.add(frozenset(ring))
    if len(rows) <= 8:
        assert got == expected
    else:
        for ring in got:  # too many rows to try every order: at least what is named is a ring
            payments = [rows[k] for k in ring]
            assert {p[0] for p in payments} == {p[1] for p in payments}
            assert len({p[0] for p in payments}) == len(ring) <= longest


@settings(max_examples=150, deadline=None)
@given(graphs(), st.sampled_from([5, 50]), st.integers(1, 3))
def test_widest_fan_is_the_first_window_with_most_counterparties(rows: list[Row], window: int, least: int) -> None:
    index = index_of(rows)
    side, nobody = index.in_, np.zeros(index.n_accounts, np.bool_)
    found = fan_kernels.widest_fans(side.offsets, side.counterpart, side.time, nobody, window, least)
    for account in range(index.n_accounts):
        mine = [(t, u) for _, (u, v, t, _) in ordered(rows) if v == account and u != account]
        best = max((len({u for t, u in mine if end - window <= t <= end}) for end, _ in mine), default=0)
        assert found[account, 0] == (best if best >= least else 0)
        if best >= least:
            inside = slice(found[account, 1], found[account, 2] + 1)
            assert len(set(side.counterpart[inside].tolist()) - {account}) == best
            assert side.time[inside][-1] - side.time[inside][0] <= window


@settings(max_examples=150, deadline=None)
@given(graphs(), st.sampled_from([5, 50]))
def test_gather_scatter_is_the_best_of_all_gatherings(rows: list[Row], window: int) -> None:
    index = index_of(rows)
    in_, out, nobody = index.in_, index.out, np.zeros(index.n_accounts, np.bool_)
    columns = (in_.offsets, in_.counterpart, in_.time, in_.amount, out.offsets, out.counterpart, out.time, out.amount)
    found = fan_kernels.gather_scatters(*columns, nobody, window, 2, 0.5, 1.5)
    for account in range(index.n_accounts):
        came = [row for _, row in ordered(rows) if row[1] == account]
        went = [row for _, row in ordered(rows) if row[0] == account]
        best = 0
        for at, first in enumerate(came):
            gathered = [row for row in came[at:] if row[2] - first[2] <= window]
            end = gathered[-1][2] + window
            scattered = [r for r in went if first[2] <= r[2] <= end and r[1] != account]
            gathered = [row for row in gathered if row[0] != account]
            total, paid = sum(r[3] for r in gathered), sum(r[3] for r in scattered)
            size = min(len({r[0] for r in gathered}), len({r[1] for r in scattered}))
            if size >= 2 and 0.5 * total <= paid <= 1.5 * total:
                best = max(best, size)
        assert found[account, 0] == best


@settings(max_examples=100, deadline=None)
@given(graphs())
def test_silence_and_what_lies_near_a_line(rows: list[Row]) -> None:
    index = index_of(rows)
    in_, out = index.in_, index.out
    columns = (in_.offsets, in_.time, in_.counterpart, out.offsets, out.time, out.counterpart)
    woken = habit_kernels.awakenings(*columns, 10, 20)
    nobody = np.zeros(index.n_accounts, np.bool_)
    near = habit_kernels.near_line(out.offsets, out.counterpart, out.amount, nobody, 9_000, 10_000, 11_000, 500)
    for account in range(index.n_accounts):
        times = sorted(t for u, v, t, _ in rows if account in (u, v) and u != v)
        after = [sum(b <= t <= b + 20 for t in times) for a, b in itertools.pairwise(times) if b - a >= 10]
        assert woken[account, 0] == max(after, default=0)
        paid = [fen for u, v, _, fen in rows if u == account != v]
        below, above = ([x for x in paid if a <= x < b] for a, b in ((9_000, 10_000), (10_000, 11_000)))
        expected = [sum(x % 500 != 0 for x in below), sum(x % 500 != 0 for x in above)]
        assert near[account].tolist() == [*expected, len(below) - expected[0], len(above) - expected[1]]


@settings(max_examples=100, deadline=None)
@given(graphs())
def test_a_standing_order_counts_once(rows: list[Row]) -> None:
    side = index_of(rows).in_
    keep = fan_kernels.first_of_kind(side.offsets, side.counterpart, side.amount)
    kinds = {(u, v, fen) for u, v, _, fen in rows if u != v}
    assert keep.sum() == len(kinds)


def test_definitions_by_hand() -> None:
    """0 scatters 30 to three, they pass 29.7 on to 4; 4 gathers; 5 sends 100 to 6 and gets 90 back; 7 and 8 sleep a year."""
    scattered = [(0, m, m / 10, 10) for m in (1, 2, 3)] + [(m, 4, 1 + m / 10, 9.9) for m in (1, 2, 3)]
    index = days(*scattered, (5, 6, 1, 100), (6, 5, 2, 90), (7, 8, 0, 5), *[(7, 8, 365 + d, 5) for d in range(5)])
    found = scatter_gathers(index, hubs=None)
    assert (found.table["account"].tolist(), found.table["payments"].tolist()) == ([0], [6])
    assert found.table["amount_fen"].tolist() == [round(59.7 * 100)]
    assert fans(index, "in", least=3, hubs=None).table["account"].tolist() == [4]
    assert fans(index, "out", least=3, hubs=None).table["account"].tolist() == [0]
    assert round_trips(index, hubs=None).table["account"].tolist() == [5]
    assert awakenings(index, hubs=None).table["account"].tolist() == [7, 8]
    gathered = days(*[(m, 4, m / 10, 10) for m in (1, 2, 3)], *[(4, m + 4, 5, 9.9) for m in (1, 2, 3)])
    assert gather_scatters(gathered, hubs=None).table["account"].tolist() == [4]
    assert pass_throughs(gathered, window_days=6, hubs=None).table["account"].tolist() == [4]


def test_structuring_needs_many_just_below_and_none_just_above() -> None:
    """Nine payments of 48,910 to 49,710 and none above the line: p = 1/2^9 = 0.002. With nine above as well: no."""
    below = [(0, 1, d, 48_910 + 100 * d) for d in range(9)]
    assert structurings(days(*below), hubs=None).table["strength"].tolist() == pytest.approx([9 * math.log10(2)])
    assert structurings(days(*below, *[(0, 1, d, 50_100 + d) for d in range(9)]), hubs=None).table.empty


def test_wrong_lengths_are_refused() -> None:
    with pytest.raises(UsageError, match="2 to 10"):
        cycles(days((0, 1, 0, 1)), longest=11)


def frame(rows: list[tuple[str, str, float, float]]) -> pd.DataFrame:
    begin = pd.Timestamp("2024-01-01")
    return pd.DataFrame(
        [(u, v, yuan, begin + pd.Timedelta(days=d)) for u, v, d, yuan in rows],
        columns=["payer_account", "payee_account", "amount", "paid_at"],
    )


def test_null_keeps_degrees_and_tells_a_planted_fan_from_chance() -> None:
    """Of 60 payments of two years, h gets its eight on one day: hardly any shuffle of the times does that."""
    rng = np.random.default_rng(3)
    rows = [(f"a{k}", "h", 100 + k / 24, 1.0) for k in range(8)]
    rows += [(f"a{rng.integers(20)}", f"b{rng.integers(20)}", float(rng.integers(730)), 1.0) for _ in range(52)]
    payments = frame(rows)

    def most_in_a_month(some: pd.DataFrame) -> float:
        mine = some[some["payee_account"] == "h"].sort_values("paid_at")["paid_at"]
        return max(int(((mine >= at) & (mine <= at + pd.Timedelta(days=30))).sum()) for at in mine)

    found = null_test(payments, most_in_a_month, keep="links", shuffles=200)
    assert found.p == pytest.approx(1 / 201)
    assert found.shuffles == 200
    dull = null_test(payments, lambda some: float(len(some)), keep="times", shuffles=200, stop_after=20)
    assert (dull.p, dull.shuffles) == (1.0, 20)  # always reached: stopped after 20
    seen = []
    null_test(payments, lambda some: seen.append(some["payee_account"].value_counts().to_dict()) or 0.0, shuffles=200)
    assert all(counts == seen[0] for counts in seen)
    with pytest.raises(UsageError, match="200"):
        null_test(payments, most_in_a_month, shuffles=50)


def test_planted_schemes_are_found_again_as_one_cluster_each_and_named() -> None:
    """A fan of eight equal sums and a ring of five falling by 2 %, in 3,000 payments of everyday life."""
    rng = np.random.default_rng(11)
    rows = [
        (f"c{rng.integers(400)}", f"s{rng.integers(150)}", float(rng.uniform(0, 300)), float(rng.lognormal(5, 1)))
        for _ in range(3_000)
    ]
    rows = [(u, v, d, round(yuan, 2) + 0.01) for u, v, d, yuan in rows]
    plain = len(rows)
    rows += [(f"c{k}", "hub", 100 + k / 10, 66_000.0) for k in range(8)]
    ring = ["r0", "r1", "r2", "r3", "r4", "r0"]
    rows += [(a, b, 200.0 + k, round(88_000 * 0.98**k, 2)) for k, (a, b) in enumerate(itertools.pairwise(ring))]
    found = cluster(frame(rows), holders={"hub": "某公司"}, check_stability=False)
    fan, circle = set(found.labels[plain : plain + 8]), set(found.labels[plain + 8 :])
    assert (len(fan), len(circle)) == (1, 1)
    assert fan != circle and -1 not in fan | circle
    table = found.table.set_index("cluster")
    assert table.loc[fan.pop(), "typology"] == "fan-in"
    assert table.loc[circle.pop(), "typology"] == "cycle"
    first_page = found.table.head(2)
    assert "某公司" in " ".join(first_page["name_zh"])
    assert (found.labels[:plain] == -1).mean() > 0.99
    pd.testing.assert_frame_equal(
        found.table, cluster(frame(rows), holders={"hub": "某公司"}, check_stability=False).table
    )


def test_clusters_see_nothing_after_the_day_asked_for() -> None:
    rows = [(f"p{k}", "hub", float(k % 3), 66_000.0) for k in range(8)]
    rows += [(f"x{k}", f"y{k}", float(k), 10.0 + k) for k in range(100)]
    full = cluster(frame(rows), until="2024-01-10", check_stability=False)
    cut = cluster(frame([row for row in rows if row[2] < 10]), check_stability=False)
    pd.testing.assert_frame_equal(full.table, cut.table)
