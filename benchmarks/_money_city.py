"""Invented payments for the benchmarks of money: Zipf-like popularity, one year, ten payments an account."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

_BEGIN, _YEAR = 1_704_067_200, 366 * 86_400


def city(n: int, *, alike: bool, seed: int = 7, exponent: float = 0.75) -> tuple[np.ndarray, ...]:
    """``n`` payments in order of time: payer, payee (numbers from 0), seconds, amount in fen. No self-payments.

    ``alike``: who pays often also is paid often (one order of popularity), which makes many cycles and scatter-gathers;
    else the two orders are independent.
    """
    rng = np.random.default_rng(seed)
    accounts = max(2, n // 10)
    weights = np.cumsum(np.arange(1, accounts + 1, dtype=np.float64) ** -exponent)
    weights /= weights[-1]
    payers = rng.permutation(accounts).astype(np.int32)
    payees = payers if alike else rng.permutation(accounts).astype(np.int32)

    def draw(order: np.ndarray, count: int) -> np.ndarray:
        return order[np.searchsorted(weights, rng.random(count)).clip(0, accounts - 1)]

    payer, payee = draw(payers, n), draw(payees, n)
    while (same := np.flatnonzero(payer == payee)).size:
        payee[same] = draw(payees, same.size)
    seconds = np.sort(rng.integers(_BEGIN, _BEGIN + _YEAR, n))
    fen = np.maximum(1, np.round(rng.lognormal(8, 1.5, n) * 100)).astype(np.int64)
    return payer, payee, seconds, fen


def write_city(path: Path, n: int, *, alike: bool) -> None:
    """The same as a Parquet file as it would be received: ids as text, a time stamp, an amount in yuan."""
    payer, payee, seconds, fen = city(n, alike=alike)
    names = pa.array([f"62{k:014d}" for k in range(max(2, n // 10))])
    kinds = {"payer_account": pa.string(), "payee_account": pa.string(), "amount": pa.float64()}
    schema = pa.schema(kinds | {"paid_at": pa.timestamp("us")})
    with pq.ParquetWriter(path, schema) as file:
        for first in range(0, n, 1 << 20):
            part = slice(first, first + (1 << 20))
            sides = [names.take(pa.array(side[part])) for side in (payer, payee)]
            moment = pa.array(seconds[part] * 1_000_000).cast(pa.timestamp("us"))
            file.write_table(pa.Table.from_arrays([*sides, pa.array(fen[part] / 100), moment], schema=schema))
