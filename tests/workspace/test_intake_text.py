"""CSV and JSON lines as people deliver them: every row accepted, quarantined or counted, with the row a person sees."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from caselens.workspace import Workspace

HEAD = "payment_id,paid_at,payer_account,payee_account,amount,memo"
ONE = "P1,2024-05-31 09:30:00,A1,A2,100.50,货款"
TWO = "P2,2024-06-01,A2,A1,7,"
EXPECTED = [
    ("P1", datetime(2024, 5, 31, 9, 30), "A1", Decimal("100.50"), "货款", 2),
    ("P2", datetime(2024, 6, 1), "A2", Decimal("7.00"), None, 3),
]
COLUMNS = ("payment_id", "paid_at", "payer_account", "amount", "memo", "source_row")


@pytest.mark.parametrize(
    "content",
    [
        "\n".join([HEAD, ONE, TWO]).encode(),
        "\r\n".join([HEAD, ONE, TWO, ""]).encode("utf-8-sig"),
        "\n".join([HEAD, ONE, TWO, ""]).encode("gb18030"),
        "\n".join([HEAD, ONE, TWO, ""]).replace(",", ";").encode(),
        "\n".join([HEAD, ONE, TWO, ""]).replace(",", "\t").encode(),
        "\r".join([HEAD, ONE, TWO, ""]).encode(),
        "\n".join(["支付编号,支付时间,付款账户,Payee account,金额,附言", ONE, TWO]).encode(),
        "\n".join([" Payment_ID ,PAID_AT,payer_account,payee_account,Amount,memo", ONE, TWO]).encode(),
        "\n".join([HEAD + ",,", ONE + ",,", TWO + ",,"]).encode(),
    ],
    ids=["utf-8", "bom", "gb18030", "semicolon", "tab", "old mac", "labels", "case", "empty columns at the end"],
)
def test_a_clean_csv_reads_the_same_in_every_dialect(deliver, rows, content):
    source = deliver("payments.csv", content)
    assert (source["rows_in"], source["rows_accepted"], source["reader"]) == (2, 2, "canonical")
    assert rows("payments", *COLUMNS) == EXPECTED


def test_extra_columns_are_kept_whatever_they_are_called(deliver, rows, workspace):
    names = ['x"; DROP TABLE payments; --', "source_row", "SOURCE_FILE", "_state", "\x01amount", "Foo", "foo", "行'号"]
    head = ",".join('"' + name.replace('"', '""') + '"' for name in names)
    deliver("payments.csv", f"{HEAD},{head}\n{ONE},a,b,c,d,e,f,g,h\n")
    table = workspace.table("payments").execute().iloc[0]
    kept = [
        'x"; DROP TABLE payments; --',
        "given_source_row",
        "given_SOURCE_FILE",
        "given__state",
        "given_amount",
        "Foo",
        "given_foo",
        "行'号",
    ]
    assert [table[name] for name in kept] == list("abcdefgh")
    assert (table["source_row"], table["source_file"]) == (2, "payments.csv")


def test_each_fault_is_told_with_column_value_and_what_is_allowed(deliver, rows, quarantined):
    content = [
        HEAD + ",basis",
        "P1,2024-13-01,A1,A2,5,ok,",
        "P2,2024-05-31,A1,A2,-5,ok,",
        "P3,2024-05-31,,A2,0,ok,",
        'P4,2024-05-31,A1,A2,"1,000",ok,',
        "P5,2024-05-31,A1,A2,1_000,ok,",
        "P6,epoch,A1,A2,1e3,ok,",
        "P7,2024-05-31T00:00:00+08:00,A1,A2,99999999999999999,ok,",
        "P8,2024-05-31,A1,A2,8,ok,RECORD",
    ]
    source = deliver("payments.csv", "\n".join(content))
    assert (source["rows_in"], source["rows_accepted"], source["rows_quarantined"]) == (8, 1, 7)
    found = quarantined()
    assert [row for row, _ in found] == [2, 3, 4, 5, 6, 7, 8]
    reasons = [text for _, text in found]
    assert "paid_at 支付时间 = '2024-13-01': not a moment; allowed: YYYY-MM-DD" in reasons[0]
    assert "amount 金额 = '-5': must be above 0" in reasons[1]
    # All problems of a row at once.
    assert "payer_account 付款账户: empty, but required" in reasons[2] and "= '0': must be above 0" in reasons[2]
    assert "= '1,000': not an amount; allowed: digits" in reasons[3]
    assert "= '1_000': not an amount" in reasons[4]
    assert "= 'epoch': not a moment" in reasons[5] and "= '1e3': not an amount" in reasons[5]
    assert "without zone" in reasons[6] and "below 10^16" in reasons[6]
    assert rows("payments", "payment_id", "basis", "source_row") == [("P8", "record", 9)]


def test_a_quarantined_row_keeps_its_raw_cells(deliver, workspace):
    deliver("payments.csv", f"{HEAD},更多\nP1,昨天,A1,A2,5,  附言 ,x\n")
    raw = workspace.con.execute('SELECT raw FROM "quarantine"').fetchall()[0][0]
    assert '"paid_at":"昨天"' in raw and '"memo":"  附言 "' in raw and '"更多":"x"' in raw


def test_excess_decimals_are_rounded_and_told(deliver, rows, workspace):
    deliver("payments.csv", f"{HEAD}\n{ONE}\nP2,2024-06-01,A1,A2,1.005,\nP3,2024-06-01,A1,A2,2.3000,\n")
    assert [amount for (amount,) in rows("payments", "amount")] == [Decimal("100.50"), Decimal("1.01"), Decimal("2.30")]
    note = workspace.notes().iloc[0]
    assert note["en"] == "payments.amount: 1 amounts have more than 2 decimals and were rounded; first in row 3: 1.005"
    assert note["row"] == 3


def test_a_time_of_day_in_a_date_is_left_out_and_told(deliver, rows, workspace):
    head = "contract_id,buyer_id,supplier_id,amount,signed_on"
    deliver("contracts.csv", f"{head}\nC1,O1,O2,5,2024-05-31 09:30:00\nC2,O1,O2,5,2024-05-31 00:00:00\n")
    assert [str(day) for (day,) in rows("contracts", "signed_on")] == ["2024-05-31", "2024-05-31"]
    assert list(workspace.notes()["row"]) == [2]
    assert "1 dates have a time of day" in workspace.notes()["en"][0]


def test_rows_are_numbered_as_a_spreadsheet_shows_them(deliver, rows, quarantined):
    content = [
        HEAD,
        "P1,2024-05-31,A1,A2,1,plain",  # row 2
        "",  # row 3
        'P2,2024-05-31,A1,A2,2,"two',  # row 4
        'lines, and a ""quote"""',
        "P3,2024-05-31,A1,A2,3",  # row 5: a cell too few
        "P4,2024-05-31,A1,A2,4,memo,,",  # row 6: empty cells too many do no harm
        "P5,2024-05-31,A1,A2,5,memo,extra",  # row 7: a cell too many
        "   ",  # row 8
        "P6,2024-05-31,A1,A2,6,last",  # row 9
    ]
    source = deliver("payments.csv", "\r\n".join(content))
    assert (source["rows_in"], source["rows_accepted"], source["rows_quarantined"]) == (6, 4, 2)
    assert rows("payments", "payment_id", "memo", "source_row") == [
        ("P1", "plain", 2),
        ("P2", 'two\r\nlines, and a "quote"', 4),
        ("P4", "memo", 6),
        ("P6", "last", 9),
    ]
    assert [row for row, _ in quarantined()] == [5, 7]
    assert "5 cells, but the heading names 6 columns" in quarantined()[0][1]
    assert "7 cells" in quarantined()[1][1]


