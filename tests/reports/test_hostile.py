"""Hostile text in every field of a workspace: pages, workbook, index and file names show it and obey none of it."""

import csv
import io
import re
from html.parser import HTMLParser

import openpyxl
import pandas as pd
import pytest

from caselens.operations.batch import folder_name
from caselens.reports import Report, index_page
from caselens.reports.redacted import RedactedCase
from caselens.reports.run import failure_page
from caselens.reports.workbook import WORKBOOK, evidence_workbook
from caselens.tables import TABLES
from caselens.views import Fragment, page
from tests.cities import FEE, desk_of

pytestmark = pytest.mark.long

SECTIONS = ("asked", "answer", "leads", "network", "money", "timeline", "tenders", "gaps", "method")
EVIL = [
    "<script>window.hit=1</script>",
    '"><img src=x onerror=window.hit=1>',
    "=cmd|'/c calc'!A1",
    "{{7*7}}${7*7}<%= 7*7 %>",
    "../../x",
    "\u202egnp.exe",
    "</script></title><svg onload=window.hit=1>",
    "javascript:window.hit=1",
    "'-alert(1)-'",
    "<b>%{text}</b>&lt;i&gt;",
    "]]>--><!--",
    "\\u003cscript\\u003e",
]
#: Tags that the package's own markup is made of.
TAGS = set(
    "html head meta title link style body a header h1 h2 h3 h4 div label input button output nav p ul ol li main section "
    "article dl dt dd table caption colgroup col thead tbody tr th td figure figcaption details summary strong small "
    "datalist script canvas span svg path circle rect polygon line g text ellipse select option footer em".split()
)


def hostile(tables):
    """The same tables with something hostile before each text, another one for each cell; ids carry markup too."""
    count = iter(range(10_000))
    for name, text in tables.items():
        rows = list(csv.DictReader(io.StringIO(text)))
        for row in rows:
            for column in TABLES[name].columns:
                if row.get(column.name) and column.kind == "text":
                    row[column.name] = EVIL[next(count) % len(EVIL)] + row[column.name]
                elif row.get(column.name) and column.kind == "id":
                    row[column.name] += "<u>\"'&{{1+1}}"
        out = io.StringIO()
        writer = csv.DictWriter(out, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        yield name, out.getvalue()


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    return desk_of(tmp_path_factory.mktemp("hostile"), dict(hostile(FEE)))


def source(case, language):
    body = Fragment.join([getattr(Report(case), name)(language) for name in SECTIONS], language)
    return page(body.html, Report(case).heading(language).text, language, head=EVIL[0], foot=EVIL[1])


@pytest.fixture(scope="module")
def pages(desk, tmp_path_factory):
    case = desk.case()
    made = {language: source(case, language) for language in ("zh", "en")}
    made["redacted"] = source(RedactedCase(case, "zh"), "zh")
    listed = pd.DataFrame([(case.id, case.title, "x/zh/index.html", EVIL[1], 3, 1)])
    made["index"] = index_page(listed.set_axis(["case_id", "title", "path", "unit", "leads", "new"], axis=1), "zh")
    failed = tmp_path_factory.mktemp("failed") / "index.html"
    failure_page(failed, " ".join(EVIL), "zh", title=case.title)
    made["failed"] = failed.read_text("utf-8")
    return made


class Markup(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.addresses = set(), set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses += [value for name, value in attrs if name in ("href", "src", "action", "formaction", "srcset")]


NAMES = ("zh", "en", "redacted", "index", "failed")


def test_the_workspace_really_is_hostile(desk, pages):
    assert any(text in name for text in EVIL for name in desk.case().parties["name"])
    assert len(desk.case().findings()) > 0
    # What the reader is to see is there, as text.
    assert "&lt;script&gt;window.hit=1&lt;/script&gt;" in pages["zh"] and "{{7*7}}" in pages["zh"]


@pytest.mark.parametrize("name", NAMES)
def test_no_text_becomes_a_tag_an_attribute_or_an_address(pages, name):
    found = Markup()
    found.feed(re.sub(r"(<script[^>]*>).*?</script>", r"\1</script>", pages[name], flags=re.DOTALL))
    assert found.tags <= TAGS, found.tags - TAGS
    assert not [attribute for attribute in found.attributes if attribute.startswith("on")]
    assert not [
        a for a in found.addresses if not re.fullmatch(r"#[\w-]*|data:,?|[\w./%-]+", a or "") or "javascript" in a
    ]
    assert "\u202e" not in pages[name], "a name must not turn the direction of what stands beside it"


@pytest.mark.chromium
@pytest.mark.parametrize("name", NAMES)
def test_nothing_acts_in_a_browser(pages, name, chromium, tmp_path):
    from playwright.sync_api import sync_playwright

    path = tmp_path / "page.html"
    path.write_text(pages[name], encoding="utf-8")
    told, asked = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--headless"])
        tab = browser.new_context(offline=True, viewport={"width": 1366, "height": 900}).new_page()
        tab.on("dialog", lambda dialog: (told.append(dialog.message), dialog.dismiss()))
        tab.on("console", lambda message: told.append(message.text))
        tab.on("pageerror", lambda error: told.append(str(error)))
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(path.as_uri())
        tab.wait_for_selector("html[data-ready=yes]", timeout=60_000)
        for node in tab.locator(".cl-network .panel button").all()[:3]:
            node.click()
        if tab.locator("#q").count():
            tab.locator("#q").fill("<script>")
            tab.wait_for_timeout(400)
        assert tab.evaluate("window.hit") is None
        injected = tab.evaluate(
            "() => [...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames()).filter(n => n.startsWith('on'))"
        )
        assert injected == []
        browser.close()
    assert told == []
    assert [url for url in asked if not url.startswith((path.as_uri(), "data:", "blob:"))] == []


@pytest.mark.parametrize("edition", ["full", "redacted"])
def test_nothing_becomes_a_formula_in_the_workbook(desk, tmp_path, edition):
    path = tmp_path / WORKBOOK
    evidence_workbook(desk.edition(desk.case().id, edition, "zh"), path, "zh")
    cells = [
        c for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows() for c in row if c.value is not None
    ]
    assert len(cells) > 50
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert not any(cell.hyperlink for cell in cells)


@pytest.mark.parametrize(
    "case_id", ["../../x", "/etc/passwd", "a\x00b", "..", "con:", "=1", "\u202ex", "<b>", "长" * 300]
)
def test_no_case_id_leads_out_of_the_folder_of_reports(case_id, tmp_path):
    name = folder_name(case_id)
    assert re.fullmatch(r"[\w-]+", name) and len(name.encode()) < 255
    assert (tmp_path / name).resolve().parent == tmp_path.resolve()
