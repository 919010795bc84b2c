"""The committed data dictionary says what the declarations say."""

from pathlib import Path

import pytest

from caselens.tables import TABLES, _docs


def test_the_committed_pages_are_in_step() -> None:
    assert [path.name for path in _docs.out_of_step()] == [], "run: python -m caselens.tables._docs --write"


def test_check_fails_on_a_page_edited_by_hand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _docs.main(["--check", "--folder", str(tmp_path)]) == 1  # no pages yet
    assert _docs.main(["--folder", str(tmp_path)]) == 0  # writing is the default
    assert _docs.main(["--check", "--folder", str(tmp_path)]) == 0
    page = tmp_path / "tables.zh.md"
    page.write_text(page.read_text(encoding="utf-8").replace("付款账户", "付款方"), encoding="utf-8")
    capsys.readouterr()
    assert _docs.main(["--check", "--folder", str(tmp_path)]) == 1
    assert "tables.zh.md is out of step" in capsys.readouterr().err
    assert _docs.main(["--write", "--folder", str(tmp_path)]) == 0
    assert _docs.out_of_step(tmp_path) == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_column_has_one_line_with_as_many_cells_as_the_heading(language: str) -> None:
    page = _docs.render(language)  # type: ignore[arg-type]
    assert page.splitlines()[0].startswith("<!--")
    assert "_docs --write" in page.splitlines()[0]
    for table in TABLES.values():
        section = page.split(f"### `{table.id}` ")[1].split("\n### ")[0].split("\n## ")[0]
        rows = [line for line in section.splitlines() if line.startswith("| `")]
        assert len(rows) == len(table.columns)
        assert all(row.replace("\\|", "").count("|") == 9 for row in rows)


def test_a_reader_of_either_page_learns_what_a_column_wants() -> None:
    row = next(line for line in _docs.render("en").splitlines() if line.startswith("| `direction` *"))
    assert "closed: `in`" in row
    assert "`out`" in row
    row = next(line for line in _docs.render("zh").splitlines() if line.startswith("| `payer_account` *"))
    assert "付款账户" in row
    assert "`accounts`" in row
