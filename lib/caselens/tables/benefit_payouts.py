"""Public money paid to or for a beneficiary."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Edge, Table

TABLE = Table(
    id="benefit_payouts",
    label=Text("惠民惠企资金兑现", "Benefit payouts"),
    group="decisions",
    about=Text("一行为一笔工伤待遇、政策兑现等资金的发放。", "One row is one payout of a benefit or subsidy."),
    key=("payout_id",),
    columns=(
        Column("payout_id", "id", Text("兑现编号", "Payout"), required=True),
        Column("scheme", "code", Text("资金类别", "Scheme"), required=True, codes=("work_injury", "policy_subsidy")),
        Column(
            "beneficiary_id",
            "id",
            Text("受益人", "Beneficiary"),
            required=True,
            references=("persons", "organizations"),
        ),
        Column("via_id", "id", Text("代领单位", "Received first by"), references=("organizations",)),
        Column("amount", "money", Text("发放金额", "Amount"), required=True, low=0, unit="CNY"),
        Column("paid_on", "date", Text("发放日期", "Paid on"), required=True),
        Column(
            "advanced_amount",
            "money",
            Text("代领单位垫付金额", "Amount advanced"),
            low=0,
            unit="CNY",
            note=Text("代领单位有凭证证明已垫付的金额", "What the receiving organization had advanced, with proof"),
        ),
        Column("claim_no", "text", Text("申报编号", "Claim number")),
        Column("claimed", "money", Text("申报金额", "Amount claimed"), low=0, unit="CNY"),
        Column("audited", "money", Text("审定金额", "Amount audited"), low=0, unit="CNY"),
        Column("re_audited", "money", Text("复审金额", "Amount re-audited"), low=0, unit="CNY"),
        Column("auditor_id", "id", Text("审计机构", "Auditor"), references=("organizations",)),
        Column("target_met", "boolean", Text("考核指标是否达成", "Target met")),
        Column("payment_id", "id", Text("对应支付", "Payment"), references=("payments",)),
        Column(
            "currency",
            "code",
            Text("币种", "Currency"),
            empty_means="CNY",
            note=Text("货币代码（ISO 4217）", "ISO 4217 code"),
        ),
    ),
    edges=(
        Edge("via_id", "beneficiary_id", Text("代领", "received for"), kind="received_for"),
        Edge("auditor_id", "beneficiary_id", Text("审计申报", "audited the claim of"), kind="audits_claim"),
    ),
)
