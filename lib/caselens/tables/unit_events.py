"""Inspections, advice and reforms in a unit."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Table

TABLE = Table(
    id="unit_events",
    label=Text("单位事件", "Unit events"),
    group="decisions",
    about=Text(
        "一行为某单位的一次巡察、审计、监察建议或制度变化。",
        "One row is one inspection, audit, piece of advice or reform in a unit.",
    ),
    key=("event_id",),
    columns=(
        Column("event_id", "id", Text("事件编号", "Event"), required=True),
        Column("org_id", "id", Text("单位", "Organization"), required=True, references=("organizations",)),
        Column(
            "kind",
            "code",
            Text("事件类型", "Kind"),
            required=True,
            codes=("inspection", "audit", "advice_issued", "rule_in_force", "reform"),
            note=Text("advice_issued 为监察建议书", "advice_issued: supervisory advice"),
        ),
        Column("happened_on", "date", Text("发生日期", "Happened on"), required=True),
        Column("reply_due_on", "date", Text("应回复日期", "Reply due on")),
        Column("replied_on", "date", Text("回复日期", "Replied on")),
        Column("document_no", "text", Text("文号", "Document number")),
        Column("text", "text", Text("内容", "Text")),
    ),
)
