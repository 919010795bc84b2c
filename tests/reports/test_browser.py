"""A report in a real browser without a network: no request, no error, pictures drawn, a click shows rows."""

import re
import zlib

import networkx as nx
import pandas as pd
import pytest

from caselens.reports import Report, index_page
from caselens.views import Fragment, network, page

pytestmark = pytest.mark.chromium
HEADINGS = {"zh": "三、线索", "en": "3. Leads"}


@pytest.fixture(scope="module")
def browser(request):
    chromium = request.getfixturevalue("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--headless"])
        yield started
        started.close()


class Opened:
    """A page opened from a file with the network off; what it asked for and complained about."""

    def __init__(self, browser, path):
        self.requests, self.complaints = [], []
        self.context = browser.new_context(offline=True, viewport={"width": 1366, "height": 900})
        self.page = self.context.new_page()
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(path.as_uri())
        self.page.wait_for_selector("html[data-ready=yes]", timeout=60_000)
        self.own = path.as_uri()

    def asked_for(self):
        return [url for url in self.requests if url != self.own and not url.startswith(("data:", "blob:"))]


@pytest.fixture
def opened(browser, tmp_path):
    pages = []

    def open_page(html):
        path = tmp_path / f"{len(pages)}.html"
        path.write_text(html, encoding="utf-8")
        pages.append(Opened(browser, path))
        return pages[-1]

    yield open_page
    for item in pages:
        item.context.close()


def report(case, language):
    sections = ("asked", "answer", "leads", "network", "money", "timeline", "tenders", "gaps", "method")
    body = Fragment.join([getattr(Report(case), section)(language) for section in sections], language)
    heading = f"<h2>{HEADINGS[language]}</h2>"
    return page(heading + body.html, Report(case).heading(language).text, language, head="内部资料", foot="1")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_report_opens_offline_and_draws_everything(case, opened, language):
    shown = opened(report(case, language))
    assert shown.asked_for() == []
    assert shown.complaints == []
    assert shown.page.locator(".cl-figure[data-drawn=yes] svg.main-svg").count() >= 2
    assert shown.page.locator(".cl-network[data-drawn=yes] .canvas canvas").count() == 1
    # The hostile names are on the page as text and did nothing.
    assert shown.page.evaluate("window.hit") is None
    assert "<script>window.hit=1</script>" in shown.page.locator("main").inner_text()


def test_a_click_on_a_party_and_on_a_line_shows_the_rows(case, opened):
    shown = opened(report(case, "zh")).page
    place = """name => { const own = document.querySelector('.cl-network').caselens;
        const node = own.nodes.get().find(item => item.full === name);
        const at = own.graph.canvasToDOM(own.graph.getPosition(node.id));
        const box = document.querySelector('.cl-network .canvas canvas').getBoundingClientRect();
        return [box.x + at.x, box.y + at.y]; }"""
    shown.locator(".cl-network").scroll_into_view_if_needed()
    payer, consultancy = shown.evaluate(place, "沈若兰"), shown.evaluate(place, "启衡咨询中心")
    panel = shown.locator(".cl-network .panel")

    shown.mouse.click(*consultancy)
    panel.get_by_role("heading", name="启衡咨询中心").wait_for()
    assert "相关连线 (3)" in panel.inner_text()

    shown.mouse.click((payer[0] + consultancy[0]) / 2, (payer[1] + consultancy[1]) / 2)
    panel.get_by_role("heading", name="启衡咨询中心 → 沈若兰").wait_for()
    text = panel.inner_text()
    assert "证据行 (2)" in text and "178万元" in text
    assert "银行/流水.xlsx › 明细 › 第 3 行" in text and "银行/流水.xlsx › 明细 › 第 4 行" in text


def test_a_party_can_be_found_by_name_and_without_a_mouse(case, opened):
    shown = opened(report(case, "en")).page
    box = shown.get_by_label("Find a party")
    box.fill("沈若兰")
    box.press("Enter")
    panel = shown.locator(".cl-network .panel")
    panel.get_by_role("heading", name="沈若兰").wait_for()
    panel.get_by_role("button", name="启衡咨询中心").press("Enter")
    assert "Evidence rows (2)" in panel.inner_text()


def test_what_is_folded_opens_by_name_by_hub_and_all_at_once(opened):
    graph = nx.MultiDiGraph()
    graph.add_node("hub", kind="firm", label="云岭金桥", subject=True)
    for number in range(30):
        graph.add_edge(
            "hub", f"员工{number:02}", kind="payments", amount=1.0, count=1, rows=[("payments", f"p{number}")]
        )
    shown = opened(page(network(graph, "zh", fold_from=12).html, "t", "zh")).page
    drawn = "() => document.querySelector('.cl-network').caselens.nodes.length"
    assert shown.evaluate(drawn) == 1
    panel = shown.locator(".cl-network .panel")

    shown.get_by_label("查找对象").fill("员工07")
    shown.get_by_label("查找对象").press("Enter")
    panel.get_by_role("heading", name="员工07").wait_for()
    assert "资金往来 p7" in panel.inner_text()
    assert shown.evaluate(drawn) == 31

    panel.get_by_role("button", name="云岭金桥").click()
    panel.get_by_role("button", name="返回对象").click()
    shown.get_by_label("查找对象").fill("云岭金桥")
    shown.get_by_label("查找对象").press("Enter")
    panel.get_by_role("button", name="收起").click()
    assert shown.evaluate(drawn) == 1

    shown.get_by_role("button", name="全部展开").click()
    assert shown.evaluate(drawn) == 31
    shown.get_by_role("button", name="全部展开").click()
    assert shown.evaluate(drawn) == 1


