"""Rubbish and hostile files: nothing but a ``DataError`` is raised, nothing is read that the file does not hold."""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from caselens.core.errors import DataError
from caselens.readers import statements
from caselens.readers._declare import Note, Refused, Row
from caselens.tables import TABLES

HEADINGS = [
    "交易日期", "交易时间", "记账日期", "金额", "交易金额", "收入", "支出", "借贷标志", "收/支", "余额", "对方户名", "对方账号", "对手信息", "摘要", "备注",
    "币种", "账号", "卡号", "户名", "交易流水号", "当前状态", "支付方式", "交易单号", "商户单号", "现金标志", "IP地址", "Date", "Debit", "Credit", "Amount",
    "Balance", "Description", "日期", "", "交易日期", "A",
]  # fmt: skip
CELLS = st.one_of(
    st.sampled_from([
        "2024-01-02", "20240103", "2024/1/4 10:11:12", "13/01/2024", "101112", "99:99", "1,234.50", "-12.30", "(7.00)", "+0.00", "¥3.10", "1e5",
        "6.22E+18", "借", "贷", "收入", "/", "--", "合计", "6222021234567890123", "62220*****0123", "甲公司", "乙 6200000000000000017", "已全额退款", "冲正",
        "交易日期", "账号：12345678", "=1+1", "'123", '="0012"', "\u200b", "１２３．４５", "12,34.5", "现", "CNY", "😀", '"', "\ufeff", "支付成功",
    ]),
    st.text(max_size=12),
    st.decimals(min_value=-(10**7), max_value=10**7, places=2).map(str),
)  # fmt: skip
DATES = st.sampled_from(["2024-01-02", "20240103", "2024年1月4日", "2024/1/4 10:11:12", "", "合计"])
MONEY = st.one_of(
    st.sampled_from(["", "", "1,234.50", "(7.00)", "¥3.10", "0.00", "12.3-", "１２.00"]),
    st.decimals(0, 10**6, places=2).map(str),
)
FLAGGED = st.sampled_from(["借", "贷", "收入", "支出", "/", ""])
#: Headings that make a statement, with cells that mostly fit them.
SHAPES = st.sampled_from([
    {"交易日期": DATES, "收入": MONEY, "支出": MONEY, "余额": MONEY, "对手信息": CELLS, "账号": CELLS},
    {"交易时间": DATES, "借贷标志": FLAGGED, "交易金额": MONEY, "余额": CELLS, "对方账号": CELLS, "交易流水号": CELLS, "摘要": CELLS},
    {"交易时间": DATES, "收/支": FLAGGED, "金额(元)": MONEY, "支付方式": CELLS, "当前状态": CELLS, "交易单号": CELLS, "商户单号": CELLS, "备注": CELLS},
    {"Date": DATES, "Amount": CELLS, "Balance": MONEY, "Description": CELLS, "Account": CELLS},
])  # fmt: skip


@st.composite
def statement(draw: st.DrawFn) -> list[list[str]]:
    """A heading with up to eight rows under it, now and then with a cell too few or too many."""
    columns = draw(SHAPES)
    rows = [[draw(cells) for cells in columns.values()] for _ in range(draw(st.integers(1, 8)))]
    if draw(st.booleans()):
        rows[-1] = rows[-1][: draw(st.integers(0, 9))] + draw(st.lists(CELLS, max_size=2))
    return [list(columns), *rows]


ROWS = st.lists(st.lists(CELLS, max_size=9), max_size=12)


def joined(grid: list[list[str]], mark: str) -> str:
    """The grid as text; a cell keeps neither line ends nor the delimiter."""
    return "\n".join(mark.join(cell.replace("\n", " ").replace(mark, " ") for cell in row) for row in grid)


