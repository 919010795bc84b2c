"""Which units stand above which: every unit with itself and the units over it, by the recorded parents."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from caselens.core.text import Text
from caselens.relations._declare import Relation, Tables
from caselens.relations._rows import evidence
from caselens.tables import Column

#: Levels of units above a unit that are followed.
MAX_LEVELS = 4


def _build(tables: Tables) -> ir.Table:
    units = tables.table("organizations")
    # A source id that was merged into another leaves two rows of one unit; one of them is enough.
    own = units.select(unit_id="org_id", upper_id="org_id").distinct()
    own = own.mutate(level=ibis.literal(0, "int64"), rows=ibis.literal([], "array<struct<table: string, key: string>>"))
    child = units.filter(units.parent_org_id.notnull() & (units.parent_org_id != units.org_id))
    parents = child.group_by(unit_id="org_id", upper_id="parent_org_id").agg(key=child.row_key.min())
    parents = parents.mutate(rows=evidence("organizations", parents.key)).drop("key")
    levels = [parents.mutate(level=ibis.literal(1, "int64"))]
    up = parents.rename(middle="unit_id", top="upper_id", up_rows="rows")
    for level in range(2, MAX_LEVELS + 1):
        joined = levels[-1].join(up, [("upper_id", "middle")])
        joined = joined.filter(joined.unit_id != joined.top)
        levels.append(
            joined.select(
                unit_id="unit_id",
                upper_id="top",
                rows=joined.rows.concat(joined.up_rows),
                level=ibis.literal(level, "int64"),
            )
        )
    columns = ("unit_id", "upper_id", "level", "rows")
    every = ibis.union(*(part.select(*columns) for part in (own, *levels)))
    nearest = ibis.window(group_by=["unit_id", "upper_id"], order_by=["level", every.rows.cast("string")])
    ranked = every.mutate(nth=ibis.row_number().over(nearest))
    return ranked.filter(ranked.nth == 0).drop("nth")


RELATION = Relation(
    id="above",
    label=Text("上级单位", "Units above"),
    about=Text(
        "一行为某单位本身(第 0 级)或其逐级上级单位，最多四级。",
        "One row is a unit itself (level 0) or a unit above it, up to four levels.",
    ),
    columns=(
        Column("unit_id", "id", Text("单位", "Unit"), references=("organizations",)),
        Column("upper_id", "id", Text("上级单位", "Unit above"), references=("organizations",)),
        Column("level", "integer", Text("级数", "Level")),
        Column("rows", "list", Text("依据", "Evidence")),
    ),
    needs=("organizations",),
    build=_build,
)
