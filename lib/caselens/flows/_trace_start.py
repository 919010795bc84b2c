"""Finding what a trace begins with, and saying it in words."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..core.errors import UsageError
from ..core.text import Text
from ._trace_book import Book, Entry, Moment
from ._trace_forward import Start
from .index import MoneyIndex


def find_start(
    book: Book,
    index: MoneyIndex,
    table: pd.DataFrame | None,
    source: str,
    amount: float | str | None,
    payment: str | int | None,
    direction: str,
    currency: str | None,
) -> tuple[Start, Text]:
    """The start of a trace; see :func:`caselens.flows.trace` for the order in which it is sought."""
    code = int(index.codes([source], currency)[0])
    if code < 0:
        raise UsageError(f"Account {source!r} does not occur in the payments. Check the id, or the currency.")
    fen = None if amount is None else _fen(amount)
    if payment is not None:
        entry = _by_row(book, code, _row(table, payment), payment, source)
        if fen is not None and fen > entry.amount:
            raise UsageError(
                f"Payment {payment!r} is {entry.amount / 100:,.2f}; {fen / 100:,.2f} of it cannot be traced."
            )
        return _from_payment(entry, fen or entry.amount, [entry], index)
    if fen is None:
        raise UsageError("Say what to trace: an amount, or a payment.")
    for outward in (True, False) if direction == "forward" else (False, True):
        own = [e for e in book.entries(code) if e.amount == fen and (e.payer if outward else e.payee) == code]
        if own:
            return _from_payment(own[0], fen, own, index)
    return _from_balance(book, code, fen, direction, source)


def _from_payment(entry: Entry, fen: int, equal: list[Entry], index: MoneyIndex) -> tuple[Start, Text]:
    payer, payee = index.ids([entry.payer, entry.payee])
    when = np.datetime64(entry.time, "s").item().isoformat(" ")
    part = "" if fen == entry.amount else f" / {entry.amount / 100:,.2f}"
    zh = f"追踪 {when} 由 {payer} 付给 {payee} 的 {fen / 100:,.2f}{part}(第 {entry.row} 行)"
    en = f"{fen / 100:,.2f}{part} paid by {payer} to {payee} on {when} (row {entry.row})"
    if len(equal) > 1:
        zh += f";同额付款共 {len(equal)} 笔,取最早一笔,可用 payment 指定"
        en += f"; {len(equal)} payments have this amount, the earliest is taken; name another with payment"
    return Start(entry.payee, fen, entry.moment, entry), Text(zh, en)


def _from_balance(book: Book, code: int, fen: int, direction: str, source: str) -> tuple[Start, Text]:
    entries = book.entries(code)
    if not entries:
        raise UsageError(f"Account {source!r} has no payment in the period.")
    if direction == "forward":
        moment: Moment = (entries[0].time, entries[0].row - 1)
        return Start(code, fen, moment), Text(
            f"追踪期初存于 {source} 的 {fen / 100:,.2f}(没有同额付款)",
            f"{fen / 100:,.2f} lying in {source} at the beginning (no payment has this amount)",
        )
    moment = entries[-1].moment
    held = book.balance_before(code, (moment[0], moment[1] + 1))
    if fen > held:
        raise UsageError(
            f"{source} is known to hold {held / 100:,.2f} at that time, not {fen / 100:,.2f}, and no payment has this "
            "amount. Give a payment, a smaller amount, or the opening balance."
        )
    return Start(code, fen, moment), Text(
        f"追溯期末存于 {source} 的 {fen / 100:,.2f}(没有同额付款)的来源",
        f"Where {fen / 100:,.2f} of what lies in {source} at the end came from (no payment has this amount)",
    )


def _fen(amount: float | str) -> int:
    try:
        fen = round(float(amount) * 100)
    except (TypeError, ValueError) as error:
        raise UsageError(f"{amount!r} is not an amount.") from error
    if fen <= 0:
        raise UsageError(f"The amount to trace must be above zero, got {amount!r}.")
    return fen


def _row(table: pd.DataFrame | None, payment: str | int) -> int:
    if isinstance(payment, (int, np.integer)):
        return int(payment)
    if table is None or "payment_id" not in table:
        raise UsageError("These payments have no payment_id; name the payment by its row number (int).")
    rows = np.flatnonzero((table["payment_id"].astype("string") == payment).to_numpy(bool, na_value=False))
    if rows.size != 1:
        raise UsageError(f"{rows.size} payments have the id {payment!r}; it takes exactly one.")
    return int(rows[0])


def _by_row(book: Book, code: int, row: int, payment: str | int, source: str) -> Entry:
    for entry in book.entries(code):
        if entry.row == row:
            return entry
    raise UsageError(f"Payment {payment!r} is not a payment of {source!r} within the period.")
