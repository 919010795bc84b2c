"""What Ibis does not write for Spark: the first value, or all values, in a given order within a group."""

from __future__ import annotations

from typing import Any

import ibis.common.exceptions as com
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.pyspark import PySparkCompiler
from ibis.expr import operations as ops


class OrderedSpark(PySparkCompiler):
    """Ibis's compiler for Spark, with ``collect(order_by=...)`` and ``first(order_by=...)``.

    Spark's aggregates know no order, but structs are compared field by field: values are gathered with their keys before
    them and sorted, or the one with the smallest keys is taken. Missing keys come last, as on DuckDB.
    """

    __slots__ = ()

    def visit_ArrayCollect(  # noqa: N802  named by Ibis
        self, op: ops.ArrayCollect, *, arg: Any, where: Any, order_by: Any, include_null: bool, distinct: bool
    ) -> Any:
        if not order_by or distinct or include_null:
            order = () if distinct else order_by
            found = super().visit_ArrayCollect(
                op, arg=arg, where=where, order_by=order, include_null=include_null, distinct=distinct
            )
            return self.f.array_sort(found) if distinct and order_by else found
        entry = self.f.named_struct("k", self._keys(op, order_by), "v", arg)
        pairs = self.f.array_sort(self.f.collect_list(self.if_(self._counts(arg, where), entry, sge.Null())))
        one = sge.to_identifier("pair")
        return self.f.transform(
            pairs, sge.Lambda(this=sge.Dot(this=one, expression=sge.to_identifier("v")), expressions=[one])
        )

    def visit_First(  # noqa: N802
        self, op: ops.First, *, arg: Any, where: Any, order_by: Any, include_null: bool
    ) -> Any:
        if not order_by or include_null:
            return super().visit_First(op, arg=arg, where=where, order_by=order_by, include_null=include_null)
        return self.f.min_by(arg, self.if_(self._counts(arg, where), self._keys(op, order_by), sge.Null()))

    def _counts(self, arg: Any, where: Any) -> Any:
        given = arg.is_(sge.Null()).not_()
        return given if where is None else sge.and_(where, given)

    def _keys(self, op: Any, order_by: Any) -> Any:
        """The keys as a struct; one that is missing after all that are there."""
        fields: list[Any] = []
        for place, (key, ordered) in enumerate(zip(op.order_by, order_by, strict=True)):
            value = ordered.this if isinstance(ordered, sge.Ordered) else ordered
            if not key.ascending:
                if not key.dtype.is_numeric():
                    raise com.UnsupportedOperationError("on Spark, only numbers can be ordered downwards in a group")
                value = sge.Neg(this=sge.Paren(this=value))
            fields += [f"n{place}", value.copy().is_(sge.Null()), f"k{place}", value]
        return self.f.named_struct(*fields)
