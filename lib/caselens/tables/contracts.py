"""Contracts and subcontracts."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Edge, Table

TABLE = Table(
    id="contracts",
    label=Text("合同", "Contracts"),
    group="procurement",
    about=Text(
        "一行为一份合同，分包合同指向其总包合同。", "One row is one contract; a subcontract points to its parent."
    ),
    key=("contract_id",),
    node="contract",
    columns=(
        Column("contract_id", "id", Text("合同编号", "Contract"), required=True),
        Column("tender_id", "id", Text("招标编号", "Tender"), references=("tenders",)),
        Column("project_id", "id", Text("所属项目", "Project"), references=("projects",)),
        Column("parent_contract_id", "id", Text("总包合同", "Parent contract"), references=("contracts",)),
        Column("request_no", "text", Text("采购申请号", "Request number")),
        Column("title", "text", Text("合同名称", "Title")),
        Column("buyer_id", "id", Text("采购人", "Buyer"), required=True, references=("organizations",)),
        Column("supplier_id", "id", Text("供应商", "Supplier"), required=True, references=("organizations",)),
        Column("amount", "money", Text("合同金额", "Amount"), required=True, low=0, unit="CNY"),
        Column("signed_on", "date", Text("签订日期", "Signed on"), required=True),
        Column("published_on", "date", Text("公示日期", "Published on")),
        Column(
            "method",
            "code",
            Text("采购方式", "Method"),
            codes=("open", "invited", "negotiation", "inquiry", "single_source", "direct"),
            note=Text("无招标记录的采购填写", "For purchases without a tender"),
        ),
        Column("category", "text", Text("采购类别", "Category")),
        Column("purpose", "text", Text("用途", "Purpose")),
        Column("deliverable", "text", Text("交付内容", "Deliverable")),
        Column("accepted_on", "date", Text("验收日期", "Accepted on")),
        Column("final_amount", "money", Text("结算金额", "Final amount"), low=0, unit="CNY"),
        Column("advance_share", "share", Text("预付比例", "Share paid in advance"), low=0, high=1, unit="fraction"),
        Column("handler_id", "id", Text("审批人", "Approved by"), references=("persons",)),
        Column(
            "currency",
            "code",
            Text("币种", "Currency"),
            empty_means="CNY",
            note=Text("货币代码（ISO 4217）", "ISO 4217 code"),
        ),
    ),
    edges=(
        Edge("buyer_id", "supplier_id", Text("采购自", "buys from"), kind="buys_from"),
        Edge("buyer_id", "contract_id", Text("发包", "is buyer in"), kind="buyer_in"),
        Edge("supplier_id", "contract_id", Text("承包", "is supplier in"), kind="supplier_in"),
        Edge("handler_id", "contract_id", Text("审批合同", "approved"), kind="approves_contract"),
        Edge("tender_id", "contract_id", Text("中标签约", "led to"), kind="awarded_as"),
        Edge("project_id", "contract_id", Text("项目合同", "contracted in"), kind="contracted_in"),
        Edge("parent_contract_id", "contract_id", Text("分包", "subcontracted in"), kind="subcontracts"),
    ),
)
