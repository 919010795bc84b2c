"""Who holds which share of a firm, and since when."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Edge, Table

TABLE = Table(
    id="ownerships",
    label=Text("股权", "Ownerships"),
    group="who",
    about=Text(
        "一行为某持有人在某期间对某企业的持股。", "One row is a holding of one holder in one firm over one period."
    ),
    key=("org_id", "holder_id", "start_date", "share"),
    columns=(
        Column("org_id", "id", Text("企业", "Firm"), required=True, references=("organizations",)),
        Column("holder_id", "id", Text("持有人", "Holder"), required=True, references=("persons", "organizations")),
        Column("share", "share", Text("持股比例", "Share held"), low=0, high=1, unit="fraction"),
        Column("paid_in", "money", Text("实缴出资", "Capital paid in"), low=0, unit="CNY"),
        Column("paid_on", "date", Text("出资日期", "Paid in on")),
        Column("start_date", "date", Text("起始日期", "From")),
        Column("end_date", "date", Text("终止日期", "Until"), note=Text("空为至今", "Empty: still held")),
    ),
    edges=(Edge("holder_id", "org_id", Text("持股", "owns"), kind="owns"),),
)
