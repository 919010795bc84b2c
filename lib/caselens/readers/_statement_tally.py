"""What was read is held against what the file says of itself: totals, period, running balance. Differences are told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from caselens.core.text import Text
from caselens.readers._declare import Note, Row
from caselens.readers._statement_preamble import Control, Preamble
from caselens.readers._statement_values import NEUTRAL

_KINDS = {"in": ("收入", "in"), "out": ("支出", "out"), "neutral": ("不计收支", "neutral"), "all": ("全部", "all")}
_LOST = {
    "unreadable": Text("无法识读，留空", "could not be read and is left empty"),
    "unknown": Text("不是已知的状态，留空", "is no known state and is left empty"),
    "kept as printed": Text("不是已知的币种，按原样保留", "is no known currency and is kept as printed"),
    "rounded": Text("长数字已被表格软件舍入，留空", "is a long number rounded by a spreadsheet and is left empty"),
    "formula": Text("为公式，不采用计算值，留空", "is a formula, whose value is not used, and is left empty"),
    "error": Text("为表格错误值，留空", "is an error of the spreadsheet and is left empty"),
}


@dataclass(slots=True)
class Balances:
    """How often the balance of a line follows from the one before, read downwards or upwards, also with signs swapped.

    Constant memory. Only neighbouring lines of one account are compared.
    """

    account: str = ""
    balance: Decimal | None = None
    signed: Decimal = Decimal(0)
    compared: int = 0
    fits: Counter[str] = field(default_factory=Counter)
    gaps: dict[str, int] = field(default_factory=dict)

    def add(self, account: str, balance: Decimal | None, signed: Decimal, row: int) -> None:
        """Take the next line in."""
        if account == self.account and balance is not None and self.balance is not None:
            self.compared += 1
            step = balance - self.balance
            for name, expected in (("down", signed), ("up", -self.signed)):
                if step == expected:
                    self.fits[name] += 1
                else:
                    self.gaps.setdefault(name, row)
                if step == -expected:
                    self.fits[f"{name} swapped"] += 1
        self.account, self.balance, self.signed = account, balance, signed

    def notes(self, sheet: str) -> Iterator[Note]:
        """A sentence where the balances do not follow, or follow only with every direction swapped."""
        if self.compared < 3:
            return
        best = max(("down", "up"), key=lambda name: self.fits[name])
        swapped = max(self.fits["down swapped"], self.fits["up swapped"])
        broken = self.compared - self.fits[best]
        if swapped > self.fits[best] and swapped * 5 >= self.compared * 4:
            text = Text(
                f"余额只有在收支方向对调后才连续（{swapped}/{self.compared}），请核对借贷标志的含义。",
                f"The balances run on only with every direction swapped ({swapped} of {self.compared}); check the flag.",
            )
            yield Note(text, "warning", 0, sheet)
        elif broken:
            first = self.gaps.get(best, 0)
            text = Text(
                f"余额在 {self.compared} 处衔接中有 {broken} 处不连续，首处在第 {first} 行：可能有缺行、改动或排序不同。",
                f"The balance does not run on in {broken} of {self.compared} places, first at row {first}: "
                "lines may be missing, altered or in another order.",
            )
            yield Note(text, "warning", first, sheet)


@dataclass(slots=True)
class Tally:
    """Counts and sums of one section."""

    count: Counter[str] = field(default_factory=Counter)
    total: dict[str, Decimal] = field(default_factory=dict)
    moved: dict[str, Decimal] = field(default_factory=dict)
    given: int = 0
    refused: int = 0
    other: int = 0
    blank: int = 0
    other_example: tuple[int, str] = (0, "")
    first: str = ""
    last: str = ""
    accounts: dict[str, None] = field(default_factory=dict)
    balances: Balances = field(default_factory=Balances)

    def add(self, line: Row) -> None:
        """Count a line that was given."""
        values = line.values
        amount, direction = Decimal(values["amount"] or "0"), str(values["direction"])
        wallet = "printed_direction" in values
        kind = "neutral" if wallet and (values["printed_direction"] or "") in NEUTRAL else direction
        self.given += 1
        self.count[kind] += 1
        self.total[kind] = self.total.get(kind, Decimal(0)) + amount
        if values["state"] != "failed":
            self.moved[kind] = self.moved.get(kind, Decimal(0)) + amount
        day = str(values["booked_at"])[:10]
        self.first, self.last = min(self.first or day, day), max(self.last, day)
        self.accounts[str(values["account_id"])] = None
        balance = values.get("balance_after")
        signed = amount if direction == "in" else -amount
        self.balances.add(str(values["account_id"]), Decimal(balance) if balance else None, signed, line.row)

    def disagreements(self, controls: list[Control], sheet: str) -> list[Note]:
        """A warning for each total printed in the file that is not what was read."""
        notes = []
        for control in controls:
            read = sum(self.count.values()) + self.refused if control.kind == "all" else self.count[control.kind]
            sums = {where.get(control.kind, Decimal(0)) for where in (self.total, self.moved)}
            count_differs = control.count is not None and control.count != read
            if not count_differs and (control.total is None or control.total in sums):
                continue
            zh, en = _KINDS[control.kind]
            read_total = self.total.get(control.kind, Decimal(0))
            printed = _figures(control.count, control.total)
            actual = _figures(
                read if control.count is not None else None, read_total if control.total is not None else None
            )
            text = Text(
                f"文件自列的{zh}合计为 {printed[0]}，读出为 {actual[0]}，不一致。",
                f"The file states {printed[1]} as its total of {en} lines; {actual[1]} was read. They differ.",
            )
            notes.append(Note(text, "warning", control.row, sheet))
        return notes


def _figures(count: int | None, total: Decimal | None) -> tuple[str, str]:
    zh = [f"{count} 笔"] if count is not None else []
    en = [f"{count} lines"] if count is not None else []
    if total is not None:
        zh.append(f"{total:,.2f} 元")
        en.append(f"{total:,.2f} yuan")
    return " ".join(zh), " / ".join(en)


def rows_note(tally: Tally, sheet: str) -> Note:
    """How many rows stood under the heading and what became of each."""
    under = tally.given + tally.refused + tally.other
    row, example = tally.other_example
    zh = f"标题行以下共 {under} 行：入库 {tally.given}，退回 {tally.refused}，非交易行 {tally.other}；另有空行 {tally.blank}。"
    en = (
        f"{under} rows under the heading: {tally.given} given, {tally.refused} refused, "
        f"{tally.other} without a transaction; {tally.blank} blank rows beside them."
    )
    if row:
        zh, en = (
            f"{zh}非交易行例：第 {row} 行“{example}”。",
            f"{en} Without a transaction, e.g. row {row}: “{example}”.",
        )
    return Note(Text(zh, en), "info", 0, sheet)


def lost_notes(
    lost: Counter[tuple[str, str]], examples: dict[tuple[str, str], tuple[int, str]], sheet: str
) -> Iterator[Note]:
    """One sentence for each field with values that were not taken over."""
    for (name, reason), count in sorted(lost.items()):
        row, printed = examples[name, reason]
        what = _LOST[reason]
        text = Text(
            f"{name} 有 {count} 处{what.zh}，例如第 {row} 行“{printed}”。",
            f"{name} {what.en} in {count} row(s), e.g. row {row}: “{printed}”.",
        )
        yield Note(text, "warning", row, sheet)


def coverage(tally: Tally, preamble: Preamble, disagree: bool, accounts_known: bool) -> Iterator[Row]:
    """A row of ``coverage`` for each account, where the file prints the period it is for.

    It is complete only if the file says that it holds every type of transaction, leaves nothing out, its totals agree,
    every row was read and none lies outside the period.
    """
    start, end = (moment[:10] for moment in preamble.period)
    if not start or not accounts_known:
        return
    outside = bool(tally.first) and (tally.first < start or tally.last > end)
    reasons = [
        ("export does not say that all types are in it", not preamble.says_all_types),
        ("export leaves out deleted records", preamble.excludes_deleted),
        ("totals do not agree", disagree),
        ("rows were refused", tally.refused > 0),
        ("lines lie outside the period", outside),
    ]
    against = [sentence for sentence, holds in reasons if holds]
    basis = f"statement preamble; types: {preamble.types or 'not said'}" + "".join(f"; {each}" for each in against)
    for account in tally.accounts:
        content = {
            "table": "statement_lines",
            "scope": account,
            "period_start": start,
            "period_end": end,
            "is_complete": "false" if against else "true",
            "basis": basis,
        }
        yield Row("coverage", content, 1)
