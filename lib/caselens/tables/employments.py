"""Who pays whose social insurance."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Edge, Table

TABLE = Table(
    id="employments",
    label=Text("参保就业", "Employments"),
    group="who",
    about=Text(
        "一行为某单位在某期间为某人缴纳社会保险。",
        "One row is one organization paying one person's social insurance over one period.",
    ),
    key=("person_id", "org_id", "start_date"),
    columns=(
        Column("person_id", "id", Text("参保人", "Insured person"), required=True, references=("persons",)),
        Column("org_id", "id", Text("缴费单位", "Employer"), required=True, references=("organizations",)),
        Column("start_date", "date", Text("参保起始日期", "From"), required=True),
        Column("end_date", "date", Text("参保终止日期", "Until"), note=Text("空为仍在缴", "Empty: still paid")),
    ),
    edges=(Edge("person_id", "org_id", Text("受雇于", "employed by"), kind="employed_by"),),
)
