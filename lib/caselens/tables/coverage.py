"""What the tables are complete for: only there does an absent row say anything."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Table

TABLE = Table(
    id="coverage",
    label=Text("数据完整性声明", "Coverage"),
    group="cases",
    about=Text(
        "一行声明某表在某范围、某期间是否完整；只有声明完整处，缺行才有意义。",
        "One row says whether a table is complete for a scope and period; only there does an absent row say anything.",
    ),
    key=("table", "scope", "period_start", "period_end", "is_complete"),
    columns=(
        Column("table", "text", Text("数据表", "Table"), required=True),
        Column(
            "scope",
            "text",
            Text("范围", "Scope"),
            note=Text("账户、单位或地区，空为全部", "An account, organization or region; empty: all"),
        ),
        Column("period_start", "date", Text("期间起", "Period from"), required=True),
        Column("period_end", "date", Text("期间止", "Period until"), required=True),
        Column("is_complete", "boolean", Text("是否完整", "Is complete"), required=True),
        Column("basis", "text", Text("声明依据", "Basis")),
    ),
)
