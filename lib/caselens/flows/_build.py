"""Building the money index: the engine reads, checks and numbers the accounts; a compiled sort does the rest."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..core.errors import UsageError
from ..core.progress import step
from ._build_source import CURRENCY, Source, file_fingerprint, named, rows_fingerprint, rows_sql
from ._kernels_index import count_offsets, sort_direction
from .index import ACCOUNTS, COLUMNS, FORMAT, META, Direction, MoneyIndex, read_meta

if TYPE_CHECKING:
    import duckdb

NEEDED = ("payer_account", "payee_account", "amount", "paid_at")
_LEAST, _MOST = 0.005, 1e13  # half a fen; ten trillion, of which thousands still add up without overflow
_BATCH = 1 << 17
_REASONS = {1: "no_account", 2: "no_amount", 3: "no_time", 4: "not_above_zero", 5: "above_ten_trillion"}

# One pass reads, checks and numbers. ``why`` is 0 for a payment the index can hold, else the key of the reason.
_CODED = """
WITH rows AS ({rows})
SELECT position,
       COALESCE(payers.code, -1) AS payer,
       COALESCE(payees.code, -1) AS payee,
       CASE WHEN isfinite(money) AND abs(money) <= {most} THEN CAST(round(money * 100) AS BIGINT) ELSE 0 END AS amount,
       CASE WHEN isfinite(moment) THEN epoch_us(moment) // 1000000 ELSE 0 END AS seconds,
       CAST(CASE WHEN payer IS NULL OR payee IS NULL THEN 1
            WHEN money IS NULL OR isnan(money) THEN 2
            WHEN moment IS NULL OR NOT isfinite(moment) THEN 3
            WHEN money < {least} THEN 4
            WHEN money > {most} THEN 5
            ELSE 0 END AS TINYINT) AS why
FROM rows
LEFT JOIN {dictionary} AS payers ON rows.payer = payers.account_id{and_payer}
LEFT JOIN {dictionary} AS payees ON rows.payee = payees.account_id{and_payee}
"""


def build(
    con: duckdb.DuckDBPyConnection,
    payments: duckdb.DuckDBPyRelation | str | Path,
    folder: Path,
    fingerprint: str | None,
) -> MoneyIndex:
    """See :meth:`MoneyIndex.build`."""
    relation = con.read_parquet(str(payments)) if isinstance(payments, (str, Path)) else payments
    _check_columns(relation.columns)
    with named(relation, con) as source:
        if fingerprint is None:
            by_file = isinstance(payments, (str, Path))
            fingerprint = file_fingerprint(con, str(payments)) if by_file else rows_fingerprint(con, source)
        known = read_meta(folder)
        if known is not None and known.get("format") == FORMAT and known.get("fingerprint") == fingerprint:
            return MoneyIndex.open(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            _write(con, source, work, fingerprint)
            _replace(work, folder)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        return MoneyIndex.open(folder)


def from_frame(payments: pd.DataFrame) -> MoneyIndex:
    """See :meth:`MoneyIndex.from_frame`. The same checks as for the engine, on columns: a case is no work for SQL."""
    _check_columns(list(payments.columns))
    money = pd.to_numeric(payments["amount"], errors="coerce").to_numpy(np.float64, na_value=np.nan)
    moment = _moments(payments["paid_at"])
    sides = [payments[name].astype("string").replace("", pd.NA) for name in NEEDED[:2]]
    with np.errstate(invalid="ignore"):
        unnamed = (sides[0].isna() | sides[1].isna()).to_numpy()
        checks = [unnamed, np.isnan(money), np.isnat(moment), money < _LEAST, money > _MOST]
        why = np.select(checks, list(_REASONS), 0)
    good = why == 0
    currency = pd.Series("CNY", payments.index, dtype="string")
    if "currency" in payments:
        currency = payments["currency"].astype("string").replace("", pd.NA).fillna("CNY")
    accounts, codes = _coded(sides, currency)
    base: dict[str, np.ndarray] = {
        "payer": np.where(good, codes[0], -1).astype(np.int32),
        "payee": np.where(good, codes[1], -1).astype(np.int32),
        "amount": np.round(np.where(good, money, 0.0) * 100).astype(np.int64),
        "seconds": np.where(good, moment, np.datetime64(0, "s")).astype(np.int64),
    }
    meta = _meta(np.bincount(why, minlength=len(_REASONS) + 1), accounts, int(np.sum(good & (codes[0] == codes[1]))))
    out, in_ = (_sort(base, side, len(accounts), None) for side in ("out", "in"))
    return MoneyIndex(out, in_, meta, None, [accounts])


def _coded(sides: list[pd.Series], currency: pd.Series) -> tuple[pd.DataFrame, list[np.ndarray]]:
    """Accounts in order of id and currency, and the place of each side's in it; -1 where a side is not named."""
    if currency.nunique() == 1:  # much the quicker, and a case traces hundreds of times
        names = pd.Index(np.sort(pd.concat(sides).dropna().unique().to_numpy(object)), dtype=object)
        accounts = pd.DataFrame({"account_id": names.astype("string"), "currency": currency.iloc[0]})
        accounts["currency"] = accounts["currency"].astype("string")
        return accounts, [names.get_indexer(side.to_numpy(object)).astype(np.int32) for side in sides]
    named = pd.concat(
        [pd.DataFrame({"account_id": side, "currency": currency}).dropna() for side in sides], ignore_index=True
    )
    accounts = named.drop_duplicates().sort_values(["account_id", "currency"], ignore_index=True)
    lookup = pd.Series(np.arange(len(accounts), dtype=np.int32), index=pd.MultiIndex.from_frame(accounts))
    return accounts, [
        lookup.reindex(pd.MultiIndex.from_arrays([side, currency])).fillna(-1).to_numpy(np.int32) for side in sides
    ]


