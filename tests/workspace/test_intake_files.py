"""Workbooks, Parquet, folders and archives: what comes in, what is told, and where each row stood."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pandas as pd
import pytest

from caselens.workspace import Workspace

HEAD = ["payment_id", "paid_at", "payer_account", "payee_account", "amount", "memo"]
CSV = "payment_id,paid_at,payer_account,payee_account,amount,memo\n"


def book(sheets: dict[str, list[list[object]]], hidden: tuple[str, ...] = ()) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, lines in sheets.items():
        sheet = made.create_sheet(title)
        for line in lines:
            sheet.append(line)
        if title in hidden:
            sheet.sheet_state = "hidden"
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def test_sheets_named_after_tables(deliver, rows, workspace):
    content = book(
        {
            "说明": [["填写说明"]],
            "persons": [["person_id", "姓名"], ["N1", "甲"], [None, None], ["N2", "乙"]],
            "资金往来": [HEAD, ["P1", datetime(2024, 5, 31, 9, 30), "A1", "A2", 100.1 + 0.2, "x"]],
            "payments_old": [["旧"]],
        },
        hidden=("payments_old",),
    )
    deliver("移交材料.xlsx", content)
    assert rows("persons", "person_id", "source_sheet", "source_row") == [("N1", "persons", 2), ("N2", "persons", 4)]
    assert rows("payments", "paid_at", "amount", "source_sheet", "source_row") == [
        (datetime(2024, 5, 31, 9, 30), Decimal("100.30"), "资金往来", 2)
    ]
    told = list(workspace.notes()["en"])
    assert told == [
        "sheet '说明' is not named after a table and was not read",
        "hidden sheet 'payments_old' was not read",
    ]


def test_one_sheet_in_a_file_named_after_the_table(deliver, rows, quarantined):
    lines = [
        [],
        HEAD,
        ["P1", date(2024, 5, 31), "A1", "A2", 5, "ok"],
        ["P2", date(2024, 5, 31), "A1", "A2", "=2+3", "formula"],
        ["P3", date(2024, 5, 31), 6222020000000001, "A2", 5, "digits lost"],
        ["P4", date(2024, 5, 31), "A1", "A2", "#N/A", "error"],
        ["P5", date(2024, 5, 31), "A1", "A2", 5, "beyond", "x"],
    ]
    source = deliver("payments.xlsx", book({"Sheet1": lines}))
    assert (source["rows_in"], source["rows_accepted"], source["rows_quarantined"]) == (5, 1, 4)
    assert rows("payments", "payment_id", "paid_at", "source_row") == [("P1", datetime(2024, 5, 31), 3)]
    assert [row for row, _ in quarantined()] == [4, 5, 6, 7]
    said = [reasons for _, reasons in quarantined()]
    assert "amount = '=2+3': a formula" in said[0]
    assert "payer_account = '6222020000000001': a number of more than 15 digits" in said[1]
    assert "not an amount" in said[2] or "an error" in said[2]
    assert "1 cells beyond the 6 columns" in said[3]


def test_zeros_that_a_cell_shows_belong_to_it(deliver, rows):
    made = openpyxl.Workbook()
    made.active.append(["account_id"])
    made.active["A2"] = 42
    made.active["A2"].number_format = "000000"
    buffer = io.BytesIO()
    made.save(buffer)
    deliver("accounts.xlsx", buffer.getvalue())
    assert rows("accounts", "account_id") == [("000042",)]


def test_a_sheet_without_its_columns_does_not_cost_the_others(deliver, rows, quarantined):
    deliver("a.xlsx", book({"persons": [["person_id", "name"], ["N1", "甲"]], "payments": [["x"], ["y"]]}))
    assert rows("persons", "person_id") == [("N1",)]
    assert "lacks the required column(s) payment_id" in quarantined()[0][1]


def test_a_workbook_whose_stated_size_is_wrong_is_read_whole(deliver, rows):
    content = book({"persons": [["person_id", "name"], ["N1", "甲"]]})
    source, buffer = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for item in source.infolist():
            target.writestr(item, source.read(item).replace(b'<dimension ref="A1:B2"', b'<dimension ref="A1:A1"'))
    deliver("a.xlsx", buffer.getvalue())
    assert rows("persons", "name") == [("甲",)]


def test_a_bomb_in_a_workbook_is_refused_unopened(deliver):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/worksheets/sheet1.xml", bytes(60_000_000))
    assert "more than 200 times" in deliver("payments.xlsx", buffer.getvalue())["refusal"]


def parquet(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    return buffer.getvalue()


FRAME = pd.DataFrame(
    {
        "payment_id": ["P1", "P2", "P3"],
        "paid_at": pd.to_datetime(["2024-05-31 09:30", "2024-06-01 00:00", None]),
        "payer_account": [10001.0, 10002.0, None],
        "payee_account": [7, 8, 9],
        "amount": [0.1 + 0.2, 5.0, 5.0],
        "seen": [True, False, None],
    }
)


def test_parquet_columns_of_other_types_become_what_the_table_says(deliver, rows, quarantined, workspace):
    source = deliver("payments.parquet", parquet(FRAME))
    assert (source["rows_in"], source["rows_quarantined"]) == (3, 1)
    assert rows("payments", "paid_at", "payer_account", "payee_account", "amount", "seen", "source_row") == [
        (datetime(2024, 5, 31, 9, 30), "10001", "7", Decimal("0.30"), "true", 1),
        (datetime(2024, 6, 1), "10002", "8", Decimal("5.00"), "false", 2),
    ]
    assert quarantined()[0][0] == 3
    assert "were rounded; first in row 1: 0.30000000000000004" in workspace.notes()["en"][0]


def test_parquet_of_a_wrong_kind_is_quarantined_not_reinterpreted(deliver, quarantined):
    frame = FRAME.assign(paid_at=[20240531, 20240601, 20240602], payer_account="A")
    source = deliver("payments.parquet", parquet(frame))
    assert source["rows_quarantined"] == 3
    assert "paid_at 支付时间 = '20240531': not a moment" in quarantined()[0][1]


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.9])
def test_a_truncated_parquet_is_refused(deliver, cut):
    content = parquet(FRAME)
    assert "not a readable Parquet file" in deliver("payments.parquet", content[: int(len(content) * cut)])["refusal"]


def test_nested_columns_are_refused(deliver):
    assert "nested" in deliver("payments.parquet", parquet(FRAME.assign(x=[[1], [2], [3]])))["refusal"]


def line(key: str, amount: str = "5", memo: str = "") -> str:
    return f"{key},2024-05-31,A1,A2,{amount},{memo}\n"


def test_a_folder_of_parts_and_a_second_delivery(tmp_path, workspace, rows):
    folder = tmp_path / "all" / "payments"
    folder.mkdir(parents=True)
    (folder / "part-0.csv").write_text(CSV + line("P1"))
    (folder / "part-1.parquet").write_bytes(parquet(FRAME.iloc[:2].assign(payment_id=["P2", "P3"])))
    (folder / ".hidden.csv").write_text(CSV + line("P9"))
    first = workspace.intake(tmp_path / "all")
    assert [entry.source_file for entry in first.entries] == ["payments/part-0.csv", "payments/part-1.parquet"]
    assert rows("payments", "payment_id") == [("P1",), ("P2",), ("P3",)]
    again = workspace.intake(tmp_path / "all")
    assert again.entries == () and again.known == ("payments/part-0.csv", "payments/part-1.parquet")
    (folder / "part-0.csv").write_text(CSV + line("P1") + line("P4"))
    third = workspace.intake(tmp_path / "all")
    assert third.entries[0].source_file.startswith("payments/part-0~")
    assert (third.entries[0].tables[0].accepted, third.entries[0].tables[0].repeated) == (1, 1)
    assert len(rows("payments", "payment_id")) == 4


def test_repeats_and_conflicts_within_a_file(deliver, rows, workspace):
    source = deliver(
        "payments.csv", CSV + line("P1") + line("P2", "6") + line("P1") + line("P2", "7") + line("P2", "6")
    )
    # P1 stands twice alike: one repeat. P2 says 6, 7, 6: one repeat, one conflict, and the last row is in force.
    assert (source["rows_in"], source["rows_accepted"], source["rows_repeated"]) == (5, 3, 2)
    assert rows("payments", "payment_id", "amount", "source_row") == [("P1", 5, 2), ("P2", 6, 6)]
    assert "1 rows have the key of a later row with different content" in workspace.notes()["en"][0]
    assert "e.g. P2 (earlier: payments.csv row 5)" in workspace.notes()["en"][0]


def test_overlapping_exports(deliver, rows):
    deliver("payments.csv", CSV + line("P1") + line("P2") + line("P3"))
    source = deliver("payments.csv", CSV + line("P2") + line("P3", "8") + line("P4"))
    assert (source["rows_accepted"], source["rows_repeated"]) == (2, 1)
    found = rows("payments", "payment_id", "amount", "source_file", "source_row")
    later = source["source_file"]
    assert found == [
        ("P1", 5, "payments.csv", 2),
        ("P2", 5, "payments.csv", 3),
        ("P3", 8, later, 3),
        ("P4", 5, later, 4),
    ]
    # The first version again: it is the latest word now.
    deliver("payments.csv", CSV + line("P3", "5", "again"))
    assert ("P3", 5) in rows("payments", "payment_id", "amount")


def test_a_file_that_contradicts_itself_and_ends_with_what_is_known_loses_nothing(deliver, rows):
    deliver("payments.csv", CSV + line("P1", "5"))
    source = deliver("payments.csv", CSV + line("P1", "4") + line("P1", "5"))
    assert (source["rows_accepted"], source["rows_repeated"]) == (1, 1)
    assert rows("payments", "payment_id", "amount", "source_file") == [("P1", 5, "payments.csv")]


def test_keys_that_look_alike_when_joined_are_two_keys(deliver, rows):
    head = "person_id,org_id,post,start_date\n"
    deliver("appointments.csv", head + "a|b,c,局长,2020-01-01\na,b|c,局长,2020-01-01\n")
    assert len(rows("appointments", "person_id")) == 2


def test_an_empty_part_of_a_key_is_a_value(deliver, rows):
    source = deliver(
        "kinships.csv",
        "person_id,relative_id,relation,start_date\nN1,N2,spouse,\nN1,N2,spouse,\nN1,N2,spouse,2020-01-01\n",
    )
    assert (source["rows_accepted"], source["rows_repeated"]) == (2, 1)


def zipped(files: dict[str, bytes], compress: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compress) as target:
        for name, content in files.items():
            target.writestr(name, content)
    return buffer.getvalue()


def test_an_archive_is_its_members(tmp_path, workspace, rows):
    inner = zipped({"payments.csv": b"x"})
    given = tmp_path / "移交.zip"
    given.write_bytes(
        zipped(
            {
                "payments/a.csv": (CSV + line("P1")).encode(),
                "../../escape.csv": b"x",
                "/payments.csv": b"x",
                "c:\\payments.csv": b"x",
                "inner.zip": inner,
                "bomb.csv": bytes(60_000_000),
                "__MACOSX/._a.csv": b"x",
                "读我.md": b"hello",
            }
        )
    )
    taken = workspace.intake(given)
    assert [entry.source_file for entry in taken.entries] == [
        "移交.zip/payments/a.csv",
        "移交.zip/读我.md",
        "移交.zip/移交.zip",
    ]
    assert rows("payments", "payment_id", "source_file", "source_row") == [("P1", "移交.zip/payments/a.csv", 2)]
    refusal = taken.entries[-1].refusal
    for said in (
        "../../escape.csv: its name leads out",
        "/payments.csv: its name",
        "inner.zip: an archive inside an archive",
    ):
        assert said in refusal
    assert "bomb.csv: it unpacks from" in refusal and "to 60,000,000 bytes" in refusal
    assert taken.failed
    assert (workspace.folder.raw / "移交.zip" / "移交.zip").read_bytes() == given.read_bytes()
    assert not (tmp_path / "escape.csv").exists() and not (workspace.folder.root / "escape.csv").exists()
    assert workspace.intake(given).known == ("移交.zip",)


def test_names_in_an_archive_from_a_chinese_system(tmp_path, workspace, rows):
    content = zipped({"??????.csv": (CSV + line("P1")).encode()})
    content = content.replace(b"??????", "付款表".encode("gbk"))
    (tmp_path / "a.zip").write_bytes(content)
    taken = workspace.intake(tmp_path / "a.zip")
    assert taken.entries[0].source_file == "a.zip/付款表.csv"


def test_an_archive_named_after_a_table_and_damaged_members(tmp_path, workspace, rows):
    good = zipped(
        {"part-1.csv": (CSV + line("P1")).encode(), "part-2.csv": (CSV + line("P2")).encode()}, zipfile.ZIP_STORED
    )
    (tmp_path / "payments.zip").write_bytes(good.replace(b"P2,2024", b"P3,2024"))
    taken = workspace.intake(tmp_path / "payments.zip")
    assert rows("payments", "payment_id") == [("P1",)]
    assert "payments.zip/part-2.csv: it cannot be unpacked" in taken.entries[-1].refusal
    (tmp_path / "broken.zip").write_bytes(good[: len(good) // 2])
    assert "no ZIP archive" in workspace.intake(tmp_path / "broken.zip").entries[0].refusal


def test_a_file_where_a_folder_stands_gets_another_name(tmp_path, workspace: Workspace):
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "accounts").write_text("x")
    workspace.intake(tmp_path / "one" / "accounts")
    (tmp_path / "two" / "accounts").mkdir(parents=True)
    (tmp_path / "two" / "accounts" / "a.csv").write_text("account_id,kind\nA1,bank\n")
    taken = workspace.intake(tmp_path / "two")
    assert not taken.failed
    assert (workspace.folder.raw / taken.entries[0].source_file).is_file()
