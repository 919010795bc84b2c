"""Evidence inside an expression: lists of ``{table, key}``."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir


def evidence(table: str, key: ir.StringValue) -> ir.ArrayValue:
    """A list with one row: ``table`` and the key of the row in it."""
    return ibis.array([ibis.struct({"table": ibis.literal(table), "key": key})])


def months_later(day: ir.DateValue, months: int) -> ir.DateValue:
    """``day`` plus ``months`` (NULL stays NULL: no end)."""
    return (day + ibis.interval(months=months)).cast("date")


def months_earlier(day: ir.DateValue, months: int) -> ir.DateValue:
    """``day`` minus ``months``."""
    return (day - ibis.interval(months=months)).cast("date")


def overlaps(start_a: ir.DateValue, end_a: ir.DateValue, start_b: ir.DateValue, end_b: ir.DateValue) -> ir.BooleanValue:
    """Whether two periods share a day; NULL means open on that side."""
    a_before_b_ends = start_a.isnull() | end_b.isnull() | (start_a <= end_b)
    b_before_a_ends = start_b.isnull() | end_a.isnull() | (start_b <= end_a)
    return a_before_b_ends & b_before_a_ends


def later(a: ir.DateValue, b: ir.DateValue) -> ir.DateValue:
    """The later of two starts; NULL means from always."""
    return ibis.greatest(ibis.coalesce(a, b), ibis.coalesce(b, a))


def earlier(a: ir.DateValue, b: ir.DateValue) -> ir.DateValue:
    """The earlier of two ends; NULL means no end."""
    return ibis.least(ibis.coalesce(a, b), ibis.coalesce(b, a))


def tenths(number: int) -> ir.FloatingValue:
    """``number`` tenths as a double. A bare ``0.7`` reaches DuckDB as a DECIMAL, which pandas gives back as objects."""
    return ibis.literal(number) / 10
