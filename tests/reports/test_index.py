"""The index of cases."""

import pandas as pd
import pytest

from caselens.reports import index_page
from caselens.reports.index import with_editions

CASES = pd.DataFrame(
    [
        {
            "case_id": "c1",
            "title": "城南路网",
            "path": "c1/zh/index.html",
            "leads": 3,
            "amount": 1_780_000.0,
            "failed": False,
        },
        {"case_id": "c2", "title": "<b>二</b>", "path": "c 2/index.html", "leads": 0, "amount": None, "failed": True},
    ]
)


def test_each_case_has_a_link_its_figures_and_whether_it_failed():
    html = index_page(CASES, "zh")
    assert '<a href="c1/zh/index.html">城南路网</a>' in html and "178万元" in html
    assert '<a href="c%202/index.html">&lt;b&gt;二&lt;/b&gt;</a>' in html and "未能生成" in html
    assert "不等于没有问题" in html


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../x.html", "javascript:alert(1)", "https://x/y", "a\\b", "a/../../b"]
)
def test_a_link_cannot_leave_the_folder(path):
    with pytest.raises(ValueError, match="relative"):
        index_page(CASES.assign(path=path), "zh")


def test_an_index_of_no_case_says_so():
    assert "共 0 个案件" in index_page(CASES.head(0), "zh")


UNITS = pd.DataFrame(
    [
        ("c1", "城南路网", "c1/zh/index.html", "住建局", 3, 1, 0, 0, False),
        ("c2", "城北学校", "c2/zh/index.html", "教育局", 0, 0, 2, 0, False),
        ("c3", "城西医院", "c3/zh/index.html", "住建局", 5, 0, 0, 1, True),
    ],
    columns=["case_id", "title", "path", "unit", "leads", "new", "changed", "gone", "failed"],
)


def test_what_is_new_since_last_time_comes_first():
    html = index_page(UNITS, "zh")
    assert "新增线索 1 条，涉及 1 个案件。" in html and "证据有变化的 2 条，涉及 1 个案件。" in html
    assert "本次不再出现的 1 条" in html and "1 个案件的报告未能生成。" in html
    same = index_page(UNITS.assign(new=0, changed=0, gone=0, failed=False), "en")
    assert "Nothing has changed." in same


def test_units_are_summed():
    html = index_page(UNITS, "en")
    table = html[html.index('id="units"') : html.index("</table>", html.index('id="units"'))]
    # The first unit has cases c1 and c3: 3 + 5 findings; the second one c2.
    assert (
        '<th scope="row">住建局</th><td class="number" data-sort="2">2</td><td class="number" data-sort="8">8' in table
    )
    assert (
        '<th scope="row">教育局</th><td class="number" data-sort="1">1</td><td class="number" data-sort="0">0' in table
    )


def test_editions_and_workbook_are_linked_where_they_exist(tmp_path):
    for place in ("c1/zh/index.html", "c1/en/index.html", "c1/zh-redacted/index.html", "c1/zh/evidence.xlsx"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text("x")
    html = index_page(with_editions(UNITS, tmp_path), "zh")
    for place in ("c1/en/index.html", "c1/zh-redacted/index.html", "c1/zh/evidence.xlsx"):
        assert f'href="{place}"' in html
    assert "c1/en-redacted" not in html and "c2/en" not in html


def test_a_thousand_cases_are_one_small_page():
    many = pd.concat([UNITS.assign(case_id=f"c{n}", title=f"案件{n}") for n in range(334)], ignore_index=True)
    html = index_page(many, "zh")
    assert html.count("<tr data-unit") == 1002
    assert len(html.encode()) < 1_500_000
