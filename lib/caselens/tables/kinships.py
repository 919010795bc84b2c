"""Who is related to whom."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Edge, Table

TABLE = Table(
    id="kinships",
    label=Text("亲属及特定关系", "Kinships"),
    group="who",
    about=Text(
        "一行为某人与其一名亲属或特定关系人的关系，一方或双方填报均可。",
        "One row is the relation of one person to one relative or associate; either direction or both may be given.",
    ),
    key=("person_id", "relative_id", "relation", "start_date"),
    columns=(
        Column("person_id", "id", Text("本人", "Person"), required=True, references=("persons",)),
        Column(
            "relative_id",
            "id",
            Text("亲属或特定关系人", "Relative or associate"),
            required=True,
            references=("persons",),
        ),
        Column(
            "relation",
            "code",
            Text("关系", "Relation"),
            required=True,
            codes=("spouse", "child", "parent", "sibling", "in_law", "other_kin", "associate"),
            note=Text(
                "对方是本人的什么人，associate 为特定关系人",
                "What the relative is to the person; associate is a person of special relation",
            ),
        ),
        Column("start_date", "date", Text("关系起始日期", "From")),
        Column("end_date", "date", Text("关系终止日期", "Until"), note=Text("空为持续", "Empty: continuing")),
    ),
    edges=(Edge("person_id", "relative_id", Text("亲属或特定关系", "related to"), kind="related_to", directed=False),),
)
