"""What people decided; nothing is overwritten, a decision is undone by another."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Table

TABLE = Table(
    id="decisions",
    label=Text("人工决定", "Decisions"),
    group="workbench",
    about=Text(
        "一行为一项人工决定，不覆盖，只能以新的决定撤销。",
        "One row is one decision of a person; it is never overwritten, only undone by another.",
    ),
    key=("decision_id",),
    written_by_workbench=True,
    columns=(
        Column("decision_id", "id", Text("决定编号", "Decision"), required=True),
        Column(
            "kind",
            "code",
            Text("决定类型", "Kind"),
            required=True,
            codes=(
                "same",
                "different",
                "unsure",
                "confirm",
                "dismiss",
                "clear",
                "self_reported",
                "undo",
                "inquiry_letter",
                "preliminary_check",
                "on_hold",
                "closed",
                "filed",
            ),
            note=Text(
                "后五项为问题线索的处置方式，对象所在表为 leads",
                "The last five are dispositions of a lead, in the table leads",
            ),
        ),
        Column("object_table", "text", Text("对象所在表", "Table of the objects"), required=True),
        Column("object_ids", "list", Text("对象编号", "Objects"), required=True),
        Column("reason", "text", Text("决定理由", "Reason"), required=True),
        Column("decided_by", "text", Text("决定人", "Decided by"), required=True),
        Column("decided_at", "moment", Text("决定时间", "Decided at"), required=True),
        Column("undoes", "id", Text("撤销的决定", "Undoes")),
    ),
)
