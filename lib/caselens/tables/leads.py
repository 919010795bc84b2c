"""Leads and how they were disposed of."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Table

TABLE = Table(
    id="leads",
    label=Text("问题线索", "Leads"),
    group="cases",
    about=Text("一行为一件问题线索及其处置。", "One row is one lead and its disposition."),
    key=("lead_id",),
    columns=(
        Column("lead_id", "id", Text("线索编号", "Lead"), required=True),
        Column("case_id", "id", Text("所属案件", "Case"), references=("cases",)),
        Column("received_on", "date", Text("收到日期", "Received on"), required=True),
        Column(
            "channel",
            "code",
            Text("线索来源", "Channel"),
            required=True,
            codes=("petition", "inspection", "audit_transfer", "found_in_case", "self_report", "screening"),
        ),
        Column(
            "subject_ids",
            "id",
            Text("被反映人", "Subjects"),
            several=True,
        ),
        Column(
            "finding_ids",
            "id",
            Text("相关发现", "Findings"),
            several=True,
        ),
        Column(
            "disposition",
            "code",
            Text("处置方式", "Disposition"),
            codes=("inquiry_letter", "preliminary_check", "on_hold", "closed", "filed"),
            note=Text(
                "依次为谈话函询、初步核实、暂存待查、予以了结、立案",
                "In this order: inquiry by letter or talk, preliminary check, on hold, closed, filed as a case",
            ),
        ),
        Column("decided_by", "text", Text("处置决定人", "Decided by")),
        Column("decided_on", "date", Text("处置决定日期", "Decided on")),
        Column("due_on", "date", Text("办理期限", "Due on")),
        Column("closed_on", "date", Text("办结日期", "Closed on")),
        Column("outcome", "code", Text("办理结果", "Outcome"), codes=("false_report_cleared",)),
    ),
)
