"""Public bodies, firms and other organizations."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Edge, Table

TABLE = Table(
    id="organizations",
    label=Text("单位", "Organizations"),
    group="who",
    about=Text("一行为一个机关、单位、企业或其他组织。", "One row is one public body, firm or other organization."),
    key=("org_id",),
    node="organization",
    columns=(
        Column("org_id", "id", Text("单位编号", "Organization"), required=True),
        Column("name", "text", Text("单位名称", "Name"), required=True),
        Column(
            "uscc",
            "text",
            Text("统一社会信用代码", "Unified social credit code"),
            note=Text("18 位，末位为校验码", "18 characters, the last a check character"),
        ),
        Column(
            "kind",
            "code",
            Text("单位类型", "Kind"),
            codes=(
                "government",
                "party_body",
                "public_institution",
                "hospital",
                "school",
                "village_collective",
                "state_owned",
                "private",
                "financial",
                "intermediary",
            ),
        ),
        Column("parent_org_id", "id", Text("上级单位", "Parent organization"), references=("organizations",)),
        Column("region", "text", Text("所在地区", "Region")),
        Column("industry", "text", Text("所属行业", "Industry")),
        Column("established_on", "date", Text("成立日期", "Established on")),
        Column("registered_capital", "money", Text("注册资本", "Registered capital"), low=0, unit="CNY"),
        Column(
            "headcount",
            "integer",
            Text("人数", "Headcount"),
            low=0,
            unit="persons",
            note=Text("单位在编在岗人数，企业为参保人数", "Staff; for a firm its insured staff"),
        ),
        Column("status", "text", Text("存续状态", "Status")),
        Column("phone", "text", Text("单位电话", "Phone")),
        Column("email", "text", Text("电子邮箱", "E-mail")),
        Column("address", "text", Text("单位地址", "Address")),
    ),
    edges=(Edge("parent_org_id", "org_id", Text("下辖", "parent of"), kind="parent_of"),),
)
