"""One-to-one matching of rows that mean the same movement of money, in SQL, without a loop over rows.

Rows are matched in blocks of equal keys, amount and currency: within a block and a bucket of time, the first is matched
with the first, the second with the second, in the order of time and number. Buckets go from the second to the day and
then over neighbouring days. That is deterministic, gives every row at most one partner, and never compares all with
all, however often the same amount passes between the same two accounts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb


@dataclass(frozen=True, slots=True)
class Rule:
    """A reason to take two rows for the two sides of one movement.

    Attributes:
        name: kept as evidence with each pair.
        left, right: SQL expressions over the columns of ``left`` and ``right``; pairwise equal and not NULL.
        where_left, where_right: SQL conditions a row must meet.
        apart: column that must differ between the two rows, if any: an account does not pay itself.
        is_later: left must not be earlier than right.
    """

    name: str
    left: Sequence[str]
    right: Sequence[str]
    where_left: str = "true"
    where_right: str = "true"
    apart: str = ""
    is_later: bool = False


def steps(days: Sequence[int]) -> list[tuple[str, int]]:
    """Buckets from fine to coarse: second, minute and hour of the same day, then each offset of ``days``."""
    return [("second", 0), ("minute", 0), ("hour", 0), *(("day", offset) for offset in days)]


def around(tolerance: int) -> list[int]:
    """Offsets of days within the tolerance, the nearest first, later before earlier."""
    return [0, *(sign * day for day in range(1, tolerance + 1) for sign in (1, -1))]


def match(
    con: duckdb.DuckDBPyConnection,
    left: str,
    right: str,
    into: str,
    rules: Sequence[Rule],
    buckets: Sequence[tuple[str, int]],
) -> None:
    """Pair rows of two relations and insert ``(l, r, rule)`` into the table ``into``.

    Args:
        con: the engine; temporary tables ``match_left`` and ``match_right`` are written and dropped.
        left, right: relations with ``n`` (unique number), ``t`` (moment), ``timed`` (whether a time of day is known),
            ``amount``, ``currency`` and whatever the rules name. Rows must not be paired yet; a row paired by one rule is
            not looked at by the next.
        into: a table ``(l BIGINT, r BIGINT, rule VARCHAR)`` that may hold pairs of these relations already.
        rules: tried in their order, the surest first.
        buckets: pairs ``(unit, days)``: right may lie ``days`` later than left. Units below the day need both times.

    Cost: a sort of the candidates for each rule and bucket; candidates are rows whose key occurs on both sides.
    """
    for rule in rules:
        keys = ", ".join(f"k{i}" for i in range(len(rule.left))) + ", amount, currency"
        left_side = (left, rule.left, rule.where_left, "l")
        right_side = (right, rule.right, rule.where_right, "r")
        if not _candidates(con, "left", rule, into, *left_side) or not _candidates(
            con, "right", rule, into, *right_side
        ):
            continue
        if not _narrow(con, keys):
            continue
        for unit, days in buckets:
            _pair(con, keys, into, rule, unit, days)
            if not _unpaired(con, into):
                break
    con.execute("DROP TABLE IF EXISTS match_left; DROP TABLE IF EXISTS match_right")


def _candidates(
    con: duckdb.DuckDBPyConnection,
    side: str,
    rule: Rule,
    into: str,
    source: str,
    expressions: Sequence[str],
    where: str,
    column: str,
) -> int:
    """The rows of one side that the rule may look at, with their keys as ``k0``, ``k1`` …; how many there are."""
    chosen = ", ".join(f"({expression}) AS k{i}" for i, expression in enumerate(expressions))
    present = " AND ".join(f"({expression}) IS NOT NULL" for expression in expressions)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE match_{side} AS SELECT n, t, timed, {rule.apart or 'n'} AS a, amount, currency, {chosen} "
        f"FROM {source} WHERE {present} AND ({where}) AND n NOT IN (SELECT {column} FROM {into})"
    )
    return _count(con, f"match_{side}")


def _narrow(con: duckdb.DuckDBPyConnection, keys: str) -> int:
    """Keep the rows whose key occurs on the other side too; how many are left on the right."""
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE match_left AS SELECT * FROM match_left SEMI JOIN match_right USING ({keys})"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE match_right AS SELECT * FROM match_right SEMI JOIN match_left USING ({keys})"
    )
    return _count(con, "match_right")


def _pair(con: duckdb.DuckDBPyConnection, keys: str, into: str, rule: Rule, unit: str, days: int) -> None:
    """Insert the pairs of one bucket: the k-th of a block with the k-th of the same block on the other side."""
    timed = "" if unit == "day" else "WHERE timed"
    ranked = "SELECT *, row_number() OVER (PARTITION BY {keys}, bucket ORDER BY t, n) AS k FROM ({inner})"
    sides = {
        "left": f"SELECT *, date_trunc('{unit}', t) + INTERVAL ({days}) DAY AS bucket FROM match_left {timed}",
        "right": f"SELECT *, date_trunc('{unit}', t) + INTERVAL (0) DAY AS bucket FROM match_right {timed}",
    }
    left, right = (ranked.format(keys=keys, inner=inner) for inner in sides.values())
    conditions = ["l.a <> r.a"] * bool(rule.apart) + ["l.t >= r.t"] * rule.is_later
    con.execute(
        f"INSERT INTO {into} SELECT l.n, r.n, ? FROM ({left}) l JOIN ({right}) r USING ({keys}, bucket, k)"
        + "".join(f" {word} {condition}" for word, condition in zip(("WHERE", "AND"), conditions, strict=False)),
        [rule.name],
    )


def _unpaired(con: duckdb.DuckDBPyConnection, into: str) -> int:
    """Take the pairs just made out of the candidates; how many are left on the smaller side."""
    for side, column in (("left", "l"), ("right", "r")):
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE match_{side} AS SELECT * FROM match_{side} "
            f"WHERE n NOT IN (SELECT {column} FROM {into})"
        )
    return min(_count(con, "match_left"), _count(con, "match_right"))


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    row = con.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0
