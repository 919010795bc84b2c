"""Offers in a tender with the traces they left."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Edge, Table

TABLE = Table(
    id="bids",
    label=Text("投标", "Bids"),
    group="procurement",
    about=Text("一行为一家单位在一次招标中的投标。", "One row is the offer of one bidder in one tender."),
    key=("tender_id", "bidder_id"),
    columns=(
        Column("tender_id", "id", Text("招标编号", "Tender"), required=True, references=("tenders",)),
        Column("bidder_id", "id", Text("投标人", "Bidder"), required=True, references=("organizations",)),
        Column("price", "money", Text("报价", "Price"), low=0, unit="CNY"),
        Column("submitted_at", "moment", Text("递交时间", "Submitted at")),
        Column("status", "code", Text("投标状态", "Status"), codes=("valid", "rejected", "withdrawn"), closed=True),
        Column("is_winner", "boolean", Text("是否中标", "Is winner")),
        Column("deposit_account", "id", Text("保证金账户", "Deposit account"), references=("accounts",)),
        Column("device_mac", "text", Text("设备 MAC 地址", "Device MAC address")),
        Column("device_ip", "text", Text("设备 IP 地址", "Device IP address")),
        Column("ca_serial", "text", Text("CA 锁序列号", "CA key serial")),
        Column("disk_serial", "text", Text("硬盘序列号", "Disk serial")),
        Column("software_licence", "text", Text("计价软件锁号", "Pricing software licence")),
        Column("file_author", "text", Text("文件作者", "File author")),
        Column("text_path", "text", Text("标书文本路径", "Bid text file")),
        Column("contact_name", "text", Text("联系人", "Contact name")),
        Column("contact_phone", "text", Text("联系电话", "Contact phone")),
        Column("project_manager_id", "id", Text("项目经理", "Project manager"), references=("persons",)),
        Column("licence_no", "text", Text("资质证书号", "Licence number")),
        Column(
            "currency",
            "code",
            Text("币种", "Currency"),
            empty_means="CNY",
            note=Text("货币代码（ISO 4217）", "ISO 4217 code"),
        ),
    ),
    edges=(
        Edge("bidder_id", "tender_id", Text("投标", "bids in"), kind="bids_in"),
        Edge("deposit_account", "bidder_id", Text("缴纳保证金", "paid the deposit of"), kind="pays_deposit"),
        Edge("project_manager_id", "bidder_id", Text("任项目经理", "project manager for"), kind="manages_for"),
    ),
)
