"""Published exports of six institutions against the ledgers published beside them, to the cent.

The files are not ours and are not copied: nothing of their content stands here but how often something occurs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from caselens.readers import statements
from caselens.readers._declare import Note, Refused, Row

yaml = pytest.importorskip("yaml")


@dataclass(frozen=True)
class Entry:
    """One transaction of a ledger: the day, the sum, and the direction where the ledger knows it."""

    day: str
    amount: Decimal
    currency: str
    direction: str


# folder → what the ledger leaves out on purpose, and what it says otherwise, by category:
#   ignored   its own configuration skips the line (a card's payments through a wallet, the card's repayment)
#   closed    the order was closed without payment; read as state failed
#   refunded  paid and taken back in full, both lines left out; read as booked refund and refunded payment
#   neutral   neither income nor expenditure: the ledger's default direction is not the way the money went
EXPECTED = {
    "abc_debit": {},
    "alipay": {"closed": 1, "refunded": 2, "neutral": 1},
    "boc/credit": {"ignored": 7},
    "boc/debit": {"ignored": 9},
    "ccb": {},
    "icbc/credit": {"ignored": 5},
    "icbc/debit-v1": {"ignored": 4},
    "icbc/debit-v2": {"ignored": 4},
    "wechat": {},
}
ROWS = {
    "abc_debit": 5,
    "alipay": 10,
    "boc/credit": 14,
    "boc/debit": 17,
    "ccb": 7,
    "icbc/credit": 10,
    "icbc/debit-v1": 12,
}
ROWS |= {"icbc/debit-v2": 12, "wechat": 27}
OWN = {"boc/credit": "Liabilities:CC:BoC", "boc/debit": "Assets:DC:BoC"}


def _ledger(folder: Path, own: str) -> list[Entry]:
    """The transactions of the folder's ledger; direction by its ``type``, else by the sign of its own account."""
    text = next(folder.glob("*.beancount")).read_text(encoding="utf-8")
    entries = []
    for block in re.split(r"\n(?=\d{4}-)", text):
        if not re.match(r"\d{4}-\d\d-\d\d \* ", block):
            continue
        postings = re.findall(r"^\t(\S+) (-?[\d.]+) [A-Z]{3}$", block, re.M)
        amount = sum((Decimal(value) for _, value in postings if Decimal(value) > 0), Decimal(0))
        kind = re.search(r'\ttype: "(.*)"', block)
        if kind:
            direction = {"收入": "in", "支出": "out"}.get(kind[1], "neutral")
        else:
            signs = {Decimal(value) >= 0 for name, value in postings if name.startswith(own)}
            direction = ("in" if signs.pop() else "out") if signs else "unknown"
        if direction == "neutral" and "Assets:Alipay -" in block:
            direction = "out"  # what the ledger takes a neutral line for
        entries.append(Entry(block[:10], amount, block.rstrip()[-3:], direction))
    return entries


def _ignores(folder: Path) -> list[dict[str, str]]:
    config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    rules = next((part["rules"] for part in config.values() if isinstance(part, dict) and "rules" in part), [])
    return [rule for rule in rules if rule.get("ignore")]


def _is_ignored(line: Row, rules: list[dict[str, str]]) -> bool:
    text = f"{line.values['counterparty_name'] or ''} {line.values['memo'] or ''}"
    wanted = [[str(rule[key]).split(",") for key in ("peer", "item", "txType") if key in rule] for rule in rules]
    return any(all(any(word in text for word in words) for words in keys) for keys in wanted)


def _lines(path: Path) -> tuple[list[Row], list[Refused], list[Note]]:
    items = list(statements.read(path))
    lines = [item for item in items if isinstance(item, Row) and item.table == "statement_lines"]
    return lines, [i for i in items if isinstance(i, Refused)], [i for i in items if isinstance(i, Note)]


def _export(folder: Path) -> Path:
    return next(path for path in sorted(folder.iterdir()) if path.suffix in (".csv", ".xls"))