def _moments(paid_at: pd.Series) -> np.ndarray:
    """Moments to the second; texts as the engine reads them, 2024-03-01 and 2024/03/01 alike."""
    if not pd.api.types.is_datetime64_any_dtype(paid_at):
        paid_at = paid_at.astype("string").str.replace("/", "-", regex=False)
        paid_at = pd.to_datetime(paid_at, errors="coerce", format="ISO8601")
    return paid_at.to_numpy("datetime64[s]")


def from_codes(payer: np.ndarray, payee: np.ndarray, seconds: np.ndarray, amount_fen: np.ndarray) -> MoneyIndex:
    """See :meth:`MoneyIndex.from_codes`."""
    if payer.size and (min(int(payer.min()), int(payee.min())) < 0 or int(amount_fen.min()) <= 0):
        raise UsageError("Accounts are numbered from 0 and amounts are above 0.")
    base: dict[str, np.ndarray] = {
        "payer": payer.astype(np.int32, copy=False),
        "payee": payee.astype(np.int32, copy=False),
        "amount": amount_fen.astype(np.int64, copy=False),
        "seconds": seconds.astype(np.int64, copy=False),
    }
    n_accounts = int(max(payer.max(), payee.max())) + 1 if payer.size else 0
    accounts = pd.DataFrame({"account_id": pd.Series(range(n_accounts), dtype="str"), "currency": "CNY"})
    counts = np.zeros(len(_REASONS) + 1, np.int64)
    counts[0] = payer.size
    with ThreadPoolExecutor(2) as pool:
        out, in_ = pool.map(lambda side: _sort(base, side, n_accounts, None), ("out", "in"))
    meta = _meta(counts, accounts, int(np.count_nonzero(payer == payee)))
    return MoneyIndex(out, in_, meta, None, [accounts])


def _check_columns(columns: list[str]) -> None:
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        raise UsageError(f"The payments lack {', '.join(missing)}; the money index needs {', '.join(NEEDED)}.")


def _read(con: duckdb.DuckDBPyConnection, source: Source) -> tuple[pd.DataFrame, dict[str, np.ndarray], dict[str, Any]]:
    """Number the accounts and read every payment into columns indexed by row number (-1 = left out)."""
    rows = rows_sql(source)
    currencies = ["CNY"]
    if "currency" in source.columns:
        currencies = [c for (c,) in con.sql(f"SELECT DISTINCT currency FROM ({rows}) ORDER BY 1").fetchall()]
    several = len(currencies) > 1
    dictionary = _dictionary(con, source, several)
    total = con.sql(f"SELECT count(*) FROM {source.name}").fetchall()[0][0]
    coded = _CODED.format(
        rows=rows,
        least=_LEAST,
        most=_MOST,
        dictionary=dictionary,
        and_payer=" AND rows.currency = payers.currency" if several else "",
        and_payee=" AND rows.currency = payees.currency" if several else "",
    )
    base = {
        "payer": np.full(total, -1, np.int32),
        "payee": np.full(total, -1, np.int32),
        "amount": np.zeros(total, np.int64),
        "seconds": np.zeros(total, np.int64),
    }
    left_out = np.zeros(len(_REASONS) + 1, np.int64)
    selves = done = 0
    for batch in con.sql(coded).to_arrow_reader(_BATCH):
        names = batch.schema.names
        part = {name: batch.column(i).to_numpy(zero_copy_only=False) for i, name in enumerate(names)}
        left_out += np.bincount(part["why"], minlength=left_out.size)
        _place(part, base)
        selves += int(np.count_nonzero((part["payer"] == part["payee"]) & (part["why"] == 0)))
        done += batch.num_rows
        step("money index", done, total)
    accounts = con.sql(f"SELECT account_id, currency FROM {dictionary} ORDER BY code").df()
    con.execute(f"DROP TABLE {dictionary}")
    accounts = accounts if several else accounts.assign(currency=currencies[0] if currencies else "CNY")
    return accounts, base, _meta(left_out, accounts, selves)