@pytest.mark.long
def test_the_page_can_be_searched(case, opened):
    shown = opened(report(case, "zh")).page
    shown.get_by_label("在本页中查找").fill("调取合同")
    shown.locator("mark.now").wait_for()
    assert shown.locator("#q-count").inner_text() == "1 / 1 处"
    shown.get_by_label("在本页中查找").fill("没有这样的词")
    shown.get_by_text("未找到").wait_for()
    assert shown.locator("mark").count() == 0


def test_a_script_that_is_not_the_page_s_own_cannot_run(opened):
    # Markup that slipped through all escaping: the policy still refuses to run it.
    slipped = page("<p>x</p><script>window.hit=1</script><img src=x onerror='window.hit=2'>", "t", "en")
    shown = opened(slipped)
    assert shown.page.evaluate("window.hit") is None
    assert any("Content Security Policy" in complaint for complaint in shown.complaints)


def test_the_index_sorts_and_filters(opened):
    cases = pd.DataFrame(
        [("c1", "甲案", "c1.html", 3), ("c2", "乙案", "c2.html", 10), ("c3", "丙案", "c3.html", 1)],
        columns=["case_id", "title", "path", "leads"],
    )
    shown = opened(index_page(cases, "zh"))
    rows = shown.page.locator("#cases tbody tr:visible")
    shown.page.get_by_role("button", name="线索").click()
    # By number, not by text: 10 comes after 3.
    assert [text.split("\t")[0] for text in rows.all_inner_texts()] == ["丙案", "甲案", "乙案"]
    shown.page.get_by_label("筛选").fill("乙")
    assert rows.count() == 1
    assert shown.asked_for() == [] and shown.complaints == []


@pytest.mark.long
def test_serious_barriers_to_access_are_absent(case, opened):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    for language in ("zh", "en"):
        shown = opened(report(case, language))
        # axe is brought in by the test's own channel; the page's policy would rightly refuse it.
        shown.context.close()
        found = axe_of(shown, axe)
        serious = [item["id"] for item in found if item["impact"] in ("serious", "critical")]
        assert serious == [], [(item["id"], [node["html"][:120] for node in item["nodes"][:3]]) for item in found]


def axe_of(shown, axe):
    browser = shown.context.browser
    context = browser.new_context(bypass_csp=True, offline=True, viewport={"width": 1366, "height": 900})
    try:
        tab = context.new_page()
        tab.goto(shown.own)
        tab.wait_for_selector("html[data-ready=yes]")
        return axe.Axe().run(tab).response["violations"]
    finally:
        context.close()


def texts_drawn(printed):
    """How many pieces of text each page of a PDF draws, in order, read from its content streams."""
    objects = dict(re.findall(rb"(?:^|\n)(\d+) 0 obj\r?\n(.*?)endobj", printed, re.DOTALL))
    counts = []
    for body in objects.values():
        if not re.search(rb"/Type\s*/Page\b", body):
            continue
        streams = re.findall(rb"(\d+) 0 R", re.search(rb"/Contents\s*(\[[^\]]*\]|\d+ 0 R)", body)[1])
        drawn = 0
        for number in streams:
            data = objects[number].split(b"stream", 1)[1].lstrip(b"\r\n").rsplit(b"endstream", 1)[0]
            drawn += len(re.findall(rb"T[jJ]\b", zlib.decompressobj().decompress(data)))
        counts.append(drawn)
    return counts


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_prints_on_a4_without_a_blank_page(case, opened, language):
    shown = opened(report(case, language)).page
    printed = shown.pdf(prefer_css_page_size=True)
    assert printed.startswith(b"%PDF")
    # A4 is 210 by 297 mm, that is 595 by 842 points.
    sizes = {tuple(round(float(x)) for x in box.split()) for box in re.findall(rb"/MediaBox\s*\[([^\]]*)\]", printed)}
    assert sizes == {(0, 0, 595, 842)}
    drawn = texts_drawn(printed)
    assert 3 <= len(drawn) <= 12
    assert min(drawn) >= 3, f"a page without text: {drawn}"


def test_the_index_chooses_a_unit_and_what_changed_together_with_words(opened):
    cases = pd.DataFrame(
        [
            ("c1", "甲案", "c1.html", "住建局", 2, False),
            ("c2", "乙案", "c2.html", "教育局", 1, False),
            ("c3", "丙案", "c3.html", "住建局", 0, True),
        ],
        columns=["case_id", "title", "path", "unit", "new", "failed"],
    )
    shown = opened(index_page(cases, "zh"))
    rows = shown.page.locator("#cases tbody tr:visible th")
    shown.page.locator("select[data-by=unit]").select_option("住建局")
    assert rows.all_inner_texts() == ["甲案", "丙案"]
    assert shown.page.locator("[data-counts]").inner_text() == "2 / 3"
    shown.page.locator("select[data-by=has]").select_option("新增")
    assert rows.all_inner_texts() == ["甲案"]
    shown.page.get_by_label("筛选").fill("丙")
    assert rows.count() == 0
    shown.page.locator("select[data-by=unit]").select_option("")
    shown.page.locator("select[data-by=has]").select_option("未能生成")
    assert rows.all_inner_texts() == ["丙案"]
    assert shown.asked_for() == [] and shown.complaints == []
