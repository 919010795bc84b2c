"""The arithmetic guard: formulas, rounding, units, and sums of tables."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.indicators._arith import Figure, Unreadable, calculate, other_units, tokens
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
INDICATOR = INDICATORS["data-arith-reconcile"]
HEAD = "figure_id,document,label,value,unit,formula\n"


def answer(given: Given, figures: str, **more: str) -> Answer:
    return evaluate(INDICATOR, given({"stated_figures": HEAD + figures} | more))


def state(found: Answer, figure: str) -> str:
    return str(found.assessed.set_index("subject_id").loc[figure, "state"])


def value(formula: str, **values: float) -> float:
    return calculate(tokens(formula, {name: name for name in values}), values)


def test_precedence_brackets_signs_and_full_width_signs() -> None:
    assert value("a + b * c - d / 2", a=1, b=2, c=3, d=4) == 5
    assert value("-(a - b) × c ÷ 2", a=1, b=3, c=4) == 4
    assert value("（a＋b）*10%", a=1, b=3) == pytest.approx(0.4)
    assert value("total = a + b", a=1, b=3) == 4


@pytest.mark.parametrize(
    "formula", ["a +", "(a", "a b", "a / 0", "a ** b", "__import__('os')", "a.real", "a + missing", "", "((((" * 40]
)
def test_what_is_no_formula_is_refused(formula: str) -> None:
    with pytest.raises(Unreadable):
        value(formula, a=1.0, b=2.0)


@drawn(st.lists(st.tuples(st.sampled_from("+-*"), st.integers(1, 99)), min_size=1, max_size=8))
def test_it_calculates_as_python_does(steps: list[tuple[str, int]]) -> None:
    text = "7" + "".join(f" {sign} {number}" for sign, number in steps)
    assert value(text) == pytest.approx(eval(text))  # digits and signs only


def test_the_interest_saved_is_right_per_mille_only(given: Given) -> None:
    found = answer(
        given,
        "p,报告,本金,5,亿元,\na,报告,原,4,%,\nb,报告,现,3,%,\ny,报告,年限,5,年,\ns,报告,节约,250,万元,p*(a-b)*y\n",
    )
    (lead,) = found.leads.to_dict("records")
    # 5e8 x 1 % x 5 = 25,000,000, of which 2,500,000 are a tenth: off by 90 %, and right at one per mille.
    assert lead["value"] == pytest.approx(0.9) and lead["amount"] == pytest.approx(22_500_000)
    assert "→‰" in lead["what_zh"]


def test_the_published_figures_that_are_right_come_out_clean(given: Given) -> None:
    figures = (
        "a,通报,节约,4.7,亿元,\nb,通报,节资率,22.16,%,\nc,通报,预算,21.2,亿元,a / b\n"
        "d,通报,估算,6.24,亿元,\ne,通报,实际,2.9,亿元,\nf,通报,降幅,53.5,%,(d - e) / d\n"
        "g,通报,节约额,208,万元,\nh,通报,比例,48.45,%,\ni,通报,基数,429,万元,g / h\n"
    )
    found = answer(given, figures)
    assert [state(found, name) for name in "cfi"] == ["clean"] * 3


def test_rounding_is_taken_from_the_printed_decimals_and_whole_numbers_are_exact(given: Given) -> None:
    # 3.6 x 48 = 172.8; 3.6 may be 3.55 to 3.65, so 170.4 to 175.2 are right; 4 x 48 = 192 only, within 0.5 %.
    assert state(answer(given, "a,d,,3.6,万元,\nb,d,,48,个,\nc,d,,175,万元,a*b\n"), "c") == "clean"
    assert state(answer(given, "a,d,,3.6,万元,\nb,d,,48,个,\nc,d,,176,万元,a*b\n"), "c") == "hit"
    assert state(answer(given, "a,d,,4,万元,\nb,d,,48,个,\nc,d,,193,万元,a*b\n"), "c") == "hit"


def test_one_sum_in_another_unit() -> None:
    # 3.6万 x 48 = 172.8万: 172.8亿 comes true if the result is in 万元, or if the price was 3.6亿.
    stated, parts = Figure("c", 172.8, "亿元"), tokens("a*b", {"a": "a", "b": "b"})
    rest = {"a": Figure("a", 3.6, "万元"), "b": Figure("b", 48, "个")}
    assert [dict(reading.units) for reading in other_units(parts, stated, rest, 0.005)] == [
        {"a": "亿元"},
        {"c": "万元"},
    ]
    # 1.728亿 is a hundred times as much: no unit makes it right.
    assert not other_units(parts, Figure("c", 1.728, "亿元"), rest, 0.005)


def test_tables_are_notes(given: Given) -> None:
    tables = {
        "organizations": "org_id,name\nU,局\nA,甲公司\nB,乙公司\n",
        "tenders": "tender_id,buyer_id,method,published_on,deadline_at\nT,U,open,2020-02-01,2020-01-20 09:00:00\n",
        # A: 2 x 30 + 40 = 100 stands as 100; B: 2 x 30 + 50 = 110 stands as 105.
        "bids": "tender_id,bidder_id,price\nT,A,100\nT,B,105\n",
        "bid_items": "tender_id,bidder_id,item_no,quantity,unit_price\nT,A,1,2,30\nT,A,2,1,40\nT,B,1,2,30\n"
        "T,B,2,1,50\n",
    }
    found = answer(given, "a,d,,3,个,\n", **tables)
    assert sorted(found.leads["lead"]) == ["bids|T|B", "tenders.deadline_at|T"]
    assert set(found.leads["severity"]) == {"note"}
    assert state(found, "bids") == "hit"
