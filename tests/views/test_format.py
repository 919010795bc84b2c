"""Values as a reader sees them."""

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caselens.views import escape, locator, money, share
from caselens.views._format import data_block, money_scale, plot_text, visible


@pytest.mark.parametrize(
    ("amount", "zh", "en"),
    [
        (Decimal("9800.00"), "9,800元", "CNY 9,800"),
        (9_999.99, "9,999.99元", "CNY 9,999.99"),
        (73_300, "7.33万元", "CNY 73,300"),
        (1_780_000, "178万元", "CNY 1,780,000"),
        (99_999_999.99, "99,999,999.99元", "CNY 99,999,999.99"),  # 万 with two decimals would lose a cent
        (1_234_567.89, "1,234,567.89元", "CNY 1,234,567.89"),
        (123_456_700, "12,345.67万元", "CNY 123,456,700"),  # 1.234567 亿 has too many decimals, 12,345.67 万 has two
        (0.1 + 0.2, "0.30元", "CNY 0.30"),
        (197_000_000, "1.97亿元", "CNY 197,000,000"),
        (-25_000, "-2.5万元", "CNY -25,000"),
        (None, "—", "—"),
        (float("nan"), "—", "—"),
        (pd.NA, "—", "—"),
    ],
)
def test_money_is_written_in_the_units_of_its_readers(amount, zh, en):
    assert money(amount, "zh") == zh
    assert money(amount, "en") == en


def test_evidence_shows_every_cent_and_another_currency_is_named():
    assert money(1_780_000, "zh", exact=True) == "1,780,000.00元"
    assert money(float("inf"), "zh") == "—"
    assert money(12_000, "zh", currency="USD") == "1.2万 USD"
    assert money(12_000, "en", currency="USD") == "USD 12,000"


def test_only_a_picture_rounds():
    assert money(3_546_926.40, "zh", rounded=True) == "354.69万元"
    assert money(99_999_999.99, "zh", rounded=True) == "1亿元"  # 10,000 万 is 1 亿
    assert money(123_456_700, "zh", rounded=True) == "1.23亿元"
    assert money(3_546_926.40, "en", rounded=True) == "CNY 3,546,926"
    assert money(86.5, "zh", rounded=True) == "86.50元"


@given(st.integers(-(10**15), 10**15))
def test_no_cent_is_lost_whatever_the_unit(cents):
    written = money(Decimal(cents) / 100, "zh").removesuffix("元").replace(",", "")
    factor = {"万": 10_000, "亿": 100_000_000}.get(written[-1], 1)
    assert Decimal(written.rstrip("万亿")) * factor * 100 == cents


def test_an_axis_has_one_unit_for_its_largest_value():
    assert money_scale(9_999, "zh") == (1.0, "元")
    assert money_scale(250_000, "zh") == (1e4, "万元")
    assert money_scale(624_000_000, "zh") == (1e8, "亿元")
    assert money_scale(624_000_000, "en") == (1e6, "CNY million")


def test_a_locator_names_file_sheet_and_row():
    assert locator("银行/流水.xlsx", "明细", 12, "zh") == "银行/流水.xlsx › 明细 › 第 12 行"
    assert locator("a.csv", "", 3, "en") == "a.csv › row 3"


def test_a_share_is_per_cent():
    assert share(0.712) == "71.2 %"


def test_characters_that_hide_or_reorder_text_are_spelled_out():
    # U+202E turns the rest of the line round: a file "…exe" would read "…txt".
    assert visible("a\u202etxt.exe") == "a⟦U+202E⟧txt.exe"
    assert visible("顾\u200b明远\x00") == "顾⟦U+200B⟧明远⟦U+0000⟧"


@given(st.text())
def test_escaped_text_can_open_neither_tag_nor_entity_nor_end_a_quote(text):
    safe = escape(text)
    assert not set(safe) & set("<>\"'")
    assert "&" not in safe.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "").replace("&quot;", "").replace(
        "&#x27;", ""
    )


@given(st.text())
def test_a_data_block_never_holds_a_character_that_html_acts_on_and_reads_back(text):
    import json

    block = data_block({"name": text})
    assert not set(block) & set("<>&\u2028\u2029")
    assert json.loads(block) == {"name": text}


def test_plotly_gets_no_tag():
    assert plot_text("<a href='x'>顾</a>") == "&lt;a href='x'&gt;顾&lt;/a&gt;"
