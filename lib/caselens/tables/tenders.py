"""Tenders and other purchases by procedure."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Edge, Table

TABLE = Table(
    id="tenders",
    label=Text("招标采购", "Tenders"),
    group="procurement",
    about=Text("一行为一次招标或采购（一个标段）。", "One row is one tender or purchase (one lot)."),
    key=("tender_id",),
    node="tender",
    columns=(
        Column("tender_id", "id", Text("招标编号", "Tender"), required=True),
        Column("project_id", "id", Text("所属项目", "Project"), references=("projects",)),
        Column("lot", "text", Text("标段", "Lot")),
        Column("buyer_id", "id", Text("招标人", "Buyer"), required=True, references=("organizations",)),
        Column("agent_id", "id", Text("招标代理", "Tendering agent"), references=("organizations",)),
        Column("title", "text", Text("标题", "Title")),
        Column(
            "method",
            "code",
            Text("采购方式", "Method"),
            required=True,
            codes=("open", "invited", "negotiation", "inquiry", "single_source", "direct"),
        ),
        Column(
            "planned_method",
            "code",
            Text("核准采购方式", "Planned method"),
            codes=("open", "invited", "negotiation", "inquiry", "single_source", "direct"),
        ),
        Column("category", "text", Text("采购类别", "Category")),
        Column("budget", "money", Text("预算金额", "Budget"), low=0, unit="CNY"),
        Column("ceiling_price", "money", Text("最高限价", "Ceiling price"), low=0, unit="CNY"),
        Column("published_on", "date", Text("公告日期", "Published on")),
        Column("deadline_at", "moment", Text("投标截止时间", "Deadline")),
        Column("opened_at", "moment", Text("开标时间", "Opened at")),
        Column("awarded_on", "date", Text("中标日期", "Awarded on")),
        Column(
            "status",
            "code",
            Text("状态", "Status"),
            codes=("planned", "open", "awarded", "cancelled"),
            closed=True,
            empty_means="awarded",
        ),
        Column(
            "recording",
            "text",
            Text("开评标录音录像", "Recording"),
            note=Text("开标评标过程的录音录像", "Of opening and evaluation"),
        ),
        Column(
            "evaluation_method",
            "code",
            Text("评标办法", "Evaluation method"),
            codes=("lowest_evaluated_price", "comprehensive", "average_price", "ceiling_random", "fixed_fee"),
            note=Text(
                "average_price 以投标均价为基准，ceiling_random 为限价下浮抽取系数",
                "average_price: benchmark from the mean of the bids; ceiling_random: ceiling less a drawn coefficient",
            ),
        ),
        Column(
            "currency",
            "code",
            Text("币种", "Currency"),
            empty_means="CNY",
            note=Text("货币代码（ISO 4217）", "ISO 4217 code"),
        ),
    ),
    edges=(
        Edge("buyer_id", "tender_id", Text("招标", "buys in"), kind="buys_in"),
        Edge("agent_id", "tender_id", Text("代理招标", "agent of"), kind="agent_of"),
        Edge("project_id", "tender_id", Text("项目招标", "tendered in"), kind="tendered_in"),
    ),
)
