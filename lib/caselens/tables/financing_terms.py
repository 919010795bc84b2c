"""Changes of a financing's rate or fees."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Edge, Table

TABLE = Table(
    id="financing_terms",
    label=Text("融资条件变更", "Financing terms"),
    group="money",
    about=Text("一行为某笔融资某项利率或费率的一次变更。", "One row is one change of one rate or fee of a financing."),
    key=("financing_id", "item", "rate_after", "changed_on"),
    columns=(
        Column("financing_id", "id", Text("融资编号", "Financing"), required=True, references=("financings",)),
        Column(
            "item",
            "code",
            Text("费率项目", "Item"),
            required=True,
            codes=("interest", "supervision_fee", "guarantee_fee", "service_fee"),
        ),
        Column("rate_before", "share", Text("变更前费率", "Rate before"), low=0, unit="fraction"),
        Column("rate_after", "share", Text("变更后费率", "Rate after"), required=True, low=0, unit="fraction"),
        Column("changed_on", "date", Text("变更日期", "Changed on"), required=True),
        Column("handler_id", "id", Text("谈判经办人", "Negotiated by"), references=("persons",)),
    ),
    edges=(Edge("handler_id", "financing_id", Text("谈判变更", "negotiated a change of"), kind="negotiates_terms"),),
)