def attempt(content: bytes) -> list[object]:
    """What reading the bytes gives, nothing where it is refused as a whole."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        path.write_bytes(content)
        assert 0 <= statements.recognise(path) <= 1
        try:
            return list(statements.read(path))
        except DataError:
            return []


def are_plain(items: list[object]) -> bool:
    """Whether all that was read is rows of known tables whose cells are text, refused rows, or something told."""
    rows = [item for item in items if isinstance(item, Row)]
    cells = [cell for row in rows for cell in row.values.values() if cell is not None]
    others = [item for item in items if not isinstance(item, Row)]
    return (
        all(row.table in TABLES for row in rows)
        and all(isinstance(cell, str) for cell in cells)
        and all(isinstance(item, Refused | Note) for item in others)
    )


@given(st.binary(max_size=400))
@example(b"\xff\xfe\x00")
@example(b"PK\x03\x04rubbish")
@example(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600)
@example("交易日期,收入,支出\n".encode("utf-16-be"))
@example(b"\xef\xbb\xbf")
def test_bytes_raise_nothing_but_data_errors(content: bytes) -> None:
    assert are_plain(attempt(content))


GRIDS = st.one_of(
    statement(),
    statement(),
    st.builds(lambda head, rows: [head, *rows], st.lists(st.sampled_from(HEADINGS), min_size=3), ROWS),
)


@given(ROWS, GRIDS, st.sampled_from("\t;|"))
def test_no_number_is_invented(above: list[list[str]], grid: list[list[str]], mark: str) -> None:
    text = joined([*above[:2], *grid], mark)
    items = attempt(text.encode("utf-8", "replace"))
    held = {
        abs(Decimal(token.replace(",", "") or "0"))
        for token in re.findall(r"\d[\d,]*(?:\.\d+)?", text.translate(WIDE))
        if token
    }
    figures = re.sub(r"[\s\-]", "", text.translate(WIDE))
    for item in items:
        if not isinstance(item, Row):
            continue
        for name in ("amount", "balance_after", "fee", "refunded_amount"):
            if item.values.get(name):
                assert abs(Decimal(str(item.values[name]))) in held, name
        for name in ("counterparty_account", "bank_reference", "account_number", "card_number"):
            for run in re.findall(r"[0-9]{5,}", item.values.get(name) or ""):
                assert run in figures, name


WIDE = {ord(wide): narrow for wide, narrow in zip("０１２３４５６７８９．，", "0123456789.,", strict=True)}


@given(GRIDS)
def test_every_row_under_the_heading_is_given_refused_or_told(grid: list[list[str]]) -> None:
    items = attempt(joined(grid, "\t").encode("utf-8", "replace"))
    said = [
        re.findall(r"\d+", item.text.en)[:5]
        for item in items
        if "rows under the heading" in getattr(getattr(item, "text", None), "en", "")
    ]
    given = sum(1 for item in items if isinstance(item, Row) and item.table == "statement_lines")
    back = sum(1 for item in items if isinstance(item, Refused))
    assert sum(int(numbers[1]) for numbers in said) == given
    assert sum(int(numbers[2]) for numbers in said) == back
    for numbers in said:
        under, got, refused, other, _ = map(int, numbers)
        assert under == got + refused + other


def test_workbooks_of_rubbish_raise_nothing_but_data_errors(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["交易日期", "收入", "支出", "摘要"])
    book.active.append(["2024-01-01", 1, None, "甲"])
    buffer = io.BytesIO()
    book.save(buffer)
    whole = buffer.getvalue()
    for cut in range(0, len(whole), 97):
        assert are_plain(attempt(whole[:cut]))
        assert are_plain(attempt(whole[:cut] + b"\x00" * 40 + whole[cut + 40 :]))


def refusal(path: Path) -> str:
    """The sentence with which a file that is recognised as nothing is refused."""
    assert statements.recognise(path) == 0.0
    with pytest.raises(DataError) as error:
        list(statements.read(path))
    return str(error.value)


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as part:
            for _ in range(100):
                part.write(b" " * 1_000_000)
    assert "zip bomb" in refusal(path)


def test_ten_thousand_columns(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(",".join(["交易日期", "收入", "支出", *["x"] * 10_000]) + "\n", encoding="utf-8")
    assert "columns" in refusal(path)


def test_a_cell_of_a_hundred_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    with path.open("w", encoding="utf-8") as handle:
        handle.write("交易日期,收入,支出,摘要\n2024-01-01,1.00,,")
        for _ in range(100):
            handle.write("x" * 1_000_000)
    with pytest.raises(DataError, match="longer than"):
        list(statements.read(path))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\x00" * 50, "NUL"),
        ("交易日期,收入,支出\n2024-01-01,1\x00,\n".encode(), "NUL"),
        (b"<html><table><tr><td>x</td></tr></table></html>", "web page"),
        (b"%PDF-1.7", "PDF"),
        (b"", "empty"),
        (b"PK\x03\x04", "damaged archive"),
        ("交易日期,收入,支出\n甲".encode() + b"\xff\xff", "neither UTF-8"),
        (b"a,b\n1,2\n", "not recognised as a statement"),
    ],
)
def test_the_sentence_says_what_is_wrong(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    assert sentence in refusal(path)


def test_a_folder_and_a_missing_file_are_sentences_too(tmp_path: Path) -> None:
    assert "cannot be opened" in refusal(tmp_path)
    assert "cannot be opened" in refusal(tmp_path / "none")


def test_untrusted_text_stays_text(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(
        "交易日期,收入,支出,余额,摘要\n2024-01-01,1.00,,1.00,=HYPERLINK(1);<b>'; DROP TABLE x\n", encoding="utf-8"
    )
    line = next(item for item in statements.read(path) if isinstance(item, Row) and item.table == "statement_lines")
    assert line.values["memo"] == "=HYPERLINK(1);<b>'; DROP TABLE x"
