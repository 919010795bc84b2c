"""Balance-sheet figures of an organization at a period's end."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Table

TABLE = Table(
    id="financial_statements",
    label=Text("财务报表", "Financial statements"),
    group="money",
    about=Text(
        "一行为某单位某期末的资产负债数据。", "One row is an organization's balance-sheet figures at one period's end."
    ),
    key=("org_id", "period_end"),
    columns=(
        Column("org_id", "id", Text("单位", "Organization"), required=True, references=("organizations",)),
        Column("period_end", "date", Text("期末日期", "Period end"), required=True),
        Column("total_assets", "money", Text("资产总额", "Total assets"), unit="CNY"),
        Column("total_liabilities", "money", Text("负债总额", "Total liabilities"), unit="CNY"),
        Column("cash", "money", Text("货币资金", "Cash"), unit="CNY"),
        Column("short_term_debt", "money", Text("短期有息债务", "Short-term debt"), unit="CNY"),
    ),
)
