"""Tracing money through mixed accounts: four methods side by side, where they differ and why, every leg a row."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from ..core.errors import UsageError
from ..core.text import Text
from ._trace_backward import backward
from ._trace_book import Book
from ._trace_forward import Run, Start, forward
from ._trace_pools import METHODS
from ._trace_report import Places, conditional_hops, differences, end_table, leg_table
from ._trace_start import find_start
from .hubs import HubPolicy, Hubs, resolve_hubs
from .index import MoneyIndex

DAY = 86_400


@dataclass(frozen=True)
class Trace:
    """Where traced money went (or came from), by each method. Amounts in the unit of the currency (yuan).

    Attributes:
        start: what was traced, in words.
        direction: ``forward`` or ``backward``.
        methods: the columns of amounts in the tables below, in this order.
        legs: one row a payment that carried traced money under at least one method, in time order: ``row`` (row number
            in the payments), ``payment_id`` (if they have one), ``payer_account``, ``payee_account``, ``paid_at``,
            ``amount``, one column a method (0 = nothing by this method), ``hop`` (payments from the start),
            ``own_transfer`` (both accounts have one holder), ``differs``.
        ends: where the money is at ``until`` (forward) or where it began (backward): ``account``, ``holder``, one column
            a method, ``reason`` (``stayed``, ``no_payment_seen_after`` = perhaps a statement is missing, ``hub``,
            ``cash``, ``stopped``; backward: ``source_unknown``, ``hub``, ``cash``, ``stopped``), ``balance`` (all that
            is known to be in the account then, whatever the method). The methods' columns each add up to the amount
            traced: nothing is lost on the way.
        differences: one row a payment where the methods disagree: ``row``, ``account`` (its payer), ``paid_at``,
            ``amount``, ``balance_before``, one column a method, ``why_zh``, ``why_en``.
        conditional: hops that hold only if something is missing from the statements: ``reason``
            (``before_arrival``: paid out up to the tolerance before the traced money came; ``same_time``: the same
            time stamp, earlier row; ``uncovered``: more paid than was known to be there; ``cash``: taken out in cash, and
            a like amount paid in elsewhere soon after), ``row_in``, ``row_out``, ``account``, ``amount``, ``days``,
            ``needs_zh``, ``needs_en``. They are told, never counted in ``legs`` or ``ends``.
        hubs: accounts that were not opened because everybody pays them.
        told: the answer in one or two sentences.
    """

    start: Text
    direction: Literal["forward", "backward"]
    methods: tuple[str, ...]
    legs: pd.DataFrame
    ends: pd.DataFrame
    differences: pd.DataFrame
    conditional: pd.DataFrame
    hubs: Hubs
    told: Text

    def at(self, accounts: str | Collection[str]) -> dict[str, float]:
        """How much lies with these accounts at the end (forward) or began with them (backward), by method."""
        wanted = {accounts} if isinstance(accounts, str) else set(accounts)
        rows = self.ends[self.ends["account"].isin(wanted)]
        return {method: round(float(rows[method].sum()), 2) for method in self.methods}

    def through(self, accounts: str | Collection[str]) -> dict[str, float]:
        """How much came into these accounts from outside them, by method, whether or not it stayed."""
        wanted = {accounts} if isinstance(accounts, str) else set(accounts)
        into = self.legs["payee_account"].isin(wanted) & ~self.legs["payer_account"].isin(wanted)
        return {method: round(float(self.legs.loc[into, method].sum()), 2) for method in self.methods}

    def ways(self, account: str, limit: int = 100) -> list[tuple[int, ...]]:
        """The ways by which traced money reached ``account``: row numbers from the first leg to the last.

        Raises:
            UsageError: there are more than ``limit``; the list is never cut.
        """
        legs = self.legs.sort_values(["paid_at", "row"])
        found: list[tuple[int, ...]] = []
        begun: list[tuple[str, tuple[int, ...]]] = []
        begins = legs["hop"] == 1 if self.direction == "forward" else legs["payer_account"].isin(self.ends["account"])
        starts = set(legs.loc[begins, "row"])
        for leg in legs.itertuples():
            grown = [(leg.payee_account, (*way, leg.row)) for at, way in begun if at == leg.payer_account]
            grown += [(leg.payee_account, (leg.row,))] if leg.row in starts else []
            found += [way for at, way in grown if at == account]
            begun += grown
            if len(found) > limit or len(begun) > 100 * limit:
                raise UsageError(f"More than {limit} ways lead to {account}; look at .legs, or raise limit.")
        return found


def trace(
    payments: pd.DataFrame | MoneyIndex,
    source: str,
    amount: float | str | None = None,
    until: object = None,
    *,
    payment: str | int | None = None,
    since: object = None,
    direction: Literal["forward", "backward"] = "forward",
    methods: Sequence[str] = METHODS,
    opening_balances: Mapping[str, float] | None = None,
    holders: Mapping[str, str] | None = None,
    cash_accounts: Collection[str] = (),
    stop_at: Collection[str] = (),
    tolerance_days: float = 3,
    currency: str | None = None,
    hubs: HubPolicy | Hubs | None = None,
) -> Trace:
    """Trace money from an account forwards to ``until``, or backwards from it.

    What is traced, in this order: the payment named by ``payment``; else the one payment of exactly ``amount`` out of
    ``source`` (or, if there is none, into it; backwards the other way round), the earliest if there are several, which
    ``Trace.start`` then says; else ``amount`` as a part of what lies in ``source`` at ``since`` (backwards: at
    ``until``).

    Methods: ``fifo`` the oldest money leaves first; ``lifo`` the newest does; ``pro_rata`` every payment takes the traced
    share of the balance along; ``lowest_balance`` other money is spent first, and later money does not make good what
    has gone (lowest intermediate balance rule).

    Args:
        payments: a DataFrame (``payer_account``, ``payee_account``, ``amount``, ``paid_at``; optionally ``payment_id``,
            ``currency``), or a money index.
        source: account id.
        amount: in the unit of the currency.
        until: the last moment seen, inclusive; a date without time means its whole day. Default: everything.
        payment: ``payment_id``, or the row number (int). Its ``amount`` may be given too, to trace only a part of it.
        since: the first moment seen, inclusive.
        direction: ``forward`` or ``backward``.
        methods: which of the four.
        opening_balances: ``{account: balance}`` before its first payment seen. Where nothing is given, nothing is
            assumed to be there; outflows that are then not covered are told under ``conditional``.
        holders: ``{account: holder}``, to mark own transfers and to name who has the money.
        cash_accounts: accounts that stand for cash over the counter: money that reaches them ends there.
        stop_at: further accounts that are not opened.
        tolerance_days: how far out of order a hop may be and still be told under ``conditional``.
        currency: needed where the payments have several; money that is changed into another ends in this one.
        hubs: which accounts are too busy to be opened. Default: ``HubPolicy()`` (1,000 counterparties).

    Raises:
        UsageError: unknown account, payment or method; neither amount nor payment; amount not above zero.
    """
    index = payments if isinstance(payments, MoneyIndex) else MoneyIndex.from_frame(payments)
    unknown = [method for method in methods if method not in METHODS]
    if unknown or not methods:
        raise UsageError(f"methods must be some of {', '.join(METHODS)}; got {list(methods)!r}.")
    if direction not in ("forward", "backward"):
        raise UsageError(f"direction must be 'forward' or 'backward', got {direction!r}.")
    given = _by_code(index, opening_balances or {}, currency)
    book = Book(index, _second(since, False), _second(until, True), given)
    table = payments if isinstance(payments, pd.DataFrame) else None
    begin, start_text = find_start(book, index, table, source, amount, payment, direction, currency)
    found = resolve_hubs(index, HubPolicy() if hubs is None else hubs)
    places = Places(
        hubs=set(np.flatnonzero(found.blocked).tolist()) - set(index.codes([source], currency).tolist()),
        cash=set(index.codes(cash_accounts, currency).tolist()) - {-1},
        stopped=set(index.codes(stop_at, currency).tolist()) - {-1},
    )
    follow = forward if direction == "forward" else backward
    runs: dict[str, Run] = {method: follow(book, begin, method, places.all) for method in methods}
    ids = index.accounts["account_id"].to_numpy(object)
    legs = leg_table(runs, ids, holders or {}, table)
    ends = end_table(book, runs, ids, holders or {}, places, direction)
    return Trace(
        start_text,
        direction,
        tuple(methods),
        legs,
        ends,
        differences(runs, ids) if direction == "forward" else differences(runs, ids).iloc[:0],
        conditional_hops(book, index, runs, ids, places, round(tolerance_days * DAY), direction),
        found,
        _told(begin, ends, tuple(methods), direction),
    )


def _by_code(index: MoneyIndex, balances: Mapping[str, float], currency: str | None) -> dict[int, int]:
    codes = index.codes(list(balances), currency)
    fen = [round(float(value) * 100) for value in balances.values()]
    if any(value < 0 for value in fen):
        raise UsageError("An opening balance below zero: give 0, the account cannot hold traced money of others then.")
    return {int(code): value for code, value in zip(codes, fen, strict=True) if code >= 0}


def _second(moment: object, is_end: bool) -> int:
    """Seconds of a moment; a date as an end means the end of that day."""
    if moment is None:
        return 2**62 if is_end else -(2**62)
    try:
        stamp = pd.Timestamp(moment)
    except (ValueError, TypeError) as error:
        raise UsageError(f"{moment!r} is not a date or a moment (YYYY-MM-DD[ HH:MM:SS]).") from error
    if is_end and stamp == stamp.normalize():
        stamp += pd.Timedelta(days=1) - pd.Timedelta(seconds=1)
    return int(stamp.timestamp())


def _told(begin: Start, ends: pd.DataFrame, methods: tuple[str, ...], direction: str) -> Text:
    total = f"{begin.amount / 100:,.2f}"
    if direction == "forward":
        agree = bool((ends[list(methods)].nunique(axis=1) <= 1).all())
        if agree:
            return Text(
                f"各种方法结论一致：所追踪的 {total} 现分布于 {len(ends)} 个账户。",
                f"All methods agree: the {total} traced lie in {len(ends)} account(s).",
            )
        return Text(
            f"各种方法结论不一致：所追踪的 {total} 经过混同账户，分布于 {len(ends)} 个账户的金额因方法而异，见“差异”一表。",
            f"The methods differ: the {total} traced passed through mixed accounts, and how much lies in each of "
            f"{len(ends)} account(s) depends on the method; see the differences.",
        )
    return Text(
        f"所追溯的 {total} 来源于 {len(ends)} 个账户(以已取得的流水为限)。",
        f"The {total} traced back began in {len(ends)} account(s), as far as statements were obtained.",
    )
