"""The tables of a trace: legs, ends, where the methods differ and why, and hops that hold only conditionally."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ._trace_book import Book, Entry, Moment
from ._trace_forward import Run
from .index import MoneyIndex

_CASH_SHARE = 0.5  # a deposit of half of a withdrawal or more, up to all of it, is worth asking about


@dataclass(frozen=True)
class Places:
    """Accounts (codes) that are not opened, by reason."""

    hubs: set[int]
    cash: set[int]
    stopped: set[int]

    @property
    def all(self) -> set[int]:
        """All of them."""
        return self.hubs | self.cash | self.stopped

    def reason(self, account: int) -> str | None:
        """Why this account is not opened; ``None`` if it is."""
        for name, places in (("cash", self.cash), ("hub", self.hubs), ("stopped", self.stopped)):
            if account in places:
                return name
        return None


def leg_table(
    runs: Mapping[str, Run], ids: np.ndarray, holders: Mapping[str, str], table: pd.DataFrame | None
) -> pd.DataFrame:
    """See ``Trace.legs``."""
    entries = _entries(runs)
    rows = [entry.row for entry in entries]
    payer, payee = ([ids[code] for code in side] for side in ([e.payer for e in entries], [e.payee for e in entries]))
    frame = pd.DataFrame({"row": np.array(rows, np.int64)})
    if table is not None and "payment_id" in table:
        frame["payment_id"] = table["payment_id"].to_numpy(object)[rows]
    frame["payer_account"], frame["payee_account"] = payer, payee
    frame["paid_at"] = _times(entries)
    frame["amount"] = np.array([entry.amount for entry in entries], np.float64) / 100
    for method, run in runs.items():
        frame[method] = np.array([run.legs.get(row, 0) for row in rows], np.float64) / 100
    frame["hop"] = np.array([min(run.hops[row] for run in runs.values() if row in run.hops) for row in rows], np.int64)
    own = [holders.get(a) is not None and holders.get(a) == holders.get(b) for a, b in zip(payer, payee, strict=True)]
    frame["own_transfer"] = np.array(own, np.bool_)
    frame["differs"] = (frame[list(runs)].nunique(axis=1) > 1).to_numpy(np.bool_)
    return frame


def end_table(
    book: Book, runs: Mapping[str, Run], ids: np.ndarray, holders: Mapping[str, str], places: Places, direction: str
) -> pd.DataFrame:
    """See ``Trace.ends``."""
    accounts = sorted({a for run in runs.values() for a, fen in run.left.items() if fen}, key=lambda a: str(ids[a]))
    arrived = _arrivals(runs)

    def reason(account: int) -> str:
        if (place := places.reason(account)) is not None:
            return place
        if direction == "backward":
            return "source_unknown"
        later = book.entries(account)[book.after(account, arrived[account]) :] if account in arrived else []
        return "stayed" if any(e.payer == account for e in later) or account not in arrived else "no_payment_seen_after"

    frame = pd.DataFrame({"account": [ids[a] for a in accounts], "holder": [holders.get(ids[a], "") for a in accounts]})
    for method, run in runs.items():
        frame[method] = np.array([run.left.get(a, 0) for a in accounts], np.float64) / 100
    frame["reason"] = [reason(a) for a in accounts]
    first = next(iter(runs.values()))
    balances = [next((run.balance[a] for run in runs.values() if a in run.balance), None) for a in accounts]
    frame["balance"] = np.array([np.nan if fen is None else fen / 100 for fen in balances], np.float64)
    order = frame[list(runs)].max(axis=1) if first.left else frame.index
    return (
        frame.assign(_o=order)
        .sort_values(["_o", "account"], ascending=[False, True], ignore_index=True)
        .drop(columns="_o")
    )


_WHY_ZH = "付款前该账户有 {balance},其中所追踪资金 {held}。先进先出先付最早存入的钱,后进先出先付最近存入的钱,按比例法各付一份,最低余额法先付其他资金。"
_WHY_EN = (
    "Before this payment the account held {balance}, of which traced: {held}. FIFO pays the oldest money, LIFO the "
    "newest, pro rata a share of both, lowest balance the other money first."
)


def differences(runs: Mapping[str, Run], ids: np.ndarray) -> pd.DataFrame:
    """See ``Trace.differences``."""
    rows = []
    for entry in _entries(runs):
        parts = {method: run.legs.get(entry.row, 0) for method, run in runs.items()}
        if len(set(parts.values())) == 1:
            continue
        held = {method: run.held.get(entry.row) for method, run in runs.items()}
        balance = next((state[0] for state in held.values() if state is not None), 0)
        words = {
            "balance": f"{balance / 100:,.2f}",
            "held": "; ".join(f"{m} {state[1] / 100:,.2f}" for m, state in held.items() if state is not None),
        }
        rows.append(
            {
                "row": entry.row,
                "account": ids[entry.payer],
                "paid_at": pd.Timestamp(entry.time, unit="s"),
                "amount": entry.amount / 100,
                "balance_before": balance / 100,
                **{method: fen / 100 for method, fen in parts.items()},
                "why_zh": _WHY_ZH.format(**words),
                "why_en": _WHY_EN.format(**words),
            }
        )
    columns = ["row", "account", "paid_at", "amount", "balance_before", *runs, "why_zh", "why_en"]
    return pd.DataFrame(rows, columns=columns)


_NEEDS = {
    "before_arrival": (
        "付款早于所追踪资金到账;只有当另有未调取的账户或流水先行到账时,此环节才成立",
        "paid before the traced money came; holds only if it came earlier by an account or statement not obtained",
    ),
    "same_time": (
        "与到账时间相同而行次在前;须以原始回单核实先后",
        "same time stamp as the arrival, earlier row; the bank's own slip must settle the order",
    ),
    "uncovered": (
        "付款超过已知余额;期初余额或另一份流水缺失",
        "more was paid than was known to be there; the opening balance or a statement is missing",
    ),
    "cash": (
        "取现后不久有相近金额现金存入;须以取款、存款凭条和经办人核实",
        "cash was taken out and a like amount paid in soon after; slips and the person at the counter must settle it",
    ),
}


def conditional_hops(
    book: Book,
    index: MoneyIndex,
    runs: Mapping[str, Run],
    ids: np.ndarray,
    places: Places,
    tolerance: int,
    direction: str,
) -> pd.DataFrame:
    """See ``Trace.conditional``. Uncovered payments are told from the arrival of traced money on."""
    found: list[tuple[str, int, int, int, int, float]] = []
    entries = _entries(runs)
    if direction == "forward":
        for entry in entries:
            part = max(run.legs.get(entry.row, 0) for run in runs.values())
            if entry.payee in places.cash:
                found += _cash_again(book, index, entry, part, tolerance)
            elif entry.payee not in places.all:
                found += _too_early(book, entry, part, tolerance)
    arrived = _arrivals(runs)
    for account in sorted(arrived.keys() - places.all):
        late = [(e, missing) for e, missing in book.uncovered(account) if e.moment > arrived[account]]
        found += [("uncovered", -1, e.row, account, missing, 0.0) for e, missing in late]
    columns = ["reason", "row_in", "row_out", "account", "amount", "days"]
    frame = pd.DataFrame(found, columns=columns).drop_duplicates(ignore_index=True)
    frame["account"] = [ids[code] for code in frame["account"]]
    frame["amount"] = frame["amount"].astype(np.float64) / 100
    for at, language in enumerate(("zh", "en")):
        frame[f"needs_{language}"] = [_NEEDS[reason][at] for reason in frame["reason"]]
    return frame


def _too_early(book: Book, entry: Entry, part: int, tolerance: int) -> list[tuple[str, int, int, int, int, float]]:
    """Payments out of the payee that came shortly before the traced payment in."""
    found = []
    entries = book.entries(entry.payee)
    place = book.after(entry.payee, entry.moment) - 2  # the payment itself stands just before that place
    while place >= 0 and entry.time - entries[place].time <= tolerance:
        early = entries[place]
        if early.payer == entry.payee:
            reason = "same_time" if early.time == entry.time else "before_arrival"
            days = (early.time - entry.time) / 86_400
            found.append((reason, entry.row, early.row, entry.payee, min(part, early.amount), days))
        place -= 1
    return found


def _cash_again(
    book: Book, index: MoneyIndex, entry: Entry, part: int, tolerance: int
) -> list[tuple[str, int, int, int, int, float]]:
    """Deposits out of the same cash account, soon after, of half to all of the traced withdrawal."""
    found = []
    for later in book.entries(entry.payee)[book.after(entry.payee, entry.moment) :]:
        if later.time - entry.time > tolerance:
            break
        if later.payer == entry.payee and _CASH_SHARE * part <= later.amount <= part:
            days = (later.time - entry.time) / 86_400
            found.append(("cash", entry.row, later.row, later.payee, later.amount, days))
    return found


def _entries(runs: Mapping[str, Run]) -> list[Entry]:
    """Every payment that carries traced money under some method, in order of time."""
    return sorted({entry for run in runs.values() for row, entry in run.entries.items() if run.legs.get(row)})


def _arrivals(runs: Mapping[str, Run]) -> dict[int, Moment]:
    """When traced money first reached each account."""
    return {entry.payee: entry.moment for entry in reversed(_entries(runs))}


def _times(entries: list[Entry]) -> pd.DatetimeIndex:
    return pd.to_datetime(np.array([entry.time for entry in entries], np.int64), unit="s")
