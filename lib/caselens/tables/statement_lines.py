"""Statement lines, one side of a movement as the bank printed it."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Table

TABLE = Table(
    id="statement_lines",
    label=Text("银行流水", "Statement lines"),
    group="money",
    about=Text(
        "一行为银行或支付机构打印的一笔明细，只反映一方。",
        "One row is one line as the bank or payment institution printed it: one side of a movement.",
    ),
    key=("line_id",),
    columns=(
        Column("line_id", "id", Text("明细编号", "Line"), required=True),
        Column("account_id", "id", Text("账号", "Account"), required=True, references=("accounts",)),
        Column("booked_at", "moment", Text("记账时间", "Booked at"), required=True),
        Column("direction", "code", Text("收支方向", "Direction"), required=True, codes=("in", "out"), closed=True),
        Column("amount", "money", Text("金额", "Amount"), required=True, low=0, low_inclusive=False, unit="CNY"),
        Column(
            "currency",
            "code",
            Text("币种", "Currency"),
            empty_means="CNY",
            note=Text("货币代码（ISO 4217）", "ISO 4217 code"),
        ),
        Column("balance_after", "money", Text("余额", "Balance after"), unit="CNY"),
        Column("counterparty_account", "text", Text("对方账号", "Counterparty account")),
        Column("counterparty_name", "text", Text("对方户名", "Counterparty name")),
        Column("channel", "text", Text("交易渠道", "Channel")),
        Column("memo", "text", Text("摘要", "Memo")),
        Column("bank_reference", "text", Text("流水号", "Bank reference")),
        Column(
            "state",
            "code",
            Text("交易状态", "State"),
            codes=("booked", "failed", "reversed", "refunded"),
            closed=True,
            empty_means="booked",
        ),
        Column("is_cash", "boolean", Text("是否现金", "Is cash")),
        Column("branch", "text", Text("交易网点", "Branch")),
        Column("merchant_category", "text", Text("商户类别", "Merchant category")),
        Column("payment_id", "id", Text("对应支付", "Payment"), references=("payments",)),
        Column("device_ip", "text", Text("设备 IP 地址", "Device IP address")),
        Column("device_mac", "text", Text("设备 MAC 地址", "Device MAC address")),
        Column("terminal_id", "text", Text("终端号", "Terminal")),
    ),
)
