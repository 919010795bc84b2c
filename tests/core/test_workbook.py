"""Workbooks of plain cells: nothing becomes a formula, nothing is lost silently, the same bytes every time."""

import re
import zipfile

import openpyxl
import pytest
import python_calamine
from openpyxl.utils.escape import unescape

from caselens.core.workbook import MOST_SIGNS, Sheet, write_workbook

HOSTILE = [
    "=cmd|'/c calc'!A1",
    "+1+1",
    "-2",
    "@SUM(A1)",
    "\t=1",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "]]>",
    '"&amp;',
    "_x0041_",
    "  spaces  ",
    "line\nbreak",
    "云岭金桥",
]


def read(path, sheet=None):
    book = openpyxl.load_workbook(path)
    return [list(row) for row in (book[sheet] if sheet else book.worksheets[0]).iter_rows(values_only=True)]


def test_every_text_comes_back_as_it_was_and_as_text(tmp_path):
    path = tmp_path / "a.xlsx"
    write_workbook(path, [Sheet("s", ["text"], [[text] for text in HOSTILE])])
    # openpyxl leaves the escape of an escape to its caller; a spreadsheet program reads it as this does.
    assert [unescape(row[0]) for row in read(path)] == ["text", *HOSTILE]
    cells = [cell for row in openpyxl.load_workbook(path).active.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.quotePrefix for cell in cells)
    # No part of the package has a way to compute: not one formula element, macro, link or external part.
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name).decode() for name in package.namelist()}
    assert not [name for name, xml in parts.items() if re.search(r"<f[ >/]|externalLink|vbaProject|<hyperlink", xml)]
    # A second reader agrees.
    rows = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows][1:5] == HOSTILE[:4]


def test_figures_stay_figures_and_nothing_is_an_empty_cell(tmp_path):
    path = tmp_path / "a.xlsx"
    write_workbook(path, [Sheet("s", ["a", "b", "c"], [[1, 1234567.89, None], [-5, 0.1, ""]])])
    assert read(path) == [["a", "b", "c"], [1, 1234567.89, None], [-5, 0.1, ""]]


def test_signs_that_xml_cannot_hold_are_spelled(tmp_path):
    path = tmp_path / "a.xlsx"
    write_workbook(path, [Sheet("s", ["a"], [["x\x00y"], ["\ud800"], ["\uffff"], ["a\rb"]])])
    assert [row[0] for row in read(path)][1:] == ["x⟦U+0000⟧y", "⟦U+D800⟧", "⟦U+FFFF⟧", "a\rb"]


def test_a_text_longer_than_a_cell_is_cut_marked_and_counted(tmp_path):
    path = tmp_path / "a.xlsx"
    written = write_workbook(path, [Sheet("s", ["a"], [["x" * MOST_SIGNS], ["x" * (MOST_SIGNS + 1)]])])
    rows = read(path)
    assert written.cut == 1
    assert rows[1][0] == "x" * MOST_SIGNS
    assert rows[2][0] == "x" * (MOST_SIGNS - 1) + "…"


def test_rows_beyond_a_sheet_go_on_in_the_next(tmp_path):
    path = tmp_path / "a.xlsx"
    # 7 rows, 3 a sheet beside the heading: 3 + 3 + 1.
    written = write_workbook(path, [Sheet("rows", ["n"], ([n] for n in range(7)))], most_rows=4)
    assert written.sheets == ("rows", "rows 2", "rows 3") and written.rows == 7
    assert read(path, "rows 2") == [["n"], [3], [4], [5]]
    assert read(path, "rows 3") == [["n"], [6]]


def test_exactly_a_sheet_full_needs_no_second(tmp_path):
    written = write_workbook(tmp_path / "a.xlsx", [Sheet("rows", ["n"], [[n] for n in range(3)])], most_rows=4)
    assert written.sheets == ("rows",)


def test_names_of_sheets_are_made_fit(tmp_path):
    path = tmp_path / "a.xlsx"
    wanted = ["a/b:c*?[x]", "A_b_c___x_", "", "'x'", "长" * 40, '<&">', "History\x00"]
    written = write_workbook(path, [Sheet(name, ["h"], []) for name in wanted])
    assert list(written.sheets) == openpyxl.load_workbook(path).sheetnames
    assert all(0 < len(name) <= 31 and not re.search(r"[\[\]:*?/\\]", name) for name in written.sheets)
    assert len({name.lower() for name in written.sheets}) == len(wanted)


def test_the_same_rows_give_the_same_bytes(tmp_path):
    for name in ("a.xlsx", "b.xlsx"):
        write_workbook(tmp_path / name, [Sheet("s", ["a"], [["x"], [1.5]], (20,))])
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


@pytest.mark.parametrize("rows", [[[float("nan")]], [[float("inf")]]])
def test_what_is_no_figure_is_refused_and_leaves_nothing(tmp_path, rows):
    with pytest.raises(ValueError, match="finite"):
        write_workbook(tmp_path / "a.xlsx", [Sheet("s", ["a"], rows)])
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="at least one sheet"):
        write_workbook(tmp_path / "a.xlsx", [])
