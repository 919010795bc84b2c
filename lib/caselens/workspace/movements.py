"""Payments out of statement lines: both sides of a transfer become one payment, and no line counts twice.

What becomes of a line, told for each in the evidence:

* ``failed``: no money moved, no payment.
* ``cancelled``: a reversal (``state = reversed``) and the line it takes back, on the same account, make no payment: the
  bank undid its own booking. A reversal whose line is not found is a movement of its own.
* ``given``: the movement is in ``payments`` already, named by ``payment_id`` or found by parties, amount and day.
* ``payer``, ``payee``: the side or sides of a derived payment. A refund is a line of its own and so a payment back; the
  line marked ``refunded`` keeps its payment.
* ``wallet``: a bill line of WeChat or Alipay and the bank's line of the card that paid it are one movement.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from caselens.core.errors import DataError
from caselens.workspace._movement_match import Rule, around, match, steps
from caselens.workspace._movement_sql import (
    ACCOUNTS_OUT,
    ALIASES,
    COUNTS,
    HOLDERS,
    LINE_COLUMNS,
    LINES,
    LINES_OUT,
    MASKS,
    MOVEMENTS,
    PAYMENTS_OUT,
)
from caselens.workspace.validate import literal, quote

_NO_OTHER = "cp_printed IS NULL AND cp_name IS NULL"
#: Both sides of a transfer, the surest first. ``cp`` is the other account where a statement of it is at hand.
_TRANSFER = tuple(
    replace(rule, apart="account")
    for rule in (
        Rule("payment_id", ("payment_id",), ("payment_id",)),
        Rule("both accounts", ("account", "cp"), ("cp", "account")),
        Rule("account, name back", ("cp", "holder"), ("account", "cp_name"), "true", "NOT cp_known"),
        Rule("name, account back", ("account", "cp_name"), ("cp", "holder"), "NOT cp_known"),
        Rule("account, silent back", ("cp",), ("account",), "true", _NO_OTHER),
        Rule("silent, account back", ("account",), ("cp",), _NO_OTHER),
        Rule("both names", ("holder", "cp_name"), ("cp_name", "holder"), "NOT cp_known", "NOT cp_known"),
        Rule("same reference", ("reference",), ("reference",), "NOT cp_known", "NOT cp_known"),
        Rule("name, silent back", ("cp_name",), ("holder",), "NOT cp_known", _NO_OTHER),
        Rule("silent, name back", ("holder",), ("cp_name",), _NO_OTHER, "NOT cp_known"),
    )
)
_GIVEN = (
    Rule("given, both accounts", ("account", "cp"), ("own", "other")),
    Rule("given, name", ("account", "cp_name"), ("own", "other_name"), "NOT cp_known"),
    Rule("given, other side silent", ("account",), ("own",), _NO_OTHER),
)
_REVERSAL = (
    Rule(
        "reversal, same counterparty",
        ("account", "coalesce(cp, cp_name)"),
        ("account", "coalesce(cp, cp_name)"),
        is_later=True,
    ),
    Rule("reversal", ("account",), ("account",), _NO_OTHER, is_later=True),
)
_WALLET = (Rule("wallet and card", ("tail",), ("own_tail",), "wallet AND tail <> ''", "NOT wallet AND provider"),)


_PAIRS = ("given_pair", "cancel", "pair", "wallet")
_TABLES = ("line", "alias", "account", "holder", "given", "side", "movement", *_PAIRS)


@dataclass(frozen=True, slots=True)
class Derived:
    """Where the result lies, and how many lines became what.

    ``payments`` has the columns of the table ``payments``; ``lines`` has every line once: ``line_id``, ``payment_id``
    (empty where there is none), ``part`` and ``rule``; ``accounts`` the accounts that payments name and nobody gave.
    ``counts`` adds up: ``lines`` = ``failed`` + ``cancelled`` + ``given`` + ``paired`` + ``one_sided``.
    """

    payments: Path
    lines: Path
    accounts: Path
    counts: dict[str, int] = field(default_factory=dict)


def derive_payments(
    con: duckdb.DuckDBPyConnection,
    lines: str,
    payments: str | None,
    accounts: str | None,
    out: Path,
    *,
    day_tolerance: int = 1,
    reversal_days: int = 31,
) -> Derived:
    """Derive one payment for each movement of money that the statement lines show and ``payments`` does not hold.

    Args:
        con: the engine; temporary tables with the prefix ``mv_`` are written and dropped.
        lines, payments, accounts: SQL that reads the typed canonical tables (a ``SELECT``, or the name of a view).
            Columns that are absent count as empty; of further columns ``card_number``, ``account_number``, ``instrument``
            and ``holder_name`` are used where present.
        out: folder for ``payments.parquet``, ``payment_lines.parquet`` and ``payment_accounts.parquet``.
        day_tolerance: how many days the two sides of a movement may lie apart.
        reversal_days: how many days before a reversal the line may lie that it takes back.

    Amount and currency must be equal; different currencies never match. ``payment_id`` is a hash of the line ids, so
    the same lines give the same payments in any order. A counterparty without an account number stands as
    ``name:NAME@ACCOUNT``: the same name seen from another account is another account until somebody decides otherwise.
    Memory stays within the engine's limit; nothing loops over rows.

    Raises:
        DataError: a ``line_id`` occurs twice, or a line lacks account, moment, direction or amount.
    """
    out.mkdir(parents=True, exist_ok=True)
    _load(con, lines, payments, accounts)
    try:
        _cancel(con, reversal_days)
        _match_given(con, day_tolerance)
        buckets = steps(around(day_tolerance))
        sides = [f"(SELECT * FROM {_open(direction)} WHERE NOT is_cash)" for direction in ("out", "in")]
        match(con, sides[0], sides[1], "mv_pair", _TRANSFER, buckets)
        for wallet in ("out", "in"):
            for bank in ("out", "in"):
                match(con, _open(wallet), _open(bank), "mv_wallet", _WALLET, buckets)
        return _write(con, out)
    finally:
        for name in _TABLES:
            con.execute(f"DROP TABLE IF EXISTS mv_{name}")


def _columns(con: duckdb.DuckDBPyConnection, source: str) -> set[str]:
    return {str(row[0]) for row in con.execute(f"DESCRIBE SELECT * FROM ({source})").fetchall()}


def _pick(present: set[str], wanted: dict[str, str]) -> str:
    """A select list of the wanted columns with their types, NULL for those that are absent."""
    return ", ".join(
        f"CAST({quote(name) if name in present else 'NULL'} AS {kind}) AS {quote(name)}"
        for name, kind in wanted.items()
    )


def _load(con: duckdb.DuckDBPyConnection, lines: str, payments: str | None, accounts: str | None) -> None:
    """The lines with what matching needs: numbered, the other account resolved, the own holder's name beside it."""
    line = f"SELECT {_pick(_columns(con, lines), LINE_COLUMNS)} FROM ({lines})"
    known = dict.fromkeys(("account_id", "holder_name", "kind", "account_number", "card_number"), "VARCHAR")
    account = "SELECT " + _pick(set(), known) + " WHERE false"
    if accounts is not None:
        account = f"SELECT {_pick(_columns(con, accounts), known)} FROM ({accounts})"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE mv_account AS SELECT DISTINCT ON (account_id) * FROM ({account}) ORDER BY ALL"
    )
    _check(con, line)
    con.execute(f"CREATE OR REPLACE TEMP TABLE mv_alias AS {ALIASES.format(line=line)}")
    con.execute(f"INSERT INTO mv_alias {MASKS.format(line=line)}")
    con.execute(f"CREATE OR REPLACE TEMP TABLE mv_holder AS {HOLDERS}")
    con.execute(f"CREATE OR REPLACE TEMP TABLE mv_line AS {LINES.format(line=line)}")
    paid = {"payment_id": "VARCHAR", "paid_at": "TIMESTAMP", "payer_account": "VARCHAR", "payee_account": "VARCHAR"}
    paid |= {"amount": "DECIMAL(18,2)", "currency": "VARCHAR"}
    given = f"SELECT {_pick(set(), paid)} WHERE false"
    if payments is not None:
        given = f"SELECT {_pick(_columns(con, payments), paid)} FROM ({payments})"
    con.execute(
        "CREATE OR REPLACE TEMP TABLE mv_given AS SELECT row_number() OVER (ORDER BY payment_id) AS n, payment_id, paid_at AS t, "
        "CAST(paid_at AS TIME) <> TIME '00:00:00' AS timed, payer_account, payee_account, amount, "
        # Only what a line may stand for: named by it, or on an account that has lines. A city's other payments stay outside.
        f"coalesce(currency, 'CNY') AS currency FROM ({given}) WHERE payment_id IN (SELECT payment_id FROM mv_line) "
        "OR payer_account IN (SELECT account FROM mv_line) OR payee_account IN (SELECT account FROM mv_line)"
    )
    for table in _PAIRS:
        con.execute(f"CREATE OR REPLACE TEMP TABLE mv_{table} (l BIGINT, r BIGINT, rule VARCHAR)")


