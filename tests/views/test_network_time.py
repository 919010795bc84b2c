"""Time in a network: what each line is made of by month, checked by hand and in a real browser."""

from __future__ import annotations

import datetime
import json
import re
from xml.etree import ElementTree

import networkx as nx
import pytest

from caselens.core.text import Text
from caselens.views import network, page

day = datetime.date


@pytest.fixture
def graph() -> nx.MultiDiGraph:
    """A pays B twice in May and twice in July 2016, once without an amount; B owns F from 2001 to June 2016; kin."""
    made = nx.MultiDiGraph()
    for node, kind in (("A", "firm"), ("B", "person"), ("F", "firm"), ("K", "relative")):
        made.add_node(node, kind=kind, label=f"<b>{node}</b>\x01", subject=node == "B")
    paid = [(day(2016, 5, 3), 100.25), (day(2016, 5, 20), 200.5), (day(2016, 7, 1), 20_000.0), (day(2016, 7, 2), None)]
    made.add_edge(
        "A", "B", kind="payments", label=Text("付款", "pays"), amount=20_300.75, count=4,
        start=paid[0][0], end=paid[-1][0],
        rows=[("payments", f"p{n}") for n in range(4)], spans=[(when, when, amount) for when, amount in paid],
    )  # fmt: skip
    made.add_edge(
        "B", "F", kind="ownerships", label=Text("持股", "owns"), start=day(2001, 2, 1), end=day(2016, 6, 30), count=1,
        rows=[("ownerships", "o1")], spans=[(day(2001, 2, 1), day(2016, 6, 30), None)],
    )  # fmt: skip
    made.add_edge("B", "K", kind="kinships", label=Text("亲属", "kin"), rows=[("kinships", "k1")], spans=[(None,) * 3])
    return made


def data_of(fragment):
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', fragment.html, re.DOTALL)[1])


def test_a_line_is_summed_by_month_and_an_earlier_period_begins_before_the_axis(graph):
    data = data_of(network(graph, "zh"))
    # The first payment is of May 2016: month 1 is May, 0 all before. The last dated thing is of July 2016: month 3.
    assert data["months"] == {"first": "2016-04", "count": 4}
    by_kind = dict(zip([data["kinds"][line[5]][0] for line in data["lines"]], data["sums"], strict=True))
    # [first, last, times, sum, without an amount]: 100.25 + 200.5 = 300.75 in May.
    assert by_kind["payments"] == [[1, 1, 2, 300.75, 0], [3, 3, 2, 20_000, 1]]
    assert by_kind["ownerships"] == [[0, 2, 1, 0, 1]]
    assert by_kind["kinships"] == [[-1, -1, 1, 0, 1]]


def test_the_months_of_the_rows_stand_in_the_order_of_the_rows(graph):
    data = data_of(network(graph, "zh"))
    place = [data["kinds"][line[5]][0] for line in data["lines"]].index("payments")
    assert [data["rows"][row][0] for row in data["line_detail"][place][2]] == [f"资金往来 p{n}" for n in range(4)]
    assert data["line_months"][place] == [1, 1, 1, 1, 3, 3, 3, 3]


def test_an_open_end_reaches_to_the_end_and_one_month_alone_offers_no_choice():
    graph = nx.MultiDiGraph()
    graph.add_edge("a", "b", kind="appointments", start=day(2016, 1, 1), end=None, count=1)
    assert "months" not in data_of(network(graph, "en"))
    graph.add_edge("b", "c", kind="payments", amount=1.0, start=day(2016, 3, 1), end=day(2016, 3, 1), count=1)
    graph.add_edge("b", "c", kind="payments", amount=1.0, start=day(2016, 5, 1), end=day(2016, 5, 1), count=1)
    data = data_of(network(graph, "en"))
    # February stands for all before March, so January is in it; March is 1, May is 3.
    assert data["months"] == {"first": "2016-02", "count": 4}
    assert data["sums"][0] == [[0, 3, 1, 0, 1]]


@pytest.fixture(scope="module")
def browser(request):
    chromium = request.getfixturevalue("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--headless"])
        yield started
        started.close()


@pytest.fixture
def shown(browser, graph, tmp_path, request):
    """The network in a page opened offline; any complaint of the console fails the test."""
    language = getattr(request, "param", "zh")
    path = tmp_path / "page.html"
    path.write_text(page(network(graph, language).html, "t", language), encoding="utf-8")
    context = browser.new_context(offline=True, accept_downloads=True)
    opened, complaints = context.new_page(), []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.goto(path.as_uri())
    opened.wait_for_selector("html[data-ready=yes]")
    yield opened
    context.close()
    assert complaints == []


