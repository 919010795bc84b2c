"""Periods of authority joined where they overlap: on every day they say what the single facts say."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import pandas as pd
from hypothesis import given as examples
from hypothesis import strategies as st

from caselens.relations import merged

START = date(2020, 1, 1)
days = st.none() | st.integers(0, 20).map(lambda n: START + timedelta(days=n))


def spans(rows: list[tuple[str, date | None, date | None]]) -> list[tuple[str, date | None, date | None]]:
    frame = pd.DataFrame(rows, columns=["k", "since", "until"])
    table = ibis.memtable(frame, schema={"k": "string", "since": "date", "until": "date"})
    found = merged(table, ("k",)).to_pyarrow().to_pylist()
    return sorted(((row["k"], row["since"], row["until"]) for row in found), key=str)


def test_overlapping_periods_become_one_and_open_ends_stay_open() -> None:
    a, b, c, d, e = (START + timedelta(days=n) for n in (0, 5, 6, 9, 15))
    # a-c and b-d overlap; e alone; of y one has no beginning and one no end, apart.
    rows = [("x", a, c), ("x", b, d), ("x", e, e), ("y", None, a), ("y", d, None), ("x", a, c)]
    assert set(spans(rows)) == {("x", a, d), ("x", e, e), ("y", d, None), ("y", None, a)}


@examples(
    st.lists(
        st.tuples(st.sampled_from("xy"), days, days).filter(lambda r: not (r[1] and r[2] and r[2] < r[1])), max_size=8
    )
)
def test_every_day_is_covered_as_before(rows: list[tuple[str, date | None, date | None]]) -> None:
    found = spans(rows) if rows else []
    for key in "xy":
        for n in range(-1, 23):
            day = START + timedelta(days=n)
            before, after = (
                sum(k == key and (s is None or s <= day) and (u is None or day <= u) for k, s, u in some)
                for some in (rows, found)
            )
            assert after == min(before, 1)
