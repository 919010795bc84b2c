"""The empty forms an office fills in."""

import csv
from pathlib import Path

import openpyxl
import pytest

from caselens.core.errors import UsageError
from caselens.tables import TABLES
from caselens.tables._templates import write_templates

DELIVERABLE = [table for table in TABLES.values() if not table.written_by_workbench]


def test_each_deliverable_table_has_a_csv_with_its_header_alone(tmp_path: Path) -> None:
    written = write_templates(tmp_path / "forms")
    assert {path.name for path in written} == {path.name for path in (tmp_path / "forms").iterdir()}
    assert {path.stem for path in written if path.suffix == ".csv"} == {table.id for table in DELIVERABLE}
    for table in DELIVERABLE:
        path = tmp_path / "forms" / f"{table.id}.csv"
        assert path.read_bytes().startswith(b"\xef\xbb\xbf"), "without the mark spreadsheets garble Chinese"
        with path.open(encoding="utf-8-sig", newline="") as file:
            assert list(csv.reader(file)) == [[column.name for column in table.columns]]


def test_the_workbook_explains_each_column_and_keeps_identifiers_as_text(tmp_path: Path) -> None:
    write_templates(tmp_path)
    book = openpyxl.load_workbook(tmp_path / "templates.xlsx")
    assert book.sheetnames == [table.id for table in DELIVERABLE]
    for table in DELIVERABLE:
        sheet = book[table.id]
        assert sheet.max_row == 1
        for cell, column in zip(sheet[1], table.columns, strict=True):
            assert cell.value == column.name
            assert column.label.zh in cell.comment.text
            assert column.label.en in cell.comment.text
            assert ("必填" in cell.comment.text) == column.required
    # 19-digit account numbers lose their tail when a spreadsheet takes them for numbers.
    assert book["payments"].column_dimensions["C"].number_format == "@"
    assert book["payments"].column_dimensions["E"].number_format != "@"  # amount stays a number


def test_the_readme_explains_every_column_in_both_languages(tmp_path: Path) -> None:
    write_templates(tmp_path)
    text = (tmp_path / "README.txt").read_text(encoding="utf-8-sig")
    chinese, english = text.split("How to fill in the tables")
    for table in DELIVERABLE:
        assert table.about.zh in chinese
        assert table.about.en in english
        for column in table.columns:
            assert f"  {column.name}{' *' if column.required else ''}: {column.label.zh}" in chinese
            assert f"  {column.name}{' *' if column.required else ''}: {column.label.en}" in english


def test_filled_in_forms_are_never_overwritten(tmp_path: Path) -> None:
    filled = tmp_path / "persons.csv"
    filled.write_text("person_id,name\nP1,示例人\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"persons\.csv already"):
        write_templates(tmp_path)
    assert filled.read_text(encoding="utf-8") == "person_id,name\nP1,示例人\n"
    assert list(tmp_path.iterdir()) == [filled], "nothing else was written"
