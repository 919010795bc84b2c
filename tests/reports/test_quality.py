"""The data-quality sections: sums that agree, refusals and quarantined rows told, in the reader's words."""

import re

import pandas as pd
import pytest

from caselens.reports import Quality


class Delivered:
    """Two files, one of them refused; one row in quarantine, with a cell that tries to be markup."""

    def sources(self):
        columns = ["source_file", "table", "reader", "rows_in", "rows_accepted", "rows_quarantined", "rows_repeated"]
        rows = [("payments.csv", "payments", "canonical", 12, 9, 1, 2), ("truth.json", None, None, 0, 0, 0, 0)]
        return pd.DataFrame(rows, columns=columns).assign(refusal=["", "no reader recognises it"])

    def notes(self):
        rows = [
            ("a.xlsx", "info", "编码 GB18030", "GB18030", "", 0),
            ("a.xlsx", "warning", "合计不符", "off", "表", 7),
        ]
        return pd.DataFrame(rows, columns=["source_file", "kind", "zh", "en", "sheet", "row"])

    def quarantine(self):
        rows = [("payments.csv", "", 5, "payments", "amount: below 0", "<img src=x onerror=hit()>")]
        return pd.DataFrame(rows, columns=["source_file", "source_sheet", "source_row", "table", "reasons", "raw"])

    def tables(self):
        return pd.DataFrame(
            [("payments", "资金往来", "Payments", 9)], columns=["table", "label_zh", "label_en", "rows"]
        )

    def coverage(self):
        rows = [("flow-drip", 5, "小额", "Small sums", ""), ("x", 6, "持股", "Stake", "kinships.relation")]
        return pd.DataFrame(rows, columns=["indicator", "number", "title_zh", "title_en", "lacks"])


def words(fragment):
    return re.sub(r"<[^>]*>", " ", fragment.html)


def test_the_rows_of_all_files_add_up_in_one_sentence():
    text = words(Quality(Delivered()).files("zh"))
    # 12 = 9 + 1 + 2
    assert "2 个文件，读入 12 行 = 接受 9 + 隔离 1 + 完全重复 2；1 个文件未能读取" in text
    assert "no reader recognises it" in text and "资金往来" in text


def test_warnings_come_before_information_and_a_note_on_the_whole_file_has_no_row():
    text = words(Quality(Delivered()).notes("zh"))
    assert text.index("合计不符") < text.index("GB18030")
    assert "a.xlsx › 表 › 第 7 行" in text and "第 0 行" not in text


def test_a_quarantined_row_is_shown_as_it_stood_and_harmless():
    html = Quality(Delivered()).quarantine("en").html
    assert "&lt;img src=x onerror=hit()&gt;" in html and "<img" not in html
    assert "payments.csv › row 5" in html


def test_what_a_question_lacks_is_said_in_words():
    text = words(Quality(Delivered()).coverage("zh"))
    assert "可以提出" in text and "缺少" in text and "kinships.relation" not in text


@pytest.mark.parametrize("section", ["files", "notes", "quarantine", "tables", "coverage"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_empty_workspace_has_every_section(section, language):
    class Empty(Delivered):
        def __getattribute__(self, name):
            return lambda: getattr(Delivered(), name)().head(0)

    assert getattr(Quality(Empty()), section)(language).html
