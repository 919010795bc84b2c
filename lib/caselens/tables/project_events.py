"""What happened to a project, step by step."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Edge, Table
from caselens.tables.lifecycles import STAGES

TABLE = Table(
    id="project_events",
    label=Text("项目事件", "Project events"),
    group="procurement",
    about=Text(
        "一行为某项目一个环节的一次办理或一项变动。", "One row is one step or change in the life of one project."
    ),
    key=("event_id",),
    columns=(
        Column("event_id", "id", Text("事件编号", "Event"), required=True),
        Column("project_id", "id", Text("项目", "Project"), required=True, references=("projects",)),
        Column(
            "stage",
            "code",
            Text("环节", "Stage"),
            required=True,
            codes=STAGES,
            note=Text(
                "各流程类型的环节顺序见说明文档", "The order of stages of each lifecycle is in the documentation"
            ),
        ),
        Column("happened_on", "date", Text("发生日期", "Happened on"), required=True),
        Column("handler_id", "id", Text("签批人", "Signed by"), references=("persons",)),
        Column("document_no", "text", Text("文号", "Document number")),
        Column("issued_by_id", "id", Text("发文单位", "Issued by"), references=("organizations",)),
        Column("amount", "money", Text("涉及金额", "Amount"), unit="CNY"),
    ),
    edges=(
        Edge("handler_id", "project_id", Text("签批环节", "signed a step of"), kind="signs_step"),
        Edge("issued_by_id", "project_id", Text("发文", "issued a document for"), kind="issues_for"),
    ),
)
