"""Real-world parties after resolution."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Table

TABLE = Table(
    id="entities",
    label=Text("归并主体", "Entities"),
    group="workbench",
    about=Text("一行为归并后的一个现实主体。", "One row is one real-world party after resolution."),
    key=("entity_id",),
    written_by_workbench=True,
    columns=(
        Column("entity_id", "id", Text("主体编号", "Entity"), required=True),
        Column("kind", "code", Text("主体类型", "Kind"), codes=("person", "organization")),
        Column("name", "text", Text("名称", "Name")),
        Column(
            "member_ids",
            "list",
            Text("成员编号", "Members"),
            note=Text("来源编号的 JSON 列表", "JSON list of source ids"),
        ),
    ),
)
