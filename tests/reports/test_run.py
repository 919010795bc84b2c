"""Running a notebook: its own process, unknown parameters refused, a failure that leaves a page."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from caselens.core.errors import UsageError
from caselens.reports import parameters_of, run


@pytest.fixture
def notebook(tmp_path) -> Path:
    def prose(text, language):
        return new_markdown_cell(text, metadata={"tags": [f"lang-{language}"]})

    path = tmp_path / "00_small.ipynb"
    cells = [
        new_code_cell("case_id = ''\nlanguage = 'zh'\nfail = False", metadata={"tags": ["parameters"]}),
        prose("# 小报告", "zh"),
        prose("# Small report", "en"),
        new_code_cell("import os\nprint(case_id, language, os.getpid())"),
        new_code_cell("raise_it = 1 / (not fail)"),
    ]
    nbformat.write(new_notebook(cells=cells), path)
    return path


def test_a_run_writes_a_page_from_the_parameters_given(notebook, tmp_path):
    import os

    out = tmp_path / "reports" / "c1" / "zh" / "index.html"
    outcome = run(notebook, {"case_id": "</pre><b>c1"}, out, "zh")
    html = out.read_text(encoding="utf-8")
    assert (outcome.ok, outcome.page, outcome.reason) == (True, out, "")
    assert "&lt;/pre&gt;&lt;b&gt;c1 zh" in html and "小报告" in html and "Small report" not in html
    assert f"zh {os.getpid()}" not in html, "it must run in a process of its own"
    assert [path.name for path in out.parent.iterdir()] == ["index.html"], "nothing else is left behind"


def test_a_failing_case_leaves_a_page_that_says_so_in_both_languages(notebook, tmp_path):
    out = tmp_path / "index.html"
    out.write_text("an older report")
    outcome = run(notebook, {"fail": True}, out, "en")
    html = out.read_text(encoding="utf-8")
    assert not outcome.ok and outcome.reason == "ZeroDivisionError: division by zero"
    assert "The report of this case could not be made" in html and "本案报告未能生成" in html
    assert "an older report" not in html, "an old result must not pass for the new one"
    assert "未列出的事项不等于没有问题" in html


@pytest.mark.long
@pytest.mark.long
def test_a_run_that_does_not_end_is_ended(notebook, tmp_path):
    book = nbformat.read(notebook, 4)
    book.cells.append(new_code_cell("import time\ntime.sleep(600)"))
    nbformat.write(book, notebook)
    outcome = run(notebook, {}, tmp_path / "index.html", "zh", timeout=8)
    assert not outcome.ok and "8 秒" in outcome.reason


@pytest.mark.long
@pytest.mark.long
def test_a_process_that_dies_is_told(notebook, tmp_path):
    book = nbformat.read(notebook, 4)
    book.cells.append(new_code_cell("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)"))
    nbformat.write(book, notebook)
    outcome = run(notebook, {}, tmp_path / "index.html", "en")
    assert not outcome.ok and "ended unexpectedly" in outcome.reason
    assert "ended unexpectedly" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_unknown_parameters_are_refused_before_anything_runs(notebook, tmp_path):
    with pytest.raises(UsageError, match=r"no parameter 'case', 'lang'; it has case_id, fail, language"):
        run(notebook, {"case": 1, "lang": "zh"}, tmp_path / "index.html", "zh")
    with pytest.raises(UsageError, match="zh, en"):
        run(notebook, {}, tmp_path / "index.html", "fr")
    assert not (tmp_path / "index.html").exists()


def test_parameters_are_read_without_running_anything(notebook, tmp_path):
    assert parameters_of(notebook) == {"case_id": "", "language": "zh", "fail": False}
    book = nbformat.read(notebook, 4)
    book.cells[0].source = "case_id = open('/etc/hostname').read()"
    nbformat.write(book, notebook)
    with pytest.raises(UsageError, match="plain values"):
        parameters_of(notebook)


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"cells": []}'])
def test_what_is_no_notebook_is_refused_with_a_sentence(tmp_path, content):
    path = tmp_path / "x.ipynb"
    path.write_text(content)
    with pytest.raises(UsageError, match=r"x\.ipynb"):
        parameters_of(path)
