"""Charts: sums by hand, currencies apart, names harmless, and what is left out is said."""

import pandas as pd
import pytest

from caselens.core.text import Text
from caselens.tables import code_label
from caselens.views import cost_chain, flows_sankey, money_by_month, notes_of, timeline

COLUMNS = ["paid_at", "payer", "payee", "payer_name", "payee_name", "amount", "currency"]
NO_EVENTS = pd.DataFrame(columns=["when", "kind", "label", "parties", "table", "key"])


def payments(*rows):
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.assign(payer_account=frame["payer"], payee_account=frame["payee"])


GIVEN = payments(
    ("2021-05-06", "f", "i", "金桥公司", "启衡咨询", 2_500_000, "CNY"),
    ("2021-05-20", "i", "r", "启衡咨询", "沈若兰", 1_000_000, "CNY"),
    ("2021-06-02", "i", "r", "启衡咨询", "沈若兰", 780_000, "CNY"),
    ("2021-06-03", "i", "r", "启衡咨询", "沈若兰", 500, "USD"),
)


def test_flows_are_summed_by_payer_and_payee_in_one_currency():
    figure = flows_sankey(GIVEN, "zh")
    (sankey,) = figure.data
    # 250 万 and 100 + 78 = 178 万; the dollars are not added to yuan but told.
    assert list(sankey.link.value) == [250.0, 178.0]
    assert sankey.valuesuffix == " 万元"
    assert notes_of(figure) == ["另有 1 笔其他币种（USD）未计入"]


def test_parties_of_one_name_stay_apart():
    frame = payments(
        ("2021-01-01", "a1", "b", "王伟", "李娜", 10, "CNY"), ("2021-01-02", "a2", "b", "王伟", "李娜", 20, "CNY")
    )
    (sankey,) = flows_sankey(frame, "en").data
    assert sorted(sankey.link.value) == [10.0, 20.0]


def test_small_flows_are_gathered_not_lost():
    frame = payments(*(("2021-01-01", f"p{n}", "hub", f"甲{n}", "乙", 100 + n, "CNY") for n in range(10)))
    figure = flows_sankey(frame, "en", flows=3)
    assert sum(figure.data[0].link.value) == sum(range(100, 110))
    assert notes_of(figure) == ["7 smaller flows are gathered as “Others”"]


def test_months_show_what_came_in_above_and_what_went_out_below():
    figure = money_by_month(GIVEN, "zh", parties=["i"])
    received, paid = figure.data
    assert (list(received.y), list(paid.y)) == ([250.0], [-100.0, -78.0])
    assert figure.layout.yaxis.title.text == "金额（万元）"
    assert [str(month)[:7] for month in paid.x] == ["2021-05", "2021-06"]
    # Two months of bars in a picture of twelve: five before May, five after June.
    assert [str(day)[:7] for day in figure.layout.xaxis.range] == ["2020-12", "2021-11"]


def test_money_between_the_parties_themselves_is_neither_income_nor_expense():
    figure = money_by_month(GIVEN, "en", parties=["i", "r"])
    received, paid = figure.data
    # The 1,000,000 and 780,000 stay within {i, r}; the largest bar is 2.5 million, so the axis is in millions.
    assert (list(received.y), list(paid.y)) == ([2.5], [])
    assert "2 transfers between accounts of one party are not drawn" in notes_of(figure)


def test_payments_without_a_date_are_told():
    frame = payments((None, "a", "b", "甲", "乙", 10, "CNY"), ("2021-01-01", "a", "b", "甲", "乙", 20, "CNY"))
    figure = money_by_month(frame, "zh")
    assert list(figure.data[0].y) == [20.0]
    assert notes_of(figure) == ["1 笔无日期未计入"]


def test_the_time_line_has_a_lane_for_each_flow_and_each_kind_of_decision():
    events = pd.DataFrame(
        [
            {
                "when": "2021-04-30",
                "kind": "批准",
                "label": Text("批准合同", "approved"),
                "parties": "",
                "table": "",
                "key": "",
            }
        ]
    )
    figure = timeline(GIVEN, events, "zh")
    assert list(figure.layout.yaxis.categoryarray) == ["启衡咨询 → 沈若兰", "金桥公司 → 启衡咨询", "决策事项：批准"]
    assert list(figure.data[1].customdata) == ["批准合同"]


def test_many_payments_are_summed_by_month_and_nothing_is_lost():
    frame = payments(*(("2021-01-01", "a", "b", "甲", "乙", 1, "CNY") for _ in range(1501)))
    figure = timeline(frame, NO_EVENTS, "zh")
    assert [list(item) for item in figure.data[0].customdata] == [["1,501元", "1,501"]]
    assert notes_of(figure) == ["气泡为每组往来按月合计"]


def test_a_cost_chain_steps_from_stage_to_stage():
    steps = pd.DataFrame({"label": [Text("概算", "approved estimate"), Text("合同", "contract"), Text("决算", "final")],
                          "amount": [300e6, 240e6, None]})  # fmt: skip
    figure = cost_chain(steps, "zh")
    (waterfall,) = figure.data
    # 3.0 亿, then 2.4 - 3.0 = -0.6 亿, which is 20 % less.
    assert [round(value, 10) for value in waterfall.y] == [3.0, -0.6]
    assert waterfall.text[1] == "2.4亿元<br>-20.0%"
    assert notes_of(figure) == ["缺少金额的环节：决算"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_hostile_names_reach_plotly_escaped(language):
    hostile = "<a href='javascript:1'>x</a>"
    frame = payments(("2021-01-01", "a", "b", hostile, hostile + "2", 10, "CNY"))
    events = pd.DataFrame([{"when": "2021-01-01", "kind": hostile, "label": hostile}])
    drawn = [
        flows_sankey(frame, language).to_json(),
        timeline(frame, events, language).to_json(),
        cost_chain(pd.DataFrame({"label": [hostile], "amount": [1.0]}), language).to_json(),
    ]
    assert not [text for text in drawn if "<a" in text or "\\u003ca" in text]


@pytest.mark.parametrize(
    "draw", [flows_sankey, money_by_month, lambda frame, language: timeline(frame, NO_EVENTS, language)]
)
def test_no_payments_give_a_chart_that_says_so(draw):
    figure = draw(payments(), "en")
    assert not figure.data
    assert figure.layout.annotations[0].text == "Nothing to draw"


def test_a_stratum_is_called_by_words_and_an_unknown_form_stays_as_it_is():
    from caselens.views.bid_figures import stratum_words

    stratum = "lowest_evaluated_price | 市政 | 道路 | no ceiling | 3-4 bids | rule 2"
    label = code_label("tenders", "evaluation_method", "lowest_evaluated_price")
    assert stratum_words(stratum, "zh") == f"{label.zh}，市政 | 道路，无限价，3-4 家，规则 2"
    assert stratum_words("? | 市政 | ceiling | 5-7 bids | one rule", "en") == "method unknown, 市政, ceiling, 5-7 bids"
    assert stratum_words("something else", "zh") == "something else"
