"""Payments in order of time over the money index, and one worker a family of features that moves along with them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from ._kernels_moments import FIELDS
from ._kernels_motifs import scatter_gathers
from ._kernels_returns import returns
from ._kernels_windows import by_time, neighbours, sizes, statistics
from .index import Direction, MoneyIndex

HOUR = 3_600
SIZES = range(2, 31)  # the last one: so many or more
_BLOCK = 512  # payments that a thread takes at once where one may cost a thousand times another
_NEVER, _NONE = np.iinfo(np.int64).max, np.iinfo(np.int64).min


class Stream:
    """The payments of an index in order of (time, row).

    Attributes:
        rows, payer, payee, time: one entry a payment, in that order.
        rank: place in that order by row number (rows that the index left out: undefined).
    """

    def __init__(self, index: MoneyIndex) -> None:
        out = index.out
        self.index, self.n_accounts = index, index.n_accounts
        size = int(out.row.max()) + 1 if out.row.size else 0
        self.rows, self.payer, self.payee, self.time, self.rank = by_time(
            out.offsets, out.counterpart, out.time, out.row, size
        )
        self._neighbours: dict[str, tuple[np.ndarray, np.ndarray]] = {}

    def side(self, name: str) -> Direction:
        """``out`` or ``in``."""
        return self.index.out if name == "out" else self.index.in_

    def neighbours(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Positions of the entries of one side before and after each with the same account on the other side."""
        if name not in self._neighbours:
            side = self.side(name)
            found = np.empty(side.row.size, np.int64), np.empty(side.row.size, np.int64)
            neighbours(side.offsets, side.counterpart, 0, self.n_accounts, self.n_accounts, *found)
            self._neighbours[name] = found
        return self._neighbours[name]

    def ends(self, last: int) -> tuple[int, int]:
        """Time and row of the last payment before place ``last``."""
        return int(self.time[last - 1]), int(self.rows[last - 1])


