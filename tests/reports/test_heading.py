"""The head of a report: secrecy mark, copy number, reader and date, as the office set them."""

from datetime import date

import pytest

from caselens.core.errors import UsageError
from caselens.reports.heading import head

SET = {"secrecy": "内部资料", "copy_number": 3, "reader": "佟望舒", "date": date(2026, 7, 1)}


def test_what_is_configured_stands_in_order():
    assert head(SET, "zh") == "内部资料 · 份号：3 · 阅件人：佟望舒 · 日期：2026-07-01"
    assert head(SET, "en") == "内部资料 · Copy: 3 · Reader: 佟望舒 · Date: 2026-07-01"
    assert head({}, "zh") == ""


def test_a_redacted_edition_says_so_and_does_not_name_its_reader():
    assert head(SET, "zh", redacted=True) == "内部资料 · 脱敏版 · 份号：3 · 日期：2026-07-01"
    assert head({}, "en", redacted=True) == "Redacted edition"


@pytest.mark.parametrize("wrong", [{"secret": "x"}, {"reader": ["x"]}, {"copy_number": True}, {"date": 1.5}])
def test_what_cannot_be_meant_is_refused(wrong):
    with pytest.raises(UsageError, match=r"\[report\]"):
        head(wrong, "zh")


def test_a_new_head_does_not_make_the_city_be_screened_again(tmp_path):
    from caselens.workspace import Workspace

    workspace = Workspace.create(tmp_path / "w", "一")
    settings = workspace.folder.settings
    before, text = workspace.fingerprint(), settings.read_text("utf-8")
    settings.write_text(text.replace('title = "一"', 'title = "二"') + '\n[report]\nsecrecy = "内部资料"\n', "utf-8")
    assert workspace.fingerprint() == before
    settings.write_text(text + "\n[parameters.flow-drip]\nmax_median = 20000\n", "utf-8")
    assert workspace.fingerprint() != before
