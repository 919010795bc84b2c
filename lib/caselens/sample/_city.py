"""The city while it is built: rows and blocks of rows of every table, linked by handles instead of ids.

A handle is an integer that says which table a row belongs to and which of its rows it is. Ids are given only at the
end, after shuffling, so that no id tells in which order, or by whom, a row was made.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator, SeedSequence, default_rng
from numpy.typing import NDArray

Array = NDArray[Any]
Row = dict[str, Any]

#: Tables whose rows other rows name, with the key column and the beginning of their ids.
KEYED: dict[str, tuple[str, str]] = {
    "persons": ("person_id", "P"),
    "organizations": ("org_id", "O"),
    "accounts": ("account_id", "A"),
    "payments": ("payment_id", "T"),
    "statement_lines": ("line_id", "L"),
    "assets": ("asset_id", "AS"),
    "licences": ("licence_id", "LC"),
    "contacts": ("contact_id", "CT"),
    "financings": ("financing_id", "F"),
    "projects": ("project_id", "PR"),
    "project_events": ("event_id", "PE"),
    "tenders": ("tender_id", "TD"),
    "bid_claims": ("claim_id", "BC"),
    "contracts": ("contract_id", "C"),
    "contract_changes": ("change_id", "CC"),
    "asset_disposals": ("disposal_id", "AD"),
    "applications": ("application_id", "AP"),
    "approvals": ("approval_id", "AV"),
    "benefit_payouts": ("payout_id", "BP"),
    "unit_events": ("event_id", "UE"),
    "stated_figures": ("figure_id", "SF"),
    "cases": ("case_id", "CA"),
    "leads": ("lead_id", "LD"),
    "evidence_requests": ("request_id", "ER"),
    "referrals": ("referral_id", "RF"),
    "discipline_records": ("record_id", "DR"),
    "rectifications": ("problem_id", "RP"),
    "risk_points": ("risk_id", "RK"),
    "meetings": ("meeting_id", "M"),  # no table of its own: review_votes name the meeting
}
_CODES = {table: code for code, table in enumerate(KEYED, start=1)}
_TABLES = {code: table for table, code in _CODES.items()}
_SHIFT = 40
NOBODY = -1


def handle_parts(handles: Array) -> tuple[Array, Array]:
    """Table codes and row numbers of ``handles`` (int64); meaningless where the handle is ``NOBODY``."""
    return handles >> _SHIFT, handles & ((1 << _SHIFT) - 1)


def table_of(code: int) -> str:
    """The table a code stands for."""
    return _TABLES[code]


def code_of(table: str) -> int:
    """The code that stands for a table."""
    return _CODES[table]


@dataclass(frozen=True, slots=True)
class Coded:
    """A column given as positions (``-1`` = empty) in a short vocabulary: text for millions of rows."""

    positions: Array
    vocabulary: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.positions)


class City:
    """Rows on their way to the tables.

    ``rows`` holds single rows (dictionaries), ``blocks`` whole columns at once. Money is yuan, dates are
    ``datetime.date`` or ``datetime64[D]``, moments ``datetime`` or ``datetime64[s]``, an absent value is ``None``, NaN,
    NaT or ``NOBODY``.

    Attributes:
        quiet: parties that background procurement, decisions and gifts leave alone, because a planted story depends on
            what they do *not* do; everyday life covers them like everybody else.
        idle: firms that do not even trade.
        kin_firms: firms of officials' kin over which the officials have no say.
        watched: accounts whose payments are on file in full.
        lined: accounts whose bank lines are on file too, with the computer they are used from.
        sealed: for some of these the period for which the bank said that the lines are complete.
        gaps: for some of these the period whose lines are missing.
        works, bought, market: what projects and procurement leave for those that run after them.
    """

    def __init__(self, seed: int, people: int, payments: int) -> None:
        self.seed = seed
        self.people = max(people, payments // 500)
        self.payments = payments
        self.tenders = max(60, payments // 100)
        self.rows: dict[str, list[Row]] = defaultdict(list)
        self.blocks: dict[str, list[dict[str, Array | Coded]]] = defaultdict(list)
        self.counts: dict[str, int] = dict.fromkeys(KEYED, 0)
        self.quiet: set[int] = set()
        self.units: dict[str, list[int]] = defaultdict(list)
        self.firms: dict[str, list[int]] = defaultdict(list)
        self.officials: dict[int, list[int]] = defaultdict(list)
        self.names: set[str] = set()
        self.works: list[Any] = []
        self.bought: list[tuple[Array, ...]] = []
        self.market: dict[str, Array] = {}
        self.stories: list[tuple[str, str, Any]] = []
        self.watched: set[int] = set()
        self.kin_firms: set[int] = set()
        self.idle: set[int] = set()
        self.lined: dict[int, str] = {}
        self.sealed: dict[int, tuple[Any, Any]] = {}
        self.gaps: dict[int, tuple[Any, Any]] = {}
        self.desks: dict[int, Row] = {}
        self.counter = NOBODY
        self.jobs: dict[int, Row] = {}
        self.strata: set[tuple[str, int, str]] = set()
        self.managers: dict[tuple[int, int], int] = {}
        self.founded: Array = np.zeros(0, dtype=np.int64)
        self.account_of: dict[tuple[int, str], int] = {}
        self._row_of: dict[int, Row] = {}
        self._posts: dict[int, list[Row]] = defaultdict(list)
        self._posts_read = 0

    def rng(self, *words: str | int) -> Generator:
        """A random stream of its own for each subject, so that a file more does not change what the others draw."""
        key = [value for word in words for value in str(word).encode()]
        return default_rng(SeedSequence(self.seed, spawn_key=tuple(key)))

    def new(self, table: str, count: int = 1) -> Array:
        """Handles for ``count`` rows of ``table`` that will be added."""
        first = self.counts[table]
        self.counts[table] = first + count
        return (_CODES[table] << _SHIFT) + np.arange(first, first + count, dtype=np.int64)

    def add(self, table: str, /, **row: Any) -> int:
        """Add one row; answers its handle, or ``NOBODY`` where the table has no key of its own."""
        if table in KEYED and KEYED[table][0] not in row:
            handle = int(self.new(table)[0])
            row = {KEYED[table][0]: handle, **row}
            self._row_of[handle] = row
            self.rows[table].append(row)
            return handle
        self.rows[table].append(row)
        return NOBODY

    def add_block(self, table: str, columns: Mapping[str, Array | Coded]) -> Array:
        """Add many rows at once; answers their handles where the table has a key that ``columns`` does not give."""
        lengths = {len(column) for column in columns.values()}
        if len(lengths) != 1:
            raise ValueError(f"{table}: columns of different lengths {sorted(lengths)}")
        count = lengths.pop()
        handles = np.full(count, NOBODY, dtype=np.int64)
        block = dict(columns)
        if table in KEYED and KEYED[table][0] not in block:
            handles = self.new(table, count)
            block = {KEYED[table][0]: handles, **block}
        self.blocks[table].append(block)
        return handles

    def row(self, handle: int) -> Row:
        """The row behind ``handle``; only rows added one by one can be looked up."""
        return self._row_of[int(handle)]

    def last(self, table: str) -> tuple[str, Row]:
        """The table and the row added to it last: evidence in a table whose rows have no handle."""
        return table, self.rows[table][-1]

    def grown(self, trade: str) -> list[int]:
        """The firms of a trade that are older than the decade."""
        return [firm for firm in self.firms[trade] if self.row(firm)["established_on"].year < 2016]

    def mention(self, handle: int) -> str:
        """A place for the id of ``handle`` in a text (memo, document), filled in when ids are given."""
        return f"\x02{int(handle)}\x03"

    def posts(self, unit: int) -> list[Row]:
        """The appointments to ``unit`` so far, oldest first as they were made."""
        rows = self.rows["appointments"]
        for row in rows[self._posts_read :]:
            self._posts[row["org_id"]].append(row)
        self._posts_read = len(rows)
        return self._posts[unit]

    def unit(self, kind: str, rng: Generator) -> int:
        """One of the city's units of a kind such as ``公安局`` or ``城投集团``."""
        units = self.units[kind]
        return units[int(rng.integers(len(units)))]
