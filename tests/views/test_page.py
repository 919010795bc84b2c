"""The page: one file, no request, a policy that lets only its own scripts run, the same bytes every time."""

import base64
import hashlib
import re

import networkx as nx
import plotly.graph_objects as go
import pytest

from caselens.views import MIME, Fragment, figure, network, page

SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def drawn():
    graph = nx.MultiDiGraph()
    graph.add_edge("a", "b", kind="payments", amount=1.0)
    return "<h2>图</h2>" + figure(go.Figure(go.Bar(y=[1])), "一", "zh") * 2 + network(graph, "zh").html * 2


def test_libraries_are_embedded_once_and_only_if_something_needs_them():
    whole, plain = page(drawn(), "t", "zh"), page("<p>x</p>", "t", "zh")
    # plotly.js, vis-network, the page's own script
    assert len(SCRIPT.findall(whole)) == 3 and len(SCRIPT.findall(plain)) == 1
    assert len(plain.encode()) < 40_000
    assert len(whole.encode()) < 6_000_000


def test_every_script_is_named_in_the_policy_and_nothing_else_may_run():
    html = page(drawn(), "t", "en")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1].replace("&#39;", "'")
    for script in SCRIPT.findall(html):
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in re.search(r"script-src[^;]*", policy)[0]


def test_the_page_names_no_address_outside_its_scripts():
    html = page(drawn(), "t", "zh")
    outside = re.sub(r"<script>.*?</script>", "", html, flags=re.DOTALL)
    assert not re.search(r"(https?:)?//[a-z]", outside.replace("http://www.w3.org/2000/svg", ""))
    assert not re.search(r"<(iframe|object|embed|base|form)\b", outside)
    # The only link element is the empty icon, which keeps the browser from asking for favicon.ico.
    assert re.findall(r"<link[^>]*>", outside) == ['<link rel="icon" href="data:,">']


def test_no_library_ends_its_script_element_early():
    whole = page(drawn(), "t", "zh")
    assert whole.count("</script") == whole.count("<script type=") + 3


def test_headings_are_numbered_by_place_and_listed():
    html = page("<h2>甲 &amp; 乙</h2><h3>丙</h3>", "t", "zh")
    assert '<h2 id="s1">甲 &amp; 乙</h2>' in html and '<h3 id="s2">丙</h3>' in html
    assert '<a href="#s1">甲 &amp; 乙</a>' in html


@pytest.mark.parametrize("field", ["title", "head", "foot"])
def test_title_and_lines_are_escaped(field):
    html = page("", **{"title": "t", "language": "zh", field: "</title><script>x</script>"})
    assert "<script>x" not in html and "&lt;script&gt;x" in html


def test_language_is_declared_and_controls_speak_it():
    assert '<html lang="zh-CN">' in page("", "t", "zh") and "在本页中查找" in page("", "t", "zh")
    assert '<html lang="en">' in page("", "t", "en") and "在本页" not in page("", "t", "en")


def test_the_same_input_gives_the_same_bytes():
    assert page(drawn(), "t", "zh") == page(drawn(), "t", "zh")


def test_in_a_notebook_a_fragment_is_a_page_in_a_frame_and_in_a_page_it_is_bare(monkeypatch):
    fragment = Fragment("<p>甲</p>", "甲", "zh")
    framed = fragment._repr_mimebundle_()
    assert framed["text/html"].startswith("<iframe srcdoc=") and framed["text/plain"] == "甲"
    monkeypatch.setenv("CASELENS_PAGE", "1")
    assert set(fragment._repr_mimebundle_()) == {"text/plain", MIME}