def test_a_lone_return_and_a_blank_line_cannot_make_up_for_each_other(deliver, rows, quarantined):
    deliver("payments.csv", f"{HEAD}\n{ONE}\n\nP2,2024-06-01,A1,A2,7,a\rP3,2024-06-01,A1,A2,8,b\n")
    assert rows("payments", "payment_id", "source_row") == [("P1", 2), ("P2", 4), ("P3", 5)]


def test_blank_lines_before_the_heading_count(deliver, rows):
    deliver("payments.csv", f"\n\n{HEAD}\n{ONE}\n")
    assert rows("payments", "payment_id", "source_row") == [("P1", 4)]


def test_a_blank_line_in_a_table_of_one_column_is_no_row(deliver, rows):
    source = deliver("accounts.csv", "account_id\nA1\n\nA2\n")
    assert source["rows_in"] == 2
    assert rows("accounts", "account_id", "source_row") == [("A1", 2), ("A2", 4)]


@pytest.mark.parametrize(
    "stray", ['P2,2024-06-01,A1,A2,7,"open', 'P2,2024-06-01,A1,A2,7,"a"b', '"P2,2024-06-01,A1,A2,7,x']
)
def test_a_stray_quotation_mark_costs_its_row_only(deliver, rows, quarantined, stray):
    lines = [HEAD, ONE, stray, *(f"P{n},2024-06-01,A1,A2,7,m" for n in range(3, 9)), 'P9,2024-06-01,A1,A2,7,"m"']
    source = deliver("payments.csv", "\n".join(lines) + "\n")
    assert (source["rows_in"], source["rows_quarantined"]) == (9, 1)
    assert [row for row, _ in quarantined()] == [3]
    assert "quot" in quarantined()[0][1]
    assert [row for (row,) in rows("payments", "source_row")] == [2, 4, 5, 6, 7, 8, 9, 10]


