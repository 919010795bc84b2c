"""What was handed to another unit."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Table

TABLE = Table(
    id="referrals",
    label=Text("案件移送", "Referrals"),
    group="cases",
    about=Text("一行为一次向其他单位移送案件材料。", "One row is one handing over of case material to another unit."),
    key=("referral_id",),
    columns=(
        Column("referral_id", "id", Text("移送编号", "Referral"), required=True),
        Column("case_id", "id", Text("所属案件", "Case"), required=True, references=("cases",)),
        Column("from_unit", "text", Text("移送单位", "From unit"), required=True),
        Column("to_unit", "text", Text("接收单位", "To unit"), required=True),
        Column("handed_on", "date", Text("移送日期", "Handed over on"), required=True),
        Column("items", "text", Text("移送材料", "Items"), note=Text("附各文件校验值", "With their hashes")),
        Column("accepted_by", "text", Text("接收人", "Accepted by")),
    ),
)
