"""The evidence workbook beside a report: every row, its place, no formula; nothing that names in the redacted one."""

import openpyxl
import pandas as pd

from caselens.reports import Report
from caselens.reports._gate import Gate, strings_of_workbook
from caselens.reports.workbook import WORKBOOK, evidence_workbook


def sheet(path, place):
    heads, *rows = openpyxl.load_workbook(path).worksheets[place].iter_rows(values_only=True)
    return [dict(zip(heads, row, strict=True)) for row in rows]


def test_every_evidence_row_of_every_lead_stands_in_it(case, tmp_path):
    path = tmp_path / WORKBOOK
    written = evidence_workbook(case, path, "zh")
    rows = sheet(path, 2)
    # Two open leads with three and one rows, and a closed one without any.
    assert written.rows - len(sheet(path, 1)) - len(sheet(path, 0)) == len(rows) == 4
    assert {(row["理由编号"], row["记录编号"]) for row in rows} == {
        ("fa", "p1"),
        ("fa", "p2"),
        ("fa", "p3"),
        ("fb", "p4"),
    }
    first = next(row for row in rows if row["记录编号"] == "p2")
    assert (first["文件"], first["工作表"], first["行"], first["作用"]) == ("银行/流水.xlsx", "明细", 3, "转出")
    assert sum(row["证据行数"] for row in sheet(path, 1)) == 4


def test_it_holds_all_rows_while_the_page_lists_the_first(case, tmp_path, monkeypatch):
    # 450 rows of one lead: the page lists 200 and says where all of them are.
    one = case.evidence().iloc[[0]]
    many = pd.concat([one.assign(key=f"k{number:04}", source_row=number) for number in range(450)], ignore_index=True)
    monkeypatch.setattr(case, "evidence", lambda: many)
    path = tmp_path / WORKBOOK
    report = Report(case)
    shown = report.leads("zh", workbook=str(path)).html
    link = report.workbook("zh", str(path)).html
    assert "列出前 200 行，共 450 行；全部证据行见同目录的工作簿 evidence.xlsx" in shown
    assert shown.count("data-copy=") == 200
    assert 'href="evidence.xlsx"' in link and len(sheet(path, 2)) == 450


def test_more_rows_than_a_sheet_takes_go_on_and_it_is_told(case, tmp_path, monkeypatch):
    one = case.evidence().iloc[[0]]
    many = pd.concat([one.assign(key=f"k{number}") for number in range(20)], ignore_index=True)
    monkeypatch.setattr(case, "evidence", lambda: many)
    path = tmp_path / WORKBOOK
    # 20 rows, 9 a sheet beside the heading: 9 + 9 + 2.
    written = evidence_workbook(case, path, "en", most_rows=10)
    assert [name for name in written.sheets if name.startswith("Evidence")] == ["Evidence", "Evidence 2", "Evidence 3"]
    assert any("20 evidence rows, more than one sheet takes" in str(row) for row in sheet(path, 0))


def test_hostile_text_stays_text(case, hostile, tmp_path, monkeypatch):
    evil = ["=cmd|'/c calc'!A1", "+1", "@x", "\u202egnp.exe", "\x00", "{{7*7}}", hostile]
    rows = case.evidence()
    many = pd.concat(
        [rows.iloc[[0]].assign(key=text, text_zh=text, source_file=text, source_sheet=text) for text in evil],
        ignore_index=True,
    )
    monkeypatch.setattr(case, "evidence", lambda: many)
    path = tmp_path / WORKBOOK
    evidence_workbook(case, path, "zh")
    cells = [cell for row in openpyxl.load_workbook(path).worksheets[2].iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    texts = [cell.value for cell in cells if cell.data_type == "s"]
    assert "=cmd|'/c calc'!A1" in texts and "⟦U+202E⟧gnp.exe" in texts and "⟦U+0000⟧" in texts


def test_the_same_case_gives_the_same_bytes(case, tmp_path):
    for name in ("a", "b"):
        evidence_workbook(case, tmp_path / name, "zh")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_without_a_path_nothing_is_written(case):
    assert Report(case).workbook("zh").html == ""


def test_the_gate_reads_a_workbook_too(case, tmp_path):
    path = tmp_path / WORKBOOK
    evidence_workbook(case, path, "zh")
    assert Gate(["启衡咨询中心", "没有的人"]).leaks(strings_of_workbook(path)) == ["启衡咨询中心"]
