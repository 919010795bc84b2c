"""Bad inputs by mutation, through intake, checks, screening and a report. Part of ``faults.py``; tests start it as a process.

Of every file the rows are accounted for (in = accepted + quarantined + exact repeats); nothing crashes; no file is refused
because of a defect of ours; the report is written.
"""

from __future__ import annotations

import csv
import io
import json
import random
import sys
import zipfile
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from benchmarks._faults_kill import asked
from openpyxl import Workbook
from tests.cities import FEE

from caselens.api import new_workspace, open_workspace
from caselens.operations import write_reports
from caselens.workspace.check import check

BATCH = 150
STATEMENT = "交易时间,账号,户名,收入,支出,余额,对方户名,对方账号,摘要\n" + "".join(
    f"2024-01-{d:02d} 09:00:00,6200000000000001,王某,{d}.00,,{1000 + d}.00,恒信金服有限公司,aM,转账\n"
    for d in range(1, 29)
)
OCDS = {
    "releases": [
        {"ocid": f"ocds-x-{n}", "id": f"{n}", "date": "2024-01-01T00:00:00Z", "tag": ["tender"], "initiationType": "tender",
         "buyer": {"id": "B", "name": "云江区财政局"}, "parties": [{"id": "B", "name": "云江区财政局", "roles": ["buyer"]}],
         "tender": {"id": f"t{n}", "title": "道路", "value": {"amount": 100.5, "currency": "CNY"}, "status": "active"}}
        for n in range(3)
    ]
}  # fmt: skip
#: Cells nobody expects.
CELLS = (
    "", " ", "\0", "NULL", "nan", "inf", "-inf", "1e999", "-0", "9" * 400, "0x1F", "１２３", "1,234,56", "2024-13-01", "2024-02-30",
    "9999-99-99", "0000-00-00", "24:61:61", "=1+1", "<script>alert(1)</script>", "'; DROP TABLE payments; --", '"', '""', "\r", "\n",
    "a\nb", "\t", "\ufeff", "\u202e", "\u200b", "🀄" * 50, "张" * 40_000, "{{7*7}}", "../../x", "\x1b[31m", "[]", "{}", "true", "O;K", ";;;",
)  # fmt: skip


@dataclass(slots=True)
class Result:
    """What became of the inputs: how many by kind and fate, and everything that should not have happened."""

    inputs: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    fates: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    reports: int = 0
    problems: list[str] = field(default_factory=list)


# --- base files and what is done to them ------------------------------------------------------------------------------


def base(chance: random.Random) -> tuple[str, bytes]:
    """A good file: its name and content."""
    table = chance.choice(sorted(FEE))
    text = FEE[table]
    rows = list(csv.reader(io.StringIO(text)))
    match chance.choice(("csv", "csv", "gbk", "xlsx", "jsonl", "parquet", "statement", "ocds", "zip")):
        case "csv":
            return f"{table}.csv", text.encode()
        case "gbk":
            return f"{table}.csv", text.encode("gb18030")
        case "xlsx":
            book, out = Workbook(), io.BytesIO()
            book.active.title = table
            for row in rows:
                book.active.append(row)
            book.save(out)
            return f"{table}.xlsx", out.getvalue()
        case "jsonl":
            return f"{table}.jsonl", "".join(
                json.dumps(dict(zip(rows[0], row, strict=True)), ensure_ascii=False) + "\n" for row in rows[1:]
            ).encode()
        case "parquet":
            sink = io.BytesIO()
            pq.write_table(pa.table({name: [row[at] for row in rows[1:]] for at, name in enumerate(rows[0])}), sink)
            return f"{table}.parquet", sink.getvalue()
        case "statement":
            return "流水.csv", STATEMENT.encode(chance.choice(("utf-8", "gb18030")))
        case "ocds":
            return "releases.json", json.dumps(OCDS, ensure_ascii=False).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{table}.csv", text)
        archive.writestr("流水.csv", STATEMENT)
    return "材料.zip", out.getvalue()


def bytes_changed(content: bytes, chance: random.Random) -> bytes:
    """A few bytes flipped, cut off, doubled or put in."""
    data = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(5):
            case 0:
                if at < len(data):
                    data[at] ^= 1 << chance.randrange(8)
            case 1:
                del data[at : at + chance.randint(1, 200)]
            case 2:
                data[at:at] = data[at : at + chance.randint(1, 200)]
            case 3:
                data[at:at] = chance.randbytes(chance.randint(1, 40))
            case _:
                data[at:at] = chance.choice((b"\0", b'"', b"\n", b",", b"\xff\xfe", b"\xef\xbb\xbf", b"\r\n\r\n"))
    return bytes(data)


def cells_changed(content: bytes, chance: random.Random) -> bytes:
    """Cells, headings, rows and the delimiter of a CSV file changed."""
    try:
        content.decode()
        encoding = "utf-8"
    except UnicodeDecodeError:
        encoding = "gb18030"
    rows = list(csv.reader(io.StringIO(content.decode(encoding, "replace"))))
    for _ in range(chance.randint(1, 5)):
        row = chance.choice(rows) if rows else []
        match chance.randrange(6):
            case 0 | 1:
                if row:
                    row[chance.randrange(len(row))] = chance.choice(CELLS)
            case 2:
                row.append(chance.choice(CELLS))
            case 3:
                rows.append(list(chance.choice(rows)) if rows else [])
            case 4:
                if rows and rows[0]:
                    rows[0][chance.randrange(len(rows[0]))] = chance.choice((*rows[0], *CELLS))
            case _:
                if row:
                    row.pop(chance.randrange(len(row)))
    out = io.StringIO()
    csv.writer(out, delimiter=chance.choice(",,,;\t|"), quoting=chance.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)),
               lineterminator=chance.choice(("\n", "\r\n", "\r"))).writerows(rows)  # fmt: skip
    return out.getvalue().encode(chance.choice((encoding, encoding, "utf-16", "utf-8-sig")), "replace")


