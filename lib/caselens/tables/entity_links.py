"""Why a source row belongs to an entity."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Table

TABLE = Table(
    id="entity_links",
    label=Text("归并依据", "Entity links"),
    group="workbench",
    about=Text("一行说明一条来源记录归入某主体的依据。", "One row says why one source row belongs to an entity."),
    key=("entity_id", "member_table", "member_id", "rule"),
    written_by_workbench=True,
    columns=(
        Column("entity_id", "id", Text("主体编号", "Entity"), required=True),
        Column("member_table", "text", Text("成员所在表", "Table of the member"), required=True),
        Column("member_id", "id", Text("成员编号", "Member"), required=True),
        Column("linked_to", "id", Text("关联到", "Linked to")),
        Column("rule", "text", Text("归并规则", "Rule"), required=True),
        Column("probability", "number", Text("概率", "Probability"), low=0, high=1),
        Column("comparison", "list", Text("比对明细", "Comparison"), note=Text("JSON", "JSON")),
        Column("sentence_zh", "text", Text("中文说明", "Sentence in Chinese")),
        Column("sentence_en", "text", Text("英文说明", "Sentence in English")),
        Column("decided_by", "text", Text("决定人", "Decided by")),
    ),
)
