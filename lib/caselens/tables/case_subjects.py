"""Who is in a case, and in which role."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Edge, Table

TABLE = Table(
    id="case_subjects",
    label=Text("案件对象", "Case subjects"),
    group="cases",
    about=Text(
        "一行为某人或某单位在某案件中的一个角色。", "One row is one role of a person or organization in one case."
    ),
    key=("case_id", "entity_id", "role"),
    columns=(
        Column("case_id", "id", Text("案件", "Case"), required=True, references=("cases",)),
        Column("entity_id", "id", Text("对象", "Party"), required=True, references=("persons", "organizations")),
        Column(
            "role",
            "code",
            Text("案件角色", "Role"),
            required=True,
            codes=("subject", "witness", "firm", "intermediary"),
        ),
    ),
    edges=(Edge("entity_id", "case_id", Text("涉及案件", "named in"), kind="named_in"),),
)
