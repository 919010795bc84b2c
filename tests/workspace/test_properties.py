"""Random tables: what is written is read back, every row is accounted for, and plain Python agrees with the engine."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import tempfile
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from caselens.core.text import Text
from caselens.tables import TABLES, Column, Table
from caselens.workspace import Workspace
from caselens.workspace.staging import ODD_BLANKS
from caselens.workspace.validate import DOUBTFUL, WRONG, Checks, quote

BLANKS = " \t\n\r\xa0\u3000"
# No surrogates (no text) and no NUL (no text file).
CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
PLAIN = st.text(st.sampled_from(list("ab,;\t\"'\n 甲乙£é1.-")), max_size=6)
DIALECTS = [("utf-8", ","), ("utf-8-sig", ","), ("gb18030", ","), ("utf-8", ";"), ("utf-8", "\t")]


@pytest.fixture(scope="module")
def scratch() -> Any:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.mark.parametrize(("encoding", "delimiter"), DIALECTS, ids=repr)
@given(
    memos=st.lists(st.one_of(CELLS, PLAIN), min_size=1, max_size=6),
    quoting=st.sampled_from([0, 1]),
    end=st.sampled_from(["\n", "\r\n"]),
)
@settings(max_examples=8)
def test_what_is_written_is_read_back_exactly(encoding, delimiter, memos, quoting, end):
    # A return that no quotes enclose ends the line, for a spreadsheet program too; the writer leaves it bare.
    assume(quoting == csv.QUOTE_ALL or not any("\r" in memo for memo in memos))
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, quoting=quoting, lineterminator=end)
    writer.writerow(["account_id", "holder_name"])
    writer.writerows([f"A{number}", memo] for number, memo in enumerate(memos))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "accounts.csv"
        file.write_bytes(buffer.getvalue().encode(encoding))
        workspace = Workspace.create(Path(folder) / "w")
        part = workspace.intake(file).entries[0].tables[0]
        found = workspace.con.execute("SELECT account_id, holder_name, source_row FROM accounts ORDER BY 3").fetchall()
    assert (part.rows_in, part.accepted) == (len(memos), len(memos))
    assert found == [(f"A{number}", memo or None, number + 2) for number, memo in enumerate(memos)]


LINE = st.one_of(
    st.builds(
        "{},{},{},{},{}".format,
        st.sampled_from(["P1", "P2", "P3", ""]),
        st.sampled_from(["2024-01-01", "x"]),
        st.just("A1"),
        st.just("A2"),
        st.sampled_from(["5", "6", "-1"]),
    ),
    st.text(st.sampled_from(list('ab,"\n\r 1')), max_size=12),
)


@given(files=st.lists(st.lists(LINE, max_size=8), min_size=1, max_size=3))
@settings(max_examples=10)
def test_every_row_is_accounted_for_whatever_the_file_holds(files):
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.create(Path(folder) / "w")
        for lines in files:
            file = Path(folder) / "payments.csv"
            file.write_text("\n".join(["payment_id,paid_at,payer_account,payee_account,amount", *lines]), newline="")
            workspace.intake(file)
        sources = workspace.sources()
        counted = sources["rows_accepted"] + sources["rows_quarantined"] + sources["rows_repeated"]
        assert (sources["rows_in"] == counted).all()
        assert (sources["refusal"] == "").all()
        keys = [key for (key,) in workspace.con.execute("SELECT payment_id FROM payments").fetchall()]
    # A key is in force once, and exactly the keys of right rows are.
    right = {
        line.split(",")[0] for lines in files for text in lines for line in re.split(r"[\n\r]", text) if _is_right(line)
    }
    assert len(keys) == len(set(keys))
    # Between two quotation marks a line is part of a cell, and what a single one means is the reader's guess.
    if any('"' in text for lines in files for text in lines):
        assert set(keys) <= right
    else:
        assert set(keys) == right


def _is_right(line: str) -> bool:
    return re.fullmatch(r"P[123],2024-01-01,A1,A2,[56]", line) is not None


def column(kind: str, **more: Any) -> Column:
    return Column("c", kind, Text("列", "c"), **more)  # type: ignore[arg-type]


KINDS = ("id", "text", "money", "number", "share", "integer", "date", "moment", "boolean")
COLUMNS = [
    *(column(kind, required=required) for kind in KINDS for required in (True, False)),
    column("code", codes=("in", "out"), closed=True),
    column("code", codes=("in", "out")),
    column("code", codes=("in", "out"), several=True, closed=True),
    column("code", codes=("in", "out"), several=True, required=True),
    column("money", low=0, low_inclusive=False),
    column("share", low=0, high=1),
    column("integer", low=1, high=12),
]
RAW = st.one_of(
    st.none(),
    st.text(st.sampled_from(list("0123456789.-+eE_ :T/xin;，；\t\u3000")), max_size=12),
    st.sampled_from(
        [
            *(
                "2024-02-29",
                "2023-02-29",
                "2024-13-01",
                "2024/1/2",
                "2024-01-02 03:04:05",
                "2024-01-02T03:04",
                "epoch",
                "infinity",
            ),
            *(
                "2024-01-01T00:00:00Z",
                "2024-01-01 00:00+08",
                "0001-01-01",
                "1.005",
                "-0",
                "1e3",
                "NaN",
                "inf",
                "1_000",
                "0x1F",
            ),
            *(
                "9999999999999999.99",
                "99999999999999999",
                "true",
                "是",
                "No",
                "in; OUT",
                "IN",
                "in;x",
                ";",
                " ",
                "7.0",
                "7.5",
                "0.5",
            ),
            *(
                "2024-01-02 25:00:00",
                "9999/12/31",
                "9999-12-31 23:59:59",
                "10000-01-01",
                "1,000",
                "９",
                "1.",
                ".5",
                "9223372036854775808",
                "12",
                "13",
                "2024-01-01 00:00:00 ",
            ),
        ]
    ),
)


def reference(column: Column, raw: str | None) -> tuple[bool, Any]:
    """Whether a cell is right and its value: slow, obvious, and written from the contract."""
    text = (raw or "").strip(BLANKS)
    if column.several:
        text = ";".join(part.strip(BLANKS) for part in text.replace("；", ";").split(";") if part.strip(BLANKS))
    if not text:
        return not column.required, (raw or None) if column.kind == "text" else None
    kind = column.kind
    if kind == "text":
        return True, raw
    if kind == "id":
        return True, text
    if kind == "code":
        parts = text.split(";") if column.several else [text]
        parts = [part.lower() if part.lower() in column.codes else part for part in parts]
        return not column.closed or all(part in column.codes for part in parts), ";".join(parts)
    if kind == "boolean":
        word = text.lower()
        yes, no = word in ("true", "t", "yes", "y", "1", "是", "有"), word in ("false", "f", "no", "n", "0", "否", "无")
        return yes or no, yes if yes or no else None
    if kind in ("date", "moment"):
        return _reference_moment(kind, text)
    return _reference_number(column, text)


def _reference_moment(kind: str, text: str) -> tuple[bool, Any]:
    form = r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?)?"
    match = re.fullmatch(form, text, re.ASCII)
    if not match:
        return False, None
    parts = [int(part or 0) for part in match.groups()[:6]]
    try:
        value = datetime(*parts, int((match[7] or "").ljust(6, "0") or 0))  # type: ignore[arg-type]
    except ValueError:
        return False, None
    if not 1000 <= value.year <= 9999:
        return False, None
    return True, value.date() if kind == "date" else value


def _reference_number(column: Column, text: str) -> tuple[bool, Any]:
    forms = {
        "money": r"[+-]?(\d+\.?\d*|\.\d+)",
        "integer": r"[+-]?\d+(\.0*)?",
    }
    if not re.fullmatch(forms.get(column.kind, r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"), text, re.ASCII):
        return False, None
    try:
        exact = Decimal(text)
    except InvalidOperation:
        return False, None
    value: Any
    if column.kind == "money":
        value = exact.quantize(Decimal("0.01"), ROUND_HALF_UP) if abs(exact) < 10**18 else exact
        if abs(value) >= 10**16:
            return False, None
    elif column.kind == "integer":
        value = int(exact)
        if not -(2**63) <= value < 2**63:
            return False, None
    else:
        value = float(text)
        if not math.isfinite(value):
            return False, None
    low = column.low is None or (value >= column.low if column.low_inclusive else value > column.low)
    return low and (column.high is None or value <= column.high), value


def _described(column: Column) -> str:
    marks = [mark for mark in ("required", "closed", "several") if getattr(column, mark)]
    return "-".join([column.kind, *marks, *([] if column.low is None else [f"from {column.low}"])])


@pytest.mark.parametrize("column", COLUMNS, ids=_described)
@given(cells=st.lists(RAW, min_size=1, max_size=40))
@settings(max_examples=25)
def test_the_engine_judges_every_cell_as_plain_python_does(column, cells, connection):
    table = Table("t", Text("表", "t"), "money", Text("行", "row"), (), (column,))
    # As the engine reads a CSV: an empty cell is NULL.
    given_cells = [cell or None for cell in cells]
    connection.execute("CREATE OR REPLACE TEMP TABLE given (n INTEGER, c0 VARCHAR)")
    connection.executemany("INSERT INTO given VALUES (?, ?)", list(enumerate(given_cells)))
    checks = Checks.of(table, {"c": ("c0", "VARCHAR")}, {})
    careful = connection.execute(checks.typed("given", more="n") + " ORDER BY n").fetchall()
    quick = connection.execute(checks.typed_if_plain("(SELECT * FROM given ORDER BY n)")).fetchall()
    spaces_only = Checks.of(table, {"c": ("c0", "VARCHAR")}, {}, plain=True)
    trimmed = connection.execute(spaces_only.typed("(SELECT * FROM given ORDER BY n)")).fetchall()
    query = checks.reasons("given", "n", "''")
    reasons = [
        json.loads(text)
        for (text,) in connection.execute(f"SELECT reasons FROM ({query}) ORDER BY source_row").fetchall()
    ]
    judged = zip(given_cells, careful, quick, trimmed, reasons, strict=True)
    for cell, (value, _, state), (fast, fast_state), (simple, simple_state), why in judged:
        right, expected = reference(column, cell)
        assert (state != WRONG) == right, (cell, value, why)
        assert bool(why) == (not right)
        if right:
            assert value == expected, cell
        # The quick way may doubt any cell; what it judges must be judged the same. A file with odd blanks in its bytes
        # or line ends in its cells never goes the quick way (see staging.ODD_BLANKS), so such cells are not put to it.
        if any(blank in (cell or "") for blank in (*(blank.decode() for blank in ODD_BLANKS), "\r", "\n")):
            continue
        assert simple_state == state, cell
        if fast_state != DOUBTFUL:
            assert (fast_state != WRONG) == right, cell
        if right:
            assert simple == expected, cell
            assert fast_state == DOUBTFUL or fast == expected, cell


@pytest.fixture(scope="module")
def connection() -> Any:
    import duckdb

    with duckdb.connect() as made:
        made.execute("SET threads = 1")
        yield made


def test_every_declared_table_takes_an_empty_and_a_full_row(tmp_path):
    """Each declaration makes valid SQL: a row with a plausible value in every column is accepted, an empty one is not."""
    values = {
        "id": "X1",
        "text": "甲",
        "code": "other",
        "money": "5.00",
        "number": "0.5",
        "share": "0.5",
        "integer": "5",
    }
    values |= {"date": "2024-01-02", "moment": "2024-01-02 03:04:05", "boolean": "true", "list": "[]"}
    folder = tmp_path / "all"
    folder.mkdir()
    tables = [table for table in TABLES.values() if not table.written_by_workbench]
    for table in tables:
        full = [column.codes[0] if column.codes else values[column.kind] for column in table.columns]
        full = ["2024" if column.name == "year" else cell for column, cell in zip(table.columns, full, strict=True)]
        with open(folder / f"{table.id}.csv", "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerows([[column.name for column in table.columns], full, [""] * len(full)])
    workspace = Workspace.create(tmp_path / "w")
    workspace.intake(folder)
    sources = workspace.sources().set_index("table")
    for table in tables:
        row = sources.loc[table.id]
        assert (row["rows_in"], row["rows_accepted"], row["rows_quarantined"]) == (2, 1, 1), (table.id, row.to_dict())
    assert quote('a"b') == '"a""b"'