def choose(opened, first, last):
    """Move the sliders to these months and wait until the picture followed."""
    opened.evaluate(
        """([first, last]) => {
            const [low, high] = document.querySelectorAll('.times input');
            for (const [input, value] of [[low, first], [high, last]]) {
                input.value = value; input.dispatchEvent(new Event('input'));
            }
        }""",
        [first, last],
    )
    opened.wait_for_timeout(300)


def lines(opened):
    return opened.evaluate(
        "Object.fromEntries(document.querySelector('.cl-network').caselens.lines.get()"
        ".map(line => [line.from + '-' + line.to, [line.width, line.label]]))"
    )


@pytest.mark.chromium
def test_the_slider_shows_the_lines_of_the_chosen_time_and_adds_them_up_anew(shown):
    assert set(lines(shown)) == {"0-1", "1-2", "1-3"}
    assert lines(shown)["0-1"] == [7, "2.03万元"]
    choose(shown, 3, 3)
    # In July 20,000 of 20,300.75 were paid: 1.5 + 5.5 * sqrt(20000 / 20300.75) = 6.96; the holding had ended.
    assert lines(shown)["0-1"] == [7, "2万元"] and set(lines(shown)) == {"0-1", "1-3"}
    choose(shown, 1, 2)
    # 1.5 + 5.5 * sqrt(300.75 / 20300.75) = 2.17
    assert lines(shown)["0-1"] == [2.2, "300.75元"] and set(lines(shown)) == {"0-1", "1-2", "1-3"}
    assert "2016-05 至 2016-06：3 条连线，其中 1 条无日期" in shown.locator(".times output").inner_text()
    shown.locator(".always").click()
    assert lines(shown)["0-1"] == [7, "2.03万元"]


@pytest.mark.chromium
@pytest.mark.parametrize("shown", ["en"], indirect=True)
def test_the_panel_lists_the_rows_of_the_chosen_time_and_counts_the_others(shown):
    choose(shown, 1, 1)
    shown.evaluate(
        "document.querySelector('.cl-network').caselens.graph.body.emitter.emit('click', {nodes: [], edges: [0]})"
    )
    panel = shown.locator(".panel").inner_text()
    assert "2 entries in the chosen time · in all CNY 300.75" in panel
    assert "Payments p1" in panel and "Payments p2" not in panel and "2 more rows are outside the chosen time." in panel
    # The panel follows the slider.
    choose(shown, 3, 3)
    panel = shown.locator(".panel").inner_text()
    assert "2 entries in the chosen time · in all CNY 20,000 · 1 of them without an amount in yuan" in panel
    assert "Payments p2" in panel and "Payments p1" not in panel


@pytest.mark.chromium
def test_a_thumb_that_meets_the_other_pushes_it(shown):
    choose(shown, 3, 3)
    shown.locator(".times input").nth(1).evaluate(
        "input => { input.value = 1; input.dispatchEvent(new Event('input')) }"
    )
    shown.wait_for_timeout(200)
    assert shown.locator(".times input").evaluate_all("both => both.map(input => input.value)") == ["1", "1"]
    assert lines(shown)["0-1"] == [2.2, "300.75元"]


@pytest.mark.chromium
def test_the_picture_is_saved_as_png_svg_and_graphml_of_what_is_chosen(shown, tmp_path):
    choose(shown, 3, 3)
    saved = {}
    for kind in ("png", "svg", "graphml"):
        with shown.expect_download() as waiting:
            shown.locator(f".save .{kind}").click()
        waiting.value.save_as(tmp_path / kind)
        saved[kind] = (tmp_path / kind).read_bytes()
    assert saved["png"].startswith(b"\x89PNG")
    drawing = ElementTree.fromstring(saved["svg"])
    texts = [item.text for item in drawing.iter("{http://www.w3.org/2000/svg}text")]
    # Names are text, whatever they hold; the legend explains the shapes.
    assert texts.count("<b>A</b>⟦U+0001⟧") == 1 and "企业" in texts and "2万元" in texts
    assert not drawing.findall(".//{http://www.w3.org/2000/svg}b")
    read = nx.read_graphml(tmp_path / "graphml", force_multigraph=True)
    assert {data["label"][3] for _, data in read.nodes(data=True)} == {"A", "B", "F", "K"}
    assert sorted(data["table"] for *_, data in read.edges(data=True)) == ["kinships", "payments"]
    (paid,) = [data for *_, data in read.edges(data=True) if data["table"] == "payments"]
    assert (paid["amount"], paid["entries"]) == (20_000.0, 2)
