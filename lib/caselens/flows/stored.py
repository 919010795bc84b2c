"""The money index of a workspace: built once for its payments, with the way back from a row number to a file's row."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from ..core.errors import UsageError
from ..workspace import Workspace
from .index import MoneyIndex

_NAME = "money_rows"
# In the order of the files: banks print equal times in the order in which they booked them.
_ROWS = """
SELECT CAST(row_number() OVER placed - 1 AS BIGINT) AS "row", payment_id, paid_at, payer_account, payee_account,
       amount, COALESCE(currency, 'CNY') AS currency, memo, source_file, source_sheet, source_row
FROM payments WINDOW placed AS (ORDER BY source_file, source_sheet, source_row, payment_id)
ORDER BY "row"
"""


def stored_index(workspace: Workspace) -> MoneyIndex:
    """The money index of all payments in force; built when they or the settings changed, else opened in milliseconds.

    Raises:
        UsageError: the workspace has no payments.
    """
    if not workspace.has("payments"):
        raise UsageError("This workspace has no payments: take in payments or bank statements first.")
    rows = workspace.derive(_NAME, lambda: _ROWS)
    folder = workspace.folder.derived / "money"
    payments = workspace.con.sql(f'SELECT * FROM "{rows.get_name()}" ORDER BY "row"')
    return MoneyIndex.build(workspace.con, payments, folder, fingerprint=workspace.states.of("table:payments"))


def rows_at(workspace: Workspace, rows: Collection[int]) -> pd.DataFrame:
    """The payments with these row numbers of the index, in the order of the numbers.

    Columns: ``row, payment_id, paid_at, payer_account, payee_account, amount, currency, memo, source_file,
    source_sheet, source_row``.
    """
    table = workspace.derive(_NAME, lambda: _ROWS)
    found = table.filter(table["row"].isin([int(row) for row in rows])).order_by("row").execute()
    return found.assign(amount=found["amount"].astype("float64"))


def row_of(workspace: Workspace, payment_id: str) -> int:
    """The row number of a payment.

    Raises:
        UsageError: there is no such payment.
    """
    table = workspace.derive(_NAME, lambda: _ROWS)
    found = table.filter(table["payment_id"] == payment_id).select("row").execute()["row"]
    if found.empty:
        raise UsageError(f"There is no payment {payment_id!r} in this workspace.")
    return int(found.iloc[0])
