"""What a foreign unit was worth in yuan on a day."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Table

TABLE = Table(
    id="exchange_rates",
    label=Text("汇率", "Exchange rates"),
    group="money",
    about=Text(
        "一行为某币种某日一单位折合人民币。", "One row is the worth of one unit of a currency in yuan on one day."
    ),
    key=("currency", "rate_on", "cny"),
    columns=(
        Column(
            "currency",
            "code",
            Text("币种", "Currency"),
            required=True,
            note=Text("货币代码（ISO 4217）", "ISO 4217 code"),
        ),
        Column("rate_on", "date", Text("汇率日期", "Rate on"), required=True),
        Column(
            "cny",
            "number",
            Text("折合人民币", "Yuan for one unit"),
            required=True,
            low=0,
            low_inclusive=False,
            unit="CNY per unit",
        ),
    ),
)
