"""Movements of money between accounts."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Edge, Table

TABLE = Table(
    id="payments",
    label=Text("资金往来", "Payments"),
    group="money",
    about=Text(
        "一行为一笔资金往来，可直接提供，也可由银行流水两侧合并得出。",
        "One row is one movement of money, given or matched from the two sides in statement_lines.",
    ),
    key=("payment_id",),
    columns=(
        Column("payment_id", "id", Text("支付编号", "Payment"), required=True),
        Column(
            "paid_at",
            "moment",
            Text("支付时间", "Paid at"),
            required=True,
            note=Text("只有日期亦可", "A plain date is allowed"),
        ),
        Column("payer_account", "id", Text("付款账户", "Payer account"), required=True, references=("accounts",)),
        Column("payee_account", "id", Text("收款账户", "Payee account"), required=True, references=("accounts",)),
        Column("amount", "money", Text("金额", "Amount"), required=True, low=0, low_inclusive=False, unit="CNY"),
        Column(
            "currency",
            "code",
            Text("币种", "Currency"),
            empty_means="CNY",
            note=Text("货币代码（ISO 4217）", "ISO 4217 code"),
        ),
        Column(
            "channel",
            "code",
            Text("支付渠道", "Channel"),
            codes=("transfer", "wechat", "alipay", "cash", "pos", "other"),
        ),
        Column("memo", "text", Text("附言", "Memo")),
        Column(
            "basis",
            "code",
            Text("依据", "Basis"),
            codes=("record", "ledger", "testimony"),
            empty_means="record",
            note=Text("仅有言词证据的不单独成立", "Testimony alone never makes a rule breach"),
        ),
        Column(
            "reference_id",
            "id",
            Text("所付事项编号", "Paid for"),
            note=Text(
                "合同、项目、招标、融资或兑现编号；空时从附言中查找",
                "Contract, project, tender, financing or payout; where empty it is looked for in the memo",
            ),
        ),
    ),
    edges=(Edge("payer_account", "payee_account", Text("付款", "pays"), kind="pays"),),
)