def tree_changed(content: bytes, chance: random.Random) -> bytes:
    """A node of JSON replaced, taken away or nested a thousand deep, line by line where it is lines."""
    lines = content.splitlines() if content.count(b"\n") > 1 else [content]
    at = chance.randrange(len(lines))
    try:
        tree = json.loads(lines[at])
    except ValueError:
        return content
    odd: list[Any] = [None, [], {}, 1e308, -1, True, "x" * 10_000, {"a": {"b": [1, {"c": None}]}}, *CELLS]
    for _ in range(chance.randint(1, 4)):
        node, parents = tree, 0
        while isinstance(node, dict | list) and node and parents < 8:
            key = chance.choice(sorted(node)) if isinstance(node, dict) else chance.randrange(len(node))
            if chance.random() < 0.3 or not isinstance(node[key], dict | list):
                node[key] = deepcopy(chance.choice(odd))  # no object twice in one tree: it could come to hold itself
                break
            node, parents = node[key], parents + 1
    text = json.dumps(tree, ensure_ascii=False)
    if chance.random() < 0.05:
        text = "[" * 5_000 + text + "]" * 5_000
    lines[at] = text.encode("utf-8", "surrogatepass")
    return b"\n".join(lines) + b"\n"


def member_changed(content: bytes, chance: random.Random) -> bytes:
    """One file inside a ZIP (a workbook is one) changed, or its name."""
    out = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
            chosen = chance.choice(source.namelist())
            for name in source.namelist():
                inner, called = source.read(name), name
                if name == chosen:
                    inner = bytes_changed(inner, chance)
                    called = chance.choice((name, name, name, f"../{name}", f"{name}\\x", "x" * 300))
                target.writestr(called, inner)
    except (zipfile.BadZipFile, ValueError):
        return content
    return out.getvalue()


def mutated(name: str, content: bytes, chance: random.Random) -> bytes:
    """The content after one kind of change that fits its form, or of its bytes."""
    fitting: dict[str, Callable[[bytes, random.Random], bytes]] = {
        ".csv": cells_changed, ".json": tree_changed, ".jsonl": tree_changed, ".xlsx": member_changed, ".zip": member_changed,
    }  # fmt: skip
    change = fitting.get(Path(name).suffix, bytes_changed)
    return (change if chance.random() < 0.6 else bytes_changed)(content, chance)


# --- through the workbench --------------------------------------------------------------------------------------------


def write_batch(folder: Path, seed: int, count: int) -> list[str]:
    """So many bad files, each in a folder of its own; gives their kinds."""
    chance, kinds = random.Random(seed), []
    for number in range(count):
        name, content = base(chance)
        place = folder / f"{number:04d}"
        place.mkdir(parents=True)
        # Under the name of another form now and then.
        shown = (
            name
            if chance.random() < 0.95
            else f"{Path(name).stem}{chance.choice(('.csv', '.xlsx', '.json', '.parquet', '.zip', '.xls'))}"
        )
        (place / shown).write_bytes(mutated(name, content, chance))
        kinds.append(Path(name).suffix[1:])
    return kinds


def run_batch(folder: Path) -> dict[str, Any]:
    """Take the batch in, check it, screen it, write a report; gives fates, rows and problems."""
    fates, rows, problems = Counter[str](), Counter[str](), []
    desk = new_workspace(folder / "W")
    taken = desk.intake(folder / "files")
    for entry in taken.entries:
        for part in entry.tables:
            rows.update(
                rows_in=part.rows_in, accepted=part.accepted, quarantined=part.quarantined, repeated=part.repeated
            )
            if part.rows_in != part.accepted + part.quarantined + part.repeated:
                problems.append(f"{entry.source_file}: rows do not add up")
        fates["refused" if entry.refusal else "read" if entry.tables else "told and kept"] += 1
        if "unexpectedly" in entry.refusal:
            problems.append(entry.refusal)
    fates["the same as another, byte for byte"] += len(taken.known)
    check(desk.workspace)
    again = open_workspace(folder / "W")
    names = list(again.cases()["case_id"])[:1]
    written = write_reports(again, folder / "reports", case_ids=names, languages=["zh"], jobs=1)
    problems += [f"report of {item.case_id!r}: {item.outcome.reason}" for item in written if not item.outcome.ok]
    return {"fates": fates, "rows": rows, "reports": len(written), "problems": problems}


def fuzz(folder: Path, inputs: int, seed: int = 1) -> Result:
    """So many bad inputs, batch by batch, each batch in a process of its own: a crash ends the batch and is told."""
    result = Result()
    for number, start in enumerate(range(0, inputs, BATCH)):
        place = folder / f"batch{number:04d}"
        count = min(BATCH, inputs - start)
        result.kinds.update(write_batch(place / "files", seed * 100_003 + number, count))
        result.inputs += count
        try:
            told = asked(lambda place=place: run_batch(place), 1_500)
        except RuntimeError as error:
            result.problems.append(f"batch {number} (seed {seed}): {error}")
            continue
        result.fates.update(told["fates"])
        result.rows.update(told["rows"])
        result.reports += told["reports"]
        result.problems += [f"batch {number}: {problem}" for problem in told["problems"]]
    return result


def main() -> None:
    """``python -m benchmarks._faults_fuzz FOLDER INPUTS [SEED]``: JSON of the result on standard output."""
    found = fuzz(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    sys.stdout.write(json.dumps({name: getattr(found, name) for name in Result.__slots__}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
