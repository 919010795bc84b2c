"""From a notebook to a page: one language, code hidden, strangers' HTML cleaned, the same bytes every time."""

import re

import plotly.graph_objects as go
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from caselens.reports import cleaned, in_language, render
from caselens.views import MIME

SCRIPTS = re.compile(r"<script.*?</script>", re.DOTALL)


def notebook(*outputs, extra=()):
    return new_notebook(
        cells=[
            new_code_cell("language = 'zh'", metadata={"tags": ["parameters"]}),
            new_markdown_cell("# 案件报告\n\n## 一、问的是什么\n\n**要点** $x$", metadata={"tags": ["lang-zh"]}),
            new_markdown_cell("# Case report\n\n## 1. What was asked", metadata={"tags": ["lang-en"]}),
            new_code_cell("secret_code_here()", outputs=list(outputs)),
            *extra,
        ]
    )


def shown(data, kind="execute_result"):
    return new_output(kind, data=data, **({"execution_count": 1} if kind == "execute_result" else {}))


def main(html):
    return SCRIPTS.sub("", html[html.index("<main") : html.index("</main>")])


def test_one_language_is_kept_and_the_notebook_is_not_changed():
    given = notebook()
    zh, en = render(given, "zh"), render(given, "en")
    assert "问的是什么" in zh and "What was asked" not in zh
    assert "What was asked" in en and "问的是什么" not in en
    assert len(given.cells) == 4 and len(in_language(given, "zh").cells) == 3


def test_code_is_hidden_and_the_first_heading_is_the_title():
    html = render(notebook(), "zh")
    assert "secret_code_here" not in html
    assert "<title>案件报告</title>" in html and html.count("<h1>") == 1
    assert "<title>案件报告 · 云岭案</title>" in render(notebook(), "zh", title="云岭案")


def test_no_prose_output_or_title_becomes_markup(hostile):
    table = f"<table><tr><td>{hostile}</td></tr></table>"
    data = {"text/plain": hostile, "text/html": f"<div onclick='hit()'>{table}<iframe src='//x'></iframe></div>"}
    outputs = [
        shown(data),
        shown({"text/plain": hostile}),
        new_output("stream", name="stdout", text=hostile),
        new_output("stream", name="stderr", text=hostile),
        new_output("error", ename="ValueError", evalue=hostile, traceback=[]),
        shown({"image/png": "'><script>window.hit=1</script>", "text/plain": ""}),
    ]
    prose = [new_markdown_cell(hostile + "\n\n[x](javascript:hit())", metadata={"tags": ["lang-zh"]})]
    html = render(notebook(*outputs, extra=prose), "zh", title=hostile, head=hostile, foot=hostile)
    body = main(html)
    assert not re.search(r"<(script|iframe|style|object|embed)|javascript:", body)
    assert not re.search(r"<[^>]*\son\w+\s*=", body)
    assert "<img src=x" not in body


def test_a_fragment_of_this_package_is_taken_as_it_is_and_a_figure_becomes_data():
    outputs = [
        shown({MIME: '<p class="mine">甲</p>', "text/html": "<p>not this</p>", "text/plain": "甲"}),
        shown({"application/vnd.plotly.v1+json": go.Figure(go.Bar(y=[1, 2])).to_plotly_json() | {"config": {}}}),
    ]
    html = render(notebook(*outputs), "zh")
    assert '<p class="mine">甲</p>' in html and "not this" not in html
    assert html.count('class="cl-figure"') == 1


def test_prose_cannot_forge_the_place_of_an_output():
    outputs = [new_output("stream", name="stdout", text="printed once")]
    forged = [new_markdown_cell("<!--output 0-->", metadata={"tags": ["lang-zh"]})]
    assert render(notebook(*outputs, extra=forged), "zh").count("printed once") == 1


def test_a_data_frame_of_pandas_stays_a_table_without_its_style_sheet():
    import pandas as pd

    html = cleaned(pd.DataFrame({"a": ["<b>x</b>"]})._repr_html_())
    assert "<table>" in html and "&lt;b&gt;x" in html and "style" not in html and "dataframe" not in html


def test_the_same_notebook_gives_the_same_bytes():
    assert render(notebook(), "zh") == render(notebook(), "zh")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_address_is_left_that_a_browser_would_fetch(language):
    html = render(notebook(), language)
    assert not re.findall(r"""(?:src|href)=["']?(?:https?:)?//[^"'>]*""", main(html))
    assert "require.js" not in html and "mathjax" not in html.lower()
