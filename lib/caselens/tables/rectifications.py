"""Problems a unit was told of and what became of them."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Edge, Table

TABLE = Table(
    id="rectifications",
    label=Text("问题整改", "Rectifications"),
    group="cases",
    about=Text("一行为某单位一个问题的整改台账。", "One row is one problem of one unit and what became of it."),
    key=("problem_id",),
    columns=(
        Column("problem_id", "id", Text("问题编号", "Problem"), required=True),
        Column("unit_id", "id", Text("责任单位", "Unit"), required=True, references=("organizations",)),
        Column("category", "text", Text("问题类别", "Category"), required=True),
        Column("case_id", "id", Text("来源案件", "Case"), references=("cases",)),
        Column("advice_no", "text", Text("监察建议书文号", "Advice number")),
        Column("found_on", "date", Text("发现日期", "Found on"), required=True),
        Column("measure", "text", Text("整改措施", "Measure")),
        Column("document", "text", Text("出台制度", "Rule issued")),
        Column("responsible_id", "id", Text("责任人", "Responsible person"), references=("persons",)),
        Column("due_on", "date", Text("整改期限", "Due on")),
        Column("closed_on", "date", Text("销号日期", "Closed on")),
        Column("verified_on", "date", Text("核验日期", "Verified on")),
        Column("evidence", "text", Text("整改佐证", "Evidence")),
        Column("reopened_on", "date", Text("重新开启日期", "Reopened on")),
        Column("recurs_id", "id", Text("复发自", "Recurrence of"), references=("rectifications",)),
    ),
    edges=(Edge("responsible_id", "unit_id", Text("负责整改", "answers for rectification in"), kind="rectifies_in"),),
)
