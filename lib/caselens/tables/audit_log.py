"""Who did what, each entry chained to the one before."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Table

TABLE = Table(
    id="audit_log",
    label=Text("操作日志", "Audit log"),
    group="workbench",
    about=Text("一行为一次操作，逐条以校验值相连。", "One row is one action, chained by hash to the one before."),
    key=("seq",),
    written_by_workbench=True,
    columns=(
        Column("seq", "integer", Text("序号", "Sequence number"), required=True, low=0),
        Column("at", "moment", Text("操作时间", "At"), required=True),
        Column("who", "text", Text("操作人", "Who"), required=True),
        Column("action", "text", Text("操作", "Action"), required=True),
        Column("object", "text", Text("操作对象", "Object")),
        Column("purpose", "text", Text("操作目的", "Purpose")),
        Column("previous_hash", "text", Text("上一条校验值", "Previous hash"), required=True),
        Column("hash", "text", Text("本条校验值", "Hash"), required=True),
    ),
)