def _meta(why: np.ndarray, accounts: pd.DataFrame, self_payments: int) -> dict[str, Any]:
    """``why`` counts the rows by the key of their reason; 0 are those that the index holds."""
    return {
        "format": FORMAT,
        "rows_read": int(why.sum()),
        "payments": int(why[0]),
        "accounts": len(accounts),
        "currencies": sorted(accounts["currency"].unique().tolist()) or ["CNY"],
        "self_payments": self_payments,
        "left_out": {name: int(why[key]) for key, name in _REASONS.items() if why[key]},
    }


def _place(part: dict[str, np.ndarray], base: dict[str, np.ndarray]) -> None:
    """Put a batch where its row numbers say. Batches nearly always come whole and in order: then it is one copy."""
    at, good = part["position"], part["why"] == 0
    if good.all() and at[-1] - at[0] == at.size - 1 and bool((np.diff(at) == 1).all()):
        for name, column in base.items():
            column[at[0] : at[-1] + 1] = part[name]
        return
    for name, column in base.items():
        column[at[good]] = part[name][good]


def _dictionary(con: duckdb.DuckDBPyConnection, source: Source, several: bool) -> str:
    """Number the accounts in the order of their ids, so that a code does not depend on the order of the rows."""
    name = f"money_index_accounts_{os.urandom(6).hex()}"
    currency = CURRENCY if several else "''"
    sides = (
        f"SELECT CAST({side} AS VARCHAR) AS account_id, {currency} AS currency FROM {source.name}"
        for side in NEEDED[:2]
    )
    con.execute(
        f"""CREATE TEMP TABLE {name} AS
        SELECT CAST(row_number() OVER (ORDER BY account_id, currency) - 1 AS INTEGER) AS code, account_id, currency
        FROM ({" UNION ".join(sides)}) WHERE account_id <> ''"""
    )
    return name


def _sort(base: dict[str, np.ndarray], side: str, n_accounts: int, work: Path | None) -> Direction:
    """Sort one direction, straight into files if ``work`` is given, so that nothing is held twice."""
    own, other = (base["payer"], base["payee"]) if side == "out" else (base["payee"], base["payer"])
    offsets = count_offsets(own, n_accounts)
    kinds = {"offsets": np.int64, "counterpart": np.int32, "time": np.int64, "amount": np.int64, "row": np.int64}
    columns = {}
    for name in COLUMNS:
        shape = offsets.size if name == "offsets" else int(offsets[-1])
        columns[name] = _column(work / f"{side}_{name}.npy" if work else None, kinds[name], shape)
    columns["offsets"][:] = offsets
    sort_direction(
        own,
        other,
        base["seconds"],
        base["amount"],
        offsets,
        columns["counterpart"],
        columns["time"],
        columns["amount"],
        columns["row"],
    )
    if work is None:
        for column in columns.values():
            column.flags.writeable = False  # as when mapped: one compiled form of each kernel serves both
    return Direction(**columns)


def _column(path: Path | None, kind: type, size: int) -> np.ndarray:
    if path is None:
        return np.empty(size, kind)
    if size == 0:  # an empty file cannot be mapped
        np.save(path, np.empty(0, kind))
        return np.empty(0, kind)
    return np.lib.format.open_memmap(path, mode="w+", dtype=kind, shape=(size,))


def _write(con: duckdb.DuckDBPyConnection, source: Source, work: Path, fingerprint: str) -> None:
    accounts, base, meta = _read(con, source)
    with ThreadPoolExecutor(2) as pool:
        for direction in pool.map(lambda side: _sort(base, side, len(accounts), work), ("out", "in")):
            for column in (direction.counterpart, direction.time, direction.amount, direction.row):
                if isinstance(column, np.memmap):
                    column.flush()
    accounts.to_parquet(work / ACCOUNTS, index=False)
    meta["fingerprint"] = fingerprint
    (work / META).write_text(json.dumps(meta, ensure_ascii=False, indent=1), "utf-8")


def _replace(work: Path, folder: Path) -> None:
    """Put ``work`` in the place of ``folder``. Two renames: whoever has the old one mapped keeps reading it."""
    if folder.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
        os.replace(folder, old / "was")
        os.replace(work, folder)
        shutil.rmtree(old, ignore_errors=True)
    else:
        os.replace(work, folder)
