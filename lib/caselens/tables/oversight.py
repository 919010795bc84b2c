"""Which authority decides over whom."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Edge, Table

TABLE = Table(
    id="oversight",
    label=Text("监管关系", "Oversight"),
    group="who",
    about=Text(
        "一行为某主管部门对某单位就一类事项的管辖。",
        "One row is the say of one authority over one organization in one kind of matter.",
    ),
    key=("authority_id", "subject_id", "remit", "start_date"),
    columns=(
        Column("authority_id", "id", Text("主管部门", "Authority"), required=True, references=("organizations",)),
        Column(
            "subject_id",
            "id",
            Text("被监管单位", "Organization overseen"),
            required=True,
            references=("organizations",),
        ),
        Column(
            "remit",
            "code",
            Text("监管事项", "Remit"),
            required=True,
            several=True,
            codes=("tendering", "financing", "audit", "approval", "payment", "land", "explosives", "personnel"),
            note=Text("同任职表", "As in appointments"),
        ),
        Column("start_date", "date", Text("监管起始日期", "From")),
        Column("end_date", "date", Text("监管终止日期", "Until"), note=Text("空为长期", "Empty: always")),
    ),
    edges=(Edge("authority_id", "subject_id", Text("监管", "oversees"), kind="oversees"),),
)