class Statistics:
    """Moments of what payer and payee paid and received: four windows a payment."""

    def __init__(self, stream: Stream, hours: float, of: str, pool: ThreadPoolExecutor, threads: int) -> None:
        self._stream, self._pool, self._window = stream, pool, round(hours * HOUR)
        self._unit = 0.01 if of == "amount" else 1.0
        self._at = {name: stream.side(name).offsets[:-1].copy() for name in ("out", "in")}
        self._state = {
            name: (self._at[name].copy(), self._at[name].copy(), np.zeros(stream.n_accounts, np.int64))
            for name in ("out", "in")
        }
        self._of = of
        entries = stream.side("out").offsets + stream.side("in").offsets
        pieces = max(1, threads // 2)  # the two directions are two jobs already
        parts = np.searchsorted(entries, np.linspace(0, entries[-1], pieces + 1)[1:-1])
        self._parts = list(itertools.pairwise([0, *parts.tolist(), stream.n_accounts]))

    def columns(self, first: int, last: int) -> list[np.ndarray]:
        """32 columns, see ``PaymentFeatures.columns``."""
        stream, result = self._stream, np.empty((last - first, 4 * FIELDS), np.float32)
        out, in_ = stream.side("out"), stream.side("in")
        events = (
            out.offsets, out.time, out.row, self._at["out"], in_.offsets, in_.time, in_.row, self._at["in"],
        )  # fmt: skip
        jobs = []
        for name, column in (("out", 0), ("in", FIELDS)):
            side = stream.side(name)
            value = side.amount if self._of == "amount" else side.time
            busiest = int(np.diff(side.offsets).max(initial=0))
            described = (side.offsets, side.time, side.row, value, *stream.neighbours(name), *self._state[name])
            rest = (self._window, self._unit, *stream.ends(last), stream.rank, first, column, 2 * FIELDS + column)
            for part in self._parts:
                arguments: tuple[Any, ...] = (*part, *events, *described, *rest, busiest, result)
                jobs.append(self._pool.submit(statistics, *arguments))
        for job in jobs:
            job.result()
        for name in ("out", "in"):  # an account's next payments stand where its window of them ends
            self._at[name][:] = self._state[name][1]
        return list(result.T)


class Sizes:
    """Fan or degree of the payee's incoming and the payer's outgoing payments, one column a size."""

    def __init__(self, stream: Stream, hours: float, is_fan: bool, pool: ThreadPoolExecutor) -> None:
        self._stream, self._pool, self._window, self._is_fan = stream, pool, round(hours * HOUR), is_fan
        self._state = {
            name: (
                stream.side(name).offsets[:-1].copy(),
                stream.side(name).offsets[:-1].copy(),
                np.zeros(stream.n_accounts, np.int64),
            )
            for name in ("in", "out")
        }

    def columns(self, first: int, last: int) -> list[np.ndarray]:
        """58 columns: sizes in, then out."""
        ways = self._pool.map(lambda name: self._one(name, first, last), ("in", "out"))
        return [column for way in ways for column in way]

    def _one(self, name: str, first: int, last: int) -> list[np.ndarray]:
        stream, side = self._stream, self._stream.side(name)
        at, head, fan = self._state[name]
        fans, degrees = np.empty(last - first, np.int32), np.empty(last - first, np.int32)
        sizes(
            0, stream.n_accounts, side.offsets, side.counterpart, side.time, side.row, at, *stream.neighbours(name), head,
            fan, self._window, *stream.ends(last), stream.rank, first, fans, degrees,
        )  # fmt: skip
        return one_hot(fans if self._is_fan else degrees)


def one_hot(size: np.ndarray) -> list[np.ndarray]:
    """One float32 column a size of ``SIZES``: 1 where it is that size (in the last column: or more)."""
    bins = np.zeros((len(SIZES), size.size), np.float32)
    at = np.flatnonzero(size >= SIZES[0])
    bins[np.minimum(size[at], SIZES[-1]) - SIZES[0], at] = 1.0
    return list(bins)


class ScatterGather:
    """Scatter-gathers by the number of accounts in the middle."""

    def __init__(self, stream: Stream, hours: float, pool: ThreadPoolExecutor) -> None:
        self._stream, self._pool, self._window = stream, pool, round(hours * HOUR)

    def columns(self, first: int, last: int) -> list[np.ndarray]:
        """29 columns."""
        stream, out, in_ = self._stream, self._stream.side("out"), self._stream.side("in")
        sides = (
            out.offsets, out.counterpart, out.time, out.row, stream.neighbours("out")[0],
            in_.offsets, in_.counterpart, in_.time, in_.row, stream.neighbours("in")[0],
        )  # fmt: skip

        def run(begin: int, end: int, result: np.ndarray) -> None:
            payments = (stream.payer, stream.payee, stream.time, stream.rows)
            scatter_gathers(begin, end, *payments, *sides, self._window, stream.n_accounts, result)

        return _in_blocks(self._pool, run, first, last, _BLOCK * 32)


class Cycles:
    """Temporal cycles by length."""

    def __init__(self, stream: Stream, hours: float, longest: int, pool: ThreadPoolExecutor, threads: int) -> None:
        self._stream, self._pool, self._window, self._longest = stream, pool, round(hours * HOUR), longest
        accounts = stream.n_accounts
        self._scratch = [
            (
                np.full(accounts, _NEVER, np.int64),
                np.full(accounts, _NONE, np.int64),
                np.zeros(accounts, np.bool_),
                np.full((8, accounts + 2), -1, np.int64),
                np.empty((3, accounts + stream.rows.size + 2), np.int64),
            )
            for _ in range(threads)
        ]

    def columns(self, first: int, last: int) -> list[np.ndarray]:
        """29 columns."""
        stream, out, in_ = self._stream, self._stream.side("out"), self._stream.side("in")
        sides = (
            out.offsets, out.counterpart, out.time, stream.neighbours("out")[0],
            in_.offsets, in_.counterpart, in_.time,
        )  # fmt: skip

        def run(begin: int, end: int, result: np.ndarray) -> None:
            scratch = self._scratch.pop()
            payments = (stream.payer, stream.payee, stream.time)
            returns(begin, end, *payments, *sides, self._window, self._longest, *scratch, result)
            self._scratch.append(scratch)

        return _in_blocks(self._pool, run, first, last, _BLOCK)


def _in_blocks(
    pool: ThreadPoolExecutor, run: Callable[[int, int, np.ndarray], None], first: int, last: int, size: int
) -> list[np.ndarray]:
    """Count in blocks that threads take one after another, for one payment may cost a thousand times another."""
    result = np.zeros((last - first, len(SIZES)), np.float32)
    begins = range(first, last, size)
    jobs = [pool.submit(run, b, min(b + size, last), result[b - first : b - first + size]) for b in begins]
    for job in jobs:
        job.result()
    return list(np.ascontiguousarray(result.T))
