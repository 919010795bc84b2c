"""Who in which unit was investigated when."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Edge, Table

TABLE = Table(
    id="discipline_records",
    label=Text("执纪审查记录", "Discipline records"),
    group="cases",
    about=Text("一行为某单位某人的一次立案审查。", "One row is one investigation of one person in one unit."),
    key=("record_id",),
    columns=(
        Column("record_id", "id", Text("记录编号", "Record"), required=True),
        Column("person_id", "id", Text("被审查人", "Person"), required=True, references=("persons",)),
        Column("org_id", "id", Text("所在单位", "Organization"), required=True, references=("organizations",)),
        Column("filed_on", "date", Text("立案日期", "Filed on"), required=True),
        Column("kind", "text", Text("审查类别", "Kind")),
    ),
    edges=(Edge("person_id", "org_id", Text("在该单位被审查", "investigated while in"), kind="investigated_in"),),
)
