"""Files made to do harm, through the real intake: each is refused with a sentence that says why, and the next goes on."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caselens.workspace import Workspace

STATEMENT = "交易时间,收入,支出,余额,对方户名\n"


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 120_000_000)


def packed(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("payments.csv", b"0" * 120_000_000)


def nested(path: Path) -> None:
    inner = path.with_name("inner.bin")
    packed(inner)
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(inner, "inner.zip")
    inner.unlink()


def outside(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../persons.csv", "person_id,name\nP1,甲\n")


def text(content: str) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(content.encode()) and None


WIDE = ",".join(f"c{i}" for i in range(10_000))


@pytest.mark.parametrize(
    ("name", "make", "said"),
    [
        ("bomb.xlsx", bomb, "zip bomb"),
        ("packed.zip", packed, "not unpacked"),
        ("nested.zip", nested, "archive"),
        ("outside.zip", outside, "leads out"),
        ("persons.csv", text(f"person_id,name,{WIDE}\nP1,甲\n"), "columns"),
        ("流水.csv", text(f"交易时间,金额,余额,{WIDE}\n2024-01-01,5,6\n"), "columns"),
        ("accounts.csv", text("account_id,holder_name\nA1,甲\0乙\n"), "NUL"),
        ("空字节.csv", text(f"{STATEMENT}2024-01-05,1,,2,甲\0乙\n"), "NUL"),
        ("entities.json", text("[" * 100_000), "no reader"),
    ],
)  # fmt: skip
def test_it_is_refused_with_its_reason_and_the_next_file_is_read(
    tmp_path: Path, name: str, make: Callable[[Path], None], said: str
) -> None:
    files = tmp_path / "files"
    files.mkdir()
    make(files / name)
    (files / "zz").mkdir()
    (files / "zz" / "organizations.csv").write_text("org_id,name\nF1,云江商行\n", encoding="utf-8")
    workspace = Workspace.create(tmp_path / "W")
    taken = workspace.intake(files)
    refused = [entry.refusal for entry in taken.entries if entry.refusal]
    assert refused and said in " ".join(refused), refused
    assert workspace.table("organizations").count().execute() == 1
    assert not workspace.has("persons") and not workspace.has("payments") and not workspace.has("statement_lines")
    assert not (tmp_path / "persons.csv").exists()  # nothing was written beside the workspace


@pytest.mark.parametrize(
    ("name", "head"),
    [("organizations.csv", 'org_id,name\nF1,"'), ("流水.csv", f'{STATEMENT}2024-01-05,1,,2,"')],
)
@pytest.mark.long
def test_a_cell_of_a_hundred_megabytes_is_not_taken_in(tmp_path: Path, name: str, head: str) -> None:
    (tmp_path / name).write_text(head + "x" * 100_000_000 + '"\n', encoding="utf-8")
    workspace = Workspace.create(tmp_path / "W")
    taken = workspace.intake(tmp_path / name)
    assert taken.failed
    assert sum(part.accepted for entry in taken.entries for part in entry.tables) == 0


def test_a_formula_is_never_a_value(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "payments"
    sheet.append(["payment_id", "paid_at", "payer_account", "payee_account", "amount"])
    sheet.append(["p1", "2024-01-01", "A1", "A2", "=1+1"])
    sheet.append(["p2", "2024-01-01", "A1", "A2", 7])
    book.save(tmp_path / "book.xlsx")
    workspace = Workspace.create(tmp_path / "W")
    (part,) = workspace.intake(tmp_path / "book.xlsx").entries[0].tables
    assert (part.rows_in, part.accepted, part.quarantined) == (2, 1, 1)
    kept = workspace.table("quarantine").execute().iloc[0]
    assert "=1+1" in kept["raw"] and kept["source_row"] == 2


@settings(max_examples=40)
@given(
    st.binary(max_size=300),
    st.sampled_from(["x.csv", "persons.csv", "x.xlsx", "x.xls", "x.json", "x.jsonl", "x.zip", "payments.parquet"]),
)
def test_no_bytes_stop_an_intake_and_every_row_is_accounted_for(content: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        taken = Workspace.create(Path(folder) / "W").intake(path)
        for entry in taken.entries:
            assert "unexpectedly" not in entry.refusal
            for part in entry.tables:
                assert part.rows_in == part.accepted + part.quarantined + part.repeated


def test_a_workbook_that_is_damaged_further_down_is_refused_whole(workspace: Workspace, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "persons"
    other = book.create_sheet("accounts")
    for row in (["person_id", "name"], *([f"P{n}", "甲"] for n in range(300))):
        book.active.append(row)
    other.append(["account_id"])
    other.append(["A1"])
    book.save(tmp_path / "whole.xlsx")
    given = tmp_path / "given" / "registers.xlsx"
    given.parent.mkdir()
    with zipfile.ZipFile(tmp_path / "whole.xlsx") as source, zipfile.ZipFile(given, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name.endswith("sheet1.xml"):
                content = content[:-200] + b"\x00<<" + content[-200:]
            target.writestr(name, content)
    (entry,) = workspace.intake(given).entries
    # Which rows are missing nobody knows: none is accepted, of no sheet, and a person is told what to do.
    assert "damaged inside" in entry.refusal and "unexpectedly" not in entry.refusal
    assert not [part for part in entry.tables if part.accepted]
