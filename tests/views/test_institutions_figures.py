"""Charts of institutions: what is drawn, what is left out, and axes that say their unit."""

from __future__ import annotations

import pandas as pd

from caselens.core.text import Text
from caselens.views import institutions as pictures
from caselens.views import notes_of

DAY = pd.Timestamp("2024-01-01")


def test_the_ladder_is_drawn_in_one_unit_with_cash_beside_it():
    rows = [("A", "<b>甲</b>", months, due, 3e8) for months, due in ((12, 4e8), (6, 2e8), (1, 1e8))]
    ladder = pd.DataFrame(rows, columns=["borrower_id", "borrower", "months", "due", "cash"])
    drawn = pictures.debt_ladder(ladder, "zh")
    assert [list(trace.y) for trace in drawn.data] == [[4.0], [2.0], [1.0], [3.0]], "in 亿元"
    assert "亿元" in drawn.layout.yaxis.title.text
    assert drawn.data[0].x[0] == "&lt;b&gt;甲&lt;/b&gt;", "plotly reads tags"


def test_years_without_cases_stay_in_the_heat_map():
    days = pd.to_datetime(["2020-01-01", "2022-05-01", "2022-06-01"])
    records = pd.DataFrame({"unit": ["甲", "甲", "乙"], "filed_on": days})
    drawn = pictures.unit_heat(records, "zh", units=1)
    assert list(drawn.data[0].x) == ["2020", "2021", "2022"] and drawn.data[0].z.tolist() == [[1, 0, 1]]
    assert notes_of(drawn) == ["另有 1 个未绘出，见表"]


def test_the_queue_keeps_what_was_decided_at_once():
    rows = pd.DataFrame({
        "submitted_on": [DAY, DAY], "days": [0, 40], "state": ["decided", "pending"], "is_listed": [True, False],
        "applicant": ["甲", "乙"], "authority": ["局", "局"],
    })  # fmt: skip
    drawn = pictures.queue(rows, "en")
    assert [list(trace.y) for trace in drawn.data] == [[1], [40]], "a log scale has no nought"
    assert drawn.data[0].customdata[0][2] == "0" and drawn.layout.yaxis.type == "log"


def test_pay_ahead_of_progress_has_its_own_mark_and_unknown_ones_are_counted():
    rows = pd.DataFrame({
        "contract_id": ["1", "2", "3"], "project": ["路", "桥", "渠"], "paid_share": [0.8, 0.5, None],
        "certified_share": [0.5, 0.5, 0.2],
    })  # fmt: skip
    drawn = pictures.pay_and_progress(rows, "en")
    assert list(drawn.data[1].marker.symbol) == ["triangle-up", "circle"]
    assert notes_of(drawn) == ["1 contracts without certificate or payment are not drawn"]


def test_the_whole_chain_adds_up_only_what_has_every_sum():
    chain = pd.DataFrame({"estimate": [1e7, 2e7, 5e7], "budget": [9e6, 1.9e7, None]})
    drawn = pictures.whole_chain(chain, {"estimate": Text("估算", "Estimate"), "budget": Text("预算", "Budget")}, "zh")
    # 3,000 and 2,800 万元: the waterfall shows the first and the change.
    assert list(drawn.data[0].y) == [3000.0, -200.0]
    assert notes_of(drawn) == ["2 个项目各环节金额齐全，计入本图；1 个缺数，未计入"]


def test_nothing_to_draw_is_said():
    for draw in (pictures.unit_heat, pictures.queue, pictures.debt_ladder, pictures.tenures, pictures.refusals):
        assert draw(pd.DataFrame(), "zh").layout.annotations[0].text == "没有可绘制的数据"
