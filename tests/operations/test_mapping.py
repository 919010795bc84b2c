"""A statement's mapping: shown, saved, edited, used again."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from caselens.cli import app
from caselens.readers.statements import Mapping
from caselens.workspace import Workspace

#: Column names of no bank: nothing in them can be recognised.
STRANGE = "c1,c2,c3,c4\n2024-01-05,-120.50,某超市,879.50\n2024-01-06,+1000,工资,1879.50\n"
USUAL = "交易时间,收入,支出,余额,对方户名\n2024-01-05 10:00:00,,120.50,879.50,云江超市\n2024-01-06 10:00:00,1000.00,,1879.50,云江商行\n"


def run(*arguments: object, code: int = 0) -> str:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == code, (done.output, done.exception)
    return done.output


def test_what_was_understood_is_shown_and_saved_as_a_person_can_edit_it(tmp_path: Path) -> None:
    (tmp_path / "流水.csv").write_text(USUAL, encoding="utf-8")
    told = run("mapping", tmp_path / "流水.csv", "--save", tmp_path / "m.toml")
    assert "% sure" in told and "云江超市" in told and "120.50" in told
    saved = Mapping.from_toml((tmp_path / "m.toml").read_text("utf-8"))
    assert saved.columns["amount_in"] == ("收入",) and saved.columns["counterparty_name"] == ("对方户名",)
    assert 0 < saved.confidence <= 1


def test_a_mapping_written_by_a_person_reads_what_nobody_recognises(tmp_path: Path) -> None:
    strange = tmp_path / "strange.csv"
    strange.write_text(STRANGE, encoding="utf-8")
    place = tmp_path / "W"
    workspace = Workspace.create(place)
    assert workspace.intake(strange).failed  # nothing in it says what it is
    (tmp_path / "m.toml").write_text(
        '[columns]\nmoment = ["c1"]\namount = ["c2"]\ncounterparty_name = ["c3"]\nbalance = ["c4"]\n[constants]\naccount = "6230000001"\n',
        encoding="utf-8",
    )
    assert "某超市" in run("mapping", strange, "--use", tmp_path / "m.toml")
    run("intake", place, strange, "--mapping", tmp_path / "m.toml")
    lines = Workspace.open(place).table("statement_lines").order_by("booked_at").execute()
    assert [(row.direction, str(row.amount), row.account_id) for row in lines.itertuples()] == [
        ("out", "120.50", "6230000001"), ("in", "1000.00", "6230000001"),
    ]  # fmt: skip


def test_a_wrong_mapping_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(STRANGE, encoding="utf-8")
    (tmp_path / "m.toml").write_text('[columns]\nprice = ["c2"]\n', encoding="utf-8")
    done = CliRunner().invoke(app, ["mapping", str(tmp_path / "s.csv"), "--use", str(tmp_path / "m.toml")])
    assert done.exit_code and "price" in str(done.exception)
