"""Relatives of every person to degree 2, over any chain of recorded kinships."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from caselens.core.text import Text
from caselens.relations._declare import Relation, Tables
from caselens.relations._rows import evidence
from caselens.tables import Column

#: Degree that one step adds. An in-law is the spouse's kin, of a degree nobody recorded: it closes the chain at 2.
DEGREES = {"spouse": 0, "parent": 1, "child": 1, "sibling": 2, "in_law": 2, "other_kin": 3}
MAX_DEGREE = 2
_INVERSE = {"parent": "child", "child": "parent"}


def steps(kinships: ir.Table) -> ir.Table:
    """Every recorded kinship in both directions, each with the degree it adds and its row."""
    degree = ibis.cases(
        *((kinships.relation == name, ibis.literal(value)) for name, value in DEGREES.items()), else_=ibis.null("int8")
    ).cast("int64")
    rows = evidence("kinships", kinships.row_key)
    forward = kinships.select(
        person_id="person_id", relative_id="relative_id", relation="relation", degree=degree, rows=rows
    )
    inverse = ibis.cases(
        *((kinships.relation == name, ibis.literal(other)) for name, other in _INVERSE.items()), else_=kinships.relation
    )
    backward = kinships.select(
        person_id=kinships.relative_id, relative_id=kinships.person_id, relation=inverse, degree=degree, rows=rows
    )
    return forward.union(backward).filter(ibis._.degree.notnull() & (ibis._.person_id != ibis._.relative_id))


def _build(tables: Tables) -> ir.Table:
    step = steps(tables.table("kinships"))
    # A spouse adds nothing, so three steps can stay within degree 2 (a brother's wife's …); a fourth never does but
    # through a second spouse, which is not kinship.
    chains = [step]
    for _ in range(2):
        last = chains[-1]
        onward = step.rename(middle="person_id", next_id="relative_id", next_relation="relation", d="degree", r="rows")
        joined = last.join(onward, [("relative_id", "middle")])
        joined = joined.filter((joined.degree + joined.d <= MAX_DEGREE) & (joined.person_id != joined.next_id))
        chains.append(
            joined.select(
                person_id="person_id",
                relative_id="next_id",
                relation=joined.relation + "/" + joined.next_relation,
                degree=joined.degree + joined.d,
                rows=joined.rows.concat(joined.r),
            )
        )
    every = ibis.union(*chains).filter(ibis._.degree <= MAX_DEGREE)
    nearest = ibis.window(group_by=["person_id", "relative_id"], order_by=["degree", ibis._.rows.length(), "relation"])
    ranked = every.mutate(nth=ibis.row_number().over(nearest))
    return ranked.filter(ranked.nth == 0).drop("nth")


RELATION = Relation(
    id="kin",
    label=Text("近亲属", "Kin"),
    about=Text(
        "一行为某人的一名二等以内亲属：配偶为 0,父母子女为 1,兄弟姐妹为 2,姻亲按配偶亲属计。",
        "One row is a relative of a person to degree 2: spouse 0, parent and child 1, sibling 2, in-laws as the "
        "spouse's kin.",
    ),
    columns=(
        Column("person_id", "id", Text("本人", "Person"), references=("persons",)),
        Column("relative_id", "id", Text("亲属", "Relative"), references=("persons",)),
        Column("relation", "text", Text("关系链", "Chain of relations")),
        Column("degree", "integer", Text("亲等", "Degree")),
        Column("rows", "list", Text("依据", "Evidence")),
    ),
    needs=("kinships",),
    build=_build,
)