@pytest.mark.parametrize("name", EXPECTED)
def test_totals_agree_with_the_published_ledger(name: str, shared_data: Path) -> None:
    folder = shared_data / "bank_exports" / name
    config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    ledger = _ledger(folder, OWN.get(name, config.get("defaultCashAccount", "Assets")))
    lines, refused, _ = _lines(_export(folder))
    rules = _ignores(folder)
    # The ledger books on the day of the transaction or of the booking; no two lines differ in that alone.
    open_entries = Counter((entry.day, entry.amount, entry.currency) for entry in ledger)
    direction = {(entry.day, entry.amount, entry.currency): entry.direction for entry in ledger}
    categories: Counter[str] = Counter()
    totals: Counter[tuple[str, str]] = Counter()  # by direction and currency: different currencies are never added
    wanted: Counter[tuple[str, str]] = Counter()
    for line in lines:
        amount, way = Decimal(str(line.values["amount"])), str(line.values["direction"])
        currency = str(line.values["currency"] or "CNY")
        key = (str(line.values["booked_at"])[:10], amount, currency)
        if open_entries[key]:
            open_entries[key] -= 1
            totals[way, currency] += amount
            said = direction[key] if direction[key] in ("in", "out") else way
            wanted[said, currency] += amount
            if said != way:
                assert line.values.get("own_transfer") == "true"
                categories["neutral"] += 1
                totals[way, currency] -= amount
                totals[said, currency] += amount
        elif line.values["state"] == "failed":
            categories["closed"] += 1
        elif line.values["state"] == "refunded" or "退款" in str(line.values["memo"]):
            categories["refunded" if name == "alipay" else "ignored"] += 1
        else:
            assert _is_ignored(line, rules), f"row {line.row} is in no ledger and no rule leaves it out"
            categories["ignored"] += 1
    for row in refused:  # the one row that moves no money
        assert row.reasons == ("amount is 0: no money moved",)
        open_entries[next(key for key in open_entries if key[1] == 0)] -= 1
    assert not +open_entries, "the ledger has transactions that were not read"
    assert totals == wanted
    assert dict(categories) == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_every_row_under_the_heading_is_accounted_for(name: str, shared_data: Path) -> None:
    lines, refused, notes = _lines(_export(shared_data / "bank_exports" / name))
    said = next(note.text.en for note in notes if "rows under the heading" in note.text.en)
    under, given, back, other, _ = map(int, re.findall(r"\d+", said)[:5])
    assert (given, back) == (len(lines), len(refused))
    assert given + back + other == under == ROWS[name]


def test_the_workbook_repeats_the_text_export_line_for_line(shared_data: Path) -> None:
    folder = shared_data / "bank_exports" / "wechat"
    from_text = [line.values["line_id"] for line in _lines(folder / "example-wechat-records.csv")[0]]
    from_book = [line.values["line_id"] for line in _lines(folder / "example-wechat-records.xlsx")[0]]
    assert len(set(from_text)) == len(from_text)
    assert from_book == from_text * 2  # two sheets with the same bill: the same lines, to be counted once


def test_a_newer_version_of_an_export_gives_the_same_lines(shared_data: Path) -> None:
    older, newer = ([line.values["line_id"] for line in _lines(_export(shared_data / "bank_exports" / name))[0]]
                    for name in ("icbc/debit-v1", "icbc/debit-v2"))  # fmt: skip
    assert older == newer  # the newer one adds the counterparty's account; the line is the same line


@pytest.mark.parametrize("name", EXPECTED)
def test_statements_are_recognised_by_content(name: str, shared_data: Path, tmp_path: Path) -> None:
    source = _export(shared_data / "bank_exports" / name)
    nameless = tmp_path / "a"
    nameless.write_bytes(source.read_bytes())
    assert statements.recognise(nameless) >= 0.8


def test_tables_with_both_parties_in_a_row_are_no_statements(shared_data: Path) -> None:
    for other in ("laundromat/transactions.csv", "amlsim/transactions_1k.csv", "fincen/download_transactions_map.csv"):
        assert statements.recognise(shared_data / other) == 0.0


def test_feedback_layouts_of_investigators(shared_data: Path, tmp_path: Path) -> None:
    """Every published layout of query feedback with transactions is understood; the layouts without are not claimed."""
    import json

    sheets = json.loads((shared_data / "investigator_layouts" / "schemas.json").read_text(encoding="utf-8"))["sheets"]
    filled: dict[str, Callable[[int], str]] = {
        "本方账号": lambda i: "6000000000000000001", "借贷标志": lambda i: "借" if i % 2 else "贷", "币种": lambda i: "CNY",
        "交易金额": lambda i: f"{i + 1}00.00", "交易余额": lambda i: "900.00", "交易时间": lambda i: f"2024-03-0{i + 1} 09:30:00",
        "交易对方名称": lambda i: "甲公司", "交易对方账号": lambda i: "6000000000000000002", "现金标志": lambda i: "0",
        "IP地址": lambda i: "10.0.0.1", "MAC地址": lambda i: "00-11-22-33-44-55", "终端号": lambda i: "T1",
        "名称": lambda i: "乙某", "交易是否成功": lambda i: "是", "交易摘要": lambda i: "转账",
    }  # fmt: skip
    with_lines = {
        name for name, sheet in sheets.items() if {"借贷标志", "交易金额", "交易时间"} <= set(sheet["columns"])
    }
    assert with_lines == {"DataBank", "DataGaJyls"}
    for name, sheet in sheets.items():
        path = tmp_path / f"{name}.csv"
        rows = [sheet["columns"], *([filled.get(c, lambda i: "")(i) for c in sheet["columns"]] for i in range(4))]
        path.write_text("\n".join(",".join(row) for row in rows), encoding="utf-8")
        assert (statements.recognise(path) > 0.5) == (name in with_lines), name
    lines = _lines(tmp_path / "DataBank.csv")[0]
    assert [line.values["direction"] for line in lines] == ["in", "out", "in", "out"]
    assert {line.values["device_mac"] for line in lines} == {"00-11-22-33-44-55"}
    assert {line.values["is_cash"] for line in lines} == {"false"}
    assert {line.values["counterparty_account"] for line in lines} == {"6000000000000000002"}
