"""When an official had authority over a party, whatever gave it: the periods of :mod:`authority`, joined where they overlap.

Authority has a row for each fact, each with its evidence: hundreds for a party of a large unit. Whoever asks of every
payment whether its payer was under authority that day needs the days alone; the facts of the few leads are then looked
up in ``authority``.
"""

from __future__ import annotations

import ibis.expr.types as ir

from caselens.core.text import Text
from caselens.relations._declare import Relation, Tables
from caselens.relations._spans import merged
from caselens.tables import Column


def _build(tables: Tables) -> ir.Table:
    return merged(tables.relation("authority"), ("official_id", "party_id", "strength"))


RELATION = Relation(
    id="authority_spans",
    label=Text("职权期间", "Periods of authority"),
    about=Text(
        "一行为某公职人员对某当事方同一强度职权的一段连续期间，依据见“职权”。",
        "One row is an unbroken period in which an official had authority of one strength over a party; why stands in "
        "authority.",
    ),
    columns=(
        Column("official_id", "id", Text("公职人员", "Official"), references=("persons",)),
        Column("party_id", "id", Text("当事方", "Party"), references=("persons", "organizations")),
        Column("strength", "share", Text("强度", "Strength")),
        Column("since", "date", Text("起", "Since")),
        Column("until", "date", Text("止", "Until")),
    ),
    needs=("appointments", "oversight", "licences", "contracts", "projects", "asset_disposals", "organizations"),
    build=_build,
)
