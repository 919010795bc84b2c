"""Figures a narrative states, for the arithmetic guard."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Table

TABLE = Table(
    id="stated_figures",
    label=Text("文中数字", "Stated figures"),
    group="decisions",
    about=Text(
        "一行为一份材料中写明的一个数字，供算术核对。", "One row is one figure a document states, to be recalculated."
    ),
    key=("figure_id",),
    columns=(
        Column("figure_id", "id", Text("数字编号", "Figure"), required=True),
        Column("document", "text", Text("材料名称", "Document"), required=True),
        Column("label", "text", Text("数字含义", "What it states")),
        Column("value", "number", Text("数值", "Value"), required=True),
        Column("unit", "code", Text("单位", "Unit"), required=True, codes=("元", "万元", "亿元", "%", "‰", "年", "个")),
        Column(
            "formula",
            "text",
            Text("计算式", "Formula"),
            note=Text(
                "以其他数字编号写成，如 principal * (rate_before - rate_after) * years",
                "Over other figure ids, e.g. principal * (rate_before - rate_after) * years",
            ),
        ),
    ),
)
