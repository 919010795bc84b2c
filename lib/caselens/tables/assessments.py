"""What each indicator could say of each subject."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Table

TABLE = Table(
    id="assessments",
    label=Text("评估结果", "Assessments"),
    group="workbench",
    about=Text(
        "一行为一项指标对一个对象的评估状态；未能评估不等于没有问题。",
        "One row is what one indicator could say of one subject; not assessable never means clean.",
    ),
    key=("indicator", "case_id", "subject_id", "state"),
    written_by_workbench=True,
    columns=(
        Column("indicator", "text", Text("指标", "Indicator"), required=True),
        Column("case_id", "id", Text("所属案件", "Case")),
        Column("subject_id", "id", Text("评估对象", "Subject")),
        Column(
            "state",
            "code",
            Text("评估状态", "State"),
            required=True,
            codes=("hit", "clean", "not_assessable", "excluded"),
            closed=True,
        ),
        Column("reason", "text", Text("原因", "Reason")),
    ),
)
