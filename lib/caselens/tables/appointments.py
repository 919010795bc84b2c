"""Who held which public post, and what the post decides."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Edge, Table

TABLE = Table(
    id="appointments",
    label=Text("任职", "Appointments"),
    group="who",
    about=Text("一行为某人在某期间担任的一个公职。", "One row is one public post held by one person over one period."),
    key=("person_id", "org_id", "post", "start_date"),
    columns=(
        Column("person_id", "id", Text("任职人员", "Post holder"), required=True, references=("persons",)),
        Column("org_id", "id", Text("任职单位", "Organization"), required=True, references=("organizations",)),
        Column("post", "text", Text("职务", "Post"), required=True),
        Column("rank", "text", Text("职级", "Rank")),
        Column(
            "remit",
            "code",
            Text("职权范围", "Remit"),
            several=True,
            codes=("tendering", "financing", "audit", "approval", "payment", "land", "explosives", "personnel"),
            note=Text("该职务有权决定的事项", "What the post decides"),
        ),
        Column("is_head", "boolean", Text("是否一把手", "Is head of the unit")),
        Column("is_leadership", "boolean", Text("是否班子成员", "Is in the leadership")),
        Column("start_date", "date", Text("任职日期", "From"), required=True),
        Column("end_date", "date", Text("免职日期", "Until"), note=Text("空为在任", "Empty: still in post")),
    ),
    edges=(Edge("person_id", "org_id", Text("任职于", "holds a post in"), kind="holds_post"),),
)
