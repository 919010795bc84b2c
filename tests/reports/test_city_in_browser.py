"""Every report and index of the sample city in a real browser with the network off. Minutes: ``make test-all``.

``CASELENS_CITY_REPORTS`` may name a folder of reports of the sample city that is there already; then that is opened.
"""

import os
import re
from pathlib import Path

import pytest

from tests.reports.test_browser import texts_drawn

pytestmark = [pytest.mark.long, pytest.mark.chromium, pytest.mark.timeout(5400)]
#: A page that a person has to wait for, or that a mail refuses, is none.
MOST_BYTES = 8_000_000


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    if given := os.environ.get("CASELENS_CITY_REPORTS"):
        return Path(given)
    from caselens.api import new_workspace, open_workspace
    from caselens.operations import write_reports
    from caselens.sample import build

    home = tmp_path_factory.mktemp("city")
    build(home / "files")
    desk = new_workspace(home / "workspace", "样例城市")
    desk.workspace.intake(home / "files")
    desk = open_workspace(home / "workspace")
    written = write_reports(desk, home / "reports", editions=("full", "redacted"))
    assert all(item.outcome.ok for item in written), [item.outcome.reason for item in written if not item.outcome.ok]
    return home / "reports"


@pytest.fixture(scope="module")
def browser(request):
    chromium = request.getfixturevalue("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--headless"])
        yield started
        started.close()


@pytest.fixture
def visit(browser):
    """Open a page offline; gives the tab, and fails at the end if it asked for anything or complained."""
    contexts, asked, told = [], [], []

    def opened(path, **options):
        context = browser.new_context(offline=True, viewport={"width": 1366, "height": 900}, **options)
        contexts.append(context)
        tab = context.new_page()
        own = path.as_uri()
        tab.on(
            "request",
            lambda r: asked.append(r.url) if r.url != own and not r.url.startswith(("data:", "blob:")) else None,
        )
        tab.on("console", lambda message: told.append(f"{path.parent}: {message.text}"))
        tab.on("pageerror", lambda error: told.append(f"{path.parent}: {error}"))
        tab.goto(own)
        tab.wait_for_selector("html[data-ready=yes]", timeout=120_000)
        return tab

    yield opened
    for context in contexts:
        context.close()
    assert asked == [] and told == []


def pages(reports):
    found = sorted(reports.glob("*/*/index.html"))
    assert found, "no report was written"
    return found


def test_each_report_opens_draws_searches_and_answers_a_click(reports, visit):
    for path in pages(reports):
        assert path.stat().st_size <= MOST_BYTES, path
        tab = visit(path)
        figures = tab.locator(".cl-figure")
        assert tab.locator(".cl-figure[data-drawn=yes]").count() == figures.count(), path
        network = tab.locator(".cl-network")
        assert network.get_attribute("data-drawn") == "yes", path
        place = tab.evaluate(
            "() => { const own = document.querySelector('.cl-network').caselens; const node = own.nodes.get()[0];"
            " const at = own.graph.canvasToDOM(own.graph.getPosition(node.id));"
            " document.querySelector('.cl-network').scrollIntoView({block: 'center'});"
            " const box = document.querySelector('.cl-network .canvas canvas').getBoundingClientRect();"
            " return [box.x + at.x, box.y + at.y, node.full]; }"
        )
        tab.mouse.click(place[0], place[1])
        tab.locator(".cl-network .panel h4").first.wait_for()
        # A word that stands in every report is found, and found again by "next".
        tab.locator("#q").fill("Caselens")
        tab.locator("mark.now").first.wait_for()
        assert re.match(r"1 / \d+", tab.locator("#q-count").inner_text()), path
        # Each entry of the contents leads to a heading.
        targets = tab.eval_on_selector_all(".contents a", "links => links.map(a => !!document.querySelector(a.hash))")
        assert targets and all(targets), path
        tab.context.close()


def test_each_report_prints_on_a4_without_a_blank_page(reports, visit):
    for path in pages(reports):
        tab = visit(path)
        drawn = texts_drawn(tab.pdf(prefer_css_page_size=True))
        # The whole city's largest case has some hundred rows a lead; beyond this nobody would carry it.
        assert 3 <= len(drawn) <= 400, (path, len(drawn))
        assert min(drawn) >= 1, (path, drawn)
        tab.context.close()


def test_axe_finds_nothing_serious(reports, visit):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    wrong = []
    for path in [*sorted(reports.glob("index*.html")), *pages(reports)]:
        tab = visit(path, bypass_csp=True)
        options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
        found = axe.Axe().run(tab, options=options).response["violations"]
        wrong += [(path, item["id"], item["nodes"][0]["html"][:160]) for item in found]
        tab.context.close()
    assert wrong == []


def test_the_indexes_lead_to_every_edition(reports, visit):
    for path in sorted(reports.glob("index*.html")):
        tab = visit(path)
        links = tab.eval_on_selector_all("#cases a", "links => links.map(a => a.getAttribute('href'))")
        assert links and all((reports / link).is_file() for link in links)
        rows = tab.locator("#cases tbody tr")
        first = rows.first.locator("th").inner_text()
        tab.locator("input[data-filters]").fill(first)
        assert tab.locator("#cases tbody tr:visible").count() < rows.count() or rows.count() == 1
        tab.locator("input[data-filters]").fill("")
        tab.locator("#cases thead button").first.click()
        assert tab.locator("#cases th[aria-sort=ascending]").count() == 1
        tab.context.close()
