"""Public assets sold or let."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Edge, Table

TABLE = Table(
    id="asset_disposals",
    label=Text("资产处置", "Asset disposals"),
    group="procurement",
    about=Text(
        "一行为一次国有或集体资产的出售、出租。", "One row is one sale or lease of a public or collective asset."
    ),
    key=("disposal_id",),
    columns=(
        Column("disposal_id", "id", Text("处置编号", "Disposal"), required=True),
        Column("seller_id", "id", Text("处置单位", "Seller"), required=True, references=("organizations",)),
        Column("description", "text", Text("资产说明", "Description")),
        Column("book_value", "money", Text("账面价值", "Book value"), required=True, unit="CNY"),
        Column("appraised_value", "money", Text("评估价值", "Appraised value"), low=0, unit="CNY"),
        Column("appraiser_id", "id", Text("评估机构", "Appraiser"), references=("organizations",)),
        Column("price", "money", Text("成交价", "Price"), required=True, low=0, unit="CNY"),
        Column(
            "buyer_id",
            "id",
            Text("受让人或承租人", "Buyer or tenant"),
            required=True,
            references=("persons", "organizations"),
        ),
        Column(
            "method",
            "code",
            Text("处置方式", "Method"),
            codes=("public_auction", "exchange_listing", "agreement", "lease"),
        ),
        Column("approval_no", "text", Text("批准文号", "Approval number")),
        Column("bidder_count", "integer", Text("竞买人数", "Number of bidders"), low=0, unit="bidders"),
        Column("rounds", "integer", Text("竞价轮次", "Rounds"), low=0, unit="rounds"),
        Column("term_months", "integer", Text("租期", "Term"), low=0, unit="months"),
        Column("area", "number", Text("面积", "Area"), low=0, unit="m2"),
        Column("disposed_on", "date", Text("处置日期", "Disposed on"), required=True),
        Column(
            "currency",
            "code",
            Text("币种", "Currency"),
            empty_means="CNY",
            note=Text("货币代码（ISO 4217）", "ISO 4217 code"),
        ),
    ),
    edges=(
        Edge("seller_id", "buyer_id", Text("处置给", "sold or let to"), kind="disposes_to"),
        Edge("appraiser_id", "seller_id", Text("评估", "appraised for"), kind="appraises_for"),
    ),
)
