"""The money index: payments sorted once by account and time, in both directions, in memory-mapped columns.

Every kernel of this room reads it. It holds numbers only; account ids stay in a Parquet file beside it, and each
entry carries the row number of its payment, so that whatever a kernel finds leads back to a row.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..core.errors import UsageError

if TYPE_CHECKING:
    import duckdb

FORMAT = 1
COLUMNS = ("offsets", "counterpart", "time", "amount", "row")
ACCOUNTS = "accounts.parquet"
META = "meta.json"
#: So few accounts are looked up fastest in a dictionary made on the spot.
_FEW = 10_000
_EMPTY_NPY = 128  # bytes of the header; an empty file cannot be mapped


@dataclass(frozen=True, slots=True)
class Direction:
    """All payments seen from one side, sorted by (account, time, row number).

    ``offsets`` int64, one more than there are accounts: account ``a`` has the entries ``offsets[a]:offsets[a + 1]``.
    ``counterpart`` int32 the account on the other side; ``time`` int64 seconds since 1970 in the payments' own local
    time; ``amount`` int64 hundredths of the currency unit (fen for CNY); ``row`` int64 the payment's row number,
    from 0, in the order in which the payments were read.
    """

    offsets: np.ndarray
    counterpart: np.ndarray
    time: np.ndarray
    amount: np.ndarray
    row: np.ndarray


@dataclass(frozen=True)
class MoneyIndex:
    """Payments sorted by account and time, ready for the kernels.

    * **Order.** Equal times are ordered by row number, always: the answer does not depend on the engine.
    * **Currencies** are never mixed: an account that moves two currencies is two accounts here (same ``account_id``,
      another ``currency``), so no kernel can add them.
    * **Self-payments** (payer and payee are one account) are kept as rows of both directions; they move nothing, so
      every kernel passes them over. ``meta["self_payments"]`` says how many there are.
    * **Left out**, each counted under its reason in ``meta["left_out"]``: no payer or payee, no readable amount, no
      readable time, an amount that is not above zero, an amount above 10 trillion.

    Attributes:
        out: payments by payer. ``in_``: payments by payee.
        meta: ``rows_read``, ``payments``, ``accounts``, ``currencies``, ``self_payments``, ``left_out``,
            ``fingerprint`` and ``format``.
        folder: where it is stored, ``None`` if it is in memory only.
    """

    out: Direction
    in_: Direction
    meta: Mapping[str, Any]
    folder: Path | None = None
    _accounts: list[pd.DataFrame] = field(default_factory=list, repr=False)

    @classmethod
    def build(
        cls,
        con: duckdb.DuckDBPyConnection,
        payments: duckdb.DuckDBPyRelation | str | Path,
        folder: str | Path,
        *,
        fingerprint: str | None = None,
    ) -> MoneyIndex:
        """Build the index in ``folder``, or open the one that is there if the payments have not changed.

        The folder is replaced as a whole at the end, so a reader sees the old index or the new one, never half of one.

        Args:
            con: the connection that reads the payments; its ``threads`` and ``memory_limit`` are respected.
            payments: a relation of ``con``, or the path of Parquet files (a file or a pattern). Columns
                ``payer_account``, ``payee_account``, ``amount``, ``paid_at`` and, optionally, ``currency``
                (``CNY`` where empty). The rows must come in a fixed order (a table, files, or a query with ORDER BY):
                their position is the row number.
            folder: where to write; its parent is created.
            fingerprint: what identifies the content. Left out, it is made of the files' names, sizes, times of
                change and footers, or, for a relation, of a hash over every row (about three scans).

        Complexity: one scan for the accounts, one for the rows, O(n) to sort. Memory: 24 bytes a payment, and what
        the engine needs for its dictionary of accounts.
        """
        from ._build import build

        return build(con, payments, Path(folder), fingerprint)

    @classmethod
    def from_frame(cls, payments: pd.DataFrame) -> MoneyIndex:
        """An index in memory over a DataFrame with the same columns; row numbers are positions in the frame."""
        from ._build import from_frame

        return from_frame(payments)

    @classmethod
    def from_codes(
        cls, payer: np.ndarray, payee: np.ndarray, seconds: np.ndarray, amount_fen: np.ndarray
    ) -> MoneyIndex:
        """An index in memory over accounts that are numbered from 0 already, of one currency; ids are the numbers as text.

        Args:
            payer, payee: int, one a payment, from 0.
            seconds: int64, seconds since 1970.
            amount_fen: int64, hundredths of the unit, above 0.

        Raises:
            UsageError: a negative account or an amount that is not above 0.
        """
        from ._build import from_codes

        return from_codes(payer, payee, seconds, amount_fen)

    @classmethod
    def open(cls, folder: str | Path) -> MoneyIndex:
        """Open a stored index. Columns are mapped into memory, not read: this takes milliseconds at any size.

        Raises:
            UsageError: there is no index in ``folder``, or it was written by another version of the format.
        """
        folder = Path(folder)
        meta = read_meta(folder)
        if meta is None:
            raise UsageError(
                f"No money index in {folder}. Build it first with MoneyIndex.build(con, payments, folder)."
            )
        if meta.get("format") != FORMAT:
            raise UsageError(
                f"The money index in {folder} has format {meta.get('format')}, this version reads {FORMAT}."
            )
        columns = {
            side: Direction(*(_mapped(folder / f"{side}_{name}.npy") for name in COLUMNS)) for side in ("out", "in")
        }
        return cls(columns["out"], columns["in"], meta, folder)

    @property
    def n_accounts(self) -> int:
        """How many accounts (an account with two currencies counts twice)."""
        return int(self.out.offsets.size - 1)

    @property
    def n_payments(self) -> int:
        """How many payments the index holds."""
        return int(self.out.row.size)

    @property
    def accounts(self) -> pd.DataFrame:
        """``account_id`` and ``currency`` of every account, in the order of its code. Read on first use, then kept."""
        if not self._accounts:
            if self.folder is None:
                raise UsageError("This index has no account dictionary.")
            self._accounts.append(pd.read_parquet(self.folder / ACCOUNTS))
        return self._accounts[0]

    def codes(self, account_ids: Iterable[str], currency: str | None = None) -> np.ndarray:
        """Codes (int32) of these accounts, one an id, in the given order; -1 for an id the payments do not name.

        Args:
            account_ids: ids as in the payments.
            currency: which currency's account is meant; may be left out if the index has one currency only.

        Raises:
            UsageError: the index has several currencies and none was named.
        """
        accounts = self.accounts
        if len(self.meta["currencies"]) > 1:
            if currency is None:
                raise UsageError(f"The payments have the currencies {self.meta['currencies']}: say which one is meant.")
            accounts = accounts[accounts["currency"] == currency]
        wanted = [str(account) for account in account_ids]
        if len(accounts) <= _FEW:
            places = dict(zip(accounts["account_id"].to_numpy(object), accounts.index, strict=True))
            return np.array([places.get(name, -1) for name in wanted], np.int32)
        named = accounts.loc[
            accounts["account_id"].isin(set(wanted)), "account_id"
        ]  # a few of a million: no table of all
        lookup = pd.Series(named.index.to_numpy(np.int32), index=named.to_numpy(object))
        return lookup.reindex(wanted).fillna(-1).to_numpy(np.int32)

    def groups(self, members: Mapping[str, int]) -> np.ndarray:
        """Turn ``{account_id: group}`` into the array (int32, one an account, -1 = none) that the kernels read.

        An account with several currencies gets its group in each. Ids that the payments do not name are passed over.
        """
        return self.accounts["account_id"].map(members).fillna(-1).to_numpy(np.int32)

    def ids(self, codes: Sequence[int] | np.ndarray) -> np.ndarray:
        """``account_id`` of these codes, in the given order."""
        return self.accounts["account_id"].take(np.asarray(codes, np.int64)).to_numpy(object)

    def entries(self, codes: Iterable[int]) -> pd.DataFrame:
        """Every payment that touches one of these accounts, once each, in time order.

        Returns:
            ``row``, ``payer``, ``payee`` (codes), ``paid_at`` (timestamp), ``amount_fen``. The cost follows the answer,
            not the index.
        """
        parts = []
        for code in sorted({int(c) for c in codes}):
            for side, payer_side in ((self.out, True), (self.in_, False)):
                span = slice(int(side.offsets[code]), int(side.offsets[code + 1]))
                other = np.asarray(side.counterpart[span])
                own = np.full(other.size, code, np.int32)
                parts.append(
                    pd.DataFrame(
                        {
                            "row": np.asarray(side.row[span]),
                            "payer": own if payer_side else other,
                            "payee": other if payer_side else own,
                            "time": np.asarray(side.time[span]),
                            "amount_fen": np.asarray(side.amount[span]),
                        }
                    )
                )
        if not parts:
            parts = [
                pd.DataFrame({name: np.empty(0, np.int64) for name in ("row", "payer", "payee", "time", "amount_fen")})
            ]
        frame = (
            pd.concat(parts, ignore_index=True).drop_duplicates("row").sort_values(["time", "row"], ignore_index=True)
        )
        frame.insert(3, "paid_at", pd.to_datetime(frame.pop("time"), unit="s"))
        return frame


def _mapped(path: Path) -> np.ndarray:
    column = np.load(path, mmap_mode="r" if path.stat().st_size > _EMPTY_NPY else None).view(np.ndarray)
    column.flags.writeable = False
    return column


def read_meta(folder: Path) -> dict[str, Any] | None:
    """What is known about the index in ``folder``; ``None`` if there is none or it cannot be read."""
    try:
        meta = json.loads((folder / META).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return meta if isinstance(meta, dict) else None
