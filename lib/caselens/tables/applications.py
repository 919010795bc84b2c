"""Requests to an authority and how they fared."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Edge, Table

TABLE = Table(
    id="applications",
    label=Text("申请事项", "Applications"),
    group="decisions",
    about=Text(
        "一行为向某机关提出的一项申请及其办理结果。", "One row is one request to an authority and how it fared."
    ),
    key=("application_id",),
    columns=(
        Column("application_id", "id", Text("申请编号", "Application"), required=True),
        Column(
            "applicant_id", "id", Text("申请人", "Applicant"), required=True, references=("persons", "organizations")
        ),
        Column("authority_id", "id", Text("受理机关", "Authority"), required=True, references=("organizations",)),
        Column(
            "handler_id",
            "id",
            Text("经办人", "Handler"),
            references=("persons",),
            note=Text("具体办理的公职人员", "The official who deals with it"),
        ),
        Column(
            "kind", "code", Text("申请类别", "Kind"), required=True, codes=("audit", "licence", "explosives", "land")
        ),
        Column("submitted_on", "date", Text("提交日期", "Submitted on"), required=True),
        Column("accepted_on", "date", Text("受理日期", "Accepted on")),
        Column("decided_on", "date", Text("办结日期", "Decided on")),
        Column(
            "outcome",
            "code",
            Text("办理结果", "Outcome"),
            codes=("approved", "rejected", "returned", "report_issued"),
            note=Text("空为未办结", "Empty: pending"),
        ),
        Column("requested", "number", Text("申请数量", "Quantity requested")),
        Column("granted", "number", Text("核准数量", "Quantity granted")),
        Column("value", "money", Text("涉及金额", "Value"), unit="CNY"),
        Column("project_id", "id", Text("所属项目", "Project"), references=("projects",)),
        Column(
            "priority_document",
            "text",
            Text("优先办理依据文号", "Priority document"),
            note=Text("列为优先的清单或指令的文号", "Number of the list or order that puts it first"),
        ),
        Column("issued_by_id", "id", Text("依据发文单位", "Issued by"), references=("organizations",)),
    ),
    edges=(
        Edge("applicant_id", "authority_id", Text("申请", "applies to"), kind="applies_to"),
        Edge("handler_id", "applicant_id", Text("经办申请", "handled a request of"), kind="handles_request"),
    ),
)
