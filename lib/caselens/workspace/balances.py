"""The chain of balances of every account: each printed balance must follow from the one before and the sum between.

Where it does not, lines are missing, were altered, or stand in another order. That is told as a finding about the data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from caselens.workspace._workspace import Workspace

#: Lines that moved no money; what a reversed or refunded line did to the balance only its own balance says.
_LINES = """
SELECT account_id, coalesce(currency, 'CNY') AS currency, booked_at, line_id, balance_after AS balance,
       CASE WHEN direction = 'in' THEN amount ELSE -amount END AS signed, source_file, source_sheet, source_row
FROM statement_lines WHERE coalesce(state, 'booked') <> 'failed'
"""
#: Breaks of each account, its lines taken in time and, within a moment, in the order of the file downwards or upwards.
_BROKEN = f"""
WITH lines AS ({_LINES}),
steps AS (
  SELECT account_id, currency, balance,
         lag(balance) OVER down + signed AS down_says, lag(balance) OVER up + signed AS up_says
  FROM lines
  WINDOW down AS (PARTITION BY account_id, currency ORDER BY booked_at, source_file, source_sheet, source_row, line_id),
         up AS (PARTITION BY account_id, currency ORDER BY booked_at, source_file DESC, source_sheet DESC, source_row DESC, line_id DESC)
)
SELECT account_id, currency, count(*) AS lines, count(balance) AS balances,
       count(*) FILTER (balance <> down_says) AS down, count(*) FILTER (balance <> up_says) AS up
FROM steps GROUP BY account_id, currency ORDER BY account_id, currency
"""
COLUMNS = (
    *("account_id", "currency", "kind", "difference", "after_line", "line_id", "from_time", "to_time"),
    *("source_file", "source_row"),
)


@dataclass(frozen=True, slots=True)
class Break:
    """A place where the chain does not run on.

    ``kind``: ``missing`` (a sum is missing or an amount was altered: the chain goes on from another balance), ``balance``
    (one line's balance fits neither side, the next one fits again: altered or misprinted), ``order`` (the balance before
    is there, but elsewhere: lines stand in another order). ``difference`` is what the printed balance has too much.
    """

    account_id: str
    currency: str
    kind: str
    difference: Decimal
    after_line: str
    line_id: str
    from_time: datetime
    to_time: datetime
    source_file: str
    source_row: int


@dataclass(frozen=True, slots=True)
class Chains:
    """The chains of a workspace: ``accounts`` with their counts, and the ``breaks`` (columns ``COLUMNS``).

    ``accounts`` has ``account_id, currency, lines, balances`` (lines that print one) and ``breaks``. An account whose lines
    print fewer than two balances cannot be checked.
    """

    accounts: pd.DataFrame
    breaks: pd.DataFrame

    @property
    def unchecked(self) -> list[str]:
        """Accounts that print too few balances to be checked."""
        return sorted(self.accounts.loc[self.accounts["balances"] < 2, "account_id"].unique())


def chains(workspace: Workspace) -> Chains:
    """Check the chain of every account and currency.

    One pass of the engine over all lines; only accounts whose lines, in neither order of the file, follow one from the
    other are looked at line by line. Equal moments are taken in whichever order makes them follow.
    """
    counted = workspace.con.execute(_BROKEN).df()
    found: list[Break] = []
    doubtful = counted[(counted["down"] > 0) & (counted["up"] > 0)]
    for account, currency, is_up in zip(
        doubtful["account_id"], doubtful["currency"], doubtful["up"] < doubtful["down"], strict=True
    ):
        order = "DESC" if is_up else "ASC"
        query = (
            f"SELECT * FROM ({_LINES}) WHERE account_id = ? AND currency = ? ORDER BY booked_at, source_file {order}, "
        )
        query += f"source_sheet {order}, source_row {order}, line_id {order}"
        cursor = workspace.con.execute(query, [account, currency])
        names = [column[0] for column in cursor.description or ()]
        found += breaks_of([dict(zip(names, row, strict=True)) for row in cursor.fetchall()])
    rows = pd.DataFrame([[getattr(item, name) for name in COLUMNS] for item in found], columns=list(COLUMNS))
    number = Counter((item.account_id, item.currency) for item in found)
    keys = zip(counted["account_id"], counted["currency"], strict=True)
    accounts = counted[["account_id", "currency", "lines", "balances"]].assign(breaks=[number[key] for key in keys])
    return Chains(accounts, rows)


def breaks_of(lines: list[dict[str, Any]]) -> list[Break]:
    """The breaks in the lines of one account and currency, given in order of time."""
    ordered = list(_following(lines))
    printed = Counter(row["balance"] for row in ordered if row["balance"] is not None)
    found: list[Break] = []
    before: dict[str, Any] | None = None
    moved = Decimal(0)
    for at, row in enumerate(ordered):
        moved += row["signed"]
        if row["balance"] is None:
            continue
        if before is not None and before["balance"] + moved != row["balance"]:
            found.append(_break(before, row, moved, printed, _next_fits(ordered, at, before, moved)))
            if found[-1].kind == "balance":
                continue  # the chain goes on from the line before
        before, moved = row, Decimal(0)
    return found


def _following(lines: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The lines, those of one moment in the order in which their balances follow; else as given."""
    end: Decimal | None = None
    position = 0
    while position < len(lines):
        stop = position
        while stop < len(lines) and lines[stop]["booked_at"] == lines[position]["booked_at"]:
            stop += 1
        left = lines[position:stop]
        while left:
            fits = (
                i for i, row in enumerate(left)
                if end is not None and row["balance"] is not None and end + row["signed"] == row["balance"]
            )  # fmt: skip
            chosen = left.pop(next(fits, _opening(left)))
            yield chosen
            if chosen["balance"] is not None:
                end = chosen["balance"]
            elif end is not None:
                end += chosen["signed"]
        position = stop


def _opening(left: list[dict[str, Any]]) -> int:
    """The line of a moment that follows from no other of it; the first where there is none."""
    ends = {row["balance"] for row in left if row["balance"] is not None}
    starts = (
        i for i, row in enumerate(left) if row["balance"] is not None and row["balance"] - row["signed"] not in ends
    )
    return next(starts, 0) if len(left) > 1 else 0


def _next_fits(ordered: list[dict[str, Any]], at: int, before: dict[str, Any], moved: Decimal) -> bool:
    """Whether the next printed balance follows from the line before, passing over this one's balance."""
    for row in ordered[at + 1 :]:
        moved += row["signed"]
        if row["balance"] is not None:
            return bool(before["balance"] + moved == row["balance"])
    return False


def _break(
    before: dict[str, Any], row: dict[str, Any], moved: Decimal, printed: Counter[Decimal], next_fits: bool
) -> Break:
    kind = "missing"
    if next_fits:
        kind = "balance"
    elif printed[row["balance"] - row["signed"]]:
        kind = "order"
    return Break(
        row["account_id"],
        row["currency"],
        kind,
        row["balance"] - before["balance"] - moved,
        before["line_id"],
        row["line_id"],
        before["booked_at"],
        row["booked_at"],
        row["source_file"] or "",
        int(row["source_row"] or 0),
    )
