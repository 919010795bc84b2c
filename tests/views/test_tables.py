"""Tables that can be read aloud, with units, locators and the number of rows left out."""

import re

import pandas as pd

from caselens.core.text import Text
from caselens.views import labels_of, readable_codes, table

FRAME = pd.DataFrame(
    {
        "name": ["顾明远", "<b onmouseover='x'>"],
        "amount": [1234.5, None],
        "share": [0.712, 0.5],
        "source_file": ["流水.xlsx", "a.csv"],
        "source_sheet": ["明细", None],
        "source_row": [12, 3],
    }
)


def test_headings_have_scope_unit_and_label():
    html = table(
        FRAME, "zh", {"name": Text("姓名", "Name"), "amount": Text("金额", "Amount")}, kinds={"amount": "money"}
    ).html
    heads = re.findall(r"<th scope=\"col\"[^>]*>(.*?)</th>", html)
    assert heads == ["姓名", "金额（元）", "share", "出处（文件 › 表 › 行）"]
    assert '<th scope="row">顾明远</th>' in html


def test_values_are_written_for_a_reader_and_missing_ones_are_seen():
    html = table(FRAME, "en", kinds={"amount": "money", "share": "share"}).html
    assert ">1,234.50</td>" in html and ">71.2 %</td>" in html and ">—</td>" in html


def test_a_row_s_place_can_be_copied():
    html = table(FRAME, "zh").html
    assert 'data-copy="流水.xlsx › 明细 › 第 12 行"' in html
    assert 'data-copy="a.csv › 第 3 行"' in html


def test_no_value_becomes_markup():
    html = table(FRAME, "en").html
    assert "<b" not in html.replace("<button", "").replace("<body", "")
    assert "&lt;b onmouseover=&#x27;x&#x27;&gt;" in html


def test_what_is_left_out_is_counted():
    many = pd.DataFrame({"n": range(1234)})
    assert "列出前 200 行，共 1,234 行" in table(many, "zh", limit=200).html
    assert table(many, "zh", limit=200).html.count("<tr>") == 201
    assert "No rows" in table(many.head(0), "en", caption="Payments").html


def test_codes_and_parties_are_called_by_their_names():
    tenders = pd.DataFrame({"tender_id": ["t1"], "buyer_id": ["g1"], "method": ["open"]})
    shown = readable_codes(tenders, "tenders", "zh", {"g1": "云岭市住建局"})
    assert shown.loc[0, "buyer_id"] == "云岭市住建局"
    assert shown.loc[0, "method"] != "open" and re.search(r"[\u4e00-\u9fff]", shown.loc[0, "method"])
    assert tenders.loc[0, "buyer_id"] == "g1", "the caller's frame is not changed"


def test_labels_come_from_the_declaration():
    assert labels_of("payments")["amount"].zh and labels_of("no_such_table") == {}