def _check(con: duckdb.DuckDBPyConnection, line: str) -> None:
    """Stop where the lines are not what their table promises: matching would lose money without a word."""
    row = con.execute(
        "SELECT count(*), count(DISTINCT line_id), count(*) FILTER (WHERE account_id IS NULL OR booked_at IS NULL OR amount IS "
        f"NULL OR NOT amount > 0 OR direction IS NULL OR direction NOT IN ('in', 'out')) FROM ({line})"
    ).fetchone()
    total, distinct, lacking = row if row is not None else (0, 0, 0)
    if total != distinct:
        raise DataError(
            f"statement_lines: {total - distinct} line_id(s) occur twice or are empty; payments were not derived."
        )
    if lacking:
        raise DataError(f"statement_lines: {lacking} line(s) lack account, moment, direction or amount above 0.")


def _open(direction: str = "") -> str:
    """The lines (of a direction) that moved money and are in no pair yet."""
    return (
        f"(SELECT * FROM mv_line WHERE starts_with(direction, '{direction}') AND state <> 'failed' AND n NOT IN "
        "(SELECT l FROM mv_cancel UNION ALL SELECT r FROM mv_cancel UNION ALL SELECT l FROM mv_given_pair "
        "UNION ALL SELECT l FROM mv_pair UNION ALL SELECT r FROM mv_pair UNION ALL SELECT l FROM mv_wallet "
        "UNION ALL SELECT r FROM mv_wallet))"
    )


