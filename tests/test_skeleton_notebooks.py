"""Notebooks stay thin: they tell the story in two languages, and the library does the work."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parent.parent / "notebooks").glob("*.ipynb"))
# What belongs in lib/; a comprehension is a `for` too.
LOGIC = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.Try,
    ast.TryStar,
    ast.comprehension,
)
FACADE = {"caselens", "caselens.api"}
LARGEST_OUTPUT = 4_000


def source(cell):
    return "".join(cell["source"])


def tags(cell):
    return set(cell["metadata"].get("tags", ()))


def faults(notebook):
    """Every rule the notebook breaks, as sentences."""
    cells = notebook["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    prose = [cell for cell in cells if cell["cell_type"] == "markdown"]
    found = []
    if len(code) > 15:
        found.append(f"{len(code)} code cells, 15 are allowed")
    if (count := sum("parameters" in tags(cell) for cell in code)) != 1:
        found.append(f"{count} cells tagged parameters, exactly one is needed")
    for cell in code:
        found += _faults_of_code(cell)
    for cell in prose:
        if len(tags(cell) & {"lang-zh", "lang-en"}) != 1:
            found.append(f"prose tagged neither lang-zh nor lang-en, or both: {source(cell)[:40]!r}")
        elif ("lang-zh" in tags(cell)) != bool(re.search(r"[\u4e00-\u9fff]", source(cell))):
            found.append(f"prose in another language than its tag says: {source(cell)[:40]!r}")
    zh, en = (sum(tag in tags(cell) for cell in prose) for tag in ("lang-zh", "lang-en"))
    if zh != en or not zh:
        found.append(f"{zh} cells of prose in Chinese, {en} in English")
    return found


def _faults_of_code(cell):
    text = source(cell)
    start = repr(text[:40])
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 8:
        yield f"{len(lines)} lines, 8 are allowed: {start}"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, LOGIC):
            yield f"{type(node).__name__} belongs in lib/: {start}"
        if isinstance(node, ast.Import) and (other := {alias.name for alias in node.names} - FACADE):
            yield f"imports {', '.join(sorted(other))}; a notebook imports the façade only"
        if isinstance(node, ast.ImportFrom) and node.module not in FACADE:
            yield f"imports {node.module}; a notebook imports the façade only"
    for output in cell["outputs"]:
        if kinds := set(output.get("data", ())) - {"text/plain"}:
            yield f"saved with {', '.join(sorted(kinds))}; only text is kept: {start}"
        if len(json.dumps(output, ensure_ascii=False)) > LARGEST_OUTPUT:
            yield f"saved with a large output: {start}"
        if output["output_type"] == "error":
            yield f"saved with an error: {start}"
    if cell["outputs"] and cell["execution_count"] is None:
        yield f"saved with outputs but no execution count, which nbval refuses: {start}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_thin(path):
    assert re.match(r"\d\d[_-]", path.name), "notebooks are numbered, e.g. 00_start_here.ipynb"
    assert faults(json.loads(path.read_text(encoding="utf-8"))) == []


#: What an analyst is promised, by its number.
PROMISED = {
    "00": "start_here",
    "10": "data_quality",
    "20": "who_is_who",
    "30": "network",
    "40": "money",
    "50": "tenders",
    "60": "projects",
    "70": "decisions_posts",
    "80": "unit",
    "85": "city",
    "88": "lead_register",
    "90": "case_report",
}


def test_every_promised_notebook_is_there_and_opens_with_what_it_answers():
    there = dict(path.stem.split("_", 1) for path in NOTEBOOKS)
    assert there == PROMISED
    for path in NOTEBOOKS:
        zh, en = (
            source(next(cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if tag in tags(cell)))
            for tag in ("lang-zh", "lang-en")
        )
        # The report itself opens with its case; every other says first what it is for.
        assert zh.startswith("# ") and en.startswith("# ")
        assert path.stem.startswith("90") or ("回答什么问题" in zh and "What this answers" in en), path.stem


def cell(kind, text, *names, outputs=(), count=1):
    content = {"cell_type": kind, "source": text, "metadata": {"tags": list(names)}}
    return content | ({"outputs": list(outputs), "execution_count": count} if kind == "code" else {})


THIN = [
    cell("markdown", "# 案件", "lang-zh"),
    cell("markdown", "# Case", "lang-en"),
    cell("code", "case_id = 'c1'", "parameters"),
    cell("code", "import caselens\ncaselens.open_workspace('w').case(case_id)"),
]
HTML = {"output_type": "display_data", "data": {"text/html": "<b>", "text/plain": "b"}}
TEXT = {"output_type": "execute_result", "data": {"text/plain": "3"}}


def test_a_thin_notebook_has_no_fault():
    assert faults({"cells": THIN}) == []


@pytest.mark.parametrize(
    ("extra", "fault"),
    [
        (cell("code", "for x in y:\n    x"), "For belongs in lib/"),
        (cell("code", "[x for x in y]"), "comprehension belongs in lib/"),
        (cell("code", "\n".join("abcdefghi")), "9 lines"),
        (cell("code", "import pandas"), "imports pandas"),
        (cell("code", "from caselens.flows import index"), "imports caselens.flows"),
        (cell("code", "1", "parameters"), "2 cells tagged parameters"),
        (cell("code", "1", outputs=[HTML]), "saved with text/html"),
        (cell("code", "1", outputs=[TEXT], count=None), "no execution count"),
        (cell("markdown", "Untagged"), "tagged neither"),
        (cell("markdown", "English", "lang-zh"), "another language"),
        (cell("markdown", "只有中文", "lang-zh"), "2 cells of prose in Chinese, 1 in English"),
    ],
)
def test_each_rule_is_seen_when_broken(extra, fault):
    assert [text for text in faults({"cells": [*THIN, extra]}) if fault in text]


def test_too_many_cells_are_seen():
    assert "16 code cells, 15 are allowed" in faults({"cells": [*THIN, *[cell("code", "1")] * 14]})
