"""Who may see a case, and for what."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Table

TABLE = Table(
    id="access",
    label=Text("案件权限", "Access"),
    group="cases",
    about=Text("一行为授予某用户查看某案件的一项权限。", "One row is one grant of access to one case."),
    key=("case_id", "user", "role", "granted_by"),
    columns=(
        Column("case_id", "id", Text("案件", "Case"), required=True, references=("cases",)),
        Column("user", "text", Text("用户", "User"), required=True),
        Column("role", "text", Text("权限角色", "Role"), required=True),
        Column("granted_by", "text", Text("授权人", "Granted by"), required=True),
        Column("until", "date", Text("授权截止日期", "Until")),
        Column("purpose", "text", Text("使用目的", "Purpose")),
    ),
)