def _cancel(con: duckdb.DuckDBPyConnection, days: int) -> None:
    """Pair each reversal with the latest line before it that it takes back; without a counterparty, by account alone.

    The line taken back may itself be marked as reversed.
    """
    for back, first in (("in", "out"), ("out", "in")):
        free = "(SELECT * FROM mv_line WHERE state {} 'failed' AND n NOT IN (SELECT l FROM mv_cancel UNION ALL SELECT r FROM mv_cancel) "
        reversal = free.format("= 'reversed' AND state <>") + f"AND direction = '{back}')"
        original = free.format("<>") + f"AND direction = '{first}')"
        match(con, reversal, original, "mv_cancel", _REVERSAL, [("day", -day) for day in range(days + 1)])


def _match_given(con: duckdb.DuckDBPyConnection, tolerance: int) -> None:
    """Lines that ``payments`` holds already: a payment takes at most one line of each side."""
    con.execute(
        "INSERT INTO mv_given_pair SELECT l.n, g.n, 'given, payment_id' FROM mv_line l JOIN mv_given g USING (payment_id) "
        "WHERE l.state <> 'failed'"
    )
    for direction, own, other in (("out", "payer_account", "payee_account"), ("in", "payee_account", "payer_account")):
        con.execute("CREATE OR REPLACE TEMP TABLE mv_side (l BIGINT, r BIGINT, rule VARCHAR)")
        taken = f"SELECT r FROM mv_given_pair p JOIN mv_line x ON x.n = p.l WHERE x.direction = '{direction}'"
        side = (
            f"(SELECT g.n, t, timed, amount, currency, {own} AS own, {other} AS other, h.name AS other_name FROM mv_given g "
            f"LEFT JOIN mv_holder h ON h.account_id = {other} WHERE g.n NOT IN ({taken}))"
        )
        match(con, _open(direction), side, "mv_side", _GIVEN, steps(around(tolerance)))
        con.execute("INSERT INTO mv_given_pair FROM mv_side")
        con.execute("DROP TABLE mv_side")


def _write(con: duckdb.DuckDBPyConnection, out: Path) -> Derived:
    """The three Parquet files, in the order of their keys so that the same input gives the same bytes."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE mv_movement AS {MOVEMENTS.replace('{open}', _open())}")
    paths = [out / f"{name}.parquet" for name in ("payments", "payment_lines", "payment_accounts")]
    for query, path in zip((PAYMENTS_OUT, LINES_OUT, ACCOUNTS_OUT), paths, strict=True):
        con.execute(f"COPY ({query}) TO {literal(str(path))} (FORMAT parquet)")
    counted = con.execute(COUNTS.format(lines=literal(str(paths[1])))).fetchall()
    none = dict.fromkeys(("lines", "failed", "cancelled", "given", "paired", "one_sided"), 0)
    return Derived(paths[0], paths[1], paths[2], none | {str(name): int(count) for name, count in counted})
