"""Who acts for which firm."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Edge, Table

TABLE = Table(
    id="directorships",
    label=Text("企业任职", "Directorships"),
    group="who",
    about=Text(
        "一行为某人在某期间于某企业担任的一个角色。", "One row is one role of one person in one firm over one period."
    ),
    key=("org_id", "person_id", "role", "start_date"),
    columns=(
        Column("org_id", "id", Text("企业", "Firm"), required=True, references=("organizations",)),
        Column("person_id", "id", Text("任职人", "Role holder"), required=True, references=("persons",)),
        Column(
            "role",
            "code",
            Text("角色", "Role"),
            required=True,
            codes=("legal_representative", "director", "supervisor", "manager", "finance_contact"),
        ),
        Column("start_date", "date", Text("起始日期", "From")),
        Column("end_date", "date", Text("终止日期", "Until"), note=Text("空为至今", "Empty: to this day")),
    ),
    edges=(Edge("person_id", "org_id", Text("企业任职", "acts for"), kind="directs"),),
)
