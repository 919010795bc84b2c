"""The index of cases."""

import pandas as pd
import pytest

from caselens.reports import index_page

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
