"""Who could have been drawn as a reviewer."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Edge, Table

TABLE = Table(
    id="reviewer_pools",
    label=Text("评审专家库", "Reviewer pools"),
    group="who",
    about=Text(
        "一行为某单位专家库中的一名专家及其在库期间。",
        "One row is one expert in the pool of one organization over one period.",
    ),
    key=("org_id", "person_id", "start_date"),
    columns=(
        Column("org_id", "id", Text("建库单位", "Pool keeper"), required=True, references=("organizations",)),
        Column("person_id", "id", Text("专家", "Expert"), required=True, references=("persons",)),
        Column("speciality", "text", Text("专业", "Speciality")),
        Column("grade", "text", Text("专家等级", "Grade")),
        Column("start_date", "date", Text("入库日期", "From")),
        Column("end_date", "date", Text("出库日期", "Until"), note=Text("空为仍在库", "Empty: still in the pool")),
    ),
    edges=(Edge("person_id", "org_id", Text("在专家库", "in the pool of"), kind="in_pool"),),
)
