"""Changes of a contract's amount."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Edge, Table

TABLE = Table(
    id="contract_changes",
    label=Text("合同变更", "Contract changes"),
    group="procurement",
    about=Text(
        "一行为某合同的一次金额变更，增加为正、减少为负。",
        "One row is one change of a contract's amount; a reduction is negative.",
    ),
    key=("change_id",),
    columns=(
        Column("change_id", "id", Text("变更编号", "Change"), required=True),
        Column("contract_id", "id", Text("合同", "Contract"), required=True, references=("contracts",)),
        Column(
            "amount",
            "money",
            Text("变更金额", "Amount"),
            required=True,
            unit="CNY",
            note=Text(
                "与变更前的差额，增加为正、减少为负", "Signed difference: an increase is positive, a reduction negative"
            ),
        ),
        Column("changed_on", "date", Text("变更日期", "Changed on"), required=True),
        Column("reason", "text", Text("变更原因", "Reason")),
        Column("handler_id", "id", Text("变更审批人", "Approved by"), references=("persons",)),
        Column(
            "currency",
            "code",
            Text("币种", "Currency"),
            empty_means="CNY",
            note=Text("货币代码（ISO 4217）", "ISO 4217 code"),
        ),
    ),
    edges=(Edge("handler_id", "contract_id", Text("审批变更", "approved a change of"), kind="approves_change"),),
)
