"""Rows that could not be accepted, with every reason."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Table

TABLE = Table(
    id="quarantine",
    label=Text("隔离数据", "Quarantine"),
    group="workbench",
    about=Text(
        "一行为一条未被接受的原始数据及全部原因。", "One row is one raw row that was not accepted, with every reason."
    ),
    key=("source_file", "source_sheet", "source_row", "table", "reasons", "raw"),
    written_by_workbench=True,
    columns=(
        Column("source_file", "text", Text("文件路径", "File"), required=True),
        Column("source_sheet", "text", Text("工作表", "Sheet")),
        Column("source_row", "integer", Text("行号", "Row"), required=True, low=0, unit="row"),
        Column("table", "text", Text("目标数据表", "Table"), required=True),
        Column("reasons", "text", Text("隔离原因", "Reasons"), required=True),
        Column("raw", "text", Text("原始内容", "Raw text"), required=True),
    ),
)