def test_nul_and_broken_bytes_cost_their_rows_only(deliver, rows, quarantined):
    # The damaged byte stands in a file whose other Chinese lines are UTF-8.
    content = "\n".join([HEAD, *[ONE.replace("P1", f"Q{n}") for n in range(200)]]).encode() + b"\n"
    content += b"P2,2024-06-01,A1,A2,7,a\0b\nP3,2024-06-01,A1,A2,7,\xff\xfe\nP4,2024-06-01,A1,A2,7,c\n"
    source = deliver("payments.csv", content)
    assert (source["rows_in"], source["rows_quarantined"]) == (203, 2)
    assert [row for row, _ in quarantined()] == [202, 203]
    assert "NUL" in quarantined()[0][1] and "UTF-8" in quarantined()[1][1]
    assert rows("payments", "source_row")[-1] == (204,)


def test_a_cell_of_five_megabytes_is_refused_and_the_rest_stays(deliver, rows, quarantined):
    content = f"{HEAD}\n{ONE}\nP2,2024-06-01,A1,A2,7,{'长' * 1_700_000}\n{TWO.replace('P2', 'P3')}\n"
    assert len(content.encode()) > 5_000_000
    source = deliver("payments.csv", content)
    assert (source["rows_in"], source["rows_quarantined"]) == (3, 1)
    row, reason = quarantined()[0]
    assert row == 3 and "memo: a cell of 1,700,000 characters" in reason and "at most 1,000,000" in reason
    assert rows("payments", "source_row") == [(2,), (4,)]


