"""Evidence that was asked for and whether it came."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Table

TABLE = Table(
    id="evidence_requests",
    label=Text("补调清单", "Evidence requests"),
    group="cases",
    about=Text("一行为一次补充调取证据。", "One row is one request for further evidence."),
    key=("request_id",),
    columns=(
        Column("request_id", "id", Text("补调编号", "Request"), required=True),
        Column("case_id", "id", Text("所属案件", "Case"), required=True, references=("cases",)),
        Column("addressee", "text", Text("调取对象单位", "Addressee"), required=True),
        Column(
            "asks_for",
            "text",
            Text("调取内容", "Asks for"),
            required=True,
            note=Text("账户或人员、期间、数据表", "Account or person, period, table"),
        ),
        Column("reason", "text", Text("调取理由", "Reason")),
        Column("approved_by", "text", Text("批准人", "Approved by")),
        Column("sent_on", "date", Text("发出日期", "Sent on")),
        Column("due_on", "date", Text("应反馈日期", "Due on")),
        Column("received_file", "text", Text("收到文件", "File received")),
    ),
)
