"""The money index: what it holds, in which order, what it leaves out and says so, and when it is rebuilt."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caselens.core.errors import UsageError
from caselens.flows import HubPolicy, MoneyIndex


def frame(*rows: tuple) -> pd.DataFrame:
    """Payments from (payer, payee, amount, paid_at[, currency]) tuples."""
    names = ["payer_account", "payee_account", "amount", "paid_at", "currency"][: len(rows[0])]
    return pd.DataFrame(rows, columns=names)


payments = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef"), st.integers(1, 10**6), st.integers(0, 40)),
    min_size=1,
    max_size=60,
)


@given(payments)
@settings(max_examples=100, deadline=None)
def test_both_directions_hold_every_payment_in_time_and_row_order(rows):
    times = [pd.Timestamp("2024-01-01") + pd.Timedelta(seconds=t) for *_, t in rows]
    index = MoneyIndex.from_frame(frame(*((a, b, m / 100, t) for (a, b, m, _), t in zip(rows, times, strict=True))))
    ids = index.ids(range(index.n_accounts))
    for side, own, other in ((index.out, 0, 1), (index.in_, 1, 0)):
        for code, account in enumerate(ids):
            expected = sorted((r[3], k) for k, r in enumerate(rows) if r[own] == account)
            span = slice(side.offsets[code], side.offsets[code + 1])
            assert [k for _, k in expected] == side.row[span].tolist()
            assert [rows[k][2] for _, k in expected] == side.amount[span].tolist()
            assert [rows[k][other] for _, k in expected] == index.ids(side.counterpart[span]).tolist()


def test_many_rows_of_one_account_are_sorted_stably():
    """More rows than the insertion sort takes; equal times must stay in row order."""
    rng = np.random.default_rng(7)
    seconds = rng.integers(0, 300, 5000)
    index = MoneyIndex.from_frame(
        pd.DataFrame(
            {
                "payer_account": "hub",
                "payee_account": [f"p{k}" for k in rng.integers(0, 900, 5000)],
                "amount": 1.0,
                "paid_at": pd.Timestamp("2024-01-01") + pd.to_timedelta(seconds, unit="s"),
            }
        )
    )
    hub = index.codes(["hub"])[0]
    span = slice(index.out.offsets[hub], index.out.offsets[hub + 1])
    assert index.out.row[span].tolist() == sorted(range(5000), key=lambda k: (seconds[k], k))


def nasty() -> pd.DataFrame:
    return frame(
        ("a", "b", "10", "2024-01-01"),
        (None, "b", "10", "2024-01-01"),
        ("a", "", "10", "2024-01-01"),
        ("a", "b", "ten", "2024-01-01"),
        ("a", "b", "10", "someday"),
        ("a", "b", "0", "2024-01-01"),
        ("a", "b", "-5", "2024-01-01"),
        ("a", "b", "1e14", "2024-01-01"),
        ("c", "c", "7", "2024-01-02"),
    )


def test_what_is_left_out_is_counted_under_its_reason():
    index = MoneyIndex.from_frame(nasty())
    assert index.meta["rows_read"] == 9
    assert index.n_payments == 2
    assert index.meta["left_out"] == {
        "no_account": 2,
        "no_amount": 1,
        "no_time": 1,
        "not_above_zero": 2,
        "above_ten_trillion": 1,
    }
    assert index.meta["self_payments"] == 1
    assert index.out.row.tolist() == [0, 8]  # row numbers still count the rows left out


def test_hundredths_are_exact():
    """0.29 * 100 is 28.999… in floating point; the index must hold 29."""
    amounts = ["0.29", "1.15", "4.35", "99999999999.99"]
    index = MoneyIndex.from_frame(frame(*(("a", "b", m, "2024-01-01") for m in amounts)))
    assert index.out.amount.tolist() == [29, 115, 435, 9_999_999_999_999]


def test_currencies_are_accounts_of_their_own():
    index = MoneyIndex.from_frame(
        frame(("a", "b", 1, "2024-01-01", "USD"), ("b", "c", 1, "2024-01-02", "CNY"), ("b", "c", 1, "2024-01-03", None))
    )
    assert index.meta["currencies"] == ["CNY", "USD"]
    dollars, yuan = index.codes(["b"], "USD")[0], index.codes(["b"], "CNY")[0]
    assert dollars != yuan
    assert index.out.offsets[dollars] == index.out.offsets[dollars + 1]  # the dollars of b have not moved on
    assert index.codes(["c"], "USD").tolist() == [-1]
    with pytest.raises(UsageError, match="say which one"):
        index.codes(["b"])
    assert index.groups({"b": 3})[[dollars, yuan]].tolist() == [3, 3]


def test_an_empty_table_gives_an_empty_index():
    index = MoneyIndex.from_frame(frame(("a", "b", 0, "2024-01-01")).iloc[:0])
    assert (index.n_payments, index.n_accounts) == (0, 0)


def test_a_missing_column_is_named():
    with pytest.raises(UsageError, match="lack paid_at"):
        MoneyIndex.from_frame(pd.DataFrame({"payer_account": [], "payee_account": [], "amount": []}))


@pytest.fixture
def con():
    connection = duckdb.connect(config={"threads": 2})
    yield connection
    connection.close()


ROWS = frame(
    ("a", "b", 250, "2024-03-01 09:00:00"), ("b", "c", 178, "2024-03-05 10:00:00"), ("a", "c", 5, "2023-01-01 00:00:00")
)


@pytest.mark.parametrize("rows", [ROWS, nasty(), nasty().assign(currency=["CNY", "USD", None] * 3), ROWS.iloc[:0]])
def test_a_stored_index_equals_one_in_memory(rows, con, tmp_path):
    path = tmp_path / "payments.parquet"
    rows.to_parquet(path)
    stored, memory = MoneyIndex.build(con, path, tmp_path / "index"), MoneyIndex.from_frame(rows)
    for side in ("out", "in_"):
        for name in ("offsets", "counterpart", "time", "amount", "row"):
            assert np.array_equal(getattr(getattr(stored, side), name), getattr(getattr(memory, side), name)), (
                side,
                name,
            )
    assert stored.accounts.astype(object).equals(memory.accounts.astype(object))
    assert {k: v for k, v in stored.meta.items() if k != "fingerprint"} == memory.meta
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []  # no half-written folder remains


def test_it_is_rebuilt_when_and_only_when_the_payments_change(con, tmp_path):
    folder = tmp_path / "index"
    con.register("payments", ROWS)
    MoneyIndex.build(con, con.table("payments"), folder)
    first = (folder / "meta.json").stat().st_ino
    MoneyIndex.build(con, con.table("payments"), folder)
    assert (folder / "meta.json").stat().st_ino == first
    kept = MoneyIndex.open(folder)
    for changed in (ROWS.assign(amount=[250, 179, 5]), ROWS.iloc[[1, 0, 2]]):
        con.register("payments", changed)
        before = (folder / "meta.json").stat().st_ino
        rebuilt = MoneyIndex.build(con, con.table("payments"), folder)
        assert (folder / "meta.json").stat().st_ino != before
        assert rebuilt.meta["fingerprint"] != kept.meta["fingerprint"]
    assert kept.out.amount.sum() == 43_300  # whoever had the old one open still reads the old one


def test_files_that_change_are_noticed_without_reading_them(con, tmp_path):
    path = tmp_path / "payments.parquet"
    ROWS.to_parquet(path)
    old = MoneyIndex.build(con, path, tmp_path / "index")
    ROWS.assign(amount=[250, 179, 5]).to_parquet(path)
    assert MoneyIndex.build(con, path, tmp_path / "index").out.amount.sum() == old.out.amount.sum() + 100


def test_no_index_and_a_foreign_format_are_told(tmp_path):
    with pytest.raises(UsageError, match="Build it first"):
        MoneyIndex.open(tmp_path)
    (tmp_path / "meta.json").write_text('{"format": 99}')
    with pytest.raises(UsageError, match="format 99"):
        MoneyIndex.open(tmp_path)


def test_an_account_id_is_text_and_never_sql(con, tmp_path):
    nasty = "x'); DROP TABLE payments; --"
    index = MoneyIndex.from_frame(frame((nasty, "b", 1, "2024-01-01")))
    assert index.ids(index.codes([nasty])).tolist() == [nasty]


def test_entries_are_the_payments_of_these_accounts_once_each():
    index = MoneyIndex.from_frame(ROWS)
    both = index.entries(index.codes(["a", "b"]))
    assert both["row"].tolist() == [2, 0, 1]  # in time order; the payment between a and b is there once
    assert both["amount_fen"].tolist() == [500, 25_000, 17_800]
    assert len(index.entries([])) == 0


def test_hubs_are_found_by_degree_and_by_kind_and_told():
    rows = [(f"p{k}", "tax", 10, "2024-01-01") for k in range(5)] + [("p0", "power", 3, "2024-01-02")] * 9
    index = MoneyIndex.from_frame(frame(*rows))
    hubs = HubPolicy(degree=5, kinds=("utility",)).apply(index, {"power": "utility", "p1": "bank"})
    named = dict(zip(index.ids(hubs.table["account"]), hubs.table["reason"], strict=True))
    assert named == {"tax": "degree", "power": "kind"}  # nine payments of one payer are a degree of one
    assert hubs.table.set_index("reason").loc["degree", "payers"] == 5
    assert hubs.blocked.sum() == 2
    assert "2" in hubs.told.zh
    assert "2 hub" in hubs.told.en
    keep = HubPolicy(degree=5, kinds=(), treatment="keep").apply(index)
    assert keep.table["account"].nunique() == 1
    assert not keep.blocked.any()


@pytest.mark.parametrize("bad", [{"degree": 1}, {"treatment": "drop"}])
def test_a_nonsensical_policy_is_refused(bad):
    with pytest.raises(UsageError):
        HubPolicy(**bad)
