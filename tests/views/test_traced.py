"""The picture of a trace: the same sums as its tables, every end drawn, nothing left out unsaid."""

from __future__ import annotations

import pandas as pd

from caselens.core.text import Text
from caselens.views.figures import notes_of
from caselens.views.traced import traced_sankey

METHODS = {"fifo": Text("先进先出", "FIFO"), "lifo": Text("后进先出", "LIFO")}
#: S pays M 800,000 in two legs; M passes 680,000 on to <K>; by LIFO it would be 600,000 only.
LEGS = pd.DataFrame(
    [
        ("S", "M (A1)", 500_000.0, 500_000.0),
        ("S", "M (A1)", 300_000.0, 300_000.0),
        ("M (A1)", "<K> (A2)", 680_000.0, 6e5),
    ],
    columns=["payer", "payee", "fifo", "lifo"],
)
ENDS = pd.DataFrame(
    [("<K> (A2)", "留存", 680_000.0, 6e5), ("M (A1)", "留存", 120_000.0, 2e5), ("X (A3)", "现金", 0.0, 1.0)],
    columns=["account", "reason", "fifo", "lifo"],
)


def bands(figure):
    (drawn,) = figure.data
    names = list(drawn.node.label)
    ends = zip(drawn.link.source, drawn.link.target, drawn.link.value, strict=True)
    return {(names[source], names[target]): value for source, target, value in ends}


def test_bands_are_as_wide_as_the_first_method_says_in_wan():
    # 500,000 + 300,000 = 80 万; 68 passed on, 12 stayed. What FIFO carries nothing over is not drawn.
    assert bands(traced_sankey(LEGS, ENDS, METHODS, "zh")) == {
        ("S 80万元", "M 80万元"): 80.0,
        ("M 80万元", "&lt;K&gt; 68万元"): 68.0,
        ("&lt;K&gt; 68万元", "留存 80万元"): 68.0,
        ("M 80万元", "留存 80万元"): 12.0,
    }


def test_pointing_at_a_band_gives_every_method():
    (drawn,) = traced_sankey(LEGS, ENDS, METHODS, "en").data
    assert "FIFO: CNY 680,000<br>LIFO: CNY 600,000" in list(drawn.link.customdata)


def test_origins_stand_before_the_accounts():
    found = bands(traced_sankey(LEGS.head(0), ENDS, METHODS, "zh", forward=False))
    assert found == {("留存 80万元", "&lt;K&gt; 68万元"): 68.0, ("留存 80万元", "M 12万元"): 12.0}


def test_smaller_hops_are_counted_and_two_accounts_of_one_holder_stay_two():
    figure = traced_sankey(LEGS, ENDS.assign(account=["M (A2)", "M (A1)", "X"]), METHODS, "zh", hops=3)
    assert any("1 个环节未绘出" in note for note in notes_of(figure))
    assert any(label.startswith("M (A1) ") for label in figure.data[0].node.label)


def test_a_trace_without_money_draws_nothing_and_says_so():
    assert not traced_sankey(LEGS.head(0), ENDS.head(0), METHODS, "en").data
