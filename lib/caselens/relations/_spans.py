"""Periods that touch become one."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

_FIRST, _LAST = ("0001-01-01", "9999-12-31")


def merged(periods: ir.Table, keys: Sequence[str]) -> ir.Table:
    """``keys, since, until``: the periods of each key with overlapping ones joined; NULL is open on that side.

    One sort of ``periods``: O(n log n).
    """
    first, last = ibis.literal(_FIRST).cast("date"), ibis.literal(_LAST).cast("date")
    closed = periods.select(
        *keys, since=ibis.coalesce(periods.since, first), until=ibis.coalesce(periods.until, last)
    ).distinct()
    order = ["since", "until"]
    before = ibis.window(group_by=list(keys), order_by=order, preceding=(None, 1), following=None)
    reached = closed.mutate(reached=closed.until.max().over(before))
    starts = reached.mutate(
        starts=(reached.reached.isnull() | (reached.since > reached.reached)).ifelse(1, 0).cast("int64")
    )
    so_far = ibis.window(group_by=list(keys), order_by=order, preceding=None, following=0)
    numbered = starts.mutate(span=starts.starts.sum().over(so_far))
    joined = numbered.group_by([*keys, "span"]).agg(since=numbered.since.min(), until=numbered.until.max())
    return joined.select(*keys, since=joined.since.nullif(first), until=joined.until.nullif(last))
