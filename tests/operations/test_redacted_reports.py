"""Redacted editions of a batch: looked through before they are put in place, and clean down to their file names."""

import csv
import io
import json

import pytest
from tests.cities import desk_of
from tests.reports.test_redacted import CITY

from caselens.operations._redacted import passed
from caselens.operations.batch import write_reports
from caselens.reports._gate import Gate
from caselens.reports._known import FREE, naming
from caselens.reports.pool import Ended
from caselens.reports.workbook import WORKBOOK, evidence_workbook
from caselens.tables import TABLES

#: Whole runs through files and processes: minutes together.
pytestmark = pytest.mark.long


def values():
    for table, text in CITY.items():
        columns = {column.name for column in naming(TABLES[table])} | FREE.get(table, frozenset())
        for row in csv.DictReader(io.StringIO(text)):
            yield from (value for name, value in row.items() if name in columns and value)


def ended(reason="", cut=""):
    return Ended({"language": "zh", "beside": [WORKBOOK]}, reason, cut)


@pytest.fixture
def scratch(tmp_path):
    (tmp_path / "s").mkdir()
    return tmp_path / "s"


def test_a_clean_page_passes(scratch, tmp_path):
    (scratch / "page.html").write_text("<p>人员K7Q2X</p>", encoding="utf-8")
    assert passed(ended(), scratch, tmp_path / "c" / "zh-redacted" / "index.html", Gate(["佟望舒"])).reason == ""


def test_a_page_or_workbook_with_a_known_value_is_not_put_in_place(scratch, tmp_path):
    page = tmp_path / "c" / "zh-redacted" / "index.html"
    (scratch / "page.html").write_text("<p>佟望舒</p>", encoding="utf-8")
    told = passed(ended(), scratch, page, Gate(["佟望舒", "没有的人"]))
    assert "1 处已知身份信息" in told.reason and "佟望舒" not in told.reason


def test_a_workbook_is_looked_through_as_well(scratch, tmp_path):
    from tests.reports.conftest import InventedCase

    (scratch / "page.html").write_text("<p></p>", encoding="utf-8")
    evidence_workbook(InventedCase(), scratch / WORKBOOK, "zh")
    assert passed(ended(), scratch, tmp_path / "c" / "zh" / "index.html", Gate(["启衡咨询中心"])).reason


def test_a_failure_does_not_quote_the_data_and_its_log_stays_in_the_office(scratch, tmp_path):
    page = tmp_path / "c" / "zh-redacted" / "index.html"
    page.parent.mkdir(parents=True)
    (scratch / "run.log").write_text("佟望舒", encoding="utf-8")
    told = passed(ended("DataError: 佟望舒"), scratch, page, Gate([]))
    assert told.reason and "佟望舒" not in told.reason
    assert list(page.parent.iterdir()) == [] and not (scratch / "run.log").exists()
    assert (page.parent.parent / ".zh-redacted.run.log").stat().st_mode & 0o077 == 0


@pytest.mark.long
def test_what_is_handed_over_holds_nothing_of_the_workspace(tmp_path):
    desk = desk_of(tmp_path, CITY)
    with (desk.workspace.folder.settings).open("a", encoding="utf-8") as settings:
        settings.write('\n[report]\nsecrecy = "内部资料"\nreader = "佟望舒"\n')
    from caselens import open_workspace

    out = tmp_path / "reports"
    editions = ("full", "redacted")
    written = write_reports(
        open_workspace(desk.workspace.folder.root), out, case_ids=["CASE-A"], languages=["zh"], editions=editions
    )
    assert all(item.outcome.ok for item in written), [item.outcome.reason for item in written]
    folder = out / "CASE-A" / "zh-redacted"
    assert sorted(path.name for path in folder.iterdir()) == [WORKBOOK, "index.html", "manifest.json"]
    gate = Gate(values())
    for path in folder.iterdir():
        from caselens.reports._gate import leaks_in

        assert leaks_in([path], gate) == [], path.name
        assert b"\xe4\xbd\x9f\xe6\x9c\x9b" not in path.read_bytes()  # 佟望, in whatever part of the file
    html = (folder / "index.html").read_text("utf-8")
    assert "脱敏版" in html and "内部资料" in html
    assert json.loads((folder / "manifest.json").read_text("utf-8"))["workbook"]["file"] == WORKBOOK
    index = (out / "index.html").read_text("utf-8")
    assert 'href="CASE-A/zh-redacted/index.html"' in index and 'href="CASE-A/zh/evidence.xlsx"' in index
