"""The committed catalogue says what the declarations say."""

from pathlib import Path

import pytest

from caselens.indicators import INDICATORS, _docs
from caselens.relations import RELATIONS


def test_the_committed_pages_are_in_step() -> None:
    assert [path.name for path in _docs.out_of_step()] == [], "run: python -m caselens.indicators._docs --write"


def test_check_fails_on_a_page_edited_by_hand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _docs.main(["--check", "--folder", str(tmp_path)]) == 1  # no pages yet
    assert _docs.main(["--folder", str(tmp_path)]) == 0  # writing is the default
    assert _docs.main(["--check", "--folder", str(tmp_path)]) == 0
    page = tmp_path / "indicators.zh.md"
    page.write_text(page.read_text(encoding="utf-8") + "手写", encoding="utf-8")
    capsys.readouterr()
    assert _docs.main(["--check", "--folder", str(tmp_path)]) == 1
    assert "indicators.zh.md is out of step" in capsys.readouterr().err


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_reader_finds_question_thresholds_example_and_answer(language: str) -> None:
    page = _docs.render(language)  # type: ignore[arg-type]
    for indicator in INDICATORS.values():
        section = page.split(f"\n## {indicator.id}\n")[1].split("\n## ")[0]
        assert indicator.question.get(language) in section  # type: ignore[arg-type]
        assert all(f"| `{param.name}` |" in section for param in indicator.params)
        assert all(f"| `{name}` |" in section for name in indicator.example.flags | indicator.example.leaves)
        assert all(f"\n`{table}`\n" in section for table in indicator.example.tables)
    assert all(f"### `{name}`" in page for name in RELATIONS)
