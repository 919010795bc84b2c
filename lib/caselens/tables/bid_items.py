"""Unit prices within an offer."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Table

TABLE = Table(
    id="bid_items",
    label=Text("分项报价", "Bid items"),
    group="procurement",
    about=Text("一行为一份投标中的一个清单项。", "One row is one item of one offer."),
    key=("tender_id", "bidder_id", "item_no"),
    columns=(
        Column("tender_id", "id", Text("招标编号", "Tender"), required=True, references=("tenders",)),
        Column("bidder_id", "id", Text("投标人", "Bidder"), required=True, references=("organizations",)),
        Column("item_no", "text", Text("项目序号", "Item number"), required=True),
        Column("description", "text", Text("项目名称", "Description")),
        Column("quantity", "number", Text("工程量", "Quantity")),
        Column("unit_price", "money", Text("单价", "Unit price"), unit="CNY"),
        Column(
            "currency",
            "code",
            Text("币种", "Currency"),
            empty_means="CNY",
            note=Text("货币代码（ISO 4217）", "ISO 4217 code"),
        ),
    ),
)
