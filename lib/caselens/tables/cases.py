"""Cases the office works on."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Edge, Table

TABLE = Table(
    id="cases",
    label=Text("案件", "Cases"),
    group="cases",
    about=Text("一行为一件在办或已结的案件。", "One row is one case, open or closed."),
    key=("case_id",),
    node="case",
    columns=(
        Column("case_id", "id", Text("案件编号", "Case"), required=True),
        Column("title", "text", Text("案件名称", "Title"), required=True),
        Column("unit_id", "id", Text("涉案单位", "Unit concerned"), references=("organizations",)),
        Column("opened_on", "date", Text("立项日期", "Opened on"), required=True),
        Column("closed_on", "date", Text("办结日期", "Closed on")),
        Column(
            "status",
            "code",
            Text("案件状态", "Status"),
            codes=("open", "transferred", "closed_unfounded", "closed"),
            closed=True,
        ),
        Column("period_start", "date", Text("核查期间起", "Period from")),
        Column("period_end", "date", Text("核查期间止", "Period until")),
        Column("secrecy", "text", Text("密级", "Secrecy")),
    ),
    edges=(Edge("unit_id", "case_id", Text("涉案单位", "unit concerned in"), kind="unit_in"),),
)
