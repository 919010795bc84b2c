"""Numbers that describe each payment by what was known when it was made: its accounts' windows and the patterns it completes.

For models and for ranking. Nothing looks ahead: a payment's numbers follow from itself and what came before it by (time,
row). The families are those of IBM's Graph Feature Preprocessor (Blanuša et al. 2024, https://arxiv.org/abs/2402.08593).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ..core.errors import UsageError
from ..core.progress import step
from ._feature_stream import SIZES, Cycles, ScatterGather, Sizes, Statistics, Stream
from .index import MoneyIndex

STATISTICS = ("fan", "degree", "ratio", "mean", "sum", "variance", "skewness", "kurtosis")
_SIDES = ("payer_out", "payer_in", "payee_out", "payee_in")
_SLICE = 1 << 17


@dataclass(frozen=True, slots=True)
class PaymentFeatures:
    """Which features, and their windows in hours; ``None`` leaves a family out.

    Attributes:
        statistics: for payer and payee, and what each paid and received in the window: ``fan`` (distinct
            counterparties), ``degree`` (payments), ``ratio`` (degree over fan), and mean, sum, variance, skewness and
            kurtosis (of the population; 0 where all values are equal) of ``of``. The window is open at its far end.
        of: what the moments are of: ``amount``, or ``time`` (seconds since 1970).
        fan: one column a size, 1 in the one that has the payee's distinct payers (``fan_in_*``) or the payer's
            distinct payees (``fan_out_*``); none below 2. Open at the far end.
        degree: the same with payments counted.
        scatter_gather: how many pairs of a source and a sink, with 2, 3, … accounts between them, the payment belongs to.
            Any order of the payments; the window is closed at its far end, as for cycles.
        cycles: how many temporal cycles of 2, 3, … payments it closes: later and later payments, no account twice;
            the same accounts in the same order count once.
        longest: payments of the longest cycle looked for.
    """

    statistics: float | None = 480
    of: Literal["amount", "time"] = "amount"
    fan: float | None = 12
    degree: float | None = None
    scatter_gather: float | None = None
    cycles: float | None = None
    longest: int = 1_000_000

    def __post_init__(self) -> None:
        windows = (self.statistics, self.fan, self.degree, self.scatter_gather, self.cycles)
        if all(window is None for window in windows):
            raise UsageError("No family of features is asked for.")
        if any(window is not None and window <= 0 for window in windows):
            raise UsageError("A window must be longer than 0 hours.")
        if self.of not in ("amount", "time"):
            raise UsageError(f"of must be 'amount' or 'time', got {self.of!r}.")

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in order; all are float32."""
        names = [f"{side}_{name}" for side in _SIDES for name in STATISTICS] if self.statistics else []
        for family, window in (("fan", self.fan), ("degree", self.degree)):
            names += [f"{family}_{way}_{n}" for way in ("in", "out") for n in SIZES] if window else []
        for family, window in (("scatter_gather", self.scatter_gather), ("cycle", self.cycles)):
            names += [f"{family}_{n}" for n in SIZES] if window else []
        return tuple(names)


def write_payment_features(
    index: MoneyIndex, path: str | Path, features: PaymentFeatures | None = None, *, threads: int = 2
) -> Path:
    """Write the features of every payment to a Parquet file, in order of time, slice by slice.

    Columns: ``row`` (int64), then ``features.columns`` (float32). A self-payment is an entry of its account's windows, as
    on a statement, but belongs to no pattern.

    Args:
        index: the payments. Two currencies are two accounts, as everywhere.
        path: the file; replaced at the end, as a whole.
        features: which, and their windows. Default: statistics over 20 days and fans over 12 hours.
        threads: for computing and writing together: one slice is written while the next is computed.

    Complexity: statistics and fans O(payments) whatever the windows; scatter-gather the square of the payments of an
    account in its window; cycles as many as there are, which a long window among busy accounts makes too many: give
    ``longest`` there. Memory: 50 bytes a payment, and the slices.
    """
    wanted = features or PaymentFeatures()
    path = Path(path)
    temporary = path.with_name(f".{path.name}.tmp")
    schema = pa.schema([("row", pa.int64()), *((name, pa.float32()) for name in wanted.columns)])
    with (
        pq.ParquetWriter(temporary, schema, compression="lz4", use_dictionary=False, write_statistics=False) as file,
        ThreadPoolExecutor(threads) as pool,
    ):
        waiting: Future[None] | None = None
        for part in _slices(index, wanted, pool, threads, _SLICE):
            if waiting is not None:
                waiting.result()
            waiting = pool.submit(_write, file, schema, part)
        if waiting is not None:
            waiting.result()
    temporary.replace(path)
    return path


def _write(file: pq.ParquetWriter, schema: pa.Schema, part: tuple[np.ndarray, list[np.ndarray]]) -> None:
    rows, columns = part
    arrays = [pa.array(np.ascontiguousarray(column)) for column in columns]
    file.write_table(pa.Table.from_arrays([pa.array(rows), *arrays], schema=schema))


def feature_slices(
    index: MoneyIndex, features: PaymentFeatures, *, threads: int = 1, size: int = _SLICE
) -> Iterator[tuple[np.ndarray, list[np.ndarray]]]:
    """The features slice by slice in order of time: row numbers, and one float32 array a column of ``features``."""
    with ThreadPoolExecutor(threads) as pool:
        yield from _slices(index, features, pool, threads, size)


def _slices(
    index: MoneyIndex, features: PaymentFeatures, pool: ThreadPoolExecutor, threads: int, size: int
) -> Iterator[tuple[np.ndarray, list[np.ndarray]]]:
    stream = Stream(index)
    families: list[Callable[[int, int], list[np.ndarray]]] = []
    if features.statistics:
        families.append(Statistics(stream, features.statistics, features.of, pool, threads).columns)
    for window, is_fan in ((features.fan, True), (features.degree, False)):
        if window:
            families.append(Sizes(stream, window, is_fan, pool).columns)
    if features.scatter_gather:
        families.append(ScatterGather(stream, features.scatter_gather, pool).columns)
    if features.cycles:
        families.append(Cycles(stream, features.cycles, features.longest, pool, threads).columns)
    for first in range(0, stream.rows.size, size):
        last = min(first + size, stream.rows.size)
        columns = [column for family in families for column in family(first, last)]
        step("payment features", last, stream.rows.size)
        yield stream.rows[first:last], columns
