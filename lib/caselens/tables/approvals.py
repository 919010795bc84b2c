"""Who approved what at which step."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Edge, Table

TABLE = Table(
    id="approvals",
    label=Text("审批记录", "Approvals"),
    group="decisions",
    about=Text(
        "一行为一个人在一个审批步骤上签署的一次意见。", "One row is one opinion signed by one person at one step."
    ),
    key=("approval_id",),
    columns=(
        Column("approval_id", "id", Text("审批编号", "Approval"), required=True),
        Column("object_table", "text", Text("事项所在表", "Table of the matter"), required=True),
        Column("object_id", "id", Text("事项编号", "Matter"), required=True),
        Column(
            "step",
            "code",
            Text("审批步骤", "Step"),
            required=True,
            codes=("handler", "department", "internal_audit", "finance", "joint_review", "collective", "head"),
        ),
        Column("person_id", "id", Text("审批人", "Approver"), required=True, references=("persons",)),
        Column("org_id", "id", Text("审批单位", "Organization"), required=True, references=("organizations",)),
        Column("opinion", "code", Text("审批意见", "Opinion"), required=True, codes=("approve", "reject", "return")),
        Column("decided_at", "moment", Text("签署时间", "Decided at"), required=True),
        Column("document_no", "text", Text("文号", "Document number")),
    ),
    edges=(Edge("person_id", "org_id", Text("代表单位审批", "approved on behalf of"), kind="approves_for"),),
)
