"""Integrity risks a unit has written down for its posts."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Table

TABLE = Table(
    id="risk_points",
    label=Text("廉政风险点", "Risk points"),
    group="cases",
    about=Text("一行为某单位排查出的一个岗位风险点。", "One row is one integrity risk a unit has written down."),
    key=("risk_id",),
    columns=(
        Column("risk_id", "id", Text("风险点编号", "Risk"), required=True),
        Column("unit_id", "id", Text("单位", "Unit"), required=True, references=("organizations",)),
        Column("post", "text", Text("岗位", "Post")),
        Column("category", "text", Text("风险类别", "Category"), required=True),
        Column("level", "text", Text("风险等级", "Level")),
        Column("measure", "text", Text("防控措施", "Measure")),
    ),
)