def test_a_line_beyond_what_is_read_is_refused_and_the_rest_stays(deliver, rows, quarantined):
    deliver("payments.csv", f"{HEAD}\nP2,2024-06-01,A1,A2,7,{'x' * 5_000_000}\n{ONE}\n")
    assert "a line of 5,000,0" in quarantined()[0][1] and quarantined()[0][0] == 2
    assert rows("payments", "source_row") == [(3,)]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("payments.csv", b"", "the file is empty"),
        ("payments.csv", b"\xef\xbb\xbf\n \n", "the file is empty"),
        ("payments.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(200), "NUL bytes"),
        ("payments.csv", (HEAD + "\n" + ONE).encode("utf-16"), "UTF-16"),
        (
            "payments.csv",
            b"a,b\n" + bytes(range(128, 256)) * 9 + b"\n" + b"\xff\xff\n" * 9,
            "neither UTF-8 nor GB18030",
        ),
        (
            "payments.csv",
            b"payment_id,paid_at\nP1,2024-01-01\n",
            "payer_account 付款账户, payee_account 收款账户, amount 金额",
        ),
        ("payments.csv", b"P1,2024-01-01,A,B,5\nP2,2024-01-01,A,B,5\n", "lacks the required column"),
        ("payments.csv", (HEAD + ",memo\n").encode(), "named twice"),
        ("payments.csv", (HEAD + ",金额\n").encode(), "are both amount"),
        ("payments.csv", (",".join(f"c{n}" for n in range(10_000)) + "\n").encode(), "10,000 columns; at most 2,000"),
        ("payments.xlsx", (HEAD + "\n" + ONE).encode(), "its content is no workbook"),
        ("payments.parquet", b"PAR1" + bytes(100), "not a readable Parquet file"),
        ("payments.pdf", b"%PDF-1.7", "not read; give CSV"),
        ("payments.json", b'[{"payment_id": "P1"}]', "a JSON array; give JSON lines"),
        ("读我.txt", "随便写的".encode(), "no reader recognises it"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence_and_kept(deliver, workspace, name, content, said):
    source = deliver(name, content)
    assert said in source["refusal"]
    assert source["refusal"].startswith(name)
    assert "Traceback" not in source["refusal"] and "unexpectedly" not in source["refusal"]
    assert (workspace.folder.raw / name).read_bytes() == content
    assert not workspace.tables()


def test_a_heading_alone_is_told(deliver, workspace):
    source = deliver("payments.csv", HEAD + "\n")
    assert (source["rows_in"], source["refusal"]) == (0, "")
    assert "a heading and no rows" in workspace.notes()["en"][0]
    assert workspace.lacks({"payments": ()}) == ["payments"]


def test_several_values_in_a_cell_are_split_before_their_codes_are_checked(deliver, rows, workspace):
    head = "person_id,org_id,post,remit,start_date"
    deliver(
        "appointments.csv",
        f"{head}\nN1,O1,局长,TENDERING; audit;,2020-01-01\nN2,O1,副局长,land；算命,2020-01-01\nN3,O1,科长, ; ,2020-01-01\n",
    )
    assert [remit for (remit,) in rows("appointments", "remit")] == ["tendering;audit", "land;算命", None]
    notes = workspace.notes()
    assert list(notes["en"]) == ["appointments.remit: code '算命' is not in the list; kept, 1 times"]


def test_a_closed_list_quarantines_and_an_open_one_keeps(deliver, rows, quarantined):
    head = "line_id,account_id,booked_at,direction,amount,channel"
    deliver("statement_lines.csv", f"{head}\nL1,A1,2024-01-01,IN,5,pigeon\nL2,A1,2024-01-01,sideways,5,pos\n")
    assert rows("statement_lines", "direction", "channel") == [("in", "pigeon")]
    assert "direction" in quarantined()[0][1] and "not one of in, out" in quarantined()[0][1]


def test_an_empty_cell_stays_empty_whatever_it_means(deliver, rows):
    deliver("payments.csv", f"{HEAD},currency,basis\n{ONE},,\n")
    assert rows("payments", "currency", "basis") == [(None, None)]


def test_json_lines_keep_digits_and_refuse_what_is_no_object(deliver, rows, quarantined):
    lines = [
        '{"payment_id": 1234567890123456789, "paid_at": "2024-05-31", "payer_account": "A1", "payee_account": "A2", '
        '"amount": 100.50, "more": {"rate": 1.10, "list": [true, null, "x"]}}',
        "",
        "[1, 2]",
        '{"payment_id": "P2", "payment_id": "P3"}',
        "{broken",
        '{"payment_id": "\\ud800", "paid_at": "2024-05-31"}',
        '{"payment_id": "P4", "paid_at": "2024-05-31", "payer_account": "A1", "payee_account": "A2", "amount": NaN}',
    ]
    source = deliver("payments.jsonl", "\n".join(lines))
    assert (source["rows_in"], source["rows_accepted"], source["rows_quarantined"]) == (6, 1, 5)
    assert rows("payments", "payment_id", "amount", "more", "source_row") == [
        ("1234567890123456789", Decimal("100.50"), '{"rate": 1.10, "list": [true, null, "x"]}', 1)
    ]
    assert [row for row, _ in quarantined()] == [3, 4, 5, 6, 7]
    assert "stands twice" in quarantined()[1][1]


def test_unknown_codes_without_end_are_told_in_bounds(deliver, workspace):
    lines = [f"P{n},2024-05-31,A1,A2,5,,way{n}" for n in range(500)]
    deliver("payments.csv", f"{HEAD},channel\n" + "\n".join(lines))
    notes = workspace.notes()
    assert len(notes) == 21
    assert notes["en"].iloc[-1].startswith("payments: 480 further codes are not in the lists; kept, 480 times")


@pytest.mark.parametrize(
    "folder",
    ['it\'s [a] "folder" *?', "换行\n文件夹", "x" * 250, "emoji 🙂 ünï"],
    ids=["quotes", "newline", "long", "unicode"],
)
def test_file_and_folder_names_are_only_names(tmp_path, folder, deliver, workspace, rows):
    source = deliver(f"{folder}/payments.csv", f"{HEAD}\n{ONE}\n")
    assert source["rows_accepted"] == 1
    given = tmp_path / "all" / folder
    given.mkdir(parents=True)
    (given / "payments.csv").write_text(f"{HEAD}\n{TWO}\n")
    (given / f"payments.{'名' * 80}.csv").write_text(f"{HEAD}\n{TWO.replace('P2', 'P3')}\n")
    taken = workspace.intake(tmp_path / "all")
    assert not taken.failed and len(taken.entries) == 2
    for entry in taken.entries:
        assert (workspace.folder.raw / entry.source_file).exists()
    assert len(rows("payments", "payment_id")) == 3


def test_a_workspace_may_lie_in_a_folder_with_any_name(tmp_path):
    workspace = Workspace.create(tmp_path / "案 [2024] 'x' *")
    (tmp_path / "payments.csv").write_text(f"{HEAD}\n{ONE}\n{ONE}\n")
    assert workspace.intake(tmp_path / "payments.csv").entries[0].tables[0].repeated == 1
    assert workspace.table("payments").count().execute() == 1
