"""Features of payments: by hand, against slow obvious references on random graphs, and without looking ahead."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caselens.core.errors import UsageError
from caselens.flows import MoneyIndex
from caselens.flows.payment_features import PaymentFeatures, feature_slices, write_payment_features

EVERYTHING = PaymentFeatures(statistics=0.01, fan=0.01, degree=0.005, scatter_gather=0.01, cycles=0.01)
WINDOW, HALF = 36, 18  # 0.01 and 0.005 hours in seconds
Row = tuple[int, int, int, int]  # payer, payee, second, fen


def frame(rows: list[Row]) -> pd.DataFrame:
    start = pd.Timestamp("2024-01-01")
    return pd.DataFrame(
        [(f"a{u}", f"a{v}", fen / 100, start + pd.Timedelta(seconds=t)) for u, v, t, fen in rows],
        columns=["payer_account", "payee_account", "amount", "paid_at"],
    )


def computed(rows: list[Row], features: PaymentFeatures = EVERYTHING, size: int = 7, threads: int = 2) -> pd.DataFrame:
    index = MoneyIndex.from_frame(frame(rows))
    parts = list(feature_slices(index, features, threads=threads, size=size))
    columns = [np.concatenate([part[1][c] for part in parts]) for c in range(len(features.columns))]
    at = np.concatenate([part[0] for part in parts])
    return pd.DataFrame(dict(zip(features.columns, columns, strict=True)), index=at).sort_index()


def moments(values: list[float], parties: list[int]) -> list[float]:
    """Fan, degree, ratio, mean, sum, variance, skewness, kurtosis of the population, by their definitions."""
    n, fan = len(values), len(set(parties))
    if n == 0:
        return [0.0] * 8
    mean = math.fsum(values) / n
    variance = math.fsum((x - mean) ** 2 for x in values) / n
    if len(set(values)) == 1:
        return [fan, n, n / fan, mean, math.fsum(values), 0.0, 0.0, 0.0]
    third = math.fsum((x - mean) ** 3 for x in values) / n
    fourth = math.fsum((x - mean) ** 4 for x in values) / n
    return [fan, n, n / fan, mean, math.fsum(values), variance, third / variance**1.5, fourth / variance**2]


def histogram(counts: list[int]) -> list[float]:
    found = [0.0] * 29
    for n in counts:
        if n >= 2:
            found[min(n, 30) - 2] += 1
    return found


def obvious(rows: list[Row]) -> np.ndarray:
    """Every feature of every payment by looking at all payments before it."""
    order = sorted(range(len(rows)), key=lambda k: (rows[k][2], k))
    result = np.zeros((len(rows), len(EVERYTHING.columns)))
    for place, k in enumerate(order):
        u, v, t, _ = rows[k]
        seen = [rows[j] for j in order[: place + 1]]
        values: list[float] = []
        for account in (u, v):
            for mine, other in ((0, 1), (1, 0)):
                inside = [p for p in seen if p[mine] == account and p[2] > t - WINDOW]
                values += moments([p[3] / 100 for p in inside], [p[other] for p in inside])
        for window, is_fan in ((WINDOW, True), (HALF, False)):
            for mine, other, account in ((1, 0, v), (0, 1, u)):
                inside = [p[other] for p in seen if p[mine] == account and p[2] > t - window and p[0] != p[1]]
                values += histogram([len(set(inside)) if is_fan else len(inside)] if u != v else [])
        closed = [p for p in seen if p[2] >= t - WINDOW and p[0] != p[1]]
        values += histogram(scatter_gathers(u, v, closed) if u != v else [])
        values += histogram(cycles(u, v, t, closed) if u != v else [])
        result[k] = values
    return result


def scatter_gathers(u: int, v: int, payments: list[Row]) -> list[int]:
    pairs = {(p[0], p[1]) for p in payments}
    accounts = {a for pair in pairs for a in pair}

    def middles(source: int, sink: int) -> int:
        return sum((source, m) in pairs and (m, sink) in pairs for m in accounts if m not in (source, sink))

    gathered = [middles(s, v) for s in accounts if (s, u) in pairs and s not in (u, v)]
    scattered = [middles(u, w) for w in accounts if (v, w) in pairs and w not in (u, v)]
    return gathered + scattered


def cycles(u: int, v: int, t: int, payments: list[Row]) -> list[int]:
    """Lengths of all sequences of accounts from v to u along which payments before t can follow each other."""
    lengths = []

    def follow(here: int, arrived: float, way: tuple[int, ...]) -> None:
        if here == u:
            lengths.append(len(way))
            return
        for to in {p[1] for p in payments if p[0] == here} - set(way):
            times = [p[2] for p in payments if p[:2] == (here, to) and arrived < p[2] < t]
            if times:
                follow(to, min(times), (*way, to))

    follow(v, -math.inf, (v,))
    return lengths


@st.composite
def graphs(draw: st.DrawFn) -> list[Row]:
    accounts = draw(st.integers(2, 7))
    span = draw(st.sampled_from([6, 40, 200]))
    one = st.tuples(
        st.integers(0, accounts - 1),
        st.integers(0, accounts - 1),
        st.integers(0, span),
        st.sampled_from([1, 100, 12_345, 10**11]),
    )
    return draw(st.lists(one, min_size=1, max_size=40))


@settings(max_examples=400, deadline=None)
@given(graphs(), st.sampled_from([1, 7, 1000]))
def test_every_feature_is_what_the_obvious_calculation_says(rows: list[Row], size: int) -> None:
    np.testing.assert_allclose(computed(rows, size=size).to_numpy(), obvious(rows), rtol=2e-5, atol=2e-5)


@settings(max_examples=100, deadline=None)
@given(graphs(), st.integers(0, 40))
def test_what_comes_later_changes_nothing(rows: list[Row], cut: int) -> None:
    rows = sorted(rows, key=lambda row: row[2])
    early = rows[: max(1, min(cut, len(rows)))]
    pd.testing.assert_frame_equal(computed(rows).iloc[: len(early)], computed(early))


def test_many_payments_in_one_window_are_as_exact_as_few() -> None:
    """700 payments of one account, one of them of 10 billion: when it has left the window, nothing of it is left."""
    generator = np.random.default_rng(1)
    fen = generator.integers(100, 200, 700)
    fen[50] = 10**12
    rows = [(0, 1 + k % 90, k, int(f)) for k, f in enumerate(fen)]
    wanted = PaymentFeatures(statistics=300 / 3600, fan=None)
    found = computed(rows, wanted, size=101)
    for k in (0, 30, 49, 50, 51, 349, 350, 351, 699):
        inside = range(max(0, k - 299), k + 1)
        hand = moments([fen[j] / 100 for j in inside], [1 + j % 90 for j in inside])
        np.testing.assert_allclose(found.iloc[k, :8], hand, rtol=1e-5)


def test_a_scatter_gather_and_a_cycle_by_hand() -> None:
    """0 pays 1 and 2, both pay 3: the fourth payment completes one scatter-gather with two middles. 3 pays 0 back: cycles
    0-1-3 and 0-2-3, of three payments each."""
    found = computed([(0, 1, 0, 100), (0, 2, 1, 100), (1, 3, 2, 100), (2, 3, 3, 100), (3, 0, 4, 300)])
    assert found["scatter_gather_2"].tolist() == [0, 0, 0, 1, 0]
    assert found["cycle_3"].tolist() == [0, 0, 0, 0, 2]
    assert found["fan_in_2"].tolist() == [0, 0, 0, 1, 0]
    assert found["payee_in_sum"].tolist() == [1, 1, 1, 2, 3]


def test_cycles_longer_than_asked_for_are_not_counted() -> None:
    ring = [(k, (k + 1) % 5, k, 100) for k in range(5)]
    assert computed(ring)["cycle_5"].tolist() == [0, 0, 0, 0, 1]
    four = PaymentFeatures(statistics=None, fan=None, cycles=1, longest=4)
    assert computed(ring, four).to_numpy().sum() == 0


def test_equal_times_are_ordered_by_row_and_cycles_need_later_ones() -> None:
    rows = [(0, 1, 0, 100), (1, 0, 0, 100), (0, 1, 1, 100)]
    found = computed(rows)
    assert found["payee_out_degree"].tolist() == [0, 1, 1]  # row 1 sees row 0, not the other way round
    assert found["cycle_2"].tolist() == [0, 0, 1]


def test_moments_of_time_and_the_file(tmp_path: Path) -> None:
    """0 pays at 10 and 20 seconds past midnight: mean 15, variance 25."""
    index = MoneyIndex.from_frame(frame([(0, 1, 20, 100), (0, 1, 10, 100)]))
    path = write_payment_features(index, tmp_path / "f.parquet", PaymentFeatures(of="time"))
    table = pq.read_table(path)
    assert table.column_names == ["row", *PaymentFeatures(of="time").columns]
    assert table["row"].to_pylist() == [1, 0]
    assert table["payer_out_variance"].to_pylist() == [0, 25]
    assert {str(field.type) for field in list(table.schema)[1:]} == {"float"}
    assert list(tmp_path.iterdir()) == [path]


def test_no_payments_make_an_empty_file(tmp_path: Path) -> None:
    index = MoneyIndex.from_frame(frame([(0, 1, 20, 100)]).iloc[:0])
    assert pq.read_table(write_payment_features(index, tmp_path / "f.parquet")).num_rows == 0


@pytest.mark.parametrize(
    "wrong", [{"statistics": None, "fan": None}, {"fan": 0}, {"of": "memo"}, {"cycles": -1.0}], ids=str
)
def test_wrong_wishes_are_refused(wrong: dict) -> None:
    with pytest.raises(UsageError):
        PaymentFeatures(**wrong)
