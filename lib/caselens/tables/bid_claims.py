"""What a bidder claimed about itself."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Table

TABLE = Table(
    id="bid_claims",
    label=Text("投标业绩", "Bid claims"),
    group="procurement",
    about=Text(
        "一行为投标文件中声称的一项业绩、证书或人员。",
        "One row is one past contract, certificate or person a bidder claimed.",
    ),
    key=("claim_id",),
    columns=(
        Column("claim_id", "id", Text("业绩编号", "Claim"), required=True),
        Column("tender_id", "id", Text("招标编号", "Tender"), required=True, references=("tenders",)),
        Column("bidder_id", "id", Text("投标人", "Bidder"), required=True, references=("organizations",)),
        Column(
            "kind", "code", Text("声称类型", "Kind"), required=True, codes=("past_contract", "certificate", "staff")
        ),
        Column("reference", "text", Text("证明材料编号", "Reference")),
        Column("counterparty_name", "text", Text("合同对方名称", "Counterparty name")),
        Column("amount", "money", Text("声称金额", "Amount"), unit="CNY"),
        Column("claimed_on", "date", Text("声称日期", "Claimed on")),
    ),
)
